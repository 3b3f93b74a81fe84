"""A form made from a document type's JSON Schema, and the document made from what was filled in.

Field names are JSON pointers (`/seller/name`, `/items/0/hsCode`); how many rows an array has is a field `rows:/items`.
What is left empty is left out: an optional object without any value does not exist. Nothing is judged here: the
document goes through the type's own check, and its problems come back to the fields by their pointers. A field that
the type does not have is nobody's: it is neither read nor shown again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sanad_api.pages.words import Words
from sanad_api.pages.words import words as words_of
from sanad_node.types import PUBLISHED, DocumentType, Problem
from sanad_node.types.schemas import schema_of
from sanad_verifier.errors import InputError

HIDDEN = frozenset({"schema", "salt"})
"""Members that `types.prepare` adds."""
ROWS_AT_MOST = 200
DEPTH_AT_MOST = 12
Json = Any
Kind = Literal["text", "date", "number", "choice", "yes-no", "long"]
LONG = 200
NUMBER = re.compile(r"-?[0-9]{1,16}")
MONEY = "money, or a rate, as a decimal string"
MEASURE = "a count or measure as a decimal string"
UNITS = {"ISO 4217": MONEY, "UN/ECE Recommendation 20": MEASURE}
"""What says in which unit the amounts beside and below it are, by the descriptions the catalogue gives both."""


class FormInvalid(InputError):
    """What was sent is not what the form sends."""

    code = "FORM_INVALID"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value to fill in."""

    pointer: str
    label: str
    kind: Kind
    required: bool
    value: str
    wrong: str = ""
    hint: str = ""
    options: tuple[str, ...] = ()
    longest: int = 2000
    unit: str = ""
    keyboard: Literal["", "decimal", "numeric"] = ""
    shape: str = ""

    @property
    def id(self) -> str:
        return f"f-{self.pointer}"

    @property
    def hint_code(self) -> str:
        """The hint as a key of the words of the pages."""
        return re.sub(r"[^a-z0-9]+", "-", self.hint.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Group:
    """An object's members. An optional one is folded away until something is in it."""

    pointer: str
    label: str
    required: bool
    filled: bool
    parts: "tuple[Part, ...]"
    wrong: str = ""

    @property
    def id(self) -> str:
        return f"f-{self.pointer}"


@dataclass(frozen=True, slots=True)
class Rows:
    """An array: a group or a value for each row."""

    pointer: str
    label: str
    required: bool
    rows: "tuple[Part, ...]"
    can_add: bool
    can_remove: bool
    wrong: str = ""

    @property
    def id(self) -> str:
        return f"f-{self.pointer}"


Part = Leaf | Group | Rows


@dataclass(frozen=True, slots=True)
class _Filling:
    """What is known while the form is made."""

    values: Mapping[str, str]
    wrong: Mapping[str, str]
    labels: Mapping[str, str]
    words: Words
    units: Mapping[str, str] = field(default_factory=dict)
    """Which field says the unit of money, and which that of measures, by what they are the unit of."""


def has_form(kind: DocumentType) -> bool:
    """Whether a person can fill the type in: a type that lets unknown members through (a carrier's document) is
    issued as the file it came in, and what a node publishes is not issued by hand.
    """
    if kind.name in PUBLISHED:
        return False
    return kind.form == "json" and _merged(schema_of(kind)).get("additionalProperties") is False


def form_of(
    kind: DocumentType, values: Mapping[str, str], wrong: Mapping[str, str], language: Literal["en", "ur"]
) -> tuple[Part, ...]:
    """The parts of a type's form, filled in; `wrong` has a sentence by pointer."""
    labels: dict[str, str] = {}
    for one in kind.printed:
        row = one.pointer.removesuffix("/*")
        labels[row] = one.label.in_language(language)
        for column in one.columns:
            labels[f"{row}/*{column.pointer}"] = column.label.in_language(language)
    schema = _merged(schema_of(kind))
    return _members(schema, "", _Filling(values, wrong, labels, words_of(language)), 0)


def _members(schema: Mapping[str, Json], pointer: str, filling: _Filling, depth: int) -> tuple[Part, ...]:
    needed = set(schema.get("required", ()))
    inside = {name: _merged(below) for name, below in schema.get("properties", {}).items()}
    units = {
        UNITS[below["description"]]: f"{pointer}/{name}"
        for name, below in inside.items()
        if below.get("description") in UNITS
    }
    filling = replace(filling, units={**filling.units, **units})
    return tuple(
        _part(below, f"{pointer}/{name}", name in needed, filling, depth + 1)
        for name, below in inside.items()
        if not (depth == 0 and name in HIDDEN) and "const" not in below
    )


def _part(schema: Mapping[str, Json], pointer: str, required: bool, filling: _Filling, depth: int) -> Part:
    label = _label(pointer, filling)
    if depth < DEPTH_AT_MOST and schema.get("type") == "object":
        parts = _members(schema, pointer, filling, depth)
        below = f"{pointer}/"
        filled = any(value and name.startswith(below) for name, value in filling.values.items())
        return Group(pointer, label, required, filled, parts, filling.wrong.get(pointer, ""))
    if depth < DEPTH_AT_MOST and schema.get("type") == "array":
        return _rows(schema, pointer, label, required, filling, depth)
    return _leaf(schema, pointer, label, required, filling)


def _rows(
    schema: Mapping[str, Json], pointer: str, label: str, required: bool, filling: _Filling, depth: int
) -> Rows:
    least = int(schema.get("minItems", 0)) if required else 0
    most = min(int(schema.get("maxItems", ROWS_AT_MOST)), ROWS_AT_MOST)
    count = max(rows_of(filling.values, pointer), least)
    inside = _merged(schema.get("items", {}))
    rows = tuple(_part(inside, f"{pointer}/{place}", True, filling, depth + 1) for place in range(count))
    wrong = filling.wrong.get(pointer, "")
    return Rows(pointer, label, required, rows, count < most, count > least, wrong)


def _leaf(schema: Mapping[str, Json], pointer: str, label: str, required: bool, filling: _Filling) -> Leaf:
    options = tuple(str(one) for one in schema.get("enum", ()))
    longest = int(schema.get("maxLength", 2000))
    kind: Kind = "text"
    if options:
        kind = "choice"
    elif schema.get("type") == "boolean":
        kind = "yes-no"
    elif schema.get("type") == "integer":
        kind = "number"
    elif schema.get("format") == "date":
        kind = "date"
    elif longest > LONG:
        kind = "long"
    told = str(schema.get("description", ""))
    return Leaf(
        pointer,
        label,
        kind,
        required,
        filling.values.get(pointer, ""),
        filling.wrong.get(pointer, ""),
        told,
        options,
        longest,
        filling.values.get(filling.units.get(told, ""), ""),
        _keyboard(schema, told),
        str(schema.get("pattern", "")) if kind == "text" else "",
    )


def _keyboard(schema: Mapping[str, Json], told: str) -> Literal["", "decimal", "numeric"]:
    if told in {MONEY, MEASURE}:
        return "decimal"
    plain = re.fullmatch(r"[\^$0-9\[\](){},|-]+", str(schema.get("pattern", "")))
    return "numeric" if plain or schema.get("type") == "integer" else ""


def _label(pointer: str, filling: _Filling) -> str:
    """The type's own label, or our word for the member, or its name as words."""
    general = re.sub(r"/[0-9]+(?=/|$)", "/*", pointer)
    if general in filling.labels:
        return filling.labels[general]
    name = pointer.rsplit("/", 1)[-1]
    if name.isdigit():
        return str(int(name) + 1)
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    return filling.words.known(f"member.{name}", apart[:1].upper() + apart[1:])


def _merged(schema: Mapping[str, Json]) -> dict[str, Json]:
    """A schema with its `allOf` parts laid over each other."""
    parts: Iterable[Mapping[str, Json]] = schema.get("allOf", ())
    made: dict[str, Json] = {}
    for part in (*(_merged(one) for one in parts), {k: v for k, v in schema.items() if k != "allOf"}):
        properties = {**made.get("properties", {}), **part.get("properties", {})}
        required = [*made.get("required", ()), *part.get("required", ())]
        made = {**made, **part}
        if properties:
            made["properties"] = properties
            made["required"] = list(dict.fromkeys(required))
    return made


def sentences(problems: Iterable[Problem], words: Words) -> dict[str, str]:
    """What is wrong by pointer, in the reader's words; the first of several problems of a field is told."""
    found: dict[str, str] = {}
    for one in problems:
        found.setdefault(one.pointer, words.known(f"problem.{one.code}", one.message))
    return found


def mistakes(parts: Iterable[Part], wrong: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Every problem with the id of the field it is shown at, for the list above the form: that of the nearest part
    around it, or none, and the sentence with the field's name.
    """
    every = {part.pointer: part for part in _all(parts)}
    found: list[tuple[str, str]] = []
    for pointer, sentence in wrong.items():
        nearest = pointer
        while nearest and nearest not in every:
            nearest = nearest.rpartition("/")[0]
        part = every.get(nearest)
        found.append((part.id, f"{part.label}: {sentence}") if part else ("", sentence))
    return tuple(found)


def _all(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        if isinstance(part, Group):
            yield from _all(part.parts)
        elif isinstance(part, Rows):
            yield from _all(part.rows)


# -- from the form to the document ---------------------------------------------------------------------------------


def rows_of(values: Mapping[str, str], pointer: str) -> int:
    """How many rows an array has in a form; `FormInvalid` if that is no number it could be."""
    told = values.get(f"rows:{pointer}", "0")
    if not told.isascii() or not told.isdigit() or len(told) > 4 or int(told) > ROWS_AT_MOST:
        raise FormInvalid("the number of rows is not one", field=pointer)
    return int(told)


def document_of(kind: DocumentType, values: Mapping[str, str]) -> dict[str, Json]:
    """The document that was filled in, without the members that `types.prepare` adds."""
    made = _object(_merged(schema_of(kind)), "", values, 0)
    return {name: value for name, value in (made or {}).items() if name not in HIDDEN}


def _object(
    schema: Mapping[str, Json], pointer: str, values: Mapping[str, str], depth: int
) -> dict[str, Json] | None:
    """The object, or None if nothing is in it but constants."""
    made: dict[str, Json] = {}
    constants: dict[str, Json] = {}
    for name, given in schema.get("properties", {}).items():
        inside = _merged(given)
        if "const" in inside:
            constants[name] = inside["const"]
            continue
        value = _value(inside, f"{pointer}/{name}", values, depth + 1)
        if value is not None:
            made[name] = value
    return {**constants, **made} if made else None


def _value(schema: Mapping[str, Json], pointer: str, values: Mapping[str, str], depth: int) -> Json:
    if depth < DEPTH_AT_MOST and schema.get("type") == "object":
        return _object(schema, pointer, values, depth)
    if depth < DEPTH_AT_MOST and schema.get("type") == "array":
        inside = _merged(schema.get("items", {}))
        rows = (_value(inside, f"{pointer}/{n}", values, depth + 1) for n in range(rows_of(values, pointer)))
        return [row for row in rows if row is not None] or None
    text = values.get(pointer, "").strip()
    if not text:
        return None
    if schema.get("type") == "integer" and NUMBER.fullmatch(text):
        return int(text)
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def values_of(document: Json, pointer: str = "") -> dict[str, str]:
    """A document as the fields of its form: the other way round."""
    match document:
        case dict():
            told: dict[str, str] = {}
            for name, value in document.items():
                told |= values_of(value, f"{pointer}/{name}")
            return told
        case list():
            told = {f"rows:{pointer}": str(len(document))}
            for place, value in enumerate(document):
                told |= values_of(value, f"{pointer}/{place}")
            return told
        case bool():
            return {pointer: str(document).lower()}
    return {pointer: str(document)}


def with_row(values: Mapping[str, str], pointer: str) -> dict[str, str]:
    """The fields with one more row."""
    return {**values, f"rows:{pointer}": str(rows_of(values, pointer) + 1)}


def without_row(values: Mapping[str, str], pointer: str) -> dict[str, str]:
    """The fields without a row, those behind it moved up."""
    above, _, place = pointer.rpartition("/")
    count = rows_of(values, above)
    if not place.isdigit() or int(place) >= count:
        raise FormInvalid("there is no such row", field=above)
    kept: dict[str, str] = {}
    for name, value in values.items():
        prefix = "rows:" if name.startswith("rows:") else ""
        path = name.removeprefix(prefix)
        match = re.fullmatch(rf"{re.escape(above)}/(\d+)(/.*)?", path)
        if match is None or int(match[1]) < int(place):
            kept[name] = value
        elif int(match[1]) > int(place):
            kept[f"{prefix}{above}/{int(match[1]) - 1}{match[2] or ''}"] = value
    kept[f"rows:{above}"] = str(count - 1)
    return kept
