"""The examination of one document: from evidence to a report of six answers.

The steps, which the code cites by number:

 (1) parse the evidence, each part strictly
 (2) the checkpoint is of the trusted log, signed by it and cosigned by the quorum
 (3) the entry is in that log (and the document in the entry's batch): so the issuer had the power then
 (3+) where the issuer's registry facts are given: their office, key and scope are in that log, and those of the act
 (3a) where a chain proof is given and the trust file names validators: they sealed that very entry, or that root
 (4) the document's digest is the one certified
 (4a) where fields are shown in the document's stead, or printed: each is a field of the document in the log
 (5) the issuer's key was not declared compromised from a time before the act
 (6) the standing of the document, signed for this document and this checkpoint
 (6a) what it rests on is on record and in force, if the caller has the register
 (6b) a record that was taken over from older papers is attested by two other offices, in that log
 (7) the thing in front of the reader is one the document names
 (8) how old the knowledge is

A pack (docs/spec/pack.md) or a status list (docs/spec/status-list.md) may be a newer word on the standing; for the
short form of a printed code a pack is all the evidence there is.

The reader's part: that the trust file came by a channel they trust, and that `now` is the time.
Checks raise; only this module turns what they raise into answers. Evidence that is wrong answers no;
evidence that is not there leaves the question open.
"""

from typing import NamedTuple

from sanad_verifier.answers import (
    StateFacts,
    say_age,
    say_state,
    say_subject,
    say_subject_open,
    say_suspect,
)
from sanad_verifier.attestations import Attested, verify_attestations
from sanad_verifier.bundle import unpack
from sanad_verifier.chain.ledger_events import SealedRoot, meaning
from sanad_verifier.chain.proof import ChainProof, Sealed, parse_chain_proof, verify_chain_proof
from sanad_verifier.chain.validators import ChainTrust
from sanad_verifier.checkpoints import TrustedCheckpoint, verify_checkpoint_note
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.documents import candidate_digests
from sanad_verifier.entries import Entry
from sanad_verifier.errors import EvidenceError
from sanad_verifier.fields import Field
from sanad_verifier.findings import Findings
from sanad_verifier.packs.examining import examine_short_code
from sanad_verifier.packs.pack import Pack
from sanad_verifier.presentation import Presentation, parse_presentation, verify_presentation
from sanad_verifier.printed import PrintedProof, verify_printed
from sanad_verifier.qr import parse_qr
from sanad_verifier.qr_evidence import proof_in, status_in
from sanad_verifier.registry import KINDS, Registry, RegistryDiffers, parse_registry, verify_registry
from sanad_verifier.status_lists.lists import StatusList
from sanad_verifier.status_statement import StatusStatement, verify_status
from sanad_verifier.subjects import check_reading, normalise_subject, subjects_named, subjects_shown
from sanad_verifier.tlog_proof import TlogProof, parse_tlog_proof, verify_tlog_proof
from sanad_verifier.trust import SubjectField, Trust
from sanad_verifier.verdict import Answer, Is, Report

__all__ = ["Evidence", "StateFacts", "examine_bundle", "examine_evidence", "examine_qr", "normalise_subject"]


class Evidence(NamedTuple):
    """What an examination has in hand. `document` is what was presented, None if only a digest or number
    was; `state` comes from a source that the caller checked; `now` in seconds.
    """

    proof: TlogProof
    document: bytes | None = None
    state: StateFacts | None = None
    subject: str | None = None
    now: int = 0
    digest: bytes | None = None
    """The digest of what was presented, where only that was given."""
    chain: ChainProof | None = None
    fields: Presentation | None = None
    printed: PrintedProof | None = None
    pack: Pack | None = None
    lists: tuple[StatusList, ...] = ()
    registry: Registry | None = None
    parents: Answer | None = None
    """Whether what it rests on is there, where a caller has the register to look it up."""
    attestations: tuple[TlogProof, ...] | None = None
    """Attestations, still in force, of a record that was taken over from older papers; None where nobody looked."""


def examine_bundle(
    data: bytes,
    trust: Trust,
    now: int,
    *,
    document: bytes | None = None,
    subject: str | None = None,
    pack: Pack | None = None,
    lists: tuple[StatusList, ...] = (),
) -> Report:
    """Examine a bundle (and, if given, a document presented with it) at the time `now`, in seconds.

    Whatever the bytes are, the answer is a report; only a `subject` that is none raises (`SubjectInvalid`).
    """
    found = Findings()
    try:
        bundle = unpack(data)  # (1)
        proof = parse_tlog_proof(bundle.proof)
        chain = None if bundle.chain is None else parse_chain_proof(bundle.chain)
        fields = None if bundle.fields is None else parse_presentation(bundle.fields)
        registry = None if bundle.registry is None else parse_registry(bundle.registry)
    except EvidenceError as error:
        found.refuse("intact", error)
        return _examine(None, subject, trust, found)
    state = None
    if bundle.status is not None:
        try:
            state = _facts(verify_status(bundle.status, trust.origin, trust.status_keys), proof)  # (6)
        except EvidenceError as error:
            found.refuse("state", error)
    if bundle.document is not None:
        _compare_kept(bundle.document, document, proof, found)  # (4)
    presented = bundle.document if document is None else document
    evidence = Evidence(
        proof,
        presented,
        state,
        subject,
        now,
        chain=chain,
        fields=fields,
        pack=pack,
        lists=lists,
        registry=registry,
    )
    return _examine(evidence, subject, trust, found)


def examine_qr(
    text: str,
    trust: Trust,
    now: int,
    *,
    document: bytes | None = None,
    subject: str | None = None,
    pack: Pack | None = None,
    lists: tuple[StatusList, ...] = (),
) -> Report:
    """Examine the text of a printed code (and, if given, a document presented with it) at the time `now`, in seconds.

    Whatever the text is, the answer is a report; only a `subject` that is none raises (`SubjectInvalid`).
    """
    found = Findings()
    try:
        code = parse_qr(text)  # (1)
    except EvidenceError as error:
        found.refuse("intact", error)
        return _examine(None, subject, trust, found)
    if code.log is None and pack is not None:
        return examine_short_code(code, pack, trust, now, document=document, subject=subject)
    if code.log is None:
        found.say(
            "authority",
            Is.NOT_CHECKED,
            "QR_SHORT_FORM",
            "the code is of the short form: ask a service that has the ledger",
        )
        return _examine(None, subject, trust, found)
    try:
        proof = proof_in(code, trust)
    except EvidenceError as error:
        found.refuse("authority", error)
        return _examine(None, subject, trust, found)
    state = None
    try:
        status = status_in(code, proof, trust)
        if status is not None:
            state = _facts(status, proof)  # (6)
    except EvidenceError as error:
        found.refuse("state", error)
    evidence = Evidence(proof, document, state, subject, now, printed=code.printed, pack=pack, lists=lists)
    return _examine(evidence, subject, trust, found)


def examine_evidence(evidence: Evidence, trust: Trust) -> Report:
    """Examine evidence that was parsed already, such as a node's own."""
    return _examine(evidence, evidence.subject, trust, Findings())


def _examine(evidence: Evidence | None, subject: str | None, trust: Trust, found: Findings) -> Report:
    if subject is not None:
        check_reading(subject)
        found.facts["subject_asked"] = True
    if evidence is None:
        return found.report()
    try:
        checkpoint, entry = _authority(evidence, trust, found)  # (2) (3)
    except EvidenceError as error:
        found.refuse("authority", error)
        return found.report()
    state = _newest_state(evidence, entry)
    shown = _fields(evidence, found)  # (4a)
    if _is_certified_document(evidence, found):  # (4)
        if evidence.parents is not None:
            found.answers.setdefault("parents", evidence.parents)  # (6a)
        try:
            attested = _attested(evidence, checkpoint, entry, trust)  # (6b)
        except EvidenceError as error:
            found.refuse("state", error)
            attested = None
        _state(state, entry, trust, attested, found)  # (5) (6)
        _subject(evidence, shown, trust.subjects.get(entry.doc_type, ()), found)  # (7)
    _freshness(state, evidence, checkpoint, trust, entry, found)  # (8)
    return found.report()


def _newest_state(evidence: Evidence, entry: Entry) -> StateFacts | None:
    """What is known of its standing: the newest of what came with the evidence, a pack and status lists. What was said
    of a longer log is newer, and of logs of the same length what was said later.
    """
    pack, proof = evidence.pack, evidence.proof
    if pack is None and not evidence.lists:
        return evidence.state
    known: list[tuple[int, StateFacts]] = []
    if evidence.state is not None:
        known.append((proof.checkpoint.size, evidence.state))
    if pack is not None:
        listed = pack.listed(Digest(proof.leaf().subject), entry.doc_type, entry.formation)
        if listed is not None:
            facts = StateFacts(pack.standing(listed), 0, pack.time, enough=True)
            known.append((pack.contents.size, facts))
    for one in evidence.lists:
        if one.knows(proof.index, entry):
            standing = one.state.standing(proof.index, entry, proof.leaf().subject)
            facts = StateFacts(standing, 0, one.time, enough=True)
            known.append((one.state.size, facts))
    return max(known, key=lambda told: (told[0], told[1].time), default=(0, None))[1]


def _compare_kept(kept: bytes, presented: bytes | None, proof: TlogProof, found: Findings) -> None:
    """Answers `intact` if the document in a bundle is not the certified one, or not the one presented.

    A bundle keeps a document as the very bytes that were hashed. Another spelling of the same JSON would be a
    second bundle for the same content, so only the digest of the bytes counts here.
    """
    digest = sha256(kept)
    if presented is not None and digest not in {d.digest for d in candidate_digests(presented)}:
        found.say("intact", Is.NO, "DOCUMENT_DIFFERS", "the document presented is not the one in the bundle")
    elif digest != proof.leaf().subject:
        found.say(
            "intact", Is.NO, "DIGEST_DIFFERS", "the document in the bundle is not the one that was issued"
        )


def _facts(status: StatusStatement, proof: TlogProof) -> StateFacts:
    """The facts of a status statement, if it is about this document and the checkpoint of its proof."""
    entry, leaf = proof.entry, proof.leaf()
    if (status.digest, status.issuer, status.doc_type) != (leaf.subject, entry.formation, entry.doc_type):
        raise EvidenceError("the status is about another document", code="STATUS_ELSEWHERE", field="status")
    checkpoint = proof.checkpoint
    if (status.size, status.root) != (checkpoint.size, checkpoint.root):
        raise EvidenceError("the status is of another checkpoint", code="STATUS_ELSEWHERE", field="status")
    return StateFacts(status.state, status.reason, status.time, status.replacement)


def _authority(evidence: Evidence, trust: Trust, found: Findings) -> tuple[TrustedCheckpoint, Entry]:
    proof = evidence.proof
    checkpoint = verify_checkpoint_note(
        proof.note, trust.origin, trust.log_keys, trust.cosigners, trust.quorum, trust.windows
    )
    entry = verify_tlog_proof(proof, checkpoint.checkpoint.size, checkpoint.checkpoint.root)
    name, known = _issuer(evidence, entry, checkpoint, trust)  # (3+)
    found.facts.update(
        digest=proof.leaf().subject.hex(),
        doc_type=entry.doc_type,
        issuer=name,
        issued_at=entry.time,
        entry=proof.index,
    )
    had_power = f"{name} had the power to issue it, and did (entry {proof.index}){known}"
    if evidence.chain is None:
        found.say("authority", Is.YES, "ENTRY_IN_LOG", had_power)
    elif trust.chain is None:
        unchecked = "the seals on its chain proof were not checked, since no validators are trusted"
        found.say("authority", Is.YES, "ENTRY_IN_LOG", f"{had_power}; {unchecked}")
    else:
        block = _seal(evidence.chain, proof, trust.chain, bytes.fromhex(trust.ledger))  # (3a)
        found.facts["sealed_block"] = block.height
        found.say(
            "authority",
            Is.YES,
            "ENTRY_SEALED",
            f"{had_power}; the validators sealed it in block {block.height}",
        )
    return checkpoint, entry


def _issuer(evidence: Evidence, entry: Entry, checkpoint: TrustedCheckpoint, trust: Trust) -> tuple[str, str]:
    """What the issuer is called, and what more the registry facts say of its power."""
    trusted = trust.formations.get(entry.formation)
    if evidence.registry is None:
        return (trusted.code if trusted else f"formation {entry.formation}"), ""
    head = checkpoint.checkpoint
    issuer = verify_registry(evidence.registry, entry, evidence.proof.index, head.size, head.root)
    if trusted is not None and (trusted.code, trusted.kind) != (issuer.code, issuer.kind):
        raise RegistryDiffers("the log calls the office otherwise than the trust file does", field="registry")
    office, key, scope = (issuer.entries[kind] for kind in KINDS)
    return issuer.code, f", by the office, key and scope of entries {office}, {key} and {scope}"


def _seal(chain: ChainProof, proof: TlogProof, trust: ChainTrust, ledger: bytes) -> Sealed:
    """The block whose seals are over the proof's own entry, or over its checkpoint's root."""
    block = verify_chain_proof(chain, trust)
    said = meaning(block.event, ledger)
    if isinstance(said, SealedRoot):
        checkpoint = proof.checkpoint
        agrees = (said.size, said.root) == (checkpoint.size, checkpoint.root)
    else:
        place = proof.index - said.first
        agrees = 0 <= place < len(said.raw) and said.raw[place] == proof.raw_entry
    if not agrees:
        raise EvidenceError("the validators sealed something else", code="CHAIN_DIFFERS", field="chain")
    return block


def _fields(evidence: Evidence, found: Findings) -> tuple[Field, ...]:
    """The fields shown in the document's stead, or printed on its certificate; answers `intact` by them."""
    related = evidence.proof.leaf().related
    try:
        if evidence.printed is not None:
            shown, reason = verify_printed(evidence.printed, related), "FIELDS_PRINTED"
            sentence = f"compare the paper with these {len(shown)} fields: they are as they were issued"
        elif evidence.fields is not None:
            shown, reason = verify_presentation(evidence.fields, related), "FIELDS_SHOWN"
            hidden = evidence.fields.size - len(shown)
            sentence = f"the {len(shown)} fields shown are as they were issued; {hidden} others are not shown"
        else:
            return ()
    except EvidenceError as error:
        found.refuse("intact", error)
        return ()
    found.facts["fields"] = shown
    if shown and evidence.document is None and evidence.digest is None:
        found.say("intact", Is.YES, reason, sentence)
    return shown


def _is_certified_document(evidence: Evidence, found: Findings) -> bool:
    """Answers `intact`; False if what was presented is another document, of which nothing else is known."""
    certified, document = evidence.proof.leaf().subject, evidence.document
    if document is not None:
        given = {candidate.digest for candidate in candidate_digests(document)}
    else:
        given = set() if evidence.digest is None else {Digest(evidence.digest)}
    if not given:
        sentence = "the record is found by its number: compare the paper with it, or give the file"
        found.say("intact", Is.NOT_CHECKED, "DOCUMENT_NOT_GIVEN", sentence)
    elif certified not in given:
        found.say("intact", Is.NO, "DIGEST_DIFFERS", "the document is not the one that was issued")
    elif document is None:
        found.say("intact", Is.YES, "DIGEST_EQUAL", "the digest given is the one that was issued")
    else:
        found.say("intact", Is.YES, "DIGEST_EQUAL", "the document is unchanged since it was issued")
    return found.answers["intact"].answer is not Is.NO


def _attested(
    evidence: Evidence, checkpoint: TrustedCheckpoint, entry: Entry, trust: Trust
) -> tuple[str, ...] | None:
    """The offices that attest the record, by attestations in the same log."""
    office = trust.formations.get(entry.formation)
    if evidence.attestations is None or office is None:
        return None
    head, leaf = checkpoint.checkpoint, evidence.proof.leaf()
    of = Attested(Digest(leaf.subject), entry.doc_type, office.code)
    return verify_attestations(evidence.attestations, of, entry, head.size, head.root, trust)


def _state(
    facts: StateFacts | None, entry: Entry, trust: Trust, attested: tuple[str, ...] | None, found: Findings
) -> None:
    since = trust.distrusted.get(entry.key)
    if since is not None and entry.time >= since:
        say_suspect(found)
    elif facts is not None and "state" not in found.answers:
        say_state(facts, found, attested)


def _subject(
    evidence: Evidence, shown: tuple[Field, ...], fields: tuple[SubjectField, ...], found: Findings
) -> None:
    if evidence.subject is None:
        say_subject_open(fields, found)
        return
    named = subjects_named(evidence.document or b"", fields) + subjects_shown(shown, fields)
    all_named = evidence.document is not None or _all_shown(evidence, shown, fields)
    say_subject(named, evidence.subject, all_named=all_named, found=found)


def _all_shown(evidence: Evidence, shown: tuple[Field, ...], fields: tuple[SubjectField, ...]) -> bool:
    """Whether the fields shown hold every number that the document names: only then is another one not its own."""
    if evidence.printed is not None:
        return evidence.printed.fields.whole
    pointers = {one.pointer for one in shown}
    return all(one.pointer in pointers for one in fields)


def _freshness(
    state: StateFacts | None,
    evidence: Evidence,
    checkpoint: TrustedCheckpoint,
    trust: Trust,
    entry: Entry,
    found: Findings,
) -> None:
    limits = trust.limits_of(entry.doc_type)
    seen = max([checkpoint.time, *_seen_with(evidence)])
    if state is not None and state.enough:
        say_age(state.time, seen, evidence.now, trust, limits, found)
    elif checkpoint.time == 0:
        found.say("freshness", Is.NOT_CHECKED, "NO_TIME", "no trusted member has said when this was so")
    else:
        known = checkpoint.time if state is None else min(checkpoint.time, state.time)
        say_age(known, seen, evidence.now, trust, limits, found)


def _seen_with(evidence: Evidence) -> list[int]:
    """The times of the checkpoints that came with packs and status lists."""
    of_lists = [one.published.seen for one in evidence.lists]
    return of_lists if evidence.pack is None else [*of_lists, evidence.pack.checkpoint.time]
