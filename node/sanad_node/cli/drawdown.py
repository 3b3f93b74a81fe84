"""Commands on payment instruments and quotas: `sanad draw open|down|return|release|amend`, `sanad balance`."""

from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.asked import asked, must_be_identifier
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import As, IssuerOption, Json, Key, ReasonOption, TypeOption, parse_time
from sanad_node.desk import Desk
from sanad_node.standing import reason_code
from sanad_node.wire import ActView
from sanad_node.wire.instruments import (
    AmendRequest,
    BalanceQuery,
    DrawRequest,
    InstrumentLine,
    InstrumentPage,
    InstrumentView,
    OpenRequest,
    ReleaseRequest,
    ReturnRequest,
)
from sanad_verifier.cli_parts import UsageWrong

Instrument = Annotated[
    str,
    typer.Argument(
        metavar="INSTRUMENT",
        help="Number of the instrument, or the (beginning of the) digest of its document.",
    ),
]
Declaration = Annotated[
    str,
    typer.Option("--declaration", help="Number of the declaration, or the (beginning of its) digest."),
]
Total = Annotated[
    str | None, typer.Option("--total", help="How much, where the document is not kept here: 148600.00")
]
Expires = Annotated[
    str | None,
    typer.Option("--expires", help="When nothing is drawn any more, where the document is not kept here."),
]
AsIssuer = Annotated[
    str | None, typer.Option("--as", help="Code of the formation that acts; the issuer by default.")
]
PAGE = 200
STATES = {"drawn": "drawn", "returned": "given back", "released": "out of charge"}

app = typer.Typer(
    help="Draw payment instruments and quotas down: never more than there is, never back once the goods have left.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _tell(done: ActView, words: str, as_json: bool) -> None:
    payload = {**done.about, **act_payload(done)}
    say(as_json, payload, words, act_line(done))
    finish(done)


@app.command("open")
@asks
def open_(
    instrument: Instrument,
    formation: AsIssuer = None,
    total: Total = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help="ISO 4217, where the document is not kept here.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="UN/ECE code, where the document is not kept here.")
    ] = None,
    expires: Expires = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Open an instrument, so that declarations can draw it down; total, currency and expiry are those of its document.

    Example: sanad draw open SNB-IMP-000214-05082026
    """
    must_be_identifier(instrument, "INSTRUMENT")
    request = asked(
        OpenRequest,
        document=instrument,
        formation=formation,
        type=doc_type,
        issuer=issuer,
        total=total,
        currency=currency,
        unit=unit,
        expires=None if expires is None else parse_time(expires, "--expires"),
    )
    with where.desk() as desk:
        done = desk.open_instrument(request, key=key)
    _tell(done, f"{done.about['type']} {done.about['digest'][:16]}… can be drawn down", as_json)


@app.command()
@asks
def down(
    instrument: Instrument,
    declaration: Declaration,
    formation: As,
    amount: Annotated[
        str | None, typer.Option("--amount", help="How much, where the declaration is not kept here.")
    ] = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Draw for a declaration what it says that it draws. Refused, with what is left, if there is not enough.

    Example: sanad draw down SNB-IMP-000214-05082026 --declaration KAPW-IB-22012-18-09-2026 --as KAPW
    """
    must_be_identifier(instrument, "INSTRUMENT")
    must_be_identifier(declaration, "--declaration")
    request = asked(DrawRequest, declaration=declaration, formation=formation, amount=amount)
    with where.desk() as desk:
        done = desk.draw(instrument, request, key=key)
    _tell(done, f"drawn for {done.about['type']} {done.about['digest'][:16]}…", as_json)


@app.command("return")
@asks
def return_(
    instrument: Instrument,
    declaration: Declaration,
    formation: As,
    reason: ReasonOption,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Give back what a revoked or superseded declaration drew. Refused for ever once its goods are out of charge.

    Example: sanad draw return SNB-IMP-000214-05082026 --declaration KAPW-IB-22012-18-09-2026 --as KAPW
    --reason cancelled
    """
    reason_code(reason)
    must_be_identifier(instrument, "INSTRUMENT")
    must_be_identifier(declaration, "--declaration")
    request = asked(ReturnRequest, declaration=declaration, formation=formation, reason=reason)
    with where.desk() as desk:
        done = desk.return_draw(instrument, request, key=key)
    _tell(done, f"given back by {done.about['type']} {done.about['digest'][:16]}…", as_json)


@app.command()
@asks
def release(
    declaration: Annotated[
        str, typer.Argument(metavar="DECLARATION", help="Number of the declaration, or its digest.")
    ],
    formation: As,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Record that the goods of a declaration are out of charge: what it drew is never given back.

    Example: sanad draw release KAPW-IB-22012-18-09-2026 --as KAPW
    """
    must_be_identifier(declaration, "DECLARATION")
    request = asked(ReleaseRequest, formation=formation)
    with where.desk() as desk:
        done = desk.release(declaration, request, key=key)
    _tell(done, f"{done.about['type']} {done.about['digest'][:16]}… is out of charge", as_json)


@app.command()
@asks
def amend(
    instrument: Instrument,
    document: Annotated[
        str, typer.Option("--document", help="The document that says so: the one that superseded its own.")
    ],
    formation: AsIssuer = None,
    total: Total = None,
    expires: Expires = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Set the total and expiry that an amended document says; never below what is drawn, never after expiry.

    Example: sanad draw amend SNB-IMP-000214-05082026 --document 4f2a90c1
    """
    must_be_identifier(instrument, "INSTRUMENT")
    must_be_identifier(document, "--document")
    request = asked(
        AmendRequest,
        document=document,
        formation=formation,
        total=total,
        expires=None if expires is None else parse_time(expires, "--expires"),
    )
    with where.desk() as desk:
        done = desk.amend_instrument(instrument, request, key=key)
    _tell(done, f"{done.about['type']} {done.about['digest'][:16]}… is amended", as_json)


@asks
def balance(
    instrument: Annotated[
        str | None,
        typer.Argument(metavar="[INSTRUMENT]", help="Number or digest; all instruments if none is named."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="As of a final block (a number), or of a time (2026-03-03).")
    ] = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """What an instrument stands at, or stood at: total, drawn, left, and each draw.

    Example: sanad balance SNB-IMP-000214-05082026 --at 2026-09-18
    """
    if instrument is None:
        for name, given in (("--at", at), ("--type", doc_type)):
            if given is not None:
                raise UsageWrong("the list is of all instruments as they stand now; name one", field=name)
        with where.desk() as desk:
            page = _all(desk, issuer)
        say(as_json, page.as_json(), *map(_line, page.instruments))
        raise Answer(DONE)
    must_be_identifier(instrument, "INSTRUMENT")
    block = int(at) if at is not None and at.isascii() and at.isdigit() and len(at) < 16 else None
    time = parse_time(at, "--at") if at is not None and block is None else None
    query = asked(BalanceQuery, block=block, time=time, type=doc_type, issuer=issuer)
    with where.desk() as desk:
        told = desk.balance(instrument, query)
    say(as_json, told.as_json(), *_lines(told))
    raise Answer(DONE)


def _all(desk: Desk, issuer: str | None) -> InstrumentPage:
    """Every page as one."""
    page = desk.instruments(issuer=issuer, limit=PAGE)
    found = list(page.instruments)
    while page.next is not None:
        page = desk.instruments(issuer=issuer, before=page.next, limit=PAGE)
        found += page.instruments
    return page.model_copy(update={"instruments": found})


def _line(one: InstrumentLine) -> str:
    name = one.number or one.document[:16] + "…"
    end = "expired" if one.expired else f"until {moment(one.expires)}"
    return (
        f"{one.type} {name}  {one.issuer}  {_amount(one.left)} of {_amount(one.total)} {one.code} left  {end}"
    )


def _lines(told: InstrumentView) -> list[str]:
    name = told.number or told.document[:16] + "…"
    end = f"expired {moment(told.expires)}" if told.expired else f"until {moment(told.expires)}"
    lines = [
        f"{told.type} {name} by {told.issuer}, {told.state}, {end}",
        f"as of block {told.block}",
        f"  total  {_amount(told.total)} {told.code}",
        f"  drawn  {_amount(told.drawn)} {told.code}",
        f"  left   {_amount(told.left)} {told.code}",
        "",
    ]
    for one in reversed(told.draws):
        who = one.number or one.declaration[:16] + "…"
        odd = f"  ! {one.odd.replace('-', ' ')}" if one.odd else ""
        lines.append(
            f"  {moment(one.time)}  {_amount(one.amount)} {told.code}  {one.type} {who} by {one.by}"
            f"  {STATES[one.state]}{odd}"
        )
    if told.draws_total > len(told.draws):
        lines.append(f"  the newest {len(told.draws)} of {told.draws_total} draws")
    if told.irregular:
        lines.append("irregular: something here was not made by the rule; have it looked into")
    return lines


def _amount(amount: str | None) -> str:
    return "unreadable" if amount is None else amount


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="draw")
    root.command()(balance)
