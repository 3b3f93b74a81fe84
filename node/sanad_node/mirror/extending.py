"""Does one checkpoint of a log extend another? If not, whose fault is it?

A longer log that was signed either extends what was signed before, or its log has rewritten its past: then both notes
and a consistency proof show it to anybody (docs/spec/witness.md). Files that do not make the root that was signed are
the fault of whoever serves them, and show nothing about the log.
"""

from sanad_node.mirror.sources import Source
from sanad_node.projection.log_tree import TiledTree
from sanad_verifier.checkpoints import Checkpoint, parse_checkpoint
from sanad_verifier.digests import SIZE
from sanad_verifier.errors import EvidenceError
from sanad_verifier.merkle import EMPTY_ROOT, ConsistencyError, verify_consistency
from sanad_verifier.notes import parse_note
from sanad_verifier.tiles import CHECKPOINT, TILE_SIZE, WIDTH, MirrorInvalid, Tile
from sanad_verifier.witnessing import Equivocation, equivocation


class LogForked(EvidenceError):
    """Two logs under one name, each with the signatures to prove it; `proof` is for others to check, where both were
    signed by the log.
    """

    code = "LOG_FORKED"

    def __init__(self, message: str, *, field: str | None = None, proof: Equivocation | None = None) -> None:
        super().__init__(message, field=field)
        self.proof = proof


class SourceTree(TiledTree):
    """A log's tree by the tiles that a source serves, for a size that it says it has. Whether they make a root that was
    signed is for the caller to see.
    """

    def __init__(self, files: Source, size: int) -> None:
        super().__init__(size)
        self._files = files

    def _read_tile(self, level: int, index: int) -> bytes:
        tile = Tile(level, index, min(WIDTH, self.size // WIDTH**level - index * WIDTH))
        data = self._files.read(tile.path, TILE_SIZE)
        if len(data) != tile.width * SIZE:
            raise MirrorInvalid("the tile is not of the size it should be", field=tile.path)
        return data


def head_of(note: bytes) -> Checkpoint:
    """What a note says, whoever signed it."""
    return parse_checkpoint(parse_note(note).text)


def must_extend(longer: tuple[bytes, TiledTree], shorter: bytes) -> None:
    """Raise unless a log, by its note and its tiles, extends another note of no more entries: `LogForked` with the
    proof, or `MirrorInvalid` where the tiles do not make the root that was signed, so that nothing is known.
    """
    note, tree = longer
    new, old = head_of(note), head_of(shorter)
    if old.size == 0:
        if old.root != EMPTY_ROOT:
            raise MirrorInvalid("an empty log has another root", field=CHECKPOINT)
        return
    if old.size == new.size:
        if old.root != new.root:
            raise LogForked(
                "the log has signed two roots for one size",
                field=CHECKPOINT,
                proof=equivocation(shorter, note),
            )
        return
    root, path = tree.root(old.size), tree.consistency(old.size)
    try:
        verify_consistency(old.size, root, new.size, new.root, path)
    except ConsistencyError as error:
        raise MirrorInvalid("the tiles do not make the checkpoint's root", field=CHECKPOINT) from error
    if root != old.root:
        raise LogForked(
            "the log has rewritten its past: its longer checkpoint does not extend the shorter one",
            field=CHECKPOINT,
            proof=Equivocation((shorter, note), root, path),
        )
