"""The 32-byte words of draw-downs (docs/spec/entry.md): what an instrument counts, and masked amounts of it.

As those of `words`: packing and unpacking are strict inverses. An amount here is the masked number as it stands on the
chain, 176 bits; what it means takes the network key, which a verifier does not have.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from sanad_verifier.words import (
    MAX_UINT16,
    EntryInvalid,
    WordInvalid,
    must_be_word,
    must_be_zero,
    number_bytes,
)

AMOUNT_BITS = 176
MAX_AMOUNT = 2**AMOUNT_BITS - 1
MAX_UINT40 = 2**40 - 1
MOST_DECIMALS = 9
_AMOUNT = AMOUNT_BITS // 8
_CODE = re.compile(rb"[A-Z0-9]{2}(?:[A-Z0-9]|\0)")


class Counts(IntEnum):
    """What a measure is a code of."""

    CURRENCY = 1
    UNIT = 2


@dataclass(frozen=True, slots=True)
class Measure:
    """What an instrument counts: a currency (ISO 4217) or a unit (UN/ECE Recommendation 20), in steps of its last
    decimal.
    """

    counts: Counts
    decimals: int
    code: str

    def pack(self) -> bytes:
        """Its 4 bytes; `WordInvalid` names what does not fit."""
        code = self.code.encode("ascii", "replace").ljust(3, b"\0")
        if not _CODE.fullmatch(code):
            raise WordInvalid("a currency or unit is a code of two or three characters", field="code")
        if not 0 <= self.decimals <= MOST_DECIMALS:
            raise WordInvalid(f"a measure has at most {MOST_DECIMALS} decimals", field="decimals")
        return bytes((int(self.counts) << 4 | self.decimals,)) + code

    @classmethod
    def unpack(cls, part: bytes, field: str = "data") -> Self:
        """The measure in 4 bytes; `EntryInvalid` if it is none."""
        counts, decimals = part[0] >> 4, part[0] & 15
        if counts not in set(Counts) or decimals > MOST_DECIMALS or not _CODE.fullmatch(part[1:]):
            raise EntryInvalid("the amount is of a measure that this version does not know", field=field)
        return cls(Counts(counts), decimals, part[1:].rstrip(b"\0").decode("ascii"))


@dataclass(frozen=True, slots=True)
class OpenWord:
    """The data word of an `OPEN` entry. `expires` in seconds."""

    total: int
    measure: Measure
    expires: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        expires = number_bytes(self.expires, MAX_UINT40, "expires")
        return _amount_bytes(self.total, "total") + self.measure.pack() + b"\0" + expires

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """What is in a word; `EntryInvalid` if it is none."""
        total = _amount(word)
        must_be_zero(word[26:27], "data")
        return cls(total, Measure.unpack(word[22:26]), int.from_bytes(word[27:]))


@dataclass(frozen=True, slots=True)
class DrawWord:
    """The data word of a `DRAW` entry. `instrument` is its number, by order of opening, from 1."""

    amount: int
    measure: Measure
    instrument: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        return _amount_bytes(self.amount) + self.measure.pack() + b"\0" + _instrument_bytes(self.instrument)

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """What is in a word; `EntryInvalid` if it is none."""
        amount = _amount(word)
        must_be_zero(word[26:27], "data")
        return cls(amount, Measure.unpack(word[22:26]), _instrument(word[27:]))


@dataclass(frozen=True, slots=True)
class ReturnWord:
    """The data word of a `RETURN` entry: the whole of what was drawn, and why it goes back."""

    amount: int
    reason: int
    instrument: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        if self.reason == 0:
            raise WordInvalid("a reason is missing", field="reason")
        reason = number_bytes(self.reason, MAX_UINT16, "reason")
        return _amount_bytes(self.amount) + bytes(3) + reason + _instrument_bytes(self.instrument)

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """What is in a word; `EntryInvalid` if it is none."""
        amount = _amount(word)
        must_be_zero(word[22:25], "data")
        reason = int.from_bytes(word[25:27])
        if reason == 0:
            raise EntryInvalid("the act gives no reason", field="data")
        return cls(amount, reason, _instrument(word[27:]))


@dataclass(frozen=True, slots=True)
class AmendWord:
    """The data word of an `AMEND` entry: the total and expiry that hold from now on."""

    total: int
    instrument: int
    expires: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        expires = number_bytes(self.expires, MAX_UINT40, "expires")
        return _amount_bytes(self.total, "total") + _instrument_bytes(self.instrument) + expires

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """What is in a word; `EntryInvalid` if it is none."""
        return cls(_amount(word), _instrument(word[22:27]), int.from_bytes(word[27:]))


def _amount_bytes(amount: int, field: str = "amount") -> bytes:
    if amount == 0:
        raise WordInvalid("an amount is missing", field=field)
    return number_bytes(amount, MAX_AMOUNT, field)


def _amount(word: bytes) -> int:
    must_be_word(word, "data")
    amount = int.from_bytes(word[:_AMOUNT])
    if amount == 0:
        raise EntryInvalid("an amount is missing", field="data")
    return amount


def _instrument_bytes(instrument: int) -> bytes:
    if instrument == 0:
        raise WordInvalid("instruments are numbered from 1", field="instrument")
    return number_bytes(instrument, MAX_UINT40, "instrument")


def _instrument(part: bytes) -> int:
    number = int.from_bytes(part)
    if number == 0:
        raise EntryInvalid("instruments are numbered from 1", field="data")
    return number
