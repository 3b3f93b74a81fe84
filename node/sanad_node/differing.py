"""How does a paper that nobody issued differ from the one that was issued under its number?

A declaration that was changed after it was filed is on no ledger, and that is all its digest says. Its number says
more: which document it pretends to be, and, where that one is kept here, at which fields it departs from it.

Naming a field answers a guess at its value, so it is told only to those who may read the document anyway.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sanad_node import finding, types
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.types import pointers
from sanad_verifier.digests import Digest
from sanad_verifier.errors import SanadError
from sanad_verifier.fields import scalars
from sanad_verifier.json_profile import Json, JsonRefused, parse

EVERYBODY = "*"
NAMED_AT_MOST = 8
"""Fields that a sentence names; the list beside it has all."""
_OF_THE_FORM = frozenset({"/salt", "/schema"})
"""What a type adds to what people wrote: a copy typed from paper has another, which says nothing."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The code of the formation among whose documents a number may be looked for, and of the one whose contents may be
    compared field by field; `EVERYBODY`, or nobody's if empty. `places` are the formations whose place this one has.
    """

    numbers: str = ""
    contents: str = ""
    places: frozenset[str] = frozenset()

    def finds(self, issuer: str) -> bool:
        """Whether documents of this issuer may be found by their number."""
        return self._covers(self.numbers, issuer)

    def compares(self, issuer: str) -> bool:
        """Whether it may be told at which fields a paper departs from one of this issuer's."""
        return self._covers(self.contents, issuer)

    def _covers(self, whose: str, issuer: str) -> bool:
        return whose in (EVERYBODY, issuer) or (whose != "" and issuer in self.places)


NOBODY = Sight()
OPERATOR = Sight(EVERYBODY, EVERYBODY)


@dataclass(frozen=True, slots=True)
class Difference:
    """A document on the ledger under the number of another paper, and the pointers of the fields in which the two
    differ, in the document's order; None where that may not be told, or its contents are not here.
    """

    record: DocumentRecord
    issuer: str
    pointers: tuple[str, ...] | None

    def sentence(self) -> str:
        """In words."""
        of_what = f"the {self.record.doc_type} that {self.issuer} issued (entry {self.record.entry})"
        told = f"it bears the number of {of_what}"
        if self.pointers is None:
            return f"{told}, and is not that document"
        named = ", ".join(self.pointers[:NAMED_AT_MOST])
        more = len(self.pointers) - NAMED_AT_MOST
        return f"{told}, but differs from it at {named}" + (f" and {more} other fields" if more > 0 else "")


def nearest(node: Node, document: bytes, sight: Sight, doc_type: str | None = None) -> Difference | None:
    """The document on the ledger that a paper departs from the least; None if its number is nobody's that may be seen.

    Any bytes may be asked about.
    """
    if not sight.numbers:
        return None
    try:
        value = parse(document)
    except JsonRefused:
        return None
    codes = node.reader.formation_codes()
    found = [
        _difference(node, record, codes.get(record.issuer, "?"), value, sight)
        for record in _of_the_same_number(node, value, doc_type)
        if sight.finds(codes.get(record.issuer, "?"))
    ]
    return min(found, key=_distance, default=None)


def _distance(one: Difference) -> tuple[bool, int, int]:
    """Those that could be compared first; then the fewest fields; then the newest."""
    return one.pointers is None, len(one.pointers or ()), -one.record.entry


def _of_the_same_number(node: Node, value: Json, doc_type: str | None) -> Iterator[DocumentRecord]:
    for kind in types.registry().values():
        if kind.form != "json" or not kind.key or doc_type not in (None, kind.name):
            continue
        parts = [pointers.first(value, pointer) for pointer in kind.key]
        if not all(isinstance(part, str) for part in parts):
            continue
        try:
            number = types.normalise_number(*map(str, parts))
        except types.NumberInvalid:
            continue
        yield from finding.documents_of_number(node, number, kind.name)


def _difference(node: Node, record: DocumentRecord, issuer: str, value: Json, sight: Sight) -> Difference:
    if not sight.compares(issuer):
        return Difference(record, issuer, None)
    try:
        issued = parse(node.vault.get(Digest(record.digest)))
    except SanadError:  # never kept here, erased, or damaged, which is for `fsck` to say
        return Difference(record, issuer, None)
    before, after = _fields(issued), _fields(value)
    changed = [one for one in before | after if before.get(one) != after.get(one)]
    return Difference(
        record, issuer, tuple(one for one in changed if one not in _OF_THE_FORM) or tuple(changed)
    )


def _fields(value: Json) -> dict[str, tuple[type, Json]]:
    """Each field's value by its pointer; with its type, since JSON's true is not its 1."""
    return {pointer: (type(scalar), scalar) for pointer, scalar in scalars(value)}
