"""Verifying from this node's own store: the same evidence a bundle holds, examined by the same code,
without asking the chain.

The node's store is evidence like any other: the entry's inclusion is checked against a signed checkpoint
before anything is called authentic.
"""

import re
from dataclasses import dataclass, replace
from threading import Lock

from sanad_node import attesting, checkpointing, differing, finding, noticing, proving, supporting
from sanad_node.batch_files import batch_proof
from sanad_node.differing import NOBODY, Sight
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord, LoggedEntry
from sanad_node.vault import VaultErased, VaultMissing
from sanad_node.waiting import may_wait
from sanad_verifier.answers import StateFacts, say_age
from sanad_verifier.bundle import Bundle, is_bundle, pack
from sanad_verifier.digests import Digest
from sanad_verifier.documents import Form, candidate_digests, document_digest
from sanad_verifier.entries import Kind
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.examine import Evidence, examine_bundle, examine_evidence, examine_qr
from sanad_verifier.findings import Findings
from sanad_verifier.notes import parse_note
from sanad_verifier.printed import PrintedProof
from sanad_verifier.qr import is_qr_text, parse_qr
from sanad_verifier.qr_image import is_image, read_image
from sanad_verifier.registry import Registry, ShownEntry
from sanad_verifier.status_statement import StatusStatement, sign_status
from sanad_verifier.tlog_proof import BatchPart, TlogProof, parse_tlog_proof
from sanad_verifier.trust import Limits, Trust
from sanad_verifier.verdict import Answer, Is, Report

WHOLE_DIGEST = re.compile(r"[0-9a-f]{64}")
_ONE_PICTURE = Lock()  # a picture takes up to 150 MB while it is looked at
RANK = ("authentic", "stale", "cannot-tell", "refused", "unknown")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know: bytes, or an identifier; narrowed by type and issuer; compared with a
    thing.
    """

    document: bytes | None = None
    identifier: str | None = None
    doc_type: str | None = None
    issuer: str | None = None
    subject: str | None = None
    digests: tuple[str, ...] = ()
    """What somebody who has the bytes computed of them, in hex: the document is compared there, not here."""
    code: str | None = None
    """The text of a certificate's QR, or the short code under it."""
    sight: Sight = NOBODY
    """With which documents a paper that is on no ledger may be compared."""


def verify(node: Node, asked: Asked) -> list[Report]:
    """A report for each document on the ledger that was meant; one `unknown` report if there is none.

    Of documents of one digest the first issued comes first, of others (a number that several had) the best.
    """
    if asked.code is not None and is_qr_text(asked.code.encode()):
        return _verify_qr(node, asked.code, asked)
    if asked.document is not None and is_bundle(asked.document):
        return [
            examine_bundle(
                asked.document, checkpointing.trust(node), int(node.clock()), subject=asked.subject
            )
        ]
    if asked.document is not None:
        digests = [d.digest for d in candidate_digests(asked.document)]
        found = _narrow(node, node.reader.documents_by_digest(digests), asked)
    elif asked.digests:
        found = _narrow(
            node, node.reader.documents_by_digest([bytes.fromhex(d) for d in asked.digests]), asked
        )
    elif asked.code is not None:
        found = _narrow(node, finding.documents_by_code(node, asked.code), asked)
    else:
        found = finding.documents(node, asked.identifier or "", doc_type=asked.doc_type, issuer=asked.issuer)
    if not found and asked.document is not None and is_image(asked.document):
        return _verify_picture(node, asked.document, asked)
    if not found:
        return [_unknown(node, asked)]
    trust = checkpointing.trust(node)
    reports = [_examined(node, record, asked, trust) for record in found]
    if len({record.digest for record in found}) == 1:
        return reports  # who issued a document first speaks first: a later copy of it cannot outshine a revocation
    return sorted(reports, key=lambda report: RANK.index(report.overall.value))


def _examined(
    node: Node, record: DocumentRecord, asked: Asked, trust: Trust, printed: PrintedProof | None = None
) -> Report:
    """The report on one document, with what is remarkable about it; nothing is, where it is not this document."""
    report = examine_evidence(evidence_of(node, record, asked)._replace(printed=printed), trust)
    if report.intact.answer is Is.NO:
        return report
    stranger = asked.sight == NOBODY
    found = noticing.notices_of(node, record, asked.document, stranger=stranger)
    told = (*found, *noticing.of_issuer(node, record), *noticing.of_way(node, record))
    return report._replace(notices=told)


def _verify_qr(node: Node, text: str, asked: Asked) -> list[Report]:
    """A report on a printed code: with what this ledger says of its document today, if it has it; by the code alone
    if it has not.
    """
    trust, now = checkpointing.trust(node), int(node.clock())
    try:
        code = parse_qr(text)
    except EvidenceError:
        return [examine_qr(text, trust, now, subject=asked.subject)]
    meant = code.formation, code.doc_type
    found = [d for d in node.reader.documents_by_digest([code.digest]) if (d.issuer, d.doc_type) == meant]
    if not found:
        return [
            _unknown(node, asked) if code.log is None else examine_qr(text, trust, now, subject=asked.subject)
        ]
    return [_examined(node, record, asked, trust, code.printed) for record in found]


def _verify_picture(node: Node, picture: bytes, asked: Asked) -> list[Report]:
    """A report on each code in a picture of a certificate, the worst first: a paper is no better than any of its codes.

    A picture without a code is a document that the ledger does not have.
    """
    try:
        with _ONE_PICTURE:
            texts = read_image(picture)
    except InputError:
        return [_unknown(node, asked)]
    about = replace(asked, document=None)  # the picture is not the document
    reports = [report for text in texts for report in _verify_qr(node, text, about)]
    return sorted(reports, key=lambda report: RANK.index(report.overall.value), reverse=True)


def _narrow(node: Node, found: list[DocumentRecord], asked: Asked) -> list[DocumentRecord]:
    return finding.narrowed(node, found, asked.doc_type, asked.issuer)


def evidence_of(node: Node, record: DocumentRecord, asked: Asked) -> Evidence:
    """Everything this node has on one document, as evidence to examine."""
    attested, checkpoint = attesting.covering(node, record)
    proof = proof_of(node, record, checkpoint)
    now = int(node.clock())
    facts = _standing(node, record, node.known_at())
    given = (asked.identifier or "").removeprefix("sha256:").lower()
    digest = record.digest if record.digest.hex() in {given, *asked.digests} else None
    parents = supporting.parents_answer(node, record, asked.document)
    attestations = tuple(proof_of(node, one, checkpoint) for one in attested)
    return Evidence(
        proof,
        asked.document,
        facts,
        asked.subject,
        now,
        digest,
        parents=parents,
        attestations=attestations,
    )


def _standing(node: Node, record: DocumentRecord, time: int) -> StateFacts:
    """What the ledger says of a document's standing, as of a time; active where it says nothing."""
    status = node.reader.status(record)
    if status is None:
        return StateFacts("active", 0, time)
    return StateFacts(
        status.state, status.reason, time, status.replacement.hex() if any(status.replacement) else ""
    )


def proof_of(node: Node, record: DocumentRecord, checkpoint: checkpointing.SignedCheckpoint) -> TlogProof:
    """The proof that a document was issued, up to a checkpoint of this node."""
    logged = node.reader.entry(record.entry)
    batch = None
    if record.batch_root is not None:
        may_wait()
        leaf, path = batch_proof(node.directory.batches, record.batch_root, record.leaf)
        batch = BatchPart(leaf, path)
    inclusion = node.reader.inclusion(record.entry, checkpoint.size)
    return TlogProof(logged.entry, batch, record.entry, inclusion.path, parse_note(checkpoint.note))


def make_bundle(
    node: Node, record: DocumentRecord, *, with_document: bool = True, with_chain: bool = False
) -> bytes:
    """The bundle of a document: proof, signed standing, the document if the vault has it and it is wanted, and the
    validators' seals over its entry if those are; raises `NoChainProof` where they cannot be had.
    """
    document, form = _kept(node, record) if with_document else (None, None)
    chain = proving.chain_proof(node, record.entry).encode() if with_chain else None
    made = with_registry(node, evidence(node, record))
    return pack(replace(made, document=document, form=form, chain=chain))


def with_registry(node: Node, bundle: Bundle) -> Bundle:
    """A bundle with the office, key and scope by which its document was issued, from before the act; as it is where
    the log has them not, which is where the contract would not have admitted the act.
    """
    proof = parse_tlog_proof(bundle.proof)
    act, size = proof.entry, proof.checkpoint.size
    about = {
        Kind.FORMATION: act.formation.to_bytes(32),
        Kind.KEY: act.key.rjust(32, b"\0"),
        Kind.SCOPE: act.formation.to_bytes(32),
    }
    shown = []
    for kind, subject in about.items():
        found = _newest_before(node, proof.index, subject, kind, act.doc_type)
        if found is None:
            return bundle
        shown.append(ShownEntry(found.raw, found.index, _way_to_root(node, found.index, size)))
    facts = Registry(tuple(sorted(shown, key=lambda one: one.index)))
    return replace(bundle, registry=facts.encode())


def evidence(node: Node, record: DocumentRecord) -> Bundle:
    """Proof and signed standing, as of a checkpoint of now. A node that mirrors signs no standing: its word is not what
    anybody elsewhere believes.
    """
    checkpoint = checkpointing.cosigned_checkpoint(node, record.entry)
    proof = proof_of(node, record, checkpoint)
    if node.mirrors:
        return Bundle(proof.encode())
    standing = _standing(node, record, checkpoint.time)
    statement = StatusStatement(
        node.network.origin,
        Digest(record.digest),
        record.issuer,
        record.doc_type,
        standing.state,
        standing.reason,
        standing.replacement,
        checkpoint.size,
        checkpoint.root,
        checkpoint.time,
    )
    signer = checkpointing.signers(node).status
    return Bundle(proof.encode(), sign_status(statement, signer))


def _newest_before(node: Node, before: int, subject: bytes, kind: Kind, doc_type: str) -> LoggedEntry | None:
    """The last entry of a kind about a subject that stands before a place; of scopes, the one on a type."""
    about = node.remembered(f"about {subject.hex()}", lambda: node.reader.entries_about(subject))
    fits = (
        one
        for one in reversed(about)
        if one.index < before
        and one.entry.kind is kind
        and (kind is not Kind.SCOPE or one.entry.doc_type == doc_type)
    )
    return next(fits, None)


def _way_to_root(node: Node, index: int, size: int) -> tuple[Digest, ...]:
    """The path of an entry that goes with many bundles: remembered while the log is as long."""
    known, path = node.remembered(f"path of {index}", lambda: (size, node.reader.inclusion(index, size).path))
    return path if known == size else node.reader.inclusion(index, size).path


def _kept(node: Node, record: DocumentRecord) -> tuple[bytes | None, Form | None]:
    try:
        content = node.vault.get(Digest(record.digest))
    except (VaultMissing, VaultErased):
        return None, None
    as_certified = (d.form for d in candidate_digests(content) if d.digest == record.digest)
    return content, next(as_certified, "bytes")


def _unknown(node: Node, asked: Asked) -> Report:
    """The ledger, as far as this node has read it, has no such document."""
    position, now = node.reader.position(), int(node.clock())
    open_ = Answer(Is.NOT_CHECKED, "NOT_ON_LEDGER", "there is nothing on the ledger to compare with")
    given = (asked.identifier or "").removeprefix("sha256:").lower()
    digest = asked.digests[0] if asked.digests else given if WHOLE_DIGEST.fullmatch(given) else ""
    near = None
    if asked.document is not None:
        digest = document_digest(asked.document).digest.hex()
        near = differing.nearest(node, asked.document, asked.sight, asked.doc_type)
    return Report(
        intact=open_ if near is None else Answer(Is.NO, "FIELDS_DIFFER", near.sentence()),
        authority=_nobody_issued(node, position.size),
        state=open_,
        parents=open_,
        subject=open_,
        freshness=_own_freshness(node, now),
        digest=digest,
        as_of=node.known_at(),
        not_found=True,
        differs=() if near is None else near.pointers or (),
    )


def _nobody_issued(node: Node, size: int) -> Answer:
    if node.mirrors:  # it may have been issued since
        sentence = f"it is not among the {size} entries that this node has from a mirror"
        return Answer(Is.NOT_CHECKED, "NOT_IN_MIRROR", sentence)
    return Answer(Is.NO, "NOT_ISSUED", f"no office has issued it on this ledger ({size} entries)")


def _own_freshness(node: Node, now: int) -> Answer:
    """How fresh it is that the ledger does not have something: a mirror may have been left behind."""
    if not node.mirrors:
        return Answer(Is.YES, "OWN_LEDGER", "this node's own ledger was asked")
    found = Findings()
    trust = checkpointing.trust(node)
    known = node.known_at()
    say_age(known, known, now, trust, Limits(trust.fresh_for, trust.usable_for), found)
    return found.answers["freshness"]
