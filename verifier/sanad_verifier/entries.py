"""Entries: what one accepted act is, byte for byte (docs/spec/entry.md).

Encoding and decoding are strict inverses: bytes that decode encode to themselves, and everything else is
refused.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from sanad_verifier.errors import EvidenceError, InputError

ENTRY_SIZE = 224
LEAF_SIZE = 96
WORD = 32
_ZERO = bytes(WORD)
_TYPE = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
_PLACE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
SEAL_SIZE = 12
MAX_UINT64 = 2**64 - 1
MAX_UINT32 = 2**32 - 1


class EntryInvalid(EvidenceError):
    """Bytes that are no entry of this version."""

    code = "ENTRY_INVALID"


class TermsInvalid(InputError):
    """The terms of a hand-over do not fit their word."""

    code = "TERMS_INVALID"


class Kind(IntEnum):
    """Which act an entry records."""

    ISSUE = 1
    ISSUE_BATCH = 2
    SUSPEND = 3
    REINSTATE = 4
    SUPERSEDE = 5
    REVOKE = 6
    REGISTER = 16
    SHIP = 17
    RECEIVE = 18
    REFUSE = 19
    HOLD = 20
    LIFT = 21
    RECALL = 22
    FORMATION = 32
    FORMATION_SUSPENDED = 33
    FORMATION_REINSTATED = 34
    FORMATION_CLOSED = 35
    KEY = 36
    KEY_SUSPENDED = 37
    KEY_REINSTATED = 38
    KEY_COMPROMISED = 39
    KEY_CLOSED = 40
    SCOPE = 41
    MEMBER = 48
    MEMBER_REMOVED = 49
    THRESHOLD = 50
    PROPOSED = 51
    APPROVED = 52
    EXECUTED = 53
    CONTRACT = 54
    COSIGNING_KEY = 55
    NETWORK = 56


TYPED = {*range(1, 32), Kind.FORMATION, Kind.SCOPE}
"""Kinds whose entries name a type."""


class Condition(IntEnum):
    """What state the goods were found in."""

    NOT_STATED = 0
    GOOD = 1
    DAMAGED = 2
    SHORT = 3
    EXCESS = 4
    SEAL_BROKEN = 5
    SEAL_CHANGED = 6
    WRONG_GOODS = 7


class Reason(IntEnum):
    """Why an act was done."""

    ISSUED_IN_ERROR = 1
    DATA_CORRECTED = 2
    FRAUD = 3
    COURT_ORDER = 4
    KEY_COMPROMISE = 5
    CANCELLED_AT_HOLDERS_REQUEST = 6
    GOODS_NOT_SHIPPED = 7
    DUPLICATE = 8
    UNDER_INQUIRY = 9
    INQUIRY_CLOSED = 10
    LOST_OR_STOLEN_PAPER = 11
    AMENDED = 12
    CUSTOMS_EXAMINATION = 13
    DUTY_UNPAID = 14
    ORDER_VACATED = 15
    DUTY_PAID = 16
    TAKER_DID_NOT_COME = 17
    VEHICLE_BREAKDOWN = 18
    OFFICER_MOVED = 19


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `key` is the 20-byte address that acted, for `formation` (0 for the consortium's members);
    `time` in seconds.
    """

    kind: Kind
    key: bytes
    formation: int
    doc_type: str
    subject: bytes
    related: bytes
    data: bytes
    time: int


def encode_entry(entry: Entry) -> bytes:
    """The 224 bytes of an entry."""
    return b"".join(
        (
            int(entry.kind).to_bytes(WORD),
            entry.key + bytes(8) + entry.formation.to_bytes(4),
            entry.doc_type.encode("ascii").ljust(WORD, b"\0"),
            entry.subject,
            entry.related,
            entry.data,
            entry.time.to_bytes(WORD),
        )
    )


def decode_entry(raw: bytes) -> Entry:
    """The entry in 224 bytes; `EntryInvalid` for anything that this version could not have encoded."""
    if len(raw) != ENTRY_SIZE:
        raise EntryInvalid("an entry has 224 bytes", field="entry")
    code = int.from_bytes(raw[:WORD])
    try:
        kind = Kind(code)
    except ValueError as error:
        raise EntryInvalid("the entry is of a kind this version does not know", field="kind") from error
    if any(raw[52:60]):
        raise EntryInvalid("bytes that must be zero are not", field="by")
    time = int.from_bytes(raw[192:])
    if time > MAX_UINT64:
        raise EntryInvalid("the time is beyond its range", field="time")
    return Entry(
        kind,
        raw[32:52],
        int.from_bytes(raw[60:64]),
        _doc_type(kind, raw[64:96]),
        raw[96:128],
        raw[128:160],
        raw[160:192],
        time,
    )


def _doc_type(kind: Kind, word: bytes) -> str:
    name = word.rstrip(b"\0")
    if kind not in TYPED:
        if name:
            raise EntryInvalid("this kind of entry names no type", field="docType")
        return ""
    try:
        text = name.decode("ascii")
    except UnicodeDecodeError as error:
        raise EntryInvalid("the type's name is not ASCII", field="docType") from error
    if not _TYPE.fullmatch(text):
        raise EntryInvalid("the type's name is malformed", field="docType")
    return text


@dataclass(frozen=True, slots=True)
class BatchLeaf:
    """The words of one document in a batch: what its single ISSUE entry would carry."""

    subject: bytes
    related: bytes
    data: bytes

    def encode(self) -> bytes:
        return self.subject + self.related + self.data

    @classmethod
    def decode(cls, raw: bytes) -> "BatchLeaf":
        if len(raw) != LEAF_SIZE:
            raise EntryInvalid("a batch leaf has 96 bytes", field="leaf")
        return cls(raw[:32], raw[32:64], raw[64:])


@dataclass(frozen=True, slots=True)
class StatusWord:
    """The data word of a status act: whose document, and why."""

    issuer: int
    reason: int

    def pack(self) -> bytes:
        return self.issuer.to_bytes(28) + self.reason.to_bytes(4)

    @classmethod
    def unpack(cls, word: bytes) -> "StatusWord":
        if any(word[:24]) or any(word[28:30]):
            raise EntryInvalid("bytes that must be zero are not", field="data")
        return cls(int.from_bytes(word[24:28]), int.from_bytes(word[30:]))


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
        if self.place and not _PLACE.fullmatch(self.place):
            raise TermsInvalid(
                "a place is a UN/LOCODE: two letters and three letters or digits 2-9", field="place"
            )
        if not 0 <= self.quantity <= MAX_UINT64:
            raise TermsInvalid("the quantity is out of range", field="quantity")
        if not 0 <= self.taker <= MAX_UINT32:
            raise TermsInvalid("the taker is out of range", field="taker")
        if len(self.seal) != SEAL_SIZE:
            raise TermsInvalid("a seal mark has 12 bytes", field="seal")
        return b"".join(
            (
                self.taker.to_bytes(4),
                self.place.encode("ascii").ljust(5, b"\0"),
                int(self.condition).to_bytes(1),
                self.quantity.to_bytes(8),
                self.seal,
                bytes(2),
            )
        )

    @classmethod
    def unpack(cls, word: bytes) -> "Terms":
        """The terms in a word; `EntryInvalid` if it is none."""
        place = word[4:9].rstrip(b"\0").decode("ascii", "replace")
        if any(word[30:]) or (place and not _PLACE.fullmatch(place)):
            raise EntryInvalid("the terms are malformed", field="related")
        try:
            condition = Condition(word[9])
        except ValueError as error:
            raise EntryInvalid("the terms state an unknown condition", field="related") from error
        return cls(int.from_bytes(word[:4]), place, condition, int.from_bytes(word[10:18]), word[18:30])
