"""The log's Merkle tree, kept as C2SP tlog-tiles: roots and proofs at any size, without reading history.

A tile of level L and index N holds up to 256 hashes: the roots of the complete subtrees of 256^L leaves
that follow each other from leaf N·256^(L+1) on. Appending rewrites the right-most tile of each level; a
proof reads a few tiles.
"""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Connection, Engine, bindparam, select

from sanad_node.store.dialects import upsert
from sanad_node.store.ledger_tables import tiles
from sanad_node.store.questions import Question
from sanad_verifier.digests import Digest, hash_node
from sanad_verifier.merkle import EMPTY_ROOT, InclusionProof, tree_root

WIDTH = 256
BITS = 8
HASH = 32
_TILE = Question(
    select(tiles.c.hashes).where(tiles.c.level == bindparam("level"), tiles.c.idx == bindparam("idx"))
)


class TiledTree:
    """A tree read by its tiles, wherever they are. `size` counts the leaves: what later ones add to a tile is behind
    it.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def _tile(self, level: int, index: int) -> bytes:
        known = self._tiles.get((level, index))
        if known is None:
            known = self._tiles[level, index] = self._read_tile(level, index)
        return known

    def _read_tile(self, level: int, index: int) -> bytes:
        """The hashes of a tile, at least those that a tree of this size has in it."""
        raise NotImplementedError

    def root(self, size: int | None = None) -> Digest:
        """The tree head at `size` (RFC 9162 §2.1.1); the present one by default."""
        count = self.size if size is None else size
        return EMPTY_ROOT if count == 0 else self._range(0, count)

    def hash_at(self, level: int, index: int) -> Digest:
        """The root of complete subtree `index` among those of 256^level leaves."""
        return self._subtree(level * BITS, index)

    def inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        """The inclusion proof of leaf `index` in the tree of `size` leaves (RFC 9162 §2.1.3)."""
        count = self.size if size is None else size
        path: list[Digest] = []
        first, last = 0, count
        while last - first > 1:
            middle = first + _split(last - first)
            if index < middle:
                path.append(self._range(middle, last))
                last = middle
            else:
                path.append(self._range(first, middle))
                first = middle
        return InclusionProof(index, count, tuple(reversed(path)))

    def consistency(self, old: int, new: int | None = None) -> tuple[Digest, ...]:
        """The proof that the tree of `new` leaves extends the tree of `old` leaves (RFC 9162 §2.1.4)."""
        count = self.size if new is None else new
        if old in {0, count}:
            return ()
        path: list[Digest] = []
        first, last, whole = 0, count, True
        while last != old:
            middle = first + _split(last - first)
            if old <= middle:
                path.append(self._range(middle, last))
                last = middle
            else:
                path.append(self._range(first, middle))
                first, whole = middle, False
        if not whole:
            path.append(self._range(first, last))
        return tuple(reversed(path))

    def _range(self, first: int, last: int) -> Digest:
        count = last - first
        if count & (count - 1) == 0 and first % count == 0:
            return self._subtree(count.bit_length() - 1, first // count)
        middle = first + _split(count)
        return hash_node(self._range(first, middle), self._range(middle, last))

    def _subtree(self, height: int, index: int) -> Digest:
        """The root of complete subtree `index` among those of 2^height leaves."""
        level, rest = divmod(height, BITS)
        first = index << rest
        tile = self._tile(level, first >> BITS)
        start = (first % WIDTH) * HASH
        return _fold(tile[start : start + (HASH << rest)])


class LogTree(TiledTree):
    """Reads the tiles of a database."""

    def __init__(self, database: Engine | Connection, size: int) -> None:
        super().__init__(size)
        self._database = database

    def _read_tile(self, level: int, index: int) -> bytes:
        found = _TILE.first(self._database, level=level, idx=index)
        return found.hashes if found is not None else b""


class GrowingLogTree(LogTree):
    """The tiles of one connection's transaction, which it extends."""

    def __init__(self, connection: Connection, size: int) -> None:
        super().__init__(connection, size)
        self._connection = connection

    def append(self, leaf_hashes: Sequence[Digest]) -> None:
        """Extend the log; costs a few row writes for each 256 leaves."""
        fresh: list[Digest] = list(leaf_hashes)
        first, level = self.size, 0
        self.size += len(fresh)
        while fresh:
            rows: list[dict[str, object]] = []
            completed: list[Digest] = []
            completed_first = first >> BITS
            position, taken = first, 0
            while taken < len(fresh):
                index, offset = divmod(position, WIDTH)
                room = fresh[taken : taken + WIDTH - offset]
                kept = self._read_tile(level, index)[: offset * HASH] if offset else b""
                hashes = kept + b"".join(room)
                rows.append({"level": level, "idx": index, "hashes": hashes})
                if len(hashes) == WIDTH * HASH:
                    completed.append(_fold(hashes))
                taken += len(room)
                position += len(room)
            statement = upsert(self._connection, tiles)
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[tiles.c.level, tiles.c.idx], set_={"hashes": statement.excluded.hashes}
                ),
                rows,
            )
            fresh, first, level = completed, completed_first, level + 1
        self._tiles.clear()


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


@lru_cache(maxsize=1024)
def _fold(hashes: bytes) -> Digest:
    """The root over a power of two of concatenated hashes.

    Remembered, since what is above the lowest tiles is the same in almost every proof.
    """
    return tree_root([Digest(hashes[at : at + HASH]) for at in range(0, len(hashes), HASH)])
