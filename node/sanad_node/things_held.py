"""Which things are on hold, by whom, and on which court's order? By the custody of the consignment that bears their
name: a container's number, a vehicle's chassis.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from sanad_node import blinding
from sanad_node.node import Node
from sanad_node.store import ledger_tables as t
from sanad_verifier.custody_words import LiftWords
from sanad_verifier.entries import Kind, decode_entry

KINDS = {"chassis": "VEHICLE", "container": "CONTAINER"}
"""Under which kind a thing is in custody that a paper names in this way."""
TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A hold in force: who put it, since when (seconds), the digest (hex) of the court order it rests on, or empty."""

    by: str
    since: int
    order: str


def consignment_of(node: Node, kind: str, named: str) -> bytes | None:
    """The consignment of a thing that a paper names: `kind` is chassis or container. None for other things."""
    if kind not in KINDS or not blinding.normalise(named):
        return None
    return blinding.consignment_id(node.directory.secret("network"), KINDS[kind], named)


def held_now(node: Node, consignments: Sequence[bytes]) -> dict[bytes, tuple[Held, ...]]:
    """The holds in force, of those of these consignments that are on hold."""
    named = list(dict.fromkeys(consignments))
    found: set[bytes] = set()
    with node.ledger.connect() as connection:
        for start in range(0, len(named), TOGETHER):
            part = named[start : start + TOGETHER]
            query = select(t.holds.c.consignment).where(t.holds.c.consignment.in_(part))
            found |= {row.consignment for row in connection.execute(query)}
    return held_at(node, sorted(found), node.reader.position().size)


def held_at(node: Node, consignments: Iterable[bytes], size: int) -> dict[bytes, tuple[Held, ...]]:
    """The holds that were in force when the log had so many entries."""
    named = list(dict.fromkeys(consignments))
    codes = node.reader.formation_codes()
    holds: dict[bytes, dict[int, Held]] = {}
    with node.ledger.connect() as connection:
        for start in range(0, len(named), TOGETHER):
            part = named[start : start + TOGETHER]
            query = (
                select(t.entries.c.raw)
                .where(t.entries.c.subject.in_(part), t.entries.c.idx < size)
                .order_by(t.entries.c.idx)
            )
            for row in connection.execute(query):
                entry = decode_entry(row.raw)
                of_it = holds.setdefault(entry.subject, {})
                if entry.kind is Kind.HOLD:
                    order = entry.related.hex() if any(entry.related) else ""
                    of_it[entry.formation] = Held(codes.get(entry.formation, "?"), entry.time, order)
                elif entry.kind is Kind.LIFT:
                    of_it.pop(LiftWords.unpack(entry.related, entry.data).holder, None)
    return {one: tuple(told[number] for number in sorted(told)) for one, told in holds.items() if told}
