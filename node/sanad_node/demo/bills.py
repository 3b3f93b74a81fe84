"""The chapter on bills of lading: one pledged to two banks, and one switched whose old original is used again."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from sanad_node import governance, verifying
from sanad_node.acting import word
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage
from sanad_node.desk.local import LocalDesk
from sanad_node.wire.bills import BillAct, BillActRequest, BillRequest

LINE, SELLER, FIRST, SECOND, BUYER = "SMPL-LINE", "NINGBO-TRADE", "SNB-KHI-0001", "IND-BANK-KHI", "RAVI-TRADE"
KINDS = {SELLER: "TRADER", SECOND: "BANK", BUYER: "TRADER"}
"""Offices that join for this chapter; the line and the first bank are there."""
PARTY = ["ship", "receive", "hold"]
PLEDGED, SWITCHED, NEW = "SMPLNGB2608290077", "SMPLNGB2608290078", "SMPLSIN2609020005"


def chain(stage: Stage) -> None:
    """The twice-pledged bill, then the switched one."""
    run, tale = stage.record.run, _Tale(stage)
    run("bills: a seller, a buyer and a second bank join", "final", tale.join)

    run("bills: the line issues one to the order of the seller", "final", tale.issue(PLEDGED))
    run("bills: the same bill again", "refused TITLES_DUPLICATE", tale.issue(PLEDGED, to=BUYER))
    run(
        "bills: other contents under its number",
        "refused TITLES_DISPUTED",
        tale.issue(PLEDGED, freightPaymentTermCode="COL"),
    )
    run(
        "bills: the seller pledges it to the first bank",
        "final",
        tale.does(PLEDGED, "pledge", SELLER, to=FIRST),
    )
    run("bills: what the second bank sees", f"authentic pledged to {FIRST}", tale.seen(PLEDGED))
    run(
        "bills: the seller pledges it to the second bank",
        "refused TITLES_PLEDGED",
        tale.does(PLEDGED, "pledge", SELLER, to=SECOND),
    )
    run(
        "bills: the seller endorses it to the buyer past the bank",
        "refused TITLES_PLEDGED",
        tale.does(PLEDGED, "endorse-to-order", SELLER, to=BUYER),
    )
    run("bills: the first bank is paid and releases it", "final", tale.does(PLEDGED, "unpledge", FIRST))
    run(
        "bills: the seller endorses it to the buyer, by way of the bank",
        "final",
        tale.does(PLEDGED, "endorse-to-order", SELLER, to=FIRST, endorsee=BUYER),
    )
    run(
        "bills: somebody else accepts it",
        "refused TITLES_NOT_THE_TAKER",
        tale.does(PLEDGED, "accept", SECOND),
    )
    run("bills: the bank accepts it for the buyer", "final", tale.does(PLEDGED, "accept", FIRST))
    run(
        "bills: the bank asks for the goods itself",
        "refused TITLES_NOT_THE_BENEFICIARY",
        tale.does(PLEDGED, "surrender-for-delivery", FIRST),
    )
    for act, who, to in (
        ("transfer", FIRST, BUYER),
        ("accept", BUYER, None),
        ("surrender-for-delivery", BUYER, None),
    ):
        run(f"bills: {who}: {act}", "final", tale.does(PLEDGED, act, who, to=to))  # type: ignore[arg-type]
    run("bills: the surrendered bill is shown as valid", "surrendered refused", tale.verdict(PLEDGED))
    run("bills: the line accepts it and delivers", "final", tale.does(PLEDGED, "accept-surrender", LINE))
    run(
        "bills: the spent bill is pledged",
        "refused TITLES_WRONG_STATE",
        tale.does(PLEDGED, "pledge", BUYER, to=SECOND),
    )

    run("bills: the line issues another one", "final", tale.issue(SWITCHED))
    run(
        "bills: it is given back to be switched",
        "final",
        tale.does(SWITCHED, "surrender-for-amendment", SELLER, why="SWI"),
    )
    run(
        "bills: the new one before the old is taken back",
        "refused TITLES_WRONG_STATE",
        tale.issue(NEW, replaces=SWITCHED),
    )
    run("bills: the line takes the old one back", "final", tale.does(SWITCHED, "accept-surrender", LINE))
    run("bills: the line issues the new one in its place", "final", tale.issue(NEW, replaces=SWITCHED))
    run(
        "bills: the old original is endorsed to the buyer",
        "refused TITLES_WRONG_STATE",
        tale.does(SWITCHED, "endorse-to-order", SELLER, to=BUYER),
    )
    run("bills: the old original is shown", "superseded refused", tale.verdict(SWITCHED))
    run("bills: the new one", "active authentic", tale.verdict(NEW))
    run("bills: the hands of the first one, in DCSA's words", "6 links", tale.links(PLEDGED))


class _Tale:
    """Bills by their numbers, and the offices that pass them on."""

    def __init__(self, stage: Stage) -> None:
        self._node = stage.node
        self._desk = LocalDesk(stage.node)
        self._sample = json.loads(stage.sample("dossier/04-bill-of-lading.json"))
        self._digests: dict[str, str] = {}
        self._papers: dict[str, bytes] = {}

    def join(self) -> Outcome:
        node = self._node
        node.catch_up()
        first = len(node.reader.formations()) + 1
        numbers = {code: first + place for place, code in enumerate(KINDS)}
        calls: list[tuple[str, str, tuple[Any, ...]]] = [
            ("Formations", "addFormation", (word(code), word(kind), 0, 0, 0, 0))
            for code, kind in KINDS.items()
        ]
        calls += [
            ("Formations", "addKey", (number, node.keyring.create(), bytes(32), 0, 0))
            for number in numbers.values()
        ]
        numbers[FIRST], line = node.reader.formation(FIRST).number, node.reader.formation(LINE)
        calls += [
            ("Formations", "setScope", (number, word("BILL_OF_LADING"), governance.scope_word(PARTY), 0, 0))
            for number in numbers.values()
        ]
        own = next(s.acts for s in node.reader.scopes_of(line.number) if s.doc_type == "BILL_OF_LADING")
        bits = own | governance.scope_word(["register"])
        calls.append(("Formations", "setScope", (line.number, word("BILL_OF_LADING"), bits, 0, 0)))
        return governance.propose_all(node, calls)[-1].act.state, ""

    def issue(
        self, number: str, *, to: str = SELLER, replaces: str | None = None, **changes: Any
    ) -> Callable[[], Outcome]:
        """Issue a bill to the order of `to`, who holds it; in the place of another one, if that is named."""
        told = {**self._sample, "isToOrder": True, "transportDocumentReference": number, **changes}
        return partial(self._issue, number, json.dumps(told).encode(), to, replaces)

    def _issue(self, number: str, content: bytes, to: str, replaces: str | None) -> Outcome:
        old = None if replaces is None else self._digests[replaces]
        request = BillRequest(formation=LINE, holder=to, beneficiary=to, replaces=old)
        done = self._desk.issue_bill(request, content)
        self._digests[number], self._papers[number] = done.about["digest"], content
        return done.state, ""

    def does(self, number: str, act: BillAct, by: str, **more: Any) -> Callable[[], Outcome]:
        """Do something with a bill, as a formation."""
        request = BillActRequest(act=act, formation=by, **more)
        return lambda: (self._desk.act_on_bill(self._digests[number], request).state, "")

    def seen(self, number: str) -> Callable[[], Outcome]:
        """What a bank sees that has the bill in front of it and is asked to lend on it."""

        def look() -> Outcome:
            report = verifying.verify(self._node, verifying.Asked(document=self._papers[number]))[0]
            pledgee = self._desk.bill(self._digests[number]).pledgee
            pledged = report.parents.reason == "TITLE_PLEDGED"
            return report.overall.value, f"pledged to {pledgee}" if pledged else "not pledged"

        return look

    def verdict(self, number: str) -> Callable[[], Outcome]:
        """What a verifier says of a bill's file."""

        def check() -> Outcome:
            report = verifying.verify(self._node, verifying.Asked(document=self._papers[number]))[0]
            return report.in_force, report.overall.value

        return check

    def links(self, number: str) -> Callable[[], Outcome]:
        return lambda: (f"{len(self._desk.bill_chain(self._digests[number]).endorsement_chain)} links", "")
