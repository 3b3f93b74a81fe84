"""Digests of tables: equal where the rows are, whatever database holds them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, String, Table, collate, select

from sanad_node.store.dialects import POSTGRESQL

ROWS = 1000


def table_digest(database: Engine | Connection, table: Table) -> str:
    """SHA-256 over a table's rows in order of its primary key, text byte by byte, each value with its length."""
    digest = hashlib.sha256(table.name.encode())
    with _reading(database) as connection:
        order = [_bytewise(connection, column) for column in table.primary_key]
        result = connection.execute(select(table).order_by(*order), execution_options={"yield_per": ROWS})
        for row in result:
            for value in row:
                raw = value if isinstance(value, bytes) else str(value).encode()
                digest.update(len(raw).to_bytes(8) + raw)
    return digest.hexdigest()


def _bytewise(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, String) and connection.dialect.name == POSTGRESQL:
        return collate(column, "C")
    return column


@contextmanager
def _reading(database: Engine | Connection) -> Iterator[Connection]:
    if isinstance(database, Connection):
        yield database
        return
    with database.connect() as connection:
        yield connection
