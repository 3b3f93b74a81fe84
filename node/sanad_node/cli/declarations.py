"""A declaration's way from filing to the gate: `sanad declaration advance|life`."""

from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.asked import asked, must_be_identifier
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import Json, Key
from sanad_node.drawdown.stages import STAGES
from sanad_node.wire.declarations import AdvanceRequest
from sanad_verifier.cli_parts import UsageWrong

app = typer.Typer(
    help="A goods declaration's way from filing to the gate.", no_args_is_help=True, rich_markup_mode=None
)
Declaration = Annotated[
    str, typer.Argument(metavar="DECLARATION", help="Number of the declaration, or its digest.")
]


@app.command()
@asks
def advance(
    declaration: Declaration,
    to: Annotated[str, typer.Option("--to", help="assessed, paid, examined or gate-out.")],
    formation: Annotated[
        str | None, typer.Option("--as", help="Code of the formation that acts; the issuer by default.")
    ] = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Record that a declaration was assessed, paid or examined, or that its goods have passed the gate.

    Out of charge is `sanad draw release`.

    Example: sanad declaration advance KAPW-IB-22012-18-09-2026 --to assessed --as KAPW
    """
    must_be_identifier(declaration, "DECLARATION")
    stage = to.strip().lower().replace("_", "-")
    if stage not in STAGES:
        raise UsageWrong(f"a declaration is {', '.join(STAGES)}", field="--to")
    request = asked(AdvanceRequest, to=stage, formation=formation)
    with where.desk() as desk:
        done = desk.advance(declaration, request, key=key)
    what = f"{done.about['type']} {done.about['digest'][:16]}… is {stage}"
    say(as_json, {**done.about, **act_payload(done)}, what, act_line(done))
    finish(done)


@app.command()
@asks
def life(declaration: Declaration, where: Where, as_json: Json = False) -> None:
    """Show what became of a declaration, over all versions under its number: when, by whom.

    Example: sanad declaration life KAPW-IB-22012-18-09-2026
    """
    must_be_identifier(declaration, "DECLARATION")
    with where.desk() as desk:
        told = desk.life_of_declaration(declaration)
    lines = [
        f"{moment(one.time)}  {one.what:<13} {one.by:<12} {one.version[:16]}…  {one.reason}".rstrip()
        for one in told.passed
    ]
    say(as_json, told.as_json(), *lines)
    raise Answer(DONE)


def add_to(tree: typer.Typer) -> None:
    tree.add_typer(app, name="declaration")
