"""Inclusion and consistency proofs, right and wrong: the cases behind `tests/vectors/proofs.json`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sanad_verifier.digests import Digest, hash_leaf
from sanad_verifier.merkle import EMPTY_ROOT, InclusionProof, Levels

SIZES = (*range(34), 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 1000)


def leaf(number: int) -> bytes:
    """A leaf of the trees here."""
    return b"%d" % number


def tree(size: int) -> Levels:
    """The tree of the first so many leaves."""
    return Levels([hash_leaf(leaf(number)) for number in range(size)])


@dataclass(frozen=True)
class Inclusion:
    """A proof that a leaf is in a tree, and whether it is one."""

    name: str
    leaf: bytes
    proof: InclusionProof
    root: Digest
    holds: bool

    def told(self) -> dict[str, Any]:
        """The case as vectors tell it."""
        return {
            "name": self.name,
            "leaf": self.leaf.decode(),
            "index": self.proof.index,
            "size": self.proof.size,
            "path": [sibling.hex() for sibling in self.proof.path],
            "root": self.root.hex(),
            "outcome": "holds" if self.holds else "INCLUSION_INVALID",
        }


@dataclass(frozen=True)
class Consistency:
    """A proof that one tree extends another, and whether it is one."""

    name: str
    old: int
    old_root: Digest
    new: int
    new_root: Digest
    path: tuple[Digest, ...]
    holds: bool

    def told(self) -> dict[str, Any]:
        """The case as vectors tell it."""
        return {
            "name": self.name,
            "old": self.old,
            "oldRoot": self.old_root.hex(),
            "new": self.new,
            "newRoot": self.new_root.hex(),
            "path": [digest.hex() for digest in self.path],
            "outcome": "holds" if self.holds else "CONSISTENCY_INVALID",
        }


def inclusions() -> Iterator[Inclusion]:
    """Honest proofs of several shapes, and one of them with one thing wrong at a time."""
    for index, size in (
        (0, 1),
        (0, 2),
        (1, 2),
        (2, 3),
        (4, 5),
        (6, 7),
        (9, 21),
        (20, 21),
        (63, 64),
        (64, 65),
    ):
        at = tree(size)
        yield Inclusion(f"{index} of {size}", leaf(index), at.proof(index), at.root, holds=True)
    at, proof = tree(21), tree(21).proof(9)
    honest = Inclusion("", leaf(9), proof, at.root, holds=False)
    for name, wrong in {
        "another position": replace(proof, index=8),
        "a position outside": replace(proof, index=21),
        "no leaves": replace(proof, index=0, size=0),
        "a size of another height": replace(proof, size=64),
        "a sibling missing": replace(proof, path=proof.path[:-1]),
        "no path": replace(proof, path=()),
        "a sibling too many": replace(proof, path=(*proof.path, EMPTY_ROOT)),
        "siblings out of order": replace(proof, path=proof.path[::-1]),
        "another sibling": replace(proof, path=(EMPTY_ROOT, *proof.path[1:])),
    }.items():
        yield replace(honest, name=name, proof=wrong)
    yield replace(honest, name="another leaf", leaf=b"other")
    yield replace(honest, name="another root", root=tree(20).root)


def consistencies() -> Iterator[Consistency]:
    """Honest proofs of several shapes, and one of them with one thing wrong at a time."""
    for old, new in (
        (0, 0),
        (0, 5),
        (1, 1),
        (1, 2),
        (3, 7),
        (4, 7),
        (6, 8),
        (7, 8),
        (8, 13),
        (20, 21),
        (64, 65),
    ):
        before, after = tree(old), tree(new)
        name = f"{old} to {new}"
        yield Consistency(name, old, before.root, new, after.root, after.consistency(old), holds=True)
    before, after = tree(6), tree(13)
    path = after.consistency(6)
    honest = Consistency("", 6, before.root, 13, after.root, path, holds=False)
    yield replace(
        honest, name="a log that gets shorter", old=13, old_root=after.root, new=6, new_root=before.root
    )
    yield replace(honest, name="another old root", old_root=tree(5).root)
    yield replace(honest, name="another new root", new_root=tree(12).root)
    yield replace(honest, name="another old size", old=7)
    yield replace(honest, name="another new size", new=21)
    yield replace(honest, name="no path", path=())
    yield replace(honest, name="a hash missing", path=path[:-1])
    yield replace(honest, name="a hash too many", path=(*path, EMPTY_ROOT))
    yield replace(honest, name="another hash", path=(EMPTY_ROOT, *path[1:]))
    yield replace(honest, name="equal sizes, other roots", new=6)
    yield replace(honest, name="a path between equal sizes", new=6, new_root=before.root)
    yield replace(honest, name="another root of the empty log", old=0, path=())
    yield replace(honest, name="a path from the empty log", old=0, old_root=EMPTY_ROOT)
