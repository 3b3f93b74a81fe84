"""Commands on bills of lading: `sanad bill …`, from issuing one under title control to the chain of its hands."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from sanad_node.cli.answers import DONE, REFUSED, Answer, act_line, act_payload, finish, say
from sanad_node.cli.asked import asked, must_be_identifier
from sanad_node.cli.at import Where, asks
from sanad_node.cli.bill_words import WORDS, bill_lines
from sanad_node.cli.files import about, read_file
from sanad_node.cli.options import As, IssuerOption, Json, Key, ReasonOption
from sanad_node.durable import write_file
from sanad_node.standing import reason_code
from sanad_node.titles import pint
from sanad_node.wire import ActView
from sanad_node.wire.bills import BillAct, BillActRequest, BillChainView, BillRequest
from sanad_verifier.cli_parts import UsageWrong
from sanad_verifier.json_profile import JsonRefused, parse
from sanad_verifier.title_words import Why

File = Annotated[Path, typer.Argument(help="The bill: a DCSA TransportDocument.")]
Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="Digest, its first 8 or more digits, or the bill's number.")
]
Holder = Annotated[str, typer.Option("--holder", help="Code of the formation that the bill is issued to.")]
Beneficiary = Annotated[
    str | None,
    typer.Option(
        "--beneficiary",
        help="Who is entitled to the goods: the consignee, or to whose order it is. Without it a bill to order is to"
        " bearer.",
    ),
]
To = Annotated[str, typer.Option("--to", help="Code of the formation that it goes to.")]
Evidence = Annotated[
    str | None, typer.Option("--evidence", help="ID of a document on the ledger that goes with it.")
]
Block = Annotated[
    int | None, typer.Option("--block", min=0, help="As it stood after this block of the chain.")
]
app = typer.Typer(
    help="Bills of lading: who holds one, who is entitled to the goods, and what was done with it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _issue(
    where: Where, file: Path, request: BillRequest, key: str | None, as_json: bool, words: str
) -> None:
    content = read_file(file)
    with where.desk() as desk, about(file):
        done = desk.issue_bill(request.model_copy(update={"name": file.name[:256]}), content, key=key)
    told = done.about
    payload = {
        "digest": told["digest"],
        "type": told["type"],
        "number": told.get("number", ""),
        **act_payload(done),
    }
    say(as_json, payload, f"{told.get('number', '')} {words}", f"digest {told['digest']}", act_line(done))
    finish(done)


@app.command()
@asks
def issue(
    file: File,
    formation: As,
    holder: Holder,
    beneficiary: Beneficiary = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Issue a bill and put it under title control, in one act. Its number is this bill's for ever.

    Example: sanad bill issue bill.json --as SMPL-LINE --holder SHIPPER --beneficiary SHIPPER
    """
    request = asked(BillRequest, formation=formation, holder=holder, beneficiary=beneficiary)
    _issue(where, file, request, key, as_json, f"is held by {holder.upper()}")


@app.command()
@asks
def reissue(
    identifier: Identifier,
    file: File,
    formation: As,
    holder: Holder,
    beneficiary: Beneficiary = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; see `sanad reasons`.")] = "amended",
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Replace a bill whose surrender for amendment was accepted: under the same number a reissue, under another one a
    switch. The old bill is superseded before the new one exists.

    Example: sanad bill reissue 4f2a90c1 amended.json --as SMPL-LINE --holder SHIPPER --beneficiary SHIPPER
    """
    reason_code(reason)
    must_be_identifier(identifier)
    request = asked(
        BillRequest,
        formation=formation,
        holder=holder,
        beneficiary=beneficiary,
        replaces=identifier,
        reason=reason,
    )
    _issue(where, file, request, key, as_json, f"takes its place, held by {holder.upper()}")


def _act(
    where: Where, identifier: str, act: str, formation: str, key: str | None, as_json: bool, **more: Any
) -> None:
    must_be_identifier(identifier)
    if more.get("reason") is not None:
        reason_code(more["reason"])
    request = asked(BillActRequest, act=act, formation=formation, **more)
    with where.desk() as desk:
        done = desk.act_on_bill(identifier, request, key=key)
    names = {"to": str(more.get("to") or "").upper(), "by": formation.upper()}
    _tell(done, WORDS[act].format(**names), as_json)


def _tell(done: ActView, words: str, as_json: bool) -> None:
    digest = done.about["digest"]
    say(as_json, {"digest": digest, "step": done.what, **act_payload(done)}, words, act_line(done))
    finish(done)


@app.command()
@asks
def transfer(
    identifier: Identifier,
    to: To,
    formation: As,
    evidence: Evidence = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Offer possession of a bill to somebody: who is entitled to the goods stays as it is.

    Example: sanad bill transfer 4f2a90c1 --to BANK-A --as SHIPPER
    """
    _act(where, identifier, "transfer", formation, key, as_json, to=to, evidence=evidence, issuer=issuer)


@app.command()
@asks
def endorse(
    identifier: Identifier,
    to: To,
    formation: As,
    kind: Annotated[
        str, typer.Option("--kind", help="to-order, named (it cannot be endorsed further) or blank.")
    ] = "to-order",
    endorsee: Annotated[
        str | None,
        typer.Option("--endorsee", help="Who shall be entitled, if not the one who takes the bill."),
    ] = None,
    evidence: Evidence = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Endorse a bill and offer it: when the taker accepts, it holds the bill and the endorsee is entitled.

    Example: sanad bill endorse 4f2a90c1 --to BANK-A --endorsee IMPORTER --as SHIPPER
    """
    acts = {"to-order": "endorse-to-order", "named": "endorse", "blank": "blank-endorse"}
    if kind not in acts:
        raise UsageWrong("an endorsement is to-order, named or blank", field="--kind")
    _act(
        where,
        identifier,
        acts[kind],
        formation,
        key,
        as_json,
        to=to,
        endorsee=endorsee,
        evidence=evidence,
        issuer=issuer,
    )


def _plain(act: BillAct, help_: str, *, with_evidence: bool = True) -> None:
    """A command that names nothing but the bill and who acts."""
    if with_evidence:

        def command(
            identifier: Identifier,
            formation: As,
            evidence: Evidence = None,
            issuer: IssuerOption = None,
            key: Key = None,
            *,
            where: Where,
            as_json: Json = False,
        ) -> None:
            _act(where, identifier, act, formation, key, as_json, evidence=evidence, issuer=issuer)

        app.command(act, help=help_)(asks(command))
        return

    def with_reason(
        identifier: Identifier,
        formation: As,
        reason: ReasonOption,
        issuer: IssuerOption = None,
        key: Key = None,
        *,
        where: Where,
        as_json: Json = False,
    ) -> None:
        _act(where, identifier, act, formation, key, as_json, reason=reason, issuer=issuer)

    app.command(act, help=help_)(asks(with_reason))


_plain(
    "hand-back",
    "Offer a bill back to the one who gave it; accepted, everything is as it was before.\n\n"
    "Example: sanad bill hand-back 4f2a90c1 --as BANK-A",
)
_plain(
    "sign",
    "Confirm, as its holder, that one holds a bill. Nothing changes.\n\n"
    "Example: sanad bill sign 4f2a90c1 --as BANK-A",
)
_plain(
    "unpledge",
    "Let a bill go that one has in pledge.\n\nExample: sanad bill unpledge 4f2a90c1 --as BANK-A",
)
_plain(
    "reject",
    "Turn down a bill that is offered; nothing changes.\n\n"
    "Example: sanad bill reject 4f2a90c1 --as BANK-A --reason data-corrected",
    with_evidence=False,
)
_plain(
    "retract",
    "Take back an offer that was not answered.\n\n"
    "Example: sanad bill retract 4f2a90c1 --as SHIPPER --reason issued-in-error",
    with_evidence=False,
)


@app.command()
@asks
def accept(
    identifier: Identifier,
    formation: As,
    sequence: Annotated[
        int | None,
        typer.Option("--sequence", min=0, help="Of the offer that was looked at; another one is refused."),
    ] = None,
    evidence: Evidence = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Take a bill that is offered: from now on the acting formation holds it.

    Example: sanad bill accept 4f2a90c1 --as BANK-A
    """
    _act(
        where,
        identifier,
        "accept",
        formation,
        key,
        as_json,
        sequence=sequence,
        evidence=evidence,
        issuer=issuer,
    )


@app.command()
@asks
def pledge(
    identifier: Identifier,
    to: To,
    formation: As,
    evidence: Evidence = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Pledge a bill: until the pledgee releases it, it neither moves nor is pledged again.

    Example: sanad bill pledge 4f2a90c1 --to BANK-A --as IMPORTER
    """
    _act(where, identifier, "pledge", formation, key, as_json, to=to, evidence=evidence, issuer=issuer)


@app.command()
@asks
def surrender(
    identifier: Identifier,
    for_: Annotated[str, typer.Option("--for", help="delivery, or amendment.")],
    formation: As,
    why: Annotated[
        str | None,
        typer.Option(
            "--why", help="Of an amendment, DCSA's code: SWTP (to paper), COD (destination), SWI (switch)."
        ),
    ] = None,
    evidence: Evidence = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Give a bill back to its carrier: for the goods, or to have it replaced. From now on it gives no claim to them.

    Example: sanad bill surrender 4f2a90c1 --for delivery --as IMPORTER
    """
    if for_ not in {"delivery", "amendment"}:
        raise UsageWrong("a bill is surrendered for delivery or for amendment", field="--for")
    codes = [one.name for one in Why if one]
    if why is not None and why.upper() not in codes:
        raise UsageWrong(f"the reason of an amendment is one of {', '.join(codes)}", field="--why")
    _act(
        where,
        identifier,
        f"surrender-for-{for_}",
        formation,
        key,
        as_json,
        why=why and why.upper(),
        evidence=evidence,
        issuer=issuer,
    )


@app.command()
@asks
def answer(
    identifier: Identifier,
    formation: As,
    accepts: Annotated[
        bool, typer.Option("--accept/--reject", help="Accept the surrender for ever, or give the bill back.")
    ],
    reason: Annotated[str | None, typer.Option("--reason", help="Why it is rejected.")] = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Answer a surrender, as the carrier.

    Example: sanad bill answer 4f2a90c1 --accept --as SMPL-LINE
    """
    act = "accept-surrender" if accepts else "reject-surrender"
    _act(where, identifier, act, formation, key, as_json, reason=reason, issuer=issuer)


@app.command()
@asks
def show(
    identifier: Identifier,
    issuer: IssuerOption = None,
    block: Block = None,
    formation: Annotated[
        str | None, typer.Option("--as", help="Tell what this formation may do with it now.")
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Who holds a bill, who is entitled, to whom it is pledged, and every act so far.

    Example: sanad bill show 4f2a90c1
    """
    must_be_identifier(identifier)
    with where.desk() as desk:
        told = desk.bill(identifier, issuer=issuer, block=block, formation=formation)
    say(as_json, told.as_json(), *bill_lines(told))
    raise Answer(DONE)


@app.command("list")
@asks
def list_bills(
    party: Annotated[
        str | None, typer.Option("--of", help="Only those this formation has to do with.")
    ] = None,
    before: Annotated[int | None, typer.Option("--before", min=0, help="Cursor of the page before.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="At most this many.")] = 50,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Bills under title control, last moved first.

    Example: sanad bill list --of BANK-A
    """
    with where.desk() as desk:
        told = desk.bills(party=party, before=before, limit=limit)
    lines = [
        f"{one.digest[:16]}…  {one.number or '-'}  {one.issuer}  {one.state}  held by {one.holder}"
        + (f"  offered to {one.taker}" if one.taker else "")
        + (f"  pledged to {one.pledgee}" if one.pledgee else "")
        for one in told.bills
    ]
    more = [f"more: --before {told.next}"] if told.next is not None else []
    say(as_json, told.as_json(), *(lines or ["no bills"]), *more)
    raise Answer(DONE)


@app.command()
@asks
def chain(
    identifier: Identifier,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to write it.")] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", help="A platform's chain (JSON) to hold against it.")
    ] = None,
    issuer: IssuerOption = None,
    block: Block = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """The chain of a bill as DCSA's standards tell it: an endorsementChain whose links are PINT transactions.

    Example: sanad bill chain 4f2a90c1 -o chain.json
    """
    must_be_identifier(identifier)
    with where.desk() as desk:
        told = desk.bill_chain(identifier, issuer=issuer, block=block)
    if compare is not None:
        _compare(told, compare, as_json)
    document = told.model_dump(by_alias=True, exclude_none=True)
    if out is None:
        print(json.dumps(document, ensure_ascii=False, indent=None if as_json else 2))
    else:
        write_file(out, json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")
        links = len(told.endorsement_chain)
        say(as_json, {"file": str(out), "links": links}, f"wrote {out}: {links} links")
    raise Answer(DONE)


def _compare(told: BillChainView, file: Path, as_json: bool) -> None:
    """Say where another chain and ours part; exit 1 if they do."""
    try:
        theirs = parse(read_file(file))
    except JsonRefused as error:
        raise pint.ChainInvalid(error.message, field=file.name) from error
    with about(file):
        found = pint.compare(theirs, told.model_dump(by_alias=True, exclude_none=True))
    if found is None:
        say(as_json, {"agrees": True}, "every link agrees with the log")
        raise Answer(DONE)
    payload = {"agrees": False, "place": found.place, "theirs": found.theirs, "ours": found.ours}
    say(as_json, payload, f"link {found.place} differs: {found.theirs} there, {found.ours} in the log")
    raise Answer(REFUSED)


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="bill")
