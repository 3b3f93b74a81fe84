"""Commands on cargo: `sanad custody register|ship|receive|refuse|hand-over|recall|hold|lift|show`, and
`sanad trace`.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sanad_node import custody as use
from sanad_node import finding, tracing
from sanad_node.cli.common import (
    DEFAULT_DATA,
    DONE,
    Answer,
    As,
    Data,
    IssuerOption,
    Json,
    Key,
    TypeOption,
    act_line,
    act_payload,
    finish,
    moment,
    open_node,
    say,
)
from sanad_node.node import Node
from sanad_node.reading import UnknownConsignment, UnknownDocument
from sanad_node.standing import reason_code
from sanad_verifier.entries import Condition
from sanad_verifier.errors import InputError

Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="Consignment identifier, its first digits, or its reference.")
]
Place = Annotated[str, typer.Option("--place", help="UN/LOCODE of the place, for example PKBQM.")]
Quantity = Annotated[int, typer.Option("--quantity", min=0, help="How many packages (or the unit named).")]
Unit = Annotated[str, typer.Option("--unit", help="Unit of the quantity.")]
ConditionOption = Annotated[
    str,
    typer.Option("--condition", help="good, damaged, short, excess, seal-broken, seal-changed, wrong-goods."),
]
Seal = Annotated[str, typer.Option("--seal", help="Seal number; its blinded mark goes on the chain.")]
Note = Annotated[str, typer.Option("--note", help="Free text for the record that stays with the parties.")]
Documents = Annotated[
    list[str] | None, typer.Option("--document", help="ID of a document that belongs to it; may be repeated.")
]
Reason = Annotated[str, typer.Option("--reason", help="Reason, by name or number; see `sanad reasons`.")]

app = typer.Typer(
    help="Who holds the cargo: two signed halves make a hand-over.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class ConditionInvalid(InputError):
    """A condition is one of the list in docs/spec/entry.md."""

    code = "CONDITION_INVALID"


def _condition(text: str) -> Condition:
    try:
        return Condition[text.strip().upper().replace("-", "_") or "NOT_STATED"]
    except KeyError as error:
        names = ", ".join(c.name.lower().replace("_", "-") for c in Condition)
        raise ConditionInvalid(f"a condition is one of {names}", field="--condition") from error


def _particulars(
    node: Node,
    place: str,
    quantity: int,
    unit: str,
    condition: str,
    seal: str,
    note: str,
    named: list[str] | None,
) -> use.Particulars:
    digests = tuple(finding.document(node, identifier).digest.hex() for identifier in named or ())
    return use.Particulars(place.upper(), quantity, unit, _condition(condition), seal, note, digests)


def _tell(done: use.CustodyAct, words: str, as_json: bool) -> None:
    payload = {"consignment": done.consignment.hex(), "step": done.step, **act_payload(done.act)}
    say(as_json, payload, words, f"consignment {done.consignment.hex()}", act_line(done.act))
    finish(done.act)


@app.command()
def register(
    reference: Annotated[
        str,
        typer.Argument(metavar="REFERENCE", help="What people call it: container and voyage, chassis, lot."),
    ],
    kind: Annotated[str, typer.Option("--kind", help="CARGO, CONTAINER, VEHICLE, LOT or SAMPLE.")],
    formation: As,
    place: Place = "",
    quantity: Quantity = 0,
    unit: Unit = "packages",
    condition: ConditionOption = "",
    seal: Seal = "",
    note: Note = "",
    document: Documents = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Bring a consignment under custody; the acting formation is its first holder.

    Example: sanad custody register "MSKU1234565 / 0417W" --kind CONTAINER --as MAEU-KHI --place PKBQM
    --quantity 420 --seal ML-PK0088
    """
    with open_node(data) as node:
        node.catch_up_if_possible()
        stated = _particulars(node, place, quantity, unit, condition, seal, note, document)
        done = use.register(
            node, kind=kind.upper(), reference=reference, formation=formation, particulars=stated, key=key
        )
    _tell(done, f"{reference} is held by {formation.upper()}", as_json)


@app.command()
def ship(
    identifier: Identifier,
    to: Annotated[str, typer.Option("--to", help="Code of the formation that is to take over.")],
    formation: As,
    place: Place = "",
    quantity: Quantity = 0,
    unit: Unit = "packages",
    condition: ConditionOption = "",
    seal: Seal = "",
    note: Note = "",
    document: Documents = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """First half of a hand-over: the holder names the taker. The holder stays answerable until the taker
    has received.

    Example: sanad custody ship "MSKU1234565 / 0417W" --to QICT --as MAEU-KHI --place PKBQM --quantity 420
    """
    with open_node(data) as node:
        node.catch_up_if_possible()
        stated = _particulars(node, place, quantity, unit, condition, seal, note, document)
        found = finding.consignment(node, identifier)
        done = use.ship(node, found, formation=formation, taker=to, particulars=stated, key=key)
    _tell(done, f"shipped to {to.upper()}, who has yet to receive", as_json)


def _second_half(refuse: bool) -> Any:
    def command(
        identifier: Identifier,
        formation: As,
        sent_by: Annotated[
            str | None,
            typer.Option("--sent-by", help="Formation that sends the taker's EIP-712 signature for it."),
        ] = None,
        place: Place = "",
        quantity: Quantity = 0,
        unit: Unit = "packages",
        condition: ConditionOption = "",
        seal: Seal = "",
        note: Note = "",
        document: Documents = None,
        key: Key = None,
        data: Data = DEFAULT_DATA,
        as_json: Json = False,
    ) -> None:
        with open_node(data) as node:
            node.catch_up_if_possible()
            stated = _particulars(node, place, quantity, unit, condition, seal, note, document)
            found = finding.consignment(node, identifier)
            done = use.receive(
                node,
                found,
                formation=formation,
                particulars=stated,
                relay=sent_by,
                refuse=refuse,
                key=key,
            )
        words = "refused by" if refuse else "received by"
        _tell(done, f"{words} {formation.upper()}", as_json)

    return command


app.command(
    "receive",
    help="Second half: the named taker takes over, stating what it found. Custody moves now.\n\n"
    'Example: sanad custody receive "MSKU1234565 / 0417W" --as QICT --place PKBQM --quantity 420 --condition good',
)(_second_half(refuse=False))
app.command(
    "refuse",
    help="Second half: the named taker declines; the holder stays answerable.\n\n"
    'Example: sanad custody refuse "MSKU1234565 / 0417W" --as BONDED-1 --quantity 418 --condition short',
)(_second_half(refuse=True))


@app.command("hand-over")
def hand_over(
    identifier: Identifier,
    to: Annotated[
        str, typer.Option("--to", help="Code of the formation that takes over; its key signs here.")
    ],
    formation: As,
    place: Place = "",
    quantity: Quantity = 0,
    unit: Unit = "packages",
    condition: ConditionOption = "",
    seal: Seal = "",
    note: Note = "",
    document: Documents = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Both halves at one place and time, in one transaction, over the same terms.

    Example: sanad custody hand-over "MSKU1234565 / 0417W" --to QICT --as MAEU-KHI --place PKBQM --quantity
    420
    """
    with open_node(data) as node:
        node.catch_up_if_possible()
        stated = _particulars(node, place, quantity, unit, condition, seal, note, document)
        found = finding.consignment(node, identifier)
        done = use.hand_over(node, found, formation=formation, taker=to, particulars=stated, key=key)
    _tell(done, f"handed over to {to.upper()}", as_json)


@app.command()
def recall(
    identifier: Identifier,
    formation: As,
    reason: Reason,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """The holder takes back what the taker has not received.

    Example: sanad custody recall "MSKU1234565 / 0417W" --as MAEU-KHI --reason taker-did-not-come
    """
    code = reason_code(reason)
    with open_node(data) as node:
        node.catch_up_if_possible()
        done = use.recall(
            node, finding.consignment(node, identifier), formation=formation, reason=code, key=key
        )
    _tell(done, "recalled", as_json)


@app.command()
def hold(
    identifier: Identifier,
    formation: As,
    reason: Reason,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Forbid moving a consignment (court order, inquiry, examination) until the hold is lifted.

    Example: sanad custody hold "MSKU1234565 / 0417W" --as SCC-KHI --reason court-order
    """
    code = reason_code(reason)
    with open_node(data) as node:
        node.catch_up_if_possible()
        done = use.hold(
            node, finding.consignment(node, identifier), formation=formation, reason=code, key=key
        )
    _tell(done, f"on hold by {formation.upper()}", as_json)


@app.command()
def lift(
    identifier: Identifier,
    formation: As,
    reason: Reason,
    of: Annotated[str | None, typer.Option("--of", help="Whose hold, if not one's own.")] = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Lift a hold.

    Example: sanad custody lift "MSKU1234565 / 0417W" --as SCC-KHI --reason order-vacated
    """
    code = reason_code(reason)
    with open_node(data) as node:
        node.catch_up_if_possible()
        found = finding.consignment(node, identifier)
        done = use.lift(node, found, formation=formation, reason=code, holder=of, key=key)
    _tell(done, "hold lifted", as_json)


@app.command()
def show(identifier: Identifier, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Who holds a consignment now, and every hand-over so far.

    Example: sanad custody show "MSKU1234565 / 0417W"
    """
    with open_node(data) as node:
        node.catch_up_if_possible()
        told = tracing.trace_consignment(node, finding.consignment(node, identifier))
    say(as_json, asdict(told), *_consignment_lines(told))
    raise Answer(DONE)


def trace(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="A consignment or a document.")],
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Follow a consignment (its custody line and papers) or a document (its history and the papers it names).

    Example: sanad trace "MSKU1234565 / 0417W"
    """
    with open_node(data) as node:
        node.catch_up_if_possible()
        payload, lines = _trace(node, identifier, doc_type, issuer, data)
    say(as_json, payload, *lines)
    raise Answer(DONE)


def _trace(
    node: Node, identifier: str, doc_type: str | None, issuer: str | None, _data: Path
) -> tuple[dict[str, Any], list[str]]:
    try:
        told = tracing.trace_consignment(node, finding.consignment(node, identifier))
    except UnknownConsignment:
        try:
            document = finding.document(node, identifier, doc_type=doc_type, issuer=issuer)
        except UnknownDocument as error:
            raise UnknownDocument("no consignment and no document has this identifier", field="ID") from error
        found = tracing.trace_document(node, document)
        return asdict(found), _document_lines(found)
    return asdict(told), _consignment_lines(told)


def _consignment_lines(told: tracing.ConsignmentTrace) -> list[str]:
    name = told.reference or told.consignment.id.hex()
    where = f"on its way to {told.taker}" if told.taker else "at rest"
    holds = f", on hold by {', '.join(told.holds)}" if told.holds else ""
    lines = [f"{told.consignment.kind} {name}", f"held by {told.holder}, {where}{holds}", ""]
    for hop in told.hops:
        parts = [moment(hop.time), f"{hop.act:<8}", hop.by]
        if hop.taker and hop.act == "ship":
            parts.append(f"to {hop.taker}")
        parts += [
            p for p in (hop.place, hop.condition if hop.condition != "not stated" else "", hop.reason) if p
        ]
        if hop.quantity:
            parts.append(f"quantity {hop.quantity}")
        if hop.sealed:
            parts.append("sealed")
        lines.append("  " + "  ".join(parts) + (f"  ! {hop.gap}" if hop.gap else ""))
    return lines + _paper_lines(told.papers)


def _document_lines(told: tracing.DocumentTrace) -> list[str]:
    name = f"{told.document.doc_type} {told.number}".strip()
    lines = [name, f"issued by {told.issuer}, {told.state}", f"digest {told.document.digest.hex()}", ""]
    for step in told.steps:
        more = [p for p in (step.reason, f"by {step.replacement[:16]}…" if step.replacement else "") if p]
        lines.append("  " + "  ".join([moment(step.time), f"{step.act:<11}", step.by, *more]))
    return lines + _paper_lines(told.papers)


def _paper_lines(papers: tuple[tracing.LinkedPaper, ...]) -> list[str]:
    if not papers:
        return []
    lines = ["", "papers"]
    for paper in papers:
        named = f"  (named by {paper.named_by})" if paper.named_by else ""
        issued = f"{paper.issuer} {moment(paper.time)}" if paper.issuer else ""
        lines.append(f"  {paper.state:<13} {paper.doc_type} {paper.number}  {issued}{named}".rstrip())
    return lines


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="custody")
    root.command()(trace)
