"""A node whose databases are on a real PostgreSQL server, with a real chain: moved there, at work, rebuilt, backed up,
shared with nobody.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, update

from sanad_node import reindexing
from sanad_node.datadir import DataDirectory
from sanad_node.node import Node
from sanad_node.reindexing import projection_digest
from sanad_node.store import copying, moving
from sanad_node.store.faults import DatabaseDamaged, StoreForeign, StoreLocked, StoreTaken
from sanad_node.store.holding import take
from sanad_node.store.ledger_tables import statuses
from sanad_node.store.settings import PASSWORD, read_settings
from sanad_testkit.moved import give_password, move_to
from sanad_testkit.office import SANAD, Office, open_office
from sanad_testkit.postgres import PostgresServer
from sanad_verifier.errors import SanadError

pytestmark = pytest.mark.engine
CELL = ("--as", "CELL")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office with something in most tables, still in files."""
    made = open_office(tmp_path_factory.mktemp("busy"), tmp_path_factory)
    made.issued("K-1")
    made.call("custody", "register", "BOX", "--kind", "CONTAINER", *CELL, code=0)
    made.call("log", "checkpoint", code=0)
    return made


@pytest.fixture
def copy(busy: Office, tmp_path: Path) -> Office:
    shutil.copytree(busy.data, tmp_path / "data")
    (tmp_path / "desk").mkdir()
    return Office(tmp_path / "data", tmp_path / "desk")


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    name = postgres.create_database()
    yield name
    postgres.drop_database(name)


@pytest.fixture
def moved(copy: Office, postgres: PostgresServer, database: str) -> Office:
    """The office with its databases on the server."""
    move_to(copy.data, postgres, database)
    return copy


# -- moving -----------------------------------------------------------------------------------------------------------


def test_everything_is_moved_compared_and_goes_on(
    copy: Office, postgres: PostgresServer, database: str
) -> None:
    before = copy.seen()
    with Node(copy.data) as node:
        projections = projection_digest(node.ledger)
    give_password(copy.data, postgres)
    told = copy.call("store", "migrate", postgres.url(database), code=0).told
    assert told["rows"] > len(before["log"])
    assert {one["table"] for one in told["tables"]["office"]} >= {"outbox", "papers", "users", "witnessed"}
    with Node(copy.data) as node:
        assert node.store.kind == "postgresql"
        assert projection_digest(node.ledger) == projections
    status = copy.call("store", "status", code=0).told
    assert (status["kind"], status["synchronousCommit"]) == ("postgresql", "on")
    assert postgres.password not in (copy.data / "store.toml").read_text()
    assert not (copy.data / "office.db").exists()
    copy.issued("K-2")
    assert postgres.execute("SELECT count(*) FROM office.outbox WHERE state = 'final'", database)[0][
        0
    ] == 1 + len(before["acts"])
    again = copy.call("store", "migrate", postgres.url(database), code=0).told
    assert again["tables"] == {}


def test_numbers_of_acts_go_on_where_the_files_were(
    moved: Office, postgres: PostgresServer, database: str
) -> None:
    highest = "SELECT max(id) FROM office.outbox"
    before = postgres.execute(highest, database)[0][0]
    moved.issued("K-2")
    assert postgres.execute(highest, database)[0][0] == before + 1


@pytest.mark.parametrize("table", ["outbox", "entries"])
def test_a_copy_that_differs_is_not_put_in_force(
    copy: Office, postgres: PostgresServer, database: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = copying._stream

    def lossy(one: Table, rows: Iterator[Any], target: Connection) -> int:
        return honest(one, iter([*rows][: -1 if one.name == table else None]), target)

    monkeypatch.setattr(copying, "_stream", lossy)
    give_password(copy.data, postgres)
    before = copy.seen()
    assert copy.call("store", "migrate", postgres.url(database), code=1).error == ("STORES_DIFFER", table)
    assert read_settings(DataDirectory.at(copy.data)) is None
    assert copy.seen() == before
    made = "SELECT to_regclass('sanad.store'), to_regclass('office.outbox')"
    assert postgres.execute(made, database) == [(None, None)]


@pytest.mark.parametrize("step", ["_make_room", "copy_database", "write_settings", "set_aside"])
def test_a_move_that_is_interrupted_leaves_one_whole_store_in_force_and_can_be_repeated(
    copy: Office, postgres: PostgresServer, database: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_password(copy.data, postgres)
    before = copy.seen()
    with monkeypatch.context() as patch:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(moving, step, interrupted)
        copy.call("store", "migrate", postgres.url(database), code=130)
    in_force = "postgresql" if step == "set_aside" else "sqlite"
    if in_force == "sqlite":
        assert copy.seen() == before
        copy.issued("K-2")  # the files go on meanwhile
    else:
        assert (copy.data / "office.db").exists()
    copy.call("store", "migrate", postgres.url(database), code=0)
    assert copy.call("store", "status", code=0).told["kind"] == "postgresql"
    assert not (copy.data / "office.db").exists()
    copy.issued("K-3")
    assert copy.call("fsck", code=0).told["findings"] == []


def test_a_move_that_is_killed_leaves_the_files_in_force(
    copy: Office, postgres: PostgresServer, database: str
) -> None:
    """SIGKILL while the server is busy copying: it holds a lock that the move waits for."""
    give_password(copy.data, postgres)
    before = copy.seen()
    with ExitStack() as stack:
        import psycopg  # noqa: PLC0415

        other = stack.enter_context(psycopg.connect(postgres.url(database), password=postgres.password))
        other.execute("CREATE SCHEMA sanad")  # uncommitted: the move waits for us
        process = subprocess.Popen(
            [SANAD, "store", "migrate", postgres.url(database)],
            env={**os.environ, "SANAD_DATA": str(copy.data)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        for _ in range(3000):
            if postgres.execute(waiting)[0][0]:
                break
            assert process.poll() is None
        else:
            pytest.fail("the move never waited")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        other.rollback()
    assert copy.seen() == before
    copy.call("store", "migrate", postgres.url(database), code=0)
    copy.issued("K-2")


def test_a_database_in_use_is_never_overwritten(
    moved: Office, busy: Office, postgres: PostgresServer, database: str, tmp_path: Path
) -> None:
    theirs = Office(Path(shutil.copytree(busy.data, tmp_path / "second")), moved.folder)
    give_password(theirs.data, postgres)
    moved.issued("K-2")  # worked with
    assert theirs.call("store", "migrate", postgres.url(database), code=3).error == ("STORE_NOT_EMPTY", "url")
    assert theirs.call("store", "status", code=0).told["kind"] == "sqlite"
    assert moved.call("fsck", code=0).told["findings"] == []


# -- the whole path ---------------------------------------------------------------------------------------------------


def test_the_whole_path_on_a_server(moved: Office, tmp_path: Path) -> None:
    receipt = moved.issued("K-2")
    told = moved.call("verify", receipt, "--subject", "NZE141-0000001", code=0).told
    assert told["verdict"] == "authentic"
    folder = moved.folder / "papers"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"paper {number}")
    moved.call("issue-batch", folder, "--type", "FILE", *CELL, code=0)
    moved.call("suspend", "K-2", "--reason", "under-inquiry", code=0)
    assert moved.call("verify", receipt, code=1).told["state"] == "suspended"
    moved.call("reinstate", "K-2", "--reason", "inquiry-closed", code=0)
    moved.call("bundle", "K-2", "-o", "k2.sanad", code=0)
    moved.call("trust", "-o", "trust.json", code=0)
    assert (
        moved.call("verify", "k2.sanad", "--offline", "--trust", "trust.json", code=0).told["verdict"]
        == "authentic"
    )
    moved.call("custody", "ship", "BOX", "--to", "PORT", *CELL, "--quantity", "1", code=0)
    assert moved.call("trace", "BOX", code=0).told
    moved.call("pack", "build", "--types", "AUCTION_RECEIPT", "-o", "shift.pack", code=0)
    moved.call("status-list", "publish", *CELL, "--group", "CELL", code=0)
    compared = moved.call("reindex", "--verify", code=0).told
    assert compared["same"]
    assert moved.call("log", "verify", code=0).told["size"] > 0
    assert moved.call("fsck", "--deep", code=0).told["findings"] == []
    with Node(moved.data) as node:
        on_server = projection_digest(node.ledger)
    moved.call("backup", "b.tar", code=0)
    restored = Office(tmp_path / "restored", moved.folder)
    restored.call("restore", "b.tar", code=0)
    with Node(restored.data) as node:
        assert node.store.kind == "sqlite"
        assert projection_digest(node.ledger) == on_server


def test_projections_are_rebuilt_in_a_side_schema_and_swapped_at_once(
    moved: Office, postgres: PostgresServer, database: str
) -> None:
    with Node(moved.data) as node, node.ledger.begin() as connection:
        connection.execute(update(statuses).values(state="revoked"))
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ledger%'"
    moved.call("suspend", "K-1", "--reason", "under-inquiry", code=0)
    with Node(moved.data) as node, node.ledger.begin() as connection:
        connection.execute(update(statuses).values(state="revoked"))
    told = moved.call("reindex", "--verify", code=1).told
    assert [t["table"] for t in told["tables"] if t["live"] != t["rebuilt"]] == ["statuses"]
    assert postgres.execute(schemas, database) == [("ledger",)]
    with Node(moved.data) as node:
        assert (
            node.reader.position().size > 0
        )  # connections that were there before the swap read the new schema
        reindexing.replace(node)
        with node.ledger.connect() as connection:
            assert connection.execute(statuses.select()).one().state == "suspended"
    assert postgres.execute(schemas, database) == [("ledger",)]
    assert moved.call("reindex", "--verify", code=0).told["same"]


def test_a_backup_holds_everything_but_the_way_to_the_server(
    moved: Office, postgres: PostgresServer, tmp_path: Path, database: str
) -> None:
    moved.call("backup", "b.tar", code=0)
    raw = (moved.folder / "b.tar").read_bytes()
    assert postgres.password.encode() not in raw
    assert b"store.toml" not in raw
    restored = Office(tmp_path / "restored", moved.folder)
    restored.call("restore", "b.tar", code=0)
    columns = "SELECT key, state, calldata FROM {}outbox ORDER BY id"
    assert restored.rows("office.db", columns.format("")) == postgres.execute(
        columns.format("office."), database
    )
    assert not (restored.data / "secrets" / PASSWORD).exists()
    restored.issued("K-2")
    assert restored.call("fsck", "--deep", code=0).told["findings"] == []
    other = postgres.create_database()
    give_password(restored.data, postgres)
    restored.call("store", "migrate", postgres.url(other), code=0)  # and back to a server
    restored.issued("K-3")
    postgres.drop_database(other)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("ALTER TABLE office.outbox SET UNLOGGED", "STORE_NOT_DURABLE"),
        ("SELECT setval('office.outbox_id_seq', 1)", "COUNTER_BEHIND"),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ledger.entries_by_tx'::regclass",
            "STORE_INDEX_INVALID",
        ),
        ("UPDATE office.outbox SET entry = entry - 1 WHERE id = (SELECT max(id) FROM office.outbox)", "ACT_NOT_IN_LOG"),
    ],
)  # fmt: skip
def test_planted_damage_on_the_server_is_found(
    moved: Office, postgres: PostgresServer, database: str, damage: str, code: str
) -> None:
    assert moved.call("fsck", code=0).told["findings"] == []
    postgres.execute(damage, database)
    found = {finding["code"] for finding in moved.call("fsck", code=1).told["findings"]}
    assert code in found


# -- one node, one process --------------------------------------------------------------------------------------------


def test_a_copy_of_the_directory_cannot_work_with_the_store_of_a_running_node(
    moved: Office, tmp_path: Path
) -> None:
    twin = Path(shutil.copytree(moved.data, tmp_path / "twin"))
    with Node(moved.data) as node:
        assert not node.outbox.unfinished()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(take, "__kwdefaults__", {"patience": 0.2})
            with pytest.raises(StoreLocked), Node(twin) as other:
                other.outbox.unfinished()
    with Node(twin) as other:
        assert not other.outbox.unfinished()


def test_a_process_that_was_cut_off_and_whose_place_was_taken_writes_nothing_more(
    moved: Office, postgres: PostgresServer, database: str, tmp_path: Path
) -> None:
    twin = Path(shutil.copytree(moved.data, tmp_path / "twin"))
    with Node(moved.data) as node:
        assert not node.outbox.unfinished()
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        postgres.execute(others + "pg_backend_pid()", database)
        with Node(twin) as other:
            assert not other.outbox.unfinished()
            with pytest.raises(StoreTaken):
                node.outbox.unfinished()
        with pytest.raises(StoreTaken):  # also when the other has ended
            node.outbox.refuse(1, "X", "x")


def test_the_store_of_another_node_is_refused(moved: Office, postgres: PostgresServer, database: str) -> None:
    postgres.execute("UPDATE sanad.store SET node = 'another'", database)
    with pytest.raises(StoreForeign), Node(moved.data) as node:
        node.outbox.unfinished()
    postgres.execute("DROP SCHEMA sanad CASCADE", database)
    assert moved.call("store", "status", code=3).error == ("STORE_FOREIGN", "store")


def test_without_the_settings_the_files_that_were_set_aside_are_not_taken_for_the_store(
    moved: Office,
) -> None:
    (moved.data / "store.toml").unlink()
    assert moved.call("store", "status", code=3).error == ("STORE_MOVED", "store.toml")


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("synchronous_commit", "off", None),  # a session sets it for itself
        ("default_transaction_read_only", "on", "STORE_READ_ONLY"),
    ],
)
def test_a_database_that_is_set_otherwise_is_set_right_or_refused(
    moved: Office, postgres: PostgresServer, database: str, setting: str, value: str, code: str | None
) -> None:
    postgres.execute(f"ALTER DATABASE {database} SET {setting} = {value}")
    if code is None:
        assert moved.call("store", "status", code=0).told["synchronousCommit"] == "on"
    else:
        assert moved.call("store", "status", code=3).error == (code, "store")


def test_a_missing_table_is_damage_and_no_traceback(
    moved: Office, postgres: PostgresServer, database: str
) -> None:
    postgres.execute("ALTER TABLE office.outbox RENAME TO elsewhere", database)
    with pytest.raises(SanadError) as told, Node(moved.data) as node:
        node.outbox.unfinished()
    assert told.value.code == DatabaseDamaged.code
