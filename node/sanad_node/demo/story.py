"""The story of the sample dossier: what an office, a squad and an auditor do in a week, and what an
impostor tries.

Each chapter is a function over the stage; the expectations are part of the story and not taken from the
run.
"""

from importlib.resources import as_file
from pathlib import Path
from typing import Any

from sanad_node import governance
from sanad_node.acting import word
from sanad_node.demo import auction, bills, cargo, corridor, evidence, instruments, lists, paper, papers
from sanad_node.demo.record import Outcome, Record
from sanad_node.demo.stage import Stage
from sanad_node.founding import found
from sanad_node.node import Node
from sanad_node.samples import FOLDER


def tell(record: Record, data: Path, *, decide: bool = True) -> None:
    """Run every chapter in a fresh data directory at `data`. Without `decide` members decide the policy of court
    orders only: the auction is left out, and offices go on issuing receipts by themselves.
    """
    record.run("found a network: chain, seven contracts, one member", "final", lambda: _found(data))
    with as_file(FOLDER) as folder, Node(data) as node:
        stage = Stage(node, record, Path(folder))
        chapters = (
            _offices,
            papers.dossier,
            papers.squad,
            papers.amendment,
            papers.batches,
            papers.suspensions,
            papers.impostors,
            instruments.double_use,
            cargo.hand_overs,
            cargo.holds,
            bills.chain,
            evidence.offline,
            paper.squad_without_signal,
            lists.status_lists,
            auction.chain,
            corridor.journey,
            evidence.auditor,
        )
        for chapter in chapters:
            if decide or chapter is not auction.chain:
                chapter(stage)


def _found(data: Path) -> Outcome:
    found(data, "sanad-demo")
    return "final", ""


def _offices(stage: Stage) -> None:
    """Eleven offices, each with a key of its own and scopes of its own, by proposals to the consortium."""
    node = stage.node
    offices = stage.listed("formations.json")

    def add() -> Outcome:
        node.catch_up()
        numbers = {office["code"]: place for place, office in enumerate(offices, start=1)}
        calls: list[tuple[str, str, tuple[Any, ...]]] = []
        for office in offices:
            parent = numbers.get(office.get("parent", ""), 0)
            calls.append(
                ("Formations", "addFormation", (word(office["code"]), word(office["kind"]), parent, 0, 0, 0))
            )
        for office in offices:
            number, key = numbers[office["code"]], node.keyring.create()
            calls.append(("Formations", "addKey", (number, key, bytes(32), 0, 0)))
            calls += [
                (
                    "Formations",
                    "setScope",
                    (number, word(scope["type"]), governance.scope_word(_names(scope["acts"])), 0, 0),
                )
                for scope in office["scopes"]
            ]
        done = governance.propose_all(node, calls)
        return done[-1].act.state, f"{len(node.reader.formations())} offices"

    stage.record.run("add offices, keys and scopes by proposal", f"final {len(offices)} offices", add)


def _names(acts: list[str]) -> list[str]:
    return [act.lower().replace("_", "-") for act in acts]
