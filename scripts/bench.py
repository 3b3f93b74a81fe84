"""Measures the product and writes build/bench.json: {name: {value, unit, peer, ratio, n, against}}.

    python scripts/bench.py [--out build/bench.json] [--quick]
        [--only certify office answers evidence following packs lists stores findings instruments reads service reset]

Each number stands beside a peer measured in the same run or published; what the names mean is in
docs/reference/performance.md. With `--only`, what the file says of the others stays.
"""

import argparse
import os
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from benchmarks import (
    answers,
    certify,
    evidence,
    findings,
    following,
    instruments,
    lists,
    office,
    packs,
    reads,
    reset,
    service,
    stores,
)
from benchmarks.report import Report
from sanad_node.node import Node

FAMILIES = (
    "certify",
    "office",
    "answers",
    "evidence",
    "following",
    "packs",
    "lists",
    "stores",
    "findings",
    "instruments",
    "reads",
    "service",
    "reset",
)
SMALL, LARGE, QUICK = 1_000, 100_000, 3_000


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    parser.add_argument("--only", nargs="*", default=[], choices=FAMILIES)
    options = parser.parse_args()
    report = Report(options.only)
    report.add("load_average_at_the_start", os.getloadavg()[0], "processes", 1)
    large = QUICK if options.quick else LARGE
    documents = 1_000 if options.quick else 10_000
    if report.wanted("certify"):
        certify.run(report, documents)
    if report.wanted("findings"):
        findings.run(report)
    with tempfile.TemporaryDirectory(prefix="sanad-bench-") as scratch:
        if any(report.wanted(family) for family in ("office", "answers", "evidence", "packs", "lists")):
            ledger(
                report, Path(scratch), large, documents, evidence.QUICK if options.quick else evidence.FULL
            )
        if report.wanted("evidence"):
            evidence.long_mirror(report, 10_000 if options.quick else 1_000_000)
        if report.wanted("following"):
            following.measure(report, Path(scratch), 10_000 if options.quick else 1_000_000)
        if report.wanted("lists"):
            lists.checked(report)
            lists.carried(report, 10_000 if options.quick else 1_000_000)
        if report.wanted("packs"):
            packs.codes_checked(report)
            packs.carried(report, 10_000 if options.quick else 1_000_000)
        if report.wanted("stores"):
            stores.compare(report, Path(scratch), 300 if options.quick else 3_000)
        if report.wanted("instruments"):
            instruments.measure(report, Path(scratch), 10_000, 30_000 if options.quick else 1_000_000)
        if report.wanted("reads"):
            reads.measure(
                report,
                Path(scratch),
                1_000,
                20_000 if options.quick else 100_000,
                200 if options.quick else 2_000,
            )
        if report.wanted("reset"):
            reset.measure(report, Path(scratch), 2_000 if options.quick else 100_000)
        if report.wanted("service"):
            service.measure(report, Path(scratch), quick=options.quick)
    report.add("load_average_at_the_end", os.getloadavg()[0], "processes", 1)
    report.write(options.out)
    return 0


def ledger(report: Report, scratch: Path, large: int, documents: int, checks: evidence.Size) -> None:
    """One ledger, measured at 1,000 entries and again when it has grown."""
    data = scratch / "data"
    office.prepare(data)
    small_label, large_label = "_at_1k", f"_at_{large // 1000}k"
    with Node(data) as node:
        node.catch_up()
        office.hand_over(node, office.HOPS)
        office.grow(node, "small", SMALL)
        measure(report, node, scratch, documents // 5, small_label, checks)
        if report.wanted("office"):
            office.batches(report, node, documents)
        office.grow(node, "large", large)
        measure(report, node, scratch, documents // 5, large_label, checks)
        entries = node.indexer.size()
        if report.wanted("evidence"):
            evidence.chain_proofs(report, checks)
            evidence.mirror(report, node, scratch, large_label)
        if report.wanted("lists"):
            lists.worked_out(report, node, large_label)
        if report.wanted("packs"):
            packs.built(report, node, large_label)
    if report.wanted("answers"):
        answers.memory(report, data, large_label)
    answers.disk(report, data, entries, large_label)
    answers.restart(report, data, large_label)
    names = [
        "acknowledged_1_client",
        "acknowledged_32_clients",
        "final_single_acts",
        "verify_by_digest",
        "bundle_check",
        "trace_100_hops",
    ]
    answers.growth(report, names, small_label, large_label, lambda unit: unit in {"ms", "s"})


def measure(report: Report, node: Node, scratch: Path, n: int, label: str, checks: evidence.Size) -> None:
    """Everything that is measured twice."""
    if report.wanted("office"):
        office.acknowledged(report, node, scratch, n, label)
        office.anchored(report, node, n, label)
    tag = f"asked{label}"
    node.outbox.accept_all(office.requests(node, tag, 1))
    node.pump()
    if report.wanted("answers"):
        answers.verify(report, node, tag, label)
        answers.trace(report, node, label)
    if report.wanted("evidence"):
        document = f"{tag}-0".encode()
        evidence.bundles(report, node, sha256(document).hexdigest(), document, label, checks)
        evidence.codes(report, node, tag, label, checks)


if __name__ == "__main__":
    sys.exit(main())
