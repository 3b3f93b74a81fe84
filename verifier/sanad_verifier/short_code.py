"""The short code: twelve characters under a printed QR code, to find a document by typing (docs/spec/qr.md).

Eleven characters of Crockford's base32 hold the first 55 bits of the digest, the twelfth is a check: a mistyped
character, or two that changed places, are noticed. It finds a document and proves nothing: what it finds is still
to be compared with the paper.
"""

import re

from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 55
_DATA = 11
_FORM = re.compile(r"[0-9A-Z]{12}")
_DASHED = re.compile(r"\s*[0-9A-Za-z]{4}([- ]?)[0-9A-Za-z]{4}\1[0-9A-Za-z]{4}\s*")
_MISREAD = str.maketrans("OIL", "011")
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1: the field of 32 elements
_SIZE = 32


class ShortCodeInvalid(InputError):
    """The twelve characters do not belong together: one was mistyped."""

    code = "SHORT_CODE_INVALID"


def short_code(digest: Digest) -> str:
    """The code of a document, as printed: three groups of four."""
    number = int.from_bytes(digest[:7]) >> (56 - BITS)
    values = [number >> (5 * place) & (_SIZE - 1) for place in reversed(range(_DATA))]
    text = "".join(ALPHABET[value] for value in [*values, _check(values)])
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def is_short_code(text: str) -> bool:
    """Whether a text has the form of a code: three groups of four, with or without a dash or a blank between them."""
    return _DASHED.fullmatch(text) is not None


def digest_range(text: str) -> tuple[bytes, bytes]:
    """The smallest and the largest digest of a code, however it was typed; `ShortCodeInvalid` if the check fails."""
    typed = re.sub(r"[\s-]", "", text).upper().translate(_MISREAD)
    if not _FORM.fullmatch(typed) or any(char not in ALPHABET for char in typed):
        raise ShortCodeInvalid("a short code has twelve letters and digits", field="code")
    *values, check = (ALPHABET.index(char) for char in typed)
    if check != _check(values):
        raise ShortCodeInvalid("the short code is mistyped: its check does not fit", field="code")
    number = sum(value << 5 * (_DATA - 1 - place) for place, value in enumerate(values))
    low = (number << (56 - BITS)).to_bytes(7)
    high = ((number << (56 - BITS)) | 1).to_bytes(7)
    return low.ljust(32, b"\0"), high.ljust(32, b"\xff")


def _check(values: list[int]) -> int:
    """The sum of each value times its own power of x in GF(32): no single change and no swap leaves it as it is."""
    check = 0
    for value in values:
        check = _times_x(check ^ value)
    return check


def _times_x(value: int) -> int:
    doubled = value << 1
    return doubled ^ _POLYNOMIAL if doubled & _SIZE else doubled
