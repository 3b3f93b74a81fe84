"""Custody as EPCIS 2.0: every act on a consignment as an ObjectEvent whose identifier follows from what it says.

An event tells what the log has, and what this office knows besides: the seal's number and the documents of a record
that it holds, a container's number, a device's readings. What it does not know it leaves out, so its event has an
identifier of its own; `sanad:entry` names the entry of the log that both tell of. An act that its formation
declared wrong is told as it was, and once more with the error declaration.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sanad_node import observing
from sanad_node.custody_marks import CARRIES_TERMS
from sanad_node.epcis import documents
from sanad_node.epcis import vocabulary as v
from sanad_node.epcis.event_hash import event_hash, namespaces
from sanad_node.node import Node
from sanad_node.places import place
from sanad_node.reading import ConsignmentRecord, LoggedEntry
from sanad_node.tracing import MISTAKES, records_of, reference_of
from sanad_verifier.custody_words import MistakeWord, ReadingsWord
from sanad_verifier.entries import Kind, Terms, reason_words
from sanad_verifier.readings import Batch

HANDS_OVER = frozenset({Kind.SHIP, Kind.RECEIVE, Kind.REFUSE, Kind.RECALL})
CRS = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_SPACES = namespaces(list(v.CONTEXT))


@dataclass(frozen=True, slots=True)
class _Known:
    """What this office knows of a consignment besides the log."""

    codes: Mapping[int, str]
    container: str
    records: Mapping[bytes, Mapping[str, Any]]
    types: Mapping[str, str]
    """The type of each document that a record names, by its digest in hex."""


def export(node: Node, consignment: ConsignmentRecord) -> dict[str, Any]:
    """The EPCIS document of a consignment, which GS1's schema allows."""
    logged = node.reader.entries_about(consignment.id)
    made = documents.document(events_of(node, consignment, logged), moment(logged[-1].entry.time))
    documents.must_be_allowed(made)
    return made


def events_of(
    node: Node, consignment: ConsignmentRecord, logged: Sequence[LoggedEntry]
) -> Iterator[dict[str, Any]]:
    """An event for each act, in the order of the log; a declared error as the event it corrects."""
    records = records_of(node, [one.entry.data for one in logged])
    known = _Known(
        node.reader.formation_codes(),
        v.container_uri(reference_of(node, consignment.id)) if consignment.kind == "CONTAINER" else "",
        records,
        _types(node, records.values()),
    )
    wrong = {declared.index for declared in observing.errors_declared(node, logged).values()}
    made: dict[int, dict[str, Any]] = {}
    held: tuple[int, int] = (0, 0)  # holder, taker
    for one in logged:
        if one.entry.kind is Kind.ERROR_DECLARED:
            if one.index in wrong:
                word = MistakeWord.unpack(one.entry.related)
                told = {
                    "declarationTime": moment(one.entry.time),
                    "reason": MISTAKES[word.mistake].replace(" ", "_"),
                }
                yield {**made[word.entry], "errorDeclaration": told}
            continue
        event = _event(node, consignment, one, known, held)
        made[one.index] = event = {"eventID": event_hash(event, _SPACES), **event}
        held = _after(one, held)
        yield event


def _after(one: LoggedEntry, held: tuple[int, int]) -> tuple[int, int]:
    """Who holds it, and who is to take it, after an act."""
    match one.entry.kind:
        case Kind.REGISTER | Kind.RECEIVE:
            return one.entry.formation, 0
        case Kind.SHIP:
            return one.entry.formation, Terms.unpack(one.entry.related).taker
        case Kind.REFUSE | Kind.RECALL:
            return held[0], 0
    return held


def _event(
    node: Node, consignment: ConsignmentRecord, one: LoggedEntry, known: _Known, held: tuple[int, int]
) -> dict[str, Any]:
    entry = one.entry
    step, disposition = v.STEPS[entry.kind]
    terms = Terms.unpack(entry.related) if entry.kind in CARRIES_TERMS else None
    said = known.records.get(entry.data) if terms is not None else None
    named = [v.consignment_uri(consignment.id), *([known.container] if known.container else [])]
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": moment(entry.time),
        "eventTimeZoneOffset": "+00:00",
        "epcList": named,
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition if terms is None else v.DISPOSITIONS.get(terms.condition, disposition),
    }
    if terms is not None and terms.quantity:
        event["quantityList"] = [{"epcClass": v.contents_uri(consignment.id), "quantity": terms.quantity}]
    if terms is not None and terms.place:
        event["readPoint"] = {"id": read_point(terms.place)}
        event["sanad:place"] = terms.place
    if entry.kind in HANDS_OVER:
        event |= _parties(entry.kind, entry.formation, terms, held, known)
    if entry.kind is Kind.OBSERVE_BATCH:
        event |= _sensed(node, one)
    if said is not None:
        event |= _said(said, known)
    event["sanad:act"] = entry.kind.name.lower().replace("_", "-")
    event["sanad:by"] = v.formation_uri(known.codes.get(entry.formation, "UNKNOWN"))
    event["sanad:entry"] = one.index
    if terms is not None:
        event["sanad:condition"] = terms.condition.name.lower().replace("_", "-")
        if any(entry.data):
            event["sanad:evidence"] = v.digest_uri(entry.data)
    elif entry.kind is not Kind.OBSERVE_BATCH:
        event["sanad:reason"] = reason_words(int.from_bytes(entry.data)).replace(" ", "-").replace("'", "")
    return event


def _parties(
    kind: Kind, formation: int, terms: Terms | None, held: tuple[int, int], known: _Known
) -> dict[str, Any]:
    """From whom to whom possession goes, or was to go."""
    giver = formation if kind in {Kind.SHIP, Kind.RECALL} else held[0]
    taker = terms.taker if terms is not None else held[1]
    source, destination = (v.formation_uri(known.codes.get(one, "UNKNOWN")) for one in (giver, taker))
    return {
        "sourceList": [{"type": "possessing_party", "source": source}],
        "destinationList": [{"type": "possessing_party", "destination": destination}],
    }


def _said(said: Mapping[str, Any], known: _Known) -> dict[str, Any]:
    """What a record adds: the documents it names, the seal's number, the unit of the count."""
    told: dict[str, Any] = {}
    named = [one for one in said.get("documents", []) if isinstance(one, str)]
    if named:
        told["bizTransactionList"] = [
            {
                "type": v.transaction_type(known.types.get(one, "")),
                "bizTransaction": v.digest_uri(bytes.fromhex(one)),
            }
            for one in named
        ]
    for name in ("seal", "unit", "corridor"):
        if said.get(name):
            told[f"sanad:{name}"] = said[name]
    return told


def _sensed(node: Node, one: LoggedEntry) -> dict[str, Any]:
    """A device's batch: its readings where they are here, its root in any case."""
    word = ReadingsWord.unpack(one.entry.data)
    told: dict[str, Any] = {
        "sanad:device": v.device_uri(word.device),
        "sanad:batch": word.sequence,
        "sanad:readings": word.count,
        "sanad:root": v.digest_uri(one.entry.related),
    }
    batch = observing.batch_of(node, one.entry.related)
    if batch is not None:
        told["sensorElementList"] = list(_elements(batch))
    return told


def _elements(batch: Batch) -> Iterator[dict[str, Any]]:
    for reading in batch.readings:
        reports: list[dict[str, Any]] = []
        if reading.lat:
            reports += [
                {"type": "gs1:Angle", "value": Decimal(value), "component": f"cbv:Comp-{name}", "uom": "DD",
                 "coordinateReferenceSystem": CRS}
                for name, value in (("latitude", reading.lat), ("longitude", reading.lon))
            ]  # fmt: skip
        if reading.seal:
            reports.append({"type": "urn:sanad:seal", "stringValue": reading.seal})
        if reading.tamper:
            reports.append({"type": "urn:sanad:tamper", "exception": "ALARM_CONDITION"})
        yield {
            "sensorMetadata": {"time": moment(reading.time), "deviceID": v.device_uri(batch.device)},
            "sensorReport": reports or [{"type": "urn:sanad:alive", "stringValue": "yes"}],
        }


def _types(node: Node, records: Any) -> dict[str, str]:
    named = {one for record in records for one in record.get("documents", []) if isinstance(one, str)}
    issued = node.reader.documents_by_digest([bytes.fromhex(one) for one in sorted(named)]) if named else []
    return {one.digest.hex(): one.doc_type for one in issued}


def read_point(code: str) -> str:
    """Where a UN/LOCODE is (RFC 5870); its name as a URI where no position is known."""
    found = place(code)
    return f"urn:sanad:place:{code}" if found is None else f"geo:{found.lat},{found.lon}"


def moment(seconds: int) -> str:
    """A time as EPCIS writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
