"""Erasing: recorded before it is done, done even if it was interrupted anywhere, and never undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from sanad_node import erasing
from sanad_node.datadir import DataDirectory
from sanad_node.erasing import ErasureReasonInvalid
from sanad_node.node import Node
from sanad_node.store.office_tables import papers, things
from sanad_node.store.vault_tables import erasures
from sanad_node.vault import VaultErased, VaultFault, VaultMissing
from sanad_testkit.failing_commits import When, fail_once
from sanad_testkit.vaults import Saboteur, everything_in, item
from sanad_verifier.digests import Digest

DIGEST, DATA, _ = item("declaration of a person", None)
REASON = "order of the court, 12/2026"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A data directory whose vault keeps one document, of which the office remembers a file name and a chassis."""
    root = tmp_path / "data"
    DataDirectory.create(root)
    (root / "network.json").write_text("{}")
    with Node(root, clock=lambda: 1_000_000.0) as opened:
        opened.vault.put(DIGEST, DATA, secret=bytes(range(32)))
        row = {
            "digest": DIGEST,
            "doc_type": "FILE",
            "formation": "CELL",
            "number": "7",
            "name": "a.json",
            "kept": 1,
        }
        with opened.office.begin() as connection:
            connection.execute(insert(papers).values(**row))
            connection.execute(insert(things).values(digest=DIGEST, kind="chassis", number="NZE1410000001"))
        yield opened


def remembered(node: Node) -> tuple[str, int]:
    """The file name, and how many things."""
    with node.office.connect() as connection:
        return (
            connection.execute(select(papers.c.name)).scalar_one(),
            connection.execute(select(func.count()).select_from(things)).scalar_one(),
        )


def must_be_erased(node: Node) -> None:
    with pytest.raises(VaultErased):
        node.vault.get(DIGEST)
    with pytest.raises(VaultErased):
        node.vault.put(DIGEST, DATA)
    told = erasing.recorded(node, DIGEST)
    assert told is not None
    assert (told.reason, told.user, told.asked_at, told.erased_at) == (REASON, 0, 1_000_000, 1_000_000)
    assert remembered(node) == ("", 0)


def test_an_erased_document_is_recorded_and_gone_with_what_was_remembered_of_it(node: Node) -> None:
    assert remembered(node) == ("a.json", 1)
    erasing.erase(node, DIGEST, REASON)
    must_be_erased(node)


def test_neither_the_document_nor_its_key_is_left_in_the_vaults_files(node: Node) -> None:
    key = next((node.directory.vault / "one").rglob("*.key")).read_bytes()[72:]
    erasing.erase(node, DIGEST, REASON)
    left = everything_in(node.directory.vault)
    assert key not in left
    assert not list((node.directory.vault / "one").rglob("*.blob"))


def test_to_erase_again_changes_nothing_and_keeps_the_first_reason(node: Node) -> None:
    first = erasing.erase(node, DIGEST, REASON)
    assert erasing.erase(node, DIGEST, "another reason") == first


def test_what_was_never_kept_is_not_recorded_as_erased(node: Node) -> None:
    other = item("never kept")[0]
    with pytest.raises(VaultMissing):
        erasing.erase(node, other, REASON)
    assert erasing.recorded(node, other) is None


@pytest.mark.parametrize("reason", ["", " ", "a\nb", "\x1b[2J", "x" * 257])
def test_an_erasure_without_a_proper_reason_is_refused(reason: str, node: Node) -> None:
    with pytest.raises(ErasureReasonInvalid):
        erasing.erase(node, DIGEST, reason)
    assert node.vault.get(DIGEST) == DATA
    assert erasing.recorded(node, DIGEST) is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_erasure_that_the_disk_interrupts_anywhere_is_known_and_finished(when: str, node: Node) -> None:
    allowed, struck = 0, True
    while struck:
        digest = Digest(_another(node, allowed))
        saboteur = Saboteur(allowed, when)  # type: ignore[arg-type]
        with saboteur.at_work():
            outcome = _tried(node, digest)
        struck, allowed = saboteur.struck, allowed + 1
        told = erasing.recorded(node, digest)
        if told is None:  # the disk failed before anything was promised
            assert not outcome
            assert node.vault.has(digest)
            continue
        assert outcome == (told.erased_at != 0)
        assert erasing.finish(node) == (0 if outcome else 1)
        assert erasing.finish(node) == 0
        with pytest.raises(VaultErased):
            node.vault.get(digest)
    assert allowed > 3


def _another(node: Node, number: int) -> bytes:
    digest, data, _ = item(f"document {number}")
    node.vault.put(digest, data)
    return digest


def _tried(node: Node, digest: Digest) -> bool:
    try:
        erasing.erase(node, digest, REASON)
    except VaultFault:
        return False
    return True


@pytest.mark.parametrize("when", ["commit", "after_commit"])
@pytest.mark.parametrize("which", [0, 1, 2], ids=["the-record", "the-pins", "the-end"])
def test_an_erasure_whose_commit_fails_is_all_undone_or_finished(when: When, which: int, node: Node) -> None:
    erase_key, seen = node.vault.erase, [0]

    def commits() -> int:
        with node.office.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(erasures)).scalar_one())

    if which == 0:
        fail_once(node.office, when, OSError("the disk"))
    elif which == 1:
        real = erasing._carry_out

        def fail_first(node: Node, digest: Digest) -> None:
            if not seen[0]:
                seen[0] = 1
                fail_once(node.office, when, OSError("the disk"))
            real(node, digest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(erasing, "_carry_out", fail_first)
            with pytest.raises(OSError, match="the disk"):
                erasing.erase(node, DIGEST, REASON)
    else:

        def fail_next(digest: Digest) -> None:
            erase_key(digest)
            if not seen[0]:
                seen[0] = 1
                fail_once(node.office, when, OSError("the disk"))

        node.vault.erase = fail_next  # type: ignore[method-assign]
    if which != 1:
        with pytest.raises(OSError, match="the disk"):
            erasing.erase(node, DIGEST, REASON)
    if commits():
        erasing.finish(node)
    else:
        assert node.vault.get(DIGEST) == DATA  # nothing was promised
        erasing.erase(node, DIGEST, REASON)
    must_be_erased(node)


def test_what_a_restored_vault_has_again_is_erased_again(node: Node) -> None:
    kept = {path: path.read_bytes() for path in node.directory.vault.rglob("*") if path.is_file()}
    erasing.erase(node, DIGEST, REASON)
    for path, content in kept.items():
        if path.suffix in {".key", ".blob"}:
            path.write_bytes(content)
    assert node.vault.get(DIGEST) == DATA
    assert erasing.apply_again(node) == 1
    assert erasing.apply_again(node) == 0
    must_be_erased(node)
