"""The commands that come with the service: `sanad up`, `sanad openapi`, `sanad user`. The node's command finds them as
an entry point.
"""

from pathlib import Path
from typing import Annotated

import typer

from sanad_api import cli_users
from sanad_node.cli.answers import DONE, Answer, say
from sanad_node.cli.options import DEFAULT_DATA, Data, Json
from sanad_node.durable import write_file


def up(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Serve this node's pages and API until Ctrl-C.

    Settings are in DATA/service.toml; see docs/reference/settings.md. Example: sanad up --data ./sanad-data
    """
    from sanad_api.serving import serve  # noqa: PLC0415 - other commands need not load the web framework

    serve(
        data,
        host=host,
        port=port,
        say=lambda address: say(as_json, {"url": address}, f"Sanad serves {address}"),
    )
    raise Answer(DONE)


def openapi(
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write it here.")] = None,
    as_json: Json = False,
) -> None:
    """Print the OpenAPI document of the service.

    Example: sanad openapi -o openapi.json
    """
    import orjson  # noqa: PLC0415

    from sanad_api.app import create_app  # noqa: PLC0415
    from sanad_api.openapi import describe  # noqa: PLC0415
    from sanad_api.settings import Settings  # noqa: PLC0415

    told = describe(create_app(Path(), Settings()))
    if out is None:
        say(True, told)
    else:
        write_file(out, orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
        say(as_json, {"file": str(out)}, f"wrote {out}")
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(openapi)
    cli_users.add_to(app)
