"""What the node needs from any chain, whatever runs it.

The submitter and the indexer know only `Engine`. What an engine can do beyond this (anvil's mining on
demand, its state files) stays inside it. Finality is declared by the engine, never guessed by its users.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sanad_node.engines.pulse import Pulse
from sanad_verifier.chain.proof import ChainProof
from sanad_verifier.chain.validators import ChainTrust
from sanad_verifier.errors import EnvironmentFault, InputError


class ChainUnavailable(EnvironmentFault):
    """The chain could not be asked, or did not answer in time. Says nothing about what it would have
    answered.
    """

    code = "CHAIN_UNAVAILABLE"


class ChainNotReady(ChainUnavailable):
    """The chain's node runs, and the chain cannot be used yet: it is beginning, or catching up."""

    code = "CHAIN_NOT_READY"


class WrongChain(EnvironmentFault):
    """The chain that answers is not the one this data directory belongs to."""

    code = "WRONG_CHAIN"


class EngineLied(EnvironmentFault):
    """What a chain's node tells does not fit the hash, the roots or the seals of the block it tells of."""

    code = "ENGINE_LIED"


class ConsensusViolation(EnvironmentFault):
    """A block that was declared final is not on the chain any more. Nothing is written until a person has
    looked.
    """

    code = "CONSENSUS_VIOLATION"


class TransactionRefused(InputError):
    """Some transactions can never be part of this chain as they are; the others of the same call were
    taken.
    """

    code = "TRANSACTION_REFUSED"

    def __init__(self, message: str, hashes: tuple[bytes, ...] = ()) -> None:
        super().__init__(message, field="raw")
        self.hashes = hashes


class CallReverted(Exception):
    """A contract refused a call; `data` is its revert data (selector and arguments of a custom error)."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data.hex())
        self.data = data


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """The facts of a block the node keeps: hashes are 32 bytes, the time is in seconds."""

    number: int
    hash: bytes
    parent: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Log:
    """One event of one transaction, in block order."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    tx_hash: bytes
    log_index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction that is in a block."""

    tx_hash: bytes
    block: int
    succeeded: bool
    gas_used: int
    contract: bytes | None


class Engine(Protocol):
    """A chain that takes signed transactions and answers questions. Every method raises `ChainUnavailable`
    when it cannot know.
    """

    name: str
    period: float
    """Seconds between two blocks where others make them too; 0 where a block is made when we act."""

    def tend(self) -> None:
        """Look after what the engine needs from others: peers, votes, the contracts on a chain that has just begun.

        Raises `ChainUnavailable` while the chain cannot be used yet.
        """

    @property
    def chain_id(self) -> int: ...

    def genesis_hash(self) -> bytes: ...

    def broadcast(self, raw: Sequence[bytes]) -> None:
        """Hand over signed transactions, in order. Repeating the same bytes is harmless.

        Returning means the engine has them; it does not mean they are in a block. Ask `receipt` for that.
        `TransactionRefused` names those that can never be; the others were taken.
        """

    def head(self) -> BlockHeader: ...

    def block(self, number: int) -> BlockHeader | None:
        """The canonical block of this number, or None if the chain is not that long."""

    def logs(self, first: int, last: int, addresses: Sequence[bytes]) -> list[tuple[int, Log]]:
        """(block number, event) of these contracts in blocks first..last inclusive, in chain order."""

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        """The receipt, or None while the transaction is in no block."""

    def nonce(self, address: bytes) -> int:
        """Transactions of this address in canonical blocks (never pending ones)."""

    def call(
        self,
        to: bytes,
        data: bytes,
        sender: bytes | None = None,
        *,
        gas: int | None = None,
        block: int | None = None,
    ) -> bytes:
        """Run a call against the head, or as of a block that is final, with `gas` at most; raises `CallReverted` when
        the contract refuses.
        """

    def transaction_input(self, tx_hash: bytes) -> bytes | None:
        """The call data of a transaction in a block, whoever sent it; None where it is in none."""

    def sent_in(self, number: int) -> tuple[bytes, ...]:
        """The signed transactions of a block that stands, in their order, checked against the block; none where the
        engine keeps them itself (`anvil`), so that nobody else need.
        """

    def chain_trust(self) -> ChainTrust | None:
        """Who has sealed the chain from which height on; None where no validators do."""

    def chain_proof(self, tx_hash: bytes, meant: Callable[[Log], bool]) -> ChainProof | None:
        """The proof that the validators sealed the event of a transaction that is `meant`; None where there is none, or
        none that a verifier could follow.
        """

    def code_hash(self, address: bytes) -> bytes:
        """keccak256 of the runtime code at an address (of the empty string where there is none)."""

    def final_height(self) -> int:
        """The highest block that this engine declares irrevocable."""

    def pulse(self) -> Pulse:
        """How chain and program are doing, as far as is known: at once, whatever they do."""

    def check(self) -> int:
        """Check quickly what the engine itself keeps; returns how many blocks it vouches for."""

    def audit(self) -> int:
        """Check what the engine itself keeps against the chain; returns how many blocks agreed, raises
        where one doesn't.
        """

    def close(self) -> None: ...
