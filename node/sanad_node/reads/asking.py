"""Questions about the read log: who looked up this, what did this account look up, who reads in bulk?"""

import re

from sqlalchemy import Engine, func, select

from sanad_node import blinding, finding
from sanad_node.node import Node
from sanad_node.reads.counting import Bulk
from sanad_node.reads.log import Recorded, record_of
from sanad_node.store.office_tables import papers
from sanad_node.store.read_tables import reads
from sanad_verifier.errors import SanadError

WHOLE_DIGEST = re.compile(r"(?:sha256:)?[0-9a-fA-F]{64}")
WINDOW = 3600
"""Seconds over which reading is counted."""
BULK = 1000
"""Things shown to one account within the window, above which somebody should look."""


def as_recorded(network_key: bytes, identifier: str) -> str:
    """What stands in the log for something that was looked for and not found: a digest as it is, and for a number, or
    whatever was typed, 64 hex digits that tell nothing of it to who has not the network's key.
    """
    if WHOLE_DIGEST.fullmatch(identifier):
        return identifier.removeprefix("sha256:").lower()
    return blinding.read_mark(network_key, identifier).hex()


def page(
    office: Engine,
    *,
    name: str | None = None,
    about: frozenset[str] | None = None,
    since: int = 0,
    until: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[list[Recorded], int, int | None]:
    """Records that fit, newest first; how many things they and all others that fit showed; and where to go on."""
    where = [reads.c.at >= since]
    if name is not None:
        where.append(reads.c.name == name)
    if about is not None:
        where.append(reads.c.about.in_(sorted(about)))
    if until is not None:
        where.append(reads.c.at < until)
    with office.connect() as connection:
        total = connection.execute(
            select(func.coalesce(func.sum(reads.c.things), 0)).where(*where)
        ).scalar_one()
        older = [] if before is None else [reads.c.seq < before]
        query = select(reads).where(*where, *older).order_by(reads.c.seq.desc()).limit(limit + 1)
        rows = connection.execute(query).all()
    more = rows[limit - 1].seq if len(rows) > limit else None
    return [record_of(row) for row in rows[:limit]], int(total), more


def meant(node: Node, identifier: str) -> frozenset[str]:
    """Under what a thing may stand in the log: its digest, and its number or whatever was typed, blinded."""
    key = node.directory.secret("network")
    found = {as_recorded(key, identifier)}
    try:
        node.catch_up_if_possible()
        for one in finding.documents(node, identifier):
            found |= {one.digest.hex(), *_numbers(node, one.digest)}
        found |= {one.hex() for one in finding.consignments(node, identifier)}
    except SanadError:  # it is no such thing: then it may have been looked for all the same
        pass
    return frozenset(found)


def _numbers(node: Node, digest: bytes) -> set[str]:
    key = node.directory.secret("network")
    with node.office.connect() as connection:
        found = connection.execute(select(papers.c.number).where(papers.c.digest == digest)).scalars()
        return {as_recorded(key, number) for number in found if number}


def in_bulk(office: Engine, now: float, *, bulk: int = BULK, window: int = WINDOW) -> list[Bulk]:
    """The accounts that were shown more than `bulk` things within the window that ends now, the most first."""
    total = func.sum(reads.c.things)
    query = (
        select(reads.c.user, reads.c.name, total.label("things"))
        .where(reads.c.at > now - window)
        .group_by(reads.c.user, reads.c.name)
        .having(total > bulk)
        .order_by(total.desc())
    )
    with office.connect() as connection:
        return [Bulk(r.user, r.name, int(r.things), int(now)) for r in connection.execute(query)]
