"""How records look in JSON: bytes as lower-case hex, members in camelCase."""

from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any


def shown(value: Any) -> Any:
    """Bytes as hex, records as objects with camelCase members, enumerations by name: how values look in
    JSON.
    """
    if isinstance(value, dict):
        return {str(name): shown(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {_member(field.name): shown(getattr(value, field.name)) for field in fields(value)}
    return _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex()
        case Enum():
            return value.name.lower()
        case Path():
            return str(value)
    return value


def members(record: Any) -> dict[str, Any]:
    """A record as the members of a JSON object."""
    told: dict[str, Any] = shown(record)
    return told


def _member(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
