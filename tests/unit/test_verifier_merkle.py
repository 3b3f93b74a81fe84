"""Inclusion and consistency proofs, against published vectors and a slow tree written as RFC 9162 reads."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_verifier.digests import (
    Digest,
    DigestInvalid,
    digest_of,
    hash_leaf,
    hash_node,
    parse_digest,
    sha256,
)
from sanad_verifier.merkle import (
    EMPTY_ROOT,
    ConsistencyError,
    InclusionError,
    InclusionProof,
    Levels,
    consistency_path,
    inclusion_path,
    root_from_inclusion,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

CT: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "ct-merkle.json").read_text("utf-8"))
Tamper = Callable[[InclusionProof], InclusionProof]


def slow_root(leaves: Sequence[bytes]) -> Digest:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return hash_leaf(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hash_node(slow_root(leaves[:split]), slow_root(leaves[split:]))


def slow_path(index: int, leaves: Sequence[bytes]) -> tuple[Digest, ...]:
    """PATH of RFC 9162 §2.1.3.1, word for word."""
    if len(leaves) == 1:
        return ()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return (*slow_path(index, leaves[:split]), slow_root(leaves[split:]))
    return (*slow_path(index - split, leaves[split:]), slow_root(leaves[:split]))


def slow_consistency(old: int, leaves: Sequence[bytes], *, whole: bool = True) -> tuple[Digest, ...]:
    """SUBPROOF of RFC 9162 §2.1.4.1, word for word."""
    if old == len(leaves):
        return () if whole else (slow_root(leaves),)
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return (*slow_consistency(old, leaves[:split], whole=whole), slow_root(leaves[split:]))
    return (*slow_consistency(old - split, leaves[split:], whole=False), slow_root(leaves[:split]))


def leaves_of(size: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(size)]


def hashes_of(size: int) -> list[Digest]:
    return [hash_leaf(leaf) for leaf in leaves_of(size)]


# -- published vectors ------------------------------------------------------------------------------------------------

LEAVES = [bytes.fromhex(leaf) for leaf in CT["leaves"]]
ROOTS = [parse_digest(root) for root in CT["roots"]]
CT_HASHES = [hash_leaf(leaf) for leaf in LEAVES]


def digests(texts: Sequence[str]) -> tuple[Digest, ...]:
    return tuple(parse_digest(text) for text in texts)


@pytest.mark.parametrize("size", range(9))
def test_the_roots_of_the_reference_tree(size: int) -> None:
    assert tree_root(CT_HASHES[:size]) == Levels(CT_HASHES[:size]).root == ROOTS[size]


@pytest.mark.parametrize("case", CT["inclusion"], ids=lambda case: f"{case['index']}-of-{case['size']}")
def test_the_inclusion_paths_of_the_reference_tree(case: dict[str, Any]) -> None:
    proof = InclusionProof(case["index"], case["size"], digests(case["path"]))
    assert inclusion_path(CT_HASHES[: case["size"]], case["index"]) == proof
    verify_inclusion(LEAVES[case["index"]], proof, ROOTS[case["size"]])


@pytest.mark.parametrize("case", CT["consistency"], ids=lambda case: f"{case['old']}-to-{case['new']}")
def test_the_consistency_paths_of_the_reference_tree(case: dict[str, Any]) -> None:
    old, new, path = case["old"], case["new"], digests(case["path"])
    assert consistency_path(CT_HASHES[:new], old) == path
    verify_consistency(old, ROOTS[old], new, ROOTS[new], path)


PROOFS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "proofs.json").read_text("utf-8")
)


@pytest.mark.parametrize("size", PROOFS["roots"])
def test_the_roots_of_the_vectors_are_those_of_the_slow_tree(size: str) -> None:
    leaves = [str(number).encode() for number in range(int(size))]
    assert (
        slow_root(leaves).hex()
        == tree_root([hash_leaf(leaf) for leaf in leaves]).hex()
        == PROOFS["roots"][size]
    )


@pytest.mark.parametrize("case", PROOFS["inclusion"], ids=lambda case: str(case["name"]))
def test_the_vectors_of_inclusion(case: dict[str, Any]) -> None:
    proof = InclusionProof(case["index"], case["size"], digests(case["path"]))
    check = partial(verify_inclusion, case["leaf"].encode(), proof, parse_digest(case["root"]))
    if case["outcome"] == "holds":
        check()
        return
    with pytest.raises(InclusionError) as refused:
        check()
    assert refused.value.code == case["outcome"]


@pytest.mark.parametrize("case", PROOFS["consistency"], ids=lambda case: str(case["name"]))
def test_the_vectors_of_consistency(case: dict[str, Any]) -> None:
    old_root, new_root = parse_digest(case["oldRoot"]), parse_digest(case["newRoot"])
    check = partial(verify_consistency, case["old"], old_root, case["new"], new_root, digests(case["path"]))
    if case["outcome"] == "holds":
        check()
        return
    with pytest.raises(ConsistencyError) as refused:
        check()
    assert refused.value.code == case["outcome"]


# -- against the slow tree --------------------------------------------------------------------------------------------


@given(st.integers(1, 130), st.data())
@settings(max_examples=60, deadline=None)
def test_every_root_and_path_is_that_of_the_slow_tree(size: int, data: st.DataObject) -> None:
    leaves, tree = leaves_of(size), Levels(hashes_of(size))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert tree.root == tree_root(hashes_of(size)) == slow_root(leaves)
    assert tree.proof(index) == InclusionProof(index, size, slow_path(index, leaves))
    assert tree.consistency(old) == slow_consistency(old, leaves)


def test_every_proof_of_every_tree_up_to_40_leaves_is_taken() -> None:
    for size in range(1, 41):
        tree = Levels(hashes_of(size))
        for index, leaf in enumerate(leaves_of(size)):
            verify_inclusion(leaf, tree.proof(index), tree.root)
        for old in range(size + 1):
            verify_consistency(old, tree_root(hashes_of(old)), size, tree.root, tree.consistency(old))


def test_another_library_computes_the_same_root() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in leaves_of(77):
        other.append_entry(leaf)
    assert other.get_root() == tree_root(hashes_of(77))


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tamper", [
    pytest.param(lambda p: replace(p, index=p.index + 1), id="another-position"),
    pytest.param(lambda p: replace(p, index=p.index - 1), id="the-position-before"),
    pytest.param(lambda p: replace(p, size=p.size + 40), id="another-size"),
    pytest.param(lambda p: replace(p, index=p.size), id="a-position-outside"),
    pytest.param(lambda p: replace(p, index=-1), id="a-negative-position"),
    pytest.param(lambda p: replace(p, size=0), id="no-size"),
    pytest.param(lambda p: replace(p, path=p.path[:-1]), id="a-sibling-missing"),
    pytest.param(lambda p: replace(p, path=p.path[1:]), id="the-first-sibling-missing"),
    pytest.param(lambda p: replace(p, path=()), id="no-path"),
    pytest.param(lambda p: replace(p, path=(*p.path, EMPTY_ROOT)), id="a-sibling-too-many"),
    pytest.param(lambda p: replace(p, path=p.path[::-1]), id="siblings-out-of-order"),
    pytest.param(lambda p: replace(p, path=(EMPTY_ROOT, *p.path[1:])), id="another-sibling"),
])  # fmt: skip
def test_a_proof_with_one_thing_wrong_is_refused(tamper: Tamper) -> None:
    tree, leaf = Levels(hashes_of(21)), leaves_of(21)[9]
    verify_inclusion(leaf, tree.proof(9), tree.root)
    with pytest.raises(InclusionError):
        verify_inclusion(leaf, tamper(tree.proof(9)), tree.root)


@given(st.integers(2, 200), st.data())
@settings(max_examples=60, deadline=None)
def test_a_size_that_changes_the_shape_of_the_path_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(1, 2**64).filter(lambda other: other != size))
    tree = Levels(hashes_of(size))
    proof = replace(tree.proof(index), size=other)
    try:
        root = root_from_inclusion(leaves_of(size)[index], proof)
    except InclusionError:
        return
    # RFC 9162 paths do not commit to the size: the signed checkpoint does, which is why it gives the size
    assert root == tree.root


def test_a_node_does_not_pass_for_a_leaf() -> None:
    hashes = hashes_of(2)
    with pytest.raises(InclusionError):
        verify_inclusion(hashes[0] + hashes[1], InclusionProof(0, 1, ()), tree_root(hashes))


@pytest.mark.parametrize("index", [-1, 5, 2**70])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(InclusionError):
        Levels(hashes_of(5)).proof(index)


@pytest.mark.parametrize(("old", "new"), [(3, 2), (-1, 5), (6, 5)])
def test_a_log_that_gets_shorter_is_refused(old: int, new: int) -> None:
    with pytest.raises(ConsistencyError):
        verify_consistency(old, EMPTY_ROOT, new, EMPTY_ROOT, ())
    with pytest.raises(ConsistencyError):
        Levels(hashes_of(max(new, 0))).consistency(old)


@pytest.mark.parametrize(("old", "new"), [(6, 13), (8, 13), (1, 2), (7, 8)])
def test_a_consistency_proof_with_one_thing_wrong_is_refused(old: int, new: int) -> None:
    first, second = tree_root(hashes_of(old)), tree_root(hashes_of(new))
    path = consistency_path(hashes_of(new), old)
    verify_consistency(old, first, new, second, path)
    forked = tree_root([*hashes_of(old)[:-1], EMPTY_ROOT])
    for wrong in (
        (old, forked, new, second, path),
        (old, first, new, forked, path),
        (old, second, new, first, path),
        (old, first, new, second, ()),
        (old, first, new, second, path[:-1]),
        (old, first, new, second, (*path, EMPTY_ROOT)),
        (old, first, new, second, (EMPTY_ROOT, *path[1:])),
        (old + 1, first, new, second, path),
    ):
        with pytest.raises(ConsistencyError):
            verify_consistency(*wrong)


@pytest.mark.parametrize(("old", "old_root", "path"), [
    pytest.param(0, EMPTY_ROOT, (EMPTY_ROOT,), id="a-path-from-the-empty-log"),
    pytest.param(0, hash_leaf(b""), (), id="another-empty-root"),
    pytest.param(4, EMPTY_ROOT, (), id="two-roots-of-one-size"),
    pytest.param(4, tree_root(hashes_of(4)), (EMPTY_ROOT,), id="a-path-between-equal-sizes"),
])  # fmt: skip
def test_trivial_consistency_is_checked_too(old: int, old_root: Digest, path: tuple[Digest, ...]) -> None:
    root = tree_root(hashes_of(4))
    verify_consistency(0, EMPTY_ROOT, 4, root, ())
    verify_consistency(4, root, 4, root, ())
    with pytest.raises(ConsistencyError):
        verify_consistency(old, old_root, 4, root, path)


@pytest.mark.parametrize(
    "text", ["", "00", "0x" + "0" * 64, "G" * 64, "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"]
)
def test_a_text_that_is_no_digest_is_refused(text: str) -> None:
    assert parse_digest("0" * 64) == parse_digest("sha256:" + "0" * 64) == bytes(32)
    with pytest.raises(DigestInvalid) as refused:
        parse_digest(text, field="digest")
    assert (refused.value.code, refused.value.field) == ("DIGEST_INVALID", "digest")


def test_bytes_that_are_no_digest_are_refused() -> None:
    assert digest_of(bytes(32)) == bytes(32)
    with pytest.raises(DigestInvalid):
        digest_of(bytes(31))
