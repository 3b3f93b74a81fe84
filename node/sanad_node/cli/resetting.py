"""Beginning a lost chain again: `sanad network reset|restart|record`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sanad_node.cli.answers import DONE, Answer, members, moment, say
from sanad_node.cli.files import read_file
from sanad_node.cli.network import BundleFile, networks
from sanad_node.cli.options import DEFAULT_DATA, Data, Json
from sanad_node.datadir import DataDirectoryExists
from sanad_verifier.errors import InputError

RecordFile = Annotated[Path, typer.Option("--record", help="The record that came with the bundle.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it; change nothing.")]


class OutMissing(InputError):
    """A file has to be named to write to."""

    code = "OUT_MISSING"


@networks.command("reset")
def reset(
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="Where to write the next network bundle; its record lies beside it."
        ),
    ] = None,
    dry_run: DryRun = False,
    without: Annotated[
        list[int] | None,
        typer.Option("--without", metavar="MEMBER", help="A member whose node is gone for good; repeatable."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="Begin from this record, not from the one kept here.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Draw up the network's next version on a new chain that goes on where the lost one was, and sign it. The record
    kept here is carried out again first; `--dry-run` does that only. The service has to be stopped.

    Example: sanad network reset --dry-run
    """
    from sanad_node.continuing import resetting  # noqa: PLC0415

    if dry_run:
        _tell(resetting.rehearse(data, record), as_json)
    if out is None:
        raise OutMissing("name the file to write, or look first with --dry-run", field="--out")
    kept = out.with_name(out.name + ".record")
    for one in (out, kept):
        if one.exists():
            raise DataDirectoryExists("there is a file of that name already", field=one.name)
    told = resetting.draw_up(data, out, kept, without=frozenset(without or ()), file=record)
    _tell(
        told,
        as_json,
        f"wrote {out} and {kept}: send both to the other members, who sign with",
        f"  sanad network sign {out.name} --record {kept.name}",
        "then, at every member, with the service stopped:",
        f"  sanad network restart {out.name} --record {kept.name}",
        bundle=str(out),
        record=str(kept),
    )


@networks.command("restart")
def restart(
    bundle: BundleFile,
    record: RecordFile,
    dry_run: DryRun = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Let this node go on from the record, on the chain of a bundle that `network reset` has drawn up and enough
    members have signed. The old chain's files are laid aside. Interrupted, it is repeated.

    Example: sanad network restart next.network --record next.network.record --dry-run
    """
    from sanad_node.continuing import resetting  # noqa: PLC0415

    told = resetting.take_over(data, read_file(bundle), record, rehearsal=dry_run)
    more = (
        ()
        if dry_run
        else (
            "the old chain's files are laid aside in chain/before-…",
            "next: sanad up; when the network runs: sanad member propose network " + bundle.name,
        )
    )
    _tell(told, as_json, *more)


@networks.command("record")
def write_record(
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write it.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Write this node's record to a file: every signed transaction of the network in order, from which its chain can be
    begun again. The service has to be stopped; a backup has it too.

    Example: sanad network record -o lands.record
    """
    from sanad_node.continuing import record  # noqa: PLC0415
    from sanad_node.node import Node  # noqa: PLC0415

    if out.exists():
        raise DataDirectoryExists("there is a file of that name already", field="--out")
    with Node(data) as node:
        digest = record.write(out, record.kept(node.ledger))
        size = node.reader.position().size
    say(
        as_json,
        {"record": str(out), "sha256": digest, "entries": size},
        f"wrote {out}, which leads to {size} entries",
        f"SHA-256 {digest}",
    )
    raise Answer(DONE)


def in_words(told: Any) -> list[str]:
    """What a rehearsal came to."""
    lines = [
        f"{told.transactions} transactions, up to {moment(told.last)}, lead to {told.size} entries",
        f"root {told.root}",
        f"state {told.state_root}",
        f"this node has {told.here} of these entries, and has signed no other log",
        f"{told.waiting} acts wait to be sent to the new chain",
    ]
    if told.passed_over:
        lines.insert(1, f"{told.passed_over} transactions that Sanad never sends were passed over")
    return lines


def _tell(told: Any, as_json: bool, *more: str, **files: str) -> None:
    say(as_json, {**members(told), **files}, *in_words(told), *more)
    raise Answer(DONE)


def add_to(_app: typer.Typer) -> None:
    """They are commands of `sanad network`, which adds itself."""
