"""The 32-byte words of policies and register entries (docs/spec/entry.md): who may enter a controlled document, what it
rests on, and what is on record of it.

As those of `words`: packing and unpacking are strict inverses.
"""

import re
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Self

from sanad_verifier.words import (
    MAX_UINT32,
    MAX_UINT64,
    WORD,
    EntryInvalid,
    Window,
    WordInvalid,
    must_be_word,
    must_be_zero,
    number_bytes,
)

MOST_PARENTS = 8
MOST_OUTCOMES = 4
ADDRESS = 20
KIND_BYTES = 8
KINDS_IN_WORD = 4
NOBODY = bytes(ADDRESS)


class Unique(IntEnum):
    """What only one document in force may have."""

    NOTHING = 0
    NUMBER_OF_ISSUER = 1
    NUMBER = 2
    THING = 3


class Frees(IntFlag):
    """What gives a number or a thing back."""

    SUPERSEDING = 1
    REVOKING = 2


class Two(IntFlag):
    """What a second officer has to approve."""

    TO_ENTER = 1
    TO_WITHDRAW = 2


class Condition(IntFlag):
    """How a parent has to be, besides on record and in force."""

    OF_ANOTHER = 1
    SAME_THING = 2
    CONSUMES = 4
    CONSUMED_BEFORE = 8


_NAME = re.compile(rb"[A-Z][A-Z0-9_]{0,30}")
_BOTH = Condition.CONSUMES | Condition.CONSUMED_BEFORE


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """The first word of a policy. `version` and `parents` are counted by the contract: zero in a proposal."""

    unique: Unique
    frees: Frees
    two: Two
    window: Window
    parents: int = 0
    version: int = 0

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        if not 0 <= self.parents <= MOST_PARENTS:
            raise WordInvalid(f"a policy names at most {MOST_PARENTS} parents", field="parents")
        if not (0 <= self.frees <= 3 and 0 <= self.two <= 3):
            raise WordInvalid("the policy makes a choice that has no code", field="rules")
        choices = bytes((int(self.unique), int(self.frees), int(self.two), self.parents))
        return (
            bytes(8) + choices + number_bytes(self.version, MAX_UINT32, "version") + self.window.pack()[16:]
        )

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The rules in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "subject")
        must_be_zero(word[:8], "subject")
        if word[8] > max(Unique) or word[9] > 3 or word[10] > 3 or word[11] > MOST_PARENTS:
            raise EntryInvalid("the policy makes a choice that this version does not know", field="subject")
        return cls(
            Unique(word[8]),
            Frees(word[9]),
            Two(word[10]),
            Window.unpack(bytes(16) + word[16:]),
            word[11],
            int.from_bytes(word[12:16]),
        )


@dataclass(frozen=True, slots=True)
class PolicyParent:
    """One document that those of a type rest on: its type, and how it has to be. No outcomes: any."""

    doc_type: str
    condition: Condition
    outcomes: tuple[int, ...] = ()

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        name = self.doc_type.encode("ascii", "replace")
        if not _NAME.fullmatch(name):
            raise WordInvalid("a type's name is A-Z, 0-9 and underscore, at most 31 characters", field="type")
        if self.condition & _BOTH == _BOTH:
            raise WordInvalid("a parent cannot be used up before and by the document", field="condition")
        if any(not 0 <= outcome < MOST_OUTCOMES for outcome in self.outcomes):
            raise WordInvalid(f"an outcome is a code below {MOST_OUTCOMES}", field="outcomes")
        mask = sum(1 << outcome for outcome in set(self.outcomes))
        return name.ljust(WORD - 1, b"\0") + bytes((mask << 4 | int(self.condition),))

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """The parent in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "subject")
        condition, outcomes = _wanted(word[31], "subject")
        name = word[:31].rstrip(b"\0")
        if not _NAME.fullmatch(name):
            raise EntryInvalid("a name is malformed", field="subject")
        return cls(name.decode("ascii"), condition, outcomes)


@dataclass(frozen=True, slots=True)
class EnteredWord:
    """The data word of an `ENTER` entry. `approver` is the second officer's key, 20 zero bytes for none."""

    approver: bytes
    outcome: int
    version: int
    parents: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        if len(self.approver) != ADDRESS:
            raise WordInvalid("a key's address has 20 bytes", field="approver")
        if not 0 <= self.outcome < MOST_OUTCOMES:
            raise WordInvalid(f"an outcome is a code below {MOST_OUTCOMES}", field="outcome")
        if not 0 <= self.parents <= MOST_PARENTS:
            raise WordInvalid(f"a policy names at most {MOST_PARENTS} parents", field="parents")
        version = number_bytes(self.version, MAX_UINT32, "version")
        return self.approver + bytes((self.outcome,)) + bytes(3) + version + self.parents.to_bytes(4)

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """What is in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[21:24], "data")
        parents = int.from_bytes(word[28:])
        if word[20] >= MOST_OUTCOMES or parents > MOST_PARENTS:
            raise EntryInvalid("a number is beyond its range", field="data")
        return cls(word[:ADDRESS], word[20], int.from_bytes(word[24:28]), parents)


@dataclass(frozen=True, slots=True)
class ParentWord:
    """The data word of a `PARENT` entry: how the policy wanted the parent, which ISSUE entry (its place in the log)
    rests on it, and which formation issued the parent.
    """

    condition: Condition
    outcomes: tuple[int, ...]
    child: int
    issuer: int

    def pack(self) -> bytes:
        """The 32-byte word; `WordInvalid` names what does not fit."""
        last = PolicyParent("X", self.condition, self.outcomes).pack()[31:]
        child, issuer = (
            number_bytes(self.child, MAX_UINT64, "child"),
            number_bytes(self.issuer, MAX_UINT32, "issuer"),
        )
        return bytes(15) + last + child + bytes(4) + issuer

    @classmethod
    def unpack(cls, word: bytes) -> Self:
        """What is in a word; `EntryInvalid` if it is none."""
        must_be_word(word, "data")
        must_be_zero(word[:15] + word[24:28], "data")
        condition, outcomes = _wanted(word[15], "data")
        return cls(condition, outcomes, int.from_bytes(word[16:24]), int.from_bytes(word[28:]))


def _wanted(code: int, field: str) -> tuple[Condition, tuple[int, ...]]:
    """The conditions and outcomes in a byte."""
    condition = Condition(code & 15)
    if condition & _BOTH == _BOTH:
        raise EntryInvalid("a parent cannot be used up before and by the document", field=field)
    return condition, tuple(outcome for outcome in range(MOST_OUTCOMES) if code >> (4 + outcome) & 1)


def pack_kinds(kinds: tuple[str, ...]) -> bytes:
    """Up to four kinds of formations as one word, each by its first eight characters."""
    if len(kinds) > KINDS_IN_WORD:
        raise WordInvalid(f"a policy names at most {KINDS_IN_WORD} kinds", field="kinds")
    parts = [kind.encode("ascii", "replace")[:KIND_BYTES].ljust(KIND_BYTES, b"\0") for kind in kinds]
    return b"".join(parts).ljust(WORD, b"\0")


def unpack_kinds(word: bytes) -> tuple[str, ...]:
    """The kinds in a word, as many of their characters as it keeps."""
    parts = (word[at : at + KIND_BYTES] for at in range(0, WORD, KIND_BYTES))
    return tuple(part.rstrip(b"\0").decode("ascii", "replace") for part in parts if any(part))
