"""A mirror: is this copy of the log the one its members cosigned, entry by entry?

Every entry is read and hashed again, every tile compared with what the entries make, and the root with the
checkpoint's. What the entries mean is for whoever visits them.
"""

from collections.abc import Callable

from sanad_verifier.checkpoints import TrustedCheckpoint, verify_checkpoint
from sanad_verifier.digests import Digest, hash_leaf, hash_node
from sanad_verifier.entries import Entry, decode_entry
from sanad_verifier.errors import EvidenceError
from sanad_verifier.merkle import EMPTY_ROOT, tree_root
from sanad_verifier.tiles import (
    BUNDLE_SIZE,
    CHECKPOINT,
    TILE_SIZE,
    WIDTH,
    MirrorInvalid,
    Tile,
    decode_bundle,
)
from sanad_verifier.trust import Trust

Read = Callable[[str, int], bytes]
"""Reads a file of the mirror by its path, of at most so many bytes; `MirrorInvalid` if it is not there."""
Visit = Callable[[int, bytes, Entry], None]
CHECKPOINT_AT_MOST = 1 << 16


def read_checkpoint(read: Read, trust: Trust) -> TrustedCheckpoint:
    """The mirror's checkpoint, after checking who signed and cosigned it; raises an `EvidenceError`."""
    return trusted(read(CHECKPOINT, CHECKPOINT_AT_MOST), trust)


def trusted(note: bytes, trust: Trust) -> TrustedCheckpoint:
    """A checkpoint as signed, after checking who did; raises an `EvidenceError`."""
    return verify_checkpoint(note, trust.origin, trust.log_keys, trust.cosigners, trust.quorum, trust.windows)


def verify_mirror(read: Read, size: int, root: Digest, visit: Visit) -> None:
    """Read a mirror of `size` entries to its end, giving each entry to `visit` in order; raises an `EvidenceError`.

    Memory is bounded by one bundle and one tile of each level. `visit` may have been given entries before the raise:
    what it makes of them counts only when this returns.
    """
    rows: list[list[Digest]] = []
    for index in range(-(-size // WIDTH)):
        bundle = Tile(None, index, min(WIDTH, size - index * WIDTH))
        entries = decode_bundle(read(bundle.path, BUNDLE_SIZE), bundle)
        for place, raw in enumerate(entries):
            visit(index * WIDTH + place, raw, _decoded(raw, bundle))
        _add(rows, 0, [hash_leaf(raw) for raw in entries], index * WIDTH, read)
    for level, row in enumerate(rows):
        if row:
            count = size // WIDTH**level
            _compare(Tile(level, count // WIDTH, len(row)), row, read)
    if _root(rows) != root:
        raise MirrorInvalid("the entries do not make the checkpoint's root", field=CHECKPOINT)


def _decoded(raw: bytes, bundle: Tile) -> Entry:
    try:
        return decode_entry(raw)
    except EvidenceError as error:
        raise MirrorInvalid("the bundle holds something that is no entry", field=bundle.path) from error


def _add(rows: list[list[Digest]], level: int, hashes: list[Digest], first: int, read: Read) -> None:
    """Put hashes at the end of a level's row; a row that is full is compared with its tile, and goes up as one hash."""
    if len(rows) == level:
        rows.append([])
    row = rows[level]
    row += hashes
    if len(row) == WIDTH:
        index = first // WIDTH
        _compare(Tile(level, index, WIDTH), row, read)
        rows[level] = []
        _add(rows, level + 1, [tree_root(row)], index, read)


def _compare(tile: Tile, hashes: list[Digest], read: Read) -> None:
    if read(tile.path, TILE_SIZE) != b"".join(hashes):
        raise MirrorInvalid("the tile does not hold the hashes of the entries", field=tile.path)


def _root(rows: list[list[Digest]]) -> Digest:
    """The root over what is left of each level: the right-most subtrees, smallest last (RFC 9162 §2.1.1)."""
    root: Digest | None = None
    for row in rows:
        for digest in _peaks(row):
            root = digest if root is None else hash_node(digest, root)
    return EMPTY_ROOT if root is None else root


def _peaks(row: list[Digest]) -> list[Digest]:
    """The roots of the complete subtrees that a row of fewer than 256 is made of, from the right."""
    peaks, end = [], len(row)
    while end:
        width = end & -end
        peaks.append(tree_root(row[end - width : end]))
        end -= width
    return peaks
