"""The queue of pins and its rounds: what is owed is tried until it is done, however nodes fail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from sanad_node.ipfs.cid import cid_of
from sanad_node.ipfs.errors import (
    IpfsAnswerInvalid,
    IpfsContentWrong,
    IpfsFault,
    IpfsFull,
    IpfsNeverQueued,
    IpfsNotSetUp,
    IpfsTimeout,
    IpfsUnreachable,
)
from sanad_node.ipfs.pinning import Pins
from sanad_node.ipfs.queue import Queue
from sanad_node.ipfs.settings import OWN, Holder, IpfsSettings
from sanad_node.store.database import open_database
from sanad_node.store.office_tables import papers
from sanad_node.store.vault_tables import ipfs_blobs, ipfs_pins
from sanad_node.vault import Vault, VaultCorrupt, VaultErased
from sanad_testkit.vaults import item, open_vault
from sanad_verifier.digests import Digest

SETTINGS = IpfsSettings(rpc="http://127.0.0.1:5001", retry_seconds=600, recheck_seconds=3600)
HERE, THERE = Holder(OWN, "127.0.0.1", 5001, tls=False), Holder("lk", "127.0.0.1", 5002, tls=False)


@dataclass
class FakeNode:
    """A node that keeps blobs in memory, and fails as it is told: before it does anything, or after it has done it."""

    network: dict[str, bytes]
    pinned: set[str] = field(default_factory=set)
    fails: IpfsFault | None = None
    after: bool = False
    calls: list[str] = field(default_factory=list)

    def add(self, blob: bytes) -> str:
        cid = cid_of(blob)

        def keep() -> None:
            self.network[cid] = blob
            self.pinned.add(cid)

        self._do("add", keep)
        return cid

    def pin(self, cid: str) -> None:
        if cid not in self.network:
            raise IpfsTimeout("nobody has it")
        self._do("pin", lambda: self.pinned.add(cid))

    def is_pinned(self, cid: str) -> bool:
        self._do("is_pinned", lambda: None)
        return cid in self.pinned

    def unpin(self, cid: str) -> None:
        self._do("unpin", lambda: self.pinned.discard(cid))

    def read(self, cid: str, length: int) -> bytes:
        self._do("read", lambda: None)
        if len(self.network[cid]) != length:
            raise IpfsContentWrong("not its length")
        return self.network[cid]

    def close(self) -> None:
        self.calls.append("close")

    def _do(self, name: str, act: Callable[[], object]) -> None:
        self.calls.append(name)
        if self.fails is not None and not self.after:
            raise self.fails
        act()
        if self.fails is not None:
            raise self.fails


class Scene:
    """An office with a vault, its own node, and a member's."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_000_000.0
        self.folder = folder
        self.vault: Vault = open_vault(folder / "vault")
        self.office: Engine = open_database("office", folder / "office.db")
        network: dict[str, bytes] = {}
        self.nodes = {OWN: FakeNode(network), "lk": FakeNode(network)}
        self.pins = self.open(HERE, THERE)

    def open(self, *holders: Holder, settings: IpfsSettings = SETTINGS) -> Pins:
        """As a process that starts anew would."""
        queue = Queue(self.office, lambda: self.now)
        return Pins(queue, self.vault, holders, settings, connect=lambda holder, _: self.nodes[holder.name])

    def keep(self, text: str, *, kept: bool = True) -> Digest:
        digest, data, _ = item(text)
        if kept:
            self.vault.put(digest, data)
        row = {
            "digest": digest,
            "doc_type": "FILE",
            "formation": "CELL",
            "number": "",
            "name": "",
            "kept": int(kept),
        }
        with self.office.begin() as connection:
            connection.execute(insert(papers).values(**row))
        return digest

    def rounds(self, times: int = 3) -> None:
        for _ in range(times):
            self.pins.note()
            for name in self.nodes:
                self.pins.round(name)

    def states(self, digest: Digest) -> dict[str, str]:
        return {one.holder: one.state for one in self.pins.queue.pins_of(digest)}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.office.dispose()
    made.vault.close()


def test_a_kept_document_is_pinned_here_and_by_the_member_and_only_its_encrypted_blob(scene: Scene) -> None:
    digest = scene.keep("declaration 4711")
    scene.rounds()
    assert scene.states(digest) == {OWN: "pinned", "lk": "pinned"}
    (blob,) = scene.nodes[OWN].network.values()
    assert blob == scene.vault.blob(digest)
    assert b"4711" not in blob
    assert scene.nodes[OWN].pinned == scene.nodes["lk"].pinned == {cid_of(blob)}


def test_a_document_that_is_not_kept_is_not_queued(scene: Scene) -> None:
    digest = scene.keep("only anchored", kept=False)
    scene.rounds()
    assert scene.states(digest) == {}
    assert not scene.pins.queue.has_unseen()


def test_a_member_is_asked_only_for_what_our_own_node_has(scene: Scene) -> None:
    scene.nodes[OWN].fails = IpfsUnreachable("absent")
    digest = scene.keep("one")
    scene.rounds()
    assert scene.states(digest) == {OWN: "waiting", "lk": "waiting"}
    assert scene.nodes["lk"].calls == []


@pytest.mark.parametrize("after", [False, True], ids=["not-done", "done-but-said-to-have-failed"])
@pytest.mark.parametrize("fault", [IpfsUnreachable, IpfsTimeout, IpfsFull, IpfsAnswerInvalid])
def test_what_failed_waits_with_its_code_and_is_done_when_the_node_is_well_again(
    fault: type[IpfsFault], after: bool, scene: Scene
) -> None:
    digest = scene.keep("one")
    own = scene.nodes[OWN]
    own.fails, own.after = fault("x"), after
    scene.rounds(1)
    (pin,) = [one for one in scene.pins.queue.pins_of(digest) if one.holder == OWN]
    assert (pin.state, pin.code, pin.tries) == ("waiting", fault.code, 1)
    assert scene.pins.last(OWN) == fault.code
    assert scene.pins.failures() == {fault.code: 1}
    own.fails = None
    scene.rounds(1)
    assert scene.states(digest)[OWN] == "waiting"  # not before the pause is over
    scene.now += 2
    scene.rounds(1)
    assert scene.states(digest)[OWN] == "pinned"
    assert scene.pins.last(OWN) == ""


def test_the_pause_doubles_up_to_the_longest(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.nodes[OWN].fails = IpfsTimeout("slow")
    pauses = []
    for _ in range(12):
        scene.rounds(1)
        with scene.office.connect() as connection:
            due = connection.execute(select(ipfs_pins.c.due).where(ipfs_pins.c.holder == OWN)).scalar_one()
        pauses.append(due - scene.now)
        scene.now = due
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
    assert scene.states(digest)[OWN] == "waiting"


def test_a_node_that_is_absent_is_asked_once_a_round_and_one_that_fails_three_times(scene: Scene) -> None:
    for number in range(10):
        scene.keep(f"paper {number}")
    scene.pins.note()
    own = scene.nodes[OWN]
    own.fails = IpfsUnreachable("absent")
    scene.pins.round(OWN)
    assert len(own.calls) == 1
    own.fails, own.calls = IpfsTimeout("slow"), []
    scene.pins.round(OWN)
    assert len(own.calls) == 3


def test_a_member_that_fails_holds_up_nobody_else(scene: Scene) -> None:
    scene.nodes["lk"].fails = IpfsFull("full")
    digest = scene.keep("one")
    scene.rounds()
    assert scene.states(digest) == {OWN: "pinned", "lk": "waiting"}


def test_the_queue_outlives_the_process(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.pins.note()
    scene.pins = scene.open(HERE, THERE)
    scene.rounds()
    assert scene.states(digest) == {OWN: "pinned", "lk": "pinned"}


def test_a_member_named_later_gets_all_there_is(scene: Scene) -> None:
    scene.pins = scene.open(HERE)
    digests = [scene.keep("one"), scene.keep("two")]
    scene.pins.note()
    scene.pins.round(OWN)
    scene.pins = scene.open(HERE, THERE)
    scene.pins.begin()
    scene.pins.begin()
    scene.pins.round("lk")
    assert all(scene.states(digest) == {OWN: "pinned", "lk": "pinned"} for digest in digests)


def test_what_was_let_go_behind_our_back_is_pinned_again(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.rounds()
    scene.nodes["lk"].pinned.clear()
    scene.rounds()
    assert scene.states(digest)["lk"] == "pinned"  # believed until it is asked again
    scene.now += 3600
    scene.pins.round("lk")
    assert scene.states(digest)["lk"] == "waiting"
    scene.pins.round("lk")
    assert scene.states(digest)["lk"] == "pinned"
    assert scene.nodes["lk"].pinned


def erase(scene: Scene, digest: Digest) -> None:
    with scene.office.begin() as connection:
        scene.pins.queue.leave(connection, digest)
    scene.vault.erase(digest)


def test_an_erased_document_is_let_go_by_every_node(scene: Scene) -> None:
    digest, other = scene.keep("one"), scene.keep("two")
    scene.rounds()
    erase(scene, digest)
    assert scene.states(digest) == {OWN: "leaving", "lk": "leaving"}
    scene.rounds()
    assert scene.states(digest) == {OWN: "gone", "lk": "gone"}
    assert scene.nodes["lk"].pinned == {cid_of(scene.vault.blob(other))}


def test_an_erasure_while_a_pin_is_under_way_wins(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.pins.note()
    own = scene.nodes[OWN]
    real = own.add

    def add(blob: bytes) -> str:
        erase(scene, digest)
        return real(blob)

    own.add = add  # type: ignore[method-assign]
    scene.pins.round(OWN)
    assert scene.states(digest)[OWN] == "leaving"
    scene.pins.round(OWN)
    assert scene.states(digest)[OWN] == "gone"
    assert own.pinned == set()


def test_a_document_erased_before_it_was_looked_at_is_never_sent(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.vault.erase(digest)
    scene.rounds()
    assert scene.nodes[OWN].calls == []
    assert scene.states(digest) == {}


def test_a_damaged_document_is_not_sent_and_is_looked_at_again_by_the_next_process(scene: Scene) -> None:
    digest = scene.keep("one")
    (path,) = (scene.folder / "vault").rglob("*.blob")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    scene.rounds()
    assert scene.nodes[OWN].calls == []
    path.write_bytes(whole)
    scene.rounds()
    assert scene.states(digest) == {}
    scene.pins.begin()
    scene.rounds()
    assert scene.states(digest)[OWN] == "pinned"


def test_a_document_sealed_anew_takes_the_place_of_its_old_blob(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.rounds()
    before = scene.pins.queue.blob_of(digest)
    assert before is not None
    for path in (scene.folder / "vault").rglob("*.blob"):
        path.unlink()
    scene.vault.put(*item("one")[:2])
    after = scene.pins.note_one(digest)
    assert after.cid != before.cid
    scene.rounds()
    assert {(one.cid, one.state) for one in scene.pins.queue.pins_of(digest)} == {
        (before.cid, "gone"),
        (after.cid, "pinned"),
    }


def lose(scene: Scene) -> None:
    for path in (scene.folder / "vault").rglob("*.blob"):
        path.unlink()


def test_a_lost_blob_comes_back_and_what_comes_back_is_the_document(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.rounds()
    lose(scene)
    with pytest.raises(VaultCorrupt):
        scene.vault.get(digest)
    scene.pins.fetch(digest)
    assert scene.vault.get(digest) == b"one"


def test_what_cannot_be_fetched_is_not_said_not_to_exist(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.rounds()
    lose(scene)
    for fault in (IpfsUnreachable("x"), IpfsTimeout("x"), IpfsContentWrong("x")):
        scene.nodes[OWN].fails = fault
        with pytest.raises(IpfsFault) as told:
            scene.pins.fetch(digest)
        assert told.value.code == fault.code
    scene.nodes[OWN].fails = None
    scene.pins.fetch(digest)


def test_another_documents_blob_does_not_come_back_as_this_one(scene: Scene) -> None:
    digest, other = scene.keep("one"), scene.keep("two")
    scene.rounds()
    blob = scene.pins.queue.blob_of(other)
    assert blob is not None
    lose(scene)
    with scene.office.begin() as connection:  # a database that somebody meddled with
        connection.execute(
            update(ipfs_blobs).where(ipfs_blobs.c.digest == digest).values(digest=other, wanted=0)
        )
        connection.execute(update(ipfs_blobs).where(ipfs_blobs.c.cid == blob.cid).values(digest=digest))
    with pytest.raises(VaultCorrupt):
        scene.pins.fetch(digest)
    assert not list((scene.folder / "vault").rglob("*.blob"))


def test_an_erased_document_is_not_fetched(scene: Scene) -> None:
    digest = scene.keep("one")
    scene.rounds()
    erase(scene, digest)
    scene.nodes[OWN].calls.clear()
    with pytest.raises(VaultErased):
        scene.pins.fetch(digest)
    assert scene.nodes[OWN].calls == []


def test_a_document_that_was_never_queued_has_no_cid_to_fetch_it_by(scene: Scene) -> None:
    digest = scene.keep("one")
    with pytest.raises(IpfsNeverQueued):
        scene.pins.fetch(digest)


def test_where_no_node_is_set_up_nothing_is_queued_and_nothing_fetched(scene: Scene) -> None:
    scene.pins = scene.open()
    digest = scene.keep("one")
    assert scene.pins.note() == 0
    assert not scene.pins.active
    with pytest.raises(IpfsNotSetUp):
        scene.pins.fetch(digest)
    with scene.office.connect() as connection:
        assert connection.execute(select(papers.c.queued)).scalar() == 0  # for when one is


def test_the_tally_counts_states_and_knows_the_oldest_that_waits(scene: Scene) -> None:
    first = scene.keep("one")
    scene.rounds()
    scene.now += 100
    scene.nodes["lk"].fails = IpfsFull("full")
    scene.keep("two")
    scene.rounds()
    erase(scene, first)
    own, lk = [one.tally for one in scene.pins.standing()]
    assert (own.waiting, own.leaving, scene.pins.queue.pinned(OWN)) == (0, 1, 1)
    assert (lk.waiting, lk.leaving, scene.pins.queue.pinned("lk")) == (1, 1, 0)
    assert lk.oldest == 1_000_100
