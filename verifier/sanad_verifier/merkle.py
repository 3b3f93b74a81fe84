"""Inclusion and consistency proofs: was this entry in the log, and does this log extend that one?

Pure functions over bytes: no I/O, no clock, no settings, so whoever holds a proof can check it without a
network. The checks accept what those of RFC 9162 §2.1.3.2 and §2.1.4.2 do; the builders keep every level of a tree, so
that all proofs of a batch cost O(n log n) in total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256 as _sha256
from hmac import compare_digest
from typing import cast

from sanad_verifier.digests import Digest, hash_leaf, hash_node, sha256
from sanad_verifier.errors import EvidenceError

EMPTY_ROOT = sha256(b"")
LONGEST_PATH = 64
"""A tree of 2^64 leaves; no honest proof is longer."""


class InclusionError(EvidenceError):
    """The proof does not show that the leaf is in the tree."""

    code = "INCLUSION_INVALID"


class ConsistencyError(EvidenceError):
    """The proof does not show that the one tree extends the other."""

    code = "CONSISTENCY_INVALID"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Where a leaf sits in its tree, and its siblings from the leaf upwards."""

    index: int
    size: int
    path: tuple[Digest, ...]


def path_length(index: int, size: int) -> int:
    """How many siblings the path of a leaf has, in a tree of `size` leaves."""
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


def root_from_inclusion(leaf: bytes, proof: InclusionProof) -> Digest:
    """The root that a proof leads to from a leaf; raises `InclusionError` if its shape fits no tree of that
    size.
    """
    return _climbed(hash_leaf(leaf), proof.index, proof.size, proof.path)


@lru_cache(maxsize=64)  # who rebuilds a checkpoint from a printed code then proves the same path against it
def _climbed(digest: Digest, index: int, size: int, path: tuple[Digest, ...]) -> Digest:
    if not 0 <= index < size:
        raise InclusionError("the position is outside the tree", field="index")
    length = path_length(index, size)
    if len(path) != length:
        longer = "longer" if len(path) > length else "shorter"
        raise InclusionError(f"the path is {longer} than the tree is high", field="path")
    inner, raw = (index ^ (size - 1)).bit_length(), bytes(digest)
    for sibling in path[:inner]:  # `hash_node`, spelled out: most of the work of an inclusion
        raw = _sha256(b"\x01" + sibling + raw if index & 1 else b"\x01" + raw + sibling).digest()
        index >>= 1
    for sibling in path[inner:]:  # along the right edge every sibling is on the left
        raw = _sha256(b"\x01" + sibling + raw).digest()
    return Digest(raw)


def verify_inclusion(leaf: bytes, proof: InclusionProof, root: Digest) -> None:
    """Check that `root` commits to `leaf`; raise `InclusionError` if it doesn't.

    Nothing is returned: a boolean can be forgotten, an exception can't.
    """
    if not compare_digest(root_from_inclusion(leaf, proof), root):
        raise InclusionError("the path does not lead to this root", field="path")


def verify_consistency(
    old_size: int, old_root: Digest, new_size: int, new_root: Digest, path: Sequence[Digest]
) -> None:
    """Check that the tree of `new_size` leaves extends the tree of `old_size` (RFC 9162 §2.1.4.2)."""
    if not 0 <= old_size <= new_size:
        raise ConsistencyError("a log never gets shorter", field="size")
    if old_size in {0, new_size}:
        expected = new_root if old_size == new_size else EMPTY_ROOT
        if path or not compare_digest(old_root, expected):
            raise ConsistencyError("the two heads do not agree", field="root")
        return
    hashes = list(path)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise ConsistencyError("the path is too short", field="path")
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ConsistencyError("the path is too long", field="path")
        if node & 1 or node == last:
            first, second = hash_node(sibling, first), hash_node(sibling, second)
            while node & 1 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            second = hash_node(second, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or not compare_digest(first, old_root) or not compare_digest(second, new_root):
        raise ConsistencyError("the path does not connect the two heads", field="path")


class Levels:
    """A tree with all its levels in memory: its root, and any number of proofs for the price of their
    length.
    """

    def __init__(self, leaf_hashes: Sequence[Digest]) -> None:
        self._levels: list[list[Digest]] = [list(leaf_hashes)]
        while len(level := self._levels[-1]) > 1:
            self._levels.append(_level_above(level))

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return len(self._levels[0])

    @property
    def root(self) -> Digest:
        """The tree's head (RFC 9162 §2.1.1)."""
        return self._levels[-1][0] if self.size else EMPTY_ROOT

    def proof(self, index: int) -> InclusionProof:
        """The inclusion proof of a leaf (RFC 9162 §2.1.3.1)."""
        if not 0 <= index < self.size:
            raise InclusionError("the position is outside the tree", field="index")
        path: list[Digest] = []
        node = index
        for level in self._levels[:-1]:
            sibling = node ^ 1
            if sibling < len(level):
                path.append(level[sibling])
            node >>= 1
        return InclusionProof(index, self.size, tuple(path))

    def consistency(self, old_size: int) -> tuple[Digest, ...]:
        """The proof that this tree extends its own first `old_size` leaves (RFC 9162 §2.1.4.1)."""
        if not 0 <= old_size <= self.size:
            raise ConsistencyError("a log never gets shorter", field="size")
        if old_size in {0, self.size}:
            return ()
        node, height = old_size - 1, 0
        while node & 1:  # up to the largest subtree that ends where the old tree ends
            node, height = node >> 1, height + 1
        path = [self._levels[height][node]] if node else []
        while height < len(self._levels) - 1:
            sibling = node ^ 1
            if sibling < len(self._levels[height]):
                path.append(self._levels[height][sibling])
            node, height = node >> 1, height + 1
        return tuple(path)


def _level_above(level: list[Digest]) -> list[Digest]:
    sha256_of, pairs = _sha256, zip(level[::2], level[1::2], strict=False)
    above = cast("list[Digest]", [sha256_of(b"\x01" + left + right).digest() for left, right in pairs])
    if len(level) % 2:
        above.append(level[-1])  # an odd node moves up as it is
    return above


def tree_root(leaf_hashes: Sequence[Digest]) -> Digest:
    """The root over these leaf hashes (RFC 9162 §2.1.1)."""
    level = list(leaf_hashes)
    while len(level) > 1:
        level = _level_above(level)
    return level[0] if level else EMPTY_ROOT


def inclusion_path(leaf_hashes: Sequence[Digest], index: int) -> InclusionProof:
    """The inclusion proof of one leaf; for many, keep a `Levels`."""
    return Levels(leaf_hashes).proof(index)


def consistency_path(leaf_hashes: Sequence[Digest], old_size: int) -> tuple[Digest, ...]:
    """The proof that these leaves extend the first `old_size` of them; for many, keep a `Levels`."""
    return Levels(leaf_hashes).consistency(old_size)
