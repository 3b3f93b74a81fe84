"""Lists of documents and consignments, newest first, a page at a time.

A cursor names the last line of a page by its place in the log, so a page never skips or repeats a line however
many are added meanwhile; a consignment that moves while somebody turns pages appears again, since it is news.
"""

import re

from sqlalchemy import and_, or_, select, tuple_

from sanad_node import standing_in
from sanad_node.node import Node
from sanad_node.reads import looking
from sanad_node.store import ledger_tables as t
from sanad_node.store.office_tables import cargo, papers
from sanad_node.wire import ConsignmentLine, ConsignmentPage, DocumentLine, DocumentPage
from sanad_verifier.errors import InputError

CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})")


class CursorInvalid(InputError):
    """A cursor is given out with a page and sent back as it is."""

    code = "CURSOR_INVALID"


def documents(
    node: Node, *, doc_type: str | None, issuer: str | None, before: str | None, limit: int
) -> DocumentPage:
    """Documents (of a type, of an issuer or of those whose place it has), newest first."""
    status = and_(
        t.statuses.c.issuer == t.documents.c.issuer,
        t.statuses.c.doc_type == t.documents.c.doc_type,
        t.statuses.c.digest == t.documents.c.digest,
    )
    query = (
        select(t.documents, t.statuses.c.state)
        .select_from(t.documents.outerjoin(t.statuses, status))
        .order_by(t.documents.c.entry.desc(), t.documents.c.leaf.desc())
        .limit(limit + 1)
    )
    if doc_type is not None:
        query = query.where(t.documents.c.doc_type == doc_type.upper())
    if issuer is not None:
        query = query.where(t.documents.c.issuer.in_(_places(node, issuer, field="issuer")))
    if before is not None:
        query = query.where(tuple_(t.documents.c.entry, t.documents.c.leaf) < place_of(before))
    with node.ledger.connect() as connection:
        rows = list(connection.execute(query))
    codes = node.reader.formation_codes()
    numbers = _numbers(node, [row.digest for row in rows])
    lines = [
        DocumentLine(
            digest=row.digest.hex(),
            type=row.doc_type,
            issuer=codes.get(row.issuer, "?"),
            number=numbers.get((row.digest, row.doc_type, codes.get(row.issuer, "?")), ""),
            state=row.state or "active",
            entry=row.entry,
            time=row.time,
        )
        for row in rows[:limit]
    ]
    looking.listed(len(lines))
    last = rows[limit - 1] if len(rows) > limit else None
    return DocumentPage(documents=lines, next=f"{last.entry}-{last.leaf}" if last is not None else None)


def consignments(node: Node, *, holder: str | None, before: str | None, limit: int) -> ConsignmentPage:
    """Consignments (held by a formation, or on the way to it), last moved first."""
    c = t.consignments.c
    query = select(t.consignments).order_by(c.entry.desc()).limit(limit + 1)
    if holder is not None:
        theirs = _places(node, holder, field="holder")
        query = query.where(or_(c.holder.in_(theirs), c.taker.in_(theirs)))
    if before is not None:
        query = query.where(c.entry < place_of(before)[0])
    with node.ledger.connect() as connection:
        rows = list(connection.execute(query))
        named = [row.id for row in rows]
        held = set(
            connection.execute(
                select(t.holds.c.consignment).where(t.holds.c.consignment.in_(named))
            ).scalars()
        )
    codes = node.reader.formation_codes()
    with node.office.connect() as connection:
        known = {
            row.id: row.reference for row in connection.execute(select(cargo).where(cargo.c.id.in_(named)))
        }
    lines = [
        ConsignmentLine(
            id=row.id.hex(),
            kind=row.kind,
            reference=known.get(row.id, ""),
            holder=codes.get(row.holder, "?"),
            taker=codes.get(row.taker, ""),
            place=row.place,
            held=row.id in held,
            entry=row.entry,
            time=row.time,
        )
        for row in rows[:limit]
    ]
    looking.listed(len(lines))
    return ConsignmentPage(
        consignments=lines, next=f"{rows[limit - 1].entry}-0" if len(rows) > limit else None
    )


def _places(node: Node, code: str, *, field: str) -> frozenset[int]:
    """A formation and those whose place it has."""
    return standing_in.numbers_of(node, node.reader.formation(code, field=field).number)


def place_of(cursor: str) -> tuple[int, int]:
    """The place in the log that a cursor names; `CursorInvalid` for what was not given out."""
    match = CURSOR.fullmatch(cursor)
    if match is None or not cursor.isascii():
        raise CursorInvalid("send the cursor as it was given", field="?before")
    return int(match[1]), int(match[2])


def _numbers(node: Node, digests: list[bytes]) -> dict[tuple[bytes, str, str], str]:
    with node.office.connect() as connection:
        rows = connection.execute(select(papers).where(papers.c.digest.in_(digests)))
        return {(row.digest, row.doc_type, row.formation): row.number for row in rows}
