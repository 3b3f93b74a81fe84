"""A receipt as of RFC 9942: COSE_Sign1 by the log's key over a root, with the proof that an entry is under it.

Such a receipt signs the root alone: its size, the place of the leaf and the log could be exchanged for others. Here all
three, and the document's digest, stand in the protected header too (docs/spec/exports.md).
"""

import cbor2

from sanad_node import checkpointing
from sanad_node.exports.names import digest_uri
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.verifying import proof_of
from sanad_verifier.merkle import InclusionProof
from sanad_verifier.notes import NoteSigner, private_key
from sanad_verifier.tlog_proof import TlogProof

SIGN1_TAG = 18
ALG, KID, CWT_CLAIMS, VDS, VDP = 1, 4, 15, 395, 396
EDDSA, RFC9162_SHA256, INCLUSION = -8, 1, -1
ISS, SUB, IAT = 1, 2, 6
SIZE, INDEX = "tree-size", "leaf-index"
"""Claims of ours in the protected header."""
ENTRY, BATCH = "sanad-entry", "sanad-batch"
"""Labels of ours in the unprotected header: the leaf, and the document's leaf and path in the batch that it issues."""


def make_receipt(node: Node, record: DocumentRecord) -> bytes:
    """The receipt of a document, as of a checkpoint of now."""
    checkpoint = checkpointing.covering_checkpoint(node, record.entry)
    return receipt_of(proof_of(node, record, checkpoint), checkpoint.time, node.directory.secret("log"))


def receipt_of(proof: TlogProof, time: int, seed: bytes) -> bytes:
    """The receipt that a proof makes, with the log's key of 32 bytes; `time` in seconds is that of its checkpoint."""
    head = proof.checkpoint
    claims: dict[int | str, int | str] = {
        ISS: head.origin,
        SUB: digest_uri(proof.leaf().subject),
        IAT: time,
        SIZE: head.size,
        INDEX: proof.index,
    }
    key = NoteSigner(head.origin, seed).key
    protected = _encode({ALG: EDDSA, KID: key.id, CWT_CLAIMS: claims, VDS: RFC9162_SHA256})
    signed = _encode(["Signature1", protected, b"", head.root])
    signature = private_key(seed).sign(signed).signature
    path = InclusionProof(proof.index, head.size, proof.path)
    unprotected: dict[int | str, object] = {
        VDP: {INCLUSION: [_encode(_path(path))]},
        ENTRY: proof.raw_entry,
        **_batch(proof),
    }
    return _encode(cbor2.CBORTag(SIGN1_TAG, [protected, unprotected, None, signature]))


def _batch(proof: TlogProof) -> dict[int | str, object]:
    if proof.batch is None:
        return {}
    return {BATCH: [proof.batch.leaf.encode(), _encode(_path(proof.batch.proof))]}


def _path(proof: InclusionProof) -> list[object]:
    return [proof.size, proof.index, list(proof.path)]


def _encode(value: object) -> bytes:
    """Deterministic CBOR (RFC 8949 §4.2.1)."""
    return cbor2.dumps(value, canonical=True)
