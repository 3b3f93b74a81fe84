"""Commands that look after a data directory: node init, fsck, reindex, backup, restore."""

from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from sanad_node import backup as backups
from sanad_node import erasing, reindexing
from sanad_node.cli import network as network_commands
from sanad_node.cli.answers import DONE, REFUSED, Answer, members, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import read_file
from sanad_node.cli.options import DEFAULT_DATA, Data, Json
from sanad_node.node import Node
from sanad_node.wire.node import FsckRequest
from sanad_verifier.cli_parts import TRUST_AT_MOST, UsageWrong

nodes = typer.Typer(help="This node.", no_args_is_help=True, rich_markup_mode=None)


nodes.command("join")(network_commands.join)
nodes.command("leave")(network_commands.leave)


@nodes.command("init")
def init(
    name: Annotated[str, typer.Option("--name", help="Name of the network: a-z, 0-9 and dash.")] = "sanad",
    engine: Annotated[
        Literal["anvil", "geth", "besu", "rpc"],
        typer.Option(
            "--engine",
            help="anvil: a chain of this node alone. Of several administrations: geth, besu, or rpc (no node of ours).",
        ),
    ] = "anvil",
    organisation: Annotated[
        str, typer.Option("--organisation", help="With geth, besu, rpc: the administration's name.")
    ] = "",
    role: Annotated[
        str, typer.Option("--role", help="With geth, besu: validator (seals blocks) or observer.")
    ] = "validator",
    listen: Annotated[
        str, typer.Option("--listen", help="With geth, besu: host:port where the other nodes find this one.")
    ] = "127.0.0.1:30303",
    public_url: Annotated[
        str,
        typer.Option(
            "--public-url", help="With geth, besu, rpc: address of this node's service, for other members."
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="With geth, besu, rpc: write the request to take part here too."),
    ] = None,
    mirrors: Annotated[
        list[str] | None,
        typer.Option(
            "--mirror", metavar="MIRROR", help="Follow a network from this folder or address instead."
        ),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(
            "--trust", metavar="FILE", help="With --mirror: the trust file or trust root to believe."
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Found a new network on the embedded chain, with this node's member deciding alone; or, with another engine, make
    the keys of a node and its request to take part in a network of several administrations; or, with `--mirror`,
    follow a network without a chain: nothing is fetched before `sanad node sync`.

    Example: sanad node init --name pk-customs --data ./sanad-data
    """
    if mirrors or trust is not None:
        _follow(mirrors or [], trust, data, as_json=as_json)
    if engine != "anvil":
        network_commands.prepare(
            data,
            organisation=organisation,
            role=role,
            listen=listen,
            url=public_url,
            engine=engine,
            out=out,
            as_json=as_json,
        )
    from sanad_node.founding import found  # noqa: PLC0415 - starts a chain; other commands need not load it

    network = found(data, name)
    say(
        as_json,
        members(network),
        f"network {network.name}, chain {network.chain_id}, in {data}",
        f"log origin {network.origin}",
        "next: sanad formation add CODE --kind KIND",
    )
    raise Answer(DONE)


def _follow(mirrors: list[str], trust: Path | None, data: Path, *, as_json: bool) -> NoReturn:
    from sanad_node.mirror.starting import start  # noqa: PLC0415 - other commands need not load it

    if trust is None or not mirrors:
        raise UsageWrong("--mirror and --trust go together", field="--mirror" if trust else "--trust")
    network = start(data, mirrors, read_file(trust, TRUST_AT_MOST))
    say(
        as_json,
        members(network),
        f"network {network.name}, followed from {len(mirrors)} mirrors, in {data}",
        f"log origin {network.origin}",
        "next: sanad node sync",
    )
    raise Answer(DONE)


@asks
def fsck(
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Compute the whole chain again too; takes as long as the chain is long."),
    ] = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Check log, chain, outbox, vault, batches and checkpoints against each other. Repairs nothing.

    Exit code 1 when something is wrong. Example: sanad fsck
    """
    with where.desk() as desk:
        told = desk.fsck(FsckRequest(deep=deep))
    lines = [f"{check:<12} {count} looked at" for check, count in told.looked_at.items()]
    lines += [f"{f.code} [{f.what}] {f.message} ({f.check})" for f in told.findings]
    lines.append("in order" if not told.findings else f"{len(told.findings)} findings")
    say(as_json, told.as_json(), *lines)
    raise Answer(REFUSED if told.findings else DONE)


@asks
def reindex(
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Rebuild beside the live projections and compare; replace nothing."),
    ] = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Rebuild the projections from the chain.

    Example: sanad reindex --verify
    """
    if not verify:
        with where.node() as node:
            size = reindexing.replace(node)
        say(as_json, {"entries": size}, f"rebuilt from the chain: {size} entries")
        raise Answer(DONE)
    with where.desk() as desk:
        compared = desk.compare()
    lines = [f"{'same' if one.live == one.rebuilt else 'DIFFERS':<8} {one.table}" for one in compared.tables]
    say(as_json, compared.as_json(), *lines)
    raise Answer(DONE if compared.same else REFUSED)


@asks
def backup(
    destination: Annotated[Path, typer.Argument(metavar="FILE", help="The tar file to write.")],
    where: Where,
    as_json: Json = False,
) -> None:
    """Write everything that cannot be rebuilt into one file. It holds all secrets of the node: keep it safe.

    Example: sanad backup sanad-2026-11-23.tar
    """
    with where.desk() as desk:
        done = desk.back_up(destination)
    say(as_json, done.as_json(), f"{done.files} files, {done.bytes} bytes in {destination}")
    raise Answer(DONE)


def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="A file written by `sanad backup`.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Lay a backup out in an empty data directory and rebuild the projections.

    Example: sanad restore sanad-2026-11-23.tar --data ./restored
    """
    done = backups.restore(archive, data)
    with Node(data) as node:
        alone = node.bundle is None
        if alone:
            node.catch_up()
        size = node.reader.position().size
        erasing.apply_again(node)
    log = f"the log has {size} entries" if alone else "the chain comes from the other members: sanad up"
    say(as_json, {**members(done), "entries": size}, f"{done.files} files restored; {log}")
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.add_typer(nodes, name="node")
    app.command()(fsck)
    app.command()(reindex)
    app.command()(backup)
    app.command()(restore)
