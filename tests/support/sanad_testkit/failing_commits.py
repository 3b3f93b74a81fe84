"""A database whose next commit fails: before it is done, or when it is done and nobody has heard."""

from typing import Any, Literal

from sqlalchemy import Engine, event

When = Literal["commit", "after_commit"]


def fail_once(database: Engine, when: When, error: Exception) -> None:
    """Let the next commit raise `error`; later ones go through."""
    left = [error]
    committed = database.dialect.do_commit

    def fail(_connection: object) -> None:
        if left:
            raise left.pop()

    def after(connection: Any) -> None:
        committed(connection)
        fail(connection)

    if when == "commit":
        event.listen(database, "commit", fail)
    else:
        database.dialect.do_commit = after  # type: ignore[method-assign, assignment]  # there is no event for it
