"""Commands on cargo: `sanad custody register|ship|receive|refuse|hand-over|recall|hold|lift|show`."""

from typing import Annotated, Any, Literal

import typer

from sanad_node.cli import observing
from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import As, Json, Key, ReasonOption
from sanad_node.cli.tracing import consignment_lines
from sanad_node.standing import reason_code
from sanad_node.wire import (
    ActView,
    HandOverRequest,
    HoldRequest,
    RecallRequest,
    ReceiveRequest,
    RegisterRequest,
    ShipRequest,
)

Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="Consignment identifier, its first digits, or its reference.")
]
Place = Annotated[str, typer.Option("--place", help="UN/LOCODE of the place, for example PKBQM.")]
Quantity = Annotated[int, typer.Option("--quantity", min=0, help="How many packages (or the unit named).")]
Unit = Annotated[str, typer.Option("--unit", help="Unit of the quantity.")]
ConditionOption = Annotated[
    str,
    typer.Option(
        "--condition",
        help="good, damaged, short, excess, seal-broken, seal-changed, wrong-goods, seal-locked.",
    ),
]
Seal = Annotated[str, typer.Option("--seal", help="Seal number; its blinded mark goes on the chain.")]
Note = Annotated[str, typer.Option("--note", help="Free text for the record that stays with the parties.")]
Documents = Annotated[
    list[str] | None, typer.Option("--document", help="ID of a document that belongs to it; may be repeated.")
]

app = typer.Typer(
    help="Who holds the cargo: two signed halves make a hand-over.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _stated(
    place: str,
    quantity: int,
    unit: str,
    condition: str,
    seal: str,
    note: str,
    document: list[str] | None,
) -> dict[str, Any]:
    """The particulars of a request."""
    return {
        "place": place,
        "quantity": quantity,
        "unit": unit,
        "condition": condition,
        "seal": seal,
        "note": note,
        "documents": document or [],
    }


def _tell(done: ActView, words: str, as_json: bool) -> None:
    consignment = done.about["consignment"]
    payload = {"consignment": consignment, "step": done.what, **act_payload(done)}
    say(as_json, payload, words, f"consignment {consignment}", act_line(done))
    finish(done)


@app.command()
@asks
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
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Bring a consignment under custody; the acting formation is its first holder.

    Example: sanad custody register "MSKU1234565 / 0417W" --kind CONTAINER --as MAEU-KHI --place PKBQM
    --quantity 420 --seal ML-PK0088
    """
    stated = _stated(place, quantity, unit, condition, seal, note, document)
    request = asked(RegisterRequest, kind=kind.upper(), reference=reference, formation=formation, **stated)
    with where.desk() as desk:
        done = desk.register(request, key=key)
    _tell(done, f"{reference} is held by {formation.upper()}", as_json)


@app.command()
@asks
def ship(
    identifier: Identifier,
    to: Annotated[str, typer.Option("--to", help="Code of the formation that is to take over.")],
    formation: As,
    corridor: Annotated[
        str, typer.Option("--corridor", help="Corridor that it sets out on; see `sanad custody corridors`.")
    ] = "",
    place: Place = "",
    quantity: Quantity = 0,
    unit: Unit = "packages",
    condition: ConditionOption = "",
    seal: Seal = "",
    note: Note = "",
    document: Documents = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """First half of a hand-over: the holder names the taker. The holder stays answerable until the taker
    has received.

    Example: sanad custody ship "MSKU1234565 / 0417W" --to QICT --as MAEU-KHI --place PKBQM --quantity 420
    """
    stated = _stated(place, quantity, unit, condition, seal, note, document)
    request = asked(
        ShipRequest, consignment=identifier, to=to, formation=formation, corridor=corridor, **stated
    )
    with where.desk() as desk:
        done = desk.move(request, key=key)
    _tell(done, f"shipped to {to.upper()}, who has yet to receive", as_json)


def _second_half(act: Literal["receive", "refuse"]) -> Any:
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
        *,
        where: Where,
        as_json: Json = False,
    ) -> None:
        stated = _stated(place, quantity, unit, condition, seal, note, document)
        request = asked(
            ReceiveRequest, act=act, consignment=identifier, sent_by=sent_by, formation=formation, **stated
        )
        with where.desk() as desk:
            done = desk.move(request, key=key)
        words = "refused by" if act == "refuse" else "received by"
        _tell(done, f"{words} {formation.upper()}", as_json)

    return asks(command)


app.command(
    "receive",
    help="Second half: the named taker takes over, stating what it found. Custody moves now.\n\n"
    'Example: sanad custody receive "MSKU1234565 / 0417W" --as QICT --place PKBQM --quantity 420 --condition good',
)(_second_half("receive"))
app.command(
    "refuse",
    help="Second half: the named taker declines; the holder stays answerable.\n\n"
    'Example: sanad custody refuse "MSKU1234565 / 0417W" --as BONDED-1 --quantity 418 --condition short',
)(_second_half("refuse"))


@app.command("hand-over")
@asks
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
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Both halves at one place and time, in one transaction, over the same terms.

    Example: sanad custody hand-over "MSKU1234565 / 0417W" --to QICT --as MAEU-KHI --place PKBQM --quantity
    420
    """
    stated = _stated(place, quantity, unit, condition, seal, note, document)
    request = asked(HandOverRequest, consignment=identifier, to=to, formation=formation, **stated)
    with where.desk() as desk:
        done = desk.move(request, key=key)
    _tell(done, f"handed over to {to.upper()}", as_json)


@app.command()
@asks
def recall(
    identifier: Identifier,
    formation: As,
    reason: ReasonOption,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """The holder takes back what the taker has not received.

    Example: sanad custody recall "MSKU1234565 / 0417W" --as MAEU-KHI --reason taker-did-not-come
    """
    reason_code(reason)
    request = asked(RecallRequest, consignment=identifier, reason=reason, formation=formation)
    with where.desk() as desk:
        done = desk.move(request, key=key)
    _tell(done, "recalled", as_json)


Order = Annotated[
    str | None,
    typer.Option("--order", metavar="ID", help="The court order that it rests on: digest or number."),
]


@app.command()
@asks
def hold(
    identifier: Identifier,
    formation: As,
    reason: ReasonOption,
    order: Order = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Forbid moving a consignment (court order, inquiry, examination) until the hold is lifted.

    A court holds on an order that it entered in the register; so may who carries it out. Such a hold ends on a later
    order of that court only. Example: sanad custody hold "MSKU1234565 / 0417W" --as SCC-KHI --reason court-order
    --order SCC-KHI-2026-0441
    """
    reason_code(reason)
    request = asked(
        HoldRequest, act="hold", consignment=identifier, reason=reason, order=order, formation=formation
    )
    with where.desk() as desk:
        done = desk.move(request, key=key)
    _tell(done, f"on hold by {formation.upper()}", as_json)


@app.command()
@asks
def lift(
    identifier: Identifier,
    formation: As,
    reason: ReasonOption,
    of: Annotated[str | None, typer.Option("--of", help="Whose hold, if not one's own.")] = None,
    order: Order = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Lift a hold; one that rests on a court order by naming a later order of that court.

    Example: sanad custody lift "MSKU1234565 / 0417W" --as SCC-KHI --reason order-vacated --order SCC-KHI-2026-0508
    """
    reason_code(reason)
    request = asked(
        HoldRequest,
        act="lift",
        consignment=identifier,
        reason=reason,
        of=of,
        order=order,
        formation=formation,
    )
    with where.desk() as desk:
        done = desk.move(request, key=key)
    _tell(done, "hold lifted", as_json)


@app.command()
@asks
def show(identifier: Identifier, where: Where, as_json: Json = False) -> None:
    """Who holds a consignment now, and every hand-over so far.

    Example: sanad custody show "MSKU1234565 / 0417W"
    """
    with where.desk() as desk:
        told = desk.consignment(identifier)
    say(as_json, told.as_json(), *consignment_lines(told))
    raise Answer(DONE)


def add_to(root: typer.Typer) -> None:
    observing.add_to(app)
    root.add_typer(app, name="custody")
