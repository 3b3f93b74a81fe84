"""The embedded engine against a real anvil: what it answers, what it refuses, what it keeps."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sanad_node.datadir import DataDirectoryLocked
from sanad_node.durable import DiskFault, DiskFull
from sanad_node.engines import anvil as anvil_module
from sanad_node.engines import install
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import CallReverted, ChainUnavailable, TransactionRefused, WrongChain
from sanad_node.engines.journal import Journal, JournalDamaged, JournalMismatch, JournalNewer
from sanad_node.engines.process import ChainProcess, end_leftovers, start_time
from sanad_node.engines.replica import anvil_program
from sanad_node.engines.rpc import RpcClient
from sanad_testkit.engines import (
    CHAIN_ID,
    START,
    TOPIC,
    FakeClock,
    Sender,
    block_hashes,
    fail_once,
    small_disk,
    tx_hash,
)

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    install.install()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "chain"


@pytest.fixture
def engine(folder: Path, clock: FakeClock) -> Iterator[AnvilEngine]:
    with AnvilEngine.create(folder, chain_id=CHAIN_ID, clock=clock) as made:
        yield made


@pytest.fixture
def sender(engine: AnvilEngine) -> Sender:
    """A sender whose contract is on the chain, in block 1."""
    made = Sender()
    engine.broadcast([made.deployment()])
    return made


def reopened(folder: Path) -> AnvilEngine:
    return AnvilEngine(folder, clock=FakeClock())


# -- what it answers --


def test_a_new_chain_begins_at_the_present_time_with_its_own_chain_id(engine: AnvilEngine) -> None:
    assert engine.chain_id == CHAIN_ID
    assert engine.head() == engine.block(0)
    assert (engine.head().number, engine.head().time) == (0, START)
    assert engine.genesis_hash() == engine.head().hash
    assert engine.block(1) is None
    assert engine.block(-1) is None


def test_a_returned_broadcast_is_in_a_final_block_with_receipt_and_events(
    engine: AnvilEngine, sender: Sender
) -> None:
    raws = [sender.store(word) for word in (5, 6, 7)]
    engine.broadcast(raws)

    receipts = [engine.receipt(tx_hash(raw)) for raw in raws]
    assert [(r.block, r.succeeded, r.contract) for r in receipts if r] == [(2, True, None)] * 3
    assert engine.final_height() == engine.head().number == 2
    events = engine.logs(0, 9, [sender.contract])
    assert [(number, event.topics, int.from_bytes(event.data)) for number, event in events] == [
        (2, (TOPIC,), word) for word in (5, 6, 7)
    ]
    assert [event.tx_hash for _, event in events] == [tx_hash(raw) for raw in raws]
    assert [event.log_index for _, event in events] == [0, 1, 2]
    assert engine.logs(0, 9, [sender.address]) == []
    assert engine.nonce(sender.address) == 4


def test_a_deployment_receipt_names_the_contract_and_its_code_has_a_hash(engine: AnvilEngine) -> None:
    sender = Sender()
    raw = sender.deployment()
    nothing = engine.code_hash(sender.contract)
    engine.broadcast([raw])
    receipt = engine.receipt(tx_hash(raw))
    assert receipt is not None
    assert receipt.contract == sender.contract
    assert nothing.hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert engine.code_hash(sender.contract) != nothing


def test_a_failed_transaction_has_a_receipt_that_says_so(engine: AnvilEngine, sender: Sender) -> None:
    raw = sender.store(0)
    engine.broadcast([raw])
    receipt = engine.receipt(tx_hash(raw))
    assert receipt is not None
    assert not receipt.succeeded


def test_a_call_sees_the_time_of_a_block_made_now(
    engine: AnvilEngine, sender: Sender, clock: FakeClock
) -> None:
    clock.now = START + 86_400
    assert int.from_bytes(engine.call(sender.contract, b"")) == START + 86_400
    clock.now = START - 86_400  # a block's time never goes back, so neither does a call's
    assert int.from_bytes(engine.call(sender.contract, b"")) == START
    assert engine.head().number == 1


def test_a_refused_call_carries_the_contracts_own_data(engine: AnvilEngine, sender: Sender) -> None:
    with pytest.raises(CallReverted) as refused:
        engine.call(sender.contract, bytes(32), sender.address)
    assert refused.value.data == (42).to_bytes(32, "big")


def test_a_call_that_runs_out_of_gas_is_a_refusal_without_data(engine: AnvilEngine, sender: Sender) -> None:
    assert engine.call(sender.contract, (9).to_bytes(32, "big"), gas=100_000) == b""
    with pytest.raises(CallReverted) as refused:
        engine.call(sender.contract, (9).to_bytes(32, "big"), gas=22_000)
    assert refused.value.data == b""


def test_answers_of_many_megabytes_arrive_whole(engine: AnvilEngine, sender: Sender) -> None:
    engine.broadcast([sender.sign(sender.contract, b"\x01" * 100_000, gas=3_000_000) for _ in range(40)])
    assert engine.head().number > 2  # more than a block may hold, in several
    sent = engine.receipt(tx_hash(Sender(nonce=1).sign(sender.contract, b"\x01" * 100_000, gas=3_000_000)))
    assert sent is not None


# -- blocks --


def test_transactions_of_many_senders_stand_in_the_order_given(engine: AnvilEngine, sender: Sender) -> None:
    senders = [Sender(number) for number in range(10, 40)]
    raws = [s.store(1 + word, contract=sender.contract) for word in range(30) for s in senders]
    engine.broadcast(raws)
    events = engine.logs(2, 2, [sender.contract])
    assert [event.tx_hash for _, event in events] == [tx_hash(raw) for raw in raws]


def test_a_long_broadcast_is_cut_into_blocks_that_cannot_overflow(
    engine: AnvilEngine, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anvil_module, "BLOCK_TRANSACTIONS", 10)
    raws = [sender.store(7) for _ in range(25)]
    engine.broadcast(raws)
    assert [r.block for raw in raws if (r := engine.receipt(tx_hash(raw)))] == [2] * 10 + [3] * 10 + [4] * 5

    greedy = [
        sender.sign(sender.contract, (7).to_bytes(32, "big"), gas=anvil_module.BLOCK_GAS) for _ in range(2)
    ]
    engine.broadcast(greedy)
    assert [r.block for raw in greedy if (r := engine.receipt(tx_hash(raw)))] == [5, 6]


def test_equal_and_earlier_clock_readings_give_equal_block_times(
    engine: AnvilEngine, sender: Sender, clock: FakeClock
) -> None:
    times = []
    for now in (START + 10, START + 10, START + 3, START + 11):
        clock.now = now
        engine.broadcast([sender.store(1)])
        times.append(engine.head().time - START)
    assert times == [10, 10, 10, 11]


def test_sending_the_same_bytes_again_changes_nothing(engine: AnvilEngine, sender: Sender) -> None:
    raws = [sender.store(word) for word in (1, 2)]
    engine.broadcast(raws)
    before = engine.head()
    engine.broadcast(raws)
    engine.broadcast([])
    assert engine.head() == before
    more = sender.store(3)
    engine.broadcast([*raws, more, more])
    assert engine.head().number == before.number + 1
    assert engine.nonce(sender.address) == 4


@pytest.mark.parametrize("kind", [
    "another-chain", "no-chain-id", "a-price", "a-value", "spent-nonce", "future-nonce", "too-little-gas",
    "too-much-gas", "an-envelope-type", "cut-short", "one-byte-more", "empty", "too-long", "a-list-inside",
])  # fmt: skip
def test_what_can_never_be_in_a_block_is_refused_and_the_rest_is_taken(
    kind: str, engine: AnvilEngine, sender: Sender
) -> None:
    good = sender.store(5)
    to, data = sender.contract, (6).to_bytes(32, "big")
    kinds: dict[str, Callable[[], bytes]] = {
        "another-chain": lambda: Sender(chain_id=CHAIN_ID + 1, nonce=2).store(6, contract=to),
        "no-chain-id": lambda: sender.sign(to, data, nonce=2, chainId=None),
        "a-price": lambda: sender.sign(to, data, nonce=2, price=1),
        "a-value": lambda: sender.sign(to, data, nonce=2, value=1),
        "spent-nonce": lambda: sender.sign(to, data, nonce=0),
        "future-nonce": lambda: sender.sign(to, data, nonce=9),
        "too-little-gas": lambda: sender.sign(to, data, nonce=2, gas=21_000),
        "too-much-gas": lambda: sender.sign(to, data, nonce=2, gas=anvil_module.BLOCK_GAS + 1),
        "an-envelope-type": lambda: b"\x02" + sender.store(6),
        "cut-short": lambda: Sender(nonce=2).store(6)[:-1],
        "one-byte-more": lambda: Sender(nonce=2).store(6) + b"\x00",
        "empty": lambda: b"",
        "too-long": lambda: Sender(nonce=2).sign(to, bytes(130 * 1024), gas=10_000_000),
        "a-list-inside": lambda: b"\xca" + 9 * b"\x01" + b"\xc0",
    }
    bad = kinds[kind]()
    with pytest.raises(TransactionRefused) as refused:
        engine.broadcast([good, bad])
    assert refused.value.hashes == (tx_hash(bad),)
    assert engine.receipt(tx_hash(bad)) is None
    assert engine.receipt(tx_hash(good)) is not None
    assert engine.head().number == 2

    following = Sender(nonce=2).store(8)
    engine.broadcast([following])  # nothing of the refused one lingers
    assert engine.receipt(tx_hash(following)) is not None
    assert engine.audit() == 3


def test_a_broadcast_of_refused_transactions_only_makes_no_block(engine: AnvilEngine, sender: Sender) -> None:
    with pytest.raises(TransactionRefused):
        engine.broadcast([sender.sign(sender.contract, b"", nonce=0), b""])
    assert engine.head().number == 1


# -- what it keeps --


def test_a_chain_opened_again_is_the_same_chain_with_its_past(folder: Path) -> None:
    sender = Sender()
    with AnvilEngine.create(folder, chain_id=CHAIN_ID, clock=FakeClock()) as engine:
        engine.broadcast([sender.deployment()])
        raws = [sender.store(word) for word in range(1, 6)]
        for raw in raws:
            engine.broadcast([raw])
        hashes, events = block_hashes(engine), engine.logs(0, 9, [sender.contract])
        receipts = [engine.receipt(tx_hash(raw)) for raw in raws]
    with reopened(folder) as engine:
        assert block_hashes(engine) == hashes
        assert engine.logs(0, 9, [sender.contract]) == events
        assert [engine.receipt(tx_hash(raw)) for raw in raws] == receipts
        assert engine.nonce(sender.address) == 6
        engine.broadcast([sender.store(9)])
        assert engine.head().parent == hashes[-1]


def test_two_chains_with_the_same_blocks_have_the_same_hashes(tmp_path: Path) -> None:
    seen = []
    for name in ("one", "other"):
        sender = Sender()
        with AnvilEngine.create(tmp_path / name, chain_id=CHAIN_ID, clock=FakeClock()) as engine:
            for raw in (sender.deployment(), sender.store(1), sender.store(2)):
                engine.broadcast([raw])
            seen.append(block_hashes(engine))
    assert seen[0] == seen[1]


def test_an_anvil_that_is_killed_is_replaced_at_the_next_question(
    engine: AnvilEngine, sender: Sender
) -> None:
    engine.broadcast([sender.store(5)])
    hashes, pid = block_hashes(engine), engine.status().pid
    assert pid is not None
    psutil.Process(pid).kill()
    assert engine.nonce(sender.address) == 2
    assert block_hashes(engine) == hashes
    assert engine.status().pid != pid
    assert engine.status().running


def test_recovering_by_hand_replaces_an_anvil_that_hangs(engine: AnvilEngine, sender: Sender) -> None:
    engine.broadcast([sender.store(5)])
    hashes, pid = block_hashes(engine), engine.status().pid
    psutil.Process(pid).suspend()
    engine.recover()
    assert engine.nonce(sender.address) == 2
    assert block_hashes(engine) == hashes


@pytest.mark.parametrize("done", [False, True], ids=["not-done", "done-all-the-same"])
@pytest.mark.parametrize(("owner", "method", "only"), [
    pytest.param(RpcClient, "call", "eth_sendRawTransaction", id="offer"),
    pytest.param(RpcClient, "call", "txpool_status", id="count-the-pool"),
    pytest.param(Journal, "append", None, id="journal"),
    pytest.param(RpcClient, "call", "evm_mine", id="mine"),
    pytest.param(RpcClient, "call", "eth_getBlockByNumber", id="read-the-block"),
    pytest.param(RpcClient, "call", "eth_getBlockReceipts", id="read-the-receipts"),
    pytest.param(Journal, "record", None, id="record-the-hash"),
])  # fmt: skip
def test_a_fault_at_any_step_loses_nothing_and_does_nothing_twice(
    owner: type, method: str, only: str | None, done: bool, engine: AnvilEngine, sender: Sender, folder: Path
) -> None:
    raws = [sender.store(word) for word in (5, 6)]
    before = block_hashes(engine)
    with pytest.MonkeyPatch.context() as patch:
        fail_once(patch, owner, method, done=done, only=only)
        with pytest.raises(ChainUnavailable):
            engine.broadcast(raws)
    assert engine.nonce(sender.address) in {1, 3}  # both or neither
    engine.broadcast(raws)

    assert engine.nonce(sender.address) == 3
    assert [r.block for raw in raws if (r := engine.receipt(tx_hash(raw)))] == [2, 2]
    hashes = block_hashes(engine)
    assert hashes[:-1] == before
    assert engine.audit() == 2
    assert block_hashes(engine) == hashes


def test_a_crash_between_journal_and_mining_is_made_good_at_the_next_start(folder: Path) -> None:
    sender = Sender()
    with AnvilEngine.create(folder, chain_id=CHAIN_ID, clock=FakeClock()) as engine:
        engine.broadcast([sender.deployment()])
    journal = Journal(folder / "journal.db")
    raw = sender.store(5)
    journal.append(START + 5, [raw])  # the process ends here
    journal.close()
    with reopened(folder) as engine:
        receipt = engine.receipt(tx_hash(raw))
        assert receipt is not None
        assert (receipt.block, engine.head().time) == (2, START + 5)


def test_the_engine_leaves_no_process_and_no_lock_behind(folder: Path) -> None:
    with AnvilEngine.create(folder, chain_id=CHAIN_ID, clock=FakeClock()) as engine:
        pid = engine.status().pid
        assert pid is not None
        assert psutil.pid_exists(pid)
    assert start_time(pid) is None
    assert not list(folder.glob("*.pid"))
    assert not list(folder.glob("*.ipc"))
    engine.close()  # twice is once
    with pytest.raises(ChainUnavailable):
        engine.nonce(bytes(20))
    with pytest.raises(ChainUnavailable):
        engine.head()
    reopened(folder).close()


def test_a_second_engine_on_the_directory_is_refused_naming_the_first(
    engine: AnvilEngine, folder: Path
) -> None:
    with pytest.raises(DataDirectoryLocked, match=r"process \d+") as refused:
        reopened(folder)
    assert refused.value.code == "DATA_LOCKED"
    assert engine.nonce(bytes(20)) == 0  # and the first goes on


def test_a_chain_is_never_begun_over_another(engine: AnvilEngine, folder: Path) -> None:
    genesis = engine.genesis_hash()
    engine.close()
    with pytest.raises(WrongChain):
        AnvilEngine.create(folder, chain_id=CHAIN_ID + 1, clock=FakeClock())
    with reopened(folder) as again:
        assert again.genesis_hash() == genesis


def test_an_anvil_left_over_by_a_dead_node_is_ended(engine: AnvilEngine, folder: Path) -> None:
    status = engine.status()
    assert status.pid is not None
    notes = list(folder.glob("*.pid"))
    note = json.loads(notes[0].read_bytes())
    notes[0].write_text(json.dumps({**note, "started": note["started"] - 1}))
    assert end_leftovers(folder) == 0  # another process that got the same id
    assert start_time(status.pid) is not None
    notes[0].write_text(json.dumps(note))
    assert end_leftovers(folder) == 1
    assert start_time(status.pid) is None
    assert not list(folder.glob("*.pid"))


def test_anvil_dies_with_its_node(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from sanad_node.engines.anvil import AnvilEngine\n"
        f"e = AnvilEngine.create(Path(sys.argv[1]), chain_id={CHAIN_ID}, clock=time.time)\n"
        "print(e.status().pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as node:
        assert node.stdout is not None
        pid = int(node.stdout.readline())
        assert start_time(pid) is not None
        node.kill()
    until = time.monotonic() + 10
    while start_time(pid) is not None:
        assert time.monotonic() < until
        time.sleep(0.005)
    reopened(folder).close()  # the lock died with it as well


def test_where_the_kernel_allows_it_nobody_reaches_anvils_http_port(engine: AnvilEngine) -> None:
    status = engine.status()
    assert status.pid is not None
    allowed = (
        subprocess.run(["unshare", "--user", "--net", "true"], capture_output=True, check=False).returncode
        == 0
    )
    assert status.isolated == allowed
    ours = [c for c in psutil.net_connections("tcp") if c.pid == status.pid and c.status == "LISTEN"]
    assert bool(ours) != allowed


def test_an_anvil_that_cannot_start_is_said_to_be_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ChainUnavailable, match=r"anvil\.log"):
        ChainProcess(anvil_program(install.find().path), tmp_path, ["--no-such-flag"], name="anvil")
    assert not list(tmp_path.glob("*.pid"))


# -- journals that do not fit --


def _edit(folder: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(folder / "journal.db") as connection:
        connection.execute(statement, values)
    connection.close()


def _chain_of_three(folder: Path) -> None:
    sender = Sender()
    with AnvilEngine.create(folder, chain_id=CHAIN_ID, clock=FakeClock()) as engine:
        for raw in (sender.deployment(), sender.store(1), sender.store(2)):
            engine.broadcast([raw])


def test_a_journal_of_a_newer_schema_is_refused(folder: Path) -> None:
    _chain_of_three(folder)
    _edit(folder, "UPDATE meta SET value = '2' WHERE name = 'schema'")
    with pytest.raises(JournalNewer) as refused:
        reopened(folder)
    assert refused.value.code == "JOURNAL_NEWER"


def test_a_journal_of_another_network_is_refused(folder: Path) -> None:
    _chain_of_three(folder)
    with pytest.raises(WrongChain):
        AnvilEngine(folder, clock=FakeClock(), chain_id=CHAIN_ID + 1)
    AnvilEngine(folder, clock=FakeClock(), chain_id=CHAIN_ID).close()


@pytest.mark.parametrize("edit", [
    pytest.param("UPDATE blocks SET hash = zeroblob(32) WHERE number = 2", id="a-hash"),
    pytest.param("UPDATE meta SET value = '1700000000' WHERE name = 'genesis_time'", id="the-genesis-time"),
])  # fmt: skip
def test_a_replay_that_differs_from_the_record_stops_the_engine(folder: Path, edit: str) -> None:
    _chain_of_three(folder)
    _edit(folder, edit)
    with pytest.raises((JournalMismatch, JournalDamaged)) as refused:
        reopened(folder)
    assert refused.value.code in {"JOURNAL_MISMATCH", "JOURNAL_DAMAGED"}


@pytest.mark.parametrize("edit", [
    pytest.param("DELETE FROM blocks WHERE number = 2", id="a-block-missing"),
    pytest.param("UPDATE blocks SET time = time + 1 WHERE number = 2", id="a-time"),
    pytest.param("UPDATE blocks SET transactions = x'00000001' WHERE number = 2", id="transactions"),
    pytest.param("UPDATE blocks SET prefix = zeroblob(32) WHERE number = 3", id="a-running-digest"),
    pytest.param("DELETE FROM meta WHERE name = 'chain_id'", id="an-origin-without-chain-id"),
    pytest.param("UPDATE meta SET value = 'not json' WHERE name = 'flags'", id="an-origin-unreadable"),
    pytest.param("UPDATE outcomes SET body = x'00' WHERE number = 0", id="an-outcome"),
])  # fmt: skip
def test_an_altered_journal_is_refused_as_damaged(folder: Path, edit: str) -> None:
    _chain_of_three(folder)
    _edit(folder, edit)
    with pytest.raises(JournalDamaged):
        reopened(folder)


def test_a_journal_that_is_missing_or_no_database_is_refused_as_damaged(folder: Path) -> None:
    _chain_of_three(folder)
    (folder / "journal.db").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(JournalDamaged):
        reopened(folder)
    (folder / "journal.db").unlink()
    with pytest.raises(JournalDamaged):
        reopened(folder)


def test_a_full_disk_is_a_clean_error_and_space_is_all_it_takes_to_go_on(tmp_path: Path) -> None:
    sender = Sender()
    with small_disk(tmp_path / "disk") as disk:
        with AnvilEngine.create(disk.folder / "chain", chain_id=CHAIN_ID, clock=FakeClock()) as engine:
            engine.broadcast([sender.deployment()])
            before = block_hashes(engine)
            raws = [sender.sign(sender.contract, bytes([1]) * 30_000, gas=900_000) for _ in range(20)]
            disk.fill()
            with pytest.raises((DiskFull, DiskFault)):
                engine.broadcast(raws)
            assert block_hashes(engine) == before
            disk.empty()
            assert engine.nonce(sender.address) == 1
            engine.broadcast(raws)
            assert [r.block for raw in raws if (r := engine.receipt(tx_hash(raw)))] == [2] * 20
            hashes = block_hashes(engine)
        with reopened(disk.folder / "chain") as engine:
            assert block_hashes(engine) == hashes
