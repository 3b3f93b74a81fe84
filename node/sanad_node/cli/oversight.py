"""`sanad reads`, `sanad notices`, `sanad traders`: what auditors watch; `sanad attest`: older records."""

from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.asked import asked, must_be_identifier
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import As, IssuerOption, Json, Key, TypeOption, parse_time
from sanad_node.desk import Desk
from sanad_node.findings.traders import WORDS
from sanad_node.reads.asking import WINDOW
from sanad_node.reads.log import forget
from sanad_node.wire.oversight import (
    AttestRequest,
    NoticePage,
    ReadPage,
    ReadsQuery,
    TotalView,
    TradersQuery,
)
from sanad_verifier.cli_parts import UsageWrong

PAGE = 200
reads = typer.Typer(help="Who looked up what through this node's service.", rich_markup_mode=None)


@reads.callback(invoke_without_command=True)
@asks
def listed(
    context: typer.Context,
    account: Annotated[str | None, typer.Option("--account", help="Only reads of this account.")] = None,
    about: Annotated[
        str | None,
        typer.Option("--about", metavar="ID", help="Only reads of this document, consignment or number."),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="From this time on.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Before this time.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most this many.")] = 50,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """List who looked up what, newest first, and who reads in bulk. Exit code 0 whether anybody did or not.

    Example: sanad reads --about KAPW-AUC-2026-00117
    """
    if context.invoked_subcommand is not None:
        if (account, about, since, until, limit, as_json) != (None, None, None, None, 50, False):
            raise UsageWrong("these options are those of the list", field=context.invoked_subcommand)
        return
    query = asked(
        ReadsQuery,
        name=account,
        about=None if about is None else must_be_identifier(about, "--about"),
        since=0 if since is None else parse_time(since, "--since"),
        until=None if until is None else parse_time(until, "--until"),
        limit=min(limit, PAGE),
    )
    with where.desk() as desk:
        told = _as_many(desk, query, limit)
    say(as_json, told.as_json(), *_lines(told))
    raise Answer(DONE)


def _as_many(desk: Desk, query: ReadsQuery, limit: int) -> ReadPage:
    page = desk.reads(query)
    found = list(page.reads)
    while page.next is not None and len(found) < limit:
        page = desk.reads(query.model_copy(update={"before": page.next}))
        found += page.reads
    more = page.next if len(found) <= limit else found[limit - 1].seq
    return page.model_copy(update={"reads": found[:limit], "next": more})


def _lines(told: ReadPage) -> list[str]:
    lines = [
        f"{one.seq:>8}  {moment(one.at)}  {one.name}{f' of {one.formation}' if one.formation else ''}  {one.what}"
        f"  {one.about[:16] + '…' if one.about else 'a list'}  {one.things}"
        for one in told.reads
    ]
    lines += [
        f"BULK_READING {one.name} was shown {one.things} things in {told.window} seconds, more than {told.limit}"
        for one in told.bulk
    ]
    return [*lines, f"{told.things} things shown; {len(told.reads)} records listed"]


@reads.command("check")
@asks
def check(
    head: Annotated[
        str | None, typer.Option("--head", help="The mark of a record, as it was kept elsewhere.")
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Check that no record is missing or changed, and that the one kept elsewhere is there. Keep the mark it prints.

    Example: sanad reads check
    """
    with where.desk() as desk:
        told = desk.check_reads(head)
    whole = f"records {told.first} to {told.last} are whole" if told.last else "there are no records"
    say(as_json, told.as_json(), whole, f"mark {told.mark}")
    raise Answer(DONE)


@reads.command("forget")
@asks
def forgotten(
    days: Annotated[int, typer.Option("--older-than", metavar="DAYS", help="Days; 365 at least.")],
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Remove records older than so many days, on the data directory itself. That is recorded, and the rest can still be
    checked.

    Example: sanad reads forget --older-than 1095
    """
    with where.node() as node:
        gone, record = forget(node.office, node.clock, days, window=WINDOW)
    say(
        as_json,
        {"forgotten": gone, "record": record.seq},
        f"{gone} records removed; recorded as {record.seq}",
    )
    raise Answer(DONE)


@asks
def notices(
    all_: Annotated[
        bool, typer.Option("--all", help="Look at all documents, not at the newest 500.")
    ] = False,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """List documents entered long after their date, or by a new key, office or account. A notice is no verdict.

    Example: sanad notices
    """
    with where.desk() as desk:
        page = desk.notices()
        found, looked = list(page.documents), page.looked_at
        while all_ and page.next is not None:
            page = desk.notices(page.next)
            found, looked = [*found, *page.documents], looked + page.looked_at
    told = NoticePage(documents=found, looked_at=looked, next=page.next)
    lines = [
        f"{moment(one.time)}  {one.type} {one.digest[:16]}… by {one.issuer}: {notice.sentence}"
        for one in told.documents
        for notice in one.notices
    ]
    say(as_json, told.as_json(), *lines, f"{len(found)} of {looked} documents looked at")
    raise Answer(DONE)


@asks
def traders(
    since: Annotated[str, typer.Option("--since", help="First day that papers bear, as 2026-01-01.")],
    until: Annotated[str, typer.Option("--until", help="Last day, included.")],
    trader: Annotated[str | None, typer.Option("--trader", help="Only of this tax number.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Only in this currency.")] = None,
    limit: Annotated[
        str | None, typer.Option("--limit", help="An amount that papers are looked for below.")
    ] = None,
    within: Annotated[
        int, typer.Option("--within", min=1, max=366, help="Days within which those are added up.")
    ] = 30,
    block: Annotated[int | None, typer.Option("--block", min=0, help="As of this block.")] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Add up what each trader paid by instruments and declared as landed. What is marked is a question, no verdict.

    Example: sanad traders --since 2026-01-01 --until 2026-12-31 --currency USD --limit 50000
    """
    query = asked(
        TradersQuery,
        since=since,
        until=until,
        trader=trader,
        currency=currency,
        limit=limit,
        within=within,
        block=block,
    )
    with where.desk() as desk:
        told = desk.traders(query)
    lines = [line for one in told.traders for line in _total(one)]
    counted = f"{told.total} totals as of block {told.block}"
    rest = f", the first {len(told.traders)} shown" if told.total > len(told.traders) else ""
    say(as_json, told.as_json(), *lines, counted + rest)
    raise Answer(DONE)


def _total(one: TotalView) -> list[str]:
    way = "exports" if one.exports else "imports"
    counted = f"{one.instruments} instruments {one.paid}  {one.declarations} declarations {one.landed}"
    lines = [f"{one.trader}  {way}  {one.currency}  {counted}"]
    lines += [f"  {mark}: {WORDS.get(mark, mark)}" for mark in one.marks]
    if one.split is not None:
        split = one.split
        lines.append(f"  {split.papers} {split.role}s from {split.first} to {split.last}: {split.total}")
    return lines


@asks
def attest(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The record: its digest or number.")],
    formation: As,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Attest, as another office, that a record taken over from older papers agrees with your own.

    Two offices, besides the one that passed it on, make it count.

    Example: sanad attest 5891b5b522d5df08 --as SNB-KHI-0001
    """
    request = asked(AttestRequest, formation=formation, type=doc_type, issuer=issuer)
    with where.desk() as desk:
        act = desk.attest(must_be_identifier(identifier), request, key=key)
    attested = act.about["digest"]
    payload = {"attestation": attested, **act_payload(act)}
    say(
        as_json, payload, f"attested by {act.about['formation']}: ATTESTATION {attested[:16]}…", act_line(act)
    )
    finish(act)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(reads, name="reads")
    app.command("notices")(notices)
    app.command("traders")(traders)
    app.command("attest")(attest)
