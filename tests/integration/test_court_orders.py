"""A court's hold on cargo: it rests on an order that the court entered, and ends on a later one of that court only."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest

from sanad_node import custody, governance, issuing, reindexing, standing, types, verifying
from sanad_node.acting import word
from sanad_node.cli import main
from sanad_node.court_orders import CourtOrderUnfit, must_fit
from sanad_node.desk import LocalDesk
from sanad_node.finding import document
from sanad_node.node import Node
from sanad_node.wire import HoldRequest
from sanad_node.wire.stock import StockQuery
from sanad_testkit.auction_chain import CHASSIS, Chain
from sanad_verifier.custody_words import LiftWords
from sanad_verifier.entries import Reason
from sanad_verifier.errors import SanadError

BOX = "TCLU4482017"
CARGO = ["register", "ship", "receive", "hold", "lift"]
OFFICES = {"SCC-KHI": "COURT", "HIGH": "COURT", "ASO": "CUSTOMS", "PORT": "AGENCY", "YARD": "AGENCY"}
NOW = datetime(2026, 11, 29, tzinfo=UTC)
STAY = {"decision": "STAY", "containerNumber": BOX}


class Court:
    """A container at a port; courts that enter orders; a collectorate that carries them out."""

    def __init__(self, node: Node) -> None:
        self.node, self.desk = node, LocalDesk(node)

    def join(self) -> None:
        node = self.node
        node.catch_up()
        first = len(node.reader.formations()) + 1
        calls: list[tuple[str, str, tuple[Any, ...]]] = [
            ("Formations", "addFormation", (word(code), word(kind), 0, 0, 0, 0))
            for code, kind in OFFICES.items()
        ]
        enter = governance.scope_word(["enter", "suspend", "reinstate", "withdraw"])
        for number, kind in enumerate(OFFICES.values(), start=first):
            calls.append(("Formations", "addKey", (number, node.keyring.create(), bytes(32), 0, 0)))
            calls += [
                ("Formations", "setScope", (number, word(name), governance.scope_word(CARGO), 0, 0))
                for name in ("CONTAINER", "VEHICLE")
            ]
            if kind == "COURT":
                calls.append(("Formations", "setScope", (number, word("COURT_ORDER"), enter, 0, 0)))
        governance.propose_all(node, calls)
        stated = custody.Particulars("PKKHI", 1)
        custody.register(node, kind="CONTAINER", reference=BOX, formation="PORT", particulars=stated)

    def order(self, number: str, by: str = "SCC-KHI", **said: Any) -> str:
        """Enter an order; returns its digest."""
        kind = types.get("COURT_ORDER")
        told = json.loads(kind.read_sample())
        for name in ("salt", "vehicle", "validUntil", "effectiveFrom"):
            told.pop(name)
        content = types.prepare(kind, json.dumps({**told, **STAY, "orderNumber": number, **said}).encode())
        ready = issuing.ready_to_issue(
            self.node, content, doc_type=kind.name, formation=by, rests=issuing.Rests()
        )
        return issuing.issue(self.node, ready).digest.hex()

    def act(self, act: str, by: str = "SCC-KHI", order: str | None = None, of: str | None = None) -> str:
        reason = "court-order" if act == "hold" else "order-vacated"
        told = {"act": act, "consignment": BOX, "reason": reason, "as": by, "order": order, "of": of}
        return self.desk.move(HoldRequest.model_validate(told)).state

    def held(self) -> tuple[list[str], dict[str, str]]:
        told = self.desk.consignment(BOX)
        return told.holds, told.orders


@pytest.fixture
def court(auction_network: Path, tmp_path: Path) -> Iterator[Court]:
    shutil.copytree(auction_network, tmp_path / "data")
    with Node(tmp_path / "data") as node:
        found = Court(node)
        found.join()
        yield found


def refused(do: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(SanadError) as error:
        do()
    return error.value.code, error.value.field


@pytest.mark.engine
def test_a_courts_hold_stands_until_a_later_order_of_that_court(
    court: Court, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stay = court.order("SCC-KHI-2026-0441")
    assert refused(lambda: court.act("hold"))[0] == "CUSTODY_ORDER_MISSING"
    assert refused(lambda: court.act("hold", order="SCC-KHI-9999")) == ("UNKNOWN_DOCUMENT", "--order")
    assert court.held() == ([], {})
    assert court.act("hold", order="SCC-KHI-2026-0441") == "final"
    assert court.act("hold", "ASO", stay) == "final"  # who carries the order out holds on it, too
    assert court.held() == (["SCC-KHI", "ASO"], {"SCC-KHI": stay, "ASO": stay})

    # nobody lifts it without the court's paper, and not with any paper
    for by in ("SCC-KHI", "ASO"):
        assert refused(partial(court.act, "lift", by))[0] == "CUSTODY_ORDER_MISSING"
    assert refused(lambda: court.act("lift", order=stay)) == ("COURT_ORDER_UNFIT", "--order")
    foreign = court.order("HIGH-1", by="HIGH", decision="RELEASE")
    assert refused(lambda: court.act("lift", order=foreign))[0] == "CUSTODY_ORDER_OF_ANOTHER_COURT"
    at_the_desk(court, tmp_path / "copy", capsys)
    release = court.order("SCC-KHI-2026-0508", decision="STAY_LIFTED")
    record = document(court.node, release)
    standing.change_standing(court.node, record, "suspend", reason=Reason.UNDER_INQUIRY)
    assert refused(lambda: court.act("lift", order=release))[0] == "CUSTODY_ORDER_NOT_IN_FORCE"
    standing.change_standing(court.node, record, "reinstate", reason=Reason.INQUIRY_CLOSED)
    assert court.held()[0] == ["SCC-KHI", "ASO"]

    assert court.act("lift", order="SCC-KHI-2026-0508") == "final"
    assert (
        court.act("lift", "SCC-KHI", release, of="ASO") == "final"
    )  # the court ends what rests on its order
    assert court.held() == ([], {})
    hops = court.desk.consignment(BOX).hops
    assert [(hop.act, hop.by, hop.reason, hop.order) for hop in hops[1:]] == [
        ("hold", "SCC-KHI", "court order", stay),
        ("hold", "ASO", "court order", stay),
        ("lift", "SCC-KHI", "order vacated", release),
        ("lift", "SCC-KHI", "order vacated", release),
    ]
    assert court.act("hold", order=stay) == "final"
    assert refused(lambda: court.act("lift", order=release))[0] == "CUSTODY_ORDER_TOO_EARLY"
    assert [one.table for one in reindexing.compare(court.node) if not one.same] == []


@pytest.mark.engine
def test_a_car_on_hold_is_told_in_stock_and_with_the_verdict_on_its_papers(court: Court) -> None:
    chain = Chain(court.node)
    chain.until("AUCTION_LOT")
    court.node.catch_up()
    before = court.node.reader.position().block
    custody.register(
        court.node,
        kind="VEHICLE",
        reference=CHASSIS,
        formation="PORT",
        particulars=custody.Particulars("PKKHI", 1),
    )
    car: dict[str, Any] = {"containerNumber": "APZU4812090", "vehicle": {"chassisNumber": CHASSIS}}
    stay = court.order("SCC-KHI-2026-0442", **car)
    for act in ("hold", "lift"):
        order = stay if act == "hold" else court.order("SCC-KHI-2026-0443", **car, decision="RELEASE")
        reason = "court-order" if act == "hold" else "order-vacated"
        told = {"act": act, "consignment": CHASSIS, "reason": reason, "as": "SCC-KHI", "order": order}
        court.desk.move(HoldRequest.model_validate(told))
        (line,) = court.desk.stock(StockQuery()).things
        verdict = verifying.verify(court.node, verifying.Asked(document=chain.made["AUCTION_LOT"]))[0]
        codes = [one.code for one in verdict.notices if one.code in ("ON_HOLD", "ON_COURT_HOLD")]
        if act == "hold":
            held = court.node.reader.position().block
            assert [(one.by, one.order) for one in line.holds] == [("SCC-KHI", stay)]
            assert codes == ["ON_COURT_HOLD"]
            assert verdict.overall.value == "authentic"
        else:
            assert (line.holds, codes) == ([], [])
    assert court.desk.stock(StockQuery(block=before)).things[0].holds == []
    (then,) = court.desk.stock(StockQuery(block=held)).things
    assert [one.by for one in then.holds] == ["SCC-KHI"]


def at_the_desk(court: Court, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the holder reads who wants to move it, and whoever looks."""
    shutil.copytree(court.node.directory.root, data, ignore=shutil.ignore_patterns("*.ipc"))
    at = ["--data", str(data)]
    capsys.readouterr()
    assert main(["custody", "show", BOX, *at]) == 0
    assert "on hold by SCC-KHI on court order, ASO on court order" in capsys.readouterr().out
    assert main(["custody", "ship", BOX, "--to", "YARD", "--as", "PORT", "--quantity", "1", *at]) == 1
    assert "error CUSTODY_ON_HOLD" in capsys.readouterr().err
    held = ["custody", "hold", BOX, "--as", "HIGH", "--reason", "court-order", "--order", "HIGH-1", *at]
    assert main(held) == 3
    assert "error COURT_ORDER_UNFIT [--order]" in capsys.readouterr().err
    assert main(["custody", "lift", BOX, "--as", "ASO", "--reason", "order-vacated", *at]) == 1
    told = capsys.readouterr().err
    assert "CUSTODY_ORDER_MISSING" in told
    assert "rest on a court order" in told


ORDER = {"decision": "STAY", "containerNumber": BOX, "vehicle": {"chassisNumber": "NKE165-7123456"}}


@pytest.mark.parametrize(
    ("act", "change", "reference"),
    [
        ("hold", {"decision": "RELEASE"}, BOX),
        ("hold", {"decision": "STAY_LIFTED"}, BOX),
        ("hold", {"effectiveFrom": "2026-11-30"}, BOX),
        ("hold", {"validUntil": "2026-11-28"}, BOX),
        ("hold", {}, "TCLU4482018"),
        ("lift", {"decision": "STAY"}, BOX),
        ("lift", {"decision": "RELEASE", "effectiveFrom": "2026-11-30"}, BOX),
        ("lift", {"decision": "RELEASE"}, "TCLU4482018"),
    ],
)
def test_an_order_that_says_something_else_is_refused(
    act: Literal["hold", "lift"], change: dict[str, Any], reference: str
) -> None:
    honest = ORDER if act == "hold" else {**ORDER, "decision": "RELEASE"}
    for called in (BOX, "tclu 448201-7", "nke165 7123456", ""):
        must_fit(honest, called, act, NOW)
    with pytest.raises(CourtOrderUnfit):
        must_fit({**honest, **change}, reference, act, NOW)


def test_the_words_of_a_lift_are_read_back() -> None:
    digest = bytes(range(32))
    for one in (LiftWords(7, 15), LiftWords(2**32 - 1, 2**16 - 1, digest)):
        assert LiftWords.unpack(*one.pack()) == one
    for wrong in (
        LiftWords(7, 0),
        LiftWords(7, 15, b"short"),
        LiftWords(2**32, 1),
        LiftWords(7, 15, bytes(32)),
    ):
        with pytest.raises(SanadError):
            wrong.pack()
