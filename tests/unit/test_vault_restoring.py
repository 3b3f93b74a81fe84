"""Blobs that come back from elsewhere: only the right one is taken, and only where one was lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sanad_node.vault import Vault, VaultCorrupt, VaultErased, VaultFault, VaultMissing
from sanad_testkit.vaults import Saboteur, item, items, open_vault
from sanad_verifier.digests import Digest

ITEM = item("one", bytes(range(32)))
Damage = Callable[[Path], None]


def blob_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.blob"))


def lose(folder: Path) -> None:
    for path in blob_files(folder):
        path.unlink()


def cut(folder: Path) -> None:
    for path in blob_files(folder):
        path.write_bytes(path.read_bytes()[:-1])


def change(folder: Path) -> None:
    for path in blob_files(folder):
        content = bytearray(path.read_bytes())
        content[20] ^= 1
        path.write_bytes(bytes(content))


def spoil_header(folder: Path) -> None:
    for path in blob_files(folder):
        path.write_bytes(b"X" + path.read_bytes()[1:])


each_damage = pytest.mark.parametrize("damage", [lose, cut, change, spoil_header])


@each_damage
def test_a_document_put_alone_comes_back_as_it_was(damage: Damage, tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    digest, data, secret = ITEM
    vault.put(digest, data, note="a note", secret=secret)
    blob = vault.blob(digest)
    damage(tmp_path)
    with pytest.raises(VaultCorrupt):
        vault.get(digest)
    vault.restore(digest, blob)
    assert (vault.get(digest), vault.note(digest), vault.secret(digest)) == (data, "a note", secret)
    assert vault.blob(digest) == blob
    assert list(open_vault(tmp_path).scrub()) == []


@each_damage
def test_documents_put_together_come_back_one_by_one(damage: Damage, tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    kept = items(5)
    vault.put_many(kept)
    blobs = {digest: vault.blob(digest) for digest, _, _ in kept}
    damage(tmp_path)
    broken = {problem.digest for problem in vault.scrub() if problem.digest is not None}
    assert broken
    for digest in sorted(broken, reverse=True):
        vault.restore(digest, blobs[digest])
    assert [vault.get(digest) for digest, _, _ in kept] == [data for _, data, _ in kept]
    assert list(vault.scrub()) == []


def test_a_blob_that_no_key_of_the_document_opens_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    vault = open_vault(tmp_path / "ours")
    other = open_vault(tmp_path / "other")
    digest, data, _ = ITEM
    for one in (vault, other):
        one.put(digest, data)
    lose(tmp_path / "ours")
    changed = bytearray(vault_blob := other.blob(digest))
    changed[-1] ^= 1
    for wrong in (vault_blob, bytes(changed), b"", bytes(100)):
        with pytest.raises(VaultCorrupt):
            vault.restore(digest, wrong)
    assert blob_files(tmp_path / "ours") == []


def test_a_copy_that_is_whole_is_not_touched(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    digest, data, _ = ITEM
    vault.put(digest, data)
    (path,) = blob_files(tmp_path)
    before = path.stat().st_mtime_ns
    vault.restore(digest, vault.blob(digest))
    assert path.stat().st_mtime_ns == before


def test_what_was_erased_or_never_kept_cannot_come_back(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    digest, data, _ = ITEM
    with pytest.raises(VaultMissing):
        vault.restore(digest, b"")
    vault.put(digest, data)
    blob = vault.blob(digest)
    vault.erase(digest)
    for ask in (
        lambda: vault.restore(digest, blob),
        lambda: vault.blob(digest),
        lambda: vault.document_key(digest),
    ):
        with pytest.raises(VaultErased):
            ask()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_disk_that_fails_on_the_way_leaves_it_lost_or_restored_and_the_call_can_be_repeated(
    when: str, tmp_path: Path
) -> None:
    vault = open_vault(tmp_path)
    digest, data, _ = ITEM
    vault.put(digest, data)
    blob = vault.blob(digest)
    struck, allowed = True, 0
    while struck:
        lose(tmp_path)
        saboteur = Saboteur(allowed, when)  # type: ignore[arg-type]
        with saboteur.at_work():
            outcome = _restored(vault, digest, blob)
        struck, allowed = saboteur.struck, allowed + 1
        assert outcome or struck
        vault.restore(digest, blob)
        assert vault.get(digest) == data
    assert allowed > 4


def _restored(vault: Vault, digest: Digest, blob: bytes) -> bool:

    try:
        vault.restore(digest, blob)
    except VaultFault:
        return False
    return True
