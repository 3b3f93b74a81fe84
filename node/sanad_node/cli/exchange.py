"""Commands on what members tell each other: `sanad agreement …`, `sanad exchange …`."""

from typing import Annotated, Any

import typer

from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import Json, Key, parse_time
from sanad_node.wire.exchange import (
    AgreementChange,
    AgreementRequest,
    AgreementView,
    MessageRequest,
    MessagesQuery,
    MessageView,
)
from sanad_verifier.errors import InputError

agreements = typer.Typer(
    help="Data agreements with other members.", no_args_is_help=True, rich_markup_mode=None
)
exchanges = typer.Typer(
    help="Messages from and to partners: mirrored declarations, requests, alerts.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Partner = Annotated[int, typer.Option("--to", metavar="MEMBER", help="Number of the member it is for.")]
AgreementId = Annotated[str, typer.Argument(metavar="AGREEMENT", help="Id of the agreement.")]
Document = Annotated[str, typer.Argument(metavar="ID", help="The document: number, digest or its beginning.")]
Text = Annotated[str, typer.Option("--text", help="A sentence for the people there.")]


class GrantInvalid(InputError):
    """A grant is written KIND:TYPE[,TYPE…][:FIELD[,FIELD…]]."""

    code = "GRANT_INVALID"


def _grant(text: str, sender: str) -> dict[str, Any]:
    kind, _, rest = text.partition(":")
    types, _, fields = rest.partition(":")
    if kind not in {"mirror", "request", "alert"} or not types:
        raise GrantInvalid(
            "write KIND:TYPE[,TYPE…][:FIELD,…], KIND is mirror, request or alert", field="--give"
        )
    made: dict[str, Any] = {"sender": sender, "kind": kind, "types": types.split(",")}
    return {**made, "fields": fields.split(",")} if fields else made


@agreements.command("propose")
@asks
def propose(
    partner: Partner,
    give: Annotated[
        list[str] | None,
        typer.Option(
            "--give", metavar="GRANT", help="What we let flow to them: KIND:TYPES[:FIELDS]; repeatable."
        ),
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option("--take", metavar="GRANT", help="What they let flow to us, likewise."),
    ] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="What it is for, in a sentence.")] = "",
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until when; without, until one ends it.")
    ] = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Propose a data agreement to a member: signed by us, in force once they have signed it too.

    Example: sanad agreement propose --to 2 --give mirror:GOODS_DECLARATION --take request:GOODS_DECLARATION
    """
    request = asked(
        AgreementRequest,
        partner=partner,
        grants=[*(_grant(one, "us") for one in give or []), *(_grant(one, "partner") for one in take or [])],
        purpose=purpose,
        until=0 if until is None else parse_time(until, "--until"),
    )
    with where.desk() as desk:
        _tell(desk.propose_agreement(request, key=key), as_json)


@agreements.command("accept")
@asks
def accept(agreement: AgreementId, key: Key = None, *, where: Where, as_json: Json = False) -> None:
    """Sign what a member has proposed: it is in force from then on.

    Example: sanad agreement accept 6f0c…
    """
    with where.desk() as desk:
        _tell(desk.change_agreement(agreement, AgreementChange(change="accept"), key=key), as_json)


@agreements.command("end")
@asks
def end(
    agreement: AgreementId,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence.")] = "",
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """End an agreement, decline or withdraw a proposal: at once, for both directions. What flowed stays.

    Example: sanad agreement end 6f0c… --reason "replaced"
    """
    request = asked(AgreementChange, change="end", reason=reason)
    with where.desk() as desk:
        _tell(desk.change_agreement(agreement, request, key=key), as_json)


@agreements.command("show")
@asks
def show(
    agreement: Annotated[
        str | None, typer.Argument(metavar="[AGREEMENT]", help="Id; all of them if left out.")
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Show data agreements: with whom, what may flow, and who has signed.

    Example: sanad agreement show
    """
    with where.desk() as desk:
        if agreement is not None:
            _tell(desk.agreement(agreement), as_json)
        told = desk.agreements()
    say(as_json, told.as_json(), *(line for one in told.agreements for line in _agreement(one)))
    raise Answer(DONE)


def _tell(told: AgreementView, as_json: bool) -> None:
    say(as_json, told.as_json(), *_agreement(told))
    raise Answer(DONE)


def _agreement(one: AgreementView) -> list[str]:
    until = f", until {moment(one.until)}" if one.until else ""
    ended = f" at {moment(one.ended_at)}" if one.ended_at else ""
    return [
        f"{one.id}  {one.state}{ended}  member {one.partner} {one.partner_name}{until}",
        *(
            f"  member {grant.sender} sends {grant.kind} about {', '.join(grant.types)}"
            + (f": {len(grant.fields)} fields" if grant.kind == "mirror" else "")
            for grant in one.grants
        ),
    ]


# -- messages ---------------------------------------------------------------------------------------------------------


@exchanges.command("mirror")
@asks
def mirror(
    document: Document, partner: Partner, key: Key = None, *, where: Where, as_json: Json = False
) -> None:
    """Send a member the fields of an export declaration that the agreement lets flow, each proved.

    Example: sanad exchange mirror KAPE-EX-1188 --to 2
    """
    _send(where, as_json, key, kind="mirror", partner=partner, id=document)


@exchanges.command("ask")
@asks
def ask(
    document: Document,
    partner: Partner,
    by: Annotated[
        str | None, typer.Option("--by", metavar="TIME", help="Until when an answer is needed.")
    ] = None,
    text: Text = "",
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Ask a member whether a document is genuine and in force.

    Example: sanad exchange ask 9f2a4c1e --to 2 --by 2026-12-01
    """
    deadline = 0 if by is None else parse_time(by, "--by")
    _send(where, as_json, key, kind="request", partner=partner, id=document, deadline=deadline, text=text)


@exchanges.command("answer")
@asks
def answer(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Id of the request.")],
    text: Text = "",
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Answer a member's request with this node's verdict of the document.

    Example: sanad exchange answer 6f0c…
    """
    _send(where, as_json, key, kind="answer", message=message, text=text)


@exchanges.command("alert")
@asks
def alert(
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE", help="FORGED, STOLEN, SEIZED, DIVERTED, WITHDRAWN, SUSPECT or CLEARED."
        ),
    ],
    partner: Partner,
    document: Annotated[str | None, typer.Option("--document", help="About this document.")] = None,
    container: Annotated[str | None, typer.Option("--container", help="About this container.")] = None,
    aeo: Annotated[
        str | None, typer.Option("--aeo", help="About the status of the trader with this number.")
    ] = None,
    text: Text = "",
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Tell a member something about a document, a container or a trader's AEO status.

    Example: sanad exchange alert DIVERTED --to 2 --container "MSKU 123456-5"
    """
    things = {"document": document, "container": container, "aeo": aeo}
    named = [(about, value) for about, value in things.items() if value is not None]
    if len(named) != 1:
        raise InputError("say what it is about: a document, a container or an AEO number", field="--document")
    about, value = named[0]
    more = {"id": value} if about == "document" else {"value": value}
    _send(
        where, as_json, key, kind="alert", partner=partner, about=about, code=code.upper(), text=text, **more
    )


@exchanges.command("list")
@asks
def listed(
    way: Annotated[str | None, typer.Option("--way", help="in or out.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="mirror, request, answer or alert.")] = None,
    is_open: Annotated[
        bool,
        typer.Option("--open", help="Only requests that wait for an answer, the nearest deadline first."),
    ] = False,
    undelivered: Annotated[
        bool, typer.Option("--undelivered", help="Only what partners do not have, and why.")
    ] = False,
    container: Annotated[
        str | None, typer.Option("--container", help="Only those about this container.")
    ] = None,
    aeo: Annotated[str | None, typer.Option("--aeo", help="Only those about this trader's status.")] = None,
    before: Annotated[int | None, typer.Option("--before", min=1, help="Cursor of the page before.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many.")] = 50,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """List messages, newest first: what arrived of mirrored declarations and what differs, requests and their answers,
    alerts.

    Example: sanad exchange list --way in
    """
    about = "container" if container is not None else "aeo" if aeo is not None else None
    query = asked(
        MessagesQuery,
        way=way,
        kind=kind,
        standing="open" if is_open else "undelivered" if undelivered else None,
        about=about,
        value=container or aeo,
        before=before,
        limit=limit,
    )
    with where.desk() as desk:
        told = desk.messages(query)
    lines = [line for one in told.messages for line in _message(one)]
    say(
        as_json,
        told.as_json(),
        *lines,
        f"{told.to_answer} requests to answer, {told.asked} asked, {told.overdue} overdue; "
        f"{told.waiting} wait to be sent",
    )
    raise Answer(DONE)


@exchanges.command("show")
@asks
def shown(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Id of the message.")],
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Show one message, and what became of it.

    Example: sanad exchange show 6f0c…
    """
    with where.desk() as desk:
        told = desk.message(message)
    say(as_json, told.as_json(), *_message(told))
    raise Answer(DONE)


def _send(where: Where, as_json: bool, key: str | None, **members: Any) -> None:
    request = asked(MessageRequest, **members)
    with where.desk() as desk:
        told = desk.send_message(request, key=key)
    say(as_json, told.as_json(), *_message(told))
    raise Answer(DONE)


def _message(one: MessageView) -> list[str]:
    arrow = "from" if one.way == "in" else "to"
    state = f"{one.state} {one.code}".strip()
    late = "  OVERDUE" if one.overdue else ""
    lines = [f"{one.id}  {one.kind} {arrow} member {one.partner} {one.partner_name}  {state}{late}"]
    if one.about:
        lines.append(f"  about {one.about}")
    for said in (one.alert, one.outcome.upper(), one.text):
        if said:
            lines.append(f"  {said}")
    lines += [f"  {name}: {value}" for name, value in one.answers.items()]
    if one.deadline:
        lines.append(f"  answer by {moment(one.deadline)}")
    if one.kind == "mirror":
        lines.append(f"  {len(one.fields)} fields, each proved")
        if one.way == "in" and one.arrived is None:
            lines.append("  nothing has arrived of it here")
    if one.arrived is not None:
        lines += [f"  arrived: {it.type} {it.number} {it.issuer}" for it in one.arrived.declarations]
        if one.arrived.withheld:
            lines.append(f"  arrived: {one.arrived.withheld} declarations of other offices")
        lines += [f"  {found.severity}: {found.title} ({found.rule})" for found in one.arrived.findings]
    return lines


def add_to(app: typer.Typer) -> None:
    app.add_typer(agreements, name="agreement")
    app.add_typer(exchanges, name="exchange")
