"""What goes wrong around a command (the chain, the disk, another process, a directory of another network or a newer
version) is told by code, decides nothing, and leaves the directory so that the next command goes on.
"""

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from sanad_node.datadir import DataDirectory, Lock
from sanad_testkit.network_of_offices import build
from sanad_testkit.office import SANAD, Office, office

__all__ = ["office"]
pytestmark = pytest.mark.engine
CELL = ("--type", "AUCTION_RECEIPT", "--as", "CELL")


def test_with_the_chain_down_an_act_is_promised_and_the_next_command_anchors_it(office: Office) -> None:
    office.receipt("K-1")
    size = office.log_size()
    ran = office.run("issue", "K-1.json", *CELL, code=2, ANVIL_BIN=str(office.folder / "none"))
    assert (ran.told["state"], ran.told["entry"]) == ("accepted", None)
    again = office.run("issue", "K-1.json", *CELL, code=2, ANVIL_BIN=str(office.folder / "none"))
    assert (again.told["act"], again.told["replayed"]) == (ran.told["act"], True)
    assert office.log_size() == size
    checkpoint = office.run("log", "checkpoint", code=2, ANVIL_BIN=str(office.folder / "none"))
    assert checkpoint.error[0] == "ENGINE_NOT_INSTALLED"
    assert office.call("verify", "K-1.json", code=0).told["verdict"] == "authentic"  # anchored it first
    assert office.log_size() == size + 1
    told = office.call("issue", "K-1.json", *CELL, code=0).told
    assert (told["state"], told["act"], told["replayed"]) == ("final", ran.told["act"], True)


def test_a_batch_is_promised_with_the_chain_down_and_anchored_later(office: Office) -> None:
    folder = office.folder / "batch"
    folder.mkdir()
    for number in range(3):
        shutil.move(office.receipt(f"K-{number}"), folder)
    none = str(office.folder / "none")
    told = office.run("issue-batch", "batch", *CELL, code=2, ANVIL_BIN=none).told
    assert told["counts"] == {"issued": 0, "already": 0, "promised": 3, "failed": 0}
    size = office.log_size()
    told = office.call("issue-batch", "batch", *CELL, code=0).told
    assert told["counts"] == {"issued": 0, "already": 3, "promised": 0, "failed": 0}
    assert office.log_size() == size + 1
    assert office.call("fsck", code=0).told["findings"] == []


def test_a_chain_that_is_killed_while_a_command_runs_loses_nothing(office: Office) -> None:
    folder = office.folder / "batch"
    folder.mkdir()
    for number in range(200):
        shutil.move(office.receipt(f"K-{number}"), folder)
    with office.start("issue-batch", "batch", *CELL) as running:
        process = psutil.Process(running.pid)
        while running.poll() is None:
            for child in process.children(recursive=True):
                if "anvil" in child.name():
                    child.send_signal(signal.SIGKILL)
                    break
            else:
                continue
            break
        running.communicate(timeout=60)
    assert running.returncode in {0, 2}
    told = office.call("issue-batch", "batch", *CELL, code=0).told["counts"]
    assert told["issued"] + told["already"] == 200
    assert office.call("fsck", code=0).told["findings"] == []


def test_two_commands_never_share_a_data_directory_and_the_holder_is_named(office: Office) -> None:
    before = office.seen()
    with Lock(DataDirectory.at(office.data)):
        ran = office.run("formation", "list", code=3)
    assert ran.error == ("DATA_LOCKED", "--data")
    assert f"process {os.getpid()} (" in ran.told["error"]["message"]
    assert office.seen() == before
    office.run("formation", "list", code=0)


LIMIT = 40_000


def limited(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [0, 5_000, LIMIT])
def test_a_full_disk_is_told_and_the_same_command_succeeds_when_there_is_room(
    size: int, office: Office
) -> None:
    """No file of the process may grow beyond `size`, as on a disk without room."""
    office.receipt("K-1")
    before = office.remains()
    done = subprocess.run(
        [SANAD, "issue", "K-1.json", *CELL, "--json"],
        env={**os.environ, "SANAD_DATA": str(office.data), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=office.folder,
        preexec_fn=lambda: limited(size),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    told = json.loads(done.stdout)
    assert (done.returncode, told.get("error", {}).get("code")) in {
        (3, "DISK_FULL"),
        (3, "DISK_FAULT"),
        (3, "VAULT_FULL"),
        (2, "CHAIN_UNAVAILABLE"),
        (2, None),
    }, done.stdout
    if (
        done.returncode == 3
    ):  # nothing reached the log; what was promised before the disk was full is still promised
        after = office.remains()
        assert (after["log"], after["batches"]) == (before["log"], before["batches"])
    told = office.call("issue", "K-1.json", *CELL, code=0).told
    assert told["state"] == "final"
    assert office.call("fsck", code=0).told["findings"] == []
    assert len(office.call("trace", "K-1", code=0).told["steps"]) == 1


def change_database(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("part", ["network.json", "office.db", "ledger.db", "chain/journal.db"])
def test_a_directory_of_a_newer_version_is_refused_untouched(part: str, office: Office) -> None:
    path = office.data / part
    match part:
        case "network.json":
            path.write_text(json.dumps({**json.loads(path.read_bytes()), "version": 2}))
        case "chain/journal.db":
            change_database(path, "UPDATE meta SET value = '99' WHERE name = 'schema'")
        case _:
            change_database(path, "UPDATE alembic_version SET version_num = 'from_the_future'")
    before = path.read_bytes()
    office.receipt("K-1")
    code = "JOURNAL_NEWER" if part == "chain/journal.db" else "DATA_NEWER"
    field = path.name
    for command in (("issue", "K-1.json", *CELL), ("formation", "list"), ("verify", "K-1.json")):
        assert office.call(*command, code=3).error == (code, field)
    assert path.read_bytes() == before


def test_the_chain_of_another_network_is_refused(office: Office, tmp_path: Path) -> None:
    build(tmp_path / "other")
    shutil.rmtree(office.data / "chain")
    shutil.copytree(tmp_path / "other/chain", office.data / "chain")
    before = office.seen()
    office.receipt("K-1")
    assert office.call("issue", "K-1.json", *CELL, code=3).error[0] == "WRONG_CHAIN"
    assert office.call("log", "checkpoint", code=3).error[0] == "WRONG_CHAIN"
    assert office.seen() == before


@pytest.mark.parametrize("part", ["network.json", "office.db", "secrets/vault"])
def test_a_damaged_directory_is_told_not_mended(part: str, office: Office) -> None:
    path = office.data / part
    path.write_bytes(b"not what it was")
    for extra in path.parent.glob(f"{path.name}-*"):
        extra.unlink()
    office.receipt("K-1")
    expected = {
        "network.json": "DATA_DAMAGED",
        "office.db": "DATABASE_DAMAGED",
        "secrets/vault": "DATA_DAMAGED",
    }
    ran = office.run("issue", "K-1.json", *CELL, code=3)
    assert ran.error == (expected[part], part)
    assert path.read_bytes() == b"not what it was"


def test_a_bundle_too_old_is_stale_and_a_tampered_one_refused(office: Office) -> None:
    office.issued("K-1")
    office.call("bundle", "K-1", "-o", "b.sanad", code=0)
    office.call("trust", "-o", "trust.json", code=0)
    offline = ("verify", "b.sanad", "--offline", "--trust", "trust.json")
    assert office.call(*offline, code=0).told["verdict"] == "authentic"
    told = office.call(*offline, "--at", "2099-01-01", code=2).told
    assert (told["verdict"], told["answers"]["freshness"]["answer"]) == ("stale", "no")
    bundle = (office.folder / "b.sanad").read_bytes()
    for at in range(40, len(bundle), len(bundle) // 7):
        office.file("bad.sanad", bundle[:at] + bytes([bundle[at] ^ 1]) + bundle[at + 1 :])
        ran = office.call("verify", "bad.sanad", "--offline", "--trust", "trust.json")
        assert ran.code in {1, 2, 3}, at
        assert ran.told.get("verdict") != "authentic"
    office.file("empty.sanad", b"")
    assert office.call("verify", "empty.sanad", "--offline", "--trust", "trust.json").code in {1, 3}
