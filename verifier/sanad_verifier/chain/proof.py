"""The chain proof: one event, from the receipt it is in to the seals over its block (docs/spec/chain-proof.md).

The file is one RLP list, so that there is one byte string for each proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sanad_verifier.chain import clique, qbft
from sanad_verifier.chain.errors import ChainProofInvalid, ValidatorsUnknown
from sanad_verifier.chain.headers import Header, header_of
from sanad_verifier.chain.receipts import Log, logs_of
from sanad_verifier.chain.rlp import decode, encode, members, number, of_number, text
from sanad_verifier.chain.trie import value_at
from sanad_verifier.chain.validators import LARGEST_SET, ChainTrust, Consensus, Pinned, pinned_at

VERSION = b"sanad-chain-proof-1"
SIZE_AT_MOST = 1 << 20
MOST_HEADERS = LARGEST_SET
MOST_INDEX = 2**32 - 1


@dataclass(frozen=True, slots=True)
class ChainProof:
    """An event's place: `log` in the receipt of `transaction` in the block of `header`.

    `others` are, for QBFT, the headers at which the set of validators changed since the pinned one, in order; for
    Clique, the headers that follow the block. `path` is the proof in the block's receipt trie.
    """

    consensus: Consensus
    header: Header
    others: tuple[Header, ...]
    transaction: int
    log: int
    path: tuple[bytes, ...]

    def encode(self) -> bytes:
        """The proof's one encoding."""
        return encode(
            [
                VERSION,
                self.consensus.value,
                self.header.item(),
                [other.item() for other in self.others],
                of_number(self.transaction),
                of_number(self.log),
                list(self.path),
            ]
        )


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a chain proof shows: an event, and the block it is in. `time` in seconds."""

    event: Log
    height: int
    hash: bytes
    time: int


def parse_chain_proof(data: bytes) -> ChainProof:
    """The proof in a file; `ChainProofInvalid` unless encoding it again gives the same bytes."""
    if len(data) > SIZE_AT_MOST:
        raise ChainProofInvalid("the chain proof is too large", field="chain")
    version, consensus, header, others, transaction, log, path = members(decode(data), 7)
    if version != VERSION or text(consensus) not in {kind.value for kind in Consensus}:
        raise ChainProofInvalid("the chain proof is of no version this verifier knows", field="chain")
    if len(members(others)) > MOST_HEADERS:
        raise ChainProofInvalid("the chain proof holds too many headers", field="chain")
    return ChainProof(
        Consensus(consensus),
        header_of(header),
        tuple(header_of(other) for other in members(others)),
        number(transaction, MOST_INDEX),
        number(log, MOST_INDEX),
        tuple(text(node) for node in members(path)),
    )


def verify_chain_proof(proof: ChainProof, trust: ChainTrust) -> Sealed:
    """Check a proof against the sets of validators that a trust root names; raises an `EvidenceError`.

    It shows that the network sealed the event, not what the event means: the caller compares the contract's
    address and the event's words.
    """
    if proof.consensus is not trust.consensus:
        raise ChainProofInvalid("the proof is of another consensus than the network's", field="chain")
    digest = _seals(proof, trust.pinned)
    key = encode(of_number(proof.transaction))
    events = logs_of(value_at(proof.header.receipts, key, proof.path))
    if proof.log >= len(events):
        raise ChainProofInvalid("the receipt has no such event", field="receipt")
    return Sealed(events[proof.log], proof.header.height, digest, proof.header.time)


def _seals(proof: ChainProof, pinned: Sequence[Pinned]) -> bytes:
    """The block's hash, after checking who sealed it."""
    header = proof.header
    if proof.consensus is Consensus.CLIQUE:
        clique.must_stand(header, proof.others, pinned_at(pinned, header.height))
        return header.keccak()
    block = qbft.sealed(header)
    steps = tuple(qbft.sealed(other) for other in proof.others)
    if steps and steps[-1].header.height > header.height:
        raise ChainProofInvalid("a step between sets is later than the block", field="steps")
    start = pinned_at(pinned, steps[0].header.height if steps else header.height)
    if block.validators != qbft.follow(start, steps):
        raise ValidatorsUnknown(
            "the block was sealed by another set than the trusted one", field="validators"
        )
    qbft.committers(block)
    return block.hash
