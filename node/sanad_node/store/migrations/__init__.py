"""Schema migrations (alembic), one line of revisions for each database, the same on SQLite and on PostgreSQL.

Text means the same on both: it is ordered and compared byte by byte whatever the server's language, and its length is
checked where it comes in, not by the database (SQLite does not).
"""

import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_one_at_a_time = threading.Lock()
"""The operations that a migration calls are of whatever context was entered last, in any thread."""


class BytewisePostgresql(PostgresqlImpl):
    """How alembic makes tables on PostgreSQL (it looks implementations up by `__dialect__`)."""

    __dialect__ = "postgresql"

    def create_table(self, table: sa.Table, **options: Any) -> None:
        for column in table.columns:
            _make_bytewise(column)
        super().create_table(table, **options)

    def add_column(self, table_name: str, column: sa.Column[Any], **options: Any) -> None:
        _make_bytewise(column)
        super().add_column(table_name, column, **options)


def _make_bytewise(column: sa.Column[Any]) -> None:
    if isinstance(column.type, sa.String) and column.table.name != "alembic_version":
        column.type = sa.Text(collation="C")


def _scripts(which: str) -> ScriptDirectory:
    here = Path(__file__).parent
    return ScriptDirectory(str(here), version_locations=[str(here / which)])


def known_revisions(which: str) -> set[str]:
    """Every revision this version of Sanad knows."""
    return {script.revision for script in _scripts(which).walk_revisions()}


def head(which: str) -> str | None:
    """The newest revision."""
    return _scripts(which).get_current_head()


def upgrade(which: str, connection: Connection) -> None:
    """Bring the schema to the newest revision inside the caller's transaction."""
    _move(which, connection, "upgrade", "head")


def downgrade(which: str, connection: Connection, revision: str = "base") -> None:
    """Take the schema back to a revision; used by tests to show that migrations go both ways."""
    _move(which, connection, "downgrade", revision)


def _move(which: str, connection: Connection, direction: str, target: str) -> None:
    scripts = _scripts(which)

    def steps(revision: object, _context: MigrationContext) -> object:
        if direction == "upgrade":
            return scripts._upgrade_revs(target, revision)  # type: ignore[arg-type]
        return scripts._downgrade_revs(target, revision)  # type: ignore[arg-type]

    context = MigrationContext.configure(connection, opts={"fn": steps, "script": scripts})
    with _one_at_a_time, Operations.context(context):
        context.run_migrations()
