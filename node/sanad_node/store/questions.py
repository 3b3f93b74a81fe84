"""Questions that come with every request, put to SQLite without the builder they were written with.

A `SELECT` is compiled once, when its module is loaded, and asked of the driver's own connection: a small question
costs SQLAlchemy several times what it costs SQLite. Only what SQLite itself stores may be asked for: numbers, text
and bytes.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, PoolProxiedConnection, Select, event
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
            with _connection(database) as plain:
                return self._ask(plain, values)
        except sqlite3.OperationalError as error:
            raise OperationalError(self._sql, None, error) from error
        except sqlite3.DatabaseError as error:
            raise DatabaseError(self._sql, None, error) from error

    def _ask(self, plain: Any, values: dict[str, Any]) -> list[Any]:
        return [self._made(row) for row in plain.execute(self._sql, self._fixed | values)]


class _Desk:
    """The connection of a database that is not given back between two questions: to take one from the pool and to
    give it back costs more than a small question. Whoever comes while it is in use takes another from the pool.
    """

    def __init__(self) -> None:
        self.free = Lock()
        self.connection: PoolProxiedConnection | None = None

    def leave(self, _engine: Engine) -> None:
        with self.free:
            if self.connection is not None:
                self.connection.invalidate()  # closes it: the engine has ended, or has begun anew
                self.connection = None


_desks: WeakKeyDictionary[Engine, _Desk] = WeakKeyDictionary()
_making = Lock()


def _desk(engine: Engine) -> _Desk:
    desk = _desks.get(engine)
    if desk is None:
        with _making:
            desk = _desks.get(engine)
            if desk is None:
                desk = _desks[engine] = _Desk()
                event.listen(engine, "engine_disposed", desk.leave)
    return desk


@contextmanager
def _connection(engine: Engine) -> Iterator[Any]:
    """A connection of the driver's for one question."""
    desk = _desk(engine)
    if not desk.free.acquire(blocking=False):
        with closing(engine.raw_connection()) as connection:
            yield connection.driver_connection
        return
    try:
        if desk.connection is None:
            desk.connection = engine.raw_connection()
        yield desk.connection.driver_connection
    finally:
        desk.free.release()
