"""The publications on the ledger whose documents this office holds."""

from dataclasses import dataclass

from sqlalchemy import select

from sanad_node.node import Node
from sanad_node.reading import LoggedEntry
from sanad_node.store.ledger_tables import batches, documents, statuses
from sanad_node.store.office_tables import papers
from sanad_node.vault import VaultErased, VaultMissing
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EnvironmentFault
from sanad_verifier.status_lists.document import DOC_TYPE, ListDocument, parse_list
from sanad_verifier.status_lists.lists import Published, StatusList, together
from sanad_verifier.status_lists.state import ListState


class StatusListMissing(EnvironmentFault):
    """A publication is on the ledger, and this node does not hold its document."""

    code = "STATUS_LIST_MISSING"


@dataclass(frozen=True, slots=True)
class Held:
    """A publication, its digest and entry."""

    document: ListDocument
    digest: Digest
    logged: LoggedEntry

    @property
    def publisher(self) -> int:
        return self.logged.entry.formation

    @property
    def whole(self) -> bool:
        """Whether it is a list, not a delta."""
        return isinstance(self.document.told, ListState)


def needed(node: Node, publisher: int | None = None, group: str | None = None) -> list[Held]:
    """What a device needs: for each publisher and group its last list and the deltas since, oldest first. As far as
    this node holds them; `StatusListMissing` where one of a `publisher` that was named is not here.
    """
    found: list[Held] = []
    complete: set[tuple[int, str]] = set()
    numbers = _numbers(node)
    for entry, digest, issuer in _newest_first(node, publisher):
        told = numbers.get(digest, "").rpartition("/")[0]  # known without reading the document
        if told and ((issuer, told) in complete or group not in {None, told}):
            continue
        try:
            one = _held(node, entry, digest)
        except StatusListMissing:
            if publisher is not None:
                raise
            continue
        series = (issuer, one.document.group)
        if series in complete or group not in {None, one.document.group}:
            continue
        found.append(one)
        if one.whole:
            complete.add(series)
    return sorted(found, key=lambda one: (one.publisher, one.document.group, one.document.sequence))


def _newest_first(node: Node, publisher: int | None) -> list[tuple[int, bytes, int]]:
    """Entry, digest and publisher of every publication."""
    query = (
        select(documents.c.entry, documents.c.digest, documents.c.issuer)
        .where(documents.c.doc_type == DOC_TYPE, ~documents.c.entry.in_(select(batches.c.entry)))
        .order_by(documents.c.entry.desc())
    )
    if publisher is not None:
        query = query.where(documents.c.issuer == publisher)
    with node.ledger.connect() as connection:
        return [(row.entry, row.digest, row.issuer) for row in connection.execute(query)]


def _numbers(node: Node) -> dict[bytes, str]:
    """The numbers of the publications that this office has made."""
    with node.office.connect() as connection:
        query = select(papers.c.digest, papers.c.number).where(papers.c.doc_type == DOC_TYPE)
        return {row.digest: row.number for row in connection.execute(query)}


def _held(node: Node, entry: int, digest: bytes) -> Held:
    try:
        content = node.vault.get(Digest(digest))
    except (VaultMissing, VaultErased) as error:
        raise StatusListMissing("this node does not hold a status list", field=digest.hex()) from error
    return Held(parse_list(content), Digest(digest), node.reader.entry(entry))


def said_by(series: list[Held]) -> StatusList | None:
    """What the publications of one series say together, None if there are none."""
    published = [Published(one.document, one.digest, one.logged.index, one.logged.entry, 0) for one in series]
    return together(published)[0] if published else None


def withdrawn(node: Node, one: Held) -> bool:
    """Whether a publication was revoked: nothing is to be built on it."""
    query = select(statuses.c.state).where(
        statuses.c.issuer == one.publisher,
        statuses.c.doc_type == DOC_TYPE,
        statuses.c.digest == one.digest,
    )
    with node.ledger.connect() as connection:
        return connection.execute(query).scalar() == "revoked"
