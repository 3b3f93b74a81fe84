"""The files of small mirrors, and what is wrong with others."""

from sanad_testkit.evidence import Scene
from sanad_verifier.digests import hash_leaf
from sanad_verifier.entries import encode_entry
from sanad_verifier.merkle import tree_root
from sanad_verifier.tiles import WIDTH, encode_bundle, tiles_of

SCENE = Scene()
RAW = [encode_entry(entry) for entry in SCENE.entries]
SIZES = (0, 1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 256 * 1_000 + 7, 256 * 1_234_067 + 1)


def files() -> dict[str, bytes]:
    """The mirror of the scene's log: each hash of a tile from all the leaves below it."""
    leaves = [hash_leaf(raw) for raw in RAW]
    made = {"checkpoint": SCENE.checkpoint()}
    for tile in tiles_of(len(RAW)):
        first = tile.index * WIDTH
        if tile.level is None:
            made[tile.path] = encode_bundle(RAW[first : first + tile.width])
        else:
            span = WIDTH**tile.level
            places = range(first, first + tile.width)
            made[tile.path] = b"".join(tree_root(leaves[at * span : (at + 1) * span]) for at in places)
    return made


def last_paths(size: int) -> list[str]:
    """The path of the last file of each kind, of a log of so many entries: bundles, then level by level."""
    last: dict[int | None, str] = {}
    since = max(size - 1, 0)
    for tile in tiles_of(size, since):
        last[tile.level] = tile.path
    return list(last.values())


BUNDLE, TILE = (path for path in files() if path != "checkpoint")


def refused() -> dict[str, dict[str, bytes | None]]:
    """By name: files that stand in the place of the genuine ones, None for one that is not there."""
    made = files()
    bundle, tile = made[BUNDLE], made[TILE]
    return {
        "no checkpoint": {"checkpoint": None},
        "the checkpoint of another log's members": {
            "checkpoint": Scene(cosigner_names=("x", "y", "z")).checkpoint()
        },
        "the checkpoint of a shorter log": {"checkpoint": Scene(size=20).checkpoint()},
        "no entries": {BUNDLE: None},
        "an entry less": {BUNDLE: bundle[:-226]},
        "an entry of another length": {BUNDLE: b"\0\xdf" + bundle[2:]},
        "an entry that is none": {BUNDLE: bundle[:2] + b"\xff" + bundle[3:]},
        "two entries exchanged": {BUNDLE: bundle[226:452] + bundle[:226] + bundle[452:]},
        "another entry": {BUNDLE: bundle[:225] + bytes([bundle[225] ^ 1]) + bundle[226:]},
        "a byte more": {BUNDLE: bundle + b"\0"},
        "no hashes": {TILE: None},
        "another hash": {TILE: bytes(32) + tile[32:]},
        "a hash less": {TILE: tile[:-32]},
    }
