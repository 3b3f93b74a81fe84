"""Where the two databases differ in SQL: rows that may be there already, and reading one state of all tables."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def upsert(connection: Connection, table: Table) -> Any:
    """An `INSERT` that takes `on_conflict_do_nothing` and `on_conflict_do_update`, for this connection's database."""
    return upsert_in(connection.dialect.name, table)


def upsert_in(dialect: str, table: Table) -> Any:
    """The same by the database's name, for a statement that is made once."""
    return postgresql.insert(table) if dialect == POSTGRESQL else sqlite.insert(table)


def unless_there(connection: Connection, table: Table) -> Any:
    """An `INSERT` that leaves rows alone whose keys are there already."""
    return _unless_there(connection.dialect.name, table)


@cache
def _unless_there(dialect: str, table: Table) -> Any:
    return upsert_in(dialect, table).on_conflict_do_nothing()


def one_state(connection: Connection) -> None:
    """From here on a connection that has asked nothing yet reads one committed state, until it is given back."""
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    else:
        connection.exec_driver_sql("BEGIN")
