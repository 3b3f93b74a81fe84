"""The log's tiles give the roots and proofs of RFC 9162 at every size, and hold what C2SP tlog-tiles says they hold."""

import hashlib
import random
from collections.abc import Iterator
from functools import cache

import pytest
from sqlalchemy import Connection, create_engine, select

from sanad_node.projection.log_tree import WIDTH, GrowingLogTree
from sanad_node.store.ledger_tables import metadata, tiles
from sanad_verifier.digests import Digest, hash_leaf
from sanad_verifier.merkle import verify_consistency, verify_inclusion

SIZES = 600


def leaf(number: int) -> bytes:
    return b"leaf %d" % number


@cache
def slow_root(first: int, last: int) -> bytes:
    """MTH(D[first:last]) as RFC 9162 §2.1.1 writes it."""
    count = last - first
    if count == 0:
        return hashlib.sha256(b"").digest()
    if count == 1:
        return hashlib.sha256(b"\x00" + leaf(first)).digest()
    split = 1
    while split * 2 < count:
        split *= 2
    parts = slow_root(first, first + split) + slow_root(first + split, last)
    return hashlib.sha256(b"\x01" + parts).digest()


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def hashes(first: int, last: int) -> list[Digest]:
    return [hash_leaf(leaf(number)) for number in range(first, last)]


def test_the_root_is_right_at_every_size_while_leaves_come_one_by_one(connection: Connection) -> None:
    tree = GrowingLogTree(connection, 0)
    for size in range(SIZES):
        assert tree.root() == slow_root(0, size)
        tree.append(hashes(size, size + 1))
    for size in range(SIZES):
        assert tree.root(size) == slow_root(0, size), "an older size changed"


@pytest.mark.parametrize("seed", range(3))
def test_leaves_that_come_in_lots_give_the_same_tiles(connection: Connection, seed: int) -> None:
    choose = random.Random(seed)
    size = 0
    while size < 3 * WIDTH:
        lot = choose.choice([1, 2, 3, 100, WIDTH - 1, WIDTH, WIDTH + 1])
        GrowingLogTree(connection, size).append(
            hashes(size, size + lot)
        )  # a new object each time: nothing is remembered
        size += lot
    assert GrowingLogTree(connection, size).root() == slow_root(0, size)
    for row in connection.execute(select(tiles)):
        below = WIDTH**row.level
        expected = [
            slow_root((row.idx * WIDTH + place) * below, (row.idx * WIDTH + place + 1) * below)
            for place in range(len(row.hashes) // 32)
        ]
        assert row.hashes == b"".join(expected)


def test_every_proof_leads_to_the_root_and_every_size_extends_the_smaller_ones(
    connection: Connection,
) -> None:
    tree = GrowingLogTree(connection, 0)
    tree.append(hashes(0, SIZES))
    choose = random.Random(7)
    for size in [1, 2, 3, 255, 256, 257, 511, 512, 513, SIZES]:
        root = tree.root(size)
        for index in {0, size - 1, *(choose.randrange(size) for _ in range(12))}:
            verify_inclusion(leaf(index), tree.inclusion(index, size), root)
        for old in {0, 1, size, *(choose.randrange(size + 1) for _ in range(12))}:
            verify_consistency(old, tree.root(old), size, root, tree.consistency(old, size))


@pytest.mark.slow
def test_three_levels_of_tiles_agree_with_the_slow_tree(connection: Connection) -> None:
    size = WIDTH * WIDTH + 3 * WIDTH + 5
    tree = GrowingLogTree(connection, 0)
    tree.append(hashes(0, size))
    assert tree.root() == slow_root(0, size)
    for index in (0, 1, WIDTH * WIDTH - 1, WIDTH * WIDTH, size - 1):
        verify_inclusion(leaf(index), tree.inclusion(index), tree.root())
    verify_consistency(70, tree.root(70), size, tree.root(), tree.consistency(70))
