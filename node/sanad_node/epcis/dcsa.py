"""Track-and-trace events of DCSA (T&T 3.0) as EPCIS events: what a carrier's system saw of a container.

A track-and-trace event names no giver and no taker, so custody does not move by it: it becomes a look at the container
where it was seen. Only what happened (`ACT`) to equipment is taken; plans and estimates, and events of ships and
papers, are about no container's custody, and what devices say is taken as the devices signed it.
"""

import re
from collections.abc import Mapping
from typing import Any

from sanad_node.epcis import documents
from sanad_node.epcis.capturing import EventNotTaken, NotYourEvent, ObjectUnclear, PartyUnknown
from sanad_node.epcis.documents import EVENTS_AT_MOST, EpcisInvalid
from sanad_node.epcis.event_hash import namespaces
from sanad_node.epcis.vocabulary import CONTEXT, container_uri
from sanad_node.places import CODE
from sanad_verifier.errors import InputError

SPACES = namespaces(list(CONTEXT))
SEEN = frozenset(
    {
        "LOAD",
        "DISC",
        "GTIN",
        "GTOT",
        "STUF",
        "STRP",
        "PICK",
        "DROP",
        "INSP",
        "RSEA",
        "RMVD",
        "CUSS",
        "CUSI",
        "CUSR",
    }
)
"""Codes of what happens to equipment (DCSA event structure definitions 3.0) that somebody saw."""
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2})")
_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,10})?")
LONGEST = 100


def read(data: bytes) -> list[Any]:
    """The events of `{"events": […]}`, not looked at yet. `EpcisInvalid` for anything else."""
    told = documents.read_json(data)
    if not isinstance(told, dict) or not isinstance(told.get("events"), list):
        raise EpcisInvalid("track-and-trace events come in an object's `events`", field="/events")
    if len(told["events"]) > EVENTS_AT_MOST:
        raise EpcisInvalid(f"a document has at most {EVENTS_AT_MOST} events", field="/events")
    return list(told["events"])


def as_epcis(event: Any, names: Mapping[str, str], formation: str) -> dict[str, Any]:
    """The EPCIS event that says the same of a container. `names` says which formation a party is, written
    `SMDG:EXCO`. Raises why it is not taken, naming the member.
    """
    if not isinstance(event, dict):
        raise EventNotTaken("an event is an object", field="/")
    _must_be_seen(event)
    _must_be_own(event, names, formation)
    reference = _text(event, "equipmentDetails", "equipmentReference")
    uri = container_uri(reference)
    if not uri or len(reference.strip()) != len("MSKU1234565"):
        raise ObjectUnclear(
            "the equipment is no container by its number", field="/equipmentDetails/equipmentReference"
        )
    moment = _text(event, "eventDateTime")
    found = _TIME.fullmatch(moment)
    if found is None:
        raise EventNotTaken("the event's time is not written with its zone", field="/eventDateTime")
    code = _text(event, "eventClassification", "equipmentEventTypeCode")
    return {
        "type": "ObjectEvent",
        "eventTime": moment,
        "eventTimeZoneOffset": "+00:00" if found[1] == "Z" else found[1],
        "epcList": [uri],
        "action": "OBSERVE",
        "bizStep": "inspecting",
        **_where(event),
        **_seal(event, code),
        "sanad:dcsaEvent": _text(event, "eventID"),
        "sanad:dcsaType": code,
    }


def _must_be_seen(event: Mapping[str, Any]) -> None:
    if _text(event, "eventClassification", "eventTypeCode") != "EQUIPMENT":
        raise EventNotTaken(
            "only what happens to a container is taken", field="/eventClassification/eventTypeCode"
        )
    if _text(event, "eventClassification", "eventClassifierCode") != "ACT":
        raise EventNotTaken(
            "a plan or an estimate is nothing that was seen", field="/eventClassification/eventClassifierCode"
        )
    if _text(event, "eventClassification", "equipmentEventTypeCode") not in SEEN:
        raise EventNotTaken(
            "nothing is known to be seen by this code", field="/eventClassification/equipmentEventTypeCode"
        )


def _must_be_own(event: Mapping[str, Any], names: Mapping[str, str], formation: str) -> None:
    place = "/eventRouting/originatingParty"
    provider = _text(event, "eventRouting", "originatingParty", "codeListProvider")
    code = names.get(f"{provider}:{_text(event, 'eventRouting', 'originatingParty', 'partyCode')}")
    if code is None:
        raise PartyUnknown("no formation is known to be this party", field=place)
    if code.upper() != formation:
        raise NotYourEvent("the event is another formation's", field=place)


def _where(event: Mapping[str, Any]) -> dict[str, Any]:
    """The place where it was seen, as far as it is told."""
    location = event.get("eventLocation")
    if location is None:
        return {}
    if not isinstance(location, dict):
        raise EventNotTaken("a location is an object", field="/eventLocation")
    if "UNLocationCode" in location:
        code = _text(event, "eventLocation", "UNLocationCode")
        if not CODE.fullmatch(code):
            raise EventNotTaken("this is no UN/LOCODE", field="/eventLocation/UNLocationCode")
        return {"sanad:place": code}
    if "geoCoordinate" not in location:
        return {}
    ends = [_text(event, "eventLocation", "geoCoordinate", name) for name in ("latitude", "longitude")]
    if not all(map(_NUMBER.fullmatch, ends)):
        raise EventNotTaken("a coordinate is a decimal number", field="/eventLocation/geoCoordinate")
    return {"readPoint": {"id": f"geo:{ends[0]},{ends[1]}"}}


def _seal(event: Mapping[str, Any], code: str) -> dict[str, Any]:
    """The seal that was seen; a container that was sealed anew has another than it had."""
    told: dict[str, Any] = {"sanad:condition": "seal-changed"} if code == "RSEA" else {}
    seals = event["equipmentDetails"].get("seals")
    if seals is None:
        return told
    pointer = "/equipmentDetails/seals"
    if not isinstance(seals, list) or not all(isinstance(one, dict) for one in seals):
        raise EventNotTaken("seals are a list of objects", field=pointer)
    if len(seals) > 1:
        raise EventNotTaken("a look names one seal", field=pointer)
    numbers = [_in(one, ("number",), f"{pointer}/0") for one in seals]
    return {**told, **({"sanad:seal": numbers[0]} if numbers else {})}


def _text(event: Mapping[str, Any], *path: str) -> str:
    return _in(event, path, "")


def _in(value: Any, path: tuple[str, ...], pointer: str) -> str:
    """The text at a place; `EventNotTaken` if there is none, or it is none that could be kept."""
    for step in path:
        pointer = f"{pointer}/{step}"
        value = value.get(step) if isinstance(value, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise EventNotTaken("a short text is wanted here", field=pointer)
    return value


Translated = tuple[dict[str, Any] | InputError, Mapping[str, str]]


def translated(data: bytes, names: Mapping[str, str], formation: str) -> list[Translated]:
    """Each event as EPCIS, or why it is not taken, with the namespaces to read it in."""
    made: list[Translated] = []
    for one in read(data):
        try:
            made.append((as_epcis(one, names, formation), SPACES))
        except InputError as error:
            made.append((error, SPACES))
    return made
