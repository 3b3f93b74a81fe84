"""The 32-byte words of documents of title (docs/spec/entry.md): to whom one was issued, and what each act on one names.

As those of `words`: packing and unpacking are strict inverses.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from sanad_verifier.words import (
    MAX_UINT32,
    EntryInvalid,
    WordInvalid,
    must_be_word,
    must_be_zero,
    number_bytes,
)

_TO_ORDER = 1
_REPLACES = 2


class Why(IntEnum):
    """Why a document is surrendered for amendment: the reason codes of DCSA's surrender standard."""

    NOT_STATED = 0
    SWTP = 1
    """Switch to paper."""
    COD = 2
    """Change of destination."""
    SWI = 3
    """Switch of the bill."""


@dataclass(frozen=True, slots=True)
class TitleTerms:
    """The data word of a `TITLE` entry: numbers of the first holder and of the beneficiary (0: whoever holds it),
    whether it is to order, and whether it replaces the document that the entry before the last superseded.
    """

    holder: int
    beneficiary: int
    to_order: bool
    replaces: bool = False

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        if self.holder == 0:
            raise WordInvalid("a document of title has a holder", field="holder")
        if self.beneficiary == 0 and not self.to_order:
            raise WordInvalid("a document to a named party has a beneficiary", field="beneficiary")
        flags = _TO_ORDER * self.to_order | _REPLACES * self.replaces
        holder = number_bytes(self.holder, MAX_UINT32, "holder")
        return (
            holder + number_bytes(self.beneficiary, MAX_UINT32, "beneficiary") + bytes((flags,)) + bytes(23)
        )

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The terms in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[9:], "data")
        holder, beneficiary, flags = int.from_bytes(word[:4]), int.from_bytes(word[4:8]), word[8]
        if holder == 0 or flags > (_TO_ORDER | _REPLACES) or not (beneficiary or flags & _TO_ORDER):
            raise EntryInvalid("the document is issued to nobody", field="data")
        return cls(holder, beneficiary, bool(flags & _TO_ORDER), bool(flags & _REPLACES))


@dataclass(frozen=True, slots=True)
class TitleWord:
    """The related word of an act on a document of title: numbers of the formation that issued it, of the other party of
    the act (0: none), of who is entitled once what is offered is accepted, or now that it is (0: whoever holds it),
    and why it is surrendered.
    """

    issuer: int
    party: int
    entitled: int
    why: Why = Why.NOT_STATED

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        if self.issuer == 0:
            raise WordInvalid("a document of title has an issuer", field="issuer")
        numbers = (("issuer", self.issuer), ("party", self.party), ("entitled", self.entitled))
        packed = b"".join(number_bytes(value, MAX_UINT32, name) for name, value in numbers)
        return packed + bytes((int(self.why),)) + bytes(19)

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """What is in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "related")
        must_be_zero(word[13:], "related")
        issuer = int.from_bytes(word[:4])
        if issuer == 0 or word[12] > max(Why):
            raise EntryInvalid("the act names no issuer, or a reason without a code", field="related")
        return cls(issuer, int.from_bytes(word[4:8]), int.from_bytes(word[8:12]), Why(word[12]))
