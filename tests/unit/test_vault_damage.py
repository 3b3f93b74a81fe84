"""Whatever happens to the vault's files, no wrong bytes are ever given back, and `scrub` says what is
damaged.
"""

import random
import shutil
from pathlib import Path

import pytest

from sanad_node.vault import Vault, VaultCorrupt, VaultKeyWrong
from sanad_node.vault.records import HEADER, RECORD
from sanad_testkit.vaults import Item, item, items, open_vault
from sanad_verifier.errors import SanadError


@pytest.fixture
def documents() -> list[Item]:
    return items(3)


@pytest.fixture
def folder(tmp_path: Path, documents: list[Item]) -> Path:
    kept = open_vault(tmp_path / "vault")
    kept.put(documents[0][0], documents[0][1], secret=documents[0][2])
    kept.put_many(documents[1:])
    kept.close()
    return tmp_path / "vault"


def _file(folder: Path, place: str, suffix: str) -> Path:
    return next(folder.glob(f"{place}/**/*.{suffix}"))


@pytest.mark.parametrize("suffix", ["key", "blob"])
def test_every_flipped_bit_of_a_document_put_alone_is_refused(
    folder: Path, documents: list[Item], suffix: str
) -> None:
    kept, path, digest = open_vault(folder), _file(folder, "one", suffix), documents[0][0]
    whole = path.read_bytes()
    assert kept.get(digest) == documents[0][1]
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(VaultCorrupt):
            kept.get(digest)
    path.write_bytes(whole)
    assert kept.get(digest) == documents[0][1]


@pytest.mark.parametrize("suffix", ["key", "blob"])
def test_random_damage_to_a_batch_never_gives_wrong_bytes_and_is_reported(
    folder: Path, documents: list[Item], suffix: str
) -> None:
    chance, path = random.Random(f"vault {suffix}"), _file(folder, "many", suffix)
    whole = path.read_bytes()
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        kept, refused = open_vault(folder), 0
        for digest, data, _ in documents:
            try:
                assert kept.get(digest) == data
            except VaultCorrupt:
                refused += 1
        assert refused >= 1
        assert {p.code for p in kept.scrub()} <= {"VAULT_CORRUPT", "VAULT_INDEX_WRONG"}
        assert list(kept.scrub())
        kept.close()
    path.write_bytes(whole)
    assert list(open_vault(folder).scrub()) == []


@pytest.mark.parametrize("place", ["one", "many"])
@pytest.mark.parametrize("suffix", ["key", "blob"])
def test_files_cut_short_lengthened_or_gone_are_refused_and_reported(
    folder: Path, documents: list[Item], place: str, suffix: str
) -> None:
    digest = documents[0 if place == "one" else 2][0]
    path = _file(folder, place, suffix)
    whole = path.read_bytes()
    lengthened = [whole + b"\0"] if suffix == "key" else []
    for content in (b"", whole[:8], whole[:-1], *lengthened):
        path.write_bytes(content)
        kept = open_vault(folder)
        with pytest.raises(VaultCorrupt):
            kept.get(digest)
        assert list(kept.scrub())
        kept.close()
    path.write_bytes(whole)
    assert list(open_vault(folder).scrub()) == []
    if suffix == "blob":
        path.unlink()
        with pytest.raises(VaultCorrupt):
            open_vault(folder).get(digest)


def test_documents_cannot_be_exchanged_for_one_another(folder: Path, documents: list[Item]) -> None:
    path = _file(folder, "many", "key")
    whole = path.read_bytes()
    first, second = whole[HEADER : HEADER + RECORD], whole[HEADER + RECORD :]
    path.write_bytes(whole[:HEADER] + second[:32] + first[32:] + first[:32] + second[32:])
    kept = open_vault(folder)
    for digest, _, _ in documents[1:]:
        with pytest.raises(VaultCorrupt):
            kept.get(digest)


def test_a_damaged_document_is_repaired_by_putting_it_again(folder: Path, documents: list[Item]) -> None:
    for place, n in (("one", 0), ("many", 2)):
        path, (digest, data, secret) = _file(folder, place, "blob"), documents[n]
        path.write_bytes(path.read_bytes()[:-1])
        kept = open_vault(folder)
        with pytest.raises(VaultCorrupt):
            kept.get(digest)
        kept.put(digest, data, secret=secret)
        assert kept.get(digest) == data
        kept.close()


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100])
def test_a_lost_or_damaged_index_is_made_again(
    folder: Path, documents: list[Item], content: bytes | None
) -> None:
    for path in folder.glob("index.db*"):
        path.unlink()
    if content is not None:
        (folder / "index.db").write_bytes(content)
    kept = open_vault(folder)
    assert [kept.get(d) for d, _, _ in documents] == [data for _, data, _ in documents]
    assert list(kept.scrub()) == []


def test_a_damaged_key_file_of_a_batch_does_not_hide_the_others(folder: Path, documents: list[Item]) -> None:
    kept = open_vault(folder)
    kept.put_many([item("a second batch")])
    kept.close()
    for path in folder.glob("index.db*"):
        path.unlink()
    broken = next(p for p in folder.glob("many/*.key") if p.stat().st_size == HEADER + 2 * RECORD)
    broken.write_bytes(b"x" + broken.read_bytes()[1:])
    kept = open_vault(folder)
    assert kept.get(item("a second batch")[0]) == b"a second batch"
    assert kept.get(documents[0][0]) == documents[0][1]
    assert [p.code for p in kept.scrub()] == ["VAULT_CORRUPT"]


def test_the_check_file_is_not_made_anew_for_a_vault_with_documents(folder: Path) -> None:
    (folder / "check").unlink()
    with pytest.raises(VaultCorrupt):
        open_vault(folder)
    (folder / "check").write_bytes(b"short")
    with pytest.raises(VaultKeyWrong):
        open_vault(folder)


def test_what_a_dead_process_was_writing_is_removed(folder: Path, documents: list[Item]) -> None:
    shutil.copy(_file(folder, "many", "blob"), folder / "many" / f"{'ab' * 16}.blob")
    (folder / "tmp" / "half.key").write_bytes(b"x")
    kept = open_vault(folder)
    assert list((folder / "tmp").iterdir()) == []
    assert list(kept.scrub()) == []
    assert kept.get(documents[1][0]) == documents[1][1]


def test_a_blob_without_a_key_is_reported_and_harms_nobody(folder: Path, documents: list[Item]) -> None:
    _file(folder, "one", "key").unlink()
    kept = open_vault(folder)
    assert [p.code for p in kept.scrub()] == ["VAULT_LEFTOVER"]
    kept.put(*documents[0][:2])
    assert list(kept.scrub()) == []


def test_an_unreadable_folder_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SanadError) as refused:
        Vault(tmp_path / "file" / "vault", bytes(32))
    assert refused.value.code == "VAULT_UNAVAILABLE"
