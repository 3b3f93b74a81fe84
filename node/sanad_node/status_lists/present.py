"""What a status list has to say now: worked out from this node's tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from sanad_node.store.ledger_tables import batches, documents, entries, keys, statuses
from sanad_verifier.entries import Kind, decode_entry
from sanad_verifier.errors import EnvironmentFault
from sanad_verifier.standings import STANDINGS
from sanad_verifier.status_lists.state import ACTIVE, SUSPECT, Change, ListState, member_key, state_of


class BatchLeavesMissing(EnvironmentFault):
    """This node does not hold the leaves of a batch of the group: it cannot say which of its documents is which."""

    code = "BATCH_LEAVES_MISSING"


def present_state(ledger: Connection, size: int, formations: Sequence[int]) -> ListState:
    """The standings of everything that these formations have issued. Raises `BatchLeavesMissing`."""
    whose = frozenset(formations)
    must_hold_batches(ledger, whose)
    singles: dict[int, int] = {}
    members: dict[bytes, int] = {}
    for row in ledger.execute(select(statuses)):
        value = STANDINGS[row.state]
        if row.issuer not in whose or value == ACTIVE:
            continue
        places = places_of(ledger, row.issuer, row.doc_type, row.digest)
        singles.update(dict.fromkeys(places.alone, value))
        if places.in_members(size):
            members[member_key(row.issuer, row.doc_type, row.digest)] = value
    singles.update(_suspect(ledger, whose))
    return state_of(size, singles.items(), members)


@dataclass(frozen=True, slots=True)
class Places:
    """The entries that issued a document by itself, and those of batches that did."""

    alone: tuple[int, ...]
    batches: tuple[int, ...]

    def in_members(self, size: int) -> bool:
        """Whether a list of this size has it among its members: a batch issued it, or nothing did."""
        return any(at < size for at in self.batches) or not any(at < size for at in self.alone)


def places_of(ledger: Connection, issuer: int, doc_type: str, digest: bytes) -> Places:
    """Where a formation issued a document."""
    query = (
        select(documents.c.entry, batches.c.root)
        .select_from(documents.outerjoin(batches, batches.c.entry == documents.c.entry))
        .where(
            documents.c.digest == digest,
            documents.c.issuer == issuer,
            documents.c.doc_type == doc_type,
        )
    )
    rows = ledger.execute(query).all()
    return Places(
        tuple(row.entry for row in rows if row.root is None),
        tuple(row.entry for row in rows if row.root is not None),
    )


def must_hold_batches(ledger: Connection, whose: frozenset[int]) -> None:
    """Raise unless the leaves of every batch that these formations have issued are here."""
    held = select(documents.c.entry).where(documents.c.entry == batches.c.entry).exists()
    query = select(entries.c.raw).join(batches, batches.c.entry == entries.c.idx).where(~held)
    for raw in ledger.execute(query).scalars():
        entry = decode_entry(raw)
        if entry.formation in whose:
            raise BatchLeavesMissing("the leaves of a batch are not here", field=entry.subject.hex())


def _suspect(ledger: Connection, whose: frozenset[int]) -> Iterator[Change]:
    """What was issued with a key from the time on from which it is distrusted."""
    issues = {int(Kind.ISSUE), int(Kind.ISSUE_BATCH)}
    for key in ledger.execute(select(keys).where(keys.c.compromised_from > 0)):
        first = select(documents.c.entry).where(
            documents.c.issuer == key.formation, documents.c.time >= key.compromised_from
        )
        query = select(entries.c.idx, entries.c.raw).where(entries.c.idx.in_(first.distinct()))
        for row in ledger.execute(query.execution_options(yield_per=5000)):
            entry = decode_entry(row.raw)
            if entry.key == key.address and entry.kind in issues and entry.formation in whose:
                yield row.idx, SUSPECT
