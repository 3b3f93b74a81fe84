"""Batch files: the leaves of the batch trees whose roots are on the chain.

The chain keeps a batch's root only; whoever wants to prove a member needs the leaves. A file is named by
its root and its content proves itself (docs/spec/entry.md): a damaged file is noticed by anyone who reads
it.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sanad_node.durable import write_file
from sanad_verifier.digests import Digest, hash_leaf
from sanad_verifier.entries import BatchLeaf
from sanad_verifier.errors import EnvironmentFault
from sanad_verifier.merkle import InclusionError, InclusionProof, Levels, verify_inclusion

LEAF = 96


class BatchFileDamaged(EnvironmentFault):
    """A batch file does not have the root it is named by."""

    code = "BATCH_DAMAGED"


class BatchFileMissing(EnvironmentFault):
    """This node does not hold the leaves of a batch."""

    code = "BATCH_MISSING"


def write_batch(folder: Path, leaves: Sequence[BatchLeaf]) -> Digest:
    """Store a batch durably; returns its root."""
    encoded = [leaf.encode() for leaf in leaves]
    root = Levels([hash_leaf(leaf) for leaf in encoded]).root
    path = folder / root.hex()
    if not path.exists():
        write_file(path, b"".join(encoded))
    return root


def read_batch(folder: Path, root: Digest) -> list[BatchLeaf] | None:
    """The leaves of a batch, or None if this node does not hold it; raises if the file is not what its name
    says.
    """
    try:
        leaves = _split((folder / root.hex()).read_bytes())
    except FileNotFoundError:
        return None
    if Levels([hash_leaf(leaf) for leaf in leaves]).root != root:
        raise _damaged(root)
    return [BatchLeaf.decode(leaf) for leaf in leaves]


def batch_proof(folder: Path, root: Digest, place: int) -> tuple[BatchLeaf, InclusionProof]:
    """One leaf and its proof, checked: the file may have changed since its tree was made."""
    try:
        proof = _levels(folder, root).proof(place)
        with (folder / root.hex()).open("rb") as file:
            file.seek(place * LEAF)
            leaf = file.read(LEAF)
    except FileNotFoundError as error:
        raise BatchFileMissing("this node does not hold the batch's leaves", field="batch") from error
    try:
        verify_inclusion(leaf, proof, root)
    except InclusionError as error:
        raise _damaged(root) from error
    return BatchLeaf.decode(leaf), proof


def _split(content: bytes) -> list[bytes]:
    return [content[at : at + LEAF] for at in range(0, len(content), LEAF)]


def _damaged(root: Digest) -> BatchFileDamaged:
    return BatchFileDamaged("a batch file does not have the root it is named by", field=root.hex())


@lru_cache(maxsize=4)
def _levels(folder: Path, root: Digest) -> Levels:
    """The tree over a batch file, kept for the next proof from the same batch."""
    levels = Levels([hash_leaf(leaf) for leaf in _split((folder / root.hex()).read_bytes())])
    if levels.root != root:
        raise _damaged(root)
    return levels
