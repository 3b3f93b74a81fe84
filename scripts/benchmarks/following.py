"""A partner that follows the log from a mirror: from files that were fetched to tables that can be asked."""

import os
import sys
import time
from pathlib import Path

from benchmarks.report import Report, milliseconds
from sanad_node.mirror import starting
from sanad_node.mirror.fetching import Fetched
from sanad_node.mirror.sources import Folder
from sanad_node.mirror.syncing import sync
from sanad_node.mirror.taking import bundles, take
from sanad_node.node import Node
from sanad_verifier.mirror import CHECKPOINT_AT_MOST, trusted
from sanad_verifier.tiles import CHECKPOINT
from sanad_verifier.trust import encode_trust

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from sanad_testkit.evidence import NOW
from sanad_testkit.made_log import MadeLog, entries, write

BAR = 1_000_000 / 60
MORE = 256


def measure(report: Report, scratch: Path, size: int) -> None:
    """Every entry of a log hashed, replayed and committed, on one core; then a few more. Of ten entries seven are
    issues, one revokes, and two register and ship a consignment. Processor time is told besides, since it is what a
    machine that is shared leaves alone.
    """
    log, label = MadeLog(), f"_of_{size // 1000}k"
    raw = entries(size + MORE)
    mirror, later = scratch / "mirror", scratch / "later"
    write(log.files(raw[:size]), mirror)
    write(log.files(raw), later)
    del raw
    data = scratch / "follower"
    starting.start(data, [str(mirror)], encode_trust(log.trust()))
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with Node(data, clock=lambda: NOW) as node:
            source = Folder(mirror)
            note = source.read(CHECKPOINT, CHECKPOINT_AT_MOST)
            files = Fetched(source, str(mirror), data / "mirror" / "fetched", lambda: True)
            files.fetch(bundles(0, size))
            began, processor = time.perf_counter(), time.process_time()
            take(node, files, trusted(note, log.trust()), note)
            taken, processor = time.perf_counter() - began, time.process_time() - processor
            files.drop()
            report.add(f"sync_verified{label}", size / taken, "entries/s", size, BAR, "a million in a minute")
            report.add(f"sync_verified_cpu{label}", processor, "s", size)
            again = milliseconds(1, lambda _i: sync(node, [str(later)]))
            report.add(f"sync_of_{MORE}_more{label}", again, "ms", MORE)
    finally:
        os.sched_setaffinity(0, cores)
