"""The printed fields: those that a document's certificate shows and its QR code proves (docs/spec/fields.md).

A field by itself costs a salt and a path; paper has no room for that. So the few fields that a squad compares are
committed to once more, together under one salt, beside the root of the field tree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest

from sanad_verifier.digests import Digest, hash_leaf, hash_node
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.fields import SALT_SIZE, SEED_SIZE, Field, field_root, salt_text
from sanad_verifier.json_profile import Json, canonicalise, canonicalise_texts

ROOM = 256
"""What the values of printed fields may cost together: the bytes of each as JSON, and `COST` more."""
COST = 4
LONGEST_VALUE = 64
_LABEL = b"printed"


class PrintedDiffer(EvidenceError):
    """Printed fields that the document was not issued with."""

    code = "PRINTED_DIFFER"


@dataclass(frozen=True, slots=True)
class PrintedFields:
    """Some fields of a document in the order of print. `whole` says that every thing which documents of its type
    can be about, and this one names, is among them: a number that is not here is then not the document's.
    """

    salt: bytes
    fields: tuple[Field, ...]
    whole: bool

    def leaf(self) -> bytes:
        """What is hashed: the canonical JSON of [salt, [[pointer, value], …], whole]."""
        pairs: list[Json] = [[one.pointer, one.value] for one in self.fields]
        told: Json = [salt_text(self.salt), pairs, self.whole]
        texts = {type(one.value) for one in self.fields} <= {str}  # nearly all printed fields are
        return canonicalise_texts(told) if texts else canonicalise(told)

    def hash(self) -> Digest:
        """The leaf's hash."""
        return hash_leaf(self.leaf())


@dataclass(frozen=True)
class PrintedProof:
    """The printed fields, and the root of the field tree beside them."""

    fields: PrintedFields
    root: Digest

    @cached_property
    def related(self) -> Digest:
        """The word that commits to both."""
        return commitment(self.fields.hash(), self.root)


def printed_fields(
    value: Json, seed: bytes, patterns: Sequence[str], subjects: Sequence[str]
) -> PrintedFields:
    """The fields of a document at these places, in this order, as far as there is room for them.

    In a pattern, `*` stands for the place of each element. `subjects` are the patterns under which the document names
    the things it is about.
    """
    if len(seed) != SEED_SIZE:
        raise InputError("a field seed has 32 bytes", field="seed")
    taken: dict[str, Field] = {}
    left = ROOM
    for pattern in patterns:
        for one in fields_at(value, pattern):
            size = len(canonicalise(one.value))
            if size <= LONGEST_VALUE and size + COST <= left and one.pointer not in taken:
                taken[one.pointer] = one
                left -= size + COST
    named = {one.pointer for pattern in subjects for one in fields_at(value, pattern)}
    salt = hmac_digest(seed, _LABEL, sha256)[:SALT_SIZE]
    return PrintedFields(salt, tuple(taken.values()), named <= taken.keys())


def verify_printed(given: PrintedProof, related: bytes) -> tuple[Field, ...]:
    """The printed fields, after checking that the word `related` of a document's entry commits to them; raises
    `PrintedDiffer`.
    """
    if not compare_digest(given.related, related):
        raise PrintedDiffer("the printed fields are not those of the document", field="fields")
    return given.fields.fields


def commitment(printed: Digest, root: Digest) -> Digest:
    """The word `related` of a document's entry: the printed fields' hash beside the root of the field tree."""
    return hash_node(printed, root)


def commit(value: Json, seed: bytes, patterns: Sequence[str], subjects: Sequence[str]) -> Digest:
    """The commitment to all fields of a document and to those that are printed."""
    return commitment(printed_fields(value, seed, patterns, subjects).hash(), field_root(value, seed))


def fields_at(value: Json, pattern: str) -> Iterator[Field]:
    """The single values at a pattern."""
    yield from _at(value, pattern.split("/")[1:], "")


def _at(value: Json, segments: list[str], pointer: str) -> Iterator[Field]:
    if not segments:
        if not isinstance(value, (dict, list)):
            yield Field(pointer, value)
        return
    segment, *rest = segments
    if segment == "*" and isinstance(value, list):
        for place, element in enumerate(value):
            yield from _at(element, rest, f"{pointer}/{place}")
    elif isinstance(value, dict):
        name = segment.replace("~1", "/").replace("~0", "~")
        if name in value:
            yield from _at(value[name], rest, f"{pointer}/{segment}")
