"""What an EPCIS event asks to be recorded: an event of a formation's own system as an act of that formation.

Pure reading: nothing here knows the ledger's state or acts. An event whose identifier is an event hash must have the
right one. What an event does not say is not guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import cos, hypot, radians
from typing import Any

from sanad_node.epcis import vocabulary as v
from sanad_node.epcis.event_hash import CBV, event_hash
from sanad_node.epcis.gs1_keys import canonical
from sanad_node.places import CODE, known_places
from sanad_verifier.errors import InputError

NEAR_KM = 10.0
KM_A_DEGREE = 111.2
_PREFIXES = (CBV + "BizStep-", CBV + "Disp-", CBV + "SDT-", CBV + "BTT-", "urn:epcglobal:cbv:bizstep:",
             "urn:epcglobal:cbv:disp:", "urn:epcglobal:cbv:sdt:", "urn:epcglobal:cbv:btt:", "cbv:BizStep-", "cbv:Disp-",
             "cbv:SDT-")  # fmt: skip
_CONDITIONS = {
    "damaged": "damaged",
    "container_open": "seal-broken",
    "container_closed": "seal-locked",
    "non_conformant": "seal-changed",
    "mismatch_class": "wrong-goods",
}


class EventIdWrong(InputError):
    """The event's identifier is an event hash, and not the one of what the event says."""

    code = "EPCIS_EVENT_ID_WRONG"


class EventNotTaken(InputError):
    """An event of this type or step says nothing that custody records."""

    code = "EPCIS_EVENT_NOT_TAKEN"


class PartyUnknown(InputError):
    """The event names a party that no formation is known to be; `names` can say which it is."""

    code = "EPCIS_PARTY_UNKNOWN"


class NotYourEvent(InputError):
    """The event tells what another formation did; that one records it itself."""

    code = "EPCIS_NOT_YOUR_EVENT"


class ObjectUnclear(InputError):
    """The event is about no consignment, or about several."""

    code = "EPCIS_OBJECT_UNCLEAR"


class QuantityUnclear(InputError):
    """The event counts in fractions, or several things."""

    code = "EPCIS_QUANTITY_UNCLEAR"


@dataclass(frozen=True, slots=True)
class Intent:
    """What an event asks for. `objects`: what it may be about, as identifiers or references, best first;
    `corrects`: it is the error declaration of the event with this identifier; `entry`: the entry of the log that it
    says it tells of, as our own events do.
    """

    event: str
    act: str
    objects: tuple[str, ...]
    container: str
    to: str
    reason: str
    stated: Mapping[str, Any]
    entry: int | None
    corrects: str = ""


def read(
    event: Mapping[str, Any], spaces: Mapping[str, str], names: Mapping[str, str], formation: str
) -> Intent:
    """What an event asks `formation` (a code) to record; raises what is wrong with it, naming the member."""
    identifier = event_hash(event, spaces)
    given = event.get("eventID", "")
    if isinstance(given, str) and given.startswith("ni:///sha-256;") and given.lower() != identifier.lower():
        raise EventIdWrong("the event is not the one that its identifier stands for", field="/eventID")
    if event.get("type") != "ObjectEvent":
        raise EventNotTaken("custody is told in ObjectEvents", field="/type")
    step = _word(event.get("bizStep", ""))
    source, destination = (_party(event, side, names) for side in ("source", "destination"))
    if _teller(event) not in {"", formation}:
        raise NotYourEvent("the event is another formation's", field="/sanad:by")
    stated = _stated(event, names)
    objects, container = _objects(event, names)
    entry = _entry(event)
    if "errorDeclaration" in event:
        reason = _word(str(event["errorDeclaration"].get("reason", ""))).replace("_", "-")
        reason = reason.removeprefix(CBV + "ER-").removeprefix("urn:epcglobal:cbv:er:")
        return Intent(
            identifier, "error", objects, container, "", reason, {"note": stated["note"]}, entry, identifier
        )
    act = _act(event, step, destination)
    own, who = _own(act, source, destination)
    if own and own != formation:
        raise NotYourEvent(f"the {who} of this event is another formation", field=f"/{who}List")
    if act == "ship" and not destination:
        raise PartyUnknown("the event does not say who is to take over", field="/destinationList")
    return Intent(identifier, act, objects, container, destination, _reason(event, act), stated, entry)


def _act(event: Mapping[str, Any], step: str, destination: str) -> str:
    told = event.get("sanad:act")
    match step:
        case "shipping" | "departing":
            return "ship"
        case "receiving" | "arriving":
            return "receive"
        case "accepting":
            return "register"
        case "void_shipping":
            return "recall"
        case "holding":
            return "lift" if told == "lift" or _word(event.get("disposition", "")) == "available" else "hold"
        case "inspecting":
            returned = _word(event.get("disposition", "")) == "returned"
            return "refuse" if told == "refuse" or (destination and returned) else "inspect"
        case "sensor_reporting":
            raise EventNotTaken(
                "readings are taken as the device signed them: sanad custody observe", field="/bizStep"
            )
    raise EventNotTaken("no act of custody is this step", field="/bizStep")


def _own(act: str, source: str, destination: str) -> tuple[str, str]:
    """The party whose act it is, and what the event calls it; empty where the event names none."""
    return (destination, "destination") if act in {"receive", "refuse"} else (source, "source")


def _teller(event: Mapping[str, Any]) -> str:
    """The formation whose act one of our own events says it is; empty for an event of another system."""
    told = event.get("sanad:by")
    if told is None:
        return ""
    code = v.formation_of(told) if isinstance(told, str) else None
    if code is None:
        raise PartyUnknown("no formation is known to be this one", field="/sanad:by")
    return code


def _entry(event: Mapping[str, Any]) -> int | None:
    told = event.get("sanad:entry")
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < 2**53 else None


def _reason(event: Mapping[str, Any], act: str) -> str:
    if act not in {"recall", "hold", "lift"}:
        return ""
    told = event.get("sanad:reason")
    if isinstance(told, str):
        return told
    if act == "recall":
        return "goods-not-shipped"
    raise EventNotTaken("the event does not say why", field="/sanad:reason")


def _stated(event: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The particulars; the claimed time goes into the record's note, where it can be compared with the block's."""
    told, disposition = event.get("sanad:condition"), _word(event.get("disposition", ""))
    condition = told if isinstance(told, str) else _CONDITIONS.get(disposition, "")
    if not condition and disposition == "mismatch_quantity" and not event.get("quantityList"):
        raise QuantityUnclear(
            "the event says that the count differs, and not what was counted", field="/quantityList"
        )
    return {
        "place": _place(event, names),
        **_quantity(event),
        "condition": "" if condition == "not-stated" else condition,
        "seal": event["sanad:seal"] if isinstance(event.get("sanad:seal"), str) else "",
        "note": _note(event),
        "documents": [
            digest.hex()
            for one in event.get("bizTransactionList", [])
            if (digest := v.digest_of(one["bizTransaction"])) is not None
        ],
    }


def _note(event: Mapping[str, Any]) -> str:
    """What the record that stays here says of where the act comes from."""
    dcsa = event.get("sanad:dcsaType"), event.get("sanad:dcsaEvent")
    if all(isinstance(one, str) for one in dcsa):
        return f"DCSA event {dcsa[1]}, {dcsa[0]}, of {event['eventTime']}"
    return f"EPCIS event of {event['eventTime']}"


def _quantity(event: Mapping[str, Any]) -> dict[str, Any]:
    listed = event.get("quantityList", [])
    unit = event["sanad:unit"] if isinstance(event.get("sanad:unit"), str) else "packages"
    if not listed:
        return {"quantity": 0, "unit": unit}
    amount = Decimal(listed[0].get("quantity", 0))
    if len(listed) > 1 or amount != int(amount) or not 0 <= amount < 2**53:
        raise QuantityUnclear("one whole number is counted", field="/quantityList")
    return {"quantity": int(amount), "unit": listed[0].get("uom") or unit}


def _party(event: Mapping[str, Any], side: str, names: Mapping[str, str]) -> str:
    """The formation that possessed, or is to possess; empty where the event names none."""
    for one in event.get(f"{side}List", []):
        if _word(one.get("type", "")) != "possessing_party":
            continue
        uri = one[side]
        code = v.formation_of(uri) or names.get(uri) or names.get(canonical(uri))
        if code is None:
            raise PartyUnknown("no formation is known to be this party", field=f"/{side}List")
        return code.upper()
    return ""


def _objects(event: Mapping[str, Any], names: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """Identifiers and references that the event may be about, and the number of the container it names."""
    found: list[str] = []
    container = ""
    for uri in event.get("epcList", []):
        identifier, number = v.consignment_of(uri), v.container_of(uri)
        container = number or container
        if identifier is not None:
            found.insert(0, identifier.hex())
        else:
            found.append(names.get(uri) or names.get(canonical(uri)) or number or uri)
    if not found:
        raise ObjectUnclear("the event names no object", field="/epcList")
    return tuple(found), container


def _place(event: Mapping[str, Any], names: Mapping[str, str]) -> str:
    told = event.get("sanad:place")
    if isinstance(told, str) and CODE.fullmatch(told):
        return told
    uri = event.get("readPoint", {}).get("id", "")
    named = names.get(uri) or names.get(canonical(uri))
    return named.upper() if named else _nearest(uri)


def _nearest(uri: str) -> str:
    """The known place that a `geo:` URI is in or near; empty if there is none within ten kilometres."""
    parts = uri.removeprefix("geo:").partition(";")[0].split(",")
    try:
        lat, lon = float(parts[0]), float(parts[1])
    except (ValueError, IndexError):
        return ""
    away = {
        one.code: KM_A_DEGREE * hypot(one.lat - lat, (one.lon - lon) * cos(radians(lat)))
        for one in known_places().values()
    }
    code = min(away, key=lambda one: (away[one], one))
    return code if away[code] <= NEAR_KM else ""


def _word(value: object) -> str:
    """The word of the vocabulary that a value is, however it is written."""
    text = value if isinstance(value, str) else ""
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    return text
