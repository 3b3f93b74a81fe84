"""What a store says of its own health: pages and indexes that contradict each other, settings that lose commits.

Nothing is repaired. What the rows mean is not looked at here: that is `sanad fsck`'s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    TableClause,
    Text,
    cast,
    func,
    inspect,
    literal_column,
    select,
    text,
)

from sanad_node.store.copying import last_number
from sanad_node.store.dialects import POSTGRESQL
from sanad_node.store.faults import DatabaseDamaged
from sanad_node.store.office_tables import outbox
from sanad_node.store.opening import Store
from sanad_node.store.service_tables import users
from sanad_verifier.errors import EnvironmentFault

_INVALID = text(
    "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace"
)
_UNLOGGED = text(
    "SELECT relname FROM pg_class WHERE relpersistence = 'u' AND relnamespace = current_schema()::regnamespace"
)
_CHECKSUMS = text(
    "SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is not as it must be; `code` is stable."""

    code: str
    what: str
    message: str


def examine_store(store: Store, office: Engine, ledger: Engine, *, deep: bool = False) -> Iterator[Trouble]:
    """Everything found. `deep` compares all pages with each other (SQLite) or reads every row (PostgreSQL)."""
    for engine, name in ((office, "office"), (ledger, "ledger")):
        if engine.dialect.name == POSTGRESQL:
            yield from _schema(engine, name, deep=deep)
        else:
            yield from _file(engine, f"{name}.db", deep=deep)
    yield from _promises(store)
    yield from _counters(office)


def _file(engine: Engine, name: str, *, deep: bool) -> Iterator[Trouble]:
    with engine.connect() as connection:
        pragma = "integrity_check" if deep else "quick_check"
        for found in connection.exec_driver_sql(f"PRAGMA {pragma}(20)").scalars():
            if found != "ok":
                yield Trouble(DatabaseDamaged.code, name, "SQLite finds its own file damaged")
        if connection.exec_driver_sql("PRAGMA synchronous").scalar() != 2:  # FULL
            yield Trouble("STORE_NOT_DURABLE", name, "a confirmed commit may be lost")


def _schema(engine: Engine, name: str, *, deep: bool) -> Iterator[Trouble]:
    with engine.connect() as connection:
        for index in connection.execute(_INVALID).scalars():
            yield Trouble("STORE_INDEX_INVALID", index, "PostgreSQL does not use this index: REINDEX it")
        for table in connection.execute(_UNLOGGED).scalars():
            yield Trouble("STORE_NOT_DURABLE", f"{name}.{table}", "the table is unlogged: a crash empties it")
        failures = int(connection.execute(_CHECKSUMS).scalar() or 0)
        if failures:
            yield Trouble(
                "STORE_CHECKSUMS", name, f"PostgreSQL has counted {failures} pages with a wrong checksum"
            )
    if deep:
        yield from _every_row(engine, name)


def _every_row(engine: Engine, name: str) -> Iterator[Trouble]:
    """Read every page of every table, and of what is kept beside it."""
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        for table in inspect(connection).get_table_names():
            row: ColumnElement[Any] = literal_column(f'"{table}"')
            whole = select(func.max(func.length(cast(row, Text)))).select_from(TableClause(table))
            try:
                connection.execute(whole)
            except EnvironmentFault as fault:
                yield Trouble(fault.code, f"{name}.{table}", "the table cannot be read to its end")
                return  # the transaction has ended with it


def _promises(store: Store) -> Iterator[Trouble]:
    promises = getattr(store, "promises", None)
    if promises is None:
        return
    try:
        promises().must_hold()
    except EnvironmentFault as fault:
        yield Trouble(fault.code, fault.field or "store", fault.message)


def _counters(office: Engine) -> Iterator[Trouble]:
    """Numbers are given once: the counter is never behind what it has given."""
    with office.connect() as connection:
        for table in (outbox, users):
            highest = int(connection.execute(select(func.max(table.c.id))).scalar() or 0)
            if last_number(connection, table) < highest:
                yield Trouble("COUNTER_BEHIND", table.name, "a number would be given a second time")
