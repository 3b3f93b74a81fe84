"""A process that takes uploads and runs their jobs, with a carrier, until it is killed or nothing is left;
prints a line for each job that was acknowledged.

python -m sanad_testkit.batch_worker DATA RUN JOBS ROWS
"""

import sys
import threading
from pathlib import Path

from sanad_node.batch_jobs import BatchJobs, running
from sanad_node.carrier import Carrier
from sanad_node.node import Node
from sanad_testkit.batch_office import submit, table

SHARED = 10
"""Rows at the head of every upload that all uploads have in common."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def numbers(run: str, job: int, rows: int) -> list[str]:
    """The receipt numbers of one upload; the last one stands in it twice."""
    own = [f"R-{run}-{job}-{n}" for n in range(rows - SHARED - 1)]
    return [f"R-{n}" for n in range(SHARED)] + own + own[-1:]


def main() -> None:
    data, run, wanted, rows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    running.CHUNK_ROWS, running.PART_ROWS = 20, 60  # many places to die in
    further = threading.Event()
    with Node(data) as node:
        carrier = Carrier(node, further.set)
        carrier.start()
        jobs = BatchJobs(node, lambda _job: further.set())
        jobs.start()
        say("ready")
        for job in range(wanted):
            say(submit(jobs, table(numbers(run, job, rows))).id)
        while node.outbox.unfinished() or not all(job.ended for job in jobs.jobs()):
            further.wait()
            further.clear()
        jobs.stop()
        carrier.stop()


if __name__ == "__main__":
    main()
