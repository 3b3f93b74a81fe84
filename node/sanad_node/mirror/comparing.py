"""Do two nodes of one network have the same ledger? Their logs at the smaller size of the two, by tiles that are bound
to checkpoints which were signed; and what each tells of itself, as far as both tell it.
"""

from dataclasses import dataclass

from sanad_node.mirror.extending import LogForked, SourceTree, head_of, must_extend
from sanad_node.mirror.sources import Source
from sanad_node.wire.node import FactsView
from sanad_verifier.mirror import CHECKPOINT_AT_MOST, trusted
from sanad_verifier.tiles import CHECKPOINT
from sanad_verifier.trust import Trust


@dataclass(frozen=True, slots=True)
class Told:
    """One side: its log as files; its facts and the trust file it gives out, None where it tells none."""

    files: Source
    facts: FactsView | None = None
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """Something both were asked for. `same` is None where one of them does not tell it, or where it may differ between
    nodes that are not equally far."""

    what: str
    ours: str
    theirs: str
    same: bool | None


@dataclass(frozen=True, slots=True)
class Compared:
    """`size` is that of the shorter log, for which the roots were compared; `proof` shows to anybody that the log has
    two faces, where that was found (docs/spec/witness.md).
    """

    size: int
    items: tuple[Item, ...]
    proof: bytes | None

    @property
    def differing(self) -> tuple[str, ...]:
        """What differs, by name."""
        return tuple(one.what for one in self.items if one.same is False)


def compare(ours: Told, theirs: Told, trust: Trust) -> Compared:
    """Compare two sides, believing `trust` about whose checkpoints count. Raises an `EvidenceError` where the other's
    checkpoint is not signed, or its files do not make it; an `EnvironmentFault` where it does not answer.
    """
    note, their_note = (one.files.read(CHECKPOINT, CHECKPOINT_AT_MOST) for one in (ours, theirs))
    head, their_head = trusted(note, trust), trusted(their_note, trust)
    size, their_size = head.checkpoint.size, their_head.checkpoint.size
    roots, proof = _roots(ours.files, note, theirs.files, their_note)
    items = [
        Item("root", *roots, roots[0] == roots[1]),
        Item("entries", str(size), str(their_size), None),
        Item("checkpointTime", str(head.time), str(their_head.time), None),
        *_network(trust, theirs),
        *_facts(ours.facts, theirs.facts),
    ]
    return Compared(min(size, their_size), tuple(items), proof)


def _roots(
    ours: Source, note: bytes, theirs: Source, their_note: bytes
) -> tuple[tuple[str, str], bytes | None]:
    """Both roots (hex) at the size of the shorter log, and the proof if they are two."""
    size, their_size = head_of(note).size, head_of(their_note).size
    we_are_longer = size >= their_size
    longer, shorter = (note, their_note) if we_are_longer else (their_note, note)
    tree = SourceTree(ours, size) if we_are_longer else SourceTree(theirs, their_size)
    short = head_of(shorter)
    try:
        must_extend((longer, tree), shorter)
    except LogForked as error:
        long = head_of(longer)
        of_longer = long.root if long.size == short.size else tree.root(short.size)
        roots = (of_longer.hex(), short.root.hex())
        return roots if we_are_longer else (
            roots[1],
            roots[0],
        ), None if error.proof is None else error.proof.encode()
    return (short.root.hex(), short.root.hex()), None


def _network(trust: Trust, theirs: Told) -> list[Item]:
    """What a trust file of the other's says of the network."""
    if theirs.trust is None:
        return []
    pairs = [(one.origin, str(one.chain_id), one.genesis, one.ledger) for one in (trust, theirs.trust)]
    names = ("origin", "chainId", "genesis", "ledger")
    return [Item(name, one, other, one == other) for name, one, other in zip(names, *pairs, strict=True)]


def _facts(ours: FactsView | None, theirs: FactsView | None) -> list[Item]:
    """What both nodes tell of themselves."""
    if ours is None or theirs is None:
        return [
            Item("digest", "" if ours is None else ours.digest, "" if theirs is None else theirs.digest, None)
        ]
    items = [Item("block", str(ours.block), str(theirs.block), None)]
    for role in sorted(ours.contracts.keys() & theirs.contracts.keys()):
        one, other = ours.contracts[role], theirs.contracts[role]
        items.append(Item(f"{role}.address", one.address, other.address, one.address == other.address))
        known = bool(one.code_hash and other.code_hash)
        same = one.code_hash == other.code_hash if known else None
        items.append(Item(f"{role}.codeHash", one.code_hash, other.code_hash, same))
    same = ours.digest == theirs.digest if ours.size == theirs.size else None
    return [*items, Item("digest", ours.digest, theirs.digest, same)]
