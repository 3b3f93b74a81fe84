"""Chain proofs: the validators' seals over an entry of the log, and the daily look whether both ways to trust the log
agree (docs/spec/chain-proof.md).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from sanad_node import checkpointing
from sanad_node.engines.base import Log
from sanad_node.node import EMBEDDED, Node
from sanad_verifier.chain.ledger_events import SealedEntries, SealedRoot, meaning
from sanad_verifier.chain.proof import ChainProof, verify_chain_proof
from sanad_verifier.chain.receipts import Log as Event
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.merkle import verify_inclusion

SAMPLE = 20
"""Entries that are looked at besides the newest one."""


class NoChainProof(InputError):
    """There are no seals over this entry that could be shown: no validators make this chain's blocks, or the proof
    would not bear out.
    """

    code = "NO_CHAIN_PROOF"


class TrustPathsDiffer(EvidenceError):
    """What the validators have sealed is not what the cosigned log says."""

    code = "TRUST_PATHS_DIFFER"


@dataclass(frozen=True, slots=True)
class CrossChecked:
    """How many entries were looked at, of a log of `size`, sealed up to `block`; `time` in seconds."""

    entries: int
    size: int
    block: int
    time: int


def chain_proof(node: Node, entry: int) -> ChainProof:
    """The proof that the validators sealed the event by which the ledger appended an entry."""
    if node.network.engine == EMBEDDED:
        raise NoChainProof(
            "the embedded chain has no validators whose seals could be shown", field="--chain-proof"
        )
    ledger = node.network.address("Ledger")
    logged = node.reader.entry(entry)
    if node.carried is not None and entry < node.carried.size:
        raise NoChainProof(
            "the entry is from before the chain was begun again: its seals went with the old chain",
            field="--chain-proof",
        )

    def appends(log: Log) -> bool:
        said = _said(log, ledger)
        return isinstance(said, SealedEntries) and 0 <= entry - said.first < len(said.raw)

    proof = node.engine.chain_proof(logged.tx, appends)
    if proof is None:
        raise NoChainProof(
            "the seals over this entry cannot be shown: the validators changed right after it",
            field="--chain-proof",
        )
    return proof


def _said(log: Log, ledger: bytes) -> SealedEntries | SealedRoot | None:
    try:
        return meaning(Event(log.address, log.topics, log.data), ledger)
    except EvidenceError:
        return None


def cross_check(node: Node) -> CrossChecked:
    """Compare what the validators sealed with what this node's cosigned checkpoint commits to: the newest entry, and
    others drawn by the day. Raises `TrustPathsDiffer`, or `NoChainProof` where there is one way only.
    """
    node.catch_up()
    with node.still():
        checkpoint = checkpointing.current_checkpoint(node)
        looked = 0
        before = 0 if node.carried is None else node.carried.size
        for entry in _drawn(checkpoint.size, int(node.clock()) // 86_400):
            if entry < before:  # sealed on a chain that is gone; the new one's block 0 has what they led to
                continue
            _compare(node, entry, checkpoint)
            looked += 1
        return CrossChecked(looked, checkpoint.size, node.reader.position().block, checkpoint.time)


def _drawn(size: int, day: int) -> Iterator[int]:
    if size == 0:
        return
    yield size - 1
    choose = random.Random(day)  # noqa: S311 - so that a day's look can be repeated
    yield from sorted({choose.randrange(size) for _ in range(min(SAMPLE, size))} - {size - 1})


def _compare(node: Node, entry: int, checkpoint: checkpointing.SignedCheckpoint) -> None:
    trust = checkpointing.trust(node)
    if trust.chain is None:
        raise NoChainProof("nobody seals this chain", field="chain")
    sealed = verify_chain_proof(chain_proof(node, entry), trust.chain)
    said = meaning(sealed.event, node.network.address("Ledger"))
    if isinstance(said, SealedRoot):
        raise TrustPathsDiffer("the validators sealed no such entry", field=f"entry {entry}")
    sealed_entry = said.raw[entry - said.first]
    try:
        verify_inclusion(sealed_entry, node.reader.inclusion(entry, checkpoint.size), checkpoint.root)
    except EvidenceError as error:
        raise TrustPathsDiffer(
            "the validators sealed another entry than the log commits to", field=f"entry {entry}"
        ) from error
