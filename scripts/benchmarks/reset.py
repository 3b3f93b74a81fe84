"""A chain that is begun again: the record carried out, the state and its root, and a geth that begins with it."""

import time
from pathlib import Path

import orjson

from benchmarks import office
from benchmarks.report import Report
from sanad_node.consortium.genesis import clique_genesis
from sanad_node.continuing import record
from sanad_node.continuing.record import Sent
from sanad_node.continuing.replaying import replayed
from sanad_node.engines import geth_program
from sanad_node.engines.journal import Journal
from sanad_node.engines.process import ChainProcess, Program
from sanad_node.node import Node


def measure(report: Report, scratch: Path, size: int) -> None:
    """Of a log of `size` entries, single issues of which up to 250 share a transaction."""
    label = f"_of_{size // 1000}k"
    data = scratch / "lost"
    office.prepare(data)
    with Node(data) as node:
        node.catch_up()
        office.grow(node, "lost", size)
        network = node.network
    journal = Journal(data / "chain" / "journal.db")
    path = scratch / "lost.record"
    record.write(path, (Sent(one.time, raw) for one in journal.blocks(1) for raw in one.transactions))
    journal.close()
    began = time.perf_counter()
    with replayed(network, record.read(path)) as found:
        report.add(f"chain_carried_out_again{label}", time.perf_counter() - began, "s", found.transactions)
        state = orjson.dumps(
            {**clique_genesis(network.chain_id, [bytes(20)], 5, found.last), "alloc": found.alloc}
        )
        assert found.size >= size
    report.add(f"record{label}", path.stat().st_size / 1e6, "MB", size)
    report.add(f"chain_state{label}", len(state) / 1e6, "MB", size)
    folder = scratch / "geth"
    folder.mkdir()
    (folder / "genesis.json").write_bytes(state)
    began = time.perf_counter()
    program = Program(geth_program.find().path, lambda _: [], "geth.log", alone=False, keeps_log=True)
    ChainProcess.run(program, folder, ["--datadir", "data", "init", "genesis.json"])
    report.add(f"chain_begun_again{label}", time.perf_counter() - began, "s", size)
