"""Entries of every kind, and bytes that are none: the cases behind `tests/vectors/entries.json`."""

from dataclasses import replace

from sanad_verifier.codes import Condition as Goods
from sanad_verifier.codes import Reason
from sanad_verifier.custody_words import LiftWords, Mistake, MistakeWord, ReadingsWord
from sanad_verifier.drawdown_words import (
    AmendWord,
    Counts,
    DrawWord,
    Measure,
    OpenWord,
    ReturnWord,
)
from sanad_verifier.entries import (
    Entry,
    FormationWord,
    KeyWord,
    Kind,
    StatusWord,
    Terms,
    Window,
    encode_entry,
)
from sanad_verifier.register_words import (
    Condition,
    EnteredWord,
    Frees,
    ParentWord,
    PolicyParent,
    PolicyRules,
    Two,
    Unique,
    pack_kinds,
)
from sanad_verifier.stages import Stage, StageWord
from sanad_verifier.title_words import TitleTerms, TitleWord, Why

ZERO, DIGEST, OTHER = bytes(32), b"\x11" * 32, b"\x22" * 32
KEY = b"\xaa" * 20
TERMS = Terms(9, "PKKHI", Goods.GOOD, 120, b"\x07" * 12)
PACKED = TERMS.pack()
WINDOW = Window(1_700_000_000, 1_800_000_000)


def number(value: int) -> bytes:
    return value.to_bytes(32)


def name(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


ADDRESS = bytes(12) + b"\x33" * 20
STATUS = StatusWord(4, Reason.FRAUD).pack()
ENTERED = EnteredWord(b"\x44" * 20, 1, 2, 3)
PARENT = ParentWord(Condition.OF_ANOTHER | Condition.SAME_THING, (1,), 77, 5)
RULES = PolicyRules(Unique.THING, Frees.REVOKING, Two.TO_ENTER | Two.TO_WITHDRAW, WINDOW, 1, 2)
WANTED = PolicyParent("SEIZURE_REPORT", Condition.OF_ANOTHER | Condition.CONSUMES, (0, 3))
SEEN = replace(TERMS, taker=0, condition=Goods.SEAL_LOCKED)
READINGS = ReadingsWord(b"\x55" * 20, 7, 96)
MISTAKE = MistakeWord(4711, Mistake.INCORRECT_DATA)
DOLLARS = Measure(Counts.CURRENCY, 2, "USD")
OPENED = OpenWord(2**52, DOLLARS, 1_800_000_000)
DRAWN = DrawWord(5_000_000, DOLLARS, 3)
RETURNED = ReturnWord(5_000_000, Reason.GOODS_NOT_SHIPPED, 3)
AMENDED = AmendWord(2**51, 3, 1_800_000_000)
PACKED_OPEN, PACKED_DRAW, PACKED_RETURN = OPENED.pack(), DRAWN.pack(), RETURNED.pack()
TITLED = TitleTerms(8, 9, to_order=True, replaces=True)
HANDED = TitleWord(4, 9, 10)
NAMED = TitleWord(4, 9, 0)
AMENDING = TitleWord(4, 9, 0, Why.SWI)
EXAMPLES: dict[Kind, Entry] = {
    kind: Entry(
        kind, KEY, 4 if kind < 32 or kind >= 64 else 0, doc_type, subject, related, data, 1_790_000_000
    )
    for kind, doc_type, subject, related, data in [
        (Kind.ISSUE, "EIF", DIGEST, OTHER, OTHER),
        (Kind.ISSUE_BATCH, "EIF", DIGEST, ZERO, number(2**32 - 1)),
        (Kind.SUSPEND, "EIF", DIGEST, ZERO, STATUS),
        (Kind.REINSTATE, "EIF", DIGEST, ZERO, STATUS),
        (Kind.SUPERSEDE, "EIF", DIGEST, OTHER, STATUS),
        (Kind.REVOKE, "EIF", DIGEST, ZERO, STATUS),
        (Kind.ENTER, "EIF", DIGEST, OTHER, ENTERED.pack()),
        (Kind.PARENT, "EIF", DIGEST, OTHER, PARENT.pack()),
        (Kind.CONSUME, "EIF", DIGEST, OTHER, number(5)),
        (Kind.WITHDRAW, "EIF", DIGEST, ZERO, b"\x44" * 20 + bytes(12)),
        (Kind.OPEN, "EIF", DIGEST, OTHER, OPENED.pack()),
        (Kind.DRAW, "GOODS_DECLARATION", DIGEST, OTHER, DRAWN.pack()),
        (Kind.RETURN, "GOODS_DECLARATION", DIGEST, OTHER, RETURNED.pack()),
        (Kind.RELEASE, "GOODS_DECLARATION", DIGEST, OTHER, number(5)),
        (Kind.AMEND, "EIF", DIGEST, ZERO, AMENDED.pack()),
        (Kind.REGISTER, "CARGO", DIGEST, replace(TERMS, taker=0).pack(), ZERO),
        (Kind.SHIP, "CARGO", DIGEST, TERMS.pack(), OTHER),
        (Kind.RECEIVE, "CARGO", DIGEST, replace(TERMS, taker=4).pack(), ZERO),
        (Kind.REFUSE, "CARGO", DIGEST, replace(TERMS, taker=4, place="").pack(), ZERO),
        (Kind.HOLD, "CARGO", DIGEST, ZERO, number(4)),
        (Kind.LIFT, "CARGO", DIGEST, number(7), number(15)),
        (Kind.RECALL, "CARGO", DIGEST, ZERO, number(17)),
        (Kind.OBSERVE, "CARGO", DIGEST, SEEN.pack(), OTHER),
        (Kind.OBSERVE_BATCH, "CARGO", DIGEST, OTHER, READINGS.pack()),
        (Kind.DEVICE, "DEVICE", ADDRESS, OTHER, WINDOW.pack()),
        (Kind.DEVICE_CLOSED, "DEVICE", ADDRESS, ZERO, number(11)),
        (Kind.ERROR_DECLARED, "CARGO", DIGEST, MISTAKE.pack(), OTHER),
        (Kind.FORMATION, "WAREHOUSE", number(4), name("KAPW-AUC"), FormationWord(1, 2, WINDOW).pack()),
        (Kind.FORMATION_SUSPENDED, "", number(4), ZERO, number(9)),
        (Kind.FORMATION_REINSTATED, "", number(4), ZERO, number(10)),
        (Kind.FORMATION_CLOSED, "", number(4), ZERO, number(1_790_000_000)),
        (Kind.KEY, "", ADDRESS, ZERO, KeyWord(4, WINDOW).pack()),
        (Kind.KEY_SUSPENDED, "", ADDRESS, ZERO, number(19)),
        (Kind.KEY_REINSTATED, "", ADDRESS, ZERO, number(10)),
        (Kind.KEY_COMPROMISED, "", ADDRESS, ZERO, number(1_780_000_000)),
        (Kind.KEY_CLOSED, "", ADDRESS, ZERO, number(1_790_000_000)),
        (Kind.SCOPE, "EIF", number(4), number(0b1111110), WINDOW.pack()),
        (Kind.POLICY, "EIF", RULES.pack(), pack_kinds(("BANK", "LABORATORY")), pack_kinds(("CUSTOMS",))),
        (Kind.POLICY_PARENT, "EIF", WANTED.pack(), ZERO, number(2 << 32)),
        (Kind.SUCCESSION, "", number(4), number(5), number(1_790_000_000)),
        (Kind.STAGE, "GOODS_DECLARATION", DIGEST, OTHER, StageWord(Stage.GATE_OUT, 5).pack()),
        (Kind.MEMBER, "", ADDRESS, DIGEST, number(1)),
        (Kind.MEMBER_REMOVED, "", ADDRESS, ZERO, number(1)),
        (Kind.THRESHOLD, "", number(2), ZERO, number(3)),
        (Kind.PROPOSED, "", DIGEST, ADDRESS, number(1)),
        (Kind.APPROVED, "", DIGEST, ZERO, number(1)),
        (Kind.EXECUTED, "", DIGEST, ZERO, number(1)),
        (Kind.CONTRACT, "", ADDRESS, DIGEST, name("LEDGER")),
        (Kind.COSIGNING_KEY, "", ADDRESS, DIGEST, number(1_790_000_000)),
        (Kind.NETWORK, "", DIGEST, ZERO, number(3)),
        (Kind.TITLE, "BILL_OF_LADING", DIGEST, OTHER, TITLED.pack()),
        (Kind.TRANSFER, "BILL_OF_LADING", DIGEST, HANDED.pack(), OTHER),
        (Kind.ENDORSE, "BILL_OF_LADING", DIGEST, HANDED.pack(), ZERO),
        (Kind.ENDORSE_TO_ORDER, "BILL_OF_LADING", DIGEST, HANDED.pack(), ZERO),
        (Kind.BLANK_ENDORSE, "BILL_OF_LADING", DIGEST, NAMED.pack(), ZERO),
        (Kind.SIGN, "BILL_OF_LADING", DIGEST, TitleWord(4, 0, 0).pack(), OTHER),
        (Kind.HAND_BACK, "BILL_OF_LADING", DIGEST, HANDED.pack(), ZERO),
        (Kind.ACCEPT, "BILL_OF_LADING", DIGEST, HANDED.pack(), OTHER),
        (Kind.REJECT, "BILL_OF_LADING", DIGEST, NAMED.pack(), number(2)),
        (Kind.RETRACT, "BILL_OF_LADING", DIGEST, NAMED.pack(), number(1)),
        (Kind.PLEDGE, "BILL_OF_LADING", DIGEST, NAMED.pack(), OTHER),
        (Kind.UNPLEDGE, "BILL_OF_LADING", DIGEST, NAMED.pack(), ZERO),
        (Kind.SURRENDER_FOR_DELIVERY, "BILL_OF_LADING", DIGEST, TitleWord(4, 4, 0).pack(), ZERO),
        (Kind.SURRENDER_FOR_AMENDMENT, "BILL_OF_LADING", DIGEST, AMENDING.pack(), ZERO),
        (Kind.SACC, "BILL_OF_LADING", DIGEST, NAMED.pack(), OTHER),
        (Kind.SREJ, "BILL_OF_LADING", DIGEST, NAMED.pack(), number(2)),
    ]
}


ORDERED = LiftWords(7, 15, OTHER)
BY_ORDER = (
    replace(EXAMPLES[Kind.HOLD], related=OTHER),
    replace(EXAMPLES[Kind.LIFT], related=ORDERED.pack()[0], data=ORDERED.pack()[1]),
)
"""A hold, and its end, that rest on a court order."""


def changed(kind: Kind, word: int, content: bytes) -> bytes:
    raw = encode_entry(EXAMPLES[kind])
    return raw[: word * 32] + content + raw[word * 32 + 32 :]


def by_order(related: bytes) -> bytes:
    """A lift on a court order."""
    raw = changed(Kind.LIFT, 4, related)
    return raw[: 5 * 32] + OTHER + raw[6 * 32 :]


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "entry"),
    "a-byte-missing": (encode_entry(EXAMPLES[Kind.ISSUE])[:-1], "entry"),
    "a-byte-too-many": (encode_entry(EXAMPLES[Kind.ISSUE]) + b"\0", "entry"),
    "kind-zero": (changed(Kind.ISSUE, 0, number(0)), "kind"),
    "a-kind-kept-for-later": (changed(Kind.ISSUE, 0, number(31)), "kind"),
    "a-kind-beyond-a-byte": (changed(Kind.ISSUE, 0, b"\1" + number(1)[1:]), "kind"),
    "something-between-key-and-formation": (changed(Kind.ISSUE, 1, KEY + b"\1" + bytes(11)), "by"),
    "no-type": (changed(Kind.ISSUE, 2, ZERO), "docType"),
    "a-type-in-lower-case": (changed(Kind.ISSUE, 2, name("eif")), "docType"),
    "a-type-that-begins-with-a-digit": (changed(Kind.ISSUE, 2, name("1EIF")), "docType"),
    "a-type-of-32-characters": (changed(Kind.ISSUE, 2, b"E" * 32), "docType"),
    "a-type-not-left-aligned": (changed(Kind.ISSUE, 2, b"\0EIF".ljust(32, b"\0")), "docType"),
    "something-after-the-type": (changed(Kind.ISSUE, 2, b"EIF\0X".ljust(32, b"\0")), "docType"),
    "a-type-not-ascii": (changed(Kind.ISSUE, 2, "ÉIF".encode().ljust(32, b"\0")), "docType"),
    "a-type-where-there-is-none": (changed(Kind.KEY, 2, name("EIF")), "docType"),
    "no-digest": (changed(Kind.ISSUE, 3, ZERO), "subject"),
    "an-empty-batch": (changed(Kind.ISSUE_BATCH, 5, ZERO), "data"),
    "a-batch-too-large": (changed(Kind.ISSUE_BATCH, 5, number(2**32)), "data"),
    "a-replacement-of-what-was-revoked": (changed(Kind.REVOKE, 4, OTHER), "related"),
    "something-between-issuer-and-reason": (changed(Kind.REVOKE, 5, number(3 | 1 << 16)), "data"),
    "no-reason": (changed(Kind.REVOKE, 5, number(4 << 32)), "data"),
    "superseded-by-nothing": (changed(Kind.SUPERSEDE, 4, ZERO), "related"),
    "something-between-outcome-and-version": (changed(Kind.ENTER, 5, bytes(21) + b"\1" + bytes(10)), "data"),
    "an-outcome-beyond-its-range": (changed(Kind.ENTER, 5, bytes(20) + b"\4" + bytes(11)), "data"),
    "nine-parents": (changed(Kind.ENTER, 5, number(9)), "data"),
    "a-parent-that-is-no-document": (changed(Kind.PARENT, 4, ZERO), "related"),
    "a-parent-used-up-before-and-by-it": (changed(Kind.PARENT, 5, bytes(15) + b"\x0c" + bytes(16)), "data"),
    "something-before-the-conditions": (changed(Kind.PARENT, 5, b"\1" + bytes(31)), "data"),
    "consumed-of-no-formation": (changed(Kind.CONSUME, 5, number(2**32)), "data"),
    "something-after-the-second-officer": (changed(Kind.WITHDRAW, 5, number(1)), "data"),
    "an-instrument-without-a-number": (changed(Kind.OPEN, 4, ZERO), "related"),
    "an-instrument-of-nothing": (changed(Kind.OPEN, 5, bytes(22) + PACKED_OPEN[22:]), "data"),
    "a-measure-of-no-class": (changed(Kind.OPEN, 5, PACKED_OPEN[:22] + b"\x02" + PACKED_OPEN[23:]), "data"),
    "a-measure-of-ten-decimals": (changed(Kind.DRAW, 5, PACKED_DRAW[:22] + b"\x1a" + PACKED_DRAW[23:]), "data"),
    "a-currency-in-lower-case": (changed(Kind.DRAW, 5, PACKED_DRAW[:23] + b"usd" + PACKED_DRAW[26:]), "data"),
    "a-currency-of-one-character": (changed(Kind.DRAW, 5, PACKED_DRAW[:23] + b"U\0\0" + PACKED_DRAW[26:]), "data"),
    "something-before-the-expiry": (changed(Kind.OPEN, 5, PACKED_OPEN[:26] + b"\1" + PACKED_OPEN[27:]), "data"),
    "something-before-the-instrument": (changed(Kind.DRAW, 5, PACKED_DRAW[:26] + b"\1" + PACKED_DRAW[27:]), "data"),
    "drawn-from-instrument-zero": (changed(Kind.DRAW, 5, PACKED_DRAW[:27] + bytes(5)), "data"),
    "drawn-for-no-declaration": (changed(Kind.DRAW, 3, ZERO), "subject"),
    "given-back-without-reason": (changed(Kind.RETURN, 5, PACKED_RETURN[:25] + bytes(2) + PACKED_RETURN[27:]), "data"),
    "something-before-the-reason": (changed(Kind.RETURN, 5, PACKED_RETURN[:24] + b"\1" + PACKED_RETURN[25:]), "data"),
    "released-of-no-formation": (changed(Kind.RELEASE, 5, number(2**32)), "data"),
    "amended-with-a-replacement": (changed(Kind.AMEND, 4, OTHER), "related"),
    "an-amendment-to-nothing": (changed(Kind.AMEND, 5, bytes(22) + AMENDED.pack()[22:]), "data"),
    "an-unknown-uniqueness": (changed(Kind.POLICY, 3, bytes(8) + b"\4" + bytes(23)), "subject"),
    "a-policy-without-version": (changed(Kind.POLICY, 3, number(1)), "subject"),
    "a-policy-without-issuers": (changed(Kind.POLICY, 4, ZERO), "subject"),
    "a-policy-taken-away-that-says-more": (changed(Kind.POLICY, 3, ZERO), "subject"),
    "a-parent-type-in-lower-case": (changed(Kind.POLICY_PARENT, 3, name("eif")), "subject"),
    "out-of-charge-as-a-stage": (changed(Kind.STAGE, 5, bytes(27) + b"\4" + bytes(3) + b"\5"), "data"),
    "a-stage-that-there-is-not": (changed(Kind.STAGE, 5, bytes(27) + b"\6" + bytes(3) + b"\5"), "data"),
    "a-stage-of-nobodys-declaration": (changed(Kind.STAGE, 5, bytes(27) + b"\1" + bytes(4)), "data"),
    "something-before-the-stage": (changed(Kind.STAGE, 5, bytes(26) + b"\1\1" + bytes(3) + b"\5"), "data"),
    "a-stage-without-number": (changed(Kind.STAGE, 4, ZERO), "related"),
    "nobody-gives-way": (changed(Kind.SUCCESSION, 3, ZERO), "subject"),
    "a-formation-that-gives-way-to-nobody": (changed(Kind.SUCCESSION, 4, ZERO), "related"),
    "a-formation-that-gives-way-to-itself": (changed(Kind.SUCCESSION, 4, number(4)), "related"),
    "a-successor-beyond-its-range": (changed(Kind.SUCCESSION, 4, number(2**32)), "related"),
    "a-succession-of-a-type": (changed(Kind.SUCCESSION, 2, name("EIF")), "docType"),
    "the-ninth-parent": (changed(Kind.POLICY_PARENT, 5, number(8)), "data"),
    "a-taker-at-registration": (changed(Kind.REGISTER, 4, TERMS.pack()), "related"),
    "shipped-to-nobody": (changed(Kind.SHIP, 4, replace(TERMS, taker=0).pack()), "related"),
    "received-by-another": (changed(Kind.RECEIVE, 4, TERMS.pack()), "related"),
    "seen-on-the-way-to-a-taker": (changed(Kind.OBSERVE, 4, TERMS.pack()), "related"),
    "readings-of-no-device": (changed(Kind.OBSERVE_BATCH, 5, bytes(20) + READINGS.pack()[20:]), "data"),
    "readings-number-nothing": (
        changed(Kind.OBSERVE_BATCH, 5, READINGS.pack()[:20] + bytes(4) + READINGS.pack()[24:]),
        "data",
    ),
    "no-readings": (changed(Kind.OBSERVE_BATCH, 5, READINGS.pack()[:24] + bytes(8)), "data"),
    "something-after-the-readings": (changed(Kind.OBSERVE_BATCH, 5, READINGS.pack()[:31] + b"\1"), "data"),
    "readings-without-root": (changed(Kind.OBSERVE_BATCH, 4, ZERO), "related"),
    "a-device-of-another-type": (changed(Kind.DEVICE, 2, name("CARGO")), "docType"),
    "a-device-without-address": (changed(Kind.DEVICE, 3, ZERO), "subject"),
    "a-device-closed-without-reason": (changed(Kind.DEVICE_CLOSED, 5, ZERO), "data"),
    "an-error-of-no-kind": (changed(Kind.ERROR_DECLARED, 4, number(4711)), "related"),
    "an-error-of-an-unknown-kind": (changed(Kind.ERROR_DECLARED, 4, number(3 << 64)), "related"),
    "something-before-the-error": (changed(Kind.ERROR_DECLARED, 4, number(1 << 80 | 1 << 64)), "related"),
    "a-place-in-lower-case": (changed(Kind.SHIP, 4, PACKED[:4] + b"pkkhi" + PACKED[9:]), "related"),
    "an-unknown-condition": (changed(Kind.SHIP, 4, PACKED[:9] + b"\x09" + PACKED[10:]), "related"),
    "terms-with-more": (changed(Kind.SHIP, 4, PACKED[:-1] + b"\x01"), "related"),
    "a-hold-without-reason": (changed(Kind.HOLD, 5, ZERO), "data"),
    "a-lift-on-an-order-without-reason": (changed(Kind.LIFT, 5, OTHER), "related"),
    "a-lift-on-an-order-with-more": (by_order(number(1 << 48 | 15 << 32 | 7)), "related"),
    "a-formation-beyond-its-range": (changed(Kind.LIFT, 4, number(2**32)), "related"),
    "a-code-in-lower-case": (changed(Kind.FORMATION, 4, name("kapw")), "related"),
    "a-formation-word-with-more": (changed(Kind.FORMATION, 5, b"\1" + bytes(31)), "data"),
    "an-address-of-32-bytes": (changed(Kind.KEY, 3, OTHER), "subject"),
    "a-key-word-with-more": (changed(Kind.KEY, 5, b"\1" + bytes(31)), "data"),
    "a-window-with-more": (changed(Kind.SCOPE, 5, b"\1" + bytes(31)), "data"),
    "a-contract-without-role": (changed(Kind.CONTRACT, 5, ZERO), "data"),
    "a-title-without-a-reference": (changed(Kind.TITLE, 4, ZERO), "related"),
    "a-title-to-nobody": (changed(Kind.TITLE, 5, bytes(4) + TITLED.pack()[4:]), "data"),
    "a-straight-title-without-a-consignee": (changed(Kind.TITLE, 5, number(8)[28:] + bytes(28)), "data"),
    "a-title-of-an-unknown-form": (changed(Kind.TITLE, 5, TITLED.pack()[:8] + b"\4" + bytes(23)), "data"),
    "a-title-with-more": (changed(Kind.TITLE, 5, TITLED.pack()[:-1] + b"\1"), "data"),
    "offered-to-nobody": (changed(Kind.TRANSFER, 4, TitleWord(4, 0, 10).pack()), "related"),
    "endorsed-to-nobody": (changed(Kind.ENDORSE_TO_ORDER, 4, NAMED.pack()), "related"),
    "endorsed-in-blank-to-somebody": (changed(Kind.BLANK_ENDORSE, 4, HANDED.pack()), "related"),
    "signed-to-somebody": (changed(Kind.SIGN, 4, NAMED.pack()), "related"),
    "pledged-in-favour-of-somebody-else": (changed(Kind.PLEDGE, 4, HANDED.pack()), "related"),
    "an-act-on-a-title-of-no-issuer": (changed(Kind.PLEDGE, 4, bytes(4) + NAMED.pack()[4:]), "related"),
    "a-delivery-that-says-why": (changed(Kind.SURRENDER_FOR_DELIVERY, 4, AMENDING.pack()), "related"),
    "an-amendment-for-no-known-reason": (
        changed(Kind.SURRENDER_FOR_AMENDMENT, 4, AMENDING.pack()[:12] + b"\4" + bytes(19)), "related"),
    "an-act-on-a-title-with-more": (changed(Kind.PLEDGE, 4, NAMED.pack()[:-1] + b"\1"), "related"),
    "rejected-without-reason": (changed(Kind.REJECT, 5, ZERO), "data"),
    "a-kind-after-the-last": (changed(Kind.ISSUE, 0, number(80)), "kind"),
    "a-time-beyond-64-bits": (changed(Kind.ISSUE, 6, number(2**64)), "time"),
}  # fmt: skip
"""Bytes that are no entry, by what is wrong with them, and the field an error names."""

WORDS = (
    StatusWord(4, Reason.FRAUD),
    StatusWord(2**32 - 1, 2**16 - 1),
    TERMS,
    Terms(0, "", Goods.NOT_STATED, 0, bytes(12)),
    Terms(2**32 - 1, "ZZZ99", Goods.WRONG_GOODS, 2**53 - 1, b"\xff" * 12),
    Window(0, 0),
    WINDOW,
    KeyWord(4, WINDOW),
    FormationWord(1, 2, WINDOW),
    ENTERED,
    EnteredWord(bytes(20), 0, 2**32 - 1, 8),
    PARENT,
    ParentWord(Condition(0), (), 0, 0),
    RULES,
    PolicyRules(Unique.NOTHING, Frees(0), Two(0), Window(0, 0)),
    WANTED,
    PolicyParent("X" * 31, Condition(0)),
    OPENED,
    OpenWord(1, Measure(Counts.UNIT, 4, "PK"), 0),
    DRAWN,
    DrawWord(1, Measure(Counts.UNIT, 0, "KGM"), 2**40 - 1),
    RETURNED,
    ReturnWord(1, 2**16 - 1, 1),
    AMENDED,
    AmendWord(1, 2**40 - 1, 2**40 - 1),
    TITLED,
    TitleTerms(2**32 - 1, 0, to_order=True),
    HANDED,
    AMENDING,
)
