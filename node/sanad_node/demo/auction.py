"""The chapter on the auction: one car from its seizure to its registration, and what was done in 2025 tried on it.

Members decide the policies first, so this comes after the chapters in which receipts were issued without them.
"""

import json
from collections.abc import Callable, Mapping
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from sanad_node import finding, governance, issuing, policing, registering, standing, types, verifying
from sanad_node.acting import word
from sanad_node.demo.lists import publish, replayed
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage, told
from sanad_node.types.policies import policies
from sanad_verifier.entries import Reason

OFFICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "FSL-KHI": ("LABORATORY", ("FORENSIC_REPORT",)),
    "SINDH-EXCISE": ("EXCISE", ("VEHICLE_REGISTRATION", "AUCTION_RECEIPT")),
    "PUNJAB-EXCISE": ("EXCISE", ("VEHICLE_REGISTRATION", "AUCTION_RECEIPT")),
}
"""Offices that join for this chapter: their kinds, and what they issue or use up."""
SCOPES = {
    "KAPW": ("SEIZURE_REPORT",),
    "KAPW-SWH": ("WAREHOUSE_DEPOSIT", "GATE_PASS", "DELIVERY_ORDER"),
    "KAPW-AUC": ("AUCTION_LOT", "BID_PAYMENT", "DELIVERY_ORDER"),
    "SNB-KHI-0001": ("BID_PAYMENT",),
}
BY = {
    "SEIZURE_REPORT": "KAPW",
    "WAREHOUSE_DEPOSIT": "KAPW-SWH",
    "FORENSIC_REPORT": "FSL-KHI",
    "AUCTION_LOT": "KAPW-AUC",
    "BID_PAYMENT": "SNB-KHI-0001",
    "AUCTION_RECEIPT": "KAPW-AUC",
    "DELIVERY_ORDER": "KAPW-AUC",
    "GATE_PASS": "KAPW-SWH",
    "VEHICLE_REGISTRATION": "SINDH-EXCISE",
}
OTHER = MappingProxyType(
    {
        "caseNumber": "KAPW-ASO-503-2026",
        "entryNumber": "KAPW-SWH-DA-0912",
        "reportNumber": "FSL-KHI-2026-3308",
        "lotNumber": "8",
        "vehicle": {"chassisNumber": "NZE161-7045523", "engineNumber": "1NZ-9004510"},
    }
)
"""The papers of the second car, where they differ from the first one's."""
RIVAL = "FSDP"
"""The collectorate in whose name a receipt of another one is tried."""
ACTS = ["enter", "suspend", "reinstate", "consume", "withdraw"]


def chain(stage: Stage) -> None:
    """Seizure, deposit, forensic report, lot, payment, receipt, delivery, gate, registration."""
    run, car, other = stage.record.run, _Car(stage), _Car(stage, OTHER)
    run("auction: laboratory and registrars join; every office gets a second officer", "final", car.join)
    run("auction: members decide what each paper needs", f"final {len(policies())} policies", car.decide)
    run("auction: a receipt with nothing behind it", "refused REGISTER_PARENT_MISSING", car.empty_receipt)
    run("auction: one officer alone reports the seizure", "refused REGISTER_APPROVAL_MISSING", car.alone)
    for name in ("SEIZURE_REPORT", "WAREHOUSE_DEPOSIT", "FORENSIC_REPORT", "AUCTION_LOT", "BID_PAYMENT"):
        run(f"auction: {BY[name]} enters the {_words(name)}", "final", car.enters(name))
    run("auction: the same PSID is entered again", "refused NUMBER_IN_USE", car.paid_twice)
    run("auction: another car is seized, deposited, and found tampered", "final", other.tampered)
    run("auction: the tampered car is put up", "refused REGISTER_PARENT_FORBIDS", other.enters("AUCTION_LOT"))
    run(
        "auction: a second, friendlier report on it",
        "refused REGISTER_THING_IN_USE",
        other.enters("FORENSIC_REPORT", reportNumber="FSL-KHI-2026-3309", result="genuine"),
    )
    run(
        "auction: another collectorate enters the receipt",
        "refused FORMATIONS_OUT_OF_SCOPE",
        car.enters("AUCTION_RECEIPT", by=RIVAL),
    )
    run(
        "auction: KAPW-AUC enters the auction receipt, with two officers",
        "final",
        car.enters("AUCTION_RECEIPT"),
    )
    run("auction: the buyer is stopped on the road", "active authentic", car.verify("AUCTION_RECEIPT"))
    for name in ("DELIVERY_ORDER", "GATE_PASS"):
        run(f"auction: {BY[name]} enters the {_words(name)}", "final", car.enters(name))
    run("auction: the gate lets the car out", "final", car.gate)
    run("auction: the gate is shown the same pass again", "refused REGISTER_CONSUMED", car.gate)
    run("auction: Sindh registers the car on the receipt", "final", car.enters("VEHICLE_REGISTRATION"))
    run(
        "auction: Punjab registers it a second time",
        "refused REGISTER_THING_IN_USE",
        car.enters("VEHICLE_REGISTRATION", by="PUNJAB-EXCISE", authority="Punjab Excise"),
    )
    run("auction: the receipt, once it is used up", "consumed refused", car.verify("AUCTION_RECEIPT"))
    run("auction: the registration", "active authentic", car.verify("VEHICLE_REGISTRATION"))
    run("auction: what was used up is published", "final delta", lambda: publish(stage.node))
    with TemporaryDirectory() as scratch:
        run(
            "auction: a mirror works it out from the log alone",
            "agrees",
            lambda: replayed(stage.node, scratch),
        )
    run("auction: the seizure is suspended, under inquiry", "final", car.suspend_seizure)
    run(
        "auction: what rests on it is not accepted meanwhile",
        "active refused",
        car.verify("VEHICLE_REGISTRATION"),
    )


def _words(name: str) -> str:
    return name.lower().replace("_", " ")


class _Car:
    """The papers of one car, as its offices enter them."""

    def __init__(self, stage: Stage, changes: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._node = stage.node
        self._changes = changes
        self._made: dict[str, bytes] = {}
        self._digests: dict[str, str] = {}

    def join(self) -> Outcome:
        node = self._node
        node.catch_up()
        first = len(node.reader.formations()) + 1
        numbers = {code: first + place for place, code in enumerate(OFFICES)}
        numbers |= {code: node.reader.formation(code).number for code in [*SCOPES, RIVAL]}
        calls: list[tuple[str, str, tuple[Any, ...]]] = [
            ("Formations", "addFormation", (word(code), word(kind), 0, 0, 0, 0))
            for code, (kind, _) in OFFICES.items()
        ]
        for code in [*OFFICES, *OFFICES, *SCOPES, RIVAL]:  # who joins gets two keys, the others a second one
            calls.append(("Formations", "addKey", (numbers[code], node.keyring.create(), bytes(32), 0, 0)))
        bits = governance.scope_word(ACTS)
        wanted = {code: names for code, (_, names) in OFFICES.items()} | SCOPES
        calls += [
            ("Formations", "setScope", (numbers[code], word(name), bits, 0, 0))
            for code, names in wanted.items()
            for name in names
        ]
        return governance.propose_all(node, calls)[-1].act.state, ""

    def decide(self) -> Outcome:
        done = policing.propose(self._node)
        return done[-1].act.state, f"{len(self._node.register.policies())} policies"

    def enters(self, name: str, *, by: str = "", **changes: Any) -> Callable[[], Outcome]:
        """Enter a paper on those that its policy names; two officers where it asks for them."""
        return lambda: self._enter(name, self._paper(name, **changes), by or BY[name])

    def _enter(
        self, name: str, content: bytes, office: str, parents: tuple[str, ...] | None = None
    ) -> Outcome:
        node, told = self._node, policies()[name]
        named = tuple(self._digests[one.doc_type] for one in told.parents) if parents is None else parents
        rests = issuing.Rests(named)
        if told.rules.two:
            issuing.approve(node, content, doc_type=name, formation=office, rests=rests)
        ready = issuing.ready_to_issue(node, content, doc_type=name, formation=office, rests=rests)
        issued = issuing.issue(node, ready)
        self._made[name], self._digests[name] = content, issued.digest.hex()
        return issued.act.state, ""

    def _paper(self, name: str, **changes: Any) -> bytes:
        kind = types.get(name)
        blank = json.loads(kind.read_sample())
        blank.pop("salt")
        if name == "AUCTION_RECEIPT":  # its sample is of the dossier's car
            vehicle = json.loads(types.get("AUCTION_LOT").read_sample())["vehicle"]
            blank |= {"receiptNumber": "KAPW-AUC-2026-00502", "vehicle": vehicle}
        its_own = {key: value for key, value in self._changes.items() if key in blank}
        return types.prepare(kind, json.dumps({**blank, **its_own, **changes}).encode())

    def empty_receipt(self) -> Outcome:
        return self._enter("AUCTION_RECEIPT", self._paper("AUCTION_RECEIPT"), BY["AUCTION_RECEIPT"], ())

    def alone(self) -> Outcome:
        content = self._paper("SEIZURE_REPORT")
        ready = issuing.ready_to_issue(
            self._node, content, doc_type="SEIZURE_REPORT", formation=BY["SEIZURE_REPORT"]
        )
        return issuing.issue(self._node, ready).act.state, ""

    def tampered(self) -> Outcome:
        for name in ("SEIZURE_REPORT", "WAREHOUSE_DEPOSIT"):
            self._enter(name, self._paper(name), BY[name])
        found = self._paper("FORENSIC_REPORT", result="tampered")
        return self._enter("FORENSIC_REPORT", found, BY["FORENSIC_REPORT"])

    def paid_twice(self) -> Outcome:
        again = self._paper("BID_PAYMENT", branch="Another branch")
        return self._enter("BID_PAYMENT", again, BY["BID_PAYMENT"])

    def gate(self) -> Outcome:
        record = finding.document(self._node, self._digests["GATE_PASS"])
        return registering.consume(self._node, record, formation="KAPW-SWH").act.state, ""

    def suspend_seizure(self) -> Outcome:
        record = finding.document(self._node, self._digests["SEIZURE_REPORT"])
        changed = standing.change_standing(self._node, record, "suspend", reason=Reason.UNDER_INQUIRY)
        return changed.act.state, ""

    def verify(self, name: str) -> Callable[[], Outcome]:
        return lambda: told(
            verifying.verify(self._node, verifying.Asked(document=self._made[name], subject=_chassis()))[0]
        )


def _chassis() -> str:
    lot: dict[str, Any] = json.loads(types.get("AUCTION_LOT").read_sample())
    return str(lot["vehicle"]["chassisNumber"])
