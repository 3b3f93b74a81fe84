"""The embedded engine: one native anvil under the node, driven by the block journal.

Anvil never decides anything here. The node offers transactions to anvil's pool, writes the next block to the journal,
and only then has it mined with exactly that time and content. Whatever happens to anvil, or to this process, the same
journal gives the same chain: block for block the same hashes. A block is final once the journal has it and anvil has
agreed on its hash; there are no reorganisations.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from eth_hash.auto import keccak
from sanad_verifier.errors import EnvironmentFault

from sanad_node.datadir import DataDirectory, Lock
from sanad_node.durable import disk_error
from sanad_node.engines import install
from sanad_node.engines.base import BlockHeader, CallReverted, ChainUnavailable, Log, Receipt, WrongChain
from sanad_node.engines.journal import Journal, JournalBlock, JournalMismatch, Origin
from sanad_node.engines.outcomes import Json, pack_outcome, read_header, to_bytes, to_hex
from sanad_node.engines.past import Past
from sanad_node.engines.process import AnvilProcess, end_leftovers
from sanad_node.engines.rpc import RpcClient, RpcRefused
from sanad_node.engines.snapshots import Snapshot, SnapshotStore, trim_dump
from sanad_node.engines.transactions import SignedTransaction, TransactionRefused

BLOCK_GAS = 500_000_000
BLOCK_TRANSACTIONS = 1_000
BLOCK_BYTES = 1_000_000
MINE_SECONDS = 120.0
# A snapshot is due when replaying the blocks after the last one would take about two seconds.
TAIL_BLOCKS, TAIL_GAS = 1_000, 500_000_000
# On closing, one is worth its tenth of a second already when the next start would take a quarter of one longer.
CLOSING_BLOCKS, CLOSING_GAS = 100, 50_000_000

FLAGS = (
    "--no-mining",
    *("--order", "fifo"),
    *("--hardfork", "berlin"),
    *("--accounts", "0"),
    *("--gas-limit", str(BLOCK_GAS)),
    *("--gas-price", "0"),
    "--disable-console-log",
    "--disable-default-create2-deployer",
    "--prune-history",
    *("--transaction-block-keeper", "2"),
)
# These have no influence on the chain, so they are not part of what a journal records.
QUIET_FLAGS = ("--quiet", "--no-cors", "--threads", "1", "--cache-path", "cache")


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How the engine is doing. `isolated`: anvil's HTTP port is out of everybody's reach."""

    running: bool
    pid: int | None
    isolated: bool
    anvil: str
    own_choice: bool
    height: int
    snapshot: int
    blocks_after_snapshot: int
    starts: int
    passed_over: tuple[str, ...]
    snapshot_fault: str | None


class AnvilEngine:
    """The chain whose journal is in `folder`; starts anvil and brings it to the journal's end.

    One process at a time, and one thread at a time where blocks are made; questions may come from any thread.
    """

    name = "anvil"

    def __init__(self, folder: Path, *, clock: Callable[[], float], chain_id: int | None = None) -> None:
        with contextlib.ExitStack() as opened:
            opened.enter_context(Lock(DataDirectory(folder)))
            journal = Journal(folder / "journal.db")
            opened.callback(journal.close)
            if chain_id is not None and journal.origin.chain_id != chain_id:
                raise WrongChain("the block journal is that of another chain id", field="chainId")
            self._folder = folder
            self._clock = clock
            self._journal = journal
            self.past = Past(journal)
            self._program = install.find()
            self._snapshots = SnapshotStore(folder / "snapshots", journal, self._program.version)
            self._lock = threading.RLock()
            self._process: AnvilProcess | None = None
            self._verdict: EnvironmentFault | None = (
                None  # why this chain cannot be had, once that is certain
            )
            self._behind = True  # anvil's chain may not be the journal's: replay before anything else
            self._starts = 0
            self._base = self._tail_blocks = self._tail_gas = 0
            self._snapshot_fault: str | None = None
            end_leftovers(folder)
            opened.callback(self._stop)
            self._ready()
            self._opened = opened.pop_all()

    @classmethod
    def create(cls, folder: Path, *, chain_id: int, clock: Callable[[], float]) -> Self:
        """Begin a new chain in `folder`, whose genesis block has the present time."""
        program = install.find()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, folder.name) from error
        with Lock(DataDirectory(folder)):
            Journal.create(
                folder / "journal.db",
                Origin(chain_id, int(clock()), FLAGS, program.version, install.file_sha256(program.path)),
            ).close()
        return cls(folder, clock=clock, chain_id=chain_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- making blocks --

    def broadcast(self, raw: Sequence[bytes]) -> None:
        """Put these transactions into blocks, in order. Those that are in one already are left alone.

        When this returns, each is in a block. Raises `TransactionRefused` naming those that cannot be (wrong nonce,
        wrong chain …), after the others have been taken; `ChainUnavailable` when the outcome is not known: then the
        same bytes may be sent again at any time.
        """
        with self._lock:
            self._ready()
            wanted, refused = self._read(raw)
            for group in _in_blocks(wanted):
                refused += self._make_block(group)
                if self._tail_blocks >= TAIL_BLOCKS or self._tail_gas >= TAIL_GAS:
                    self._renew()
        if refused:
            raise TransactionRefused(
                "the chain can take none of these transactions as they are", tuple(refused)
            )

    def _read(self, raw: Sequence[bytes]) -> tuple[list[SignedTransaction], list[bytes]]:
        wanted: dict[bytes, SignedTransaction] = {}
        refused: list[bytes] = []
        for item in raw:
            try:
                transaction = SignedTransaction.read(bytes(item), self.chain_id)
            except TransactionRefused as refusal:
                refused += refusal.hashes
                continue
            if transaction.gas > BLOCK_GAS:
                refused.append(transaction.hash)
            elif self._journal.place(transaction.hash) is None:
                wanted[transaction.hash] = transaction
        return list(wanted.values()), refused

    def _make_block(self, group: Sequence[SignedTransaction]) -> list[bytes]:
        """Journal and mine one block of what anvil's pool accepts of `group`; returns the hashes of the rest."""
        with self._certain():
            accepted = self._offer(group)
            if len(accepted) < len(
                group
            ):  # rare: offer the good ones again, so that nothing else is in the pool
                self._write.call("anvil_dropAllTransactions")
                accepted = self._offer(accepted)
            if accepted:
                time = max(int(self._clock()), self._journal.time)
                block = self._journal.append(time, [transaction.raw for transaction in accepted])
                mined = self._mine(block)
                if len(mined) < len(accepted):  # possible only where a balance ran out between two of them
                    self._write.call("anvil_dropAllTransactions")
                    accepted = [transaction for transaction in accepted if transaction.hash in mined]
        kept = {transaction.hash for transaction in accepted}
        return [transaction.hash for transaction in group if transaction.hash not in kept]

    def _offer(self, group: Sequence[SignedTransaction]) -> list[SignedTransaction]:
        """Put `group` into anvil's pool; returns those that the next block can hold."""
        accepted = []
        for (
            item
        ) in group:  # one by one: anvil runs the calls of a batch at once, and they overtake each other
            with contextlib.suppress(RpcRefused):
                self._write.call("eth_sendRawTransaction", to_hex(item.raw))
                accepted.append(item)
        pool = self._write.call("txpool_status")
        if (int(pool["pending"], 16), int(pool["queued"], 16)) != (len(accepted), 0):
            content = self._write.call("txpool_content")
            pending = {entry["hash"] for queue in content["pending"].values() for entry in queue.values()}
            accepted = [item for item in accepted if to_hex(item.hash) in pending]
        return accepted

    def _mine(self, block: JournalBlock) -> set[bytes]:
        """Mine what is in the pool as `block`, and hold the result against the journal."""
        self._write.call("evm_mine", {"timestamp": block.time}, timeout=MINE_SECONDS)
        facts = self._write.call("eth_getBlockByNumber", hex(block.number), False)
        receipts = self._write.call("eth_getBlockReceipts", hex(block.number))
        header = read_header(facts)
        mined = [to_bytes(tx) for tx in facts["transactions"]]
        if (header.number, header.time) != (block.number, block.time) or not isinstance(receipts, list):
            raise ChainUnavailable("the chain node made another block than it was told to", field="chain")
        if block.hash is None:
            if not _in_order(mined, [keccak(raw) for raw in block.transactions]):
                raise ChainUnavailable(
                    "the chain node changed the order of a block's transactions", field="chain"
                )
            self._journal.record(block.number, header.hash, pack_outcome(facts, receipts), mined)
        elif header.hash != block.hash:
            raise JournalMismatch(
                f"replaying block {block.number} gave another hash than recorded", field="journal.db"
            )
        self._tail_blocks += 1
        self._tail_gas += int(facts["gasUsed"], 16)
        return set(mined)

    # -- answering --

    @property
    def chain_id(self) -> int:
        return self._journal.origin.chain_id

    def genesis_hash(self) -> bytes:
        return self.past.header(0).hash

    def head(self) -> BlockHeader:
        return self.past.head()

    def block(self, number: int) -> BlockHeader | None:
        return self.past.header(number) if 0 <= number <= self.head().number else None

    def logs(self, first: int, last: int, addresses: Sequence[bytes]) -> list[tuple[int, Log]]:
        return self.past.logs(first, last, addresses)

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        return self.past.receipt(tx_hash)

    def final_height(self) -> int:
        return self.head().number

    def nonce(self, address: bytes) -> int:
        return int(self.ask("eth_getTransactionCount", to_hex(address), "latest"), 16)

    def code_hash(self, address: bytes) -> bytes:
        return keccak(to_bytes(self.ask("eth_getCode", to_hex(address), "latest")))

    def call(self, to: bytes, data: bytes, sender: bytes | None = None, *, gas: int = BLOCK_GAS) -> bytes:
        """Run a call against the head, at the time that a block made now would have."""
        request = {"to": to_hex(to), "data": to_hex(data), "gas": hex(gas), "gasPrice": "0x0"}
        if sender is not None:
            request["from"] = to_hex(sender)
        now = hex(max(int(self._clock()), self._journal.time))
        return to_bytes(self.ask("eth_call", request, "latest", {}, {"time": now}))

    def ask(self, method: str, *params: Json) -> Json:
        """A question about the present, put to anvil; one that died is started again and asked once more."""
        for attempt in (1, 2):
            self._ready()
            client = self._reading
            try:
                return client.call(method, *params)
            except ChainUnavailable:
                if attempt == 2 or not self._gone(client):
                    raise
            except RpcRefused as refused:
                raise ChainUnavailable("the chain node refused to answer", field=method) from refused
        raise AssertionError("unreachable")

    def _gone(self, client: RpcClient) -> bool:
        """Whether the anvil behind `client` has been replaced or has ended, which it may be about to."""
        process = self._process
        return client is not self._reading or process is None or process.ended(within=0.5)

    # -- life --

    def status(self) -> EngineStatus:
        with self._lock:
            process = self._process
            return EngineStatus(
                process is not None and process.alive,
                process.pid if process else None,
                process is not None and process.isolated,
                self._program.version,
                self._program.own_choice,
                self.head().number,
                self._base,
                self._tail_blocks,
                self._starts,
                tuple(self._snapshots.passed_over),
                self._snapshot_fault,
            )

    def recover(self) -> None:
        """End anvil whatever it is doing, and bring a new one to the journal's end."""
        with self._lock:
            self._behind = True
            self._ready()

    def audit(self) -> int:
        """Compute the whole chain again from its first block; returns how many blocks agreed with the journal.

        Raises `JournalDamaged` or `JournalMismatch`. Takes as long as the chain is long.
        """
        with self._lock:
            checked = self._journal.check()
            self._snapshots.trusted = False
            try:
                self.recover()
            finally:
                self._snapshots.trusted = True
        return checked

    def close(self) -> None:
        """End anvil, leaving a snapshot where that makes the next start faster. May be called twice."""
        with self._lock:
            worth_it = self._tail_blocks >= CLOSING_BLOCKS or self._tail_gas >= CLOSING_GAS
            if worth_it and not self._behind and self._process is not None and self._process.alive:
                self._take_snapshot()
            self._verdict = ChainUnavailable("the engine is closed", field="engine")
            self._opened.close()

    def _ready(self) -> None:
        """Make sure that anvil runs and its chain is the journal's."""
        process = self._process
        if not self._behind and process is not None and process.alive:
            return
        with self._lock:
            if self._verdict is not None:
                raise self._verdict
            if not self._behind and self._process is not None and self._process.alive:
                return
            self._stop()
            try:
                self._start_and_replay()
            except (JournalMismatch, CallReverted, RpcRefused) as error:
                self._stop()
                if isinstance(error, JournalMismatch):
                    self._verdict = error
                    raise
                raise ChainUnavailable(
                    "the chain node did not take its own blocks back", field="chain"
                ) from error
            except EnvironmentFault:
                self._stop()
                raise
            self._behind = False

    def _start_and_replay(self) -> None:
        base = 0
        for snapshot in self._snapshots.usable():
            if self._load(snapshot):
                base = snapshot.note.number
                break
        else:
            self._start()
            self._check_genesis()
        self._base, self._tail_blocks, self._tail_gas = base, 0, 0
        for block in self._journal.blocks(base + 1):
            for raw in block.transactions:  # one by one: calls of a batch may overtake each other
                with contextlib.suppress(
                    RpcRefused
                ):  # what was left out of the block at first is left out again
                    self._write.call("eth_sendRawTransaction", to_hex(raw))
            mined = self._mine(block)
            if len(mined) < len(block.transactions):
                self._write.call("anvil_dropAllTransactions")

    def _start(self, *extra: str) -> None:
        origin = self._journal.origin
        settled = ["--chain-id", str(origin.chain_id), "--timestamp", str(origin.genesis_time), *origin.flags]
        self._starts += 1
        name = f"anvil-{self._starts % 2}"  # a new one is made ready while its predecessor still answers
        self._attach(
            AnvilProcess(self._program.path, self._folder, [*settled, *QUIET_FLAGS, *extra], name=name)
        )

    def _attach(self, process: AnvilProcess) -> None:
        self._process = process
        self._write: RpcClient = process.client()
        self._reading: RpcClient = process.client()

    def _check_genesis(self) -> None:
        facts = self._write.call("eth_getBlockByNumber", "0x0", False)
        header = read_header(facts)
        if self._journal.recorded_height() is None:
            self._journal.record(0, header.hash, pack_outcome(facts, []), [])
        elif self.past.header(0) != header:
            raise JournalMismatch("the genesis block has another hash than recorded", field="journal.db")

    def _load(self, snapshot: Snapshot) -> bool:
        """Start anvil from a snapshot; False, and no anvil, unless it then shows exactly that block and state."""
        try:
            self._start("--load-state", str(snapshot.state.absolute()))
            facts = self._write.call("eth_getBlockByNumber", "latest", False)
            if read_header(facts).hash.hex() != snapshot.note.block_hash:
                reason = "loaded, it shows another block"
            elif (
                self._state_root() != snapshot.note.state_root
                or facts["stateRoot"] != snapshot.note.state_root
            ):
                reason = "loaded, it shows another state"
            else:
                return True
        except (ChainUnavailable, RpcRefused):
            reason = "anvil does not load it"
        self._stop()
        self._snapshots.pass_over(snapshot.state, reason)
        return False

    def _state_root(self) -> str:
        """The root of the state that anvil really holds, not of the one its head block claims."""
        proof = self._write.call("eth_getProof", "0x" + 20 * "00", [], "latest", timeout=MINE_SECONDS)[
            "accountProof"
        ]
        return to_hex(keccak(to_bytes(proof[0]) if proof else b"\x80"))

    def _renew(self) -> None:
        """Take a snapshot and go on in a new anvil started from it, which proves it and frees memory."""
        before = self._process
        snapshot = self._take_snapshot()
        if snapshot is None:
            return
        try:
            if self._load(snapshot) and before is not None:
                before.kill()
        finally:
            self._behind = self._process is None
            if self._behind and before is not None:
                before.kill()
        if not self._behind:
            self._base, self._tail_blocks, self._tail_gas = snapshot.note.number, 0, 0

    def _take_snapshot(self) -> Snapshot | None:
        """A snapshot of the head. Failing to take one costs time at the next start and nothing else."""
        try:
            self._journal.flush()
            head = self.head()
            state = trim_dump(self._write.call("anvil_dumpState", timeout=MINE_SECONDS))
            root = self._write.call("eth_getBlockByNumber", "latest", False)["stateRoot"]
            taken = self._snapshots.keep(head.number, head.hash, root, state)
        except (EnvironmentFault, RpcRefused, OSError) as error:
            self._snapshot_fault = getattr(error, "code", "ENVIRONMENT_FAULT")
            self._tail_blocks = self._tail_gas = 0  # try again after as much again
            return None
        self._snapshot_fault = None
        return taken

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()  # first: it ends whatever another thread is waiting for
            self._write.close()
            self._reading.close()
        self._process = None
        self._behind = True

    @contextlib.contextmanager
    def _certain(self) -> Iterator[None]:
        """Inside, anvil and journal move together; leave by an error and anvil is replaced before the next question."""
        self._behind = True
        try:
            yield
        except (RpcRefused, CallReverted) as refused:
            raise ChainUnavailable("the chain node refused to make a block", field="chain") from refused
        self._behind = False


def _in_blocks(transactions: Sequence[SignedTransaction]) -> Iterator[list[SignedTransaction]]:
    """Cut the sequence so that each piece fits into one block whatever gas its transactions really use."""
    group: list[SignedTransaction] = []
    gas = size = 0
    for item in transactions:
        gas, size = gas + item.gas, size + len(item.raw)
        if group and (gas > BLOCK_GAS or size > BLOCK_BYTES or len(group) == BLOCK_TRANSACTIONS):
            yield group
            group, gas, size = [], item.gas, len(item.raw)
        group.append(item)
    if group:
        yield group


def _in_order(mined: Sequence[bytes], journaled: Sequence[bytes]) -> bool:
    """Whether `mined` is `journaled` with, at most, some left out."""
    remaining = iter(journaled)
    return all(tx in remaining for tx in mined)
