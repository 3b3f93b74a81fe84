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
from sanad_verifier.notes import private_key
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
    proof = proof_of(node, record, checkpoint)
    claims: dict[int | str, int | str] = {
        ISS: node.network.origin,
        SUB: digest_uri(record.digest),
        IAT: checkpoint.time,
        SIZE: checkpoint.size,
        INDEX: proof.index,
    }
    key = checkpointing.signers(node).log.key
    protected = _encode({ALG: EDDSA, KID: key.id, CWT_CLAIMS: claims, VDS: RFC9162_SHA256})
    signed = _encode(["Signature1", protected, b"", checkpoint.root])
    signature = private_key(node.directory.secret("log")).sign(signed).signature
    path = InclusionProof(proof.index, checkpoint.size, proof.path)
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
