"""Looking after a data directory at the command line: fsck finds planted damage and nothing else, projections are
rebuilt, a backup comes back whole or is refused.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sanad_testkit.network_of_offices import receipt
from sanad_testkit.office import Office, office, open_office

__all__ = ["office"]
pytestmark = pytest.mark.engine
CELL = ("--type", "AUCTION_RECEIPT", "--as", "CELL")
Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office with a receipt, a batch, a suspension, a consignment and a signed checkpoint."""
    made = open_office(tmp_path_factory.mktemp("busy"), tmp_path_factory)
    made.issued("K-1")
    folder = made.folder / "papers"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.json").write_bytes(receipt(f"B-{number}"))
    made.call("issue-batch", folder, *CELL, code=0)
    made.call("suspend", "K-1", "--reason", "under-inquiry", code=0)
    made.call("custody", "register", "BOX", "--kind", "CONTAINER", "--as", "CELL", code=0)
    made.call("log", "checkpoint", code=0)
    return made


@pytest.fixture
def copy(busy: Office, tmp_path: Path) -> Office:
    shutil.copytree(busy.data, tmp_path / "data")
    (tmp_path / "desk").mkdir()
    return Office(tmp_path / "data", tmp_path / "desk")


def test_an_office_in_order_has_no_findings_and_projections_as_the_chain_says(copy: Office) -> None:
    told = copy.call("fsck", "--deep", code=0).told
    assert told["findings"] == []
    looked_at = told["lookedAt"]
    assert looked_at["log"] == copy.log_size()
    assert (looked_at["vault"], looked_at["batches"], looked_at["checkpoints"]) == (6, 1, 1)
    compared = copy.call("reindex", "--verify", code=0).told
    assert compared["same"]
    assert all(table["live"] == table["rebuilt"] for table in compared["tables"])
    assert copy.call("log", "verify", code=0).told["size"] == copy.log_size()
    assert copy.call("fsck", words=True, code=0).out.endswith("in order\n")


def statement(database: str, sql: str) -> Damage:
    def damage(data: Path) -> None:
        with closing(sqlite3.connect(data / database)) as connection, connection:
            assert connection.execute(sql).rowcount == 1

    return damage


def flipped(pattern: str, at: int) -> Damage:
    def damage(data: Path) -> None:
        path = sorted(p for p in data.glob(pattern) if p.is_file())[0]
        content = bytearray(path.read_bytes())
        content[at] ^= 1
        path.write_bytes(content)

    return damage


def without(pattern: str) -> Damage:
    return lambda data: sorted(data.glob(pattern))[0].unlink()


DAMAGES = [
    pytest.param(
        statement("ledger.db", "UPDATE entries SET raw = CAST(substr(raw, 1, 100) || x'ee' || substr(raw, 102) AS BLOB)"
                  " WHERE substr(raw, 32, 1) = x'01'"), "log", id="a-byte-of-an-entry"),
    pytest.param(statement("ledger.db", "DELETE FROM entries WHERE idx = 3"), "log", id="an-entry-missing"),
    pytest.param(
        statement("ledger.db", "UPDATE tiles SET hashes = CAST(x'ee' || substr(hashes, 2) AS BLOB)"
                  " WHERE rowid = (SELECT min(rowid) FROM tiles)"), "log", id="a-byte-of-a-tile"),
    pytest.param(statement("ledger.db", "DELETE FROM documents WHERE leaf = 2"), "batches", id="a-document-missing"),
    pytest.param(
        statement("ledger.db", "DELETE FROM documents"
                  " WHERE entry IN (SELECT idx FROM entries WHERE substr(raw, 32, 1) = x'01')"),
        "documents", id="an-issue-not-indexed"),
    pytest.param(flipped("batches/*", 40), "batches", id="a-byte-of-a-batch-file"),
    pytest.param(without("batches/*"), "batches", id="a-batch-file-missing"),
    pytest.param(flipped("vault/one/**/*", -5), "vault", id="a-byte-of-a-kept-document"),
    pytest.param(
        statement("office.db", "UPDATE outbox SET tx = CAST(x'ee' || substr(tx, 2) AS BLOB)"
                  " WHERE id = (SELECT max(id) FROM outbox)"), "outbox", id="a-byte-of-an-act"),
    pytest.param(
        statement("office.db", "UPDATE outbox SET entry = entry - 1 WHERE id = (SELECT max(id) FROM outbox)"),
        "outbox", id="an-act-at-another-entry"),
    pytest.param(
        statement("office.db", "DELETE FROM transactions WHERE hash = (SELECT tx FROM outbox WHERE id = 5)"),
        "outbox", id="a-transaction-missing"),
    pytest.param(
        statement("office.db", "UPDATE checkpoints SET root = CAST(x'ee' || substr(root, 2) AS BLOB)"),
        "checkpoints", id="a-signed-root-that-is-not"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "check"), DAMAGES)
def test_planted_damage_is_found_by_its_check_and_left_alone(
    damage: Damage, check: str, copy: Office
) -> None:
    assert copy.call("fsck", code=0).told["findings"] == []  # honest: so only the damage can be found
    damage(copy.data)
    before = copy.seen()
    told = copy.call("fsck", code=1).told["findings"]
    assert check in {finding["check"] for finding in told}
    assert all(finding["code"] and finding["message"] and finding["what"] for finding in told)
    assert copy.seen() == before


def test_a_changed_projection_differs_until_it_is_rebuilt(copy: Office) -> None:
    statement("ledger.db", "UPDATE statuses SET state = 'revoked'")(copy.data)
    told = copy.call("reindex", "--verify", code=1).told
    assert not told["same"]
    assert [t["table"] for t in told["tables"] if t["live"] != t["rebuilt"]] == ["statuses"]
    assert copy.call("verify", "K-1", code=1).told["state"] == "revoked"
    assert copy.call("reindex", code=0).told["entries"] == copy.log_size()
    assert copy.call("reindex", "--verify", code=0).told["same"]
    assert copy.call("verify", "K-1", code=1).told["state"] == "suspended"


def test_a_backup_comes_back_whole_and_goes_on(copy: Office) -> None:
    told = copy.call("backup", "b.tar", code=0).told
    assert told["files"] > 10
    assert (copy.folder / "b.tar").stat().st_mode & 0o077 == 0
    restored = Office(copy.folder / "restored", copy.folder)
    told = restored.call("restore", "b.tar", code=0).told
    assert told["entries"] == copy.log_size()
    assert restored.call("fsck", "--deep", code=0).told["findings"] == []
    for name in ("log", "blocks", "acts", "papers", "cargo"):
        assert restored.seen()[name] == copy.seen()[name]
    assert restored.call("trace", "K-1", code=0).told == copy.call("trace", "K-1", code=0).told
    restored.issued("K-9")
    assert restored.call("bundle", "B-2", "-o", "b.sanad", code=0).told["bytes"] > 0
    assert restored.call("restore", "b.tar", code=3).error == ("DATA_EXISTS", "--data")


def test_a_backup_that_was_changed_is_refused_and_leaves_no_directory(copy: Office) -> None:
    copy.call("backup", "b.tar", code=0)
    original = (copy.folder / "b.tar").read_bytes()
    key = original.index(b"keys/") + 512 + 40
    for bad in (
        original[: len(original) // 2],
        original[:key] + bytes([original[key] ^ 1]) + original[key + 1 :],
        b"",
        original.replace(b"secrets/vault\0", b"secrets/other\0", 1),
    ):
        copy.file("bad.tar", bad)
        code, _ = Office(copy.folder / "restored", copy.folder).call("restore", "bad.tar", code=1).error
        assert code == "BACKUP_DAMAGED"
        assert sorted(path.name for path in copy.folder.iterdir()) == ["b.tar", "bad.tar"]


def test_a_ledger_that_was_deleted_is_rebuilt_by_the_next_command(copy: Office) -> None:
    before = copy.seen()
    for file in copy.data.glob("ledger.db*"):
        file.unlink()
    copy.call("trace", "K-1", code=0)
    assert copy.seen() == before
    assert copy.call("reindex", "--verify", code=0).told["same"]


def test_founding_makes_a_directory_only_its_owner_can_read(office: Office) -> None:
    fresh = Office(office.folder / "fresh", office.folder)
    told = fresh.call("node", "init", "--name", "pk-2", code=0).told
    assert (told["name"], told["engine"]) == ("pk-2", "anvil")
    assert fresh.call("node", "init", code=3).error == ("DATA_EXISTS", "--data")
    secrets = [*(fresh.data / "secrets").iterdir(), *(fresh.data / "keys").iterdir()]
    assert secrets
    assert all(path.stat().st_mode & 0o077 == 0 for path in secrets)
    status = fresh.call("engine", "status", code=0).told
    assert status["chain"]["height"] > 0
