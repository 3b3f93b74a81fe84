"""A node's databases in one PostgreSQL database: a schema for each, and a third that says whose they are."""

from contextlib import closing, suppress
from typing import Any

from sqlalchemy import Engine, text

from sanad_node.datadir import DataDirectory
from sanad_node.store.database import Which, brought_up_to_date
from sanad_node.store.faults import FIELD, StoreDriverMissing, fault_of
from sanad_node.store.holding import Held, admit, take
from sanad_node.store.server import Promises, connect, engine_over, promises_of
from sanad_node.store.settings import ServerSettings, read_password
from sanad_verifier.errors import SanadError
from sanad_verifier.notes import public_key

REBUILT = "ledger_rebuilt"
NOBODY = ""


def node_name(directory: DataDirectory) -> str:
    """What a store knows its node by: the public key of its log, in hex."""
    return public_key(directory.secret("log")).hex()


class PostgresStore:
    """The store of one process; it is taken when the first database is opened, and let go by `close`."""

    kind = "postgresql"

    def __init__(self, directory: DataDirectory, settings: ServerSettings) -> None:
        self._settings = settings
        self._password = read_password(directory)
        self._node = node_name(directory)
        self._guard: Any = None
        self._held: Held | None = None
        self.place = settings.shown

    def open(self, which: Which) -> Engine:
        """The database, with the newest schema."""
        return self._opened(which, which)

    def open_rebuilt(self) -> Engine:
        """An empty ledger beside the live one."""
        self.discard_rebuilt()
        self._run(f"CREATE SCHEMA {REBUILT}")
        return self._opened("ledger", REBUILT)

    def discard_rebuilt(self) -> None:
        """Forget what was rebuilt."""
        self._run(f"DROP SCHEMA IF EXISTS {REBUILT} CASCADE")

    def put_rebuilt_in_place(self) -> None:
        """Let the rebuilt ledger be the live one, in one transaction; whoever reads meanwhile reads the one or the
        other.
        """
        self._run("DROP SCHEMA ledger CASCADE", f"ALTER SCHEMA {REBUILT} RENAME TO ledger")

    def promises(self) -> Promises:
        """What the server says of itself now."""
        with closing(connect(self._settings, self._password, "pg_catalog")) as connection:
            return promises_of(connection)

    def close(self) -> None:
        """Let the store go."""
        if self._guard is not None:
            with suppress(Exception):  # it may be lost already, and with it the lock
                self._guard.close()
            self._guard = self._held = None

    # -- connections ----------------------------------------------------------------------------------------------

    def _opened(self, which: Which, schema: str) -> Engine:
        held = self._take()

        def admitted() -> Any:
            connection = connect(self._settings, self._password, schema)
            try:
                _plainly(lambda: admit(connection, held))
            except BaseException:
                connection.close()
                raise
            return connection

        return brought_up_to_date(which, engine_over(admitted))

    def _take(self) -> Held:
        if self._held is None:
            guard = connect(self._settings, self._password, "sanad")
            try:
                promises_of(guard).must_hold()
                self._held = _plainly(lambda: take(guard, self._node))
            except BaseException:
                guard.close()
                raise
            self._guard = guard
        return self._held

    def _run(self, *statements: str) -> None:
        """Statements in one transaction; none of them has a parameter from outside."""
        engine = engine_over(self._alone)
        try:
            with engine.begin() as connection:
                for statement in statements:
                    connection.execute(text(statement))
        finally:
            engine.dispose()

    def _alone(self) -> Any:
        held = self._take()
        connection = connect(self._settings, self._password, "pg_catalog")
        try:
            _plainly(lambda: admit(connection, held))
        except BaseException:
            connection.close()
            raise
        return connection


def _plainly(work: Any) -> Any:
    """What `work` returns; the driver's errors become a store's."""
    try:
        import psycopg  # noqa: PLC0415 - installed with an extra
    except ModuleNotFoundError as missing:
        raise StoreDriverMissing("install sanad[postgres] to use PostgreSQL", field=FIELD) from missing
    try:
        return work()
    except psycopg.Error as error:
        fault: SanadError = fault_of(error, FIELD)
        raise fault from error
