"""The same office with its databases in files and on a PostgreSQL server of this machine: acts a second on both."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import office
from benchmarks.report import Report, rate
from sanad_node.node import Node
from sanad_testkit.moved import move_to
from sanad_testkit.postgres import PostgresServer

KINDS = ("sqlite", "postgresql")
ROUNDS = 3
"""Each store is measured so often, in turns: the better figure counts, since the machine has other work."""


def compare(report: Report, scratch: Path, n: int) -> None:
    """Acts acknowledged, acts final and documents looked up, once on each store; the peer is the files."""
    with _server() as server:
        data = scratch / "in-files"
        office.prepare(data)
        on_server = Path(shutil.copytree(data, scratch / "on-a-server"))
        move_to(on_server, server)
        best: dict[str, dict[str, float]] = {kind: {} for kind in KINDS}
        for round_ in range(ROUNDS):
            for kind, folder in zip(KINDS, (data, on_server), strict=True):
                with Node(folder) as node:
                    node.catch_up()
                    for name, value in _measured(node, f"{kind}-{round_}", n).items():
                        best[kind][name] = max(value, best[kind].get(name, 0.0))
    for name, value in best["postgresql"].items():
        unit = "questions/s" if name.startswith("question") else "acts/s"
        report.add(f"store_{name}_postgresql", value, unit, n, best["sqlite"][name], "the same on SQLite")


def _measured(node: Node, tag: str, n: int) -> dict[str, float]:
    alone = office.requests(node, f"{tag}-alone", max(50, n // 10))
    told = {"acknowledged_1_client": rate(len(alone), lambda i: node.outbox.accept(alone[i]))}
    told["acknowledged_32_clients"] = office.together(node, office.requests(node, f"{tag}-many", n))
    node.pump()
    told["final_single_acts"] = office.until_final(node, office.requests(node, f"{tag}-final", n))
    known = office.requests(node, f"{tag}-alone", max(50, n // 10))
    told["question_of_an_act"] = rate(len(known), lambda i: node.outbox.find(known[i].key))
    return told


@contextmanager
def _server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()
