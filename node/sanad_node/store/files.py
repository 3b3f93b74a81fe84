"""A node's databases as SQLite files in its data directory."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from sanad_node.datadir import DataDirectory
from sanad_node.durable import flush_folder
from sanad_node.store.database import Which, open_database
from sanad_node.store.faults import StoreMoved

SET_ASIDE = ".moved-to-postgresql"
"""What is appended to the name of a file whose content has moved to a server."""


class FileStore:
    """Files are opened by the process that has the data directory's lock."""

    kind = "sqlite"

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory
        self.place = "files in the data directory"
        if not directory.office_db.exists() and _aside(directory.office_db).exists():
            raise StoreMoved(
                "the databases were moved to a PostgreSQL server, and store.toml, which says where, is missing",
                field="store.toml",
            )

    def open(self, which: Which) -> Engine:
        """The database, with the newest schema."""
        return open_database(which, self.path(which))

    def path(self, which: Which) -> Path:
        return self._directory.office_db if which == "office" else self._directory.ledger_db

    def open_rebuilt(self) -> Engine:
        """An empty ledger beside the live one."""
        self.discard_rebuilt()
        return open_database("ledger", self._rebuilt)

    def discard_rebuilt(self) -> None:
        """Forget what was rebuilt."""
        for file in _with_logs(self._rebuilt):
            file.unlink(missing_ok=True)

    def put_rebuilt_in_place(self) -> None:
        """Let the rebuilt ledger be the live one. Nobody may have either open."""
        for old in _with_logs(self._directory.ledger_db):
            old.unlink(missing_ok=True)
        self._rebuilt.rename(self._directory.ledger_db)
        flush_folder(self._directory.root)

    def close(self) -> None:
        """Nothing is held."""

    @property
    def _rebuilt(self) -> Path:
        return self._directory.ledger_db.with_name("ledger.rebuilt.db")


def set_aside(directory: DataDirectory) -> None:
    """Rename files whose content is on a server now, so that nobody takes them for the store. Repeating it changes
    nothing.
    """
    moved = False
    for path in (directory.office_db, directory.ledger_db):
        for file in _with_logs(path):
            if file.exists():
                file.rename(_aside(file))
                moved = True
    if moved:
        flush_folder(directory.root)


def _aside(path: Path) -> Path:
    return path.with_name(path.name + SET_ASIDE)


def _with_logs(path: Path) -> Iterator[Path]:
    for suffix in ("", "-wal", "-shm"):
        yield path.with_name(path.name + suffix)
