"""A case goes to another formation only by one above it; the return of who seized tells so."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from sanad_node import governance, issuing, tracing
from sanad_node.acting import word
from sanad_node.desk import returns as returning
from sanad_node.finding import document
from sanad_node.node import Node
from sanad_node.wire.returns import ReturnQuery
from sanad_testkit.auction_chain import Chain, paper
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Reason
from sanad_verifier.errors import SanadError
from sanad_verifier.returns import PAKISTAN, month_of

pytestmark = pytest.mark.engine
MOVED = paper("SEIZURE_REPORT", officer="Inspector, badge 5120")


def join(node: Node) -> None:
    """A squad beneath the collectorate KAPW, and one beside it; two officers each."""
    node.catch_up()
    above = node.reader.formation("KAPW").number
    first = len(node.reader.formations()) + 1
    calls: list[tuple[str, str, tuple[Any, ...]]] = [
        ("Formations", "addFormation", (word("KAPW-ASO"), word("CUSTOMS"), above, 0, 0, 0)),
        ("Formations", "addFormation", (word("KAPE-ASO"), word("CUSTOMS"), 0, 0, 0, 0)),
    ]
    acts = governance.scope_word(["enter", "suspend", "reinstate", "withdraw"])
    for number in (first, first + 1):
        calls += [
            ("Formations", "addKey", (number, node.keyring.create(), bytes(32), 0, 0)) for _ in range(2)
        ]
        calls.append(("Formations", "setScope", (number, word("SEIZURE_REPORT"), acts, 0, 0)))
    governance.propose_all(node, calls)


def reassign(node: Node, case: Digest, by: str, why: Reason | None = Reason.DATA_CORRECTED) -> Digest:
    """Enter the report again as another formation, with two of its officers."""
    rests = issuing.Rests((), why)
    issuing.approve(node, MOVED, doc_type="SEIZURE_REPORT", formation=by, replaces=case, rests=rests)
    ready = issuing.ready_to_issue(
        node, MOVED, doc_type="SEIZURE_REPORT", formation=by, replaces=case, rests=rests
    )
    return issuing.issue(node, ready).digest


def test_a_case_is_reassigned_by_a_formation_above_and_stays_with_who_seized(
    auction_network: Path, tmp_path: Path
) -> None:
    shutil.copytree(auction_network, tmp_path / "data")
    with Node(tmp_path / "data") as node:
        join(node)
        case = Chain(node).issue("SEIZURE_REPORT", by="KAPW-ASO").digest
        month = month_of(int(node.clock()), PAKISTAN)

        def told() -> list[tuple[str, str, int, int]]:
            view = returning.view(node, ReturnQuery(month=month))
            return [(one.formation, one.act, one.things, one.reassigned) for one in view.lines]

        with pytest.raises(SanadError) as refused:
            reassign(node, case, "KAPE-ASO")
        assert (refused.value.code, refused.value.field) == ("REGISTER_NOT_THE_ISSUER", "--as")
        assert told() == [("KAPW-ASO", "seized", 1, 0)]
        with pytest.raises(SanadError) as unexplained:
            reassign(node, case, "KAPW", why=None)
        assert (unexplained.value.code, unexplained.value.field) == ("REASON_NOT_GIVEN", "--reason")
        assert told() == [("KAPW-ASO", "seized", 1, 0)]
        stands = reassign(node, case, "KAPW")
        assert told() == [("KAPW-ASO", "seized", 1, 1)]
        steps = tracing.trace_document(node, document(node, case.hex()), follow=False).steps
        assert [
            (one.act, one.by, one.reason, one.replacement) for one in steps if one.act == "supersede"
        ] == [("supersede", "KAPW", "data corrected", stands.hex())]
