"""Commands about the store: where the databases are, and moving them to a PostgreSQL server."""

from typing import Annotated, Any

import typer

from sanad_node.cli.answers import DONE, Answer, members, say
from sanad_node.cli.options import DEFAULT_DATA, Data, Json
from sanad_node.datadir import DataDirectory, Lock
from sanad_node.node import Node
from sanad_node.store.moving import move
from sanad_node.store.postgres import PostgresStore
from sanad_node.store.settings import ServerSettings

stores = typer.Typer(help="Where this node keeps its databases.", no_args_is_help=True, rich_markup_mode=None)


@stores.command("status")
def status(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Say where the databases are, and open them.

    Example: sanad store status
    """
    with Node(data) as node:
        _ = node.office, node.ledger
        told: dict[str, Any] = {"kind": node.store.kind, "place": node.store.place}
        lines = [f"{node.store.kind}: {node.store.place}"]
        if isinstance(node.store, PostgresStore):
            promises = node.store.promises()
            told |= {"server": promises.version, "checksums": promises.checksums == "on"}
            told |= {"synchronousCommit": promises.synchronous_commit}
            lines.append(f"PostgreSQL {promises.version}, synchronous_commit {promises.synchronous_commit}")
            if promises.checksums != "on":
                lines.append("data checksums are off: damage of the server's disk may go unnoticed")
    say(as_json, told, *lines)
    raise Answer(DONE)


@stores.command("migrate")
def migrate(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="postgresql://ROLE@HOST/DATABASE, of an empty database; no password."
        ),
    ],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Move the databases from their files to a PostgreSQL server: copied, compared, and only then in force.

    The password comes from secrets/store-password in the data directory, or from where libpq looks (PGPASSFILE,
    PGPASSWORD). Nothing else may use the data directory meanwhile. Interrupted, the files stay in force: say it again.

    Example: sanad store migrate postgresql://sanad@db.example/sanad
    """
    directory = DataDirectory.at(data)
    with Lock(directory):
        moved = move(directory, ServerSettings(url))
    told = {
        "place": moved.place,
        "rows": moved.rows,
        "tables": {which: [members(one) for one in tables] for which, tables in moved.tables.items()},
    }
    if not moved.tables:
        say(as_json, told, f"the store is {moved.place} already")
    else:
        count = sum(len(tables) for tables in moved.tables.values())
        say(
            as_json,
            told,
            f"{count} tables with {moved.rows} rows copied to {moved.place}, each compared by its digest",
            "the files were set aside; they are not read any more",
        )
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.add_typer(stores, name="store")
