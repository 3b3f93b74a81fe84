"""What it costs that a reading is recorded before it is answered: alone and by many at once, on a read log that is
empty and on one whose window is full. It is not to grow.
"""

import os
import threading
from pathlib import Path
from time import perf_counter

from sqlalchemy import insert

from benchmarks.report import Report, rate
from sanad_node.reads.log import NOTHING, Read, ReadLog, check, mark_of
from sanad_node.store.database import open_database
from sanad_node.store.read_tables import reads

NOW = 1_790_000_000
WINDOW = 3600
ACCOUNTS = 40
CLIENTS = 32
RECORD = 300
"""Bytes of a record, about; the peer writes and flushes as many."""
AGAINST = "an append to a file, flushed to the same disk"


def measure(report: Report, scratch: Path, small: int, large: int, n: int) -> None:
    """Records a second on logs with so many records in their window, and how many times dearer one became."""
    took = []
    for size in (small, large):
        label = f"_at_{size // 1000}k"
        engine = open_database("office", scratch / f"reads-{size}.db")
        with engine.begin() as connection:
            _fill(connection, size)
        log = ReadLog(engine, lambda: NOW, window=WINDOW)
        _keep(log, 0)  # what is asked of the store once for the life of a process
        peer = rate(n, _flushed(scratch / f"flushed-{size}"))
        alone = rate(n, lambda i, log=log: _keep(log, i))  # type: ignore[misc]
        report.add(f"read_recorded{label}", alone, "records/s", n, peer, AGAINST)
        together = _together(log, n)
        report.add(f"read_recorded_{CLIENTS}_clients{label}", together, "records/s", n * 4, peer, AGAINST)
        took.append(1 / alone)
        if check(engine).last != size + 1 + n + n * 4:
            raise SystemExit("the benchmark's read log has not all its records")
        engine.dispose()
    report.add("growth_read_recorded", took[1] / took[0], "times dearer", large)


def _keep(log: ReadLog, i: int) -> None:
    user = i % ACCOUNTS
    log.keep(
        user=user, name=f"officer-{user}", formation="FO-1", what="document", about=f"{i:064x}", things=1
    )


def _together(log: ReadLog, n: int) -> float:
    each = n * 4 // CLIENTS
    rest = n * 4 - each * CLIENTS

    def client() -> None:
        for i in range(each):
            _keep(log, i)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    began = perf_counter()
    for thread in threads:
        thread.start()
    for i in range(rest):
        _keep(log, i)
    for thread in threads:
        thread.join()
    return n * 4 / (perf_counter() - began)


def _flushed(path: Path):  # type: ignore[no-untyped-def]
    file = path.open("ab", buffering=0)

    def append(_i: int) -> None:
        file.write(bytes(RECORD))
        os.fsync(file.fileno())

    return append


def _fill(connection, size: int) -> None:  # type: ignore[no-untyped-def]
    """A log with so many records, spread over the window that ends now."""
    mark, rows = NOTHING, []
    for seq in range(1, size + 1):
        user = seq % ACCOUNTS
        at = NOW - WINDOW + 1 + (seq - 1) * (WINDOW - 1) // size
        read = Read(at, user, f"officer-{user}", "FO-1", "document", f"{seq:064x}", 1)
        mark = mark_of(mark, seq, read)
        rows.append(
            {
                "seq": seq,
                "at": read.at,
                "user": read.user,
                "name": read.name,
                "formation": read.formation,
                "what": read.what,
                "about": read.about,
                "things": read.things,
                "mark": mark,
            }
        )
    if rows:
        connection.execute(insert(reads), rows)
