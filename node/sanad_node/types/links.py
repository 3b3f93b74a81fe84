"""What other documents does this one name, and which things?

References let an auditor walk from a declaration to its payment instrument; subjects let a squad ask
whether a genuine paper is about the vehicle or container in front of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sanad_node.types import pointers
from sanad_node.types.business_key import NumberInvalid, normalise_number
from sanad_node.types.checking import CheckedDocument
from sanad_node.types.registry import SubjectKind
from sanad_verifier.subjects import normalise_subject


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document as this one names it: `number` is normalised, `types` are those it may be of. `drawn` is what it
    says that it draws from the other one, `drawn_unit` the unit of that; empty where it says nothing.
    """

    pointer: str
    types: tuple[str, ...]
    number: str
    drawn: str = ""
    drawn_unit: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing the document is about. `text` as written, `compared` in the form readings are compared in."""

    pointer: str
    kind: SubjectKind
    text: str
    compared: str


def references_of(document: CheckedDocument) -> tuple[Reference, ...]:
    """The documents named, in the order of the type's definition. A part that is not there makes no
    reference.
    """
    return tuple(_references(document))


def _references(document: CheckedDocument) -> Iterator[Reference]:
    for told in document.type.references:
        for place, element in pointers.find(document.value, told.at):
            parts = [part for p in told.number if isinstance(part := pointers.first(element, p), str)]
            if len(parts) < len(told.number):
                continue
            types = told.types
            if told.type_from is not None:
                said = pointers.first(element, told.type_from)
                types = tuple(name for name in types if name == said)
            try:
                number = normalise_number(*parts)
                yield Reference(
                    place, types, number, _text(element, told.drawn), _text(element, told.drawn_unit)
                )
            except NumberInvalid:
                continue  # a foreign schema lets numbers pass that no document of ours can have


def _text(element: pointers.JsonValue, pointer: str | None) -> str:
    found = None if pointer is None else pointers.first(element, pointer)
    return found if isinstance(found, str) else ""


def subjects_of(document: CheckedDocument) -> tuple[Subject, ...]:
    """The vehicles, engines and containers named."""
    return tuple(
        Subject(place, told.kind, text, normalise_subject(told.kind, text))
        for told in document.type.subjects
        for place, text in pointers.find(document.value, told.pointer)
        if isinstance(text, str)
    )


def matches_subject(document: CheckedDocument, reading: str) -> bool | None:
    """Whether the document is about the thing somebody read `reading` off; None if it names no thing at all.

    All of the number counts: the last digits alone are shared by many vehicles.
    """
    subjects = subjects_of(document)
    if not subjects:
        return None
    return any(
        subject.compared != "" and subject.compared == normalise_subject(subject.kind, reading)
        for subject in subjects
    )
