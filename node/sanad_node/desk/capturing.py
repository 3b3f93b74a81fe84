"""Capturing EPCIS documents: each event an act of its own, row by row, with a dry run (docs/spec/epcis.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from sanad_node import custody, custody_turns, finding, standing_in
from sanad_node import observing as seen
from sanad_node.acting import fresh_key
from sanad_node.desk.asked import stated_formation
from sanad_node.desk.base import Moving, Seen
from sanad_node.epcis import capturing, dcsa, documents
from sanad_node.epcis.capturing import Intent, ObjectUnclear
from sanad_node.epcis.event_hash import event_hash
from sanad_node.node import Node
from sanad_node.pipeline.refusals import MESSAGES, refused
from sanad_node.reading import AmbiguousConsignment, ConsignmentRecord, UnknownConsignment
from sanad_node.wire import (
    ActView,
    HoldRequest,
    ParticularsModel,
    RecallRequest,
    ReceiveRequest,
    RegisterRequest,
    ShipRequest,
)
from sanad_node.wire.observing import (
    CaptureRequest,
    CaptureRow,
    CaptureView,
    ErrorRequest,
    InspectRequest,
)
from sanad_verifier.custody_words import MistakeWord
from sanad_verifier.entries import Kind
from sanad_verifier.errors import InputError

KINDS = {
    "register": Kind.REGISTER,
    "ship": Kind.SHIP,
    "receive": Kind.RECEIVE,
    "refuse": Kind.REFUSE,
    "recall": Kind.RECALL,
    "hold": Kind.HOLD,
    "lift": Kind.LIFT,
    "inspect": Kind.OBSERVE,
}
"""What events become, besides error declarations: also what those may be about."""
Find = Callable[[str, str], ConsignmentRecord]
"""The consignment that an identifier or reference means to who asks, for an act; `UnknownConsignment` if none."""


class NothingCaptured(InputError):
    """The event that an error declaration corrects was not captured here."""

    code = "EPCIS_NOT_CAPTURED"


class Capturing(Protocol):
    """The desk that does the acts."""

    node: Node

    def register(self, request: RegisterRequest, *, key: str | None = None) -> ActView: ...
    def move(self, request: Moving, *, key: str | None = None) -> ActView: ...
    def observe(self, request: Seen, *, key: str | None = None) -> ActView: ...
    def particulars(self, stated: ParticularsModel) -> custody.Particulars: ...


@dataclass(slots=True)
class _Standing:
    """How a consignment stands, as the rows before leave it."""

    holder: str
    taker: str
    holds: set[str]


class _Rows:
    """One document's rows, in order; each sees what the rows before would have done."""

    def __init__(self, desk: Capturing, request: CaptureRequest, find: Find | None) -> None:
        self.node = desk.node
        self.find = find or (lambda identifier, _act: finding.consignment(desk.node, identifier))
        self.desk = desk
        self.request = request
        self.formation = self.node.reader.formation(stated_formation(request.formation), field="--as")
        self._places = standing_in.codes_of(self.node, self.formation.code)
        self._standing: dict[str, _Standing] = {}
        """By the consignment's identifier; by its container's number for one that a dry run would have registered."""

    def row(self, number: int, event: dict[str, Any] | InputError, spaces: Mapping[str, str]) -> CaptureRow:
        """What becomes of one event, or of one that could not be read. A fault of the surroundings is raised: it says
        nothing about the event.
        """
        told = {"row": number, "event": "", "act": "", "consignment": "", "outcome": "refused"}
        try:
            if isinstance(event, InputError):
                raise event
            told["event"] = event_hash(event, spaces)
            intent = capturing.read(event, spaces, self.request.names, self.formation.code)
            told["act"] = intent.act
            return self._do(intent, told)
        except InputError as error:
            return CaptureRow.read(
                {**told, "code": error.code, "message": error.message, "field": error.field or ""}
            )

    def _do(self, intent: Intent, told: dict[str, Any]) -> CaptureRow:
        key = self._key(intent.act, intent.event)
        known = self.node.outbox.find(key)
        entry = known.entry if known is not None else self._told_of(intent)
        if known is not None or entry is not None:
            return CaptureRow.read({**told, "outcome": "already", "entry": entry})
        ask, note = self._asking(intent, told)
        if self.request.dry_run:
            note()
            return CaptureRow.read({**told, "outcome": "would-do"})
        done: ActView = ask(key)
        note()  # not before: what was refused changes nothing for the rows after it
        told["consignment"] = done.about.get("consignment", told["consignment"])
        outcome = "done" if done.state == "final" else "accepted"
        return CaptureRow.read({**told, "outcome": outcome, "entry": done.entry})

    def _key(self, act: str, event: str) -> str:
        """The same event of the same formation is the same act, whoever brings it and however often."""
        mark = sha256(f"{act}\0{event}\0{self.formation.code}".encode()).digest()
        return fresh_key(self.node, "epcis", mark)

    def _told_of(self, intent: Intent) -> int | None:
        """The entry that one of our own events tells of: what this formation did in the log's own way is not done again
        because its export is brought back.
        """
        if intent.entry is None:
            return None
        logged = self.node.reader.entries_about(self._consignment(intent).id)
        own = [
            one
            for one in logged
            if one.index == intent.entry and one.entry.formation == self.formation.number
        ]
        if intent.act != "error":
            return next((one.index for one in own if one.entry.kind is KINDS[intent.act]), None)
        declared = seen.errors_declared(self.node, logged).get(intent.entry) if own else None
        if declared is None:
            return None
        same = MistakeWord.unpack(declared.entry.related).mistake is seen.mistake_named(intent.reason)
        return declared.index if same else None

    def _asking(
        self, intent: Intent, told: dict[str, Any]
    ) -> tuple[Callable[[str], ActView], Callable[[], None]]:
        """The act, ready to be asked for, and what notes its effect; raises what stands in its way."""
        code = self.formation.code
        if intent.act == "register":
            return self._registering(intent, told)
        if intent.container in self._standing and self.request.dry_run:
            return _nothing, self._foreseen(intent, told)
        found = self._consignment(intent)
        told["consignment"] = found.id.hex()
        if intent.act == "error":
            entry = self._captured(intent, found)
            request = ErrorRequest.model_validate(
                {"consignment": found.id.hex(), "entry": entry, "error": intent.reason, "as": code}
            )
            return lambda key: self.desk.observe(request, key=key), _unmoved
        if intent.act == "inspect":
            sight = InspectRequest.model_validate(
                {"consignment": found.id.hex(), "as": code, **intent.stated}
            )
            self.desk.particulars(sight)
            return lambda key: self.desk.observe(sight, key=key), _unmoved
        note = self._turn(self._standing_of(found), intent)
        moving = _moving(intent, found.id.hex(), code)
        if not isinstance(moving, HoldRequest | RecallRequest):
            self.desk.particulars(moving)
        return lambda key: self.desk.move(moving, key=key), note

    def _registering(
        self, intent: Intent, told: dict[str, Any]
    ) -> tuple[Callable[[str], ActView], Callable[[], None]]:
        if not intent.container:
            raise ObjectUnclear("only a container's number says what comes under custody", field="/epcList")
        told["consignment"] = intent.container
        request = RegisterRequest.model_validate(
            {"kind": "CONTAINER", "reference": intent.container, "as": self.formation.code, **intent.stated}
        )
        self.desk.particulars(request)
        try:
            finding.consignment(self.node, intent.container)
        except UnknownConsignment:
            if self.request.dry_run and intent.container not in self._standing:
                self._standing[intent.container] = _Standing(self.formation.code, "", set())
                return _nothing, _unmoved
            if not self.request.dry_run:
                return lambda key: self.desk.register(request, key=key), _unmoved
        raise refused("CUSTODY_EXISTS", MESSAGES["CUSTODY_EXISTS"])

    def _consignment(self, intent: Intent) -> ConsignmentRecord:
        """The one consignment that every object of the event that is known here belongs to."""
        found: dict[bytes, ConsignmentRecord] = {}
        for one in intent.objects:
            try:
                record = self.find(one, intent.act)
            except UnknownConsignment:
                continue
            except AmbiguousConsignment as error:
                raise ObjectUnclear(
                    "the event may be about several consignments", field="/epcList"
                ) from error
            found[record.id] = record
        if len(found) != 1:
            raise ObjectUnclear("the event is about no consignment here, or about several", field="/epcList")
        return next(iter(found.values()))

    def _captured(self, intent: Intent, found: ConsignmentRecord) -> int:
        """The entry of the event that an error declaration corrects: what it was captured as, or tells of."""
        for act in KINDS:
            known = self.node.outbox.find(self._key(act, intent.corrects))
            if known is not None and known.entry is not None:
                return known.entry
        for one in self.node.reader.entries_about(found.id) if intent.entry is not None else ():
            if one.index == intent.entry and one.entry.formation == self.formation.number:
                return one.index
        raise NothingCaptured("the event that this corrects was not captured here", field="/errorDeclaration")

    def _foreseen(self, intent: Intent, told: dict[str, Any]) -> Callable[[], None]:
        """A dry run's act on what one of its rows before would have registered."""
        told["consignment"] = intent.container
        if intent.act == "error":
            raise NothingCaptured(
                "the event that this corrects was not captured here", field="/errorDeclaration"
            )
        if intent.act == "inspect":
            return _unmoved
        return self._turn(self._standing[intent.container], intent)

    def _standing_of(self, found: ConsignmentRecord) -> _Standing:
        """How a consignment stands after the rows before."""
        standing = self._standing.get(found.id.hex())
        if standing is None:
            codes = self.node.reader.formation_codes()
            holds = {codes.get(one, "?") for one in found.holds}
            standing = _Standing(codes.get(found.holder, ""), codes.get(found.taker, ""), holds)
            self._standing[found.id.hex()] = standing
        return standing

    def _turn(self, standing: _Standing, intent: Intent) -> Callable[[], None]:
        """Refuse what is not the formation's turn; returns what notes the act's effect once it is done."""
        who = self.formation.code
        code = custody_turns.obstacle(
            holder=standing.holder,
            taker=standing.taker,
            holds=standing.holds,
            formation=who,
            act=intent.act,
            places=self._places,
        )
        if code:
            raise refused(code, MESSAGES[code])
        taker = ""
        if intent.act == "ship":
            taker = self.node.reader.formation(intent.to, field="/destinationList").code
        return lambda: self._moved(standing, intent.act, taker)

    def _moved(self, standing: _Standing, act: str, taker: str) -> None:
        who = self.formation.code
        match act:
            case "ship":
                standing.holder, standing.taker = who, taker
            case "receive":
                standing.holder, standing.taker = who, ""
            case "recall":
                standing.holder, standing.taker = who, ""
            case "refuse":
                standing.taker = ""
            case "hold":
                standing.holds.add(who)
            case "lift":
                standing.holds.discard(who)


def _nothing(_key: str) -> ActView:
    raise AssertionError("a dry run asks for nothing")


def _unmoved() -> None:
    """Nothing that the rows after it depend on has changed."""


def _moving(
    intent: Intent, consignment: str, code: str
) -> ShipRequest | ReceiveRequest | RecallRequest | HoldRequest:
    told: dict[str, Any] = {"consignment": consignment, "as": code}
    if intent.act == "ship":
        return ShipRequest.model_validate({**told, "to": intent.to, **intent.stated})
    if intent.act in {"receive", "refuse"}:
        return ReceiveRequest.model_validate({**told, "act": intent.act, **intent.stated})
    if intent.act == "recall":
        return RecallRequest.model_validate({**told, "reason": intent.reason})
    return HoldRequest.model_validate({**told, "act": intent.act, "reason": intent.reason})


def capture(desk: Capturing, request: CaptureRequest, find: Find | None = None) -> CaptureView:
    """Record a document's events as acts of a formation, or say what that would do. `EPCIS_INVALID` for a document
    that is none: then nothing of it is recorded. Each event is an act of its own: one that is refused does not stop
    the others. `find` is how consignments are found for who asks; without it, among all.
    """
    data = request.document.encode("utf-8")
    events: list[dcsa.Translated]
    if request.form == "dcsa-tnt":
        formation = stated_formation(request.formation).upper()
        events = dcsa.translated(data, request.names, formation)
    else:
        told = documents.parse(data)
        events = [(event, documents.spaces_of(told, event)) for event in documents.events(told)]
    desk.node.catch_up_if_possible()
    doing = _Rows(desk, request, find)
    rows = [doing.row(number, event, spaces) for number, (event, spaces) in enumerate(events, start=1)]
    return CaptureView(dry_run=request.dry_run, rows=rows)
