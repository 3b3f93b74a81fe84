"""Answers: verify by digest and by bundle, trace, and what a node costs to keep (restart, memory, disk)."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.office import REFERENCE
from benchmarks.report import Report, milliseconds
from sanad_node import checkpointing, finding, tracing, verifying
from sanad_node.node import Node
from sanad_verifier.verdict import Overall

TRADETRUST_VERIFY_MS = 5.2
TRADETRUST_TRACE_MS = 390.0
CHECKS = 300


def verify(report: Report, node: Node, tag: str, label: str) -> None:
    """By digest from the node's own store, without a call to the chain."""
    digest = hashlib.sha256(f"{tag}-0".encode()).hexdigest()
    asked = verifying.Asked(identifier=digest)

    def ask(_i: int) -> None:
        if verifying.verify(node, asked)[0].overall is not Overall.AUTHENTIC:
            raise SystemExit("the benchmark's document is not authentic")

    report.add(
        f"verify_by_digest{label}",
        milliseconds(CHECKS, ask),
        "ms",
        CHECKS,
        TRADETRUST_VERIFY_MS,
        "TradeTrust, 4 calls, published",
    )


def trace(report: Report, node: Node, label: str) -> None:
    """A consignment of 100 hops."""

    def ask(_i: int) -> None:
        told = tracing.trace_consignment(node, finding.consignment(node, REFERENCE))
        if len(told.hops) < 200:
            raise SystemExit("the benchmark's consignment has too few hops")

    report.add(
        f"trace_100_hops{label}",
        milliseconds(50, ask),
        "ms",
        50,
        TRADETRUST_TRACE_MS,
        "TradeTrust, 112 calls, published",
    )


def memory(report: Report, data: Path, label: str) -> None:
    """Resident memory of a fresh node process that has caught up and answered, and of its chain."""
    command = [sys.executable, "-m", "benchmarks.answers", str(data), label]
    scripts = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=scripts, capture_output=True, text=True, check=True, timeout=600)
    node, chain = map(float, done.stdout.split())
    report.add(f"memory_node{label}", node, "MB", 1)
    report.add(f"memory_chain{label}", chain, "MB", 1)


def weigh(data: Path, label: str) -> None:
    """Print the memory, in MB, of this process as a node and of its chain."""
    with Node(data) as node:
        node.catch_up()
        checkpointing.sign_checkpoint(node)
        verifying.verify(node, verifying.Asked(document=f"asked{label}-0".encode()))
        here = psutil.Process()
        chain = sum(child.memory_info().rss for child in here.children(recursive=True))
        print(here.memory_info().rss / 1e6, chain / 1e6)


def disk(report: Report, data: Path, entries: int, label: str) -> None:
    """Bytes on disk for an entry, by file."""
    for name in ("ledger.db", "office.db", "chain"):
        path = data / name
        files = (
            [path, *path.parent.glob(f"{name}-*")]
            if path.is_file()
            else [p for p in path.rglob("*") if p.is_file()]
        )
        size = sum(file.stat().st_size for file in files if file.exists())
        report.add(
            f"disk_{name.split('.')[0]}{label}",
            size / entries,
            "bytes/entry",
            entries,
            224.0,
            "the entry itself",
        )


def restart(report: Report, data: Path, label: str) -> None:
    """From opening the data directory to projections that are equal to the chain's head."""
    began = time.perf_counter()
    with Node(data) as node:
        node.catch_up()
        entries = node.indexer.size()
        seconds = time.perf_counter() - began
    report.add(f"restart{label}", seconds, "s", entries)


def growth(
    report: Report, names: list[str], small: str, large: str, better_small: Callable[[str], bool]
) -> None:
    """How many times dearer each became from the small ledger to the large one."""
    for name in names:
        a, b = report.measures.get(name + small), report.measures.get(name + large)
        if a is not None and b is not None and a.value and b.value:
            dearer = b.value / a.value if better_small(a.unit) else a.value / b.value
            report.add(f"growth_{name}", dearer, "times dearer", b.n)


if __name__ == "__main__":
    weigh(Path(sys.argv[1]), sys.argv[2])
