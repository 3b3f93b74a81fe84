"""Copying a mirror into a folder, so that the folder always is one: what is new, then the checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sanad_node.durable import write_file
from sanad_node.mirror.own import BATCH
from sanad_node.mirror.sources import Folder, Source
from sanad_node.status_lists.history import LIST_AT_MOST, STATUS_LIST
from sanad_verifier.checkpoints import TrustedCheckpoint
from sanad_verifier.entries import Kind
from sanad_verifier.errors import EvidenceError
from sanad_verifier.mirror import CHECKPOINT_AT_MOST, read_checkpoint, trusted
from sanad_verifier.status_lists.document import DOC_TYPE
from sanad_verifier.tiles import BUNDLE_SIZE, CHECKPOINT, TILE_SIZE, Tile, decode_bundle, tiles_of
from sanad_verifier.trust import Trust

LEAVES_AT_MOST = 512 << 20
"""Bytes of a batch's leaves: 5.6 million documents."""


class MirrorOlder(EvidenceError):
    """The mirror has fewer entries than the copy or node that follows it: it is behind, or something was taken back."""

    code = "MIRROR_OLDER"


@dataclass(frozen=True, slots=True)
class Copied:
    """How far the copy reaches now, and what had to be fetched for it."""

    size: int
    root: str
    files: int
    bytes: int


def copy(source: Source, folder: Path, trust: Trust) -> Copied:
    """Bring a folder up to the source's checkpoint.

    Files are fetched and kept before the checkpoint that speaks of them; a run that ends in the middle is continued by
    the next. What a file holds is judged by `verify`, not here: a copy of a wrong mirror is a wrong mirror.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = _known(folder, trust)
    note = source.read(CHECKPOINT, CHECKPOINT_AT_MOST)
    head = trusted(note, trust)
    since, size = (0 if known is None else known.checkpoint.size), head.checkpoint.size
    if size < since:
        raise MirrorOlder("the source has fewer entries than the copy", field=CHECKPOINT)
    if known is not None and size == since and head.checkpoint.root != known.checkpoint.root:
        raise MirrorOlder("the source has another root for the same size", field=CHECKPOINT)
    files = taken = 0
    for tile in tiles_of(size, since):
        data = _fetch(source, folder, tile.path, TILE_SIZE if tile.level is not None else BUNDLE_SIZE)
        files, taken = files + 1, taken + len(data)
        if tile.level is None:
            for path, most in _beside(data, tile):
                data = _fetch(source, folder, path, most)
                files, taken = files + 1, taken + len(data)
    write_file(folder / CHECKPOINT, note)
    _drop_parts(folder, since, size)
    return Copied(size, head.checkpoint.root.hex(), files, taken)


def _known(folder: Path, trust: Trust) -> TrustedCheckpoint | None:
    """What the folder is a mirror of already; raises if that is another log."""
    if not (folder / CHECKPOINT).exists():
        return None
    return read_checkpoint(Folder(folder).read, trust)


def _fetch(source: Source, folder: Path, path: str, most: int) -> bytes:
    place = folder / path
    data = source.read(path, most)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_file(place, data)
    return data


def _beside(bundle: bytes, tile: Tile) -> Iterator[tuple[str, int]]:
    """What a mirror has beside the log for a bundle's entries, and the most bytes of each: the leaves of batches, and
    status lists.
    """
    kind, listed = (int(Kind.ISSUE_BATCH).to_bytes(32), DOC_TYPE.encode().ljust(32, b"\0"))
    for raw in decode_bundle(bundle, tile):
        if raw[:32] == kind:
            yield f"{BATCH}/{raw[96:128].hex()}", LEAVES_AT_MOST
        elif raw[64:96] == listed and raw[:32] == int(Kind.ISSUE).to_bytes(32):
            yield f"{STATUS_LIST}/{raw[96:128].hex()}", LIST_AT_MOST


def _drop_parts(folder: Path, since: int, size: int) -> None:
    """Take away the unfinished tiles that the new checkpoint speaks of no more."""
    kept = {tile.path for tile in tiles_of(size)}
    for tile in tiles_of(since):
        if tile.path not in kept:
            place = folder / tile.path
            place.unlink(missing_ok=True)
            if not any(place.parent.iterdir()):
                place.parent.rmdir()
