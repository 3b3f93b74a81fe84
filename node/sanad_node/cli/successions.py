"""Offices that take the place of others: `sanad formation succeed|line`."""

from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.formations import Code, decided, formations
from sanad_node.cli.options import Json, parse_time
from sanad_node.wire.successions import OfficeLine, SuccessionRequest


@formations.command("succeed")
@asks
def succeed(
    predecessors: Annotated[
        list[str], typer.Argument(metavar="CODE...", help="The formations that give way.")
    ],
    by: Annotated[
        list[str], typer.Option("--by", metavar="CODE", help="Who takes their place; several for a division.")
    ],
    at: Annotated[str, typer.Option("--at", help="When they give way (ISO 8601); now by default.")] = "now",
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Let formations give way to others: a new name, a merger or a division. It cannot be undone.

    What they issued stays theirs and valid; who takes their place may do with it what they might.

    Example: sanad formation succeed KAPW KENF --by KCUS --at 2027-01-01
    """
    request = asked(
        SuccessionRequest,
        predecessors=predecessors,
        successors=by,
        at=0 if at == "now" else parse_time(at, "--at"),
    )
    with where.desk() as desk:
        done = desk.succeed(request)
    gone, taking = (" and ".join(one.upper() for one in names) for names in (predecessors, by))
    when = f" at {moment(request.at)}" if request.at else ""
    decided(done, f"{gone} {'gives' if len(predecessors) == 1 else 'give'} way to {taking}{when}", as_json)


@formations.command("line")
@asks
def line(code: Code, where: Where, as_json: Json = False) -> None:
    """Show what a formation came from and what became of it.

    Example: sanad formation line KAPW
    """
    with where.desk() as desk:
        told = desk.line_of_office(code)
    say(as_json, told.as_json(), *_lines(told))
    raise Answer(DONE)


def _lines(told: OfficeLine) -> list[str]:
    if not told.steps:
        return [f"{told.formation} took nobody's place and has given way to nobody"]
    lines = [
        f"{one.predecessor} {'gave' if one.in_effect else 'gives'} way to {one.successor} {moment(one.since)}"
        for one in told.steps
    ]
    if told.present:
        lines.append(f"{told.formation} is part of {' and '.join(told.present)} since {moment(told.since)}")
    return lines


def add_to(_app: typer.Typer) -> None:
    """They are commands of `sanad formation`, which adds itself."""
