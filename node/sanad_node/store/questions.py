"""Questions that come with every request, put to SQLite without the builder they were written with.

A `SELECT` is compiled once, when its module is loaded, and asked of the driver's own connection: a small question
costs SQLAlchemy several times what it costs SQLite. Only what SQLite itself stores may be asked for: numbers, text
and bytes.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Engine, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, OperationalError


class Question:
    """One `SELECT`, whose parameters are named; rows have its columns as members. Errors are SQLAlchemy's."""

    def __init__(self, query: Select[Any]) -> None:
        compiled = query.compile(dialect=sqlite.dialect(paramstyle="named"))
        self._sql = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        names = [str(column.key) for column in query.selected_columns]
        row: Any = namedtuple("Row", names)  # type: ignore[misc]  # its members are the query's
        self._made: Callable[[Iterable[Any]], Any] = row._make

    def first(self, database: Engine | Connection, **values: Any) -> Any:
        """The first row, or None."""
        rows = self.all(database, **values)
        return rows[0] if rows else None

    def all(self, database: Engine | Connection, **values: Any) -> list[Any]:
        """Every row."""
        try:
            if isinstance(database, Connection):
                return self._ask(database.connection.driver_connection, values)
            with closing(database.raw_connection()) as connection:
                return self._ask(connection.driver_connection, values)
        except sqlite3.OperationalError as error:
            raise OperationalError(self._sql, None, error) from error
        except sqlite3.DatabaseError as error:
            raise DatabaseError(self._sql, None, error) from error

    def _ask(self, plain: Any, values: dict[str, Any]) -> list[Any]:
        return [self._made(row) for row in plain.execute(self._sql, self._fixed | values)]
