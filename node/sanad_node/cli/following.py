"""Commands on a node among others: `sanad node sync`, `status`, `compare`, `believe`."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import CANNOT_TELL, DONE, REFUSED, Answer, complain, members, moment, say
from sanad_node.cli.at import TokenFile, Where, asks, read_token
from sanad_node.cli.files import OfDesk, read_file
from sanad_node.cli.maintenance import nodes
from sanad_node.cli.options import DEFAULT_DATA, Data, Json
from sanad_node.durable import write_file
from sanad_node.wire.node import CameView, FollowingView, NodeView, SyncRequest
from sanad_verifier.cli_parts import TRUST_AT_MOST, UsageWrong
from sanad_verifier.errors import EnvironmentFault
from sanad_verifier.mirror import CHECKPOINT_AT_MOST
from sanad_verifier.tiles import CHECKPOINT
from sanad_verifier.trust import parse_trust

Mirrors = Annotated[
    list[str] | None,
    typer.Option("--mirror", metavar="MIRROR", help="A mirror's folder or address; again for each."),
]


@nodes.command("sync")
@asks
def sync(
    mirrors: Mirrors = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Follow these mirrors from now on, not those given before.")
    ] = False,
    stale: Annotated[
        bool,
        typer.Option("--stale", help="Take a checkpoint however old it is, such as that of a stick."),
    ] = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Follow the log from mirrors that need not be trusted: signatures, every entry and every root are checked before
    anything is taken. Ends with 1 if a mirror has shown another log; the proof is kept (`sanad log equivocations`).

    Example: sanad node sync
    """
    with where.desk() as desk:
        told = desk.sync(SyncRequest(mirrors=mirrors or [], stale=stale, keep=keep))
    say(
        as_json,
        told.as_json(),
        f"{told.size} entries ({told.taken} new), root {told.root}",
        f"cosigned as of {moment(told.time)}",
        *(_came(one) for one in told.mirrors),
        *(["a mirror has shown another log: see `sanad log equivocations`"] if told.forked else []),
    )
    raise Answer(REFUSED if told.forked else DONE)


def _came(one: CameView) -> str:
    told = f"{one.size} entries as of {moment(one.time)}" if one.time else "no checkpoint"
    where = f" [{one.field}]" if one.field else ""
    return f"  {one.source}: {told}" + (f"; {one.code}{where}: {one.message}" if one.code else "")


@nodes.command("status")
@asks
def status(where: Where, as_json: Json = False) -> None:
    """Show what this node is, how far it has come, and what keeps it. Ends with 2 if a node that follows mirrors could
    follow none of them the last time, or was shown two logs.

    Example: sanad node status
    """
    with where.desk() as desk:
        told = desk.node_status()
    lines = [f"network {told.name}, log {told.origin}", f"{told.entries} entries"]
    lines += _chain_lines(told) if told.mirror is None else _mirror_lines(told.mirror)
    if told.code:
        lines.append(f"hindered by {told.code}")
    say(as_json, told.as_json(), *lines)
    raise Answer(CANNOT_TELL if told.code and told.mirror is not None else DONE)


def _chain_lines(told: NodeView) -> list[str]:
    return [f"chain {told.chain_id} at block {told.block}", f"{told.waiting} acts wait"]


def _mirror_lines(told: FollowingView) -> list[str]:
    known = f"known as of {moment(told.as_of)}, {told.age} s ago" if told.as_of else "nothing is known yet"
    source = told.source or "none"
    return [
        f"follows a mirror: {known}; {told.behind} entries behind",
        f"last followed {moment(told.done)} ({source}), last tried {moment(told.tried)}",
        *(_came(one) for one in told.mirrors),
    ]


@nodes.command("believe")
def believe(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The trust root that follows, or a trust file.")
    ],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Of a node that follows a mirror: believe the trust root that follows the one at hand, by the signatures of the
    old holders and the new ones. Where a bare trust file was given, another of the same network replaces it.

    Example: sanad node believe root-2.note
    """
    from sanad_node.desk.upkeep import NotAMirror  # noqa: PLC0415 - other commands need not load it
    from sanad_node.mirror.starting import believe as believe_from_now_on  # noqa: PLC0415

    with Where(data).node() as node:
        if not node.mirrors:
            raise NotAMirror("this node has a chain of its own, and follows no mirror", field="--data")
        trust = believe_from_now_on(node.knowledge, read_file(file, TRUST_AT_MOST))
        root = node.knowledge.root
    told = {"version": None if root is None else root.version, "quorum": trust.quorum}
    what = "trust file" if root is None else f"trust root, version {root.version}"
    say(
        as_json,
        told,
        f"believed from now on: {what}; {trust.quorum} of {len(trust.cosigners)} members cosign",
    )
    raise Answer(DONE)


@nodes.command("compare")
def compare(
    url: Annotated[
        str | None, typer.Option("--url", help="The service of another node of the network.")
    ] = None,
    mirror: Annotated[
        str | None, typer.Option("--mirror", metavar="MIRROR", help="A mirror's folder or address.")
    ] = None,
    token_file: TokenFile = None,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", metavar="FILE", help="Write the proof here if the log has two faces."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Compare this node with another of the network, or with a mirror: the root at the smaller size, the network,
    contracts, and the tables that the entries make, as far as both tell them. With a token of an auditor of the other
    node it tells more. Ends with 0 if they agree, 1 if they differ, 2 if the other could not be asked.

    Example: sanad node compare --url https://sanad.partner.example
    """
    from sanad_node.client import Client  # noqa: PLC0415 - other commands need not load it
    from sanad_node.mirror.comparing import Told  # noqa: PLC0415
    from sanad_node.mirror.comparing import compare as compared_with  # noqa: PLC0415
    from sanad_node.mirror.sources import opened  # noqa: PLC0415

    if (url is None) == (mirror is None):
        raise UsageWrong("name either another node or a mirror", field="--url")
    with ExitStack() as stack:
        desk = stack.enter_context(Where(data).desk())
        trust, ours = parse_trust(desk.trust()), Told(OfDesk(desk), desk.facts())
        try:
            theirs = Told(stack.enter_context(opened(url or mirror or "")))
            theirs.files.read(
                CHECKPOINT, CHECKPOINT_AT_MOST
            )  # who does not answer this need not be asked for more
            if url is not None:
                token = None if token_file is None else read_token(token_file)
                other = stack.enter_context(Client(url, token))
                facts = None if token is None else other.facts()
                theirs = Told(theirs.files, facts, parse_trust(other.trust()))
            told = compared_with(ours, theirs, trust)
        except EnvironmentFault as error:
            complain(error, as_json)
            raise Answer(CANNOT_TELL) from error
    if proof is not None and told.proof is not None:
        write_file(proof, told.proof)
    words = {True: "same", False: "DIFFERS", None: "not compared"}
    say(
        as_json,
        {
            "size": told.size,
            "same": not told.differing,
            "differing": list(told.differing),
            "items": [members(one) for one in told.items],
        },
        f"compared at {told.size} entries",
        *(
            f"{words[one.same]:<13}{one.what}: {one.ours or '-'} here, {one.theirs or '-'} there"
            for one in told.items
        ),
    )
    raise Answer(REFUSED if told.differing else DONE)


def add_to(_app: typer.Typer) -> None:
    """The commands are those of `sanad node`, which is added elsewhere."""
