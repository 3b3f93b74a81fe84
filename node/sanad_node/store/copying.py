"""Copying a database from one store to another, and showing that the copy is the original.

Both connections are inside transactions of the caller's: the original is one committed state, and the copy is
committed only if every table's digest is the original's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, insert, inspect, select, text

from sanad_node.store import (
    exchange_tables,
    finding_tables,
    ledger_tables,
    office_tables,
    read_tables,
    service_tables,
    vault_tables,
    witness_tables,
)
from sanad_node.store.database import Which
from sanad_node.store.dialects import POSTGRESQL
from sanad_node.store.digests import ROWS, table_digest
from sanad_node.store.faults import StoresDiffer

_ALL: dict[Which, MetaData] = {"office": office_tables.metadata, "ledger": ledger_tables.metadata}
assert {
    exchange_tables.messages,
    finding_tables.finding_answers,
    read_tables.reads,
    service_tables.users,
    vault_tables.erasures,
    witness_tables.witnessed,
} <= set(office_tables.metadata.tables.values())


@dataclass(frozen=True, slots=True)
class Copied:
    """A table, how many rows it has, and the digest that both sides have."""

    table: str
    rows: int
    digest: str


def copy_database(which: Which, source: Connection, target: Connection) -> list[Copied]:
    """Copy every table into a target of the newest schema whose tables are empty; raises `StoresDiffer`."""
    _must_know_every_table(which, source)
    done = []
    for table in _ALL[which].sorted_tables:
        rows = _copy(table, source, target)
        _go_on_counting(table, source, target)
        copied, original = table_digest(target, table), table_digest(source, table)
        if copied != original:
            raise StoresDiffer("a copied table is not what it was copied from", field=table.name)
        done.append(Copied(table.name, rows, copied))
    return done


def _must_know_every_table(which: Which, source: Connection) -> None:
    """A table that was added and forgotten here would be lost without a word."""
    unknown = set(inspect(source).get_table_names()) - set(_ALL[which].tables) - {"alembic_version"}
    if unknown:
        raise StoresDiffer("the original has a table that would not be copied", field=sorted(unknown)[0])


def _copy(table: Table, source: Connection, target: Connection) -> int:
    result = source.execute(select(table), execution_options={"yield_per": ROWS})
    if target.dialect.name == POSTGRESQL:
        return _stream(table, chain.from_iterable(result.partitions()), target)
    count = 0
    for part in result.partitions():
        target.execute(insert(table), [dict(row._mapping) for row in part])
        count += len(part)
    return count


def _stream(table: Table, rows: Iterator[Any], target: Connection) -> int:
    from psycopg import sql  # noqa: PLC0415 - installed with an extra

    count = 0
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    driver: Any = target.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(tuple(row))
            count += 1
    return count


# -- numbers that are never used twice --------------------------------------------------------------------------------


def _go_on_counting(table: Table, source: Connection, target: Connection) -> None:
    """Where a table counts its rows, the copy goes on with the number that the original would give next."""
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return
    column = next(iter(table.primary_key))
    highest = int(source.execute(select(func.max(column))).scalar() or 0)
    last = max(highest, last_number(source, table))
    if target.dialect.name == POSTGRESQL:
        if last:
            target.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"),
                {"table": table.name, "column": column.name, "last": last},
            )
        return
    target.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table.name})
    target.execute(
        text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"),
        {"table": table.name, "last": last},
    )


def last_number(connection: Connection, table: Table) -> int:
    """The last number that a table which counts its rows has given; 0 for none."""
    if connection.dialect.name == POSTGRESQL:
        column = next(iter(table.primary_key)).name
        query = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, :column)::regclass)")
        found = connection.execute(query, {"table": table.name, "column": column}).scalar()
    else:
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
        found = connection.execute(query, {"table": table.name}).scalar()
    return int(found or 0)
