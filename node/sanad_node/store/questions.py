"""Questions that come with every request, put to the database's driver without the builder they were written with.

A `SELECT` is compiled once for each kind of database, and asked of the driver's own connection: a small question
costs SQLAlchemy several times what it costs SQLite. Only what both databases store as it is may be asked for:
numbers, text and bytes.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, PoolProxiedConnection, Select, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from sanad_node.store.dialects import POSTGRESQL
from sanad_node.store.faults import FIELD, StoreUnreachable, fault_of

_SQLITE = sqlite.dialect(paramstyle="named")


class Question:
    """One `SELECT`, whose parameters are named; rows have its columns as members. Raises the faults of a store."""

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._sql: dict[str, tuple[str, dict[str, Any]]] = {"sqlite": _compiled(query, _SQLITE)}
        names = [str(column.key) for column in query.selected_columns]
        row: Any = namedtuple("Row", names)  # type: ignore[misc]  # its members are the query's
        self._made: Callable[[Iterable[Any]], Any] = row._make

    def first(self, database: Engine | Connection, **values: Any) -> Any:
        """The first row, or None."""
        rows = self.all(database, **values)
        return rows[0] if rows else None

    def all(self, database: Engine | Connection, **values: Any) -> list[Any]:
        """Every row."""
        if isinstance(database, Connection):
            with _plainly(database.engine):
                return self._ask(database.dialect, database.connection.driver_connection, values)
        try:
            return self._ask_engine(database, values)
        except (
            StoreUnreachable
        ):  # of a server that was restarted, the old connection is dead and a new one is not
            return self._ask_engine(database, values)

    def _ask_engine(self, engine: Engine, values: dict[str, Any]) -> list[Any]:
        with _plainly(engine), _connection(engine) as plain:
            return self._ask(engine.dialect, plain, values)

    def _ask(self, dialect: Any, plain: Any, values: dict[str, Any]) -> list[Any]:
        known = self._sql.get(dialect.name)
        if known is None:
            known = self._sql[dialect.name] = _compiled(self._query, dialect)
        sql, fixed = known
        return [self._made(row) for row in plain.execute(sql, fixed | values)]


def _compiled(query: Select[Any], dialect: Any) -> tuple[str, dict[str, Any]]:
    """The SQL, and the values of the query's own parameters."""
    compiled = query.compile(dialect=dialect)
    return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}


@contextmanager
def _plainly(engine: Engine) -> Iterator[None]:
    """The driver's errors become a store's."""
    try:
        yield
    except DBAPIError as error:
        raise fault_of(error.orig or error, _what(engine)) from error
    except (sqlite3.Error, engine.dialect.dbapi.Error) as error:  # type: ignore[union-attr]  # an engine has its driver
        raise fault_of(error, _what(engine)) from error


def _what(engine: Engine) -> str:
    return FIELD if engine.dialect.name == POSTGRESQL else str(engine.url.database).rsplit("/", 1)[-1]


class _Desk:
    """The connection of a database that is not given back between two questions: to take one from the pool and to
    give it back costs more than a small question. Whoever comes while it is in use takes another from the pool.
    """

    def __init__(self) -> None:
        self.free = Lock()
        self.connection: PoolProxiedConnection | None = None

    def leave(self, _engine: Engine) -> None:
        with self.free:
            self.drop()

    def drop(self) -> None:
        """Close it: the engine has ended or begun anew, or the connection is lost. The lock must be held."""
        if self.connection is not None:
            self.connection.invalidate()
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
        with _lent(engine) as connection:
            yield connection.driver_connection
        return
    try:
        if desk.connection is None:
            desk.connection = engine.raw_connection()
            _leave_no_transaction(engine, desk.connection)
        try:
            yield desk.connection.driver_connection
        except Exception:
            if _is_lost(engine, desk.connection):
                desk.drop()
            raise
    finally:
        desk.free.release()


@contextmanager
def _lent(engine: Engine) -> Iterator[PoolProxiedConnection]:
    connection = engine.raw_connection()
    try:
        yield connection
    except Exception:
        if _is_lost(engine, connection):
            connection.invalidate()
        raise
    finally:
        connection.close()


def _leave_no_transaction(engine: Engine, connection: PoolProxiedConnection) -> None:
    """A question on SQLite opens no transaction by itself; on PostgreSQL it would leave one open for hours."""
    if engine.dialect.name == POSTGRESQL:
        driver: Any = connection.driver_connection
        driver.autocommit = True


def _is_lost(engine: Engine, connection: PoolProxiedConnection) -> bool:
    driver: Any = connection.driver_connection
    return engine.dialect.name == POSTGRESQL and bool(driver.closed or driver.broken)
