"""Rebuilding the projections from the chain, and showing that the live ones are what the chain says.

The rebuild happens in a database beside the live one. With `verify` the two are compared table by table and
nothing is replaced; without it the rebuilt database takes the live one's place.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import Table, insert, select

from sanad_node.durable import flush_folder
from sanad_node.node import Node
from sanad_node.pipeline.indexer import Indexer
from sanad_node.projection.apply import Projection
from sanad_node.store.database import open_database
from sanad_node.store.ledger_tables import PROJECTIONS, cursor, documents, entries
from sanad_verifier.errors import EvidenceError

ROWS = 1000
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


def table_digest(database: Database, table: Table) -> str:
    """SHA-256 over a table's rows in order of its primary key, each value with its length."""
    digest = hashlib.sha256(table.name.encode())
    order = list(table.primary_key)
    with database.connect() as connection:
        result = connection.execution_options(yield_per=ROWS).execute(select(table).order_by(*order))
        for row in result:
            for value in row:
                raw = value if isinstance(value, bytes) else str(value).encode()
                digest.update(len(raw).to_bytes(8) + raw)
    return digest.hexdigest()


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


def rebuild(node: Node) -> Path:
    """Index the whole chain into a fresh database beside the live one; returns its path."""
    path = node.directory.ledger_db.with_name("ledger.rebuilt.db")
    _remove(path)
    fresh = open_database("ledger", path)
    try:
        if node.mirrors:
            _replay(node, fresh)
        else:
            Indexer(fresh, node.engine, node.network, node.directory.batches).sync()
    finally:
        fresh.dispose()
    return path


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
    path = rebuild(node)
    fresh = open_database("ledger", path)
    try:
        return [
            Comparison(table.name, table_digest(node.ledger, table), table_digest(fresh, table))
            for table in (*PROJECTIONS, documents)
        ]
    finally:
        fresh.dispose()
        _remove(path)


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
    path = rebuild(node)
    node.ledger.dispose()
    for old in _files(node.directory.ledger_db):
        old.unlink(missing_ok=True)
    path.rename(node.directory.ledger_db)
    flush_folder(node.directory.root)
    return node.reader.position().size


def _files(path: Path) -> Iterator[Path]:
    for suffix in ("", "-wal", "-shm"):
        yield path.with_name(path.name + suffix)


def _remove(path: Path) -> None:
    for file in _files(path):
        file.unlink(missing_ok=True)
