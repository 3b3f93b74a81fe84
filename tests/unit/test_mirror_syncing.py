"""A node that follows mirrors takes a log that is true, whole, and refuses every other with a code; what it had stays.

Mirrors are dictionaries of files. Each refusal differs from a mirror that is followed in one thing.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from sanad_node.desk import upkeep
from sanad_node.durable import DiskFault, DiskFull
from sanad_node.mirror import starting, syncing
from sanad_node.mirror.extending import LogForked, head_of
from sanad_node.mirror.knowledge import FETCHED, HEADS, MirrorEmpty, MirrorUnvouched
from sanad_node.mirror.replaying import replay
from sanad_node.mirror.sources import Folder, MirrorUnreachable, Source
from sanad_node.mirror.syncing import Synced
from sanad_node.node import Node
from sanad_node.reindexing import log_digest
from sanad_node.witness import lies
from sanad_testkit.evidence import NOW
from sanad_testkit.failing_commits import When, fail_once
from sanad_testkit.made_log import DAY, MadeLog, entries, write
from sanad_verifier.entries import Entry, Kind, encode_entry
from sanad_verifier.errors import EvidenceError, SanadError
from sanad_verifier.roots import RootUnfit
from sanad_verifier.tiles import CHECKPOINT, MirrorInvalid, encode_bundle, must_be_small
from sanad_verifier.trust import encode_trust
from sanad_verifier.witnessing import parse_equivocation, verify_equivocation

Files = dict[str, bytes]
LOG = MadeLog()
HERE, THERE, ELSEWHERE = "https://one.example", "https://two.example", "https://three.example"
SIZES = (0, 1, 14, 20, 255, 256, 257, 300, 512, 600)


@dataclass
class Served:
    """A mirror in memory. `asked` lists what was read; `gone` stops it from answering after so many reads."""

    files: Files
    asked: list[str]
    gone: int | None = None

    def read(self, path: str, most: int) -> bytes:
        if self.gone is not None and len(self.asked) >= self.gone:
            raise MirrorUnreachable("gone", field=path)
        self.asked.append(path)
        if path not in self.files:
            raise MirrorInvalid("not there", field=path)
        must_be_small(len(self.files[path]), most, path)
        return self.files[path]


def served(files: Files) -> Served:
    return Served(files, [])


def followed(node: Node, *mirrors: Served | Files, stale: bool = False) -> Synced:
    """Follow these mirrors, in their order."""
    places: dict[str, Source] = {
        place: one if isinstance(one, Served) else served(one)
        for place, one in zip((HERE, THERE, ELSEWHERE), mirrors, strict=False)
    }

    @contextmanager
    def open_(place: str) -> Iterator[Source]:
        yield places[place]

    return syncing.sync(node, list(places), stale=stale, open_=open_)


@contextmanager
def opened(folder: Path) -> Iterator[Node]:
    with Node(folder, clock=lambda: NOW + 60) as node:
        yield node


@cache
def _known(base: Path, size: int) -> Path:
    folder = base / f"followed-{size}" / "data"
    starting.start(folder, [HERE], encode_trust(LOG.trust()))
    with opened(folder) as node:
        _ = node.ledger, node.office
        if size:
            followed(node, LOG.files(entries(size)))
    return folder


@contextmanager
def follower(factory: pytest.TempPathFactory, size: int = 0) -> Iterator[Node]:
    """A node of its own that has followed the log to so many entries."""
    folder = factory.mktemp("follower") / "data"
    shutil.copytree(_known(factory.getbasetemp(), size), folder)
    with opened(folder) as node:
        yield node


@pytest.fixture
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with follower(tmp_path_factory) as node:
        yield node


def state(node: Node) -> tuple[object, ...]:
    """Everything that is known of the log."""
    size = node.reader.position().size
    heads = sorted((path.name, path.read_bytes()) for path in (node.directory.mirror / HEADS).iterdir())
    return size, node.reader.root(size), log_digest(node.ledger), heads


def digest_of_replay(files: Files, folder: Path, log: MadeLog = LOG) -> str:
    """What the tables must come to, by the reader of mirrors that has nothing to do with following."""
    return replay(Folder(write(files, folder)), log.trust()).digest


# -- what is true is taken ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_a_mirror_is_followed_to_the_tables_that_a_reader_of_it_makes(
    node: Node, tmp_path: Path, size: int
) -> None:
    files = LOG.files(entries(size))
    done = followed(node, files)
    assert (done.size, done.taken, done.time, done.forked) == (size, size, NOW, False)
    assert node.reader.root(size) == done.root
    assert log_digest(node.ledger) == digest_of_replay(files, tmp_path / "mirror")
    assert node.known_at() == NOW
    assert followed(node, files).taken == 0


@settings(max_examples=5, deadline=None)
@given(steps=st.lists(st.integers(0, 600), min_size=2, max_size=4).map(sorted))
def test_a_log_followed_as_it_grows_comes_to_the_same_as_one_followed_at_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    with follower(tmp_path_factory) as node, follower(tmp_path_factory) as other:
        for size in steps:
            assert followed(node, LOG.files(entries(size))).size == size
        followed(other, LOG.files(entries(steps[-1])))
        assert state(node) == state(other)


def test_only_what_is_new_is_fetched_and_nothing_stays_of_it(node: Node) -> None:
    followed(node, LOG.files(entries(600)))
    mirror = served(LOG.files(entries(700)))
    followed(node, mirror)
    assert [path for path in mirror.asked if path.startswith("tile/entries")] == ["tile/entries/002.p/188"]
    assert not list((node.directory.mirror / FETCHED).rglob("*-*"))


def test_a_checkpoint_that_is_cosigned_again_makes_the_same_log_fresher(node: Node) -> None:
    followed(node, LOG.files(entries(20), time=NOW - 50))
    assert node.known_at() == NOW - 50
    assert followed(node, LOG.files(entries(20), time=NOW)).taken == 0
    assert node.known_at() == NOW
    followed(node, LOG.files(entries(20), time=NOW - 20))
    assert node.known_at() == NOW  # an older word for the same log takes nothing back


def test_before_the_first_sync_nothing_is_known(node: Node) -> None:
    with pytest.raises(MirrorEmpty):
        node.known_at()


# -- what is not, is refused --------------------------------------------------------------------------------------


def _reordered(raw: list[bytes]) -> list[bytes]:
    return [*raw[:4], raw[5], raw[4], *raw[6:]]


def _with_bundle(raw: Sequence[bytes]) -> Files:
    """The honest mirror of 20, with other entries in its bundle."""
    return {**LOG.files(entries(20)), "tile/entries/000.p/20": encode_bundle(raw)}


def _other_ledger() -> Files:
    contract = Entry(
        Kind.CONTRACT,
        bytes(20),
        0,
        "",
        bytes(12) + b"\x77" * 20,
        b"\x88" * 32,
        b"Ledger".upper().ljust(32, b"\0"),
        NOW - DAY,
    )
    return LOG.files([*entries(20), encode_entry(contract)])


HONEST = LOG.files(entries(20))
OTHER = entries(20, fork_from=0)[19]
BUNDLE = "tile/entries/000.p/20"


def _without(prefix: str) -> Files:
    return {path: data for path, data in HONEST.items() if not path.startswith(prefix)}


def _with_leaves(change: Callable[[bytes], bytes]) -> Files:
    """The honest mirror of 20, with other leaves of its batch."""
    return {path: change(data) if path.startswith("batch") else data for path, data in HONEST.items()}


def _swapped(leaves: bytes) -> bytes:
    return leaves[96:192] + leaves[:96] + leaves[192:]


REORDERED = {**LOG.files(_reordered(entries(20))), CHECKPOINT: HONEST[CHECKPOINT]}
UNSIGNED = MadeLog(names=("x", "y", "z")).files(entries(20))
REFUSED: dict[str, tuple[Files, str, str]] = {
    "no checkpoint": ({}, "MIRROR_INVALID", CHECKPOINT),
    "a checkpoint that is none": ({**HONEST, CHECKPOINT: b"x"}, "NOTE_INVALID", ""),
    "another log": (MadeLog(origin="other/sanad/7").files(entries(20)), "CHECKPOINT_INVALID", "origin"),
    "a checkpoint that is too large": ({**HONEST, CHECKPOINT: bytes(1 << 17)}, "MIRROR_INVALID", CHECKPOINT),
    "cosigned by strangers": (UNSIGNED, "QUORUM_MISSING", "cosignature"),
    "cosigned too long ago": (LOG.files(entries(20), time=NOW - 8 * DAY), "MIRROR_STALE", CHECKPOINT),
    "no bundle": (_without("tile/entries"), "MIRROR_INVALID", BUNDLE),
    "a bundle cut off": (_with_bundle(entries(19)), "MIRROR_INVALID", BUNDLE),
    "entries in another order": (_with_bundle(_reordered(entries(20))), "MIRROR_INVALID", BUNDLE),
    "an entry of another log": (_with_bundle([*entries(19), OTHER]), "MIRROR_INVALID", BUNDLE),
    "no entry": (_with_bundle([*entries(19), bytes(224)]), "MIRROR_INVALID", BUNDLE),
    "no leaves of a batch": (_without("batch"), "MIRROR_INVALID", "batch/"),
    "a leaf less": (_with_leaves(lambda leaves: leaves[:-96]), "MIRROR_INVALID", "batch/"),
    "leaves in another order": (_with_leaves(_swapped), "MIRROR_INVALID", "batch/"),
    "another network's contracts": (_other_ledger(), "NETWORK_DIFFERS", "Ledger"),
    "all of it reordered, tiles too": (REORDERED, "MIRROR_INVALID", CHECKPOINT),
}  # fmt: skip


@pytest.mark.parametrize("since", [0, 5])
@pytest.mark.parametrize("what", REFUSED)
def test_a_mirror_with_one_thing_wrong_is_refused_and_nothing_of_it_is_taken(
    node: Node, what: str, since: int
) -> None:
    files, code, field = REFUSED[what]
    if since:
        followed(node, LOG.files(entries(since)))
    before = state(node)
    with pytest.raises(SanadError) as refused:
        followed(node, files)
    assert refused.value.code == code
    assert (refused.value.field or "").startswith(field)
    assert state(node) == before
    (came,) = node.knowledge.last().came
    assert (came.source, came.code) == (HERE, code)
    assert followed(node, HONEST).size == 20  # and an honest one is followed after it


def test_an_old_checkpoint_is_taken_where_that_is_asked_for(node: Node) -> None:
    old = LOG.files(entries(20), time=NOW - 400 * DAY)
    assert followed(node, old, stale=True).size == 20
    assert node.known_at() == NOW - 400 * DAY


def test_a_mirror_that_is_behind_is_told_apart_from_one_that_lies(node: Node) -> None:
    followed(node, LOG.files(entries(300)))
    before = state(node)
    with pytest.raises(SanadError) as refused:
        followed(node, LOG.files(entries(256)))
    assert refused.value.code == "MIRROR_OLDER"
    assert (state(node), lies(node.office)) == (before, [])


FORKS = {
    "another root for the same size": 300,
    "a longer log that rewrote its past": 600,
    "a longer log, the old size a power of two": 512,
    "a shorter log that was rewritten": 256,
}


@pytest.mark.parametrize("size", FORKS.values(), ids=FORKS.keys())
@pytest.mark.parametrize("known", [300, 256])
def test_a_log_with_two_faces_is_refused_and_the_proof_convinces_a_stranger(
    node: Node, known: int, size: int
) -> None:
    followed(node, LOG.files(entries(known)))
    before = state(node)
    for _ in range(2):
        with pytest.raises(LogForked):
            followed(node, LOG.files(entries(size, fork_from=100)))
    assert state(node) == before
    (lie,) = lies(node.office)
    proof = parse_equivocation(lie.proof)
    heads = verify_equivocation(proof, (LOG.log.key,))
    assert {head.size for head in heads} == {known, size}
    with pytest.raises(EvidenceError):
        verify_equivocation(proof, (MadeLog(origin="other/sanad/7").log.key,))
    if proof.root is not None:
        for wrong in (replace(proof, root=heads[0].root), replace(proof, path=proof.path[:-1])):
            with pytest.raises(EvidenceError):
                verify_equivocation(wrong, (LOG.log.key,))


def test_tiles_that_do_not_make_the_root_prove_nothing_against_the_log(node: Node) -> None:
    followed(node, LOG.files(entries(300)))
    for path in ("tile/0/001", "tile/1/000.p/2"):
        files = LOG.files(entries(600))
        files[path] = bytes([files[path][0] ^ 1]) + files[path][1:]
        with pytest.raises(MirrorInvalid):
            followed(node, files)
    assert lies(node.office) == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_byte_changed_of_any_file_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    since, size = data.draw(st.sampled_from([(0, 20), (5, 20), (16, 20), (250, 300)]))
    files = LOG.files(entries(size))
    path = data.draw(st.sampled_from(sorted(files)))
    at, bit = data.draw(st.integers(0, len(files[path]) - 1)), data.draw(st.integers(1, 255))
    wrong = {**files, path: files[path][:at] + bytes([files[path][at] ^ bit]) + files[path][at + 1 :]}
    with follower(tmp_path_factory, since) as node:
        before = state(node)
        try:
            done = followed(node, wrong)
        except EvidenceError:
            assert state(node) == before
            assert lies(node.office) == []
            return
        assert (done.size, done.root) == (size, head_of(files[CHECKPOINT]).root)
        assert log_digest(node.ledger) == _digest(tmp_path_factory.getbasetemp(), size)


@cache
def _digest(base: Path, size: int) -> str:
    return digest_of_replay(LOG.files(entries(size)), base / f"honest-{size}")


# -- several mirrors ----------------------------------------------------------------------------------------------


def test_the_longest_of_several_mirrors_is_followed_and_those_behind_are_no_fault(node: Node) -> None:
    done = followed(node, LOG.files(entries(256)), LOG.files(entries(600)), LOG.files(entries(300)))
    assert (done.size, [one.code for one in done.came]) == (600, ["", "", ""])
    assert [one.size for one in done.came] == [256, 600, 300]
    assert node.knowledge.last().source == THERE


LIARS: dict[str, Callable[[], Served]] = {
    "tampered": lambda: served({**LOG.files(entries(600)), "tile/entries/001": b"x"}),
    "rewritten": lambda: served(LOG.files(entries(600, fork_from=5))),
    "unsigned": lambda: served(MadeLog(names=("x", "y")).files(entries(600))),
    "gone": lambda: Served({}, [], gone=0),
    "gone in the middle": lambda: Served(LOG.files(entries(600)), [], gone=3),
}


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("first", [True, False])
def test_one_mirror_that_lies_or_fails_does_not_stop_the_others(node: Node, liar: str, first: bool) -> None:
    followed(node, LOG.files(entries(20)))
    honest = served(LOG.files(entries(300)))
    done = followed(node, *((LIARS[liar](), honest) if first else (honest, LIARS[liar]())))
    assert (done.size, done.forked) == (300, liar == "rewritten")
    codes = {one.source: one.code for one in done.came}
    assert codes[THERE if first else HERE] == ""
    assert codes[HERE if first else THERE] != ""
    assert len(lies(node.office)) == (liar == "rewritten")


def test_two_mirrors_with_two_roots_for_one_size_are_both_refused_and_a_third_is_followed(node: Node) -> None:
    done = followed(
        node, LOG.files(entries(300)), LOG.files(entries(300, fork_from=100)), LOG.files(entries(90))
    )
    assert (done.size, done.forked) == (90, True)
    assert [one.code for one in done.came] == ["LOG_FORKED", "LOG_FORKED", ""]
    assert len(lies(node.office)) == 1


@pytest.mark.parametrize("size", [20, 300, 600])
@pytest.mark.parametrize("first", [True, False])
def test_of_two_roots_for_one_size_the_one_that_extends_what_is_known_is_followed(
    node: Node, size: int, first: bool
) -> None:
    followed(node, LOG.files(entries(300)))
    honest, forged = LOG.files(entries(size)), LOG.files(entries(size, fork_from=3))
    mirrors = (honest, forged) if first else (forged, honest)
    if size < 300:
        with pytest.raises(LogForked):
            followed(node, *mirrors)
    else:
        assert [one.code for one in followed(node, *mirrors).came] == ["", "LOG_FORKED"][
            :: 1 if first else -1
        ]
    assert node.reader.position().size == max(size, 300)
    assert len(lies(node.office)) == 1


def test_when_none_can_be_followed_it_is_said_what_was_wrong(node: Node) -> None:
    gone = Served({}, [], gone=0)
    with pytest.raises(SanadError) as refused:
        followed(node, gone, gone)
    assert refused.value.code == "SYNC_FAILED"
    with pytest.raises(SanadError) as refused:
        followed(node, gone, {**HONEST, CHECKPOINT: b"x"})
    assert refused.value.code == "NOTE_INVALID"
    with pytest.raises(MirrorUnreachable):
        followed(node, gone)


# -- interruptions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reads", range(1, 9))
def test_a_sync_that_breaks_off_anywhere_leaves_what_was_and_goes_on_where_it_broke(
    node: Node, reads: int
) -> None:
    followed(node, LOG.files(entries(5)))
    before, files = state(node), LOG.files(entries(1500))
    with pytest.raises(MirrorUnreachable):
        followed(node, Served(files, [], gone=reads))
    assert state(node) == before
    again = served(files)
    followed(node, again)
    fetched = [path for path in again.asked if path.startswith("tile/entries")]
    assert len(fetched) <= 6
    assert len(set(fetched)) == len(fetched)
    assert state(node)[0] == 1500


def test_what_was_fetched_before_is_checked_like_anything_else(node: Node) -> None:
    files = LOG.files(entries(600))
    with pytest.raises(MirrorUnreachable):
        followed(node, Served({k: v for k, v in files.items() if k != "tile/1/000.p/2"}, [], gone=3))
    found = [path for path in (node.directory.mirror / FETCHED).rglob("*") if path.is_file()]
    assert found
    for path in found:
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert followed(node, files).size == 600


@pytest.mark.parametrize("when", ["commit", "after_commit"])
def test_a_commit_that_fails_or_is_not_heard_of_leaves_the_old_or_the_new(
    tmp_path_factory: pytest.TempPathFactory, when: When
) -> None:
    with follower(tmp_path_factory) as node:
        folder = node.directory.root
        followed(node, LOG.files(entries(5)))
        fail_once(node.ledger, when, OperationalError("x", {}, sqlite3.OperationalError("disk I/O error")))
        with pytest.raises((DiskFault, DiskFull)):
            followed(node, LOG.files(entries(300)))
    with opened(folder) as node:
        size = 5 if when == "commit" else 300
        kept = node.knowledge.kept(node.reader.position().size)
        assert (kept.size, kept.root) == (size, node.reader.root(size))
        assert followed(node, LOG.files(entries(300))).size == 300
        assert [path.name for path in (node.directory.mirror / HEADS).iterdir()] == ["300"]


# -- whom to believe ----------------------------------------------------------------------------------------------


def test_a_trust_file_is_replaced_by_one_of_the_same_network_only(node: Node) -> None:
    followed(node, HONEST)
    other = replace(LOG.trust(), genesis="cd" * 32)
    with pytest.raises(starting.TrustDiffers):
        starting.believe(node.knowledge, encode_trust(other))
    newer = MadeLog(names=("member-1", "member-4"))
    starting.believe(node.knowledge, encode_trust(newer.trust()))
    with pytest.raises(MirrorUnvouched):  # the new members have not cosigned what is known
        node.known_at()
    assert followed(node, newer.files(entries(20))).taken == 0
    assert node.known_at() == NOW


def test_a_trust_root_is_followed_by_its_successor_only(tmp_path: Path) -> None:
    from sanad_testkit.root_cases import root, signed  # noqa: PLC0415

    starting.start(tmp_path / "data", [HERE], signed(root(), "ab"))
    with Node(tmp_path / "data", clock=lambda: NOW) as node:
        assert node.knowledge.root is not None
        assert set(node.network.contracts) == {"Formations", "Ledger"}
        for wrong in (signed(root(3), "ab"), encode_trust(root().trust)):
            with pytest.raises(RootUnfit):
                starting.believe(node.knowledge, wrong)
        with pytest.raises(EvidenceError):
            starting.believe(node.knowledge, signed(root(2), "a"))
        starting.believe(node.knowledge, signed(root(2, "abd"), "ab"))
        assert node.knowledge.root is not None
        assert node.knowledge.root.version == 2


# -- what is told of it -------------------------------------------------------------------------------------------


def test_a_node_s_status_is_hindered_by_a_fork_or_when_no_mirror_is_followed_not_by_one_of_several(
    node: Node,
) -> None:
    gone, honest = Served({}, [], gone=0), LOG.files(entries(20))
    assert upkeep.status(node).code == "MIRROR_EMPTY"
    followed(node, gone, honest)
    told = upkeep.status(node)
    assert told.mirror is not None
    assert (told.code, told.entries, told.mirror.as_of, told.mirror.age, told.mirror.source) == (
        "",
        20,
        NOW,
        60,
        THERE,
    )
    assert [one.code for one in told.mirror.mirrors] == ["MIRROR_UNREACHABLE", ""]
    followed(node, LOG.files(entries(20, fork_from=3)), honest)
    assert upkeep.status(node).code == "LOG_FORKED"
    node.clock = lambda: NOW + 61
    with pytest.raises(SanadError):
        followed(node, {**LOG.files(entries(300)), "tile/entries/000": b"x"})
    told = upkeep.status(node)
    assert told.mirror is not None
    assert (told.code, told.mirror.behind) == ("MIRROR_INVALID", 280)
