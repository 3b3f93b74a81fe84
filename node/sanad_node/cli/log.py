"""Commands on the log: `sanad log …`, and `sanad trust`, which says whom to believe about it."""

from contextlib import ExitStack
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import CANNOT_TELL, DONE, REFUSED, Answer, moment, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import OfDesk
from sanad_node.cli.options import Json
from sanad_node.desk import Desk
from sanad_node.durable import write_file
from sanad_node.wire.node import CosignRequest, MirrorRequest
from sanad_verifier.cli_parts import read_current_trust
from sanad_verifier.trust import parse_trust

logs = typer.Typer(help="The log of every accepted act.", no_args_is_help=True, rich_markup_mode=None)
Trusted = Annotated[
    Path | None,
    typer.Option("--trust", metavar="FILE", help="Believe this trust file or root, and ask no node at all."),
]


CONTRADICTS = "WITNESS_DISAGREES"


class _Asked:
    """The desk, from when it is first needed until the end of a command."""

    def __init__(self, where: Where, stack: ExitStack) -> None:
        self._where, self._stack = where, stack

    @cached_property
    def desk(self) -> Desk:
        return self._stack.enter_context(self._where.desk())


@logs.command("checkpoint")
@asks
def checkpoint(
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the signed note here.")] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Sign the log's present size and root, after comparing them with the contract's (C2SP tlog-checkpoint).

    Example: sanad log checkpoint -o checkpoint
    """
    with where.desk() as desk:
        signed = desk.checkpoint()
    if out is not None:
        write_file(out, signed.note.encode())
    say(
        as_json,
        signed.as_json(),
        signed.note.rstrip("\n") if out is None else f"size {signed.size} in {out}",
    )
    raise Answer(DONE)


@logs.command("cosign")
@asks
def cosign(
    witnesses: Annotated[list[str], typer.Argument(metavar="WITNESS...", help="Addresses of witnesses.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the cosigned note here.")] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Ask witnesses, such as other members' nodes, to cosign the present checkpoint (C2SP tlog-witness). What they give
    is kept with it and goes into every bundle made from it.

    Example: sanad log cosign https://witness.example -o checkpoint
    """
    with where.desk() as desk:
        told = desk.cosign(CosignRequest(witnesses=witnesses))
    if out is not None:
        write_file(out, told.note.encode())
    lines = [
        f"{one.witness}: cosigned as {one.name} at {moment(one.time)}"
        if not one.code
        else f"{one.witness}: not cosigned, {one.message} ({one.code})"
        for one in told.witnesses
    ]
    say(as_json, told.as_json(), f"size {told.size}, root {told.root}", *lines)
    raise Answer(_of_cosigning([one.code for one in told.witnesses]))


def _of_cosigning(codes: list[str]) -> int:
    """Refused where a witness contradicts us, cannot tell where one could not be heard."""
    if CONTRADICTS in codes:
        return REFUSED
    return CANNOT_TELL if any(codes) else DONE


@logs.command("equivocations")
@asks
def equivocations(
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FOLDER", help="Write each proof as a file in this folder."),
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Show the proofs that a log which this node witnesses has signed two roots for one size. Ends with 1 if there is
    one.

    Example: sanad log equivocations -o proofs
    """
    with where.desk() as desk:
        told = desk.equivocations().equivocations
    files: list[str] = []
    if out is not None and told:
        out.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(told, start=1):
            files.append(str(out / f"equivocation-{number}.json"))
            write_file(Path(files[-1]), one.proof.encode())
    lines = [f"{one.origin}: two roots for {one.size} entries, found out {moment(one.at)}" for one in told]
    payload = {"equivocations": [one.as_json() for one in told], "files": files}
    say(as_json, payload, *(lines or ["none"]), *files)
    raise Answer(REFUSED if told else DONE)


@logs.command("mirror")
@asks
def mirror(
    folder: Annotated[Path, typer.Argument(help="Where the copy is kept, or brought up to date.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="MIRROR", help="Copy this folder or address, not the node that is asked."
        ),
    ] = None,
    trust: Trusted = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Keep a copy of the log as files (C2SP tlog-tiles), for a web server, a stick, or another administration.

    Example: sanad log mirror ./mirror
    """
    from sanad_node.mirror.copying import copy  # noqa: PLC0415 - other commands need not load it
    from sanad_node.mirror.sources import opened  # noqa: PLC0415

    with ExitStack() as stack:
        asked = _Asked(where, stack)
        believed = parse_trust(asked.desk.trust()) if trust is None else read_current_trust(trust)
        files = OfDesk(asked.desk) if source is None else stack.enter_context(opened(source))
        copied = copy(files, folder, believed)
    told = {"size": copied.size, "root": copied.root, "files": copied.files, "bytes": copied.bytes}
    say(as_json, told, f"{copied.size} entries, root {copied.root}", f"{copied.files} files fetched")
    raise Answer(DONE)


@logs.command("verify")
@asks
def verify(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[MIRROR]", help="A mirror's folder or address; the node's own log if left out."
        ),
    ] = None,
    trust: Trusted = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Recompute the log from its entries and compare with the contract and with every checkpoint signed so far. A
    mirror is read to its end, and compared with the node unless a trust file is given.

    Example: sanad log verify ./mirror --trust trust.json
    """
    if source is not None:
        _verify_mirror(source, trust, where, as_json=as_json)
    with where.desk() as desk:
        told = desk.verify_log()
    say(
        as_json,
        told.as_json(),
        f"{told.size} entries, root {told.root}",
        f"{told.checkpoints} signed checkpoints agree, the first of {moment(told.since)}",
    )
    raise Answer(DONE)


@logs.command("cross-check")
@asks
def cross_check(where: Where, as_json: Json = False) -> None:
    """Compare what the validators sealed with what the log commits to: the newest entry, and others drawn by the day.
    On the embedded chain, which no validators seal, there is nothing to compare.

    Example: sanad log cross-check
    """
    with where.desk() as desk:
        told = desk.cross_check()
    say(
        as_json,
        told.as_json(),
        f"{told.entries} of {told.size} entries were looked at, up to block {told.block}: sealed as the log has them",
    )
    raise Answer(DONE)


def _verify_mirror(source: str, trust: Path | None, where: Where, *, as_json: bool) -> None:
    from sanad_node.mirror.replaying import replay  # noqa: PLC0415 - other commands need not load it
    from sanad_node.mirror.sources import opened  # noqa: PLC0415

    with ExitStack() as stack:
        files = stack.enter_context(opened(source))
        if trust is not None:
            found, compared = replay(files, read_current_trust(trust)), None
        else:
            desk = stack.enter_context(where.desk())
            found = replay(files, parse_trust(desk.trust()))
            asked = MirrorRequest(size=found.size, root=found.root.hex(), digest=found.digest)
            compared = desk.compare_mirror(asked).compared
    words = {
        None: "not compared with any node",
        True: "this node has the same log",
        False: "this node has fewer entries: not compared",
    }
    told = {
        "size": found.size,
        "root": found.root.hex(),
        "asOf": found.time,
        "compared": bool(compared),
        "statusLists": [asdict(one) for one in found.lists],
    }
    said = [
        f"{found.size} entries, root {found.root.hex()}",
        f"cosigned as of {moment(found.time)}",
        words[compared],
        *(
            f"status lists of {one.group} by {one.publisher} say what the log says, up to number {one.sequence}, "
            f"as of {moment(one.time)}"
            for one in found.lists
        ),
    ]
    say(as_json, told, *said)
    raise Answer(DONE)


@asks
def trust(
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the trust file.")],
    where: Where,
    as_json: Json = False,
) -> None:
    """Write what a verifier needs to trust this network: keys, contracts, formations. Hand it over by a
    channel you trust.

    Example: sanad trust -o trust.json
    """
    with where.desk() as desk:
        told = desk.trust()
    write_file(out, told)
    say(as_json, {"file": str(out)}, f"wrote {out}")
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.add_typer(logs, name="log")
    app.command()(trust)
