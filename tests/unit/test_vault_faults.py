"""Each call to the disk fails once, before and after it did its work: nothing acknowledged is lost, nothing
erased returns.
"""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sanad_node.vault import Vault, VaultErased, VaultFault, VaultFull, VaultMissing
from sanad_testkit.vaults import Item, Saboteur, When, item, items, open_vault

MOST_CALLS = 60
OLD = items(6)
NEW = [item(f"new {n}", bytes([n]) * 32) for n in range(3)]


def _put(kept: Vault) -> None:
    kept.put(NEW[0][0], NEW[0][1], secret=NEW[0][2])


def _put_many(kept: Vault) -> None:
    kept.put_many(NEW)


def _put_what_is_kept(kept: Vault) -> None:
    kept.put(OLD[0][0], OLD[0][1])
    kept.put_many(OLD[2:4])


def _prepared(folder: Path) -> Vault:
    kept = open_vault(folder)
    for digest, data, secret in OLD[:2]:
        kept.put(digest, data, secret=secret)
    kept.put_many(OLD[2:])
    return kept


def _is_whole_or_missing(kept: Vault, documents: list[Item]) -> bool:
    """Whether the documents are there; each is whole or not there at all."""
    there = []
    for digest, data, secret in documents:
        try:
            assert (kept.get(digest), kept.secret(digest)) == (data, secret)
            there.append(True)
        except VaultMissing:
            there.append(False)
    return all(there)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("act", "documents"), [(_put, NEW[:1]), (_put_many, NEW), (_put_what_is_kept, [])])
def test_a_put_that_fails_anywhere_leaves_all_or_nothing_and_can_be_repeated(
    act: Callable[[Vault], None], documents: list[Item], when: When, tmp_path: Path
) -> None:
    for allowed in range(MOST_CALLS):
        folder = tmp_path / str(allowed)
        kept = _prepared(folder)
        saboteur = Saboteur(allowed, when)
        with saboteur.at_work():
            try:
                act(kept)
                acknowledged = True
            except VaultFault:
                acknowledged = False
        assert _is_whole_or_missing(kept, OLD)
        assert _is_whole_or_missing(open_vault(folder), documents) or not acknowledged
        act(kept)
        assert _is_whole_or_missing(kept, documents + OLD)
        kept.close()
        again = open_vault(folder)
        assert _is_whole_or_missing(again, documents + OLD)
        assert list(again.scrub()) == []
        again.close()
        if not saboteur.struck:
            break
    else:
        pytest.fail("the act never got through")
    assert allowed > 3


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("victim", [OLD[0], OLD[3]], ids=["alone", "together"])
def test_an_erasure_that_fails_anywhere_is_finished_by_repeating_it(
    victim: Item, when: When, tmp_path: Path
) -> None:
    digest = victim[0]
    for allowed in range(MOST_CALLS):
        folder = tmp_path / str(allowed)
        kept = _prepared(folder)
        saboteur = Saboteur(allowed, when)
        with saboteur.at_work():
            try:
                kept.erase(digest)
                acknowledged = True
            except VaultFault:
                acknowledged = False
        if acknowledged:
            with pytest.raises(VaultErased):
                open_vault(folder).get(digest)
        kept.erase(digest)
        with pytest.raises(VaultErased):
            kept.get(digest)
        assert _is_whole_or_missing(kept, [d for d in OLD if d != victim])
        assert list(kept.scrub()) == []
        kept.close()
        if not saboteur.struck:
            break
    else:
        pytest.fail("the act never got through")
    assert allowed > 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_opening_that_fails_anywhere_can_be_repeated(when: When, tmp_path: Path) -> None:
    for allowed in range(MOST_CALLS):
        folder = tmp_path / str(allowed)
        saboteur = Saboteur(allowed, when)
        with saboteur.at_work(), suppress(VaultFault):
            open_vault(folder).close()
        _put(open_vault(folder))
        assert open_vault(folder).get(NEW[0][0]) == NEW[0][1]
        if not saboteur.struck:
            break
    else:
        pytest.fail("the vault never opened")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_has_a_code_of_its_own(number: int, tmp_path: Path) -> None:
    kept = open_vault(tmp_path)
    with Saboteur(2, "before", number).at_work(), pytest.raises(VaultFull) as refused:
        _put(kept)
    assert refused.value.code == "VAULT_FULL"
    _put(kept)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], check=False, capture_output=True
    )
    if mount.returncode != 0:
        pytest.skip("this machine does not let us mount")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_on_a_full_disk_nothing_kept_is_lost_and_erasing_works(small_disk: Path) -> None:
    kept = open_vault(small_disk / "vault")
    kept.put_many(OLD)
    together = [item("x" * 400_000 + str(n)) for n in range(4)]
    with pytest.raises(VaultFull):
        kept.put_many(together)
    alone: list[Item] = []
    try:
        for n in range(100):
            kept.put(*item("y" * 50_000 + str(n))[:2])
            alone.append(item("y" * 50_000 + str(n)))
    except VaultFull:
        pass  # as it must: five megabytes do not fit into one
    assert 0 < len(alone) < 20
    assert _is_whole_or_missing(kept, OLD + alone)
    kept.erase(OLD[1][0])
    kept.erase(alone[0][0])
    kept.put(*item("z" * 20_000)[:2])  # in the room the erased document left
    kept.close()
    again = open_vault(small_disk / "vault")
    assert _is_whole_or_missing(again, [OLD[0], *OLD[2:], *alone[1:], item("z" * 20_000)])
    with pytest.raises(VaultErased):
        again.get(OLD[1][0])
    assert [p.code for p in again.scrub() if p.code != "VAULT_LEFTOVER"] == []
    again.close()
