"""The 32-byte words inside entries that have a form of their own (docs/spec/entry.md).

Packing and unpacking are strict inverses: what does not fit is refused by `WordInvalid`, whichever way.
"""

import re
from dataclasses import dataclass
from typing import Self

from sanad_verifier.codes import Condition
from sanad_verifier.errors import EvidenceError, InputError

WORD = 32
SEAL_SIZE = 12
MAX_UINT16 = 2**16 - 1
MAX_UINT32 = 2**32 - 1
MAX_UINT64 = 2**64 - 1
_PLACE = re.compile(rb"[A-Z]{2}[A-Z2-9]{3}|\0{5}")


class EntryInvalid(EvidenceError):
    """Bytes that are no entry of this version."""

    code = "ENTRY_INVALID"


class TermsInvalid(InputError):
    """The terms of a hand-over do not fit their word."""

    code = "TERMS_INVALID"


class WordInvalid(InputError):
    """A value does not fit its place in a word."""

    code = "WORD_INVALID"


def must_be_zero(part: bytes, field: str) -> None:
    if any(part):
        raise EntryInvalid("bytes that must be zero are not", field=field)


def must_be_word(word: bytes, field: str) -> None:
    if len(word) != WORD:
        raise EntryInvalid("a word has 32 bytes", field=field)


def number_bytes(value: int, largest: int, field: str, refusal: type[InputError] = WordInvalid) -> bytes:
    if not 0 <= value <= largest:
        raise refusal("the number is out of range", field=field)
    return value.to_bytes(largest.bit_length() // 8)


@dataclass(frozen=True, slots=True)
class StatusWord:
    """The data word of a status act: whose document (the issuing formation), and why."""

    issuer: int
    reason: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        if self.reason == 0:
            raise WordInvalid("a reason is missing", field="reason")
        issuer = number_bytes(self.issuer, MAX_UINT32, "issuer")
        return bytes(24) + issuer + bytes(2) + number_bytes(self.reason, MAX_UINT16, "reason")

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The status in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[:24] + word[28:30], "data")
        reason = int.from_bytes(word[30:])
        if reason == 0:
            raise EntryInvalid("the act gives no reason", field="data")
        return cls(int.from_bytes(word[24:28]), reason)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms word of a custody act. `place` is a UN/LOCODE or empty; `seal` a 12-byte mark, zero for
    none.
    """

    taker: int
    place: str
    condition: Condition
    quantity: int
    seal: bytes

    def pack(self) -> bytes:
        """The 32-byte word; `TermsInvalid` names what does not fit."""
        place = self.place.encode("utf-8", "replace").ljust(5, b"\0")
        if not _PLACE.fullmatch(place):
            raise TermsInvalid(
                "a place is a UN/LOCODE: two letters and three letters or digits 2-9", field="place"
            )
        if self.condition not in set(Condition):
            raise TermsInvalid("the goods are in no condition that has a code", field="condition")
        if len(self.seal) != SEAL_SIZE:
            raise TermsInvalid("a seal mark has 12 bytes", field="seal")
        return b"".join(
            (
                number_bytes(self.taker, MAX_UINT32, "taker", TermsInvalid),
                place,
                int(self.condition).to_bytes(1),
                number_bytes(self.quantity, MAX_UINT64, "quantity", TermsInvalid),
                self.seal,
                bytes(2),
            )
        )

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The terms in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "related")
        must_be_zero(word[30:], "related")
        if not _PLACE.fullmatch(word[4:9]):
            raise EntryInvalid("the terms name a malformed place", field="related")
        try:
            condition = Condition(word[9])
        except ValueError as error:
            raise EntryInvalid("the terms state an unknown condition", field="related") from error
        place = word[4:9].rstrip(b"\0").decode("ascii")
        return cls(int.from_bytes(word[:4]), place, condition, int.from_bytes(word[10:18]), word[18:30])


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when something is valid, [start, end) in seconds; an end of 0 means no end."""

    start: int
    end: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        return (
            bytes(16)
            + number_bytes(self.start, MAX_UINT64, "from")
            + number_bytes(self.end, MAX_UINT64, "to")
        )

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The window in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[:16], "data")
        return cls(int.from_bytes(word[16:24]), int.from_bytes(word[24:]))

    def holds(self, time: int) -> bool:
        """Whether the window is open at a time."""
        return self.start <= time and (self.end == 0 or time < self.end)


@dataclass(frozen=True, slots=True)
class KeyWord:
    """The data word of a `KEY` entry: the formation the key acts for, and when."""

    formation: int
    window: Window

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        return bytes(12) + number_bytes(self.formation, MAX_UINT32, "formation") + self.window.pack()[16:]

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The key's formation and window in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[:12], "data")
        return cls(int.from_bytes(word[12:16]), Window.unpack(bytes(16) + word[16:]))


@dataclass(frozen=True, slots=True)
class FormationWord:
    """The data word of a `FORMATION` entry: parent and predecessor (0 for none), and when it may act."""

    parent: int
    predecessor: int
    window: Window

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        parent, predecessor = (
            number_bytes(self.parent, MAX_UINT32, "parent"),
            number_bytes(self.predecessor, MAX_UINT32, "predecessor"),
        )
        return bytes(8) + parent + predecessor + self.window.pack()[16:]

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """A formation's place and window in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[:8], "data")
        parent, predecessor = int.from_bytes(word[8:12]), int.from_bytes(word[12:16])
        return cls(parent, predecessor, Window.unpack(bytes(16) + word[16:]))
