"""Entries: what one accepted act is, byte for byte (docs/spec/entry.md).

Encoding and decoding are strict inverses: bytes that decode encode to themselves, and everything else is
refused. A decoder also refuses what this version has no meaning for: it is older than whoever wrote it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from sanad_verifier.codes import Condition, Reason, reason_words
from sanad_verifier.custody_words import DEVICE, LiftWords, MistakeWord, ReadingsWord
from sanad_verifier.drawdown_words import AmendWord, DrawWord, Measure, OpenWord, ReturnWord
from sanad_verifier.register_words import (
    MOST_PARENTS,
    EnteredWord,
    ParentWord,
    PolicyParent,
    PolicyRules,
)
from sanad_verifier.stages import StageWord
from sanad_verifier.title_words import TitleTerms, TitleWord
from sanad_verifier.words import (
    MAX_UINT16,
    MAX_UINT32,
    MAX_UINT64,
    SEAL_SIZE,
    WORD,
    EntryInvalid,
    FormationWord,
    KeyWord,
    StatusWord,
    Terms,
    TermsInvalid,
    Window,
    WordInvalid,
)

__all__ = [
    "ENTRY_SIZE",
    "LEAF_SIZE",
    "MAX_UINT32",
    "MAX_UINT64",
    "SEAL_SIZE",
    "TYPED",
    "WORD",
    "AmendWord",
    "BatchLeaf",
    "Condition",
    "DrawWord",
    "EnteredWord",
    "Entry",
    "EntryInvalid",
    "FormationWord",
    "KeyWord",
    "Kind",
    "Measure",
    "MistakeWord",
    "OpenWord",
    "ParentWord",
    "PolicyParent",
    "PolicyRules",
    "ReadingsWord",
    "Reason",
    "ReturnWord",
    "StatusWord",
    "Terms",
    "TermsInvalid",
    "TitleTerms",
    "TitleWord",
    "Window",
    "WordInvalid",
    "decode_entry",
    "encode_entry",
    "entry_bytes",
    "reason_words",
]

ENTRY_SIZE = 224
LEAF_SIZE = 96
KEY_SIZE = 20
_ZERO = bytes(WORD)
_NAME = re.compile(rb"(?=.{32}\Z)[A-Z][A-Z0-9_]{0,30}\0+", re.DOTALL)
_CODE = re.compile(rb"(?=.{32}\Z)[A-Z0-9][A-Z0-9-]{0,30}\0+", re.DOTALL)


class Kind(IntEnum):
    """Which act an entry records."""

    ISSUE = 1
    ISSUE_BATCH = 2
    SUSPEND = 3
    REINSTATE = 4
    SUPERSEDE = 5
    REVOKE = 6
    ENTER = 7
    PARENT = 8
    CONSUME = 9
    WITHDRAW = 10
    OPEN = 11
    DRAW = 12
    RETURN = 13
    RELEASE = 14
    AMEND = 15
    REGISTER = 16
    SHIP = 17
    RECEIVE = 18
    REFUSE = 19
    HOLD = 20
    LIFT = 21
    RECALL = 22
    OBSERVE = 23
    OBSERVE_BATCH = 24
    DEVICE = 25
    DEVICE_CLOSED = 26
    ERROR_DECLARED = 27
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
    POLICY = 42
    POLICY_PARENT = 43
    SUCCESSION = 44
    STAGE = 45
    MEMBER = 48
    MEMBER_REMOVED = 49
    THRESHOLD = 50
    PROPOSED = 51
    APPROVED = 52
    EXECUTED = 53
    CONTRACT = 54
    COSIGNING_KEY = 55
    NETWORK = 56
    TITLE = 64
    TRANSFER = 65
    ENDORSE = 66
    ENDORSE_TO_ORDER = 67
    BLANK_ENDORSE = 68
    SIGN = 69
    HAND_BACK = 70
    ACCEPT = 71
    REJECT = 72
    RETRACT = 73
    PLEDGE = 74
    UNPLEDGE = 75
    SURRENDER_FOR_DELIVERY = 76
    SURRENDER_FOR_AMENDMENT = 77
    SACC = 78
    SREJ = 79


_BETWEEN, _BEFORE_TIME = bytes(8), bytes(24)  # a key and a formation share a word; a time has the end of one
TYPED = frozenset(
    {
        *range(1, 32),
        Kind.FORMATION,
        Kind.SCOPE,
        Kind.POLICY,
        Kind.POLICY_PARENT,
        Kind.STAGE,
        *range(Kind.TITLE, 80),
    }
)
"""Kinds whose entries name a type."""


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


@dataclass(frozen=True, slots=True)
class BatchLeaf:
    """The words of one document in a batch: what its single ISSUE entry would carry."""

    subject: bytes
    related: bytes
    data: bytes

    def encode(self) -> bytes:
        """The 96 bytes of the leaf."""
        if not len(self.subject) == len(self.related) == len(self.data) == WORD:
            raise WordInvalid("a word has 32 bytes", field="leaf")
        if self.subject == _ZERO:
            raise WordInvalid("a digest is missing", field="subject")
        return self.subject + self.related + self.data

    @classmethod
    def decode(cls, raw: bytes) -> "BatchLeaf":
        """The leaf in 96 bytes."""
        if len(raw) != LEAF_SIZE:
            raise EntryInvalid("a batch leaf has 96 bytes", field="leaf")
        if raw.startswith(_ZERO):
            raise EntryInvalid("a digest is missing", field="subject")
        return cls(raw[:32], raw[32:64], raw[64:])


def encode_entry(entry: Entry) -> bytes:
    """The 224 bytes of an entry; `WordInvalid` if there is no such entry."""
    try:
        raw = entry_bytes(entry)
    except (OverflowError, UnicodeEncodeError) as error:
        raise WordInvalid("a value does not fit its word", field="entry") from error
    try:
        same = decode_entry(raw) == entry
    except EntryInvalid as error:
        raise WordInvalid(error.message, field=error.field) from error
    if not same:
        raise WordInvalid("a value does not fit its word", field="entry")
    return raw


def entry_bytes(entry: Entry) -> bytes:
    """The bytes of an entry whose words were checked, such as one that was decoded. Of any other `encode_entry` makes
    them, or refuses.
    """
    return b"".join(
        (
            entry.kind.to_bytes(WORD),
            entry.key,
            _BETWEEN,
            entry.formation.to_bytes(4),
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
    form = _FORM_OF.get(raw[:WORD])
    if form is None:
        raise EntryInvalid("the entry is of a kind this version does not know", field="kind")
    if raw[52:60] != _BETWEEN:
        raise EntryInvalid("bytes that must be zero are not", field="by")
    if raw[192:216] != _BEFORE_TIME:
        raise EntryInvalid("the time is beyond its range", field="time")
    entry = Entry(
        form.kind,
        raw[32:52],
        int.from_bytes(raw[60:64]),
        _doc_type(form.typed, raw[64:96]),
        raw[96:128],
        raw[128:160],
        raw[160:192],
        int.from_bytes(raw[216:]),
    )
    for check, field in form.checks:
        check(entry, getattr(entry, field), field)
    return entry


def _doc_type(typed: bool, word: bytes) -> str:
    if not typed:
        if word != _ZERO:
            raise EntryInvalid("this kind of entry names no type", field="docType")
        return ""
    if not _NAME.fullmatch(word):
        raise EntryInvalid("the type's name is malformed", field="docType")
    return word.rstrip(b"\0").decode("ascii")


# -- what the words of each kind may hold --------------------------------------------------------------------------

_Checking = Callable[[Entry, bytes, str], None]
_Check = _Checking | None
_ANY: _Check = None


def _zero(_entry: Entry, word: bytes, field: str) -> None:
    if word != _ZERO:
        raise EntryInvalid("a word that must be zero is not", field=field)


def _not_zero(_entry: Entry, word: bytes, field: str) -> None:
    if word == _ZERO:
        raise EntryInvalid("a digest is missing", field=field)


def _fits(bits: int) -> Callable[[Entry, bytes, str], None]:
    def check(_entry: Entry, word: bytes, field: str) -> None:
        if any(word[: WORD - bits // 8]):
            raise EntryInvalid("a number is beyond its range", field=field)

    return check


def _count(_entry: Entry, word: bytes, field: str) -> None:
    if not 1 <= int.from_bytes(word) <= MAX_UINT32:
        raise EntryInvalid("a batch has between 1 and 2^32-1 leaves", field=field)


def _reason(_entry: Entry, word: bytes, field: str) -> None:
    if not 1 <= int.from_bytes(word) <= MAX_UINT16:
        raise EntryInvalid("the act gives no reason", field=field)


def _lifted(entry: Entry, word: bytes, _field: str) -> None:
    LiftWords.unpack(entry.related, word)


def _status(_entry: Entry, word: bytes, _field: str) -> None:
    StatusWord.unpack(word)


def _terms(entry: Entry, word: bytes, field: str) -> None:
    taker = Terms.unpack(word).taker
    named = {
        Kind.REGISTER: taker == 0,
        Kind.SHIP: taker != 0,
        Kind.RECEIVE: taker == entry.formation,
        Kind.REFUSE: taker == entry.formation,
        Kind.OBSERVE: taker == 0,
    }
    if not named[entry.kind]:
        raise EntryInvalid("the terms name the wrong taker", field=field)


def _window(_entry: Entry, word: bytes, _field: str) -> None:
    Window.unpack(word)


def _stage(_entry: Entry, word: bytes, _field: str) -> None:
    StageWord.unpack(word)


def _successor(entry: Entry, word: bytes, field: str) -> None:
    if not 1 <= int.from_bytes(word) <= MAX_UINT32 or word == entry.subject:
        raise EntryInvalid("a formation gives way to another one", field=field)


def _gives_way(_entry: Entry, word: bytes, field: str) -> None:
    if not 1 <= int.from_bytes(word) <= MAX_UINT32:
        raise EntryInvalid("a number is beyond its range", field=field)


def _formation_word(_entry: Entry, word: bytes, _field: str) -> None:
    FormationWord.unpack(word)


def _key_word(_entry: Entry, word: bytes, _field: str) -> None:
    KeyWord.unpack(word)


def _entered(_entry: Entry, word: bytes, _field: str) -> None:
    EnteredWord.unpack(word)


def _parent(_entry: Entry, word: bytes, _field: str) -> None:
    ParentWord.unpack(word)


def _rules(entry: Entry, word: bytes, field: str) -> None:
    """The word zero, with no kinds beside it, takes a policy away."""
    if word == _ZERO:
        if any(entry.related) or any(entry.data):
            raise EntryInvalid("a policy that is taken away says nothing", field=field)
        return
    if PolicyRules.unpack(word).version == 0 or entry.related == _ZERO:
        raise EntryInvalid("a policy has a version, and issuers", field=field)


def _policy_parent(_entry: Entry, word: bytes, _field: str) -> None:
    PolicyParent.unpack(word)


def _place(_entry: Entry, word: bytes, field: str) -> None:
    if any(word[:24]) or int.from_bytes(word[28:]) >= MOST_PARENTS:
        raise EntryInvalid("a number is beyond its range", field=field)


def _approver(_entry: Entry, word: bytes, field: str) -> None:
    if any(word[KEY_SIZE:]):
        raise EntryInvalid("bytes that must be zero are not", field=field)


def _readings(_entry: Entry, word: bytes, _field: str) -> None:
    ReadingsWord.unpack(word)


def _mistake(_entry: Entry, word: bytes, _field: str) -> None:
    MistakeWord.unpack(word)


def _device(entry: Entry, word: bytes, field: str) -> None:
    if entry.doc_type != DEVICE:
        raise EntryInvalid("a device is named by another type", field="docType")
    _ADDRESS(entry, word, field)
    _not_zero(entry, word, field)


def _opened(_entry: Entry, word: bytes, _field: str) -> None:
    OpenWord.unpack(word)


def _drawn(_entry: Entry, word: bytes, _field: str) -> None:
    DrawWord.unpack(word)


def _returned(_entry: Entry, word: bytes, _field: str) -> None:
    ReturnWord.unpack(word)


def _amended(_entry: Entry, word: bytes, _field: str) -> None:
    AmendWord.unpack(word)


def _title_terms(_entry: Entry, word: bytes, _field: str) -> None:
    TitleTerms.unpack(word)


def _title(entry: Entry, word: bytes, field: str) -> None:
    """An act names another party, except where there is none; who is entitled, where that changes; and a reason of
    DCSA's only where it has one.
    """
    told = TitleWord.unpack(word)
    kind = entry.kind
    if (told.party == 0) != (kind is Kind.SIGN):
        raise EntryInvalid("the act names no other party, or one too many", field=field)
    if kind in {Kind.ENDORSE, Kind.ENDORSE_TO_ORDER} and told.entitled == 0:
        raise EntryInvalid("the endorsement names nobody", field=field)
    if told.entitled and kind not in _ENTITLE:
        raise EntryInvalid("the act entitles nobody", field=field)
    if told.why and kind is not Kind.SURRENDER_FOR_AMENDMENT:
        raise EntryInvalid("the act has no such reason", field=field)


_ENTITLE = {Kind.TRANSFER, Kind.ENDORSE, Kind.ENDORSE_TO_ORDER, Kind.HAND_BACK, Kind.ACCEPT}


def _named(pattern: re.Pattern[bytes]) -> Callable[[Entry, bytes, str], None]:
    def check(_entry: Entry, word: bytes, field: str) -> None:
        if not pattern.fullmatch(word):
            raise EntryInvalid("a name is malformed", field=field)

    return check


_ADDRESS, _UINT32, _UINT64 = _fits(160), _fits(32), _fits(64)

_FORMS: dict[Kind, tuple[_Check, _Check, _Check]] = {
    Kind.ISSUE: (_not_zero, _ANY, _ANY),
    Kind.ISSUE_BATCH: (_not_zero, _ANY, _count),
    Kind.SUSPEND: (_not_zero, _zero, _status),
    Kind.REINSTATE: (_not_zero, _zero, _status),
    Kind.SUPERSEDE: (_not_zero, _not_zero, _status),
    Kind.REVOKE: (_not_zero, _zero, _status),
    Kind.ENTER: (_not_zero, _ANY, _entered),
    Kind.PARENT: (_not_zero, _not_zero, _parent),
    Kind.CONSUME: (_not_zero, _ANY, _UINT32),
    Kind.WITHDRAW: (_not_zero, _zero, _approver),
    Kind.OPEN: (_not_zero, _not_zero, _opened),
    Kind.DRAW: (_not_zero, _not_zero, _drawn),
    Kind.RETURN: (_not_zero, _not_zero, _returned),
    Kind.RELEASE: (_not_zero, _not_zero, _UINT32),
    Kind.AMEND: (_not_zero, _zero, _amended),
    Kind.REGISTER: (_ANY, _terms, _ANY),
    Kind.SHIP: (_ANY, _terms, _ANY),
    Kind.RECEIVE: (_ANY, _terms, _ANY),
    Kind.REFUSE: (_ANY, _terms, _ANY),
    Kind.HOLD: (_ANY, _ANY, _reason),
    Kind.LIFT: (_ANY, _ANY, _lifted),
    Kind.RECALL: (_ANY, _zero, _reason),
    Kind.OBSERVE: (_ANY, _terms, _ANY),
    Kind.OBSERVE_BATCH: (_ANY, _not_zero, _readings),
    Kind.DEVICE: (_device, _ANY, _window),
    Kind.DEVICE_CLOSED: (_device, _zero, _reason),
    Kind.ERROR_DECLARED: (_ANY, _mistake, _ANY),
    Kind.FORMATION: (_UINT32, _named(_CODE), _formation_word),
    Kind.FORMATION_SUSPENDED: (_UINT32, _zero, _reason),
    Kind.FORMATION_REINSTATED: (_UINT32, _zero, _reason),
    Kind.FORMATION_CLOSED: (_UINT32, _zero, _UINT64),
    Kind.KEY: (_ADDRESS, _ANY, _key_word),
    Kind.KEY_SUSPENDED: (_ADDRESS, _zero, _reason),
    Kind.KEY_REINSTATED: (_ADDRESS, _zero, _reason),
    Kind.KEY_COMPROMISED: (_ADDRESS, _zero, _UINT64),
    Kind.KEY_CLOSED: (_ADDRESS, _zero, _UINT64),
    Kind.SCOPE: (_UINT32, _UINT64, _window),
    Kind.POLICY: (_rules, _ANY, _ANY),
    Kind.POLICY_PARENT: (_policy_parent, _zero, _place),
    Kind.SUCCESSION: (_gives_way, _successor, _UINT64),
    Kind.STAGE: (_not_zero, _not_zero, _stage),
    Kind.MEMBER: (_ADDRESS, _ANY, _UINT32),
    Kind.MEMBER_REMOVED: (_ADDRESS, _zero, _UINT32),
    Kind.THRESHOLD: (_UINT64, _zero, _UINT64),
    Kind.PROPOSED: (_ANY, _ADDRESS, _UINT64),
    Kind.APPROVED: (_ANY, _zero, _UINT64),
    Kind.EXECUTED: (_ANY, _zero, _UINT64),
    Kind.CONTRACT: (_ADDRESS, _ANY, _named(_NAME)),
    Kind.COSIGNING_KEY: (_ADDRESS, _ANY, _UINT64),
    Kind.NETWORK: (_ANY, _zero, _UINT64),
    Kind.TITLE: (_not_zero, _not_zero, _title_terms),
    Kind.TRANSFER: (_not_zero, _title, _ANY),
    Kind.ENDORSE: (_not_zero, _title, _ANY),
    Kind.ENDORSE_TO_ORDER: (_not_zero, _title, _ANY),
    Kind.BLANK_ENDORSE: (_not_zero, _title, _ANY),
    Kind.SIGN: (_not_zero, _title, _ANY),
    Kind.HAND_BACK: (_not_zero, _title, _ANY),
    Kind.ACCEPT: (_not_zero, _title, _ANY),
    Kind.REJECT: (_not_zero, _title, _reason),
    Kind.RETRACT: (_not_zero, _title, _reason),
    Kind.PLEDGE: (_not_zero, _title, _ANY),
    Kind.UNPLEDGE: (_not_zero, _title, _ANY),
    Kind.SURRENDER_FOR_DELIVERY: (_not_zero, _title, _ANY),
    Kind.SURRENDER_FOR_AMENDMENT: (_not_zero, _title, _ANY),
    Kind.SACC: (_not_zero, _title, _ANY),
    Kind.SREJ: (_not_zero, _title, _reason),
}
"""Checks of subject, related and data, in that order: the tables of docs/spec/entry.md."""


class _Form(NamedTuple):
    """How entries of a kind are read: whether they name a type, and what is checked of which word."""

    kind: Kind
    typed: bool
    checks: tuple[tuple[_Checking, str], ...]


_FORM_OF = {
    kind.to_bytes(WORD): _Form(
        kind,
        kind in TYPED,
        tuple(
            (check, field)
            for check, field in zip(checks, ("subject", "related", "data"), strict=True)
            if check is not None
        ),
    )
    for kind, checks in _FORMS.items()
}
"""By the word that an entry begins with: every entry of a log is read by it."""
