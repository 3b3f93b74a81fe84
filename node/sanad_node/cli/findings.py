"""`sanad findings`: what papers say differently, answers to it, the rules."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import Json, Key
from sanad_node.desk import Desk
from sanad_node.durable import write_file
from sanad_node.findings import report, rules
from sanad_node.findings.answering import REASONS
from sanad_node.wire.findings import (
    AnswerRequest,
    FindingsPage,
    FindingsQuery,
    PaperFindingView,
    PlaceView,
)
from sanad_verifier.cli_parts import UsageWrong

findings = typer.Typer(
    help="What papers of one consignment say differently. Findings are no verdicts.",
    rich_markup_mode=None,
)
PAGE = 200
WHY = {"not-held": "not held here", "not-in-force": "not in force any more"}
Block = Annotated[
    int | None,
    typer.Option("--block", min=0, help="As of this block; the newest final one if none is named."),
]


@findings.callback(invoke_without_command=True)
@asks
def listed(
    context: typer.Context,
    block: Block = None,
    document: Annotated[
        str | None, typer.Option("--document", metavar="ID", help="Only those that this document is part of.")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only those of this rule.")] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", help="Only those of this severity: high, medium, low.")
    ] = None,
    unanswered: Annotated[bool, typer.Option("--unanswered", help="Only those without an answer.")] = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """List findings, the gravest first: the papers, the places in them, and what is written there.

    Exit code 0 whether there are any or not: a finding is no verdict. Example: sanad findings --document
    KAPW-HC-22012-18-08-2022
    """
    if context.invoked_subcommand is not None:
        if (block, document, rule, severity, unanswered, as_json) != (None, None, None, None, False, False):
            raise UsageWrong("these options are those of the list", field=context.invoked_subcommand)
        return
    query = asked(
        FindingsQuery,
        block=block,
        document=document,
        rule=rule,
        severity=severity,
        answered=False if unanswered else None,
        limit=PAGE,
    )
    with where.desk() as desk:
        told = _all(desk, query)
    say(as_json, told.as_json(), *_lines(told))
    raise Answer(DONE)


def _all(desk: Desk, query: FindingsQuery) -> FindingsPage:
    """Every page as one."""
    page = desk.findings(query)
    found = list(page.findings)
    while page.next is not None:
        page = desk.findings(query.model_copy(update={"before": page.next}))
        found += page.findings
    return page.model_copy(update={"findings": found, "next": None})


def _lines(told: FindingsPage) -> list[str]:
    lines = [line for one in told.findings for line in (*_finding(one), "")]
    lines += [
        f"not compared: {one.type} {one.digest[:16]}… by {one.issuer} ({one.why.replace('-', ' ')})"
        for one in told.not_compared
    ]
    lines += [
        f"{WHY[one.why]}: {'/'.join(one.types)} {one.number}, named by {one.named_by[:16]}…"
        for one in told.not_found
    ]
    counts = f"{told.total} findings in {told.papers} papers as of block {told.block}"
    rest = f"; {told.not_compared_total} papers not compared, {told.not_found_total} named and not held"
    return [*lines, counts + rest]


def _finding(one: PaperFindingView) -> list[str]:
    figures = ", ".join(f"{name} {value}" for name, value in one.figures.items())
    return [
        f"{one.severity.upper():<6} {one.title}",
        f"  {one.rule}  {one.id}",
        *(f"  {_place(place)}" for place in one.places),
        *([f"  {figures}"] if figures else []),
        *(
            f"  answered {moment(a.at)} by {a.name}{f' of {a.formation}' if a.formation else ''}: {a.reason}. {a.note}"
            for a in one.answers
        ),
    ]


def _place(place: PlaceView) -> str:
    paper = f"{place.type} {place.number or place.digest[:16] + '…'} by {place.issuer}"
    if place.withheld:
        return f"{paper}  {place.pointer}  (withheld)"
    return f"{paper}  {place.pointer or 'is without it'}  {place.value}".rstrip()


@findings.command("report")
@asks
def whole(
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the report.")],
    block: Block = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Write all findings as of a block as one file. The same block, papers and rules give the same bytes.

    Example: sanad findings report --block 4711 -o findings-4711.json
    """
    with where.desk() as desk:
        made = desk.findings_report(block)
    write_file(out, made)
    say(as_json, {"file": str(out), "bytes": len(made)}, f"wrote {out}")
    raise Answer(DONE)


@findings.command("answer")
@asks
def answer(
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="The finding's 32 digits.")],
    reason: Annotated[str, typer.Option("--reason", help="One of: " + ", ".join(REASONS))],
    note: Annotated[str, typer.Option("--note", help="Why it is so, or what was done.")],
    formation: Annotated[str | None, typer.Option("--as", help="Formation that answers.")] = None,
    block: Block = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Answer a finding: kept with who and when, for ever. The same answer again is the same answer.

    Example: sanad findings answer 4db105e65857fe46cb7b2bea26c355d8 --reason part-shipment --note "second of two"
    """
    request = asked(
        AnswerRequest, finding=finding, reason=reason, note=note, block=block, formation=formation
    )
    with where.desk() as desk:
        given = desk.answer_finding(request, key=key)
    who = given.name + (f" of {given.formation}" if given.formation else "")
    say(as_json, given.as_json(), f"answered {moment(given.at)} by {who}: {given.reason}")
    raise Answer(DONE)


@findings.command("rules")
def listed_rules(as_json: Json = False) -> None:
    """List the rules by which papers are compared.

    Example: sanad findings rules
    """
    told: list[dict[str, Any]] = [
        {
            "rule": r.id,
            "severity": r.severity,
            "of": r.of,
            "against": r.against,
            "title": r.title.en,
            "why": r.why.en,
        }
        for r in rules.rules().values()
    ]
    lines = [f"{one['severity']:<6} {one['rule']:<28} {one['title']}" for one in told]
    say(as_json, {"digest": rules.digest(), "rules": told}, *lines)
    raise Answer(DONE)


@findings.command("renew")
@asks
def renew(*, where: Where, as_json: Json = False) -> None:
    """Look at every paper of the vault again, after papers were restored or brought into it. Answers stay.

    Example: sanad findings renew
    """
    with where.node() as node:
        node.be_current()
        held = report.renew(node)
    say(as_json, {"held": held}, f"{held} papers are held and can be compared")
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(findings, name="findings")
