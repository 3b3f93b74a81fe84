"""The identifiers of one document, looked at."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sanad_node.identifiers.judging import judge
from sanad_node.identifiers.places import places_of
from sanad_node.types import CheckedDocument, check, get, pointers
from sanad_node.types.registry import DocumentType
from sanad_verifier.errors import SanadError

MOST = 20
"""Warnings told of one document."""


@dataclass(frozen=True, slots=True)
class IdentifierWarning:
    """An identifier that does not fit its rule: where (a JSON pointer), of which kind, a stable code, a sentence that
    does not repeat it.
    """

    pointer: str
    kind: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Looked:
    """How many identifiers fit, how many nothing could be said of, and those that do not fit (at most `MOST`)."""

    fits: int
    not_checked: int
    doubtful: int
    warnings: tuple[IdentifierWarning, ...]


def look(document_type: DocumentType, value: Any) -> Looked:
    """Every identifier of a parsed document. Numbers are judged once however often they occur."""
    counts: Counter[str] = Counter()
    warnings: list[IdentifierWarning] = []
    known: dict[tuple[str, str], Any] = {}
    for pointer, kind, text in _walk(_tree(document_type), value, ()):
        found = known.get((kind, text))
        if found is None:
            found = known[kind, text] = judge(kind, text)
        counts[found.answer] += 1
        if found.answer == "no" and len(warnings) < MOST:
            warnings.append(IdentifierWarning(pointer, kind, found.code, found.message))
    return Looked(counts["yes"], counts["not-checked"], counts["no"], tuple(warnings))


def warnings_in(document: CheckedDocument) -> tuple[IdentifierWarning, ...]:
    """What to look at again in a document that passed its type's check; of bytes nothing is said."""
    return () if document.value is None else look(document.type, document.value).warnings


def warnings_about(doc_type: str, content: bytes) -> tuple[IdentifierWarning, ...]:
    """The same of a document's bytes; none of what is no document of the type, which issuing it says better."""
    try:
        return warnings_in(check(get(doc_type), content))
    except SanadError:
        return ()


def as_line(warning: IdentifierWarning) -> str:
    """One warning in words, with its place and code."""
    return f"{warning.code} [{warning.pointer}] {warning.message}"


Tree = dict[str, Any]
_KIND = ""
"""The key under which a tree's node keeps the kind of what is there; no member's name in our schemas is empty."""


@cache
def _tree(document_type: DocumentType) -> Tree:
    """The places of a type as a tree of segments: a document is walked once, not once for each place."""
    root: Tree = {}
    for pattern, kind in places_of(document_type):
        node = root
        for segment in pointers.split(pattern):
            node = node.setdefault(segment, {})
        node[_KIND] = kind
    return root


def _walk(tree: Tree, value: Any, gone: tuple[str | int, ...]) -> Iterator[tuple[str, str, str]]:
    kind = tree.get(_KIND)
    if kind is not None and isinstance(value, str) and value:
        yield pointers.join(gone), kind, value
    if isinstance(value, dict):
        for name, below in tree.items():
            if name != _KIND and name in value:
                yield from _walk(below, value[name], (*gone, name))
    elif isinstance(value, list) and "*" in tree:
        for place, element in enumerate(value):
            yield from _walk(tree["*"], element, (*gone, place))
