"""Schema migrations (alembic), one line of revisions for each database."""

import threading
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_one_at_a_time = threading.Lock()
"""The operations that a migration calls are of whatever context was entered last, in any thread."""


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
