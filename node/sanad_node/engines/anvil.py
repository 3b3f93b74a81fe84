"""The embedded engine: one native anvil under the node, driven by the block journal.

Anvil never decides anything here. The node offers transactions to anvil's pool, writes the next block to
the journal, and only then has it mined with exactly that time and content. Whatever happens to anvil, or to
this process, the same journal gives the same chain: block for block the same hashes. A block is final once
the journal has it and anvil has agreed on its hash; there are no reorganisations.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from eth_hash.auto import keccak

from sanad_node.datadir import DataDirectory, Lock
from sanad_node.durable import disk_error
from sanad_node.engines import install
from sanad_node.engines.base import (
    BlockHeader,
    CallReverted,
    ChainUnavailable,
    Log,
    Receipt,
    TransactionRefused,
    WrongChain,
)
from sanad_node.engines.journal import Journal, JournalMismatch, Origin
from sanad_node.engines.outcomes import Json, to_bytes, to_hex
from sanad_node.engines.past import Past
from sanad_node.engines.process import end_leftovers
from sanad_node.engines.pulse import Pulse
from sanad_node.engines.replica import Replica
from sanad_node.engines.rpc import RpcRefused
from sanad_node.engines.snapshots import Snapshot, SnapshotStore, SnapshotUnfit
from sanad_node.engines.transactions import SignedTransaction
from sanad_verifier.errors import EnvironmentFault

BLOCK_GAS = 500_000_000
BLOCK_TRANSACTIONS = 1_000
BLOCK_BYTES = 1_000_000
# A snapshot is due when replaying the blocks after the last one would take one or two seconds.
TAIL_BLOCKS, TAIL_GAS = 1_000, 200_000_000
# On closing, one is worth its tenth of a second already when it saves the next start a quarter of one.
CLOSING_BLOCKS, CLOSING_GAS = 100, 20_000_000

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
    period = 0.0

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
            self._replica: Replica | None = None
            self._verdict: EnvironmentFault | None = (
                None  # why this chain cannot be had, once that is certain
            )
            self._behind = (
                True  # the replica may not be at the journal's end: replace it before anything else
            )
            self._starts = 0
            self._tried_blocks = self._tried_gas = 0  # how long the tail was when a snapshot last failed
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

        When this returns, each is in a block. Raises `TransactionRefused` naming those that cannot be
        (wrong nonce, wrong chain …), after the others have been taken; `ChainUnavailable` when the outcome
        is not known: then the same bytes may be sent again at any time.
        """
        with self._lock:
            self._ready()
            wanted, refused = self._read(raw)
            for group in _in_blocks(wanted):
                refused += self._make_block(group)
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
        with self._certain() as replica:
            accepted = replica.offer(group)
            if len(accepted) < len(
                group
            ):  # rare: offer the good ones again, so that nothing else is in the pool
                replica.withdraw()
                accepted = replica.offer(accepted)
            if accepted:
                time = max(int(self._clock()), self._journal.time)
                mined = replica.mine(
                    self._journal.append(time, [transaction.raw for transaction in accepted])
                )
                if len(mined) < len(accepted):  # possible only where a balance ran out between two of them
                    replica.withdraw()
                    accepted = [transaction for transaction in accepted if transaction.hash in mined]
        kept = {transaction.hash for transaction in accepted}
        return [transaction.hash for transaction in group if transaction.hash not in kept]

    @contextlib.contextmanager
    def _certain(self) -> Iterator[Replica]:
        """Inside, replica and journal move together; left by an error, the replica is replaced before the next use."""
        replica = self._ready()
        self._behind = True
        try:
            yield replica
        except (RpcRefused, CallReverted) as refused:
            raise ChainUnavailable("the chain node refused to make a block", field="chain") from refused
        self._behind = False

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

    def call(
        self,
        to: bytes,
        data: bytes,
        sender: bytes | None = None,
        *,
        gas: int | None = None,
        block: int | None = None,
    ) -> bytes:
        """Run a call against the head, at the time that a block made now would have. Older state is not kept."""
        if block is not None and block != self.head().number:
            raise ChainUnavailable("the embedded chain answers for its newest block only", field="block")
        request = {"to": to_hex(to), "data": to_hex(data), "gas": hex(gas or BLOCK_GAS), "gasPrice": "0x0"}
        if sender is not None:
            request["from"] = to_hex(sender)
        now = hex(max(int(self._clock()), self._journal.time))
        return to_bytes(self.ask("eth_call", request, "latest", {}, {"time": now}))

    def ask(self, method: str, *params: Json) -> Json:
        """A question about the present, put to anvil; one that died is replaced and asked once more."""
        for attempt in (1, 2):
            replica = self._ready()
            try:
                return replica.reading.call(method, *params)
            except ChainUnavailable:
                gone = replica is not self._replica or replica.process.ended(within=0.5)
                if attempt == 2 or not gone:
                    raise
            except RpcRefused as refused:
                raise ChainUnavailable("the chain node refused to answer", field=method) from refused
        raise AssertionError("unreachable")

    def transaction_input(self, tx_hash: bytes) -> bytes | None:
        told = self.ask("eth_getTransactionByHash", to_hex(tx_hash))
        return None if told is None or told["blockHash"] is None else to_bytes(told["input"])

    def sent_in(self, number: int) -> tuple[bytes, ...]:  # noqa: ARG002 - as every engine has it
        """They are in the journal."""
        return ()

    def accounts(self) -> dict[str, Any]:
        """The present state as anvil dumps it: accounts by address, each with `nonce`, `balance`, `code` and `storage`.
        Empty accounts and slots are among them, so its root is not that of the header.
        """
        with self._lock, self._certain() as replica:
            _, dumped = replica.dump()
        found: dict[str, Any] = orjson.loads(dumped)["accounts"]
        return found

    def chain_trust(self) -> None:
        """Nobody but this node makes its blocks."""

    def chain_proof(self, tx_hash: bytes, meant: Callable[[Log], bool]) -> None:
        """There are no seals to show."""

    # -- life --

    def tend(self) -> None:
        """There is nobody else."""

    def status(self) -> EngineStatus:
        with self._lock:
            replica = self._replica
            return EngineStatus(
                running=replica is not None and replica.process.alive,
                pid=replica.process.pid if replica else None,
                isolated=replica is not None and replica.process.isolated,
                anvil=self._program.version,
                own_choice=self._program.own_choice,
                height=self.head().number,
                snapshot=replica.base if replica else 0,
                blocks_after_snapshot=replica.tail_blocks if replica else 0,
                starts=self._starts,
                passed_over=tuple(self._snapshots.passed_over),
                snapshot_fault=self._snapshot_fault,
            )

    def pulse(self) -> Pulse:
        """It is replaced by whoever asks it next; only what was asked can be late."""
        replica, head = self._replica, self.past.head()
        return Pulse(
            alive=replica is not None and replica.process.alive,
            silent_for=0.0 if replica is None else max(replica.writing.waited(), replica.reading.waited()),
            head_time=head.time,
            final=head.number,
            starts=self._starts,
        )

    def recover(self) -> None:
        """End anvil whatever it is doing, and bring a new one to the journal's end."""
        with self._lock:
            self._behind = True
            self._ready()

    def check(self) -> int:
        """Check the journal's own sums; returns how many blocks it holds. Raises `JournalDamaged`."""
        with self._lock:
            return self._journal.check()

    def audit(self) -> int:
        """Compute the whole chain again from its first block; returns how many blocks agreed with the
        journal.

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
            replica = self._replica
            whole = replica is not None and replica.process.alive and not self._behind
            if (
                replica
                and whole
                and (replica.tail_blocks >= CLOSING_BLOCKS or replica.tail_gas >= CLOSING_GAS)
            ):
                self._take_snapshot(replica)
            self._verdict = ChainUnavailable("the engine is closed", field="engine")
            self._opened.close()

    def _ready(self) -> Replica:
        """A replica at the journal's end: the one there is, or a new one."""
        replica = self._replica
        if replica is not None and replica.process.alive and not self._behind:
            return replica
        with self._lock:
            if self._verdict is not None:
                raise self._verdict
            if self._replica is None or self._behind or not self._replica.process.alive:
                self._stop()
                try:
                    self._replica = self._bring_up()
                except JournalMismatch as mismatch:
                    self._verdict = mismatch
                    raise
                except (CallReverted, RpcRefused) as error:
                    raise ChainUnavailable(
                        "the chain node did not take its blocks back", field="chain"
                    ) from error
                self._behind = False
            return self._replica

    def _bring_up(self) -> Replica:
        replica = next(filter(None, map(self._load, self._snapshots.usable())), None) or self._start(None)
        try:
            replica.replay()
        except BaseException:
            replica.end()
            raise
        self._tried_blocks = self._tried_gas = 0
        return replica

    def _start(self, snapshot: Snapshot | None) -> Replica:
        self._starts += 1
        taken = self._replica.process.name if self._replica else None
        name = (
            "anvil-a" if taken != "anvil-a" else "anvil-b"
        )  # made ready while its predecessor still answers
        return Replica(self._program.path, self._folder, self._journal, name=name, snapshot=snapshot)

    def _load(self, snapshot: Snapshot) -> Replica | None:
        try:
            return self._start(snapshot)
        except SnapshotUnfit as unfit:
            self._snapshots.pass_over(snapshot.state, str(unfit))
        except ChainUnavailable:
            self._snapshots.pass_over(snapshot.state, "anvil does not start from it")
        return None

    def _renew(self) -> None:
        """Take a snapshot when one is due, and go on in a new anvil started from it: that proves it and frees memory.

        Failing costs time at the next start and nothing else: the old anvil goes on.
        """
        before = self._ready()
        tail = (before.tail_blocks, before.tail_gas)
        if tail[0] - self._tried_blocks < TAIL_BLOCKS and tail[1] - self._tried_gas < TAIL_GAS:
            return
        taken = self._take_snapshot(before)
        after = None if taken is None else self._load(taken)
        if after is None:
            self._tried_blocks, self._tried_gas = tail  # try again after as much again
            return
        self._replica = after
        self._tried_blocks = self._tried_gas = 0
        before.end()

    def _take_snapshot(self, replica: Replica) -> Snapshot | None:
        try:
            self._journal.flush()
            head = self.head()
            taken = self._snapshots.keep(head.number, head.hash, *replica.dump())
        except (EnvironmentFault, RpcRefused, OSError) as error:
            self._snapshot_fault = getattr(error, "code", EnvironmentFault.code)
            return None
        self._snapshot_fault = None
        return taken

    def _stop(self) -> None:
        if self._replica is not None:
            self._replica.end()
        self._replica = None


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
