"""A printed code says what a bundle proves, in one spelling, and is examined as a bundle is."""

import json
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.evidence import DAY, NOW, RECEIPT, SCAN
from sanad_testkit.printed_scene import CHASSIS, LOT, RECEIPT_AT, CommittedScene
from sanad_testkit.qr_cases import CODE, FORGERIES, MALFORMED, SCENE, SEVENS, TEXT, WITH_MANIFEST, printing
from sanad_testkit.vectors import FOLDER
from sanad_verifier import base45
from sanad_verifier.bundle import Bundle
from sanad_verifier.errors import EvidenceError
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.merkle import Levels, path_length
from sanad_verifier.qr import PREFIX, QrCode, encode_qr, parse_qr
from sanad_verifier.qr_bytes import QrInvalid, Reader, number
from sanad_verifier.qr_evidence import make_code, proof_in, status_in
from sanad_verifier.qr_fields import PLACES
from sanad_verifier.status_statement import verify_status
from sanad_verifier.subjects import SubjectInvalid
from sanad_verifier.tlog_proof import parse_tlog_proof
from sanad_verifier.trust import parse_trust
from sanad_verifier.verdict import Is, Overall, Report

TRUST = SCENE.trust()
VECTORS: dict[str, Any] = json.loads((FOLDER / "printed-codes.json").read_text("utf-8"))
BATCH_CODE = SCENE.code(place=3)


def examined(code: QrCode | str, **more: Any) -> Report:
    return examine_qr(code if isinstance(code, str) else encode_qr(code), TRUST, NOW, **more)


# -- what a good code says ------------------------------------------------------------------------------------------


def test_a_fresh_code_is_authentic_and_tells_the_printed_fields() -> None:
    report = examined(CODE)
    assert report.overall is Overall.AUTHENTIC
    assert (report.intact.reason, report.in_force, report.issuer) == ("FIELDS_PRINTED", "active", "KAPW-AUC")
    assert [(one.pointer, one.value) for one in report.fields][:2] == [
        (LOT, "KAPW-2026-118"),
        (CHASSIS, "TRJ150-0098765"),
    ]


def test_a_code_and_the_bundle_it_was_made_of_get_the_same_answers_on_all_but_the_bytes() -> None:
    of_bundle, of_code = examine_bundle(SCENE.bundle(), TRUST, NOW), examined(CODE)
    for name in ("authority", "state", "parents", "subject", "freshness"):
        assert of_bundle.answers[name] == of_code.answers[name]
    facts = ("digest", "doc_type", "issuer", "issued_at", "entry", "as_of")
    assert [getattr(of_bundle, name) for name in facts] == [getattr(of_code, name) for name in facts]


@pytest.mark.parametrize("code", [CODE, BATCH_CODE, CODE.without_log(), replace(CODE, status=None)])
def test_a_code_is_read_as_it_was_written_and_written_as_it_was_read(code: QrCode) -> None:
    assert parse_qr(encode_qr(code)) == code


def test_a_code_stands_for_the_very_bytes_of_the_proof_and_the_standing_it_was_made_of() -> None:
    parts = SCENE.parts()
    made = make_code(parts, SCENE.printed(), replace(TRUST, quorum=3))
    proof = proof_in(parse_qr(encode_qr(made)), TRUST)
    assert proof.encode() == parts.proof
    assert parts.status is not None
    assert status_in(made, proof, TRUST) == verify_status(parts.status, TRUST.origin, TRUST.status_keys)


def test_only_the_newest_cosignatures_that_the_quorum_needs_are_printed() -> None:
    class Times(CommittedScene):
        def checkpoint(self, times: tuple[int, ...] | None = None) -> bytes:
            return super().checkpoint((NOW - 50, NOW - 90, NOW - 70))

    scene = Times()
    log = scene.code().log
    assert log is not None
    assert {one.body[:8] for one in log.cosignatures} == {(NOW - 50).to_bytes(8), (NOW - 70).to_bytes(8)}
    assert examine_qr(encode_qr(scene.code()), scene.trust(), NOW).as_of == scene.time


def test_a_code_of_a_document_in_a_batch_is_authentic() -> None:
    report = examined(BATCH_CODE)
    assert (report.overall, report.entry) == (Overall.AUTHENTIC, SCENE.batch_at)
    assert [(one.pointer, one.value) for one in report.fields] == [("/invoice", "3")]


def test_a_code_grows_old_and_says_so() -> None:
    assert examine_qr(TEXT, TRUST, NOW + 8 * DAY).overall is Overall.STALE


def test_the_document_may_be_held_beside_its_code() -> None:
    assert examined(CODE, document=RECEIPT).intact.reason == "DIGEST_EQUAL"
    assert examined(CODE, document=SCAN).overall is Overall.REFUSED


# -- another thing, another standing --------------------------------------------------------------------------------


def test_a_code_is_refused_for_another_chassis() -> None:
    assert examined(CODE, subject="trj150 0098765").overall is Overall.AUTHENTIC
    report = examined(CODE, subject="TRJ150-0098766")
    assert (report.overall, report.subject.reason) == (Overall.REFUSED, "SUBJECT_DIFFERS")


def test_a_code_that_does_not_print_every_number_cannot_tell_of_another_one() -> None:
    scene = CommittedScene(proved=(LOT, CHASSIS))
    report = examine_qr(encode_qr(scene.code()), scene.trust(), NOW, subject="1TR-1234567")
    assert (report.overall, report.subject.reason) == (Overall.CANNOT_TELL, "SUBJECT_NOT_SHOWN")


@pytest.mark.parametrize("state", ["suspended", "superseded", "revoked"])
def test_a_code_of_what_is_not_in_force_is_refused(state: str) -> None:
    report = examined(SCENE.code(state=state))
    assert (report.overall, report.in_force) == (Overall.REFUSED, state)
    assert report.replaced_by == ("cd" * 32 if state == "superseded" else "")


def test_a_code_without_standing_leaves_that_open() -> None:
    report = examined(replace(CODE, status=None))
    assert (report.overall, report.state.answer) == (Overall.CANNOT_TELL, Is.NOT_CHECKED)


def test_the_short_form_proves_nothing_by_itself() -> None:
    report = examined(CODE.without_log())
    assert (report.overall, report.authority.reason) == (Overall.CANNOT_TELL, "QR_SHORT_FORM")
    assert (report.fields, report.digest) == ((), "")


def test_a_code_without_printed_fields_leaves_the_paper_to_be_compared() -> None:
    bare = make_code(SCENE.parts(), None, TRUST)
    assert parse_qr(encode_qr(bare)) == bare
    report = examined(bare)
    assert (report.overall, report.intact.reason) == (Overall.CANNOT_TELL, "DOCUMENT_NOT_GIVEN")
    assert examined(bare, document=RECEIPT).overall is Overall.AUTHENTIC


def test_a_reading_with_nothing_in_it_is_an_error_of_who_asks() -> None:
    with pytest.raises(SubjectInvalid):
        examined(CODE, subject=" - ")


# -- one thing changed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_a_code_with_one_thing_changed_is_refused(change: Any) -> None:
    report = examined(change(CODE))
    assert report.overall is Overall.REFUSED


def test_ten_thousand_seeded_changes_of_a_code_give_no_authentic_one() -> None:
    random = Random(20261123)
    data = base45.decode(TEXT.removeprefix(PREFIX))
    for _ in range(10_000):
        mutant = bytearray(data)
        kind = random.randrange(4)
        at = random.randrange(len(mutant))
        if kind == 0:
            mutant[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            del mutant[at : at + random.randrange(1, 9)]
        elif kind == 2:
            mutant[at:at] = random.randbytes(random.randrange(1, 9))
        else:
            mutant[at : at + 8] = random.randbytes(8)
        if bytes(mutant) != data:
            report = examined(PREFIX + base45.encode(bytes(mutant)))
            assert report.overall in (Overall.REFUSED, Overall.CANNOT_TELL)


# -- hostile texts --------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_bytes_are_no_code_or_its_one_encoding(data: bytes) -> None:
    text = PREFIX + base45.encode(data)
    with suppress(EvidenceError):
        assert encode_qr(parse_qr(text)) == text
    assert examined(text).overall is not Overall.AUTHENTIC


SEVERAL = [
    CODE,
    CODE.without_log(),
    WITH_MANIFEST,
    SCENE.code(state="superseded"),
    replace(CODE, business_key=SEVENS),
    replace(CODE, printed=None, related=SEVENS),
    printing(*((place.replace("*", str(n * 77)), f"{n}") for n, place in enumerate(PLACES))).without_log(),
    printing(
        ("/one", 12), ("/two", None), ("/three", True), ("/f\u00fcnf/0", "s\u00fc\u00df"), ("", -1)
    ).without_log(),
]


@pytest.mark.parametrize("code", SEVERAL)
def test_whatever_is_read_is_written_as_the_same_text(code: QrCode) -> None:
    data = base45.decode(encode_qr(code).removeprefix(PREFIX))
    assert parse_qr(encode_qr(code)) == code
    random, read = Random(len(data)), 0
    for _ in range(600):
        mutant = bytearray(data)
        for _ in range(random.randrange(1, 3)):
            at = random.choice((0, random.randrange(len(mutant)), random.randrange(min(len(mutant), 200))))
            kind = random.randrange(4)
            if kind == 0:
                mutant[at] ^= 1 << random.randrange(8)
            elif kind == 1:
                mutant[at] = random.choice((0, 1, 2, 0x20, 0x7F, 0x80, 0xFF))
            elif kind == 2:
                mutant[at : at + 32] = bytes(len(mutant[at : at + 32]))
            else:
                mutant[at:at] = random.choice((b"\0", b"\x80", b"/", b"1"))
        text = PREFIX + base45.encode(bytes(mutant))
        with suppress(EvidenceError):
            assert encode_qr(parse_qr(text)) == text
            read += 1
    assert read > 30  # many changes make another code: only those tell whether it has one spelling


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_a_text_is_reported_on_whatever_it_is(text: str) -> None:
    assert examined(text).overall is Overall.REFUSED
    assert examined(PREFIX + text).overall is not Overall.AUTHENTIC


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_text_is_no_code(text: str) -> None:
    with pytest.raises(EvidenceError):
        parse_qr(text)


@given(st.integers(0, 2**63 - 1))
def test_a_number_has_one_spelling(value: int) -> None:
    told = number(value)
    reader = Reader(told)
    assert reader.number() == value
    reader.must_be_over()
    longer = told[:-1] + bytes([told[-1] | 0x80, 0])
    with pytest.raises(QrInvalid):
        Reader(longer).number()


@pytest.mark.parametrize("data", [b"\xff" * 9 + b"\x01", b"\xff" * 300, b"\x80"])
def test_a_number_beyond_63_bits_or_without_an_end_is_refused(data: bytes) -> None:
    with pytest.raises(QrInvalid):
        Reader(data).number()


@given(st.integers(1, 300), st.data())
def test_the_length_of_a_path_follows_from_place_and_size(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = Levels([TRUST.log_keys[0].public] * size)  # type: ignore[list-item]
    assert path_length(index, size) == len(tree.proof(index).path)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["name"]))
def test_the_vectors_get_their_verdicts(case: dict[str, Any]) -> None:
    trust = parse_trust(VECTORS["trust"].encode())
    report = examine_qr(case["text"], trust, case["now"], subject=case["subject"])
    assert report.overall.value == case["verdict"]
    assert {n: [a.answer.value, a.reason] for n, a in report.answers.items()} == case["answers"]
    assert [[one.pointer, one.value] for one in report.fields] == case["fields"]


def test_the_table_of_places_is_that_of_the_vectors_and_has_each_once() -> None:
    assert list(PLACES) == VECTORS["places"]
    assert len(set(PLACES)) == len(PLACES)


def test_a_code_is_made_of_a_proof_only() -> None:
    with pytest.raises(EvidenceError):
        make_code(Bundle(b"no proof"), None, TRUST)
    assert parse_tlog_proof(SCENE.parts().proof).index == RECEIPT_AT
