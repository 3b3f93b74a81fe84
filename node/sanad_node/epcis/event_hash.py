"""The event hash: an identifier that follows from what an EPCIS event says (CBV 2.0, 8.9).

Everything an event says, in the order of the standard's table and each value in one spelling, is joined without
anything between to the *pre-hash string*; its SHA-256 is the identifier. What identifies or corrects the event
(`eventID`, `recordTime`, `errorDeclaration`) is left out, so an event and its correction have one identifier.

Where the standard's text and the vectors published with it part, the vectors decide (docs/spec/epcis.md).
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sanad_node.epcis.gs1_keys import canonical
from sanad_verifier.errors import InputError

Json = Any
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,12}))?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_IGNORED = frozenset({"eventID", "recordTime", "errorDeclaration", "type", "@context", "context"})
_REMARKS = frozenset({"rdfs:comment", "comment", "#text"})
CBV = "https://ref.gs1.org/cbv/"
VOC = "https://gs1.org/voc/"
PREFIXES = {"cbv": CBV, "gs1": VOC}
"""Those of the EPCIS context, which documents need not repeat."""
_URNS = {
    "urn:epcglobal:cbv:bizstep:": f"{CBV}BizStep-",
    "urn:epcglobal:cbv:disp:": f"{CBV}Disp-",
    "urn:epcglobal:cbv:btt:": f"{CBV}BTT-",
    "urn:epcglobal:cbv:sdt:": f"{CBV}SDT-",
    "urn:epcglobal:cbv:er:": f"{CBV}ER-",
}
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


class EventUnreadable(InputError):
    """The event cannot be put into the form that is hashed; `field` is where."""

    code = "EPCIS_EVENT_UNREADABLE"


@dataclass(frozen=True, slots=True)
class _Part:
    """A standard member: how it is spelled, and what its children are. `bare` is what a word without namespace
    means.
    """

    name: str
    children: tuple["_Part", ...] = ()
    item: str = ""
    """What each element of the list is called; empty where it has no name of its own."""
    bare: str = ""
    time: bool = False


def _parts(*names: str) -> tuple[_Part, ...]:
    return tuple(_Part(name) for name in names)


_QUANTITY = _parts("epcClass", "quantity", "uom")
_PLACE = _parts("id")
_METADATA = (
    _Part("time", time=True),
    _Part("startTime", time=True),
    _Part("endTime", time=True),
    *_parts("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"),
)
_REPORT = (
    _Part("type", bare=VOC),
    _Part("exception", bare=VOC),
    *_parts("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod"),
    _Part("time", time=True),
    *_parts("microorganism", "chemicalSubstance", "value"),
    _Part("component", bare=f"{CBV}Comp-"),
    *_parts("stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue"),
    *_parts("sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem"),
)
ORDER: tuple[_Part, ...] = (
    _Part("eventTime", time=True),
    *_parts("eventTimeZoneOffset", "certificationInfo", "parentID"),
    _Part("epcList", item="epc"),
    _Part("inputEPCList", item="epc"),
    _Part("childEPCs", item="epc"),
    _Part("quantityList", _QUANTITY, "quantityElement"),
    _Part("childQuantityList", _QUANTITY, "quantityElement"),
    _Part("inputQuantityList", _QUANTITY, "quantityElement"),
    _Part("outputEPCList", item="epc"),
    _Part("outputQuantityList", _QUANTITY, "quantityElement"),
    *_parts("action", "transformationID"),
    _Part("bizStep", bare=f"{CBV}BizStep-"),
    _Part("disposition", bare=f"{CBV}Disp-"),
    _Part("persistentDisposition", (_Part("set", bare=f"{CBV}Disp-"), _Part("unset", bare=f"{CBV}Disp-"))),
    _Part("readPoint", _PLACE),
    _Part("bizLocation", _PLACE),
    _Part(
        "sensorElementList",
        (_Part("sensorMetadata", _METADATA), _Part("sensorReport", _REPORT)),
        "sensorElement",
    ),
    # the text of the standard has these before the sensors, sources first; its vectors have them here, in this order
    _Part("bizTransactionList", (_Part("type", bare=f"{CBV}BTT-"), _Part("bizTransaction")), "\0"),
    _Part("destinationList", (_Part("type", bare=f"{CBV}SDT-"), _Part("destination")), "\0"),
    _Part("sourceList", (_Part("type", bare=f"{CBV}SDT-"), _Part("source")), "\0"),
)


def namespaces(*contexts: Json) -> dict[str, str]:
    """The prefixes that a document's and an event's `@context` declare, with those of EPCIS."""
    found = dict(PREFIXES)
    for context in contexts:
        for one in context if isinstance(context, list) else [context]:
            if isinstance(one, dict):
                found.update({k: v for k, v in one.items() if isinstance(v, str) and not k.startswith("@")})
    return found


def event_hash(event: Mapping[str, Json], spaces: Mapping[str, str] | None = None) -> str:
    """The identifier `ni:///sha-256;…?ver=CBV2.0` of an event in JSON-LD. Numbers are int or Decimal."""
    hashed = hashlib.sha256(prehash(event, spaces).encode("utf-8")).hexdigest()
    return f"ni:///sha-256;{hashed}?ver=CBV2.0"


def prehash(event: Mapping[str, Json], spaces: Mapping[str, str] | None = None) -> str:
    """The string that is hashed; `EventUnreadable` for an event that has none."""
    known = dict(PREFIXES if spaces is None else spaces)
    kind = event.get("type")
    if not isinstance(kind, str):
        raise EventUnreadable("an event says of which type it is", field="/type")
    told = [f"eventType={kind}"]
    for part in ORDER:
        if part.name in event:
            told.append(_standard(part, event[part.name], known, f"/{part.name}"))
    standard = {part.name for part in ORDER} | _IGNORED
    more = {name: value for name, value in event.items() if name not in standard}
    told += _sorted(_generic(more, known, ""))
    return "".join(told)


def _standard(part: _Part, value: Json, spaces: Mapping[str, str], at: str) -> str:
    """One member of the standard's table, empty if it says nothing."""
    if part.item or isinstance(value, list):
        if not isinstance(value, list):
            raise EventUnreadable("this member is a list", field=at)
        name = part.item if part.item != "\0" else ""
        inner = _Part(name, part.children, "", part.bare, part.time) if part.item else part
        each = [_standard(inner, one, spaces, f"{at}/{n}") for n, one in enumerate(value)]
        joined = "".join(_sorted(one for one in each if one))
        return part.name + joined if part.item and joined else joined
    if part.children:
        if not isinstance(value, dict):
            raise EventUnreadable("this member is an object", field=at)
        told = [
            _standard(one, value[one.name], spaces, f"{at}/{one.name}")
            for one in part.children
            if one.name in value
        ]
        known = {one.name for one in part.children}
        told += _sorted(_generic({k: v for k, v in value.items() if k not in known}, spaces, at))
        joined = "".join(told)
        return part.name + joined if joined else ""
    text = _time(value, at) if part.time else _text(value, spaces, at, part.bare)
    return f"{part.name}={text}" if text else ""


def _generic(value: Mapping[str, Json], spaces: Mapping[str, str], at: str) -> Iterator[str]:
    """Members that the standard does not name: those of other namespaces, and what has no place in its table."""
    for name, one in value.items():
        if name in _REMARKS:
            continue
        for each in one if isinstance(one, list) else [one]:
            yield _element(_expanded_name(name, spaces), each, spaces, f"{at}/{name}")


def _element(name: str, value: Json, spaces: Mapping[str, str], at: str) -> str:
    if isinstance(value, list):
        raise EventUnreadable("a list of lists has no form to hash", field=at)
    if isinstance(value, dict):
        return name + "".join(_sorted(_generic(value, spaces, at)))
    text = _text(value, spaces, at, "")
    return f"{name}={text}" if text else name


def _sorted(told: Iterator[str]) -> list[str]:
    return sorted(told)


def _expanded_name(name: str, spaces: Mapping[str, str]) -> str:
    prefix, colon, local = name.partition(":")
    return f"{{{spaces[prefix]}}}{local}" if colon and prefix in spaces else name


def _text(value: Json, spaces: Mapping[str, str], at: str, bare: str) -> str:
    """A value in its one spelling."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _plain(Decimal(value))
    if not isinstance(value, str):
        raise EventUnreadable("this value has no form to hash", field=at)
    text = value.strip()
    for old, new in _URNS.items():
        text = text.replace(old, new)
    prefix, colon, local = text.partition(":")
    if colon and prefix in spaces and not local.startswith("//"):
        return spaces[prefix] + local
    if bare and _BARE.fullmatch(text):
        return bare + text
    return _plain(Decimal(text)) if _NUMBER.fullmatch(text) else canonical(text)


def _plain(number: Decimal) -> str:
    """A number without exponent, sign of plus, leading or trailing zeros."""
    if not number.is_finite() or number.adjusted() > 400 or number.adjusted() < -400:
        raise EventUnreadable("a number is beyond what can be written", field="")
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _time(value: Json, at: str) -> str:
    """A moment in UTC, to the millisecond."""
    matched = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if matched is None:
        raise EventUnreadable("a time has a date, a time of day and an offset", field=at)
    try:
        moment = datetime.fromisoformat(matched[1] + matched[3].replace("Z", "+00:00")).astimezone(UTC)
        if matched[2]:
            thousandths = (Decimal("0." + matched[2]) * 1000).to_integral_value(rounding="ROUND_HALF_UP")
            moment += timedelta(milliseconds=int(thousandths))
    except (ValueError, OverflowError) as error:
        raise EventUnreadable("this is no moment", field=at) from error
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
