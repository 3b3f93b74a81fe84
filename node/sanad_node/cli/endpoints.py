"""Commands on where a network's chain answers, and on a Besu of one's own: `sanad engine endpoints|config|check`."""

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from sanad_node.cli.answers import CANNOT_TELL, DONE, REFUSED, Answer, members, say
from sanad_node.cli.network import Besu, Rpc, endpoints_of
from sanad_node.cli.options import DEFAULT_DATA, Data, Json
from sanad_node.datadir import DataDirectory, Lock
from sanad_verifier.errors import InputError


class NoEndpoints(InputError):
    """This node's chain is not reached through endpoints."""

    code = "NO_ENDPOINTS"


def endpoints(rpc: Rpc = None, besu: Besu = None, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Show where this node reaches its chain, or, with --rpc and --besu, name other places. For that the service has to
    be stopped.

    Example: sanad engine endpoints --rpc https://a.example --rpc https://b.example
    """
    from sanad_node.engines import endpoints as kept  # noqa: PLC0415
    from sanad_node.network import Network  # noqa: PLC0415

    directory = DataDirectory.at(data)
    if Network.load(directory.network_file).engine != "rpc":
        raise NoEndpoints("this node's chain is not reached through endpoints", field="--data")
    named = endpoints_of(rpc, besu)
    if named:
        with Lock(directory):
            kept.save(directory.chain, named)
    shown = kept.load(directory.chain)
    lines = [f"{one.url}{'  (our own Besu)' if one.own else ''}" for one in shown]
    say(as_json, {"endpoints": [members(one) for one in shown]}, *lines)
    raise Answer(DONE)


def config(
    program: Annotated[Literal["besu"], typer.Argument(help="For which program.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to write to.")],
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", help="The network bundle; the one in force if left out."),
    ] = None,
    profile: Annotated[
        Literal["validator", "observer", "archive"] | None,
        typer.Option(
            "--profile", help="archive: an observer that keeps every state. The node's role if left out."
        ),
    ] = None,
    besu_path: Annotated[
        str, typer.Option("--besu-path", help="Besu's program, for systemd.")
    ] = "/opt/besu/bin/besu",
    image: Annotated[
        str, typer.Option("--image", help="Besu's container image.")
    ] = "hyperledger/besu:26.8.0",
    rpc_port: Annotated[
        int,
        typer.Option(
            "--rpc-port", min=1, max=64535, help="Port of its RPC; that of its metrics is 1000 more."
        ),
    ] = 8545,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Write what Besu needs to take part for this node: settings, block 0, peers, allowlist, key, compose and systemd
    files. The folder then holds the node's key: keep it safe.

    Example: sanad engine config besu -o besu --bundle pk.network
    """
    from sanad_node.cli.files import read_file  # noqa: PLC0415
    from sanad_node.consortium import besu_files  # noqa: PLC0415
    from sanad_node.consortium.beginning import own_node  # noqa: PLC0415
    from sanad_node.consortium.bundle import read_bundle  # noqa: PLC0415
    from sanad_node.engines.geth import Place  # noqa: PLC0415

    directory = DataDirectory(data)
    read = read_bundle(read_file(bundle or DataDirectory.at(data).network_bundle))
    read.must_be_signed()
    own_node(directory, read.bundle)
    place = Place.load(directory.chain)
    chosen = profile or ("validator" if place.validator else "observer")
    choice = besu_files.Choice(chosen, out, besu_path, image, rpc_port)
    key = bytes.fromhex((directory.chain / "nodekey").read_text("ascii"))
    written = besu_files.write(read.bundle, place, key, choice)
    say(
        as_json,
        {"program": program, "profile": chosen, "folder": str(out), "written": written},
        *(f"wrote {out / name}" for name in written),
        f"next: start it (docker compose up -d, or systemd), then: sanad engine check http://127.0.0.1:{rpc_port}",
    )
    raise Answer(DONE)


def check(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="Where Besu answers: URL[,token=FILE][,ca=FILE].")
    ],
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", help="The network bundle; the one in force if left out."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Ask a Besu whether it is as the network needs it: version, APIs, chain, free gas, pool, allowlist, validators.

    Exit code 1 when something is wrong, 2 when it could not be asked. Example: sanad engine check http://127.0.0.1:8545
    """
    from sanad_node.cli.files import read_file  # noqa: PLC0415
    from sanad_node.consortium.bundle import read_bundle  # noqa: PLC0415
    from sanad_node.consortium.chain import wanted  # noqa: PLC0415
    from sanad_node.engines import besu  # noqa: PLC0415
    from sanad_node.engines.endpoints import Endpoint  # noqa: PLC0415
    from sanad_node.engines.http_rpc import HttpRpc  # noqa: PLC0415

    read = read_bundle(read_file(bundle or DataDirectory.at(data).network_bundle))
    client = HttpRpc(Endpoint.parse(url, own=True))
    try:
        found = besu.check(client, wanted(read.bundle))
    finally:
        client.close()
    results = {one.result for one in found}
    say(
        as_json,
        {"checks": [members(one) for one in found], "at": int(time.time())},
        *(f"{one.result:<8}{one.what:<12}{one.found}" for one in found),
    )
    raise Answer(REFUSED if "wrong" in results else CANNOT_TELL if "unknown" in results else DONE)


def add_to(engines: typer.Typer) -> None:
    engines.command("endpoints")(endpoints)
    engines.command("config")(config)
    engines.command("check")(check)
