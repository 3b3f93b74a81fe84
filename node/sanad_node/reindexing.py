"""Rebuilding the projections from the chain, and showing that the live ones are what the chain says.

The rebuild happens in a database beside the live one. With `verify` the two are compared table by table and
nothing is replaced; without it the rebuilt database takes the live one's place. How it does is the store's matter: a
file is renamed, on a server a schema.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine as Database
from sqlalchemy import insert, select

from sanad_node.node import Node
from sanad_node.pipeline.indexer import Indexer
from sanad_node.projection.apply import Projection
from sanad_node.store.digests import ROWS, table_digest
from sanad_node.store.ledger_tables import PROJECTIONS, cursor, documents, entries
from sanad_verifier.errors import EvidenceError

FROM_ENTRIES = (*(table for table in PROJECTIONS if table is not entries), documents)
"""The tables a mirror leads to; `entries` names blocks and transactions besides."""


class ProjectionsDiffer(EvidenceError):
    """A table of this node is not what its chain says; the message names the tables."""

    code = "PROJECTIONS_DIFFER"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table's digest here and as rebuilt."""

    table: str
    live: str
    rebuilt: str

    @property
    def same(self) -> bool:
        return self.live == self.rebuilt


def log_digest(database: Database) -> str:
    """One digest over every table that follows from the log's entries alone, as a mirror has them."""
    whole = hashlib.sha256()
    for table in FROM_ENTRIES:
        whole.update(bytes.fromhex(table_digest(database, table)))
    return whole.hexdigest()


def projection_digest(database: Database) -> str:
    """One digest over every projection that follows from the chain alone: equal on all nodes of a network
    at one size.
    """
    whole = hashlib.sha256()
    for table in PROJECTIONS:
        whole.update(bytes.fromhex(table_digest(database, table)))
    return whole.hexdigest()


@contextmanager
def rebuilt(node: Node) -> Iterator[Database]:
    """The whole chain, indexed into a fresh ledger beside the live one."""
    fresh = node.store.open_rebuilt()
    try:
        if node.mirrors:
            _replay(node, fresh)
        else:
            Indexer(fresh, node.engine, node.network, node.directory.batches, node.carried).sync()
        yield fresh
    finally:
        fresh.dispose()


def _replay(node: Node, fresh: Database) -> None:
    """Of a node that mirrors: what its own entries make, which have the root that was cosigned."""
    with node.ledger.connect() as source, fresh.begin() as connection:
        place = source.execute(select(cursor)).one()
        node.knowledge.kept(place.size)
        connection.execute(insert(cursor), [place._asdict()])
        projection = Projection(connection, 0, node.directory.batches)
        for row in source.execution_options(yield_per=ROWS).execute(select(entries).order_by(entries.c.idx)):
            projection.append(row.idx, row.raw, row.block, row.tx)
        projection.flush()


def compare(node: Node) -> list[Comparison]:
    """Rebuild and compare; the live database is left alone."""
    node.catch_up()
    try:
        with rebuilt(node) as fresh:
            return [
                Comparison(table.name, table_digest(node.ledger, table), table_digest(fresh, table))
                for table in (*PROJECTIONS, documents)
            ]
    finally:
        node.store.discard_rebuilt()


def must_agree(compared: list[Comparison]) -> None:
    """Raise if any table differs."""
    wrong = [c.table for c in compared if not c.same]
    if wrong:
        raise ProjectionsDiffer(
            "the projections differ from the chain in: " + ", ".join(wrong), field=wrong[0]
        )


def replace(node: Node) -> int:
    """Rebuild and put the result in the live database's place; returns the size of the log. Close the node
    afterwards.
    """
    with rebuilt(node):
        pass
    node.ledger.dispose()
    node.store.put_rebuilt_in_place()
    return node.reader.position().size
