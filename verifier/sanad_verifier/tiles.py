"""Tiles: a log as plain files that any web server or stick can carry (C2SP tlog-tiles).

A tile of level L and number N holds the hashes of up to 256 complete subtrees of 256^L entries each; an entry bundle
holds the entries below a tile of level 0, each after its length in two bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sanad_verifier.digests import SIZE
from sanad_verifier.entries import ENTRY_SIZE
from sanad_verifier.errors import EvidenceError

WIDTH = 256
CHECKPOINT = "checkpoint"
TILE_SIZE = WIDTH * SIZE
_PREFIX = ENTRY_SIZE.to_bytes(2)
_FRAME = len(_PREFIX) + ENTRY_SIZE
BUNDLE_SIZE = WIDTH * _FRAME


class MirrorInvalid(EvidenceError):
    """A file of a mirror is missing, malformed, or not what the checkpoint says; `field` names the file."""

    code = "MIRROR_INVALID"


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of hashes (level 0 to 7) or, with level None, a bundle of entries. `width` of them, 256 if it is full."""

    level: int | None
    index: int
    width: int

    @property
    def path(self) -> str:
        """Where it is: `tile/<level>/<number>`, with `.p/<width>` while it is not full."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.level is None else self.level}/{'/'.join(groups)}{part}"


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Every tile of a log of `size` entries that one of `since` did not have: bundles, then level by level."""
    yield from _row(None, since, size)
    level = 0
    while size:
        yield from _row(level, since, size)
        level, since, size = level + 1, since // WIDTH, size // WIDTH


def _row(level: int | None, since: int, size: int) -> Iterator[Tile]:
    for index in range(since // WIDTH, -(-size // WIDTH)):
        tile = Tile(level, index, min(WIDTH, size - index * WIDTH))
        if index * WIDTH + tile.width > since:
            yield tile


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The bytes of a bundle of entries."""
    return b"".join(_PREFIX + entry for entry in entries)


def decode_bundle(data: bytes, tile: Tile) -> list[bytes]:
    """The entries in a bundle: as many as it should hold, each of its size; `MirrorInvalid` otherwise."""
    if len(data) != tile.width * _FRAME:
        raise MirrorInvalid("the bundle is not of the size it should be", field=tile.path)
    framed = [data[at : at + _FRAME] for at in range(0, len(data), _FRAME)]
    if any(not one.startswith(_PREFIX) for one in framed):
        raise MirrorInvalid("an entry of the bundle has another length", field=tile.path)
    return [one[len(_PREFIX) :] for one in framed]


def must_be_small(size: int, most: int, path: str) -> None:
    """`MirrorInvalid` if a file has more bytes than it may."""
    if size > most:
        raise MirrorInvalid("the file is larger than it may be", field=path)
