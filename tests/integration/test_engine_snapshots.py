"""Snapshots: a start from one is the same chain; one that does not fit is passed over."""

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import orjson
import pytest

from sanad_node.durable import write_file
from sanad_node.engines import anvil as anvil_module
from sanad_node.engines import install, snapshots
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.process import ChainProcess
from sanad_node.engines.rpc import RpcClient
from sanad_testkit.engines import CHAIN_ID, FakeClock, Sender, block_hashes, fail_once, tx_hash

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    install.install()


@pytest.fixture(autouse=True)
def _frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anvil_module, "TAIL_BLOCKS", 10)
    monkeypatch.setattr(anvil_module, "CLOSING_BLOCKS", 1_000)


def chain(folder: Path, sender: Sender, blocks: int, *, chain_id: int = CHAIN_ID) -> list[bytes]:
    with AnvilEngine.create(folder, chain_id=chain_id, clock=FakeClock()) as engine:
        engine.broadcast([sender.deployment()])
        for word in range(1, blocks):
            engine.broadcast([sender.store(word)])
        return block_hashes(engine)


def reopened(folder: Path) -> AnvilEngine:
    return AnvilEngine(folder, clock=FakeClock())


def test_snapshots_are_taken_as_the_tail_grows_and_the_last_two_kept(tmp_path: Path) -> None:
    chain(tmp_path / "chain", Sender(), 35)
    kept = sorted(path.name for path in (tmp_path / "chain" / "snapshots").iterdir())
    assert kept == [f"{n:012d}.{kind}.json" for n in (20, 30) for kind in ("note", "state")]


def test_a_start_from_a_snapshot_replays_the_rest_and_knows_the_whole_past(tmp_path: Path) -> None:
    sender = Sender()
    hashes = chain(tmp_path / "chain", sender, 35)
    with reopened(tmp_path / "chain") as engine:
        status = engine.status()
        assert (status.snapshot, status.blocks_after_snapshot, status.passed_over) == (30, 5, ())
        assert block_hashes(engine) == hashes
        assert engine.nonce(sender.address) == 35
        first = tx_hash(Sender(nonce=1).store(1))
        receipt = engine.receipt(first)
        assert receipt is not None
        assert receipt.block == 2
        assert [number for number, _ in engine.logs(0, 99, [sender.contract])] == list(range(2, 36))
        engine.broadcast([sender.store(99)])
        assert engine.head().parent == hashes[-1]


def test_a_chain_with_snapshots_is_the_chain_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    often = chain(tmp_path / "often", Sender(), 35)
    monkeypatch.setattr(anvil_module, "TAIL_BLOCKS", 1_000)
    never = chain(tmp_path / "never", Sender(), 35)
    assert not (tmp_path / "never" / "snapshots").exists()
    assert often == never


def test_a_snapshot_is_left_on_closing_when_it_saves_the_next_start_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anvil_module, "CLOSING_BLOCKS", 5)
    hashes = chain(tmp_path / "chain", Sender(), 8)
    with reopened(tmp_path / "chain") as engine:
        assert engine.status().snapshot == 8
        assert block_hashes(engine) == hashes


def test_an_audit_computes_the_chain_from_its_first_block(tmp_path: Path) -> None:
    hashes = chain(tmp_path / "chain", Sender(), 15)
    with reopened(tmp_path / "chain") as engine:
        assert engine.status().snapshot == 10
        assert engine.audit() == 15
        assert (engine.status().snapshot, engine.status().blocks_after_snapshot) == (0, 15)
        assert block_hashes(engine) == hashes


def _note(folder: Path, number: int) -> Path:
    return folder / "snapshots" / f"{number:012d}.note.json"


def _state(folder: Path, number: int) -> Path:
    return folder / "snapshots" / f"{number:012d}.state.json"


def _flip_a_bit(folder: Path) -> None:
    raw = bytearray(_state(folder, 20).read_bytes())
    raw[len(raw) // 2] ^= 1
    _state(folder, 20).write_bytes(raw)


def _change_note(folder: Path, **values: object) -> None:
    note = json.loads(_note(folder, 20).read_bytes())
    _note(folder, 20).write_text(json.dumps({**note, **values}))


def _forge_state(folder: Path) -> None:
    """Another balance, with everything about the file itself put right."""
    state = orjson.loads(_state(folder, 20).read_bytes())
    account = next(iter(state["accounts"].values()))
    account["balance"] = "0x1234"
    forged = orjson.dumps(state)
    write_file(_state(folder, 20), forged)
    _change_note(folder, sha256=hashlib.sha256(forged).hexdigest())


def _foreign(folder: Path) -> None:
    other = folder.with_name("other")
    chain(other, Sender(2), 25)
    for path in (_note, _state):
        shutil.copyfile(path(other, 20), path(folder, 20))


@pytest.mark.parametrize("spoil", [
    pytest.param(_flip_a_bit, id="a-bit-flipped"),
    pytest.param(lambda f: _state(f, 20).write_bytes(_state(f, 20).read_bytes()[:-100]), id="cut-short"),
    pytest.param(lambda f: _state(f, 20).write_bytes(b""), id="empty"),
    pytest.param(lambda f: _state(f, 20).unlink(), id="its-state-missing"),
    pytest.param(lambda f: _note(f, 20).write_bytes(b"{"), id="its-note-cut-short"),
    pytest.param(lambda f: _note(f, 20).write_bytes(b"[]"), id="its-note-of-another-form"),
    pytest.param(lambda f: _change_note(f, number=-1), id="its-number-negative"),
    pytest.param(lambda f: _change_note(f, number=10_000), id="beyond-the-journal"),
    pytest.param(lambda f: _change_note(f, number=True), id="its-number-no-number"),
    pytest.param(lambda f: _change_note(f, number=19), id="another-block"),
    pytest.param(lambda f: _change_note(f, anvil="0.0.1"), id="another-anvil"),
    pytest.param(lambda f: _change_note(f, state_root="0x00"), id="another-state-root"),
    pytest.param(_forge_state, id="another-state-forged-well"),
    pytest.param(_foreign, id="of-another-chain"),
])  # fmt: skip
def test_a_snapshot_that_does_not_fit_is_passed_over(tmp_path: Path, spoil: object) -> None:
    assert callable(spoil)
    folder = tmp_path / "chain"
    hashes = chain(folder, Sender(), 25)
    with reopened(folder) as engine:
        assert engine.status().snapshot == 20
    spoil(folder)
    with reopened(folder) as engine:
        status = engine.status()
        assert (status.snapshot, len(status.passed_over)) == (10, 1)
        assert block_hashes(engine) == hashes
        engine.broadcast([Sender(nonce=25).store(3)])


def test_without_any_usable_snapshot_the_journal_is_replayed_whole(tmp_path: Path) -> None:
    folder = tmp_path / "chain"
    hashes = chain(folder, Sender(), 25)
    for path in (folder / "snapshots").iterdir():
        path.write_bytes(b"\x00")
    with reopened(folder) as engine:
        assert (engine.status().snapshot, len(engine.status().passed_over)) == (0, 2)
        assert block_hashes(engine) == hashes


def test_a_snapshot_beyond_what_the_journal_recorded_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "chain"
    hashes = chain(folder, Sender(), 20)
    with sqlite3.connect(folder / "journal.db") as connection:  # what a power cut may leave
        connection.execute("UPDATE blocks SET hash = NULL WHERE number > 18")
        connection.execute("DELETE FROM outcomes WHERE number > 18")
        connection.execute("DELETE FROM places WHERE number > 18")
    connection.close()
    with reopened(folder) as engine:
        assert engine.status().snapshot == 10
        assert block_hashes(engine) == hashes


@pytest.mark.parametrize(("owner", "method", "only"), [
    pytest.param(RpcClient, "call", "anvil_dumpState", id="the-dump"),
    pytest.param(snapshots.SnapshotStore, "keep", None, id="writing-it"),
    pytest.param(ChainProcess, "_await_socket", None, id="starting-from-it"),
    pytest.param(RpcClient, "call", "eth_getProof", id="checking-it"),
])  # fmt: skip
@pytest.mark.parametrize("done", [False, True], ids=["not-done", "done-all-the-same"])
def test_failing_to_take_a_snapshot_fails_no_broadcast(
    tmp_path: Path, owner: type, method: str, only: str | None, done: bool
) -> None:
    sender = Sender()
    with AnvilEngine.create(tmp_path / "chain", chain_id=CHAIN_ID, clock=FakeClock()) as engine:
        engine.broadcast([sender.deployment()])
        for word in range(1, 9):
            engine.broadcast([sender.store(word)])
        with pytest.MonkeyPatch.context() as patch:
            fail_once(patch, owner, method, done=done, only=only)
            engine.broadcast([sender.store(9)])  # the tenth block
        for word in range(10, 20):
            engine.broadcast([sender.store(word)])
        hashes = block_hashes(engine)
        assert engine.nonce(sender.address) == 20
    with reopened(tmp_path / "chain") as engine:
        assert block_hashes(engine) == hashes
        assert engine.status().snapshot == 20
