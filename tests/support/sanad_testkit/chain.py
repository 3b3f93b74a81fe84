"""A chain in memory for the pipeline's tests: takes the node's transactions, makes blocks when told, and
fails in every way a real one can.

It understands `issue` and `issueMany` of the ledger and appends entries as the contract would; a digest can
be made to need another one first, or to be refused for ever. Faults are asked for one at a time: a call
fails before it happened, or after.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_call, event_topic, selector
from sanad_node.engines.base import (
    BlockHeader,
    CallReverted,
    ChainUnavailable,
    Log,
    Receipt,
    TransactionRefused,
)
from sanad_node.engines.pulse import Pulse
from sanad_node.network import ContractAt, Network
from sanad_node.signing import SignedTransaction, Transaction
from sanad_verifier.entries import Entry, Kind, encode_entry

LEDGER = load("Ledger")
LEDGER_ADDRESS = bytes.fromhex("11" * 20)
OUT_OF_SCOPE = selector(load("Formations"), "authorise")  # any data that is no known error
CODE_HASH = bytes.fromhex("22" * 32)


def network() -> Network:
    """A network descriptor for the simulated chain."""
    contract = ContractAt(LEDGER_ADDRESS.hex(), CODE_HASH.hex())
    roles = ("Consortium", "Formations", "Ledger", "Register", "Drawdown", "Titles", "Custody")
    return Network(
        "simulated", "simulated", 7, _hash("genesis").hex(), "simulated/7", dict.fromkeys(roles, contract)
    )


class SimulatedSigner:
    """Signs by writing the transaction down."""

    def __init__(self, address: bytes) -> None:
        self.address = address

    def sign_transaction(self, transaction: Transaction) -> SignedTransaction:
        told = [self.address.hex(), transaction.nonce, transaction.data.hex()]
        raw = json.dumps(told).encode()
        return SignedTransaction(hashlib.sha256(raw).digest(), raw)

    def sign_typed_data(self, typed: dict[str, object]) -> bytes:
        raise AssertionError("nothing in these tests signs typed data")


class SimulatedKeyring:
    """A signer for any address."""

    def signer(self, address: bytes) -> SimulatedSigner:
        return SimulatedSigner(address)


@dataclass(slots=True)
class Block:
    header: BlockHeader
    raw: list[bytes]


@dataclass(slots=True)
class SimulatedChain:
    """`confirmations` blocks on top make a block final. `fault` is asked before and after each call and may
    raise.
    """

    confirmations: int = 0
    automatic: bool = True
    """Whether `broadcast` makes a block at once, as the embedded engine does."""
    fault: Callable[[str, str], None] = field(default=lambda _call, _when: None)
    needs: dict[bytes, bytes] = field(default_factory=dict)
    """A digest that can be issued only after another one."""
    forbidden: set[bytes] = field(default_factory=set)
    name: str = "simulated"
    period: float = 0.0
    chain_id: int = 7
    blocks: list[Block] = field(default_factory=list)
    waiting: list[bytes] = field(default_factory=list)
    forks: int = 0
    undoing: int = 0
    """How many of the next transactions to undo although their preflight passed."""
    undone: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.blocks.append(Block(BlockHeader(0, _hash("genesis"), bytes(32), 1_700_000_000), []))

    # -- what an engine answers -----------------------------------------------------------------------------------

    def genesis_hash(self) -> bytes:
        return self.blocks[0].header.hash

    def broadcast(self, raw: Sequence[bytes]) -> None:
        self.fault("broadcast", "before")
        mined = {tx for block in self.blocks for tx in block.raw}
        fresh = [tx for tx in raw if tx not in mined and tx not in self.waiting]
        late = [tx for tx in fresh if json.loads(tx)[1] < self._next(json.loads(tx)[0], [])]
        self.waiting += [tx for tx in fresh if tx not in late]
        if self.automatic and self.waiting:
            self.mine()
        self.fault("broadcast", "after")
        if late:
            raise TransactionRefused("simulated", tuple(hashlib.sha256(tx).digest() for tx in late))

    def head(self) -> BlockHeader:
        self.fault("head", "before")
        return self.blocks[-1].header

    def block(self, number: int) -> BlockHeader | None:
        self.fault("block", "before")
        return self.blocks[number].header if number < len(self.blocks) else None

    def logs(self, first: int, last: int, addresses: Sequence[bytes]) -> list[tuple[int, Log]]:
        self.fault("logs", "before")
        index, found = 0, []
        one, many = event_topic(LEDGER, "Appended"), event_topic(LEDGER, "AppendedMany")
        for block in self.blocks:
            for place, tx in enumerate(block.raw):
                entries = self._entries(tx, block.header.time)
                topics = (one if len(entries) == 1 else many, index.to_bytes(32))
                body = b"".join(entries)
                data = body if len(entries) == 1 else (32).to_bytes(32) + len(body).to_bytes(32) + body
                log = Log(LEDGER_ADDRESS, topics, data, hashlib.sha256(tx).digest(), place)
                if entries and first <= block.header.number <= last:
                    found.append((block.header.number, log))
                index += len(entries)
        return found

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        self.fault("receipt", "before")
        for block in self.blocks:
            for tx in block.raw:
                if hashlib.sha256(tx).digest() == tx_hash:
                    return Receipt(tx_hash, block.header.number, bool(self._entries(tx, 0)), 50_000, None)
        return None

    def nonce(self, address: bytes) -> int:
        self.fault("nonce", "before")
        return sum(json.loads(tx)[0] == address.hex() for block in self.blocks for tx in block.raw)

    def tend(self) -> None:
        """There is nothing to look after."""

    def sent_in(self, number: int) -> tuple[bytes, ...]:
        return tuple(self.blocks[number].raw)

    def transaction_input(self, tx_hash: bytes) -> bytes | None:
        raise AssertionError("nothing in these tests asks for call data")

    def chain_trust(self) -> None:
        """Nobody seals it."""

    def chain_proof(self, tx_hash: bytes, meant: Callable[[Log], bool]) -> None:
        """Nobody seals it."""

    def call(
        self,
        to: bytes,
        data: bytes,
        sender: bytes | None = None,
        *,
        gas: int | None = None,
        block: int | None = None,
    ) -> bytes:
        self.fault("call", "before")
        if not self._allowed(data):
            raise CallReverted(OUT_OF_SCOPE)
        return b""

    def code_hash(self, address: bytes) -> bytes:
        return CODE_HASH

    def final_height(self) -> int:
        return max(0, len(self.blocks) - 1 - self.confirmations)

    def pulse(self) -> Pulse:
        return Pulse(final=self.final_height())

    def check(self) -> int:
        return len(self.blocks) - 1

    def audit(self) -> int:
        return len(self.blocks) - 1

    def close(self) -> None:
        pass

    # -- what a test does to it -----------------------------------------------------------------------------------

    def mine(self) -> None:
        """Make a block of what waits: of each key, its next transactions in order of nonce."""
        taken: list[bytes] = []
        while ready := [
            tx for tx in self.waiting if json.loads(tx)[1] == self._next(json.loads(tx)[0], taken)
        ]:
            taken.append(ready[0])
            self.waiting.remove(ready[0])
            if self.undoing:
                self.undoing -= 1
                self.undone.add(ready[0])
        parent = self.blocks[-1].header
        number = parent.number + 1
        name = _hash(f"{parent.hash.hex()}{[t.hex() for t in taken]}{self.forks}")
        self.blocks.append(Block(BlockHeader(number, name, parent.hash, parent.time + 1), taken))

    def reorganise(self, depth: int) -> None:
        """Take the last `depth` blocks away, if none of them is final; their transactions wait again."""
        depth = min(depth, len(self.blocks) - 1 - self.final_height())
        if depth <= 0:
            return
        self.forks += 1
        lost = self.blocks[-depth:]
        del self.blocks[-depth:]
        self.waiting = [tx for block in lost for tx in block.raw] + self.waiting
        for _ in range(depth + 1):
            self.mine()

    def issued(self) -> list[bytes]:
        """The digests on the chain, in order of the log."""
        return [entry[96:128] for block in self.blocks for tx in block.raw for entry in self._entries(tx, 0)]

    # -- the contract ---------------------------------------------------------------------------------------------

    def _next(self, sender: str, taken: list[bytes]) -> int:
        mined = [tx for block in self.blocks for tx in block.raw] + taken
        return sum(json.loads(tx)[0] == sender for tx in mined)

    def _documents(self, data: bytes) -> list[tuple[bytes, bytes, bytes]]:
        function, arguments = decode_call(LEDGER, data)
        return [tuple(arguments[1:4])] if function == "issue" else [tuple(d) for d in arguments[1]]

    def _allowed(self, data: bytes) -> bool:
        present = set(self.issued())
        for digest, _, _ in self._documents(data):
            if digest in self.forbidden or self.needs.get(digest, digest) not in present | {digest}:
                return False
        return True

    def _entries(self, tx: bytes, time: int) -> list[bytes]:
        sender, _, data = json.loads(tx)
        if tx in self.undone:
            return []
        return [
            encode_entry(Entry(Kind.ISSUE, bytes.fromhex(sender), 1, "FILE", digest, fields, key, time))
            for digest, fields, key in self._documents(bytes.fromhex(data))
        ]


class Unreachable:
    """A fault: the next call of one name fails, before it happened or after (done, but nobody heard)."""

    def __init__(self, call: str, when: str) -> None:
        self._call = call
        self._when = when
        self.fired = False

    def __call__(self, call: str, when: str) -> None:
        if not self.fired and (call, when) == (self._call, self._when):
            self.fired = True
            raise ChainUnavailable("simulated", field="engine")


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
