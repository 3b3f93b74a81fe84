"""Moving a node's databases from its files to a PostgreSQL server.

Everything is copied and compared in one transaction of the server; then the data directory names the server, by one
rename. Until that moment the files are the store, whatever happens; after it they are set aside, and never read again.
Repeating it finishes what was interrupted: a copy that was never worked with is made anew, one that was is left alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from sanad_node.datadir import DataDirectory
from sanad_node.store.copying import Copied, copy_database
from sanad_node.store.database import HEAD, bring_up_to_date
from sanad_node.store.dialects import one_state
from sanad_node.store.faults import FIELD, StoreLocked, StoreNotEmpty
from sanad_node.store.files import FileStore, set_aside
from sanad_node.store.holding import LOCK
from sanad_node.store.postgres import REBUILT, node_name
from sanad_node.store.server import connect, engine_over, promises_of
from sanad_node.store.settings import ServerSettings, read_password, read_settings, write_settings

_OWNED = (*HEAD, REBUILT, "sanad")


@dataclass(frozen=True, slots=True)
class Moved:
    """What was copied, by database; nothing if the store was there already."""

    place: str
    tables: dict[str, list[Copied]]

    @property
    def rows(self) -> int:
        return sum(one.rows for tables in self.tables.values() for one in tables)


def move(directory: DataDirectory, settings: ServerSettings) -> Moved:
    """Move the databases; the caller has the data directory's lock and none of them open. Raises with the files still
    in force, or returns with the server in force.
    """
    settings.parameters()
    present = read_settings(directory)
    if present is not None:
        if present.url != settings.url:
            raise StoreNotEmpty("the store of this node is on another server already", field="store.toml")
        set_aside(directory)
        return Moved(present.shown, {})
    tables = _copy(directory, settings)
    write_settings(directory, settings)
    set_aside(directory)
    return Moved(settings.shown, tables)


def _copy(directory: DataDirectory, settings: ServerSettings) -> dict[str, list[Copied]]:
    password, node = read_password(directory), node_name(directory)
    files = FileStore(directory)
    engine = engine_over(lambda: _checked(settings, password))
    copied: dict[str, list[Copied]] = {}
    try:
        with engine.begin() as target:
            _make_room(target, node)
            for which in HEAD:
                with _committed(files, which) as original:
                    target.execute(text(f"CREATE SCHEMA {which}"))
                    target.execute(text(f"SET LOCAL search_path TO {which}"))
                    bring_up_to_date(which, target, None)
                    copied[which] = copy_database(which, original, target)
    finally:
        engine.dispose()
    return copied


def _checked(settings: ServerSettings, password: str | None) -> Any:
    connection = connect(settings, password, "pg_catalog")
    try:
        promises_of(connection).must_hold()
        connection.execute("SET statement_timeout = 0")  # a table takes as long as it is large
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _committed(files: FileStore, which: Any) -> Iterator[Connection]:
    original = files.open(which)
    try:
        with original.connect() as connection:
            one_state(connection)
            yield connection
    finally:
        original.dispose()


def _make_room(target: Connection, node: str) -> None:
    """Take away a copy that was never worked with, and note whose the store will be. Raises `StoreNotEmpty` where
    there is anything else.
    """
    if not target.execute(
        text("SELECT pg_try_advisory_xact_lock(:one, :two)"), dict(zip(("one", "two"), LOCK, strict=True))
    ).scalar():
        raise StoreLocked("another process works with the store in this database", field=FIELD)
    owned = text("SELECT nspname FROM pg_namespace WHERE nspname = ANY(:names)")
    present = set(target.execute(owned, {"names": list(_OWNED)}).scalars())
    if present:
        known = None
        if target.execute(text("SELECT to_regclass('sanad.store')")).scalar() is not None:
            known = target.execute(text("SELECT node, used FROM sanad.store")).first()
        if known is None or known.node != node or known.used:
            raise StoreNotEmpty(
                "the database has schemas of these names that are another's or were worked with: "
                + ", ".join(sorted(present)),
                field="url",
            )
        for schema in sorted(present):
            target.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    target.execute(text("CREATE SCHEMA sanad"))
    target.execute(
        text(
            "CREATE TABLE sanad.store (one boolean PRIMARY KEY DEFAULT true CHECK (one), node text NOT NULL, "
            "epoch bigint NOT NULL, used boolean NOT NULL)"
        )
    )
    target.execute(
        text("INSERT INTO sanad.store (node, epoch, used) VALUES (:node, 0, false)"), {"node": node}
    )
