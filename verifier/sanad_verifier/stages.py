"""What was done with a declaration between filing and gate (docs/spec/entry.md, kind 45)."""

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


class Stage(IntEnum):
    """Stages that an entry of their own says. Out of charge (4) is said by `RELEASE`."""

    ASSESSED = 1
    PAID = 2
    EXAMINED = 3
    GATE_OUT = 5

    @property
    def words(self) -> str:
        """As people write it."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class StageWord:
    """The data word of a `STAGE` entry: the stage, and the number of the formation that issued the declaration."""

    stage: Stage
    issuer: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        if self.issuer == 0:
            raise WordInvalid("an issuer is missing", field="issuer")
        return bytes(27) + bytes([self.stage]) + number_bytes(self.issuer, MAX_UINT32, "issuer")

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """What is in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[:27], "data")
        issuer = int.from_bytes(word[28:])
        if issuer == 0:
            raise EntryInvalid("an issuer is missing", field="data")
        try:
            return cls(Stage(word[27]), issuer)
        except ValueError as error:
            raise EntryInvalid("the entry says a stage that there is not", field="data") from error
