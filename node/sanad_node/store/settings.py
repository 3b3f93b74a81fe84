"""Where a node keeps its databases: files in its data directory, or a PostgreSQL server named in `store.toml`.

    version = 1
    url = "postgresql://sanad@db.example/sanad"
    connect_seconds = 5
    statement_seconds = 60
    lock_seconds = 10

The URL is libpq's (PostgreSQL manual, 32.1.1.2), several hosts included, and never has a password: that is in the
file `secrets/store-password`, or where libpq itself looks (PGPASSFILE, PGPASSWORD, a client certificate).
"""

import json
import stat
import tomllib
from dataclasses import dataclass
from typing import Any

from sanad_node.datadir import DataDirectory, DataDirectoryDamaged, DataNewer
from sanad_node.durable import write_file
from sanad_node.store.faults import StoreDriverMissing, StorePasswordExposed, StoreSettingsInvalid

VERSION = 1
FILE = "store.toml"
PASSWORD = "store-password"  # noqa: S105 - the name of a file
PASSWORD_AT_MOST = 1024
SETTINGS_AT_MOST = 64 << 10
SECONDS = {"connect_seconds": (1, 60), "statement_seconds": (1, 3600), "lock_seconds": (1, 600)}
ALLOWED = frozenset(
    {
        "host",
        "hostaddr",
        "port",
        "user",
        "dbname",
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslcrl",
        "ssl_min_protocol_version",
        "channel_binding",
        "gssencmode",
        "krbsrvname",
        "load_balance_hosts",
        "target_session_attrs",
    }
)
"""Parameters of libpq that a URL may have. A password is not among them, nor anything this module sets itself."""
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A PostgreSQL server, and how long it may take: to connect, for a statement, for a lock."""

    url: str
    connect_seconds: int = 5
    statement_seconds: int = 60
    lock_seconds: int = 10

    def parameters(self) -> dict[str, str]:
        """The URL's parameters, checked. A server on another machine is asked under TLS, and its name compared with
        its certificate, unless the URL says otherwise; a standby is passed over.
        """
        told = _parsed(self.url)
        unknown = sorted(set(told) - ALLOWED)
        if unknown:
            field = unknown[0]
            words = (
                "a password is never part of the URL" if field == "password" else "not a parameter of a store"
            )
            raise StoreSettingsInvalid(f"{words}: {field}", field="url")
        for needed, words in (("dbname", "database"), ("user", "role")):
            if not told.get(needed):
                raise StoreSettingsInvalid(f"the URL names no {words}", field="url")
        hosts = [*told.get("host", "").split(","), *told.get("hostaddr", "").split(",")]
        if not all(host in LOCAL or host.startswith("/") for host in hosts if host):
            told.setdefault("sslmode", "verify-full")
        told.setdefault("target_session_attrs", "read-write")
        return told

    @property
    def shown(self) -> str:
        """Where the store is, for people: hosts and database, nothing else."""
        told = self.parameters()
        return f"{told.get('host') or told.get('hostaddr') or 'local socket'}/{told['dbname']}"


def _parsed(url: str) -> dict[str, str]:
    try:
        from psycopg import ProgrammingError  # noqa: PLC0415 - installed with an extra
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise StoreDriverMissing("install sanad[postgres] to use PostgreSQL", field="store") from missing
    if not url.startswith(("postgresql://", "postgres://")):
        raise StoreSettingsInvalid("a store's URL begins with postgresql://", field="url")
    try:
        # without the environment: what a store is must not depend on who starts the node
        told = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError:
        raise StoreSettingsInvalid(
            "this is not a URL of PostgreSQL", field="url"
        ) from None  # it may quote a password
    return told


def read_settings(directory: DataDirectory) -> ServerSettings | None:
    """What `store.toml` says; None where there is none, so that the databases are files."""
    path = directory.root / FILE
    if not path.exists():
        return None
    try:
        raw = path.read_bytes()
        if len(raw) > SETTINGS_AT_MOST:
            raise ValueError
        told: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except (OSError, ValueError) as error:
        raise DataDirectoryDamaged("the settings of the store cannot be read", field=FILE) from error
    version = told.pop("version", None)
    if isinstance(version, int) and version > VERSION:
        raise DataNewer("the settings of the store were written by a newer version of Sanad", field=FILE)
    if version != VERSION or not isinstance(told.get("url"), str):
        raise StoreSettingsInvalid("version or url is missing or of the wrong form", field=FILE)
    return checked(told)


def checked(told: dict[str, Any]) -> ServerSettings:
    """Settings whose every member is known and within its bounds."""
    for name, value in told.items():
        if name == "url":
            continue
        if name not in SECONDS:
            raise StoreSettingsInvalid("there is no such setting of a store", field=f"{FILE}: {name[:40]}")
        least, most = SECONDS[name]
        if type(value) is not int or not least <= value <= most:
            raise StoreSettingsInvalid(
                f"this is a number of seconds, {least} to {most}", field=f"{FILE}: {name}"
            )
    settings = ServerSettings(**told)
    settings.parameters()
    return settings


def write_settings(directory: DataDirectory, settings: ServerSettings) -> None:
    """Put a server in force, durably."""
    lines = [
        "# Where this node keeps its databases; without this file they are files beside it.",
        f"version = {VERSION}",
        f"url = {json.dumps(settings.url)}",
        *(f"{name} = {getattr(settings, name)}" for name in SECONDS),
    ]
    write_file(directory.root / FILE, "\n".join(lines).encode() + b"\n", mode=0o600)


def read_password(directory: DataDirectory) -> str | None:
    """The password in the data directory; None where there is none, and libpq looks where it always does."""
    path = directory.root / "secrets" / PASSWORD
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataDirectoryDamaged("a secret file cannot be read", field=f"secrets/{PASSWORD}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise StorePasswordExposed(
            "others can read this file: chmod 600, and change the password", field=f"secrets/{PASSWORD}"
        )
    try:
        word = path.read_text("utf-8").rstrip("\n")
    except (OSError, ValueError) as error:
        raise DataDirectoryDamaged("a secret file cannot be read", field=f"secrets/{PASSWORD}") from error
    if not 0 < len(word) <= PASSWORD_AT_MOST or not word.isprintable():
        raise DataDirectoryDamaged(
            "a password is one line of printable characters", field=f"secrets/{PASSWORD}"
        )
    return word
