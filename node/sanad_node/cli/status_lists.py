"""Commands on status lists: publish, list, get, show."""

from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import As, Json, Key
from sanad_node.durable import write_file
from sanad_node.wire.status_lists import PublicationView, PublishRequest
from sanad_verifier.cli_parts import moment, read_trust, time_of
from sanad_verifier.errors import InputError
from sanad_verifier.status_lists.commands import described, in_words, lists_in

status_lists = typer.Typer(
    help="Status lists: what has become of documents, published through the log.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Group = Annotated[
    str, typer.Option("--group", help="Code of a formation, with everything beneath it; * for all.")
]
OneGroup = Annotated[
    str | None, typer.Option("--group", help="Only the lists of this group: a formation's code, or *.")
]


class NoStatusList(InputError):
    """Nothing was published for the group."""

    code = "NO_STATUS_LIST"


@status_lists.command("publish")
@asks
def publish(
    formation: As,
    group: Group = "*",
    whole: Annotated[
        bool, typer.Option("--whole", help="A list, even if a delta to the one before would do.")
    ] = False,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Publish what the ledger says now of the standings of a group's documents, as an entry of the log.

    Example: sanad status-list publish --as FBR --group KAPE
    """
    request = asked(PublishRequest, group=group, formation=formation, whole=whole)
    with where.desk() as desk:
        act = desk.publish_status_list(request, key=key)
    facts = {name: act.about[name] for name in ("digest", "formation", "number")}
    say(
        as_json,
        {**facts, **act_payload(act)},
        f"status list {facts['number']} by {facts['formation']}",
        f"digest {facts['digest']}",
        act_line(act),
    )
    finish(act)


@status_lists.command("list")
@asks
def listed(group: OneGroup = None, *, where: Where, as_json: Json = False) -> None:
    """Show which publications a device needs: for each group the last list and the deltas since.

    Example: sanad status-list list --group KAPE
    """
    with where.desk() as desk:
        told = desk.status_lists(group)
    lines = [_line(one) for one in told.publications]
    say(as_json, told.as_json(), *(lines or ["nothing was published"]))
    raise Answer(DONE)


@status_lists.command("get")
@asks
def get(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where to write the bundles.")],
    group: OneGroup = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write the bundles that a device needs, for `sanad-verify --status`.

    Example: sanad status-list get --group KAPE -o lists
    """
    written: list[Path] = []
    with where.desk() as desk:
        told = desk.status_lists(group).publications
        if not told:
            raise NoStatusList("nothing was published for the group", field="--group")
        out.mkdir(parents=True, exist_ok=True)
        for one in told:
            _, made = desk.bundle(one.digest, doc_type="STATUS_LIST", issuer=one.publisher)
            written.append(out / _file_name(one))
            write_file(written[-1], made)
    say(as_json, {"files": list(map(str, written))}, *map(str, written))
    raise Answer(DONE)


@status_lists.command("show")
def show(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Bundles of lists and deltas.")],
    trust: Annotated[Path, typer.Option("--trust", metavar="FILE", help="The network's trust file.")],
    as_json: Json = False,
) -> None:
    """Check the proofs of status lists, and show what they say and how old they are. Asks nobody.

    Example: sanad status-list show lists/kape-17.sanad --trust trust.json
    """
    trusted = read_trust(trust)
    told = [described(one, trusted, time_of(None)) for one in lists_in(files, trusted)]
    say(as_json, {"lists": told}, *(line for one in told for line in in_words(one)))
    raise Answer(DONE)


def _line(one: PublicationView) -> str:
    return (
        f"{one.group:<12} {one.publisher:<12} {one.kind:<5} {one.sequence:>5}  as of {moment(one.time)}"
        f"  {one.digest}"
    )


def _file_name(one: PublicationView) -> str:
    group = "all" if one.group == "*" else one.group.lower()
    return f"{one.publisher.lower()}-{group}-{one.sequence}.sanad"


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(status_lists, name="status-list")
