"""Connections to a PostgreSQL server: what each of them is set to, and what the server must promise.

A commit must be on the server's disk when it returns. That is up to the server's `fsync` and `full_page_writes`, which
are looked at, and `synchronous_commit`, which every connection sets for itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine

from sanad_node.store.database import CONNECTIONS_KEPT
from sanad_node.store.faults import (
    FIELD,
    StoreDriverMissing,
    StoreNotDurable,
    StoreReadOnly,
    StoreTooOld,
    fault_of,
    speak_plainly,
)
from sanad_node.store.settings import ServerSettings

OLDEST = 14
KEEPALIVE = {
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""After how long a connection whose other end is silent is given up, on both ends: half a minute. Seconds, except the
last (milliseconds).
"""
_PREPARE = """
SELECT set_config('search_path', %(schema)s, false),
       set_config('statement_timeout', %(statement)s, false),
       set_config('lock_timeout', %(lock)s, false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply'
                  THEN 'remote_apply' ELSE 'on' END, false),
       set_config('TimeZone', 'UTC', false),
       set_config('tcp_keepalives_idle', '15', false),
       set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false)
"""
_PROMISES = """
SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('fsync'),
       current_setting('full_page_writes'), current_setting('synchronous_commit'), pg_is_in_recovery(),
       current_setting('transaction_read_only'), current_setting('data_checksums'), current_setting('server_encoding')
"""


@dataclass(frozen=True, slots=True)
class Promises:
    """What a server says of itself."""

    number: int
    version: str
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    standby: bool
    read_only: str
    checksums: str
    encoding: str

    def must_hold(self) -> None:
        """Raise unless a commit that this server confirms is on its disk."""
        if self.number < OLDEST * 10_000:
            raise StoreTooOld(f"the PostgreSQL server is older than version {OLDEST}", field=FIELD)
        if self.standby or self.read_only != "off":
            raise StoreReadOnly("the PostgreSQL server is a standby or set to read only", field=FIELD)
        if self.encoding != "UTF8":
            raise StoreNotDurable(
                "the database is not encoded in UTF-8: text would be lost", field="server_encoding"
            )
        for name, value in (
            ("fsync", self.fsync),
            ("full_page_writes", self.full_page_writes),
            ("synchronous_commit", self.synchronous_commit),
        ):
            if value not in {"on", "remote_apply"}:
                raise StoreNotDurable(
                    f"{name} is {value} on the PostgreSQL server: a confirmed commit may be lost", field=name
                )


def connect(settings: ServerSettings, password: str | None, schema: str) -> Any:
    """A driver's connection in autocommit mode, with names looked up in `schema`; raises faults of a store."""
    try:
        import psycopg  # noqa: PLC0415 - installed with an extra
    except ModuleNotFoundError as missing:
        raise StoreDriverMissing("install sanad[postgres] to use PostgreSQL", field=FIELD) from missing
    wanted: dict[str, Any] = {**settings.parameters(), **KEEPALIVE}
    if password is not None:
        wanted["password"] = password
    try:
        connection = psycopg.connect(
            **wanted,
            connect_timeout=settings.connect_seconds,
            application_name="sanad",
            client_encoding="UTF8",
            autocommit=True,
        )
    except psycopg.Error as error:
        raise fault_of(error, FIELD) from error
    try:
        connection.execute(
            _PREPARE,
            {
                "schema": schema,
                "statement": f"{settings.statement_seconds}s",
                "lock": f"{settings.lock_seconds}s",
            },
        )
    except psycopg.Error as error:
        connection.close()
        raise fault_of(error, FIELD) from error
    return connection


def promises_of(connection: Any) -> Promises:
    """What the server at the other end says of itself."""
    return Promises(*connection.execute(_PROMISES).fetchone())


def engine_over(open_connection: Callable[[], Any]) -> Engine:
    """An engine whose connections `open_connection` makes; it knows no address and no password."""

    def made() -> Any:
        connection = open_connection()
        connection.autocommit = False
        return connection

    engine = create_engine(
        "postgresql+psycopg://",
        creator=made,
        pool_size=CONNECTIONS_KEPT,
        max_overflow=-1,  # nobody waits for a connection
        pool_use_lifo=True,
        pool_pre_ping=True,  # after a restart of the server the old ones are dead
        hide_parameters=True,
    )
    speak_plainly(engine, FIELD)
    return engine
