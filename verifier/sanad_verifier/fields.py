"""The salted field tree: a commitment to each field of a document by itself, so that one can be shown and
the others stay hidden.

A leaf is the canonical JSON of [salt, pointer, value] for each scalar (and empty container); salts follow
from one 32-byte seed of the document, so low-entropy fields cannot be guessed without it. See
docs/spec/fields.md.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256 as _sha256

from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import Json, canonicalise
from sanad_verifier.merkle import InclusionProof, Levels, tree_root, verify_inclusion

SALT_SIZE = 16
SEED_SIZE = 32


class FieldUnknown(InputError):
    """The document has no such field."""

    code = "FIELD_UNKNOWN"


@dataclass(frozen=True, slots=True)
class FieldDisclosure:
    """One field shown: its leaf and the way from it to the field root."""

    leaf: bytes
    proof: InclusionProof


def field_leaves(value: Json, seed: bytes) -> list[bytes]:
    """The leaves of a document's field tree, in order of their JSON pointers (by code point)."""
    if len(seed) != SEED_SIZE:
        raise InputError("a field seed has 32 bytes", field="seed")
    return [
        _leaf(pointer, scalar, seed) for pointer, scalar in sorted(_scalars(value, ""), key=lambda f: f[0])
    ]


def field_root(value: Json, seed: bytes) -> Digest:
    """The root of a document's field tree."""
    return tree_root([Digest(_sha256(b"\x00" + leaf).digest()) for leaf in field_leaves(value, seed)])


def disclose(value: Json, seed: bytes, pointer: str) -> FieldDisclosure:
    """Show one field; `FieldUnknown` if there is none at this pointer."""
    pointers = sorted(p for p, _ in _scalars(value, ""))
    if pointer not in pointers:
        raise FieldUnknown("the document has no field at this pointer", field="pointer")
    leaves = field_leaves(value, seed)
    place = pointers.index(pointer)
    levels = Levels([Digest(_sha256(b"\x00" + leaf).digest()) for leaf in leaves])
    return FieldDisclosure(leaves[place], levels.proof(place))


def verify_field(disclosure: FieldDisclosure, root: Digest) -> None:
    """Check that a shown field belongs to the document with this field root; raises `InclusionError`."""
    verify_inclusion(disclosure.leaf, disclosure.proof, root)


def _scalars(value: Json, pointer: str) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from _scalars(member, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list) and value:
        for index, member in enumerate(value):
            yield from _scalars(member, f"{pointer}/{index}")
    else:
        yield pointer, value


def _leaf(pointer: str, scalar: Json, seed: bytes) -> bytes:
    salt = hmac.digest(seed, pointer.encode(), "sha256")[:SALT_SIZE]
    shown = urlsafe_b64encode(salt).rstrip(b"=").decode("ascii")
    if isinstance(scalar, str) and scalar.isascii() and scalar.isprintable() and pointer.isascii():
        return json.dumps([shown, pointer, scalar], separators=(",", ":")).encode()
    return canonicalise([shown, pointer, scalar])
