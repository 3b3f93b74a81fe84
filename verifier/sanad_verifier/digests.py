"""SHA-256 and the domain-separated hashes of RFC 9162 §2.1: leaves begin with 0x00, nodes with 0x01."""

import re
from hashlib import sha256 as _sha256
from typing import NewType

from sanad_verifier.errors import InputError

Digest = NewType("Digest", bytes)
"""32 bytes of SHA-256."""

SIZE = 32
_TEXT = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


class DigestInvalid(InputError):
    """A digest is 64 lower-case hexadecimal digits."""

    code = "DIGEST_INVALID"


def sha256(data: bytes) -> Digest:
    """SHA-256 of some bytes."""
    return Digest(_sha256(data).digest())


def hash_leaf(leaf: bytes) -> Digest:
    """The leaf hash: SHA-256(0x00 ‖ leaf)."""
    return Digest(_sha256(b"\x00" + leaf).digest())


def hash_node(left: bytes, right: bytes) -> Digest:
    """The node hash: SHA-256(0x01 ‖ left ‖ right)."""
    return Digest(_sha256(b"\x01" + left + right).digest())


def parse_digest(text: str, field: str | None = None) -> Digest:
    """The digest written as 64 lower-case hex digits, with or without `sha256:` before it."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise DigestInvalid("a digest is 64 lower-case hexadecimal digits", field=field)
    return Digest(bytes.fromhex(match[1]))


def digest_of(raw: bytes, field: str | None = None) -> Digest:
    """32 bytes taken for a digest."""
    if len(raw) != SIZE:
        raise DigestInvalid("a digest has 32 bytes", field=field)
    return Digest(raw)
