"""Erasing a document erases every key to it: nothing that remains on the disk opens it, with the master key
or without.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sanad_node.vault import Vault, VaultErased
from sanad_node.vault.records import KeyRecord, decode_record
from sanad_node.vault.segments import Segment
from sanad_testkit.vaults import MASTER, Item, everything_in, item, items, open_vault
from sanad_verifier.digests import Digest


def _records(folder: Path, digest: Digest) -> list[KeyRecord]:
    """Every live key record of a document, found without the vault's help."""
    files = [*folder.glob("one/*/*.key"), *folder.glob("many/*.key")]
    records = [decode_record(raw) for f in files for raw in Segment(f.with_suffix("")).raw_records()]
    return [record for record in records if record.digest == digest and not record.erased]


def _alone(kept: Vault, document: Item) -> None:
    kept.put(document[0], document[1], secret=document[2])


def _together(kept: Vault, document: Item) -> None:
    kept.put_many([item("before"), document, item("after")])


@pytest.mark.parametrize("put", [_alone, _together])
def test_after_erasing_no_key_material_of_the_document_is_left_in_any_file(
    put: Callable[[Vault, Item], None], tmp_path: Path
) -> None:
    kept, document = open_vault(tmp_path), items(1)[0]
    put(kept, document)
    digest, data, _ = document
    ciphertexts = everything_in(tmp_path)
    (record,) = _records(tmp_path, digest)
    key, secret = record.unwrap(AESGCM(MASTER))
    assert record.sealed in ciphertexts
    assert kept.get(digest) == data

    kept.erase(digest)

    left = everything_in(tmp_path)
    sealed = record.sealed
    assert not any(sealed[n : n + 8] in left for n in range(len(sealed) - 7))
    assert key not in left
    assert secret is not None
    assert secret not in left
    assert _records(tmp_path, digest) == []
    others = [other.unwrap(AESGCM(MASTER)) for d in kept.digests() for other in _records(tmp_path, d)]
    assert all(key not in other and secret not in other for other in others)
    with pytest.raises(VaultErased):
        open_vault(tmp_path).get(digest)


def test_an_erased_document_is_erased_and_not_missing_and_its_neighbours_stay(tmp_path: Path) -> None:
    kept, documents = open_vault(tmp_path), items(5)
    kept.put_many(documents)
    kept.erase(documents[2][0])
    for vault in (kept, open_vault(tmp_path)):
        for ask in (vault.get, vault.note, vault.secret):
            with pytest.raises(VaultErased) as refused:
                ask(documents[2][0])
            assert refused.value.code == "VAULT_ERASED"
        assert not vault.has(documents[2][0])
        assert [vault.get(d) for n, (d, _, _) in enumerate(documents) if n != 2] == [
            data for n, (_, data, _) in enumerate(documents) if n != 2
        ]
        assert list(vault.scrub()) == []


def test_erasing_may_be_repeated(tmp_path: Path) -> None:
    kept, (digest, data, _) = open_vault(tmp_path), items(1)[0]
    kept.put(digest, data)
    kept.erase(digest)
    kept.erase(digest)
    assert list(kept.scrub()) == []


def test_an_erased_document_is_not_taken_again(tmp_path: Path) -> None:
    kept, documents = open_vault(tmp_path), items(3)
    kept.put_many(documents)
    kept.erase(documents[1][0])
    with pytest.raises(VaultErased):
        kept.put(*documents[1][:2])
    with pytest.raises(VaultErased):
        kept.put_many([item("new"), documents[1]])
    assert not kept.has(item("new")[0])


def test_every_copy_is_erased_also_one_the_index_was_never_told_of(tmp_path: Path) -> None:
    kept, document = open_vault(tmp_path / "a"), item("twice")
    kept.put(*document[:2])
    other = open_vault(tmp_path / "b")
    other.put_many([document])
    # the same master key made both: as after a crash between naming a segment and entering it
    wrong = next((tmp_path / "b" / "many").glob("*.key"))
    for path in (wrong, wrong.with_suffix(".blob")):
        path.rename(tmp_path / "a" / "many" / path.name)
    assert len(_records(tmp_path / "a", document[0])) == 2
    kept.erase(document[0])
    assert _records(tmp_path / "a", document[0]) == []


def test_an_interrupted_erasure_is_seen_and_finished(tmp_path: Path) -> None:
    kept, document = open_vault(tmp_path / "a"), item("twice")
    kept.put(*document[:2])
    other = open_vault(tmp_path / "b")
    other.put_many([document])
    kept.erase(document[0])
    for path in (tmp_path / "b" / "many").iterdir():
        path.rename(tmp_path / "a" / "many" / path.name)
    again = open_vault(tmp_path / "a")
    with pytest.raises(VaultErased):
        again.get(document[0])
    assert {p.code for p in again.scrub()} == {"VAULT_HALF_ERASED"}
    again.erase(document[0])
    assert list(again.scrub()) == []
    assert _records(tmp_path / "a", document[0]) == []
