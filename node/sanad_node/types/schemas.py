"""The JSON Schemas of the types, compiled once each.

Schemas are JSON Schema 2020-12. Those in `_shared` are referred to by their `$id`. References are replaced
by what they refer to before compiling, which makes checking three times as fast; nothing is fetched, and a
reference that leads nowhere or in a circle is an error.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from sanad_node.types import pointers
from sanad_node.types.registry import CATALOGUE, DocumentType, TypeDefinitionWrong

SHARED = "_shared"
_formats = FormatChecker(formats=())


@cache
def validator_for(document_type: DocumentType) -> Validator:
    """The compiled schema of a JSON type."""
    schema = schema_of(document_type)
    _OurValidator.check_schema(schema)
    validator: Validator = _OurValidator(schema, format_checker=_formats)
    return validator


@cache
def quick_validator_for(document_type: DocumentType) -> jsonschema_rs.Draft202012Validator:
    """The same schema compiled to native code: it only says yes or no, fifty times as fast."""
    formats = {"date": _holds(_is_date), "date-time": _holds(_is_moment)}
    return jsonschema_rs.Draft202012Validator(
        schema_of(document_type), formats=formats, validate_formats=True
    )


@cache
def schema_of(document_type: DocumentType) -> Any:
    """A type's schema without references."""
    try:
        told = json.loads((document_type.folder / "schema.json").read_bytes())
    except (OSError, ValueError) as error:
        raise TypeDefinitionWrong(
            f"{document_type.name} has no readable schema.json", field="schema.json"
        ) from error
    return _inlined(told)


@cache
def _shared() -> dict[str, Any]:
    """The schemas types refer to, by `$id`."""
    contents = (
        json.loads(f.read_bytes()) for f in (CATALOGUE / SHARED).iterdir() if f.name.endswith(".json")
    )
    return {content["$id"]: content for content in contents}


def _inlined(node: Any, above: tuple[str, ...] = ()) -> Any:
    """A schema with each reference replaced by what it refers to; members beside a reference bind as well
    (`allOf`).
    """
    if isinstance(node, list):
        return [_inlined(element, above) for element in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    beside = {
        name: _inlined(below, above) for name, below in node.items() if name not in ("$ref", "$id", "$schema")
    }
    if not isinstance(reference, str):
        return beside
    if reference in above:
        raise TypeDefinitionWrong("a schema refers to itself", field=reference)
    target = _inlined(_referred(reference), (*above, reference))
    return {**beside, "allOf": [*beside.get("allOf", []), target]} if _binds(beside) else target


def _binds(node: dict[str, Any]) -> bool:
    return bool(node.keys() - {"title", "description"})


def _referred(reference: str) -> Any:
    identifier, _, pointer = reference.partition("#")
    found = pointers.first(_shared().get(identifier), pointer)
    if found is None:
        raise TypeDefinitionWrong("a schema refers to what is not in the catalogue", field=reference)
    return found


@lru_cache(maxsize=1024)
def _ecma(pattern: str) -> re.Pattern[str]:
    """A pattern with ECMA-262's meaning of a closing `$`: in Python's it would let a line feed pass after
    it.
    """
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = pattern[:-1] + r"\Z"
    return re.compile(pattern)


def _pattern(_: Validator, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _ecma(pattern).search(instance):
        yield ValidationError("not of the form wanted")


_OurValidator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _pattern}
)


@_formats.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    """A day as YYYY-MM-DD."""
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@_formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    """A moment in RFC 3339's form, to the second or finer, with its offset."""
    if not isinstance(value, str):
        return True
    if not re.fullmatch(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})",
        value,
    ):
        return False
    return datetime.fromisoformat(value).tzinfo is not None


def _holds(check: Callable[[object], bool]) -> Callable[[object], bool]:
    """A format check that says no where the other validator's raises."""

    def holds(value: object) -> bool:
        try:
            return check(value)
        except ValueError:
            return False

    return holds


@lru_cache(maxsize=4096)
def kind_at(document_type: DocumentType, segments: tuple[str, ...]) -> str | None:
    """The JSON type (string, integer, boolean) of the single value at this place; None where the schema has
    no such.
    """
    nodes = list(_parts(schema_of(document_type)))
    for segment in segments:
        below = [
            child
            for node in nodes
            for child in (
                node.get("properties", {}).get(segment),
                node.get("items") if segment.isdecimal() else None,
            )
        ]
        nodes = [part for child in below if isinstance(child, dict) for part in _parts(child)]
    kinds = {node["type"] for node in nodes if isinstance(node.get("type"), str)}
    if not kinds and any("const" in node or "enum" in node for node in nodes):
        kinds = {"string"}
    return kinds.pop() if len(kinds) == 1 and kinds <= {"string", "integer", "boolean"} else None


def _parts(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A subschema and those it binds as well."""
    yield node
    for part in node.get("allOf", ()):
        yield from _parts(part)
