"""What the ledger contract's events say: entries at their places, or the log's root at a size (ILedger)."""

from dataclasses import dataclass

from sanad_verifier.chain.errors import ChainProofInvalid
from sanad_verifier.chain.keccak import keccak
from sanad_verifier.chain.receipts import Log
from sanad_verifier.digests import SIZE, Digest
from sanad_verifier.entries import ENTRY_SIZE, WORD

APPENDED = keccak(b"Appended(uint256,uint256,uint256,bytes32,bytes32,bytes32,bytes32,uint256)")
APPENDED_MANY = keccak(b"AppendedMany(uint256,bytes)")
CHECKPOINT = keccak(b"Checkpoint(uint256,bytes32)")
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SealedEntries:
    """Entries that were appended together: `raw[i]` stands at `first + i` of the log."""

    first: int
    raw: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SealedRoot:
    """The log had `size` entries and this root."""

    size: int
    root: Digest


def meaning(event: Log, ledger: bytes) -> SealedEntries | SealedRoot:
    """What an event of the ledger at this address says; `ChainProofInvalid` for another's, or another event."""
    if event.address != ledger:
        raise ChainProofInvalid("the event is of another contract than the network's ledger", field="chain")
    if len(event.topics) != 2:
        raise ChainProofInvalid("the ledger has no such event", field="chain")
    kind, number = event.topics[0], int.from_bytes(event.topics[1])
    if number > _MOST:
        raise ChainProofInvalid("a place in the log is out of range", field="chain")
    if kind == APPENDED and len(event.data) == ENTRY_SIZE:
        return SealedEntries(number, (event.data,))
    if kind == APPENDED_MANY:
        return SealedEntries(number, _many(event.data))
    if kind == CHECKPOINT and len(event.data) == SIZE:
        return SealedRoot(number, Digest(event.data))
    raise ChainProofInvalid("the ledger has no such event", field="chain")


def _many(data: bytes) -> tuple[bytes, ...]:
    """The entries in ABI-encoded bytes: where they begin, how long they are, they themselves, zeros."""
    size = int.from_bytes(data[WORD : 2 * WORD])
    padded = -(-size // WORD) * WORD
    if int.from_bytes(data[:WORD]) != WORD or len(data) != 2 * WORD + padded or any(data[2 * WORD + size :]):
        raise ChainProofInvalid("the event's data is malformed", field="chain")
    if not size or size % ENTRY_SIZE:
        raise ChainProofInvalid("the event holds no whole entries", field="chain")
    body = data[2 * WORD : 2 * WORD + size]
    return tuple(body[at : at + ENTRY_SIZE] for at in range(0, size, ENTRY_SIZE))
