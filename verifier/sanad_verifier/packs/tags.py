"""Tags: short keyed marks in a pack, in place of numbers and of words that are longer than they need be.

A tag of a number is too short to be the number's own: of a million documents one in seventeen wrong numbers finds
something. That is wanted. Who steals a pack and tries numbers out cannot tell a hit from chance; who has the paper in
hand compares it with what was found.
"""

import hmac
import re
import unicodedata

from sanad_verifier.entries import BatchLeaf

NUMBER, THING = b"number", b"thing"
"""What a tag stands for: the document's own business number, or a number on the thing it is about."""
TAG_SIZE = 3
CODE_SIZE = 8
NO_TAG = bytes(TAG_SIZE)
_IGNORED = re.compile(r"[\s\-\u2010-\u2015\u2212]")
_LOOKALIKES = str.maketrans("IOQ", "100")


def folded(text: str) -> str:
    """A number as any two ways of writing it are compared in a pack: upper case, NFC, without blanks and dashes, and
    with I, O and Q read as 1, 0 and 0.
    """
    before = None
    while text != before:  # upper-casing some letters yields sequences that compose differently
        before = text
        text = unicodedata.normalize("NFC", text.upper())
    return _IGNORED.sub("", text).translate(_LOOKALIKES)


def tag(salt: bytes, purpose: bytes, number: str) -> bytes:
    """The tag of a number in a pack with this salt: three bytes, never zero."""
    made = hmac.digest(salt, purpose + b"\0" + folded(number).encode(), "sha256")[:TAG_SIZE]
    return made if made != NO_TAG else b"\0\0\1"


def code_tag(salt: bytes, leaf: BatchLeaf, time: int) -> bytes:
    """Eight bytes that fix everything a printed code says of a document besides who issued it under which key: its
    digest, its fields, its blinded key, and when (seconds).
    """
    return hmac.digest(salt, b"code\0" + leaf.encode() + time.to_bytes(8), "sha256")[:CODE_SIZE]
