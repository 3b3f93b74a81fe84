"""Opening a database: which schema it has, and bringing it to the newest.

SQLite runs in WAL mode with synchronous FULL: a commit that returned is on the disk. The schema's version
is alembic's; alembic itself is imported only when something must be migrated, since most commands find the
schema as it should be.
"""

from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text

from sanad_node.datadir import DataNewer
from sanad_node.store.faults import speak_plainly

Which = Literal["office", "ledger"]
HEAD: dict[Which, str] = {"office": "office_0012", "ledger": "ledger_0011"}
"""The newest revision of each; a test holds this equal to alembic's own head."""

CONNECTIONS_KEPT = 16
CACHE_KIB = 2048
"""Of each connection; the system's own cache has the rest of the file. Times the connections of both databases, this
is most of what a busy service weighs.
"""


def open_database(which: Which, path: Path) -> Engine:
    """The SQLite database at `path`, created or migrated to the newest schema; refuses a newer one."""
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=CONNECTIONS_KEPT,
        max_overflow=-1,  # nobody waits for a connection
        pool_use_lifo=True,  # the one used last has in its cache what is asked now
        connect_args={"timeout": 30, "check_same_thread": False},
        hide_parameters=True,  # an error's text must not carry what people wrote
    )
    event.listen(engine, "connect", _prepare)
    speak_plainly(engine, path.name)
    return brought_up_to_date(which, engine)


def brought_up_to_date(which: Which, engine: Engine) -> Engine:
    """The engine, when its database has the newest schema; otherwise it is disposed of and the fault raised."""
    try:
        with engine.connect() as connection:
            version = version_of(connection)
        if version != HEAD[which]:
            _migrate(which, engine, version)
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


def version_of(connection: Connection) -> str | None:
    """The revision of a schema; None of an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(which: Which, engine: Engine, version: str | None) -> None:
    with engine.begin() as connection:
        bring_up_to_date(which, connection, version)


def bring_up_to_date(which: Which, connection: Connection, version: str | None) -> None:
    """Migrate inside the caller's transaction, from the revision that the schema has."""
    from sanad_node.store.migrations import known_revisions, upgrade  # noqa: PLC0415 - slow import, seldom needed

    if version is not None and version not in known_revisions(which):
        raise DataNewer("the database was written by a newer version of Sanad", field=f"{which}.db")
    upgrade(which, connection)
