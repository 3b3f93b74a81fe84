"""The event hash the slow and obvious way, for plain events without GS1 keys: written from the standard's table,
sharing nothing with the product but the standard.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

SIMPLE = {"bizStep": "https://ref.gs1.org/cbv/BizStep-", "disposition": "https://ref.gs1.org/cbv/Disp-"}


def slow_prehash(event: dict[str, Any], spaces: dict[str, str]) -> str:
    """What is hashed of an ObjectEvent with epcs, a quantity, places, parties, documents, and extensions."""
    out = "eventType=" + event["type"]
    out += "eventTime=" + utc(event["eventTime"])
    out += "eventTimeZoneOffset=" + event["eventTimeZoneOffset"]
    if event.get("epcList"):
        out += "epcList"
        for epc in sorted("epc=" + one for one in event["epcList"]):
            out += epc
    if event.get("quantityList"):
        out += "quantityList"
        lines = []
        for one in event["quantityList"]:
            line = "quantityElement" + "epcClass=" + one["epcClass"] + "quantity=" + number(one["quantity"])
            lines.append(line + ("uom=" + one["uom"] if "uom" in one else ""))
        out += "".join(sorted(lines))
    out += "action=" + event["action"]
    for name, prefix in SIMPLE.items():
        if name in event:
            out += name + "=" + prefix + event[name]
    for name in ("readPoint", "bizLocation"):
        if name in event:
            out += name + "id=" + event[name]["id"]
    for name, kind, prefix in (
        ("bizTransactionList", "bizTransaction", "https://ref.gs1.org/cbv/BTT-"),
        ("destinationList", "destination", "https://ref.gs1.org/cbv/SDT-"),
        ("sourceList", "source", "https://ref.gs1.org/cbv/SDT-"),
    ):
        if event.get(name):
            lines = ["type=" + prefix + one["type"] + kind + "=" + one[kind] for one in event[name]]
            out += name + "".join(sorted(lines))
    more = []
    for name, value in event.items():
        if ":" in name:
            more += extension(name, value, spaces)
    return str(out + "".join(sorted(more)))


def slow_event_hash(event: dict[str, Any], spaces: dict[str, str]) -> str:
    hashed = hashlib.sha256(slow_prehash(event, spaces).encode()).hexdigest()
    return f"ni:///sha-256;{hashed}?ver=CBV2.0"


def extension(name: str, value: Any, spaces: dict[str, str]) -> list[str]:
    prefix, local = name.split(":")
    full = "{" + spaces[prefix] + "}" + local
    if isinstance(value, list):
        return [line for one in value for line in extension(name, one, spaces)]
    if isinstance(value, dict):
        inner = [line for key, one in value.items() for line in extension(key, one, spaces)]
        return [full + "".join(sorted(inner))]
    if isinstance(value, int):
        return [full + "=" + number(value)]
    return [full + "=" + value]


def utc(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def number(value: int) -> str:
    return str(value)
