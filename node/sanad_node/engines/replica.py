"""One running anvil and its chain, which is a prefix of the journal's.

A replica is brought up from nothing or from a snapshot, replays what the journal has beyond that, and then takes part
in making blocks. One that failed in the middle of anything is thrown away: another can always be computed.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from eth_hash.auto import keccak

from sanad_node.engines.base import CallReverted, ChainUnavailable
from sanad_node.engines.journal import Journal, JournalBlock, JournalMismatch
from sanad_node.engines.outcomes import pack_outcome, read_header, to_bytes, to_hex, unpack_outcome
from sanad_node.engines.process import ChainProcess, Program
from sanad_node.engines.rpc import RpcRefused
from sanad_node.engines.snapshots import Snapshot, SnapshotUnfit, trim_dump
from sanad_node.engines.transactions import SignedTransaction

LONG_SECONDS = 120.0  # for what grows with the state: mining, dumping, proving
# These have no influence on the chain, so they are not part of what a journal records.
QUIET_FLAGS = ("--quiet", "--no-cors", "--threads", "1", "--cache-path", "cache")


def anvil_program(binary: Path) -> Program:
    """How anvil is started: its HTTP port cannot be switched off, so it is put where nobody reaches it."""
    return Program(
        binary, lambda name: ["--ipc", name, "--host", "127.0.0.1", "--port", "0"], "anvil.log", alone=True
    )


class Replica:
    """An anvil started from `snapshot`, or from nothing; `base` is the block it began at."""

    def __init__(
        self, binary: Path, folder: Path, journal: Journal, *, name: str, snapshot: Snapshot | None = None
    ) -> None:
        self._journal = journal
        self.base = 0 if snapshot is None else snapshot.note.number
        self.tail_blocks = self.tail_gas = (
            0  # mined since: what a start from that snapshot would have to replay
        )
        origin = journal.origin
        arguments = [
            "--chain-id",
            str(origin.chain_id),
            "--timestamp",
            str(origin.genesis_time),
            *origin.flags,
        ]
        if snapshot is not None:
            arguments += ["--load-state", str(snapshot.state.absolute())]
        self.process = ChainProcess(anvil_program(binary), folder, [*arguments, *QUIET_FLAGS], name=name)
        self.writing, self.reading = self.process.client(), self.process.client()
        try:
            if snapshot is None:
                self._check_genesis()
            else:
                self._check_loaded(snapshot)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        self.process.kill()  # first: it ends whatever another thread is waiting for
        self.writing.close()
        self.reading.close()

    def replay(self) -> None:
        """Mine every block the journal has beyond `base`; raises `JournalMismatch` at the first that differs."""
        for block in self._journal.blocks(self.base + 1):
            for raw in block.transactions:
                with contextlib.suppress(
                    RpcRefused
                ):  # what was left out of the block at first is left out again
                    self.writing.call("eth_sendRawTransaction", to_hex(raw))
            if len(self.mine(block)) < len(block.transactions):
                self.withdraw()

    def offer(self, group: Sequence[SignedTransaction]) -> list[SignedTransaction]:
        """Put `group` into anvil's pool; returns those that the next block can hold."""
        accepted = []
        for (
            item
        ) in group:  # one by one: anvil runs the calls of a batch at once, and they overtake each other
            with contextlib.suppress(RpcRefused):
                self.writing.call("eth_sendRawTransaction", to_hex(item.raw))
                accepted.append(item)
        pool = self.writing.call("txpool_status")
        if (int(pool["pending"], 16), int(pool["queued"], 16)) != (len(accepted), 0):
            content = self.writing.call("txpool_content")
            pending = {entry["hash"] for queue in content["pending"].values() for entry in queue.values()}
            accepted = [item for item in accepted if to_hex(item.hash) in pending]
        return accepted

    def withdraw(self) -> None:
        """Empty anvil's pool."""
        self.writing.call("anvil_dropAllTransactions")

    def mine(self, block: JournalBlock) -> set[bytes]:
        """Mine what is in the pool as `block`, and hold the result against the journal or record it there.

        Returns the hashes of the transactions that are in the block.
        """
        self.writing.call("evm_mine", {"timestamp": block.time}, timeout=LONG_SECONDS)
        facts = self.writing.call("eth_getBlockByNumber", hex(block.number), False)
        receipts = self.writing.call("eth_getBlockReceipts", hex(block.number))
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
        self.tail_blocks += 1
        self.tail_gas += int(facts["gasUsed"], 16)
        return set(mined)

    def dump(self) -> tuple[str, bytes]:
        """The root of the present state, and a file that another replica can be started from."""
        state = trim_dump(self.writing.call("anvil_dumpState", timeout=LONG_SECONDS))
        return self.writing.call("eth_getBlockByNumber", "latest", False)["stateRoot"], state

    def _check_genesis(self) -> None:
        facts = self.writing.call("eth_getBlockByNumber", "0x0", False)
        header, recorded = read_header(facts), self._journal.outcome(0)
        if recorded is None:
            self._journal.record(0, header.hash, pack_outcome(facts, []), [])
        elif unpack_outcome(recorded).header != header:
            raise JournalMismatch("the genesis block has another hash than recorded", field="journal.db")

    def _check_loaded(self, snapshot: Snapshot) -> None:
        """Raise `SnapshotUnfit` unless anvil now shows exactly the block and the state it was given."""
        note = snapshot.note
        try:
            facts = self.writing.call("eth_getBlockByNumber", "latest", False)
            if read_header(facts).hash.hex() != note.block_hash:
                raise SnapshotUnfit("loaded, it shows another block")
            if facts["stateRoot"] != note.state_root or self._state_root() != note.state_root:
                raise SnapshotUnfit("loaded, it shows another state")
        except (RpcRefused, CallReverted) as refused:
            raise SnapshotUnfit("anvil does not load it") from refused

    def _state_root(self) -> str:
        """The root of the state that anvil really holds, not of the one its head block claims."""
        asked = self.writing.call("eth_getProof", "0x" + 20 * "00", [], "latest", timeout=LONG_SECONDS)
        proof = asked["accountProof"]
        return to_hex(keccak(to_bytes(proof[0]) if proof else b"\x80"))


def _in_order(mined: Sequence[bytes], journaled: Sequence[bytes]) -> bool:
    """Whether `mined` is `journaled` with, at most, some left out."""
    remaining = iter(journaled)
    return all(tx in remaining for tx in mined)
