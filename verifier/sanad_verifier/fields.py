"""The salted field tree: a commitment to each field of a document by itself, so that one can be shown and
the others stay hidden.

A leaf is the canonical JSON of [salt, pointer, value] for each scalar (and empty container); salts follow
from one 32-byte seed of the document, so low-entropy fields cannot be guessed without it. See
docs/spec/fields.md.
"""

import re
from base64 import urlsafe_b64encode
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256 as _sha256
from typing import NamedTuple, cast

from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import Json, JsonRefused, canonicalise, parse
from sanad_verifier.merkle import InclusionProof, Levels, tree_root, verify_inclusion

try:
    import orjson
except ImportError:  # the fast path only; results are the same without it
    orjson = None  # type: ignore[assignment]

SALT_SIZE = 16
SEED_SIZE = 32
_SALT = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")  # 16 bytes: the last character carries two bits
_SALT_TEXT, _SALT_FILLED = 22, 24  # characters of a salt, alone and filled up
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_BLOCK = 64  # of SHA-256, in bytes
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class FieldUnknown(InputError):
    """The document has no such field."""

    code = "FIELD_UNKNOWN"


class FieldInvalid(EvidenceError):
    """What was shown is no field of a document."""

    code = "FIELD_INVALID"


class Field(NamedTuple):
    """A field: its JSON pointer, and its value (a scalar or an empty container)."""

    pointer: str
    value: Json


@dataclass(frozen=True, slots=True)
class FieldDisclosure:
    """One field shown: its leaf and the way from it to the field root."""

    leaf: bytes
    proof: InclusionProof


def field_leaves(value: Json, seed: bytes) -> list[bytes]:
    """The leaves of a document's field tree, in order of their JSON pointers (as UTF-8 bytes).

    `JsonRefused` if the document is outside the JSON profile.
    """
    if len(seed) != SEED_SIZE:
        raise InputError("a field seed has 32 bytes", field="seed")
    canonicalise(value)  # refuses what has no canonical form, so that the leaves need no second look
    fields = _in_order(value)
    return [
        _leaf(salt, raw.decode(), scalar)
        for salt, (raw, scalar) in zip(_salts(seed, [raw for raw, _ in fields]), fields, strict=True)
    ]


def field_root(value: Json, seed: bytes) -> Digest:
    """The root of a document's field tree."""
    return tree_root(_hashes(field_leaves(value, seed)))


def disclose(value: Json, seed: bytes, pointer: str) -> FieldDisclosure:
    """Show one field; `FieldUnknown` if there is none at this pointer."""
    return disclose_all(value, seed, [pointer])[0]


def disclose_all(value: Json, seed: bytes, pointers: Sequence[str]) -> list[FieldDisclosure]:
    """Show several fields; `FieldUnknown` if there is none at one of the pointers."""
    leaves = field_leaves(value, seed)
    places = {raw.decode(): place for place, (raw, _) in enumerate(_in_order(value))}
    levels = Levels(_hashes(leaves))
    for number, pointer in enumerate(pointers):
        if pointer not in places:
            raise FieldUnknown("the document has no field at this pointer", field=f"/fields/{number}")
    return [FieldDisclosure(leaves[places[one]], levels.proof(places[one])) for one in pointers]


def scalars(value: Json) -> Iterator[tuple[str, Json]]:
    """Every field of a value: its JSON pointer, and the scalar or empty container there, in the value's own order."""
    return ((raw.decode(), scalar) for raw, scalar in _scalars(value, ""))


def verify_field(disclosure: FieldDisclosure, root: Digest) -> Field:
    """The field shown, after checking that it belongs to the document with this field root.

    Raises `InclusionError` if it does not, `FieldInvalid` if the leaf is not one in its only spelling.
    """
    verify_inclusion(disclosure.leaf, disclosure.proof, root)
    try:
        told = parse(disclosure.leaf)
        same = canonicalise(told) == disclosure.leaf
    except JsonRefused as error:
        raise FieldInvalid("the field is not JSON in Sanad's profile", field="leaf") from error
    if not same or not isinstance(told, list) or len(told) != 3:
        raise FieldInvalid("the field is not [salt, pointer, value]", field="leaf")
    salt, pointer, value = told
    if not isinstance(salt, str) or not _SALT.fullmatch(salt):
        raise FieldInvalid("the salt has not 16 bytes", field="leaf")
    if not isinstance(pointer, str) or not _POINTER.fullmatch(pointer):
        raise FieldInvalid("the pointer is not a JSON pointer", field="leaf")
    if isinstance(value, (dict, list)) and value:
        raise FieldInvalid("a field is a single value", field="leaf")
    return Field(pointer, value)


def salt_text(salt: bytes) -> str:
    """A salt as leaves show it: base64url without padding."""
    return urlsafe_b64encode(salt).rstrip(b"=").decode("ascii")


def _hashes(leaves: list[bytes]) -> list[Digest]:
    return cast("list[Digest]", [_sha256(b"\x00" + leaf).digest() for leaf in leaves])


def _in_order(value: Json) -> list[tuple[bytes, Json]]:
    return sorted(_scalars(value, ""), key=lambda field: field[0])


def _scalars(value: Json, pointer: str) -> Iterator[tuple[bytes, Json]]:
    if isinstance(value, (dict, list)) and value:
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            step = key.replace("~", "~0").replace("/", "~1") if isinstance(key, str) else key
            place = f"{pointer}/{step}"
            if isinstance(member, (dict, list)):
                yield from _scalars(member, place)
            else:
                yield place.encode(), member
    else:
        yield pointer.encode(), value


def _salts(seed: bytes, pointers: list[bytes]) -> list[str]:
    """The salts as leaves show them: HMAC-SHA-256 under the seed, cut to 16 bytes, in base64url.

    They are more than half of the work, so what they share is done once for the document: the two padded keys
    are hashed, and all salts are encoded in one text, each filled up to a multiple of three bytes.
    """
    padded = seed.ljust(_BLOCK, b"\0")
    inner, outer = (_sha256(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
    salts = []
    for pointer in pointers:
        first, second = inner.copy(), outer.copy()
        first.update(pointer)
        second.update(first.digest())
        salts.append(second.digest()[:SALT_SIZE])
    text = b2a_base64(b"\0\0".join([*salts, b""]), newline=False).translate(_URL_SAFE).decode("ascii")
    return [text[at : at + _SALT_TEXT] for at in range(0, len(text), _SALT_FILLED)]


def _leaf(salt: str, pointer: str, scalar: Json) -> bytes:
    if orjson is not None:  # in an array of the profile's values there is nothing in which it differs
        return orjson.dumps([salt, pointer, scalar])
    return canonicalise([salt, pointer, scalar])
