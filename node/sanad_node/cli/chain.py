"""Commands on the chain's own parts: `sanad engine …`, `sanad contracts …`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sanad_node.cli import endpoints as endpoint_commands
from sanad_node.cli.answers import DONE, Answer, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import Json

engines = typer.Typer(
    help="The program that runs the embedded chain.", no_args_is_help=True, rich_markup_mode=None
)
contracts = typer.Typer(
    help="The Solidity contracts, in a checkout of the sources.", no_args_is_help=True, rich_markup_mode=None
)
Root = Annotated[Path, typer.Option("--root", help="The checkout of the sources.")]


@engines.command("install")
def install(
    program: Annotated[
        Literal["anvil", "geth"],
        typer.Argument(help="anvil runs the embedded chain; geth takes part in a network of several nodes."),
    ] = "anvil",
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when it is installed already.")] = False,
    as_json: Json = False,
) -> None:
    """Install a chain program into the cache: the pinned anvil, checked by its SHA-256, or the pinned geth, which Go
    builds from its module, checked by the module's sum.

    Example: sanad engine install
    """
    from sanad_node.engines import geth_program  # noqa: PLC0415 - other commands need not load it
    from sanad_node.engines import install as installer  # noqa: PLC0415

    if program == "geth":
        path, version = geth_program.install(), geth_program.VERSION
    else:
        path, version = installer.install(), installer.VERSION
    if as_json or not quiet:
        say(as_json, {"path": str(path), "version": version}, f"{program} {version} is installed")
    raise Answer(DONE)


@engines.command("status")
@asks
def status(where: Where, as_json: Json = False) -> None:
    """Show the engine's program, and the state of this node's chain if there is one.

    Example: sanad engine status
    """
    from sanad_node.engines import geth_program  # noqa: PLC0415
    from sanad_node.engines import install as installer  # noqa: PLC0415
    from sanad_node.network import Network  # noqa: PLC0415

    file = where.data / "network.json"
    geth = where.url is None and file.exists() and Network.load(file).engine == "geth"
    program = geth_program.status() if geth else installer.status()
    told: dict[str, object] = {"program": program}
    lines = [f"{name}: {value}" for name, value in program.items()]
    if where.url is not None or (where.data / "network.json").exists():
        with where.desk() as desk:
            node = desk.node_status()
        told |= {"chain": node.chain, "alarms": node.alarms}
        lines += ["", *(f"{name}: {value}" for name, value in node.chain.items())]
        lines += [f"ALARM {alarm}: docs/howto/witness-a-log.md says what to do" for alarm in node.alarms]
    say(as_json, told, *lines)
    raise Answer(DONE)


@contracts.command("compile")
def compile_(root: Root = Path(), as_json: Json = False) -> None:
    """Compile the contracts and write the committed ABI and bytecode.

    Example: sanad contracts compile
    """
    from sanad_node.contracts import build  # noqa: PLC0415 - needs the compiler

    written = build.write_artifacts(root)
    say(as_json, {"written": written}, *(f"wrote {name}" for name in written))
    raise Answer(DONE)


@contracts.command("check")
def check(root: Root = Path(), as_json: Json = False) -> None:
    """Compile the contracts and compare with the committed artefacts, byte for byte.

    Example: sanad contracts check
    """
    from sanad_node.contracts import build  # noqa: PLC0415

    build.check_artifacts(root)
    say(as_json, {"same": True}, "the committed artefacts are what the sources compile to")
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    endpoint_commands.add_to(engines)
    app.add_typer(engines, name="engine")
    app.add_typer(contracts, name="contracts")
