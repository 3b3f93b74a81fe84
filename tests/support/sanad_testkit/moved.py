"""Data directories whose databases are on a PostgreSQL server."""

from pathlib import Path

from sanad_node.datadir import DataDirectory
from sanad_node.durable import write_file
from sanad_node.store.moving import Moved, move
from sanad_node.store.settings import PASSWORD
from sanad_testkit.postgres import PostgresServer


def give_password(data: Path, server: PostgresServer) -> None:
    """Put the server's password where the node looks for it."""
    write_file(
        DataDirectory.at(data).root / "secrets" / PASSWORD, server.password.encode() + b"\n", mode=0o600
    )


def move_to(data: Path, server: PostgresServer, database: str = "", port: int | None = None) -> Moved:
    """Move a directory's databases to a database of the server, a new one unless it is named."""
    give_password(data, server)
    return move(DataDirectory.at(data), server.settings(database or server.create_database(), port))
