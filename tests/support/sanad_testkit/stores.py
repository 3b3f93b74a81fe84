"""The two kinds of store for one test: what holds for the one holds for the other."""

from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from sanad_node.store.database import HEAD, Which, brought_up_to_date, open_database
from sanad_node.store.server import connect, engine_over
from sanad_testkit.postgres import PostgresServer

KINDS = ("sqlite", "postgresql")


class Databases:
    """The databases of one test. Opening one again gives another engine on the same rows."""

    def __init__(self, kind: str, folder: Path, server: PostgresServer | None) -> None:
        self.kind = kind
        self.folder = folder
        self.server = server
        self.name = "" if server is None else server.create_database(_template(server))
        self._opened: list[Engine] = []

    def open(self, which: Which) -> Engine:
        if self.server is None:
            engine = open_database(which, self.folder / f"{which}.db")
        else:
            settings, password = self.server.settings(self.name), self.server.password
            engine = brought_up_to_date(which, engine_over(lambda: connect(settings, password, which)))
        self._opened.append(engine)
        return engine

    def empty_ledger(self) -> Engine:
        """A second ledger, with nothing in it."""
        if self.server is None:
            engine = open_database("ledger", self.folder / "fresh.db")
        else:
            settings, password = self.server.settings(self.name), self.server.password
            self.server.execute("DROP SCHEMA IF EXISTS fresh CASCADE", self.name)
            self.server.execute("CREATE SCHEMA fresh", self.name)
            engine = brought_up_to_date("ledger", engine_over(lambda: connect(settings, password, "fresh")))
        self._opened.append(engine)
        return engine

    def bytes(self) -> bytes:
        """All that is stored: the files with their write-ahead logs, or every row of every table."""
        if self.server is None:
            return b"".join(one.read_bytes() for one in sorted(self.folder.glob("*.db*")))
        found = []
        tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('office', 'ledger')"
        for schema, table in self.server.execute(tables, self.name):
            for row in self.server.execute(f'SELECT * FROM {schema}."{table}"', self.name):  # noqa: S608
                found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
        return b"\n".join(found)

    def close(self) -> None:
        for engine in self._opened:
            engine.dispose()
        if self.server is not None:
            self.server.drop_database(self.name)


_templates: dict[int, str] = {}


def _template(server: PostgresServer) -> str:
    """A database with empty tables, made once for each server: to copy it is faster than to migrate."""
    if server.port not in _templates:
        name = server.create_database()
        settings = server.settings(name)
        for which in HEAD:
            server.execute(f"CREATE SCHEMA {which}", name)
            opening = partial(connect, settings, server.password, which)
            brought_up_to_date(which, engine_over(opening)).dispose()
        _templates[server.port] = name
    return _templates[server.port]
