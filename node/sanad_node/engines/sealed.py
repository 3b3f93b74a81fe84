"""An engine over a chain that validators seal: what its node tells is believed as far as seals and roots bear it out.

Headers are followed one by one (`followed`), so a header has the seals it must have; transactions, receipts and
events have to give the roots in it (`block_facts`). What cannot be checked so (calls, nonces, code) only ever decides
what this node sends or refuses to sign, and the log's root is recomputed from the entries. Where blocks come from, and
who ends the process that makes them, is the matter of the engines built on this one.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from eth_hash.auto import keccak

from sanad_node.engines.base import (
    BlockHeader,
    ChainNotReady,
    ChainUnavailable,
    ConsensusViolation,
    EngineLied,
    Log,
    Receipt,
    TransactionRefused,
    WrongChain,
)
from sanad_node.engines.block_facts import (
    Happened,
    happened,
    header_told,
    is_empty,
    nothing_happened,
    path_to,
    summary,
)
from sanad_node.engines.consensus import Council, Rule
from sanad_node.engines.followed import FollowedChain
from sanad_node.engines.outcomes import to_bytes, to_hex
from sanad_node.engines.pulse import Pulse
from sanad_node.engines.rpc import RpcRefused
from sanad_node.engines.transactions import SignedTransaction
from sanad_verifier.chain.headers import Header
from sanad_verifier.chain.proof import ChainProof
from sanad_verifier.chain.validators import ChainTrust, Consensus, Pinned

Json = Any
REMEMBERED = 512
"""Blocks with transactions kept read: the submitter asks for each receipt of a fresh block."""
CALL_GAS = 50_000_000
RESENT_AFTER = 3
HALTED_AFTER = 10
"""Periods without a block after which the chain is said to stand still."""
"""Blocks after which the same bytes are sent again, if they are in none."""
KNOWN = ("already known", "known transaction", "already imported")
USED = ("nonce too low", "nonce too distant", "old nonce")
WAITS = (
    "underpriced",
    "txpool is full",
    "nonce too high",
    "replacement",
    "queue",
    "limit reached",
    "exceeds",
)
NEVER = (
    "exceeds block gas limit",
    "intrinsic gas",
    "invalid sender",
    "oversized",
    "tx type",
    "not supported",
)


class Asked(Protocol):
    """A chain's node, over a socket or over HTTP."""

    def call(self, method: str, *params: Json, timeout: float | None = None) -> Json: ...

    def batch(
        self, calls: Sequence[tuple[str, Sequence[Json]]], timeout: float | None = None
    ) -> list[Json]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """What is pinned of a chain: its id and the hash of block 0; `period` is the seconds between two blocks."""

    chain_id: int
    genesis: bytes
    period: float


class SealedEngine:
    """Callable from any thread. `name` says which engine's files these are."""

    def __init__(
        self, name: str, folder: Path, facts: ChainFacts, rule: Rule, asked: Asked, clock: Callable[[], float]
    ) -> None:
        self.name = name
        self.period = facts.period
        self._facts = facts
        self._rule = rule
        self._asked = asked
        self._clock = clock
        self._lock = threading.RLock()
        self._read: OrderedDict[bytes, Happened] = OrderedDict()
        self._sent: dict[bytes, int] = {}
        self._seen, self._seen_at, self._round = b"", time.monotonic(), 0
        genesis = self._genesis()
        self._chain = FollowedChain(folder / "councils.json", rule, genesis, self._headers)

    def _genesis(self) -> Header:
        told = self._number("eth_chainId")
        if told != self._facts.chain_id:
            raise WrongChain("the chain's node has another chain id", field="chainId")
        block = self.ask("eth_getBlockByNumber", "0x0", False)
        if block is None:
            raise ChainUnavailable("the chain node has no genesis block", field="chain")
        header = header_told(block)
        if self._rule.hash_of(header) != self._facts.genesis:
            raise WrongChain("the chain's node has another genesis block", field="genesis")
        return header

    # -- asking -------------------------------------------------------------------------------------------------------

    def ask(self, method: str, *params: Json) -> Json:
        """The node's answer; a refusal is as good as none."""
        try:
            return self._asked.call(method, *params)
        except RpcRefused as refused:
            raise ChainUnavailable(f"the chain node refused to answer {method}", field=method) from refused

    def _number(self, method: str, *params: Json) -> int:
        """The number that the node tells; `EngineLied` if it tells none."""
        try:
            return int(self.ask(method, *params), 16)
        except (TypeError, ValueError) as error:
            raise EngineLied(f"the chain node's answer to {method} is no number", field=method) from error

    def _bytes(self, method: str, *params: Json) -> bytes:
        """The bytes that the node tells; `EngineLied` if it tells none."""
        try:
            return to_bytes(self.ask(method, *params))
        except (TypeError, ValueError) as error:
            raise EngineLied(f"the chain node's answer to {method} is no data", field=method) from error

    def _headers(self, first: int, last: int) -> list[Header]:
        asked = [("eth_getBlockByNumber", (hex(number), False)) for number in range(first, last + 1)]
        try:
            told = self._asked.batch(asked)
        except RpcRefused as refused:
            raise ChainUnavailable("the chain node refused to tell its headers", field="chain") from refused
        headers: list[Header] = []
        for number, block in enumerate(told, start=first):
            if block is None:
                break
            header = header_told(block)
            if header.height != number:
                raise EngineLied("the chain node told another header than was asked for", field="header")
            headers.append(header)
        return headers

    # -- blocks -------------------------------------------------------------------------------------------------------

    @property
    def chain_id(self) -> int:
        return self._facts.chain_id

    def genesis_hash(self) -> bytes:
        return self._facts.genesis

    def head(self) -> BlockHeader:
        """The newest block, with all that lead to it checked. `ChainUnavailable` while the node has less of the
        chain than was final here before: it is still taking it over from the others.
        """
        with self._lock:
            height = self._number("eth_blockNumber")
            if height < self._chain.final.height:
                raise ChainNotReady("the chain node is still behind what is final here", field="chain")
            self._chain.follow(height)
            tip = self._chain.tip
            known = self._chain.known(tip.height)
            if tip.hash != self._seen:
                self._seen, self._seen_at = tip.hash, time.monotonic()
                self._round = 0 if known is None else self._rule.round_of(known[0])
            if known is not None:
                return summary(*known)
            found = self.block(tip.height)
            if found is None:
                raise ChainUnavailable("the chain node has lost its newest block", field="chain")
            return found

    def block(self, number: int) -> BlockHeader | None:
        with self._lock:
            found = self._header(number)
        return None if found is None else summary(*found)

    def _header(self, number: int) -> tuple[Header, bytes] | None:
        known = self._chain.known(number)
        if known is not None:
            return known
        if number > self._chain.final.height:
            self._chain.follow(number)
            known = self._chain.known(number)
            if known is not None or number > self._chain.final.height:
                return known
        told = self._headers(number, number)
        if not told:
            return None
        digest = self._rule.hash_of(told[0])
        if digest != self._chain.hash_at(number):
            if number == self._chain.final.height:
                raise ConsensusViolation("a block that was final is another now", field="block")
            raise EngineLied("the chain node told another header than was checked", field="header")
        return told[0], digest

    def happened(self, number: int) -> Happened | None:
        """What happened in a block, checked against its header."""
        with self._lock:
            found = self._header(number)
            if found is None:
                return None
            header, digest = found
            if is_empty(header):
                return nothing_happened(header, digest)
            known = self._read.get(digest)
            if known is None:
                known = self._read[digest] = self._happened(header, digest)
                while len(self._read) > REMEMBERED:
                    self._read.popitem(last=False)
            return known

    def _happened(self, header: Header, digest: bytes) -> Happened:
        block = self.ask("eth_getBlockByHash", to_hex(digest), True)
        receipts = self.ask("eth_getBlockReceipts", hex(header.height))
        if block is None or receipts is None:
            raise ChainUnavailable("the chain has changed while it was read", field="chain")
        if not isinstance(receipts, list) or not all(isinstance(one, dict) for one in receipts):
            raise EngineLied("the chain node told no receipts", field="receipts")
        if any(one.get("blockHash") != to_hex(digest) for one in receipts):
            raise ChainUnavailable("the chain has changed while it was read", field="chain")
        return happened(header, digest, block, receipts)

    def logs(self, first: int, last: int, addresses: Sequence[bytes]) -> list[tuple[int, Log]]:
        wanted = set(addresses)
        found: list[tuple[int, Log]] = []
        for number in range(max(first, 1), last + 1):
            told = self.happened(number)
            if told is None:
                break
            found += [(number, log) for log in told.logs if log.address in wanted]
        return found

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        told = self.ask("eth_getTransactionReceipt", to_hex(tx_hash))
        if told is None:
            return None
        try:
            number = int(told["blockNumber"], 16)
        except (KeyError, TypeError, ValueError) as error:
            raise EngineLied("the chain node told no receipt", field="receipt") from error
        block = self.happened(number)
        return None if block is None else block.of(tx_hash)

    def sent_in(self, number: int) -> tuple[bytes, ...]:
        """The signed transactions of a block; `ChainUnavailable` if the node has no such block."""
        found = self.happened(number)
        if found is None:
            raise ChainUnavailable("the chain node has lost a block", field="chain")
        return found.raw

    def transaction_input(self, tx_hash: bytes) -> bytes | None:
        """The call data of a transaction in a block, whoever sent it."""
        told = self.ask("eth_getTransactionByHash", to_hex(tx_hash))
        try:
            return None if told is None or told["blockHash"] is None else to_bytes(told["input"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineLied("the chain node told no transaction", field="transaction") from error

    def final_height(self) -> int:
        with self._lock:
            return self._chain.final.height

    def hash_at(self, height: int) -> bytes | None:
        """The hash of the block that stands at a height; None for those that are not final."""
        with self._lock:
            return self._chain.hash_at(height)

    def told_header(self, height: int) -> Header | None:
        """What the node tells now, unchecked."""
        return next(iter(self._headers(height, height)), None)

    @property
    def final(self) -> Council:
        """What the validators have agreed on after the newest block that stands."""
        return self._chain.final

    @property
    def final_header(self) -> Header | None:
        """That block's header as it was told, if this process has seen it."""
        return self._chain.final_header

    @property
    def tip(self) -> Council:
        """What the validators have agreed on after the newest block that was checked."""
        return self._chain.tip

    # -- how it is doing ----------------------------------------------------------------------------------------------

    @property
    def still_for(self) -> float:
        """Seconds in which no other newest block was seen, however wrong the clock is."""
        return time.monotonic() - self._seen_at

    def halted(self, quiet: float) -> bool:
        """Whether the chain stands still, where a block is expected every `quiet` seconds: none was seen for ten times
        as long, or for twice as long since the newest, which is that old already by our clock.
        """
        age = self._clock() - self._chain.tip.time
        still = self.still_for
        return still > HALTED_AFTER * quiet or (still > 2 * quiet and age > HALTED_AFTER * quiet)

    def pulse(self) -> Pulse:
        return Pulse(
            still_for=self.still_for,
            period=self.period,
            head_time=self._chain.tip.time,
            final=self._chain.final.height,
            round=self._round,
        )

    # -- acting -------------------------------------------------------------------------------------------------------

    def broadcast(self, raw: Sequence[bytes]) -> None:
        height = self._chain.tip.height
        refused: list[bytes] = []
        for item in raw:
            try:
                transaction = SignedTransaction.read(bytes(item), self.chain_id)
            except TransactionRefused as refusal:
                refused += refusal.hashes
                continue
            if height - self._sent.get(transaction.hash, -RESENT_AFTER) < RESENT_AFTER:
                continue
            if not self._send(transaction):
                refused.append(transaction.hash)
            self._sent[transaction.hash] = height
        self._sent = {one: at for one, at in self._sent.items() if height - at <= RESENT_AFTER}
        if refused:
            raise TransactionRefused(
                "the chain can take none of these transactions as they are", tuple(refused)
            )

    def _send(self, transaction: SignedTransaction) -> bool:
        """Hand a transaction over; False if it can never be part of this chain."""
        try:
            self._asked.call("eth_sendRawTransaction", to_hex(transaction.raw))
        except RpcRefused as refused:
            words = refused.message.lower()
            if any(one in words for one in KNOWN):
                return True
            if any(one in words for one in USED):
                return not self._used_for_good(transaction)
            return not any(one in words for one in NEVER)
        return True

    def _used_for_good(self, transaction: SignedTransaction) -> bool:
        """Whether another transaction has taken the nonce in a block that is final, and this one is in none."""
        if self.receipt(transaction.hash) is not None:
            return False
        sender, height = to_hex(transaction.sender()), hex(self.final_height())
        return self._number("eth_getTransactionCount", sender, height) > transaction.nonce

    def nonce(self, address: bytes) -> int:
        return self._number("eth_getTransactionCount", to_hex(address), "latest")

    def call(
        self,
        to: bytes,
        data: bytes,
        sender: bytes | None = None,
        *,
        gas: int | None = None,
        block: int | None = None,
    ) -> bytes:
        request = {"to": to_hex(to), "data": to_hex(data), "gas": hex(gas or CALL_GAS), "gasPrice": "0x0"}
        if sender is not None:
            request["from"] = to_hex(sender)
        return self._bytes("eth_call", request, "latest" if block is None else hex(block))

    def code_hash(self, address: bytes) -> bytes:
        return keccak(self._bytes("eth_getCode", to_hex(address), "latest"))

    # -- evidence -----------------------------------------------------------------------------------------------------

    def chain_trust(self) -> ChainTrust | None:
        """Which validators have sealed from which height on, as followed from the genesis block; None where seals are
        not checked.
        """
        if self._rule.kind is None:
            return None
        with self._lock:
            return ChainTrust(self._rule.kind, self._chain.sets())

    def chain_proof(self, tx_hash: bytes, meant: Callable[[Log], bool]) -> ChainProof | None:
        kind = self._rule.kind
        if kind is None:
            return None
        with self._lock:
            receipt = self.receipt(tx_hash)
            if receipt is None or receipt.block > self._chain.final.height:
                return None
            found, block = self._header(receipt.block), self.happened(receipt.block)
            if found is None or block is None:
                return None
            own = [log for log in block.logs if log.tx_hash == tx_hash]
            number = next((at for at, log in enumerate(own) if meant(log)), None)
            others = self._others(found[0])
            if number is None or others is None:
                return None
            place = block.transactions.index(tx_hash)
            return ChainProof(kind, found[0], others, place, number, path_to(block.encoded, place))

    def _others(self, header: Header) -> tuple[Header, ...] | None:
        """For Clique the blocks on it, None where other signers than its own were to make them; for QBFT nothing, since
        every set there was is pinned.
        """
        if self._rule.kind is not Consensus.CLIQUE:
            return ()
        sets = self._chain.sets()
        validators = _at(sets, header.height).validators
        last = header.height + validators.majority
        if any(header.height < one.since <= last for one in sets):
            return None
        return tuple(self._headers(header.height + 1, last))

    # -- life ---------------------------------------------------------------------------------------------------------

    def check(self) -> int:
        """Follow the chain to its head; returns how many blocks that is."""
        return self.head().number

    def audit(self) -> int:
        """Check every header again, from block 0."""
        with self._lock:
            height = self._chain.final.height
            council = self._rule.first(self._genesis())
            while council.height < height:
                first = council.height + 1
                for header in self._headers(first, min(height, first + 255)):
                    council = self._rule.after(council, header)
                if council.height < first:
                    raise ChainUnavailable("the chain node lacks a block", field="chain")
            if council.hash != self._chain.final.hash:
                raise ConsensusViolation("the chain does not lead to the block that is final", field="block")
            return height

    def close(self) -> None:
        with self._lock:
            self._chain.save()
            self._asked.close()


def _at(sets: Sequence[Pinned], height: int) -> Pinned:
    return max((one for one in sets if one.since <= height), key=lambda one: one.since, default=sets[0])
