"""Base45 (RFC 9285): bytes in the 45 characters that a QR code packs best. Strict: one text for each byte string."""

from functools import lru_cache

from sanad_verifier.errors import EvidenceError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE = len(ALPHABET)
_VALUES = bytes(ALPHABET.find(chr(code)) & 0xFF for code in range(256))
_OUTSIDE = 0xFF
_LARGEST_BYTE = 0xFF
_GROUP = 3  # characters of two bytes


class Base45Invalid(EvidenceError):
    """Characters that are no base45."""

    code = "BASE45_INVALID"


def encode(data: bytes) -> str:
    """The base45 text of some bytes (RFC 9285 §4)."""
    told: list[int] = []
    for place in range(0, len(data) - 1, 2):
        high, low = divmod(data[place] << 8 | data[place + 1], _BASE * _BASE)
        middle, low = divmod(low, _BASE)
        told += (low, middle, high)
    if len(data) % 2:
        high, low = divmod(data[-1], _BASE)
        told += (low, high)
    return "".join([ALPHABET[value] for value in told])


def decode(text: str) -> bytes:
    """The bytes of a base45 text; `Base45Invalid` for any other characters, length or value out of range."""
    try:
        values = text.encode("latin-1").translate(_VALUES)
    except UnicodeEncodeError as error:
        raise Base45Invalid("a character is none of base45", field="qr") from error
    if _OUTSIDE in values:
        raise Base45Invalid("a character is none of base45", field="qr")
    whole = len(values) - len(values) % _GROUP
    tail = b""
    if whole < len(values):
        if len(values) - whole == 1 or (last := values[-2] + _BASE * values[-1]) > _LARGEST_BYTE:
            raise Base45Invalid("the text ends in the middle of a byte", field="qr")
        tail = bytes([last])
    return _pairs(values[:whole]) + tail


def _pairs(values: bytes) -> bytes:
    """Two bytes for each three values: all groups at once, each in its 24 bits of one large number."""
    count = len(values) // _GROUP
    groups, first = int.from_bytes(values, "little"), _first_of_each(count)
    low, middle, high = groups & first, groups >> 8 & first, groups >> 16 & first
    told = (low + _BASE * middle + _BASE * _BASE * high).to_bytes(len(values), "little")
    if told[2::_GROUP].count(0) != count:  # a group is at most 91124, so nothing reaches the one after
        raise Base45Invalid("three characters stand for more than two bytes", field="qr")
    pairs = bytearray(2 * count)
    pairs[::2], pairs[1::2] = told[1::_GROUP], told[::_GROUP]
    return bytes(pairs)


@lru_cache(maxsize=64)  # codes of one make have a few lengths
def _first_of_each(count: int) -> int:
    """The number that has the first byte of each group set."""
    return int.from_bytes(b"\xff\0\0" * count, "little")
