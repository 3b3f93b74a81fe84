"""The examination of one document: from evidence to a report of six answers.

The steps, which the code cites by number:

 (1) parse the evidence, each part strictly
 (2) the checkpoint is of the trusted log, signed by it and cosigned by the quorum
 (3) the entry is in that log (and the document in the entry's batch): so the issuer had the power then
 (4) the document's digest is the one certified
 (5) the issuer's key was not declared compromised from a time before the act
 (6) the standing of the document, as of the same checkpoint
 (7) the thing in front of the reader is one the document names
 (8) how old the knowledge is

Checks raise; only this module turns what they raise into answers.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from sanad_verifier.bundle import unpack
from sanad_verifier.checkpoints import TrustedCheckpoint, verify_checkpoint
from sanad_verifier.digests import sha256
from sanad_verifier.documents import candidate_digests
from sanad_verifier.entries import Entry
from sanad_verifier.errors import EvidenceError, SanadError
from sanad_verifier.json_profile import JsonRefused, parse
from sanad_verifier.status_statement import StatusStatement, verify_status
from sanad_verifier.tlog_proof import TlogProof, parse_tlog_proof, verify_tlog_proof
from sanad_verifier.trust import SubjectField, Trust
from sanad_verifier.verdict import Answer, Is, Report

SKEW = 300
"""Seconds by which clocks may differ before a time in the future is not believed."""


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What is known of a document's standing: where it was said, as of when (seconds)."""

    state: str
    reason: int
    time: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an examination has in hand. `document` is what was presented, None if only a digest or number
    was.
    """

    proof: TlogProof
    document: bytes | None = None
    state: StateFacts | None = None
    subject: str | None = None
    now: int = 0
    digest: bytes | None = None
    """The digest of what was presented, where only that was given."""


@dataclass(slots=True)
class _Findings:
    """Answers while they are gathered."""

    answers: dict[str, Answer] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def say(self, name: str, answer: Is, reason: str, sentence: str) -> None:
        self.answers.setdefault(name, Answer(answer, reason, sentence))

    def report(self) -> Report:
        for name, sentence in _UNANSWERED.items():
            self.say(name, Is.NOT_CHECKED, f"{name.upper()}_NOT_CHECKED", sentence)
        answers: dict[str, Any] = dict(self.answers)
        return Report(**answers, **self.facts)


_UNANSWERED = {
    "intact": "the bytes were not compared",
    "authority": "the issuer's power was not established",
    "state": "whether it is still in force was not established",
    "parents": "documents it rests on are not recorded for this type",
    "subject": "not compared with the thing in front of you",
    "freshness": "the age of the evidence was not established",
}


def examine_bundle(
    data: bytes, trust: Trust, now: int, *, document: bytes | None = None, subject: str | None = None
) -> Report:
    """Examine a bundle (and, if given, a document presented with it) at the time `now`, in seconds."""
    findings = _Findings()
    try:
        bundle = unpack(data)  # (1)
        proof = parse_tlog_proof(bundle.proof)
        presented = document if document is not None else bundle.document
        if document is not None and bundle.document is not None:
            _same_document(document, bundle.document)
        status = (
            None if bundle.status is None else verify_status(bundle.status, trust.origin, trust.status_keys)
        )
    except SanadError as error:
        findings.say("intact", Is.NO, error.code, error.message)
        return findings.report()
    try:
        facts = None if status is None else _facts(status, proof)
    except EvidenceError as error:
        findings.say("state", Is.NO, error.code, error.message)
        facts = None
    return examine_evidence(Evidence(proof, presented, facts, subject, now), trust, findings)


def _same_document(presented: bytes, kept: bytes) -> None:
    ours = {d.digest for d in candidate_digests(kept)}
    if not ours & {d.digest for d in candidate_digests(presented)}:
        raise EvidenceError("the document presented is not the one in the bundle", code="DOCUMENT_DIFFERS")


def _facts(status: StatusStatement, proof: TlogProof) -> StateFacts:
    """The facts of a status statement, if it is about the document of this proof and of the checkpoint in
    it.
    """
    entry = proof.entry
    told = (status.digest, status.issuer, status.doc_type)
    if told != (proof.leaf().subject, entry.formation, entry.doc_type):
        raise EvidenceError("the status is about another document", code="STATUS_ELSEWHERE", field="status")
    lines = proof.checkpoint.split(b"\n", 3)
    if lines[1:3] != status.text().encode().split(b"\n")[8:10]:
        raise EvidenceError("the status is of another checkpoint", code="STATUS_ELSEWHERE", field="status")
    return StateFacts(status.state, status.reason, status.time)


def examine_evidence(evidence: Evidence, trust: Trust, findings: _Findings | None = None) -> Report:
    """Examine evidence that was parsed already: a node's own, or a bundle's."""
    found = findings or _Findings()
    checkpoint, entry = _authority(evidence, trust, found)  # (2) (3)
    if entry is not None:
        _document(evidence, found)  # (4)
        _state(evidence, entry, trust, found)  # (5) (6)
        _subject(evidence, trust.subjects.get(entry.doc_type, ()), found)  # (7)
    if checkpoint is not None:
        _freshness(evidence, checkpoint, trust, found)  # (8)
    return found.report()


def _authority(
    evidence: Evidence, trust: Trust, found: _Findings
) -> tuple[TrustedCheckpoint | None, Entry | None]:
    proof = evidence.proof
    try:
        checkpoint = verify_checkpoint(
            proof.checkpoint, trust.origin, trust.log_keys, trust.cosigners, trust.quorum
        )
        entry = verify_tlog_proof(proof, checkpoint.checkpoint.size, checkpoint.checkpoint.root)
    except SanadError as error:
        found.say("authority", Is.NO, error.code, error.message)
        return None, None
    formation = trust.formations.get(entry.formation)
    name = formation.code if formation else f"formation {entry.formation}"
    found.facts.update(
        digest=proof.leaf().subject.hex(),
        doc_type=entry.doc_type,
        issuer=name,
        issued_at=entry.time,
        entry=proof.index,
    )
    found.say(
        "authority",
        Is.YES,
        "ENTRY_IN_LOG",
        f"{name} had the power to issue it, and did (entry {proof.index})",
    )
    return checkpoint, entry


def _document(evidence: Evidence, found: _Findings) -> None:
    subject = evidence.proof.leaf().subject
    if evidence.document is None:
        if evidence.digest == subject:
            found.say("intact", Is.YES, "DIGEST_EQUAL", "the digest given is the one that was issued")
        else:
            found.say(
                "intact",
                Is.NOT_CHECKED,
                "DOCUMENT_NOT_GIVEN",
                "the record is found by its number: compare the paper with it, or give the file",
            )
        return
    if sha256(evidence.document) == subject or subject in {
        d.digest for d in candidate_digests(evidence.document)
    }:
        found.say("intact", Is.YES, "DIGEST_EQUAL", "the document is unchanged since it was issued")
    else:
        found.say("intact", Is.NO, "DIGEST_DIFFERS", "the document is not the one that was issued")


def _state(evidence: Evidence, entry: Entry, trust: Trust, found: _Findings) -> None:
    since = trust.distrusted.get(entry.key)
    if since is not None and entry.time >= since:
        found.facts["in_force"] = "suspect"
        found.say(
            "state",
            Is.NO,
            "KEY_COMPROMISED",
            "the key that issued it was declared compromised from before then",
        )
        return
    facts = evidence.state
    if facts is None:
        return
    found.facts["in_force"] = facts.state
    if facts.state == "active":
        found.say("state", Is.YES, "ACTIVE", "it is in force")
    else:
        found.say("state", Is.NO, facts.state.upper(), f"it is {facts.state} (reason {facts.reason})")


def _subject(evidence: Evidence, fields: tuple[SubjectField, ...], found: _Findings) -> None:
    if evidence.subject is None:
        if fields:
            found.say(
                "subject",
                Is.NOT_CHECKED,
                "SUBJECT_NOT_GIVEN",
                "compare it with the thing in front of you: " + ", ".join(sorted({f.kind for f in fields})),
            )
        return
    named = _named(evidence.document, fields)
    if not named:
        found.say(
            "subject",
            Is.NOT_CHECKED,
            "SUBJECT_NOT_NAMED",
            "the document at hand names no thing to compare with",
        )
    elif any(value and value == normalise_subject(kind, evidence.subject) for kind, value in named):
        found.say("subject", Is.YES, "SUBJECT_MATCHES", "it is about the thing in front of you")
    else:
        found.say(
            "subject", Is.NO, "SUBJECT_DIFFERS", "it is about another thing than the one in front of you"
        )


def _named(document: bytes | None, fields: tuple[SubjectField, ...]) -> list[tuple[str, str]]:
    try:
        value = parse(document or b"")
    except JsonRefused:
        return []
    return [
        (f.kind, normalise_subject(f.kind, text))
        for f in fields
        for text in _at(value, f.pointer.split("/")[1:])
        if isinstance(text, str)
    ]


def _at(value: Any, segments: list[str]) -> list[Any]:
    """The values at a pointer; `*` stands for every element of a list."""
    for place, segment in enumerate(segments):
        if segment == "*" and isinstance(value, list):
            return [found for element in value for found in _at(element, segments[place + 1 :])]
        if not isinstance(value, dict) or segment not in value:
            return []
        value = value[segment]
    return [value]


def normalise_subject(kind: str, text: str) -> str:
    """A chassis, engine or container number as two readings of it are compared: no blanks or dashes, upper
    case; in a chassis I, O and Q are 1, 0 and 0.
    """
    kept = re.sub(r"[\s\-]", "", text).upper()
    return kept.translate(str.maketrans("IOQ", "100")) if kind == "chassis" else kept


def _freshness(evidence: Evidence, checkpoint: TrustedCheckpoint, trust: Trust, found: _Findings) -> None:
    if checkpoint.time == 0:
        found.say("freshness", Is.NOT_CHECKED, "NO_TIME", "no trusted member has said when this was so")
        return
    known = checkpoint.time if evidence.state is None else min(checkpoint.time, evidence.state.time)
    found.facts["as_of"] = known
    age = evidence.now - known
    if age < -SKEW:
        found.say("freshness", Is.NOT_CHECKED, "CLOCK_BEHIND", "the clock here is behind the evidence")
    elif age <= trust.fresh_for:
        found.say("freshness", Is.YES, "FRESH", f"known as of {_age(age)} ago")
    elif age <= trust.usable_for:
        found.say("freshness", Is.YES, "AGEING", f"known as of {_age(age)} ago: get newer evidence soon")
    else:
        found.say("freshness", Is.NO, "TOO_OLD", f"known as of {_age(age)} ago, which is too long")


def _age(seconds: int) -> str:
    if seconds < 120:
        return f"{max(seconds, 0)} seconds"
    if seconds < 7200:
        return f"{seconds // 60} minutes"
    return f"{seconds // 3600} hours" if seconds < 172800 else f"{seconds // 86400} days"
