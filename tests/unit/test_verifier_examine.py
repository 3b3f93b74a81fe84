"""The verdict: what each piece of evidence answers, and what the answers come to."""

import json
from base64 import b64decode
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit import vectors
from sanad_testkit.evidence import (
    CONTAINERS,
    DAY,
    KEY,
    NOW,
    RECEIPT,
    SCAN,
    Scene,
    seed,
    without_document,
)
from sanad_verifier.answers import SKEW, StateFacts
from sanad_verifier.bundle import Bundle, pack
from sanad_verifier.checkpoints import CosignatureSigner
from sanad_verifier.documents import document_digest
from sanad_verifier.examine import Evidence, examine_bundle, examine_evidence
from sanad_verifier.notes import NoteSigner
from sanad_verifier.status_statement import sign_status
from sanad_verifier.subjects import SubjectInvalid, normalise_subject
from sanad_verifier.trust import SubjectField, parse_trust
from sanad_verifier.verdict import EXIT_CODES, WORDS, Answer, Is, NotAuthentic, Overall, Report

FOLDER = Path(__file__).parents[1] / "vectors"
SCENE = Scene()
TRUST = SCENE.trust()
PARTS = SCENE.parts()
QUESTIONS = ("intact", "authority", "state", "parents", "subject", "freshness")


def reasons(report: Report) -> dict[str, str]:
    return {name: answer.reason for name, answer in report.answers.items()}


# -- the decision table -----------------------------------------------------------------------------------------------


def made(answers: dict[str, Is], **facts: Any) -> Report:
    given: dict[str, Any] = {name: Answer(answers[name], "CODE", "words") for name in QUESTIONS}
    return Report(**given, **facts)


def told_by_the_table(combination: tuple[Is, ...], *, asked: bool) -> Overall:
    """docs/explanation/verdict.md, stated the other way round: each verdict by all that it takes."""
    intact, authority, state, parents, subject, freshness = combination
    facts = (intact, authority, state, parents, subject)
    if Is.NO in facts:
        return Overall.REFUSED
    known = (intact, authority, state) == (Is.YES, Is.YES, Is.YES)
    if known and (subject is Is.YES or not asked):
        if freshness is Is.YES:
            return Overall.AUTHENTIC
        if freshness is Is.NO:
            return Overall.STALE
    return Overall.CANNOT_TELL


@pytest.mark.parametrize("asked", [False, True], ids=["nobody-asked-about-a-thing", "asked-about-a-thing"])
def test_every_combination_of_answers_follows_the_table(asked: bool) -> None:
    count = 0
    for combination in product(Is, repeat=len(QUESTIONS)):
        answers = dict(zip(QUESTIONS, combination, strict=True))
        assert made(answers, subject_asked=asked).overall is told_by_the_table(combination, asked=asked), (
            answers
        )
        assert made(answers, subject_asked=asked, not_found=True).overall is Overall.UNKNOWN
        count += 1
    assert count == 3**6


def test_a_verdict_of_authentic_takes_every_yes_that_matters() -> None:
    for combination in product(Is, repeat=len(QUESTIONS)):
        answers = dict(zip(QUESTIONS, combination, strict=True))
        if made(answers).overall is Overall.AUTHENTIC:
            assert Is.NO not in combination
            assert {answers[name] for name in ("intact", "authority", "state", "freshness")} == {Is.YES}


def test_a_thing_that_was_asked_about_and_not_compared_is_never_authentic() -> None:
    answers = {**dict.fromkeys(QUESTIONS, Is.YES), "subject": Is.NOT_CHECKED}
    assert made(answers).overall is Overall.AUTHENTIC
    assert made(answers, subject_asked=True).overall is Overall.CANNOT_TELL


def test_a_report_is_no_truth_value_and_can_be_required() -> None:
    good = made(dict.fromkeys(QUESTIONS, Is.YES))
    good.require()
    with pytest.raises(TypeError):
        bool(good)
    with pytest.raises(NotAuthentic) as refused:
        made(dict.fromkeys(QUESTIONS, Is.NOT_CHECKED)).require()
    assert refused.value.code == "NOT_AUTHENTIC"


def test_each_verdict_has_words_and_an_exit_code() -> None:
    assert set(WORDS) == set(EXIT_CODES) == set(Overall)
    assert [verdict for verdict, code in EXIT_CODES.items() if code == 0] == [Overall.AUTHENTIC]


# -- bundles ----------------------------------------------------------------------------------------------------------


def test_an_honest_bundle_is_authentic_and_says_what_it_is_about() -> None:
    report = examine_bundle(SCENE.bundle(), TRUST, NOW)
    assert report.overall is Overall.AUTHENTIC
    told = report.as_dict()
    assert {name: told[name] for name in ("verdict", "type", "issuer", "entry", "state")} == {
        "verdict": "authentic", "type": "AUCTION_RECEIPT", "issuer": "KAPW-AUC", "entry": 5, "state": "active",
    }  # fmt: skip
    assert told["digest"] == document_digest(RECEIPT).digest.hex()
    assert told["asOf"] == SCENE.time
    assert report.lines()[0].startswith("AUTHENTIC")
    assert len(report.lines()) == 1 + len(QUESTIONS)


CASES: dict[str, Any] = json.loads((FOLDER / "bundles.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: str(case["name"]))
def test_the_vectors_other_implementations_read(case: dict[str, Any]) -> None:
    report = examine_bundle(
        b64decode(case["bundle"]),
        parse_trust(CASES["trust"].encode()),
        case["now"],
        document=None if case["document"] is None else b64decode(case["document"]),
        subject=case["subject"],
    )
    assert report.overall.value == case["verdict"]
    assert {n: [a.answer.value, a.reason] for n, a in report.answers.items()} == case["answers"]


@pytest.mark.parametrize("name", vectors.FILES)
def test_the_vectors_are_those_this_code_writes(name: str) -> None:
    """After a wanted change: `python scripts/make_vectors.py`."""
    assert (FOLDER / name).read_text("utf-8") == vectors.written(vectors.FILES[name]())


@pytest.mark.parametrize(("trust", "question", "reason"), [
    pytest.param(replace(TRUST, origin="elsewhere"), "authority", "CHECKPOINT_INVALID", id="another-network"),
    pytest.param(replace(TRUST, log_keys=(NoteSigner(TRUST.origin, seed("x")).key,)), "authority", "NOTE_UNTRUSTED",
                 id="another-log-key"),
    pytest.param(replace(TRUST, cosigners=tuple(CosignatureSigner(f"m{i}", seed(f"m{i}")).key for i in range(3))),
                 "authority", "QUORUM_MISSING", id="other-cosigners"),
    pytest.param(replace(TRUST, quorum=3, cosigners=(*TRUST.cosigners[:2], CosignatureSigner("m", seed("m")).key)),
                 "authority", "QUORUM_MISSING", id="one-cosigner-too-few"),
    pytest.param(replace(TRUST, status_keys=()), "state", "NOTE_UNTRUSTED", id="no-status-key"),
    pytest.param(replace(TRUST, distrusted={KEY: NOW - 40 * DAY}), "state", "KEY_COMPROMISED", id="a-stolen-key"),
])  # fmt: skip
def test_a_reader_who_trusts_otherwise_refuses(trust: Any, question: str, reason: str) -> None:
    report = examine_bundle(SCENE.bundle(), trust, NOW)
    assert report.overall is Overall.REFUSED
    assert reasons(report)[question] == reason


def test_what_a_key_signed_before_it_was_stolen_stays_good() -> None:
    report = examine_bundle(SCENE.bundle(), replace(TRUST, distrusted={KEY: NOW - DAY}), NOW)
    assert report.overall is Overall.AUTHENTIC


def test_a_stolen_key_outshines_a_good_standing() -> None:
    trust = replace(TRUST, distrusted={KEY: 0})
    facts = StateFacts("active", 0, NOW)
    report = examine_evidence(Evidence(SCENE.proof(), RECEIPT, facts, None, NOW), trust)
    assert (report.in_force, reasons(report)["state"]) == ("suspect", "KEY_COMPROMISED")


@pytest.mark.parametrize(("change", "reason"), [
    pytest.param({"issuer": 5}, "STATUS_ELSEWHERE", id="of-another-issuer"),
    pytest.param({"doc_type": "FILE"}, "STATUS_ELSEWHERE", id="of-another-type"),
    pytest.param({"digest": document_digest(SCAN).digest}, "STATUS_ELSEWHERE", id="of-another-document"),
    pytest.param({"size": 20}, "STATUS_ELSEWHERE", id="of-an-earlier-log"),
    pytest.param({"root": document_digest(SCAN).digest}, "STATUS_ELSEWHERE", id="of-another-log"),
    pytest.param({"origin": "elsewhere"}, "STATUS_INVALID", id="of-another-network"),
])  # fmt: skip
def test_a_standing_that_is_not_of_this_document_and_checkpoint_is_refused(
    change: dict[str, Any], reason: str
) -> None:
    statement = replace(SCENE.statement(SCENE.proof()), **change)
    data = pack(replace(PARTS, status=sign_status(statement, SCENE.status)))
    report = examine_bundle(data, TRUST, NOW)
    assert (report.overall, reasons(report)["state"]) == (Overall.REFUSED, reason)


@pytest.mark.parametrize(("state", "sentence"), [
    ("suspended", "it is suspended: fraud"), ("superseded", "it was replaced by another document: fraud"),
    ("revoked", "it was revoked: fraud"),
])  # fmt: skip
def test_a_document_out_of_force_is_refused_with_the_reason(state: str, sentence: str) -> None:
    report = examine_bundle(SCENE.bundle(state=state), TRUST, NOW)
    assert (report.overall, report.in_force) == (Overall.REFUSED, state)
    assert report.state.sentence == sentence
    assert report.replaced_by == ("cd" * 32 if state == "superseded" else "")


@pytest.mark.parametrize(("state", "overall"), [
    ("active", Overall.AUTHENTIC), ("suspended", Overall.REFUSED), ("superseded", Overall.REFUSED),
    ("consumed", Overall.REFUSED), ("revoked", Overall.REFUSED), ("suspect", Overall.REFUSED),
    ("surrendered", Overall.REFUSED),
    ("legacy", Overall.CANNOT_TELL), ("", Overall.REFUSED), ("ACTIVE", Overall.REFUSED),
])  # fmt: skip
def test_each_state_a_node_may_know_has_its_answer(state: str, overall: Overall) -> None:
    evidence = Evidence(SCENE.proof(), RECEIPT, StateFacts(state, 0, NOW), None, NOW)
    assert examine_evidence(evidence, TRUST).overall is overall


def test_a_standing_nobody_stated_leaves_the_question_open() -> None:
    report = examine_bundle(pack(replace(PARTS, status=None)), TRUST, NOW)
    assert (report.overall, report.state.answer) == (Overall.CANNOT_TELL, Is.NOT_CHECKED)


# -- the document -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("document", "overall", "reason"), [
    pytest.param(RECEIPT, Overall.AUTHENTIC, "DIGEST_EQUAL", id="the-same"),
    pytest.param(RECEIPT.replace(b",", b",\n "), Overall.AUTHENTIC, "DIGEST_EQUAL", id="another-spelling"),
    pytest.param(RECEIPT.replace(b"118", b"119"), Overall.REFUSED, "DIGEST_DIFFERS", id="another-lot"),
    pytest.param(b"", Overall.REFUSED, "DIGEST_DIFFERS", id="nothing"),
    pytest.param(b"\xff\x00", Overall.REFUSED, "DIGEST_DIFFERS", id="something-else"),
])  # fmt: skip
def test_a_document_presented_apart_is_compared(document: bytes, overall: Overall, reason: str) -> None:
    apart = examine_bundle(pack(without_document(PARTS)), TRUST, NOW, document=document)
    assert (apart.overall, reasons(apart)["intact"]) == (overall, reason)
    beside = examine_bundle(SCENE.bundle(), TRUST, NOW, document=document)
    assert beside.overall is overall


def test_another_document_in_the_bundle_than_the_one_presented_is_refused() -> None:
    """Either may be the certified one: a bundle that shows another paper than the holder does is a trick."""
    for kept, presented in ((SCAN, RECEIPT), (RECEIPT, SCAN)):
        form = document_digest(kept).form
        data = pack(Bundle(PARTS.proof, PARTS.status, kept, form))
        report = examine_bundle(data, TRUST, NOW, document=presented)
        assert (report.overall, reasons(report)["intact"]) == (Overall.REFUSED, "DOCUMENT_DIFFERS")


def test_of_a_document_that_differs_nothing_more_is_said() -> None:
    report = examine_bundle(SCENE.bundle(), TRUST, NOW, document=SCAN, subject="TRJ150-0098765")
    assert report.in_force == ""
    assert (report.state.answer, report.subject.answer) == (Is.NOT_CHECKED, Is.NOT_CHECKED)


def test_a_whole_digest_answers_for_the_bytes_and_a_number_does_not() -> None:
    facts = StateFacts("active", 0, NOW)
    digest = document_digest(RECEIPT).digest
    by_digest = Evidence(SCENE.proof(), None, facts, None, NOW, digest)
    assert examine_evidence(by_digest, TRUST).overall is Overall.AUTHENTIC
    other = by_digest._replace(digest=document_digest(SCAN).digest)
    assert examine_evidence(other, TRUST).overall is Overall.REFUSED
    by_number = by_digest._replace(digest=None)
    report = examine_evidence(by_number, TRUST)
    assert (report.overall, reasons(report)["intact"]) == (Overall.CANNOT_TELL, "DOCUMENT_NOT_GIVEN")


# -- the thing in front of the reader ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("index", "reading", "overall", "reason"), [
    (5, "TRJ150-0098765", Overall.AUTHENTIC, "SUBJECT_MATCHES"),
    (5, " trj15o oo98765 ", Overall.AUTHENTIC, "SUBJECT_MATCHES"),
    (5, "1TR–1234567", Overall.AUTHENTIC, "SUBJECT_MATCHES"),
    (5, "TRJ150-0098766", Overall.REFUSED, "SUBJECT_DIFFERS"),
    (5, "TRJ150", Overall.REFUSED, "SUBJECT_DIFFERS"),
    (5, "ITR-1234567", Overall.REFUSED, "SUBJECT_DIFFERS"),
    (20, "APZU 481209 0", Overall.AUTHENTIC, "SUBJECT_MATCHES"),
    (20, "APZU4812091", Overall.REFUSED, "SUBJECT_DIFFERS"),
    (11, "TRJ150-0098765", Overall.CANNOT_TELL, "SUBJECT_NOT_NAMED"),
])  # fmt: skip
def test_a_reading_is_compared_with_what_the_document_names(
    index: int, reading: str, overall: Overall, reason: str
) -> None:
    report = examine_bundle(SCENE.bundle(index), TRUST, NOW, subject=reading)
    assert (report.overall, reasons(report)["subject"]) == (overall, reason)


@pytest.mark.parametrize("reading", ["", " - ", "\t", "\u2013", "x" * 257])
def test_a_reading_that_is_none_is_a_mistake_of_the_asker(reading: str) -> None:
    for data in (SCENE.bundle(), b""):
        with pytest.raises(SubjectInvalid) as refused:
            examine_bundle(data, TRUST, NOW, subject=reading)
        assert (refused.value.code, refused.value.field) == ("SUBJECT_INVALID", "subject")


@pytest.mark.parametrize(
    "pointer", ["/missing", "/containers/0/number", "/containers/*/none", "/containers", "/*"]
)
def test_a_document_that_names_nothing_there_cannot_be_compared(pointer: str) -> None:
    trust = replace(TRUST, subjects={"BILL_OF_LADING": (SubjectField("container", pointer),)})
    report = examine_bundle(SCENE.bundle(20), trust, NOW, subject="TCLU4482017")
    assert (report.overall, reasons(report)["subject"]) == (Overall.CANNOT_TELL, "SUBJECT_NOT_NAMED")
    assert b"TCLU4482017" in CONTAINERS


def test_lookalikes_are_one_only_in_a_chassis_number() -> None:
    assert normalise_subject("chassis", "wp0-zzz IOQ") == "WP0ZZZ100"
    assert normalise_subject("container", "oolu 123456-7") == "OOLU1234567"


# -- the age ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "overall", "reason"), [
    (0, Overall.AUTHENTIC, "FRESH"), (DAY, Overall.AUTHENTIC, "FRESH"), (DAY + 1, Overall.AUTHENTIC, "AGEING"),
    (7 * DAY, Overall.AUTHENTIC, "AGEING"), (7 * DAY + 1, Overall.STALE, "TOO_OLD"),
    (-SKEW, Overall.AUTHENTIC, "FRESH"), (-SKEW - 1, Overall.CANNOT_TELL, "CLOCK_BEHIND"),
])  # fmt: skip
def test_evidence_ages(age: int, overall: Overall, reason: str) -> None:
    report = examine_bundle(SCENE.bundle(), TRUST, SCENE.time + age)
    assert (report.overall, reasons(report)["freshness"]) == (overall, reason)


def test_knowledge_is_as_old_as_its_oldest_part() -> None:
    old = StateFacts("active", 0, NOW - 9 * DAY)
    report = examine_evidence(Evidence(SCENE.proof(), RECEIPT, old, None, NOW), TRUST)
    assert (report.overall, report.as_of) == (Overall.STALE, NOW - 9 * DAY)


def test_evidence_without_a_time_is_never_fresh() -> None:
    report = examine_bundle(SCENE.bundle(), replace(TRUST, quorum=0), NOW)
    assert (report.overall, reasons(report)["freshness"]) == (Overall.CANNOT_TELL, "NO_TIME")


def test_an_office_the_trust_file_does_not_name_is_shown_by_its_number() -> None:
    report = examine_bundle(SCENE.bundle(), replace(TRUST, formations={}), NOW)
    assert (report.overall, report.issuer) == (Overall.AUTHENTIC, "formation 4")
