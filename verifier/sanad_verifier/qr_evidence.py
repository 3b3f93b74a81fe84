"""From a printed code to evidence and back: the proof and the signed standing that it stands for (docs/spec/qr.md).

The code leaves out what follows from the rest; here it is put back, so that a code is examined by the very code that
examines a bundle.
"""

from collections.abc import Iterable

from sanad_verifier.bundle import Bundle
from sanad_verifier.checkpoints import Checkpoint, in_order
from sanad_verifier.digests import Digest
from sanad_verifier.entries import entry_bytes
from sanad_verifier.merkle import InclusionProof, root_from_inclusion
from sanad_verifier.notes import Note, NoteUntrusted, Signature, VerifierKey, must_be_signed, parse_note
from sanad_verifier.printed import PrintedProof
from sanad_verifier.qr import QrBatch, QrCode, QrLog, QrSignature, QrStatus
from sanad_verifier.qr_bytes import QrInvalid
from sanad_verifier.status_statement import StatusStatement, must_be_possible, parse_status
from sanad_verifier.tlog_proof import BatchPart, TlogProof, parse_tlog_proof
from sanad_verifier.trust import Trust


def proof_in(code: QrCode, trust: Trust) -> TlogProof:
    """The proof in a code that has its log part; an `EvidenceError` if it describes none.

    Signatures by keys that the trust file does not name are left out, as they would be ignored.
    """
    log = code.log
    if log is None:
        raise QrInvalid("the code is of the short form", field="qr")
    entry = code.entry()
    root = root_from_inclusion(entry_bytes(entry), InclusionProof(log.index, log.size, log.path))
    signed = _named(log.signatures, trust.log_keys)
    if not signed:
        raise NoteUntrusted("no trusted key has signed", field="signature")
    signed += _named(log.cosignatures, trust.cosigners)
    note = Note(Checkpoint(trust.origin, log.size, root).text(), in_order(trust.origin, signed))
    batch = None
    if code.batch is not None:
        place = InclusionProof(code.batch.index, code.batch.size, code.batch.path)
        batch = BatchPart(code.leaf(), place)
    return TlogProof(entry, batch, log.index, log.path, note)


def status_in(code: QrCode, proof: TlogProof, trust: Trust) -> StatusStatement | None:
    """The signed standing in a code, after checking it; None if there is none. Raises an `EvidenceError`, such as
    `NoteUntrusted` if nobody signed it who is trusted.
    """
    status = code.status
    if status is None:
        return None
    signed = _named([status.signature], trust.status_keys)
    if not signed:
        raise NoteUntrusted("no trusted key has signed the standing", field="status")
    checkpoint = proof.checkpoint
    statement = StatusStatement(
        trust.origin,
        code.digest,
        code.formation,
        code.doc_type,
        status.state,
        status.reason,
        status.replacement,
        checkpoint.size,
        checkpoint.root,
        status.time,
    )
    must_be_possible(statement)
    must_be_signed(Note(statement.text(), tuple(signed)), trust.status_keys)
    return statement


def make_code(bundle: Bundle, printed: PrintedProof | None, trust: Trust) -> QrCode:
    """The code that says what a bundle proves, with the signatures that the trust file asks for: the log's, and the
    newest cosignatures up to the quorum. Raises an `EvidenceError` for a bundle that is none.
    """
    proof = parse_tlog_proof(bundle.proof)
    entry, leaf = proof.entry, proof.leaf()
    note, checkpoint = proof.note, proof.checkpoint
    cosigned = [s for s in map(note.by, trust.cosigners) if s is not None]
    newest = sorted(cosigned, key=lambda s: s.body[:8], reverse=True)[: trust.quorum]
    log = QrLog(
        proof.index,
        checkpoint.size,
        proof.path,
        _nameless([s for s in map(note.by, trust.log_keys) if s is not None][:1]),
        _nameless(newest),
    )
    batch = None
    if proof.batch is not None:
        place = proof.batch.proof
        batch = QrBatch(place.index, place.size, place.path, entry.related)
    return QrCode(
        entry.formation,
        entry.key,
        entry.doc_type,
        entry.time,
        Digest(leaf.subject),
        leaf.data,
        printed,
        leaf.related,
        batch,
        log,
        None if bundle.status is None else _status_part(bundle.status),
    )


def _named(given: Iterable[QrSignature], keys: tuple[VerifierKey, ...]) -> list[Signature]:
    """The signatures with the names of their keys, as far as those are trusted."""
    return [Signature(key.name, key.id, one.body) for one in given for key in keys if key.id == one.key_id]


def _nameless(signatures: Iterable[Signature]) -> tuple[QrSignature, ...]:
    return tuple(
        QrSignature(one.key_id, one.body)
        for one in sorted(signatures, key=lambda signature: signature.key_id)
    )


def _status_part(data: bytes) -> QrStatus:
    note = parse_note(data)
    told = parse_status(note.text)
    (signature,) = _nameless(note.signatures)
    return QrStatus(told.state, told.reason, told.replacement, told.time, signature)
