"""Opening a database: pragmas, schema version, migrations.

SQLite runs in WAL mode with synchronous FULL: a commit that returned is on the disk. The schema's version
is alembic's; alembic itself is imported only when something must be migrated, since most commands find the
schema as it should be.
"""

from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from sanad_node.datadir import DataNewer
from sanad_node.durable import DiskFault, DiskFull
from sanad_verifier.errors import EnvironmentFault

Which = Literal["office", "ledger"]
HEAD: dict[Which, str] = {"office": "office_0007", "ledger": "ledger_0003"}
"""The newest revision of each; a test holds this equal to alembic's own head."""


CONNECTIONS_KEPT = 16
CACHE_KIB = 2048
"""Of each connection; the system's own cache has the rest of the file. Times the connections of both databases, this
is most of what a busy service weighs.
"""


class DatabaseDamaged(EnvironmentFault):
    """The file is not a database, or its pages contradict each other."""

    code = "DATABASE_DAMAGED"


def open_database(which: Which, path: Path) -> Engine:
    """The database at `path`, created or migrated to the newest schema; refuses a newer one."""
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=CONNECTIONS_KEPT,
        max_overflow=-1,  # nobody waits for a connection
        pool_use_lifo=True,  # the one used last has in its cache what is asked now
        connect_args={"timeout": 30, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    try:
        with engine.connect() as connection:
            version = _version(connection)
        if version != HEAD[which]:
            _migrate(which, engine, version)
    except DatabaseError as error:
        engine.dispose()
        raise store_error(error, path.name) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _prepare(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # the DBAPI's connection
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.close()


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(which: Which, engine: Engine, version: str | None) -> None:
    from sanad_node.store.migrations import known_revisions, upgrade  # noqa: PLC0415 - slow import, seldom needed

    if version is not None and version not in known_revisions(which):
        raise DataNewer("the database was written by a newer version of Sanad", field=f"{which}.db")
    with engine.begin() as connection:
        upgrade(which, connection)


def store_error(error: DatabaseError, what: str) -> EnvironmentFault:
    """The error a person can act on for a failed statement or commit."""
    words = str(error.orig).lower()
    if "full" in words:
        return DiskFull(f"no space left to write {what}", field=what)
    if isinstance(error, OperationalError):
        return DiskFault(f"{what} could not be written", field=what)
    return DatabaseDamaged(f"{what} cannot be read as a database", field=what)
