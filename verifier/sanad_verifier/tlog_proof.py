"""The proof file: was this document's entry in the log? A C2SP `tlog-proof` whose leaf is our entry, with
the entry and the batch path in its `extra` line (docs/spec/bundle.md).
"""

import base64
import re
from dataclasses import dataclass
from functools import cached_property

from sanad_verifier.checkpoints import Checkpoint, in_order, parse_checkpoint
from sanad_verifier.digests import SIZE, Digest
from sanad_verifier.entries import (
    ENTRY_SIZE,
    LEAF_SIZE,
    BatchLeaf,
    Entry,
    Kind,
    decode_entry,
    entry_bytes,
)
from sanad_verifier.errors import EvidenceError
from sanad_verifier.merkle import LONGEST_PATH, InclusionProof, verify_inclusion
from sanad_verifier.notes import Note, decode_base64, decode_digest, parse_note

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"0|[1-9][0-9]{0,18}")
SIZE_AT_MOST = 1 << 20


class ProofInvalid(EvidenceError):
    """Bytes that are no proof of this version."""

    code = "PROOF_INVALID"


@dataclass(frozen=True, slots=True)
class BatchPart:
    """A document's leaf in its batch, and the path from it to the batch root."""

    leaf: BatchLeaf
    proof: InclusionProof


@dataclass(frozen=True)
class TlogProof:
    """An entry, where it stands in the log, the path to the checkpoint's root, and the checkpoint as
    signed.
    """

    entry: Entry
    batch: BatchPart | None
    index: int
    path: tuple[Digest, ...]
    note: Note

    def encode(self) -> bytes:
        """The one text of this proof."""
        return self.head() + b"\n\n" + self.note.encode()

    def head(self) -> bytes:
        """What stands before the checkpoint and the empty line."""
        lines = [HEADER, f"extra {base64.b64encode(self._extra()).decode()}", f"index {self.index}"]
        lines += [base64.b64encode(sibling).decode() for sibling in self.path]
        return "\n".join(lines).encode()

    def _extra(self) -> bytes:
        if self.batch is None:
            return self.raw_entry
        proof = self.batch.proof
        head = proof.index.to_bytes(8) + proof.size.to_bytes(8)
        return self.raw_entry + head + self.batch.leaf.encode() + b"".join(proof.path)

    @property
    def raw_entry(self) -> bytes:
        """The 224 bytes of the entry."""
        return entry_bytes(self.entry)

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says, whoever signed it; `CheckpointInvalid` if that is no checkpoint."""
        return parse_checkpoint(self.note.text)

    def leaf(self) -> BatchLeaf:
        """The words about the document: of its batch leaf, or of the entry itself."""
        return self._own_leaf if self.batch is None else self.batch.leaf

    @cached_property
    def _own_leaf(self) -> BatchLeaf:
        return BatchLeaf(self.entry.subject, self.entry.related, self.entry.data)


def parse_tlog_proof(data: bytes) -> TlogProof:
    """The proof in `data`; `ProofInvalid` unless writing it again gives the same bytes."""
    if len(data) > SIZE_AT_MOST:
        raise ProofInvalid("the proof is too large", field="proof")
    head, blank, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise ProofInvalid("the proof is not ASCII", field="proof") from error
    if not blank or len(lines) < 3 or lines[0] != HEADER or len(lines) > 3 + LONGEST_PATH:
        raise ProofInvalid("the proof is malformed", field="proof")
    extra, index = lines[1].removeprefix("extra "), lines[2].removeprefix("index ")
    if extra == lines[1] or not _INDEX.fullmatch(index):
        raise ProofInvalid("the proof is malformed", field="proof")
    raw = decode_base64(extra, "extra", ProofInvalid)
    path = tuple(decode_digest(line, "path", ProofInvalid) for line in lines[3:])
    batch, entry = _batch(raw[ENTRY_SIZE:]), decode_entry(raw[:ENTRY_SIZE])
    proof = TlogProof(entry, batch, int(index), path, parse_note(checkpoint))
    signatures = proof.note.signatures
    if signatures != in_order(proof.checkpoint.origin, signatures):
        raise ProofInvalid("the checkpoint's signatures are not in order", field="checkpoint")
    if proof.head() != head:  # a note that was parsed is in its one encoding
        raise ProofInvalid("the proof is not in its one encoding", field="proof")
    return proof


def _batch(raw: bytes) -> BatchPart | None:
    if not raw:
        return None
    path = raw[16 + LEAF_SIZE :]
    if len(raw) < 16 + LEAF_SIZE or len(path) % SIZE or len(path) // SIZE > LONGEST_PATH:
        raise ProofInvalid("the batch part is malformed", field="extra")
    hashes = tuple(Digest(path[at : at + SIZE]) for at in range(0, len(path), SIZE))
    proof = InclusionProof(int.from_bytes(raw[:8]), int.from_bytes(raw[8:16]), hashes)
    return BatchPart(BatchLeaf.decode(raw[16 : 16 + LEAF_SIZE]), proof)


def verify_tlog_proof(proof: TlogProof, size: int, root: Digest) -> Entry:
    """Check the batch path and the log path against a checkpoint's size and root; returns the entry proved."""
    entry = proof.entry
    if proof.batch is not None:
        if entry.kind is not Kind.ISSUE_BATCH:
            raise ProofInvalid("only a batch entry has a batch part", field="extra")
        if proof.batch.proof.size != int.from_bytes(entry.data):
            raise ProofInvalid("the batch has another number of documents", field="extra")
        verify_inclusion(proof.batch.leaf.encode(), proof.batch.proof, Digest(entry.subject))
    elif entry.kind is not Kind.ISSUE:
        raise ProofInvalid("the entry does not issue a document", field="entry")
    verify_inclusion(proof.raw_entry, InclusionProof(proof.index, size, proof.path), root)
    return entry
