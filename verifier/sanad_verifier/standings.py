"""The standings of a document as numbers of four bits, two to a byte: the form that packs and status lists share.

The values are those of a Token Status List (draft-ietf-oauth-status-list, section 7.1): 0 to 2 are registered there, 3
and 12 to 15 are the application's. The first of two stands in the low half of its byte (section 4.1).
"""

from collections.abc import Iterable

STANDINGS = {
    "active": 0,
    "revoked": 1,
    "suspended": 2,
    "superseded": 3,
    "suspect": 12,
    "consumed": 13,
    "surrendered": 14,
}
BITS = 4
LEGACY_TYPES = frozenset({"CREDENTIAL_EXTRACT", "DECLARATION_EXTRACT"})
"""Types of documents that pass on what another system recorded. That one is on the ledger and in force says who passed
it on; it must not make what it tells look vouched for.
"""
_NAMES = {value: name for name, value in STANDINGS.items()}


def name_of(value: int) -> str:
    """The standing of a value, or what no verifier knows."""
    return _NAMES.get(value, f"status {value}")


def packed(values: Iterable[tuple[int, int]], count: int) -> bytes:
    """`count` values, all zero but for these (place, value)."""
    out = bytearray((count + 1) // 2)
    for place, value in values:
        at, high = divmod(place, 2)
        out[at] = (out[at] & 0x0F) | value << BITS if high else (out[at] & 0xF0) | value
    return bytes(out)


def value_at(values: bytes, place: int) -> int:
    """The value at a place."""
    at, high = divmod(place, 2)
    return values[at] >> BITS if high else values[at] & 0x0F
