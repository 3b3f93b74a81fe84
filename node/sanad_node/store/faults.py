"""What can go wrong with a store, in words a person can act on and codes that never change.

SQLite and PostgreSQL fail in their own words; here both get the project's. An engine that `speak_plainly` was called
with raises these instead of the driver's errors; only a broken uniqueness (`IntegrityError`) stays what it is, since
callers use it to find out who came first.
"""

import sqlite3

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from sanad_node.durable import DiskFault, DiskFull
from sanad_verifier.errors import EnvironmentFault, EvidenceError, InputError, SanadError

UNIQUE = "23505"  # PostgreSQL manual, appendix A
FIELD = "store"
"""What errors of a PostgreSQL store are about; SQLite's name the file."""


class DatabaseDamaged(EnvironmentFault):
    """The file is not a database, or its pages contradict each other."""

    code = "DATABASE_DAMAGED"


class StoreUnreachable(EnvironmentFault):
    """The PostgreSQL server does not answer, is starting or stopping, or cut the connection. What was asked at that
    moment may have been done: ask again under the same idempotency key.
    """

    code = "STORE_UNREACHABLE"


class StoreBusy(EnvironmentFault):
    """The PostgreSQL server gave up on a statement: a lock, a time limit, a conflict, or too many connections."""

    code = "STORE_BUSY"


class StoreRefused(EnvironmentFault):
    """The PostgreSQL server does not let this node in, or not do what it must."""

    code = "STORE_REFUSED"


class StoreReadOnly(EnvironmentFault):
    """The PostgreSQL server is a standby, or set to read only."""

    code = "STORE_READ_ONLY"


class StoreNotDurable(EnvironmentFault):
    """The PostgreSQL server is set so that a commit it has confirmed may be lost."""

    code = "STORE_NOT_DURABLE"


class StoreTooOld(EnvironmentFault):
    """The PostgreSQL server is older than what this version of Sanad works with."""

    code = "STORE_TOO_OLD"


class StoreLocked(EnvironmentFault):
    """Another process, perhaps on another machine, works with this store."""

    code = "STORE_LOCKED"


class StoreTaken(EnvironmentFault):
    """Another process has taken the store over while this one was cut off. This one writes nothing more: end it."""

    code = "STORE_TAKEN"


class StoreForeign(EnvironmentFault):
    """The store belongs to another node, or the database holds none."""

    code = "STORE_FOREIGN"


class StoreMoved(EnvironmentFault):
    """The databases of this directory were moved to a server, and the file that says where is gone."""

    code = "STORE_MOVED"


class StoreSettingsInvalid(InputError):
    """The settings of the store cannot be read, or one has a value it cannot have."""

    code = "STORE_SETTINGS_INVALID"


class StorePasswordExposed(InputError):
    """The file with the store's password can be read by others than its owner."""

    code = "STORE_PASSWORD_EXPOSED"


class StoreDriverMissing(InputError):
    """This installation cannot speak to PostgreSQL: install `sanad[postgres]`."""

    code = "STORE_DRIVER_MISSING"


class StoreNotEmpty(InputError):
    """The database has schemas of these names that are in use."""

    code = "STORE_NOT_EMPTY"


class StoresDiffer(EvidenceError):
    """A table that was copied is not what it was copied from; nothing was switched."""

    code = "STORES_DIFFER"


class TextInvalid(InputError):
    """A text holds a NUL character, which no store keeps."""

    code = "TEXT_INVALID"


def speak_plainly(engine: Engine, what: str) -> None:
    """Let an engine raise the errors of this module; `what` is its file, or `store` for a server."""

    def translate(context: ExceptionContext) -> SanadError | None:
        if context.is_pre_ping:
            return None  # the pool asks only whether a connection still lives
        error = context.original_exception
        if context.sqlalchemy_exception is None or _is_taken(error):
            return None
        return fault_of(error, what)

    event.listen(engine, "handle_error", translate)


def _is_taken(error: BaseException) -> bool:
    """Whether a row of this key is there already."""
    unique = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
    return getattr(error, "sqlstate", None) == UNIQUE or getattr(error, "sqlite_errorcode", None) in unique


def store_error(error: DBAPIError, what: str) -> SanadError:
    """The error a person can act on for a failed statement or commit."""
    return fault_of(error.orig if error.orig is not None else error, what)


def fault_of(error: BaseException, what: str) -> SanadError:
    """The error a person can act on for what a driver has raised."""
    if isinstance(error, SanadError):
        return error
    if isinstance(error, sqlite3.Error) or not hasattr(error, "sqlstate"):
        return _of_sqlite(error, what)
    return _of_postgres(error, getattr(error, "sqlstate", None) or "")


def _of_sqlite(error: BaseException, what: str) -> EnvironmentFault:
    if "full" in str(error).lower():
        return DiskFull(f"no space left to write {what}", field=what)
    if isinstance(error, sqlite3.OperationalError):
        return DiskFault(f"{what} could not be written", field=what)
    return DatabaseDamaged(f"{what} cannot be read as a database", field=what)


_OF_STATE: dict[str, tuple[type[SanadError], str]] = {
    "53100": (DiskFull, "no space is left on the PostgreSQL server"),
    "53200": (StoreBusy, "the PostgreSQL server has no memory left"),
    "53300": (StoreBusy, "the PostgreSQL server takes no more connections"),
    "55P03": (StoreBusy, "what is needed is locked on the PostgreSQL server"),
    "57014": (StoreBusy, "the PostgreSQL server gave up a statement that took too long"),
    "58030": (DiskFault, "the PostgreSQL server could not read or write its disk"),
    "25006": (StoreReadOnly, "the PostgreSQL server is a standby or set to read only"),
    "3D000": (StoreRefused, "the PostgreSQL server has no such database"),
    "42501": (StoreRefused, "the PostgreSQL server does not grant this role what it needs"),
    "42P01": (DatabaseDamaged, "a table is missing on the PostgreSQL server"),
    "3F000": (DatabaseDamaged, "a schema is missing on the PostgreSQL server"),
}
_OF_CLASS: dict[str, tuple[type[SanadError], str]] = {
    "08": (StoreUnreachable, "the connection to the PostgreSQL server was lost"),
    "57": (StoreUnreachable, "the PostgreSQL server is stopping or starting"),
    "28": (StoreRefused, "the PostgreSQL server does not accept this role or its password"),
    "40": (StoreBusy, "two transactions were in each other's way on the PostgreSQL server"),
    "53": (StoreBusy, "the PostgreSQL server is short of something"),
    "22": (TextInvalid, "the PostgreSQL server cannot keep a value"),
    "XX": (DatabaseDamaged, "the PostgreSQL server has found its own data damaged"),
}


_OF_WORDS: tuple[tuple[tuple[str, ...], tuple[type[SanadError], str]], ...] = (
    (("password", "authentication", "pg_hba.conf"), _OF_CLASS["28"]),
    (('" does not exist',), _OF_STATE["3D000"]),
    (("read-write", "read-only"), _OF_STATE["25006"]),
    (("too many", "remaining connection slots"), _OF_STATE["53300"]),
    (("certificate", "ssl"), (StoreRefused, "the PostgreSQL server could not be trusted, or speaks no TLS")),
)
"""What a refused connection is about: the driver gives only the server's words, which are English by default."""


def _of_postgres(error: BaseException, state: str) -> SanadError:
    """By SQLSTATE (PostgreSQL manual, appendix A). Errors without one are the driver's: mostly a lost connection."""
    if state:
        known = _OF_STATE.get(state) or _OF_CLASS.get(state[:2])
        kind, words = known or (DatabaseDamaged, f"the PostgreSQL server refused a statement ({state})")
        return kind(words, field=FIELD)
    if type(error).__name__ == "DataError":
        return TextInvalid("a text holds a NUL character, which no store keeps", field=FIELD)
    told = str(error).lower()
    for signs, (kind, words) in _OF_WORDS:
        if any(sign in told for sign in signs):
            return kind(words, field=FIELD)
    return StoreUnreachable("the PostgreSQL server cannot be reached", field=FIELD)
