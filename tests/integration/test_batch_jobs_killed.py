"""kill -9 of a process that runs batch jobs, at random instants: every acknowledged job comes to its end,
every row to exactly one outcome, and no document is issued twice.
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

from sanad_node import fsck
from sanad_node.batch_jobs import BatchJobs
from sanad_node.node import Node
from sanad_node.store.ledger_tables import documents
from sanad_testkit.batch_worker import SHARED
from sanad_testkit.office import Office, office
from sanad_verifier.digests import Digest

__all__ = ["office"]

KILLS = 10
JOBS = 3
ROWS = 200
SECONDS = 120
SUPPORT = Path(__file__).parents[1] / "support"


def worker(data: Path, run: str, jobs: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "sanad_testkit.batch_worker", str(data), run, str(jobs), str(ROWS)]
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)


def run_until_killed(data: Path, run: str, seconds: float, choose: random.Random) -> list[str]:
    """Start the worker, let it work, kill it (and its anvil with it or before it); returns the jobs it had
    acknowledged.
    """
    with worker(data, run, JOBS) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + seconds
        received = b""
        while (left := deadline - time.monotonic()) > 0 and process.poll() is None:
            if select.select([process.stdout], [], [], left)[0]:
                received += os.read(process.stdout.fileno(), 65536)
        if choose.random() < 0.5 and process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.send_signal(signal.SIGKILL)
        process.kill()
        received += process.stdout.read()
    return received.decode().split("\n")[:-1]  # a line cut off by the kill was acknowledged to nobody


@pytest.mark.engine
@pytest.mark.slow
def test_jobs_killed_again_and_again_come_to_their_end_and_issue_every_row_once(office: Office) -> None:
    seed = int(os.environ.get("SANAD_SEED", "20261123"))
    print(f"SANAD_SEED={seed}")
    choose = random.Random(seed)
    acknowledged: list[str] = []
    interrupted = 0
    for run in range(KILLS):
        acknowledged += run_until_killed(office.data, str(run), choose.uniform(0.02, 1.0), choose)
        interrupted += office.rows("office.db", "SELECT count(*) FROM batch_jobs WHERE state = 'running'")[0][
            0
        ]
    assert interrupted > 0, "no kill hit a job"
    with worker(office.data, "last", 1) as last:
        told, _ = last.communicate(timeout=SECONDS)
        assert last.returncode == 0
    acknowledged += told.decode().split()[1:]
    with Node(office.data) as node:
        node.catch_up()
        jobs = BatchJobs(node)
        known = {job.id: job for job in jobs.jobs(limit=1000)}
        assert set(acknowledged) <= set(known)
        assert {job.state for job in known.values()} == {"done"}
        issued: Counter[Digest] = Counter()
        for number, job in enumerate(known):
            rows = jobs.rows(job, limit=1000)
            assert [row.place for row in rows] == list(range(ROWS))
            assert rows[-1].code == "ALREADY_ISSUED"
            assert {row.state for row in rows[SHARED:-1]} == {"final"}, number
            issued.update(row.digest for row in rows if row.digest)
        with node.ledger.connect() as connection:
            on_ledger = Counter(connection.execute(query(documents.c.digest)).scalars())
        assert max(on_ledger.values()) == 1
        assert on_ledger == issued
        assert sum(issued.values()) == SHARED + len(known) * (ROWS - SHARED - 1)
        assert all(node.vault.has(digest) for digest in issued)
        assert list(node.directory.uploads.iterdir()) == []
        assert fsck.examine(node).findings == ()
