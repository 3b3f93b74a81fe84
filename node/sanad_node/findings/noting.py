"""What the held papers name, what prices they declare and what they are worth, noted once for each, as the log grows.

Only final entries are looked at, so nothing noted is ever taken back. A paper that is issued is noted with its
numbers; one that is superseded or revoked gets the entry that ended it. What is noted follows from the ledger and the
vault: `renew` makes it again, for papers that came into the vault after their entry was looked at.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from sanad_node import types
from sanad_node.findings import facts
from sanad_node.findings.comparing import same_form
from sanad_node.findings.facts import Paper
from sanad_node.node import Node
from sanad_node.reading import LoggedEntry
from sanad_node.store import ledger_tables as t
from sanad_node.store.finding_tables import (
    declared_prices,
    noted_entries,
    noted_names,
    noted_papers,
    noted_totals,
)
from sanad_node.types import pointers
from sanad_node.vault import VaultCorrupt, VaultErased, VaultMissing
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Kind
from sanad_verifier.errors import EvidenceError, InputError

TOGETHER = 200
"""Entries looked at in one transaction."""
NOT_HELD, HELD, UNREADABLE = 0, 1, 2
LARGEST_PRICE = 2**63 - 1
TEN_THOUSANDTHS = 10_000
ENDS = frozenset({Kind.SUPERSEDE, Kind.REVOKE})
_NOTHING: dict[str, list[dict[str, Any]]] = {
    "noted_names": [],
    "declared_prices": [],
    "noted_totals": [],
}
_NOTES = (noted_papers, noted_names, declared_prices, noted_totals)


class BlockNotFinal(InputError):
    """Findings are as of a block that is final and known here."""

    code = "BLOCK_NOT_FINAL"


def final_block(node: Node) -> int:
    """The newest block whose findings can be asked for."""
    with node.ledger.connect() as connection:
        row = connection.execute(select(t.cursor.c.final, t.cursor.c.block)).first()
    return 0 if row is None else min(int(row.final), int(row.block))


def size_at(node: Node, block: int) -> int:
    """Entries in the log after a block; `BlockNotFinal` for one that may still change."""
    if block > final_block(node):
        raise BlockNotFinal("this block is not final, or not known here", field="--block")
    with node.ledger.connect() as connection:
        query = select(t.blocks.c.size).where(t.blocks.c.number <= block).order_by(t.blocks.c.number.desc())
        size = connection.execute(query.limit(1)).scalar()
    return int(size or 0)


def catch_up(node: Node) -> int:
    """Note what the log has to its last final entry; returns how many entries are noted."""
    goal = size_at(node, final_block(node))
    while (noted := _noted(node)) < goal:
        _note(node, noted, min(noted + TOGETHER, goal))
    return goal


def renew(node: Node) -> int:
    """Forget what was noted and note it again; returns how many papers are held."""
    with node.office.begin() as connection:
        for table in (*_NOTES, noted_entries):
            connection.execute(delete(table))
    catch_up(node)
    with node.office.connect() as connection:
        return len(connection.execute(select(noted_papers.c.digest).where(noted_papers.c.held == HELD)).all())


def forget(node: Node, paper: Any) -> None:
    """Drop what was noted of a paper that was erased from the vault; that it was issued stays noted."""
    with node.office.begin() as connection:
        for table in (noted_names, declared_prices, noted_totals):
            connection.execute(delete(table).where(*_is(table, paper.digest, paper.doc_type, paper.issuer)))
        connection.execute(
            update(noted_papers)
            .where(*_is(noted_papers, paper.digest, paper.doc_type, paper.issuer))
            .values(held=NOT_HELD, number="")
        )


def content_of(node: Node, digest: bytes, doc_type: str, issuer: str, entry: int) -> Paper:
    """What a paper of the vault says. The vault's errors, and those of a document that is none of its type."""
    content = node.vault.get(Digest(digest))
    return facts.read(types.check(types.get(doc_type), content), issuer=issuer, entry=entry)


def _noted(node: Node) -> int:
    with node.office.connect() as connection:
        size = connection.execute(select(noted_entries.c.size)).scalar()
    if size is None:
        try:
            with node.office.begin() as connection:
                connection.execute(insert(noted_entries).values(id=1, size=0))
        except IntegrityError:  # another thread was first
            return _noted(node)
    return int(size or 0)


def _note(node: Node, first: int, last: int) -> None:
    """Note entries first..last-1, unless another thread has."""
    notes = list(_issued(node, first, last))
    ended = [(one, *_ended(one)) for one in node.reader.entries(first, last) if one.entry.kind in ENDS]
    with node.office.begin() as connection:
        mine = update(noted_entries).where(noted_entries.c.size == first).values(size=last)
        if connection.execute(mine).rowcount != 1:
            return
        for table in _NOTES:
            rows = [row for note in notes for row in note[table.name]]
            if rows:
                connection.execute(insert(table), rows)
        for logged, doc_type, issuer in ended:
            _end(connection, logged, doc_type, issuer)


def _ended(logged: LoggedEntry) -> tuple[str, int]:
    """The type, and the issuer, of the document that an entry ended."""
    return logged.entry.doc_type, int.from_bytes(logged.entry.data[24:28])


def _end(connection: Connection, logged: LoggedEntry, doc_type: str, issuer: int) -> None:
    for table in (noted_papers, declared_prices, noted_totals):
        still = (*_is(table, logged.entry.subject, doc_type, issuer), table.c.ended.is_(None))
        connection.execute(update(table).where(*still).values(ended=logged.index))


def _is(table: Any, digest: bytes, doc_type: str, issuer: int) -> tuple[Any, ...]:
    return table.c.digest == digest, table.c.doc_type == doc_type, table.c.issuer == issuer


def _issued(node: Node, first: int, last: int) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """The rows of each paper that entries first..last-1 issued, of the types that can be compared."""
    query = (
        select(t.documents)
        .where(t.documents.c.entry >= first, t.documents.c.entry < last)
        .where(t.documents.c.doc_type.in_(facts.roles()))
        .order_by(t.documents.c.entry, t.documents.c.leaf)
    )
    with node.ledger.connect() as connection:
        rows = list(connection.execute(query))
    seen: set[tuple[bytes, str, int]] = set()
    for row in rows:
        key = (row.digest, row.doc_type, row.issuer)
        if key not in seen:
            seen.add(key)
            yield _rows_of(node, row)


def _rows_of(node: Node, row: Any) -> dict[str, list[dict[str, Any]]]:
    key = {"digest": row.digest, "doc_type": row.doc_type, "issuer": row.issuer}
    noted = {**key, "entry": row.entry, "leaf": row.leaf, "ended": None, "held": HELD, "number": ""}
    try:
        paper = content_of(node, row.digest, row.doc_type, "", row.entry)
    except (VaultMissing, VaultErased):
        return {**_NOTHING, "noted_papers": [{**noted, "held": NOT_HELD}]}
    except (VaultCorrupt, InputError, EvidenceError):  # a fault of the disk is not the paper's: it is raised
        return {**_NOTHING, "noted_papers": [{**noted, "held": UNREADABLE}]}
    named = {(kind, one.number) for one in paper.references for kind in one.types}
    return {
        "noted_papers": [{**noted, "number": paper.number}],
        "noted_names": [{**key, "named": kind, "number": number} for kind, number in sorted(named)],
        "declared_prices": [{**key, "entry": row.entry, "ended": None, **one} for one in _prices(paper)],
        "noted_totals": [{**key, "entry": row.entry, "ended": None, **one} for one in _total(paper)],
    }


def _total(paper: Paper) -> Iterator[dict[str, Any]]:
    """What an instrument or a declaration of a trader with a number is worth, and on which day."""
    said = [paper.first(name) for name in ("traderNtn", "total", "currency", "date")]
    if paper.role not in ("instrument", "declaration") or None in said:
        return
    trader, total, currency, day = (one.text for one in said if one is not None)
    worth = facts.decimal(total)
    number = same_form("traderNtn", trader)
    if worth is None or not 0 <= worth * TEN_THOUSANDTHS <= LARGEST_PRICE or not 0 < len(number) <= 64:
        return
    yield {
        "trader": number,
        "role": paper.role,
        "exports": int(paper.exports or pointers.first(paper.value, "/direction") == "EXPORT"),
        "currency": currency[:3],
        "amount": int(worth * TEN_THOUSANDTHS),
        "day": day[:10],
    }


def _prices(paper: Paper) -> Iterator[dict[str, Any]]:
    """The prices of an import declaration's lines that say what the goods are. One beyond what a column takes is no
    price, and left out.
    """
    if paper.role != "declaration" or paper.exports:
        return
    currency = paper.first("currency")
    for line in paper.lines:
        price, hs, unit, origin = (
            line.number("price"),
            line.text("hs"),
            line.text("unit"),
            line.text("origin"),
        )
        if price is None or not hs or not unit or not origin or price * TEN_THOUSANDTHS > LARGEST_PRICE:
            continue
        yield {
            "line": line.place,
            "hs6": hs[:6],
            "origin": origin,
            "unit": unit,
            "currency": currency.text if currency is not None else "",
            "price": int(price * TEN_THOUSANDTHS),
        }


def neighbourhood(node: Node, digests: Sequence[bytes], hops: int = 2) -> set[bytes]:
    """Digests of the papers around these: named by them, naming them, or naming what they name, so many times over."""
    found, edge = set(digests), set(digests)
    with node.office.connect() as connection:
        for _ in range(hops):
            edge = _around(connection, edge) - found
            found |= edge
    return found


def _around(connection: Connection, edge: set[bytes]) -> set[bytes]:
    around: set[bytes] = set()
    for digest in sorted(edge):
        numbers = {
            *connection.execute(select(noted_names.c.number).where(noted_names.c.digest == digest)).scalars(),
            *connection.execute(
                select(noted_papers.c.number).where(noted_papers.c.digest == digest)
            ).scalars(),
        } - {""}
        for number in sorted(numbers):
            for table in (noted_names, noted_papers):
                around |= set(
                    connection.execute(select(table.c.digest).where(table.c.number == number)).scalars()
                )
    return around


def price_of(stored: int) -> Decimal:
    """A price as it was stored."""
    return Decimal(stored) / TEN_THOUSANDTHS
