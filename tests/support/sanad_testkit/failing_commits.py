"""A database whose next commit fails: before it is done, or when it is done and nobody has heard."""

import sqlite3
from typing import Any, Literal

import psycopg.errors
from sqlalchemy import Engine

When = Literal["commit", "after_commit"]


def fail_once(database: Engine, when: When, error: Exception) -> None:
    """Let the driver raise `error` at the next commit; later ones go through."""
    left = [error]
    committed = database.dialect.do_commit

    def commit(connection: Any) -> None:
        if left and when == "commit":
            raise left.pop()
        committed(connection)
        if left:
            raise left.pop()

    database.dialect.do_commit = commit  # type: ignore[method-assign, assignment]  # there is no event for it


def disk_error(database: Engine) -> Exception:
    """What the driver raises when the disk fails."""
    if database.dialect.name == "sqlite":
        return sqlite3.OperationalError("disk I/O error")
    return psycopg.errors.IoError("could not fsync")
