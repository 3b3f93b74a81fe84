"""kill -9 of the node and of its anvil at random instants under load: same blocks afterwards, nothing
acknowledged lost, nothing twice.
"""

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select as query

from sanad_node import fsck, governance, reindexing
from sanad_node.founding import found
from sanad_node.node import Node
from sanad_node.store.ledger_tables import blocks, documents
from sanad_node.store.office_tables import outbox

KILLS = 20
THREADS = 4
SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A founded network with one office that may issue files."""
    path = tmp_path / "data"
    found(path, "crashes")
    with Node(path) as node:
        node.catch_up()
        governance.add_formation(node, code="OFFICE", kind="AGENCY")
        governance.add_key(node, "OFFICE", node.keyring.create())
        governance.set_scope(node, "OFFICE", "FILE", ["issue", "issue-batch"])
    return path


def run_until_killed(data: Path, run: int, seconds: float, choose: random.Random) -> list[tuple[str, str]]:
    """Start the worker, let it work, kill it (or its anvil first); returns what it had acknowledged."""
    command = [
        sys.executable,
        "-m",
        "sanad_testkit.issuing_worker",
        str(data),
        "OFFICE",
        str(run),
        str(THREADS),
    ]
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + seconds
        received = b""
        while (left := deadline - time.monotonic()) > 0:
            if select.select([worker.stdout], [], [], left)[0]:
                received += os.read(worker.stdout.fileno(), 65536)
        if choose.random() < 0.5:
            for child in psutil.Process(worker.pid).children(recursive=True):
                child.send_signal(signal.SIGKILL)
        worker.kill()
        received += worker.stdout.read()
    lines = received.decode().split("\n")[:-1]  # a line cut off by the kill was acknowledged to nobody
    return [(name, digest) for name, digest in (line.split(" ") for line in lines)]


def chain_hashes(data: Path) -> dict[int, bytes]:
    with Node(data) as node:
        node.catch_up()
        with node.ledger.connect() as connection:
            return {row.number: row.hash for row in connection.execute(query(blocks))}


@pytest.mark.engine
@pytest.mark.slow
def test_twenty_kills_under_load_lose_nothing_and_double_nothing(data: Path) -> None:
    seed = int(os.environ.get("SANAD_SEED", "20261123"))
    print(f"SANAD_SEED={seed}")
    choose = random.Random(seed)
    acknowledged: dict[str, str] = {}
    before: dict[int, bytes] = {}
    for run in range(KILLS):
        got = run_until_killed(data, run, choose.uniform(0.05, 1.2), choose)
        acknowledged.update(got)
        now = chain_hashes(data)
        assert {n: now.get(n) for n in before} == before, "a block changed"
        before = now
    assert len(acknowledged) > KILLS, "the load was too small to prove anything"
    with Node(data) as node:
        node.catch_up()
        with node.office.connect() as connection:
            states = Counter(connection.execute(query(outbox.c.state)).scalars())
        with node.ledger.connect() as connection:
            issued = Counter(bytes(d).hex() for d in connection.execute(query(documents.c.digest)).scalars())
        assert set(states) == {"final"}
        assert set(acknowledged.values()) <= set(issued)
        assert max(issued.values()) == 1
        assert fsck.examine(node).findings == ()
        reindexing.must_agree(reindexing.compare(node))


@pytest.mark.engine
def test_an_act_accepted_while_the_chain_cannot_start_is_anchored_when_it_can(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from sanad_node import issuing  # noqa: PLC0415 - after the fixture, to keep the module light

    monkeypatch.setenv("ANVIL_BIN", str(tmp_path / "no-such-program"))
    with Node(data) as node:
        promised = issuing.issue(
            node, issuing.ready_to_issue(node, b"paper", doc_type="FILE", formation="OFFICE", number="N-1")
        )
        assert (promised.act.state, promised.act.entry) == ("accepted", None)
    monkeypatch.delenv("ANVIL_BIN")
    with Node(data) as node:
        node.catch_up()
        assert node.outbox.get(promised.act.id).state == "final"
        again = issuing.issue(
            node, issuing.ready_to_issue(node, b"paper", doc_type="FILE", formation="OFFICE", number="N-1")
        )
    assert again.act.replayed
