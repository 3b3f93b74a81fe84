"""Which store does a data directory have?"""

from typing import Protocol

from sqlalchemy import Engine

from sanad_node.datadir import DataDirectory
from sanad_node.store.database import Which
from sanad_node.store.files import FileStore, set_aside
from sanad_node.store.settings import read_settings


class Store(Protocol):
    """A node's two databases, wherever they are. `place` says so to people."""

    kind: str
    place: str

    def open(self, which: Which) -> Engine:
        """The database, created or migrated to the newest schema; refuses a newer one."""

    def open_rebuilt(self) -> Engine:
        """An empty ledger beside the live one."""

    def discard_rebuilt(self) -> None:
        """Forget what was rebuilt; its engine has been disposed of."""

    def put_rebuilt_in_place(self) -> None:
        """Let the rebuilt ledger be the live one; the engines of both have been disposed of."""

    def close(self) -> None:
        """Let go of what keeps other processes away."""


def open_store(directory: DataDirectory) -> Store:
    """The store that the data directory names: a server if it has a `store.toml`, its own files otherwise."""
    settings = read_settings(directory)
    if settings is None:
        return FileStore(directory)
    from sanad_node.store.postgres import PostgresStore  # noqa: PLC0415 - for the few who have a server

    set_aside(directory)  # what an interrupted move has left
    return PostgresStore(directory, settings)
