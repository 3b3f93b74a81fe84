"""Entries, batch leaves and their words: strict both ways (docs/spec/entry.md)."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.entry_cases import DIGEST, DOLLARS, EXAMPLES, KEY, OTHER, REFUSED, TERMS, WINDOW, ZERO
from sanad_testkit.vectors import Word, entry_as_told, word_as_told
from sanad_verifier.codes import Condition, Reason, reason_words
from sanad_verifier.digests import hash_leaf
from sanad_verifier.drawdown_words import (
    AmendWord,
    Counts,
    DrawWord,
    Measure,
    OpenWord,
    ReturnWord,
)
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
from sanad_verifier.register_words import Condition as ParentCondition
from sanad_verifier.register_words import (
    EnteredWord,
    Frees,
    ParentWord,
    PolicyParent,
    PolicyRules,
    Two,
    Unique,
    pack_kinds,
    unpack_kinds,
)
from sanad_verifier.title_words import TitleTerms, TitleWord, Why

SPEC = (Path(__file__).parents[2] / "docs" / "spec" / "entry.md").read_text("utf-8")
VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "entries.json").read_text("utf-8")
)


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


def survivors(kind: Kind) -> Iterator[int]:
    """Each bit that can be changed and leaves an entry, which is then another one and reads back as its bytes."""
    raw = bytearray(encode_entry(EXAMPLES[kind]))
    for bit in range(ENTRY_SIZE * 8):
        raw[bit // 8] ^= 1 << bit % 8
        try:
            entry = decode_entry(bytes(raw))
        except EntryInvalid:
            pass
        else:
            assert entry != EXAMPLES[kind]
            assert encode_entry(entry) == raw
            yield bit
        raw[bit // 8] ^= 1 << bit % 8


COLUMNS = {"docType": 2, "subject": 3, "related": 4, "data": 5}
ROW = re.compile(r"^\| (\d+) \| `[A-Z_]+` \|" + r"([^|]+)\|" * len(COLUMNS), re.MULTILINE)


@pytest.mark.parametrize("row", ROW.findall(SPEC), ids=lambda row: Kind(int(row[0])).name)
def test_not_one_bit_is_spare_where_the_specification_says_zero(row: tuple[str, ...]) -> None:
    """Every bit of every word of an entry of each kind is changed; the tables say which may never survive."""
    kind, told = Kind(int(row[0])), dict(zip(COLUMNS, map(str.strip, row[1:]), strict=True))
    zero = {
        COLUMNS[name]
        for name, cell in told.items()
        if cell == "–" or (cell.endswith("zero") and "or" not in cell)
    }
    survived = {bit // 256 for bit in survivors(kind)}
    assert zero.isdisjoint(survived)
    assert {1, 6} <= survived  # who acted and when are any key and time


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: str(case["kind"]))
def test_the_vectors_of_entries_are_read_and_written(case: dict[str, Any]) -> None:
    entry = decode_entry(bytes.fromhex(case["hex"]))
    assert entry_as_told(entry) == case
    assert encode_entry(entry).hex() == case["hex"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: str(case["name"]))
def test_the_vectors_that_are_no_entries_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(EntryInvalid) as refused:
        decode_entry(bytes.fromhex(case["hex"]))
    assert (refused.value.code, refused.value.field) == (case["code"], case["field"])


@pytest.mark.parametrize("case", VECTORS["words"], ids=lambda case: str(case["word"]))
def test_the_vectors_of_words_are_packed_and_unpacked(case: dict[str, Any]) -> None:
    kinds: dict[str, Any] = {k.__name__: k for k in FORMS}
    word = kinds[case["word"]].unpack(bytes.fromhex(case["hex"]))
    assert word_as_told(word) == case
    assert word.pack().hex() == case["hex"]


@pytest.mark.parametrize("case", VECTORS["leaves"], ids=lambda case: str(case["name"]))
def test_the_vectors_of_batch_leaves(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["hex"])
    if "code" in case:
        with pytest.raises(EntryInvalid) as refused:
            BatchLeaf.decode(raw)
        assert (refused.value.code, refused.value.field) == (case["code"], case["field"])
    else:
        assert BatchLeaf.decode(raw).encode() == raw
        assert hash_leaf(raw).hex() == case["leafHash"]


@pytest.mark.parametrize(("raw", "field"), REFUSED.values(), ids=REFUSED.keys())
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
CONDITIONS = st.sampled_from([ParentCondition(code) for code in range(12)])
OUTCOMES = st.sets(st.integers(0, 3)).map(lambda chosen: tuple(sorted(chosen)))
FORMS: tuple[type[Word], ...] = (
    StatusWord,
    Terms,
    Window,
    KeyWord,
    FormationWord,
    EnteredWord,
    ParentWord,
    PolicyRules,
    PolicyParent,
    OpenWord,
    DrawWord,
    ReturnWord,
    AmendWord,
    TitleTerms,
    TitleWord,
)
AMOUNTS, UINT40 = st.integers(1, 2**176 - 1), st.integers(0, 2**40 - 1)
INSTRUMENTS = st.integers(1, 2**40 - 1)
MEASURES = st.builds(
    Measure,
    st.sampled_from(list(Counts)),
    st.integers(0, 9),
    st.from_regex(r"[A-Z0-9]{2,3}", fullmatch=True),
)
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
    st.builds(EnteredWord, st.binary(min_size=20, max_size=20), st.integers(0, 3), UINT32, st.integers(0, 8)),
    st.builds(ParentWord, CONDITIONS, OUTCOMES, UINT64, UINT32),
    st.builds(
        PolicyRules,
        st.sampled_from(list(Unique)),
        st.builds(Frees, st.integers(0, 3)),
        st.builds(Two, st.integers(0, 3)),
        WINDOWS,
        st.integers(0, 8),
        UINT32,
    ),
    st.builds(PolicyParent, st.from_regex(r"[A-Z][A-Z0-9_]{0,30}", fullmatch=True), CONDITIONS, OUTCOMES),
    st.builds(OpenWord, AMOUNTS, MEASURES, UINT40),
    st.builds(DrawWord, AMOUNTS, MEASURES, INSTRUMENTS),
    st.builds(ReturnWord, AMOUNTS, st.integers(1, 2**16 - 1), INSTRUMENTS),
    st.builds(AmendWord, AMOUNTS, INSTRUMENTS, UINT40),
    st.builds(TitleTerms, st.integers(1, 2**32 - 1), UINT32, st.just(True), st.booleans()),
    st.builds(
        TitleTerms, st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1), st.just(False), st.booleans()
    ),
    st.builds(TitleWord, st.integers(1, 2**32 - 1), UINT32, UINT32, st.sampled_from(list(Why))),
)


@given(PACKABLE)
@settings(max_examples=200, deadline=None)
def test_a_word_is_read_back_as_packed(value: Word) -> None:
    word = value.pack()
    assert len(word) == 32
    assert type(value).unpack(word) == value


@given(st.sampled_from(FORMS), st.binary(max_size=40))
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
    pytest.param({"condition": 9}, "condition", id="a-condition-without-a-code"),
    pytest.param({"condition": 300}, "condition", id="a-condition-beyond-a-byte"),
])  # fmt: skip
def test_terms_that_do_not_fit_are_refused_by_name(change: dict[str, Any], field: str) -> None:
    TERMS.pack()
    with pytest.raises(TermsInvalid) as refused:
        replace(TERMS, **change).pack()
    assert refused.value.field == field


@pytest.mark.parametrize("value", [StatusWord(4, 0), StatusWord(4, 2**16), StatusWord(-1, 3), Window(-1, 0),
                                   Window(0, 2**64), KeyWord(2**32, WINDOW), FormationWord(0, -1, WINDOW),
                                   EnteredWord(b"", 0, 1, 0), EnteredWord(bytes(20), 4, 1, 0),
                                   EnteredWord(bytes(20), 0, 1, 9), ParentWord(ParentCondition(12), (), 0, 0),
                                   ParentWord(ParentCondition(0), (4,), 0, 0),
                                   PolicyParent("eif", ParentCondition(0)),
                                   PolicyRules(Unique.NUMBER, Frees(0), Two(0), WINDOW, 9),
                                   OpenWord(0, DOLLARS, 1), OpenWord(2**176, DOLLARS, 1),
                                   OpenWord(1, DOLLARS, 2**40), DrawWord(1, DOLLARS, 0),
                                   DrawWord(1, replace(DOLLARS, code="usd"), 1),
                                   DrawWord(1, replace(DOLLARS, code="U"), 1),
                                   DrawWord(1, replace(DOLLARS, decimals=10), 1),
                                   ReturnWord(1, 0, 1), ReturnWord(1, 2**16, 1),
                                   AmendWord(1, 2**40, 1), TitleTerms(0, 1, True),
                                   TitleTerms(1, 0, False), TitleTerms(2**32, 1, True), TitleWord(0, 1, 1),
                                   TitleWord(1, 2**32, 0)])  # fmt: skip
def test_numbers_beyond_their_range_are_not_packed(
    value: Word,
) -> None:
    with pytest.raises(WordInvalid):
        value.pack()


def test_a_policy_names_at_most_four_kinds_by_their_first_eight_characters() -> None:
    word = pack_kinds(("BANK", "LABORATORY"))
    assert word == b"BANK".ljust(8, b"\0") + b"LABORATO" + bytes(16)
    assert unpack_kinds(word) == ("BANK", "LABORATO")
    assert unpack_kinds(bytes(32)) == ()
    with pytest.raises(WordInvalid):
        pack_kinds(("BANK",) * 5)


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
