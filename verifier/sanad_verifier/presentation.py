"""A presentation: some fields of a document, shown and proved; the others stay hidden (docs/spec/presentation.md).

Each field has its own way to the field root in the log, so that who sees one learns of the others no more than how
many there are.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from sanad_verifier.digests import SIZE, Digest
from sanad_verifier.errors import EvidenceError
from sanad_verifier.fields import Field, FieldDisclosure, FieldInvalid, verify_field
from sanad_verifier.json_profile import Json, JsonRefused, canonicalise, parse
from sanad_verifier.merkle import LONGEST_PATH, InclusionError, InclusionProof, root_from_inclusion
from sanad_verifier.notes import decode_digest
from sanad_verifier.printed import commitment

MOST_FIELDS = 1024
SIZE_AT_MOST = 4 << 20
_NOTHING = bytes(SIZE)


class PresentationInvalid(EvidenceError):
    """Bytes that are no presentation in its one encoding."""

    code = "PRESENTATION_INVALID"


class FieldsUncommitted(EvidenceError):
    """The document was issued without a field root, so no field of it can be proved by itself."""

    code = "FIELDS_UNCOMMITTED"


@dataclass(frozen=True, slots=True)
class Presentation:
    """Fields of one document in the order of their places, each with its way to the root over `size` fields, and the
    hash of its printed fields beside that root.
    """

    size: int
    shown: tuple[FieldDisclosure, ...]
    printed: Digest

    def encode(self) -> bytes:
        """The one encoding: canonical JSON."""
        printed = base64.b64encode(self.printed).decode()
        return canonicalise(
            {"fields": [_told(one) for one in self.shown], "printed": printed, "size": self.size}
        )


def presentation(shown: Sequence[FieldDisclosure], printed: Digest) -> Presentation:
    """The presentation of some fields of one document; `printed` is the hash of its printed fields."""
    ordered = {one.proof.index: one for one in shown}
    return Presentation(shown[0].proof.size, tuple(ordered[place] for place in sorted(ordered)), printed)


def parse_presentation(data: bytes) -> Presentation:
    """The presentation in a file; `PresentationInvalid` unless encoding it again gives the same bytes."""
    if len(data) > SIZE_AT_MOST:
        raise PresentationInvalid("the presentation is too large", field="fields")
    try:
        told: Any = parse(data)
        size, fields = told["size"], told["fields"]
        if type(size) is not int or not 0 < len(fields) <= MOST_FIELDS:
            raise PresentationInvalid("the presentation shows nothing, or too much", field="fields")
        printed = decode_digest(told["printed"], "fields", PresentationInvalid)
        found = Presentation(size, tuple(_shown(one, size) for one in fields), printed)
    except (JsonRefused, KeyError, TypeError) as error:
        raise PresentationInvalid("the presentation is malformed", field="fields") from error
    places = [one.proof.index for one in found.shown]
    if sorted(set(places)) != places or found.encode() != data:
        raise PresentationInvalid("the presentation is not in its one encoding", field="fields")
    return found


def verify_presentation(given: Presentation, related: bytes) -> tuple[Field, ...]:
    """The fields shown, after checking that each belongs to the document whose entry has this word `related`; raises
    an `EvidenceError`.
    """
    if related == _NOTHING:
        raise FieldsUncommitted("the document was issued without a commitment to its fields", field="fields")
    first = given.shown[0]
    root = root_from_inclusion(first.leaf, first.proof)
    if not compare_digest(commitment(given.printed, root), related):
        raise InclusionError("the path does not lead to this root", field="path")
    fields = tuple(verify_field(one, root) for one in given.shown)
    if len({field.pointer for field in fields}) != len(fields):
        raise FieldInvalid("a field is shown twice", field="fields")
    return fields


def _told(one: FieldDisclosure) -> Json:
    return {
        "index": one.proof.index,
        "leaf": parse(one.leaf),
        "path": [base64.b64encode(sibling).decode() for sibling in one.proof.path],
    }


def _shown(told: dict[str, Any], size: int) -> FieldDisclosure:
    index, path = told["index"], told["path"]
    if type(index) is not int or type(path) is not list or len(path) > LONGEST_PATH:
        raise PresentationInvalid("a field's place is malformed", field="fields")
    hashes = tuple(decode_digest(text, "fields", PresentationInvalid) for text in path)
    proof = InclusionProof(index, size, hashes)
    return FieldDisclosure(canonicalise(told["leaf"]), proof)
