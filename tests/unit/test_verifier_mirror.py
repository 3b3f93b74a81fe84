"""A mirror is read to its end and is the log it says it is, or the file that is wrong is named."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.evidence import NOW, ORIGIN, Scene, issue
from sanad_verifier.checkpoints import Checkpoint
from sanad_verifier.digests import Digest, hash_leaf
from sanad_verifier.entries import encode_entry
from sanad_verifier.errors import EvidenceError
from sanad_verifier.merkle import Levels, tree_root
from sanad_verifier.mirror import Read, read_checkpoint, verify_mirror
from sanad_verifier.tiles import MirrorInvalid, Tile, encode_bundle, tiles_of

MOST = 256 * 3 + 20
RAW = [encode_entry(issue(b"paper %d" % number, time=NOW + number)) for number in range(MOST)]
LEAVES = [hash_leaf(raw) for raw in RAW]


def mirror_of(size: int, raw: list[bytes] = RAW) -> dict[str, bytes]:
    """The files of a mirror, made the slow way: each hash of a tile from all the leaves below it."""
    leaves = [hash_leaf(one) for one in raw[:size]]
    files = {}
    for tile in tiles_of(size):
        first = tile.index * 256
        if tile.level is None:
            files[tile.path] = encode_bundle(raw[first : first + tile.width])
        else:
            span = 256**tile.level
            places = range(first, first + tile.width)
            files[tile.path] = b"".join(tree_root(leaves[at * span : (at + 1) * span]) for at in places)
    return files


def reader(files: dict[str, bytes]) -> Read:
    def read(path: str, most: int) -> bytes:
        if path not in files:
            raise MirrorInvalid("not there", field=path)
        assert len(files[path]) <= most
        return files[path]

    return read


def visited(files: dict[str, bytes], size: int, root: Digest) -> list[bytes]:
    seen: list[bytes] = []

    def visit(index: int, raw: bytes, _entry: object) -> None:
        assert index == len(seen)
        seen.append(raw)

    verify_mirror(reader(files), size, root, visit)
    return seen


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 300, 511, 512, 513, MOST])
def test_every_entry_of_a_whole_mirror_is_visited_once_in_order(size: int) -> None:
    assert visited(mirror_of(size), size, Levels(LEAVES[:size]).root) == RAW[:size]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, MOST), st.data())
def test_a_file_that_is_missing_longer_shorter_or_changed_is_named(size: int, data: st.DataObject) -> None:
    files = mirror_of(size)
    path = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(0, len(files[path]) - 1))
    whole = files[path]
    flipped = bytes([*whole[:at], whole[at] ^ 1 << at % 8, *whole[at + 1 :]])
    for changed in (None, whole[:-1], flipped, b""):
        wrong = {**files}
        if changed is None:
            del wrong[path]
        else:
            wrong[path] = changed
        with pytest.raises(MirrorInvalid) as refused:
            visited(wrong, size, tree_root(LEAVES[:size]))
        if not path.startswith("tile/entries") or changed is None:
            assert refused.value.field == path


def test_another_root_or_other_entries_in_order_with_their_tiles_are_refused() -> None:
    other = [*RAW[:299], RAW[400]]
    for files in (mirror_of(300, other), mirror_of(300, [RAW[1], RAW[0], *RAW[2:]])):
        with pytest.raises(MirrorInvalid) as refused:
            visited(files, 300, tree_root(LEAVES[:300]))
        assert refused.value.field == "checkpoint"


def test_what_is_no_entry_is_refused_though_its_hash_would_fit() -> None:
    odd = [bytes(224), *RAW[1:]]
    with pytest.raises(MirrorInvalid) as refused:
        visited(mirror_of(300, odd), 300, tree_root([hash_leaf(bytes(224)), *LEAVES[1:300]]))
    assert refused.value.field == "tile/entries/000"


def test_a_tile_has_the_path_of_the_specification() -> None:
    assert Tile(0, 1_234_067, 256).path == "tile/0/x001/x234/067"
    assert Tile(1, 0, 7).path == "tile/1/000.p/7"
    assert Tile(None, 999, 256).path == "tile/entries/999"
    assert Tile(None, 1000, 1).path == "tile/entries/x001/000.p/1"


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_what_is_new_is_every_tile_that_was_not_there_and_no_other(one: int, other: int) -> None:
    since, size = sorted((one, other))
    assert set(tiles_of(size, since)) == set(tiles_of(size)) - set(tiles_of(since))


def test_a_checkpoint_is_trusted_only_with_its_signatures() -> None:
    scene = Scene()
    files = {"checkpoint": scene.checkpoint()}
    known = read_checkpoint(reader(files), scene.trust())
    assert known.checkpoint == Checkpoint(ORIGIN, scene.size, scene.tree.root)
    wrong: list[Callable[[], bytes]] = [Scene(cosigner_names=("x", "y")).checkpoint, lambda: b"x"]
    for make in wrong:
        with pytest.raises(EvidenceError):
            read_checkpoint(reader({"checkpoint": make()}), scene.trust())
