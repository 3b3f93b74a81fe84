"""The chapter on the road: a container from Karachi to Torkham with a device on it. A seal is opened on the way,
packages are missing in Peshawar, and nobody's word is taken for it but each one's own.
"""

import base64
from hashlib import sha256
from typing import Any

from sanad_node import blinding, custody, finding, governance, observing
from sanad_node.acting import word
from sanad_node.custody import CustodyAct, Particulars
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage
from sanad_node.epcis import documents, exporting
from sanad_node.epcis.event_hash import event_hash
from sanad_node.findings import report
from sanad_node.reading import ConsignmentRecord
from sanad_verifier.custody_words import Mistake
from sanad_verifier.entries import Condition, Reason
from sanad_verifier.readings import Batch, Reading

REFERENCE = "SNDU4170266"
CORRIDOR = "karachi-torkham"
PACKAGES = 420
OFFICERS = {
    "KHI-TRANSIT": "badge 417",
    "KHI-SHED-2": "badge 417",
    "PEW-DRY-PORT": "badge 902",
    "SKZ-PATROL": "badge 655",
}
"""Offices that join for this chapter, and the officers who hold their keys: one of them holds two."""
SCOPES: dict[str, dict[str, list[str]]] = {
    "KHI-TRANSIT": {
        "CONTAINER": ["register", "ship", "observe-batch", "error-declared"],
        "DEVICE": ["device"],
    },
    "KHI-SHED-2": {"CONTAINER": ["receive"]},
    "PEW-DRY-PORT": {"CONTAINER": ["receive", "error-declared"]},
    "SKZ-PATROL": {"CONTAINER": ["observe"]},
}
TRACK = (("24.8600", "67.0100", "locked"), ("25.3900", "68.3700", "locked"), ("27.7000", "68.8600", "open"),
         ("28.4200", "70.3000", "locked"), ("30.2000", "71.4700", "locked"))  # fmt: skip
"""Karachi, Hyderabad, Sukkur, Rahim Yar Khan, Multan: where the device was, and what it said of the seal."""
APART = 6 * 3600
FINDS = "corridor-speed, custody-seal-broken, custody-seal-changed, custody-short, device-alarm, device-contradicted"


def journey(stage: Stage) -> None:
    """Set out, be watched, be looked at, arrive; and what is tried on the way."""
    run, road = stage.record.run, _Road(stage)
    run("corridor: four posts join; one officer holds the keys of two", "final", road.join)
    run(f"corridor: {REFERENCE} is registered in Karachi with {PACKAGES} packages", "final", road.register)
    run("corridor: a device is put on it", "final", road.device_added)
    run("corridor: it is handed to the next shed", "final", road.ship("KHI-SHED-2"))
    run("corridor: the same officer signs for that shed, too", "refused CUSTODY_SAME_PERSON", road.alone)
    run("corridor: it is taken back", "final", road.recall)
    run("corridor: it sets out for Peshawar", "final", road.ship("PEW-DRY-PORT", CORRIDOR))
    run("corridor: the device's five readings, one entry", "final", road.observed)
    run("corridor: the device's readings again, one left out", "refused CUSTODY_WRONG_BATCH", road.replayed)
    run("corridor: readings of a device nobody registered", "refused CUSTODY_UNKNOWN_DEVICE", road.stranger)
    run("corridor: a patrol sees the seal broken in Sukkur", "final", road.patrol)
    run("corridor: Peshawar counts 398, under another seal", "final", road.arrives)
    run("corridor: Peshawar counted again: its own entry was wrong", "final", road.corrected)
    run("corridor: findings as of this block", f"final {FINDS}", road.findings)
    run("corridor: eight EPCIS events, each with its hash", "final 8 events", road.epcis)


class _Road:
    """The container, and who had it."""

    def __init__(self, stage: Stage) -> None:
        self.node = stage.node
        self.device = b""
        self.received: int | None = None

    def join(self) -> Outcome:
        node = self.node
        node.catch_up()
        secret = node.directory.secret("network")
        first = len(node.reader.formations()) + 1
        calls: list[tuple[str, str, tuple[Any, ...]]] = [
            ("Formations", "addFormation", (word(code), word("CUSTOMS"), 0, 0, 0, 0)) for code in OFFICERS
        ]
        for number, (code, badge) in enumerate(OFFICERS.items(), start=first):
            mark = blinding.officer_mark(secret, badge)
            calls.append(("Formations", "addKey", (number, node.keyring.create(), mark, 0, 0)))
            calls += [
                ("Formations", "setScope", (number, word(kind), governance.scope_word(acts), 0, 0))
                for kind, acts in SCOPES[code].items()
            ]
        return governance.propose_all(node, calls)[-1].act.state, ""

    def register(self) -> Outcome:
        stated = Particulars("PKKHI", PACKAGES, "CT", Condition.GOOD, "PKC-88121")
        done = custody.register(
            self.node, kind="CONTAINER", reference=REFERENCE, formation="KHI-TRANSIT", particulars=stated
        )
        return done.act.state, ""

    def device_added(self) -> Outcome:
        self.device, act = observing.add_device(
            self.node, formation="KHI-TRANSIT", address=None, serial="ELOCK-0417", valid_from=0, valid_to=0
        )
        return act.state, ""

    def ship(self, to: str, corridor: str = "") -> Any:
        def go() -> Outcome:
            stated = Particulars("PKKHI", PACKAGES, "CT", Condition.GOOD, "PKC-88121", corridor=corridor)
            return _state(
                custody.ship(self.node, self._box(), formation="KHI-TRANSIT", taker=to, particulars=stated)
            )

        return go

    def alone(self) -> Outcome:
        stated = Particulars("PKKHI", PACKAGES, "CT", Condition.GOOD, "PKC-88121")
        return _state(custody.receive(self.node, self._box(), formation="KHI-SHED-2", particulars=stated))

    def recall(self) -> Outcome:
        reason = Reason.TAKER_DID_NOT_COME
        return _state(custody.recall(self.node, self._box(), formation="KHI-TRANSIT", reason=reason))

    def observed(self) -> Outcome:
        return _state(observing.observe(self.node, self._batch(self.device, 1), formation="KHI-TRANSIT"))

    def replayed(self) -> Outcome:
        whole = self._batch(self.device, 1)
        fewer = Batch(whole.consignment, whole.device, 1, whole.readings[:2] + whole.readings[3:], b"")
        return _state(observing.observe(self.node, fewer, formation="KHI-TRANSIT"))

    def stranger(self) -> Outcome:
        batch = self._batch(self.node.keyring.create(), 1)
        return _state(observing.observe(self.node, batch, formation="KHI-TRANSIT"))

    def patrol(self) -> Outcome:
        stated = Particulars("PKSKZ", 0, "CT", Condition.SEAL_BROKEN, "PKC-88121", "the bolt was cut")
        return _state(observing.inspect(self.node, self._box(), formation="SKZ-PATROL", particulars=stated))

    def arrives(self) -> Outcome:
        stated = Particulars("PKPEW", 398, "CT", Condition.SHORT, "PKC-90555")
        done = custody.receive(self.node, self._box(), formation="PEW-DRY-PORT", particulars=stated)
        self.received = done.act.entry
        return _state(done)

    def corrected(self) -> Outcome:
        entry = -1 if self.received is None else self.received
        return _state(
            observing.declare_error(
                self.node,
                self._box(),
                formation="PEW-DRY-PORT",
                entry=entry,
                mistake=Mistake.INCORRECT_DATA,
                note="399, one was behind the door",
            )
        )

    def findings(self) -> Outcome:
        about = self._box().id.hex()
        found = {
            one.rule
            for one in report.report(self.node).findings
            if any(place.digest == about for place in one.places)
        }
        return "final", ", ".join(sorted(found))

    def epcis(self) -> Outcome:
        made = exporting.export(self.node, self._box())
        events = documents.events(made)
        right = [one for one in events if one["eventID"] == event_hash(one, documents.spaces_of(made, one))]
        return "final", f"{len(right)} events"

    def _box(self) -> ConsignmentRecord:
        self.node.catch_up()
        return finding.consignment(self.node, REFERENCE)

    def _batch(self, device: bytes, sequence: int) -> Batch:
        """Readings six hours apart, the last one before now by as much; the salts are the device's."""
        begin = self.node.reader.position().time // 3600 * 3600 - len(TRACK) * APART
        readings = tuple(
            Reading(begin + place * APART, lat, lon, seal, seal == "open", _salt(device, place))
            for place, (lat, lon, seal) in enumerate(TRACK)
        )
        return Batch(self._box().id, device, sequence, readings, b"")


def _salt(device: bytes, place: int) -> str:
    raw = sha256(device + place.to_bytes(4)).digest()[:16]
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _state(done: CustodyAct) -> Outcome:
    return done.act.state, ""
