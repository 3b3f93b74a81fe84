"""The papers of seized things as they were in the register when the log had so many entries.

The register's projection knows each paper's latest standing; as of a past size it is followed from the entries again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from sanad_node.node import Node
from sanad_node.projection.apply import STATE_AFTER
from sanad_node.store import ledger_tables as t
from sanad_verifier.entries import Entry, Kind, decode_entry
from sanad_verifier.words import StatusWord

SEIZURE, DEPOSIT = "SEIZURE_REPORT", "WAREHOUSE_DEPOSIT"
LOT, RECEIPT, ORDER, PASS = "AUCTION_LOT", "AUCTION_RECEIPT", "DELIVERY_ORDER", "GATE_PASS"
TYPES = (SEIZURE, DEPOSIT, LOT, RECEIPT, ORDER, PASS)
"""The types that say where a seized thing is, in the order in which they follow one another."""
STANDING = frozenset({"active", "suspended"})
Name = tuple[str, bytes]
"""Type and digest."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A paper in the register. `issuer` is a formation's number, `entry` its ISSUE entry, `thing` the blinded number of
    what it is about (zeros for none); `used` and `used_at` place and time of its CONSUME entry.
    """

    doc_type: str
    digest: bytes
    issuer: int
    entry: int
    time: int
    thing: bytes
    parents: tuple[Name, ...] = ()
    state: str = "active"
    ended_at: int = 0
    """When it was superseded or revoked; 0: it was not."""
    replacement: bytes = b""
    used: int | None = None
    used_at: int = 0

    @property
    def name(self) -> Name:
        return self.doc_type, self.digest

    @property
    def stands(self) -> bool:
        """Neither superseded nor revoked. One that is suspended stands: the thing is where it is."""
        return self.state in STANDING


def filed_at(node: Node, size: int) -> list[Filed]:
    """The papers of these types that had been entered, oldest first."""
    f, p = t.filings.c, t.parents.c
    papers = (
        select(t.filings, t.documents.c.time)
        .join(t.documents, (t.documents.c.entry == f.entry) & (t.documents.c.digest == f.digest))
        .where(f.doc_type.in_(TYPES), f.entry < size)
        .order_by(f.entry)
    )
    rests = (
        select(p.child, p.doc_type, p.digest)
        .join(t.filings, f.entry == p.child)
        .where(f.doc_type.in_(TYPES), p.entry < size)
        .order_by(p.entry)
    )
    acts = (
        select(t.entries.c.idx, t.entries.c.raw)
        .join(t.filings, f.digest == t.entries.c.subject)
        .where(f.doc_type.in_(TYPES), t.entries.c.idx < size)
        .order_by(t.entries.c.idx)
    )
    with node.ledger.connect() as connection:
        rows = list(connection.execute(papers))
        parents: dict[int, list[Name]] = {}
        for row in connection.execute(rests):
            parents.setdefault(row.child, []).append((row.doc_type, row.digest))
        followed = followed_from((row.idx, decode_entry(row.raw)) for row in connection.execute(acts))
    return [
        Filed(
            row.doc_type,
            row.digest,
            row.issuer,
            row.entry,
            row.time,
            row.thing,
            tuple(parents.get(row.entry, ())),
            **followed.get((row.issuer, row.doc_type, row.digest), {}),
        )
        for row in rows
    ]


def followed_from(acts: Iterator[tuple[int, Entry]]) -> dict[tuple[int, str, bytes], dict[str, Any]]:
    """What status acts and uses, in the order of the log, made of the papers they are about: members of `Filed`."""
    told: dict[tuple[int, str, bytes], dict[str, Any]] = {}
    for index, entry in acts:
        if entry.kind in STATE_AFTER:
            issuer = StatusWord.unpack(entry.data).issuer
            said = told.setdefault((issuer, entry.doc_type, entry.subject), {})
            said["state"] = STATE_AFTER[entry.kind]
            if said["state"] not in STANDING:
                said["ended_at"] = entry.time
            if entry.kind is Kind.SUPERSEDE:
                said["replacement"] = entry.related
        elif entry.kind is Kind.CONSUME:
            issuer = int.from_bytes(entry.data)
            told.setdefault((issuer, entry.doc_type, entry.subject), {}).update(
                used=index, used_at=entry.time
            )
    return told


def lineages(filed: Sequence[Filed]) -> Mapping[Name, Name]:
    """For each paper, the first version of it: a corrected paper stands in the place of the one it superseded."""
    before = {
        (one.doc_type, one.replacement): one.name
        for one in filed
        if one.state == "superseded" and one.replacement
    }
    first: dict[Name, Name] = {}
    for one in filed:
        name, seen = one.name, {one.name}
        while (earlier := before.get(name)) is not None and earlier not in seen:
            name = earlier
            seen.add(name)
        first[one.name] = name
    return first


def unregistered_at(node: Node, size: int, since: int = 0, before: int | None = None) -> dict[str, int]:
    """How many papers of these types were issued without the register: nothing is counted from them. Of those whose
    entry is of a time from `since` and before `before` (seconds).
    """
    d, f = t.documents.c, t.filings.c
    query = (
        select(d.doc_type, func.count())
        .outerjoin(t.filings, (f.doc_type == d.doc_type) & (f.digest == d.digest))
        .where(d.doc_type.in_(TYPES), d.entry < size, d.time >= since, f.digest.is_(None))
        .group_by(d.doc_type)
    )
    query = query if before is None else query.where(d.time < before)
    with node.ledger.connect() as connection:
        counted = {name: int(count) for name, count in connection.execute(query)}
    return {name: counted[name] for name in TYPES if name in counted}
