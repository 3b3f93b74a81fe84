"""Entries, batch leaves and their words: strict both ways (docs/spec/entry.md)."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_verifier.codes import Condition, Reason, reason_words
from sanad_verifier.entries import (
    ENTRY_SIZE,
    BatchLeaf,
    Entry,
    EntryInvalid,
    FormationWord,
    KeyWord,
    Kind,
    StatusWord,
    Terms,
    TermsInvalid,
    Window,
    WordInvalid,
    decode_entry,
    encode_entry,
)

SPEC = (Path(__file__).parents[2] / "docs" / "spec" / "entry.md").read_text("utf-8")
ZERO, DIGEST, OTHER = bytes(32), b"\x11" * 32, b"\x22" * 32
KEY = b"\xaa" * 20
TERMS = Terms(9, "PKKHI", Condition.GOOD, 120, b"\x07" * 12)
PACKED = TERMS.pack()
WINDOW = Window(1_700_000_000, 1_800_000_000)


def number(value: int) -> bytes:
    return value.to_bytes(32)


def name(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


ADDRESS = bytes(12) + b"\x33" * 20
STATUS = StatusWord(4, Reason.FRAUD).pack()
EXAMPLES: dict[Kind, Entry] = {
    kind: Entry(kind, KEY, 4 if kind < 32 else 0, doc_type, subject, related, data, 1_790_000_000)
    for kind, doc_type, subject, related, data in [
        (Kind.ISSUE, "EIF", DIGEST, OTHER, OTHER),
        (Kind.ISSUE_BATCH, "EIF", DIGEST, ZERO, number(2**32 - 1)),
        (Kind.SUSPEND, "EIF", DIGEST, ZERO, STATUS),
        (Kind.REINSTATE, "EIF", DIGEST, ZERO, STATUS),
        (Kind.SUPERSEDE, "EIF", DIGEST, OTHER, STATUS),
        (Kind.REVOKE, "EIF", DIGEST, ZERO, STATUS),
        (Kind.REGISTER, "CARGO", DIGEST, replace(TERMS, taker=0).pack(), ZERO),
        (Kind.SHIP, "CARGO", DIGEST, TERMS.pack(), OTHER),
        (Kind.RECEIVE, "CARGO", DIGEST, replace(TERMS, taker=4).pack(), ZERO),
        (Kind.REFUSE, "CARGO", DIGEST, replace(TERMS, taker=4, place="").pack(), ZERO),
        (Kind.HOLD, "CARGO", DIGEST, ZERO, number(4)),
        (Kind.LIFT, "CARGO", DIGEST, number(7), number(15)),
        (Kind.RECALL, "CARGO", DIGEST, ZERO, number(17)),
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
        (Kind.MEMBER, "", ADDRESS, DIGEST, number(1)),
        (Kind.MEMBER_REMOVED, "", ADDRESS, ZERO, number(1)),
        (Kind.THRESHOLD, "", number(2), ZERO, number(3)),
        (Kind.PROPOSED, "", DIGEST, ADDRESS, number(1)),
        (Kind.APPROVED, "", DIGEST, ZERO, number(1)),
        (Kind.EXECUTED, "", DIGEST, ZERO, number(1)),
        (Kind.CONTRACT, "", ADDRESS, DIGEST, name("LEDGER")),
        (Kind.COSIGNING_KEY, "", ADDRESS, DIGEST, number(1_790_000_000)),
        (Kind.NETWORK, "", DIGEST, ZERO, number(3)),
    ]
}


def test_there_is_an_example_of_every_kind() -> None:
    assert set(EXAMPLES) == set(Kind)


def test_the_kinds_and_reasons_are_those_of_the_specification() -> None:
    told = {int(code): kind for code, kind in re.findall(r"^\| (\d+) \| `([A-Z_]+)`", SPEC, re.MULTILINE)}
    assert told == {kind.value: kind.name for kind in Kind}
    for reason in Reason:
        assert re.search(rf"(?<!\d){reason.value} {re.escape(reason.words)}", SPEC, re.IGNORECASE), reason
    for condition in Condition:
        assert f"{condition.value} {condition.words}" in SPEC


@pytest.mark.parametrize("kind", Kind)
def test_an_entry_of_each_kind_is_read_back_as_written(kind: Kind) -> None:
    raw = encode_entry(EXAMPLES[kind])
    assert len(raw) == ENTRY_SIZE
    assert decode_entry(raw) == EXAMPLES[kind]
    assert encode_entry(decode_entry(raw)) == raw


def test_the_bytes_of_an_entry_are_those_of_the_specification() -> None:
    entry = Entry(Kind.ISSUE, KEY, 4, "EIF", DIGEST, ZERO, OTHER, 1_790_000_000)
    assert encode_entry(entry).hex() == (
        "00" * 31 + "01" + "aa" * 20 + "00" * 8 + "00000004" + "454946" + "00" * 29
        + "11" * 32 + "00" * 32 + "22" * 32 + "00" * 24 + "000000006ab13b80"
    )  # fmt: skip


@given(st.sampled_from(list(Kind)), st.integers(0, ENTRY_SIZE * 8 - 1))
@settings(max_examples=400, deadline=None)
def test_an_entry_with_a_bit_changed_is_refused_or_another_entry(kind: Kind, bit: int) -> None:
    raw = bytearray(encode_entry(EXAMPLES[kind]))
    raw[bit // 8] ^= 1 << bit % 8
    try:
        entry = decode_entry(bytes(raw))
    except EntryInvalid:
        return
    assert entry != EXAMPLES[kind]
    assert encode_entry(entry) == raw


def changed(kind: Kind, word: int, content: bytes) -> bytes:
    raw = encode_entry(EXAMPLES[kind])
    return raw[: word * 32] + content + raw[word * 32 + 32 :]


@pytest.mark.parametrize(("raw", "field"), [
    pytest.param(b"", "entry", id="nothing"),
    pytest.param(encode_entry(EXAMPLES[Kind.ISSUE])[:-1], "entry", id="a-byte-missing"),
    pytest.param(encode_entry(EXAMPLES[Kind.ISSUE]) + b"\0", "entry", id="a-byte-too-many"),
    pytest.param(changed(Kind.ISSUE, 0, number(0)), "kind", id="kind-zero"),
    pytest.param(changed(Kind.ISSUE, 0, number(7)), "kind", id="a-kind-kept-for-later"),
    pytest.param(changed(Kind.ISSUE, 0, b"\1" + number(1)[1:]), "kind", id="a-kind-beyond-a-byte"),
    pytest.param(changed(Kind.ISSUE, 1, KEY + b"\1" + bytes(11)), "by", id="something-between-key-and-formation"),
    pytest.param(changed(Kind.ISSUE, 2, ZERO), "docType", id="no-type"),
    pytest.param(changed(Kind.ISSUE, 2, name("eif")), "docType", id="a-type-in-lower-case"),
    pytest.param(changed(Kind.ISSUE, 2, name("1EIF")), "docType", id="a-type-that-begins-with-a-digit"),
    pytest.param(changed(Kind.ISSUE, 2, b"E" * 32), "docType", id="a-type-of-32-characters"),
    pytest.param(changed(Kind.ISSUE, 2, b"\0EIF".ljust(32, b"\0")), "docType", id="a-type-not-left-aligned"),
    pytest.param(changed(Kind.ISSUE, 2, b"EIF\0X".ljust(32, b"\0")), "docType", id="something-after-the-type"),
    pytest.param(changed(Kind.ISSUE, 2, "ÉIF".encode().ljust(32, b"\0")), "docType", id="a-type-not-ascii"),
    pytest.param(changed(Kind.KEY, 2, name("EIF")), "docType", id="a-type-where-there-is-none"),
    pytest.param(changed(Kind.ISSUE, 3, ZERO), "subject", id="no-digest"),
    pytest.param(changed(Kind.ISSUE_BATCH, 5, ZERO), "data", id="an-empty-batch"),
    pytest.param(changed(Kind.ISSUE_BATCH, 5, number(2**32)), "data", id="a-batch-too-large"),
    pytest.param(changed(Kind.REVOKE, 4, OTHER), "related", id="a-replacement-of-what-was-revoked"),
    pytest.param(changed(Kind.REVOKE, 5, number(3 | 1 << 16)), "data", id="something-between-issuer-and-reason"),
    pytest.param(changed(Kind.REVOKE, 5, number(4 << 32)), "data", id="no-reason"),
    pytest.param(changed(Kind.SUPERSEDE, 4, ZERO), "related", id="superseded-by-nothing"),
    pytest.param(changed(Kind.REGISTER, 4, TERMS.pack()), "related", id="a-taker-at-registration"),
    pytest.param(changed(Kind.SHIP, 4, replace(TERMS, taker=0).pack()), "related", id="shipped-to-nobody"),
    pytest.param(changed(Kind.RECEIVE, 4, TERMS.pack()), "related", id="received-by-another"),
    pytest.param(changed(Kind.SHIP, 4, PACKED[:4] + b"pkkhi" + PACKED[9:]), "related", id="a-place-in-lower-case"),
    pytest.param(changed(Kind.SHIP, 4, PACKED[:9] + b"\x08" + PACKED[10:]), "related", id="an-unknown-condition"),
    pytest.param(changed(Kind.SHIP, 4, PACKED[:-1] + b"\x01"), "related", id="terms-with-more"),
    pytest.param(changed(Kind.HOLD, 5, ZERO), "data", id="a-hold-without-reason"),
    pytest.param(changed(Kind.LIFT, 4, number(2**32)), "related", id="a-formation-beyond-its-range"),
    pytest.param(changed(Kind.FORMATION, 4, name("kapw")), "related", id="a-code-in-lower-case"),
    pytest.param(changed(Kind.FORMATION, 5, b"\1" + bytes(31)), "data", id="a-formation-word-with-more"),
    pytest.param(changed(Kind.KEY, 3, OTHER), "subject", id="an-address-of-32-bytes"),
    pytest.param(changed(Kind.KEY, 5, b"\1" + bytes(31)), "data", id="a-key-word-with-more"),
    pytest.param(changed(Kind.SCOPE, 5, b"\1" + bytes(31)), "data", id="a-window-with-more"),
    pytest.param(changed(Kind.CONTRACT, 5, ZERO), "data", id="a-contract-without-role"),
    pytest.param(changed(Kind.ISSUE, 6, number(2**64)), "time", id="a-time-beyond-64-bits"),
])  # fmt: skip
def test_bytes_that_are_no_entry_are_refused(raw: bytes, field: str) -> None:
    with pytest.raises(EntryInvalid) as refused:
        decode_entry(raw)
    assert (refused.value.code, refused.value.field) == ("ENTRY_INVALID", field)


@pytest.mark.parametrize("change", [
    pytest.param({"key": KEY[:-1]}, id="a-short-key"),
    pytest.param({"key": KEY + b"\0"}, id="a-long-key"),
    pytest.param({"formation": 2**32}, id="a-formation-beyond-its-range"),
    pytest.param({"formation": -1}, id="a-negative-formation"),
    pytest.param({"doc_type": "eif"}, id="a-malformed-type"),
    pytest.param({"doc_type": "É"}, id="a-type-not-ascii"),
    pytest.param({"subject": b"short"}, id="a-short-word"),
    pytest.param({"subject": DIGEST[:-1], "related": OTHER + b"\0"}, id="words-that-shift-into-each-other"),
    pytest.param({"time": -1}, id="a-negative-time"),
    pytest.param({"time": 2**64}, id="a-time-beyond-its-range"),
])  # fmt: skip
def test_an_entry_that_could_not_be_read_back_is_not_written(change: dict[str, Any]) -> None:
    encode_entry(EXAMPLES[Kind.ISSUE])
    with pytest.raises(WordInvalid):
        encode_entry(replace(EXAMPLES[Kind.ISSUE], **change))


# -- words ------------------------------------------------------------------------------------------------------------

UINT16, UINT32, UINT64 = st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
WINDOWS = st.builds(Window, UINT64, UINT64)
PACKABLE = st.one_of(
    st.builds(StatusWord, UINT32, st.integers(1, 2**16 - 1)),
    st.builds(
        Terms,
        UINT32,
        st.from_regex(r"([A-Z]{2}[A-Z2-9]{3})?", fullmatch=True),
        st.sampled_from(list(Condition)),
        UINT64,
        st.binary(min_size=12, max_size=12),
    ),
    WINDOWS,
    st.builds(KeyWord, UINT32, WINDOWS),
    st.builds(FormationWord, UINT32, UINT32, WINDOWS),
)


@given(PACKABLE)
@settings(max_examples=200, deadline=None)
def test_a_word_is_read_back_as_packed(value: StatusWord | Terms | Window | KeyWord | FormationWord) -> None:
    word = value.pack()
    assert len(word) == 32
    assert type(value).unpack(word) == value


@given(st.sampled_from([StatusWord, Terms, Window, KeyWord, FormationWord]), st.binary(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_word_or_refused(kind: Any, word: bytes) -> None:
    padded = word if len(word) > 20 else word.rjust(32, b"\0")
    try:
        value = kind.unpack(padded)
    except EntryInvalid:
        return
    assert value.pack() == padded


@pytest.mark.parametrize(("change", "field"), [
    pytest.param({"place": "PKK"}, "place", id="a-short-place"),
    pytest.param({"place": "pkkhi"}, "place", id="a-place-in-lower-case"),
    pytest.param({"place": "PKKH1"}, "place", id="a-place-with-a-one"),
    pytest.param({"place": "PKKHI\n"}, "place", id="a-place-with-a-line-end"),
    pytest.param({"place": "پاکست"}, "place", id="a-place-not-ascii"),
    pytest.param({"place": "\ud800"}, "place", id="a-place-with-a-lone-surrogate"),
    pytest.param({"quantity": -1}, "quantity", id="a-negative-quantity"),
    pytest.param({"quantity": 2**64}, "quantity", id="a-quantity-beyond-its-range"),
    pytest.param({"taker": 2**32}, "taker", id="a-taker-beyond-its-range"),
    pytest.param({"seal": b""}, "seal", id="a-short-seal"),
    pytest.param({"condition": 8}, "condition", id="a-condition-without-a-code"),
    pytest.param({"condition": 300}, "condition", id="a-condition-beyond-a-byte"),
])  # fmt: skip
def test_terms_that_do_not_fit_are_refused_by_name(change: dict[str, Any], field: str) -> None:
    TERMS.pack()
    with pytest.raises(TermsInvalid) as refused:
        replace(TERMS, **change).pack()
    assert refused.value.field == field


@pytest.mark.parametrize("value", [StatusWord(4, 0), StatusWord(4, 2**16), StatusWord(-1, 3), Window(-1, 0),
                                   Window(0, 2**64), KeyWord(2**32, WINDOW), FormationWord(0, -1, WINDOW)])  # fmt: skip
def test_numbers_beyond_their_range_are_not_packed(
    value: StatusWord | Window | KeyWord | FormationWord,
) -> None:
    with pytest.raises(WordInvalid):
        value.pack()


def test_a_window_is_open_from_its_start_to_before_its_end() -> None:
    assert [Window(10, 20).holds(time) for time in (9, 10, 19, 20)] == [False, True, True, False]
    assert Window(10, 0).holds(2**60)


def test_a_batch_leaf_is_96_bytes() -> None:
    leaf = BatchLeaf(DIGEST, ZERO, OTHER)
    assert BatchLeaf.decode(leaf.encode()) == leaf
    with pytest.raises(EntryInvalid):
        BatchLeaf.decode(leaf.encode()[:-1])
    with pytest.raises(WordInvalid):
        BatchLeaf(DIGEST[:-1], ZERO, OTHER + b"\0").encode()


def test_a_batch_leaf_is_about_a_document() -> None:
    with pytest.raises(EntryInvalid) as refused:
        BatchLeaf.decode(ZERO + DIGEST + DIGEST)
    assert refused.value.field == "subject"
    with pytest.raises(WordInvalid):
        BatchLeaf(ZERO, DIGEST, DIGEST).encode()


def test_reasons_have_words_even_if_this_version_does_not_know_them() -> None:
    assert reason_words(3) == "fraud"
    assert reason_words(6) == "cancelled at the holder's request"
    assert reason_words(77) == "reason 77"
