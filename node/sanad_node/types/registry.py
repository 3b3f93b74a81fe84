"""The document types this node knows, read once from their folders.

`type.json` of each folder is described in docs/howto/add-a-document-type.md. A folder that does not say
exactly what it must is refused when the registry is loaded: a wrong type is a fault of the installation,
not of anybody's document.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from sanad_verifier.attestations import DOC_TYPE as ATTESTATION
from sanad_verifier.errors import EnvironmentFault, InputError
from sanad_verifier.status_lists.document import DOC_TYPE as STATUS_LIST
from sanad_verifier.trust import Limits

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
CATALOGUE = files("sanad_node.types") / "catalogue"

Language = Literal["en", "ur"]
Form = Literal["json", "bytes"]
SubjectKind = Literal["chassis", "engine", "container"]
KEY_RULES = ("text",)
PUBLISHED = frozenset({STATUS_LIST, ATTESTATION})
"""Types whose documents a node works out; nobody writes them by hand."""
SUBJECT_KINDS = ("chassis", "engine", "container")


class UnknownType(InputError):
    """No document type has this name."""

    code = "UNKNOWN_TYPE"


class TypeDefinitionWrong(EnvironmentFault):
    """A type's folder does not say what it must: the installation is damaged or the new type unfinished."""

    code = "TYPE_DEFINITION_WRONG"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in English and Urdu."""

    en: str
    ur: str

    def in_language(self, language: Language) -> str:
        return self.ur if language == "ur" else self.en


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table; `pointer` starts at the table's row."""

    pointer: str
    label: Text


@dataclass(frozen=True, slots=True)
class Printed:
    """What the human form shows: a value (or list of values), or, with columns, a table of an array's
    elements.
    """

    pointer: str
    label: Text
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class SubjectPointer:
    """Where the document names a thing one can stand in front of."""

    kind: SubjectKind
    pointer: str


@dataclass(frozen=True, slots=True)
class ReferencePointer:
    """Where the document names another one: at each `at`, `number` lists the parts of the other's business
    key.

    `types` are the types it may be of; where the document itself says which, `type_from` points at that name.
    `drawn` points at how much it draws from the other one, which is an instrument; `drawn_unit` at the unit of that.
    """

    at: str
    number: tuple[str, ...]
    types: tuple[str, ...]
    type_from: str | None = None
    drawn: str | None = None
    drawn_unit: str | None = None


@dataclass(frozen=True, slots=True)
class InstrumentPointers:
    """Where a payment instrument or a quota says how much it is good for, of what, and until which day."""

    total: str
    counts: Literal["currency", "unit"]
    code: str
    expires: str


@dataclass(frozen=True, slots=True, eq=False)
class DocumentType:
    """A kind of document. `name` is its docType on the ledger.

    There is one object for each, compared by identity: hashing all of it for each document would cost more
    than checking the document.
    """

    name: str
    version: int
    title: Text
    about: Text
    form: Form
    issuers: tuple[str, ...]
    """Kinds of formation that normally issue it. Advice to people: authority is the ledger's scopes."""
    key: tuple[str, ...]
    """Pointers to the parts of the business number; none where the document does not carry one."""
    key_rule: str
    salted: bool
    max_bytes: int
    printed: tuple[Printed, ...]
    proved: tuple[str, ...]
    """Patterns of the fields that the code on a certificate proves, those that matter most first."""
    proved_before: tuple[tuple[str, ...], ...]
    """What `proved` was before: documents issued then are committed to those fields."""
    limits: Limits | None
    """How old knowledge of such a document may be, where that is another than of others."""
    subjects: tuple[SubjectPointer, ...]
    references: tuple[ReferencePointer, ...]
    instrument: InstrumentPointers | None
    """What declarations draw down; None for a document that is no instrument."""
    dated: str | None
    """Points at the day that the document bears as that of its making; None where it bears none."""
    sample: str
    """File name of the sample in the type's folder."""

    @property
    def urn(self) -> str:
        """What the member `schema` of a salted document of this type says."""
        return f"urn:sanad:{self.name}:{self.version}"

    @property
    def named(self) -> tuple[str, ...]:
        """The patterns under which it names the things it is about."""
        return tuple(subject.pointer for subject in self.subjects)

    @property
    def folder(self) -> Traversable:
        return CATALOGUE / self.name

    def read_sample(self) -> bytes:
        return (self.folder / self.sample).read_bytes()


@cache
def registry() -> Mapping[str, DocumentType]:
    """All types by name, in order of name."""
    folders = sorted(f.name for f in CATALOGUE.iterdir() if f.is_dir() and NAME.fullmatch(f.name))
    types = {name: load_type(CATALOGUE / name) for name in folders}
    for document_type in types.values():
        for reference in document_type.references:
            if unknown := set(reference.types) - types.keys():
                raise TypeDefinitionWrong(
                    f"{document_type.name} refers to types that do not exist: {', '.join(sorted(unknown))}",
                    field="references",
                )
    return MappingProxyType(types)


def get(name: str) -> DocumentType:
    """The type of this name; `UnknownType` if there is none."""
    found = registry().get(name)
    if found is None:
        raise UnknownType(f"there is no such document type; there are {', '.join(registry())}", field="type")
    return found


def load_type(folder: Traversable) -> DocumentType:
    """Read one type's folder; `TypeDefinitionWrong` names the member of type.json that is not as it must
    be.
    """
    try:
        told = json.loads((folder / "type.json").read_bytes())
    except (OSError, ValueError) as error:
        raise TypeDefinitionWrong(
            f"the type {folder.name} has no readable type.json", field="type.json"
        ) from error
    members = Members(folder.name, told)
    loaded = DocumentType(
        name=members.take("name", str),
        version=members.take("version", int),
        title=members.text("title"),
        about=members.text("about"),
        form=members.one_of("form", ("json", "bytes")),
        issuers=members.strings("issuers"),
        key=members.strings("key"),
        key_rule=members.one_of("keyRule", KEY_RULES),
        salted=members.take("salted", bool),
        max_bytes=members.take("maxBytes", int),
        printed=tuple(_printed(m) for m in members.each("printed")),
        proved=members.strings("proved"),
        proved_before=members.lists_of_strings("provedBefore") if members.has("provedBefore") else (),
        limits=_limits(members.object("limits")) if members.has("limits") else None,
        subjects=tuple(_subject(m) for m in members.each("subjects")),
        references=tuple(_reference(m) for m in members.each("references")),
        instrument=_instrument(members.object("instrument")) if members.has("instrument") else None,
        dated=members.take("dated", str) if members.has("dated") else None,
        sample=members.take("sample", str),
    )
    members.must_be_empty()
    if loaded.name != folder.name or not NAME.fullmatch(loaded.name):
        raise TypeDefinitionWrong(f"the folder {folder.name} must be named as the type in it", field="name")
    if loaded.form == "json" and not loaded.key:
        raise TypeDefinitionWrong(f"{loaded.name}: a JSON type has a business key", field="key")
    if not {*loaded.key, *loaded.named} <= set(loaded.proved):
        raise TypeDefinitionWrong(
            f"{loaded.name}: its certificates prove its number and the things it is about", field="proved"
        )
    return loaded


def _limits(members: "Members") -> Limits:
    limits = Limits(members.take("freshSeconds", int), members.take("usableSeconds", int))
    members.must_be_empty()
    if not 0 < limits.fresh_for <= limits.usable_for:
        raise TypeDefinitionWrong("the limits are out of order", field="limits")
    return limits


def _printed(members: "Members") -> Printed:
    columns = tuple(_column(m) for m in members.each("columns")) if members.has("columns") else ()
    printed = Printed(members.take("pointer", str), members.text("label"), columns)
    members.must_be_empty()
    return printed


def _column(members: "Members") -> Column:
    column = Column(members.take("pointer", str), members.text("label"))
    members.must_be_empty()
    return column


def _subject(members: "Members") -> SubjectPointer:
    subject = SubjectPointer(members.one_of("kind", SUBJECT_KINDS), members.take("pointer", str))
    members.must_be_empty()
    return subject


def _reference(members: "Members") -> ReferencePointer:
    type_from = members.take("typeFrom", str) if members.has("typeFrom") else None
    drawn, unit = (members.take(name, str) if members.has(name) else None for name in ("drawn", "drawnUnit"))
    reference = ReferencePointer(
        members.take("at", str), members.strings("number"), members.strings("types"), type_from, drawn, unit
    )
    members.must_be_empty()
    return reference


def _instrument(members: "Members") -> InstrumentPointers:
    counts: Literal["currency", "unit"] = "currency" if members.has("currency") else "unit"
    instrument = InstrumentPointers(
        members.take("total", str), counts, members.take(counts, str), members.take("expires", str)
    )
    members.must_be_empty()
    return instrument


T = TypeVar("T")


class Members:
    """The members of one JSON object, taken out one by one, so that a missing, wrong or surplus one is
    noticed.
    """

    def __init__(self, type_name: str, told: Any) -> None:
        self._type = type_name
        if not isinstance(told, dict):
            raise TypeDefinitionWrong(f"{type_name}: an object is wanted in type.json", field="type.json")
        self._left = dict(told)

    def has(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str, kind: type[T]) -> T:
        value = self._left.pop(name, None)
        if type(value) is not kind:  # not isinstance: true is no number here
            raise self._wrong(name, f"must be there and be of type {kind.__name__}")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> Any:
        value = self.take(name, str)
        if value not in allowed:
            raise self._wrong(name, f"must be one of {', '.join(allowed)}")
        return value

    def strings(self, name: str) -> tuple[str, ...]:
        return self._strings(name, self.take(name, list))

    def lists_of_strings(self, name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(self._strings(name, inner) for inner in self.take(name, list))

    def _strings(self, name: str, values: Any) -> tuple[str, ...]:
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._wrong(name, "must be a list of strings")
        return tuple(values)

    def text(self, name: str) -> Text:
        inner = Members(self._type, self.take(name, dict))
        words = Text(inner.take("en", str), inner.take("ur", str))
        inner.must_be_empty()
        return words

    def object(self, name: str) -> "Members":
        return Members(self._type, self.take(name, dict))

    def each(self, name: str) -> list["Members"]:
        return [Members(self._type, value) for value in self.take(name, list)]

    def must_be_empty(self) -> None:
        if self._left:
            raise self._wrong(", ".join(sorted(self._left)), "is not a member of type.json")

    def _wrong(self, name: str, why: str) -> TypeDefinitionWrong:
        return TypeDefinitionWrong(f"{self._type}: {name} {why}", field=name)
