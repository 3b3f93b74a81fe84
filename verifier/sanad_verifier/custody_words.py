"""The words of entries about what was seen of cargo (batches of readings, declared errors), and of the end of a hold
(docs/spec/entry.md).

Packing and unpacking are strict inverses, as in `words`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from sanad_verifier.words import (
    MAX_UINT16,
    MAX_UINT32,
    MAX_UINT64,
    EntryInvalid,
    WordInvalid,
    must_be_word,
    must_be_zero,
    number_bytes,
)

DEVICE = "DEVICE"
"""The type under which devices are registered."""
KEY_SIZE = 20
WORD = 32


class Mistake(IntEnum):
    """What is wrong with an entry, as EPCIS tells errors apart (CBV 2.0, 7.5)."""

    DID_NOT_OCCUR = 1
    INCORRECT_DATA = 2


@dataclass(frozen=True, slots=True)
class LiftWords:
    """The two words of the end of a hold: whose hold it was, why it ends, and the digest of the court order on which it
    ends, empty for none. Without an order `related` is the number of the holder and `data` the reason; with one the
    reason stands before the holder in `related`, and `data` is the order.
    """

    holder: int
    reason: int
    order: bytes = b""

    def pack(self) -> tuple[bytes, bytes]:
        """`related` and `data`; `WordInvalid` names what does not fit."""
        if not self.reason:
            raise WordInvalid("the act gives no reason", field="reason")
        holder = number_bytes(self.holder, MAX_UINT32, "holder")
        reason = number_bytes(self.reason, MAX_UINT16, "reason")
        if not self.order:
            return holder.rjust(WORD, b"\0"), reason.rjust(WORD, b"\0")
        if len(self.order) != WORD or not any(self.order[:-2]):
            raise WordInvalid("a court order is named by its digest", field="order")
        return (reason + holder).rjust(WORD, b"\0"), self.order

    @classmethod
    def unpack(cls, related: bytes, data: bytes) -> Self:
        """What two words say; `EntryInvalid` if they do not."""
        must_be_word(related, "related")
        must_be_word(data, "data")
        order = data if any(data[:-2]) else b""  # no digest is that small
        reason = related[26:28] if order else data[30:]
        must_be_zero(related[: 26 if order else 28], "related")
        if not any(reason):
            raise EntryInvalid("the act gives no reason", field="related" if order else "data")
        return cls(int.from_bytes(related[28:]), int.from_bytes(reason), order)


@dataclass(frozen=True, slots=True)
class ReadingsWord:
    """The data word of a batch of readings: whose, the number of the batch, and of its readings."""

    device: bytes
    sequence: int
    count: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        if len(self.device) != KEY_SIZE or not any(self.device):
            raise WordInvalid("a device is named by its address", field="device")
        if not self.sequence or not self.count:
            raise WordInvalid("batches are numbered from 1, and none is empty", field="sequence")
        numbers = (("sequence", self.sequence), ("count", self.count))
        return (
            self.device
            + b"".join(number_bytes(value, MAX_UINT32, name) for name, value in numbers)
            + bytes(4)
        )

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The batch in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[28:], "data")
        found = cls(word[:20], int.from_bytes(word[20:24]), int.from_bytes(word[24:28]))
        if not any(found.device) or not found.sequence or not found.count:
            raise EntryInvalid("a batch names its device, its number and how many readings", field="data")
        return found


@dataclass(frozen=True, slots=True)
class MistakeWord:
    """The related word of a declared error: which entry, and what is wrong with it."""

    entry: int
    mistake: Mistake

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        number = number_bytes(self.entry, MAX_UINT64, "entry")
        return bytes(22) + int(self.mistake).to_bytes(2) + number

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The error in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "related")
        must_be_zero(word[:22], "related")
        try:
            return cls(int.from_bytes(word[24:]), Mistake(int.from_bytes(word[22:24])))
        except ValueError as error:
            raise EntryInvalid("an error is of a kind this version does not know", field="related") from error
