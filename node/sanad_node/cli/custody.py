"""Commands on cargo: `sanad custody register|ship|receive|refuse|hand-over|recall|hold|lift|show`."""

from typing import Annotated, Any

import typer

from sanad_node import custody as use
from sanad_node import finding
from sanad_node import tracing as traces
from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, members, say
from sanad_node.cli.options import DEFAULT_DATA, As, Data, Json, Key, ReasonOption
from sanad_node.cli.tracing import consignment_lines
from sanad_node.node import Node
from sanad_node.standing import reason_code

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

app = typer.Typer(
    help="Who holds the cargo: two signed halves make a hand-over.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


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
    digests = tuple(finding.document(node, one, field="--document").digest.hex() for one in named or ())
    return use.Particulars(place.upper(), quantity, unit, use.condition_named(condition), seal, note, digests)


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
    with Node(data) as node:
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
    with Node(data) as node:
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
        with Node(data) as node:
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
    with Node(data) as node:
        node.catch_up_if_possible()
        stated = _particulars(node, place, quantity, unit, condition, seal, note, document)
        found = finding.consignment(node, identifier)
        done = use.hand_over(node, found, formation=formation, taker=to, particulars=stated, key=key)
    _tell(done, f"handed over to {to.upper()}", as_json)


@app.command()
def recall(
    identifier: Identifier,
    formation: As,
    reason: ReasonOption,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """The holder takes back what the taker has not received.

    Example: sanad custody recall "MSKU1234565 / 0417W" --as MAEU-KHI --reason taker-did-not-come
    """
    code = reason_code(reason)
    with Node(data) as node:
        node.catch_up_if_possible()
        done = use.recall(
            node, finding.consignment(node, identifier), formation=formation, reason=code, key=key
        )
    _tell(done, "recalled", as_json)


@app.command()
def hold(
    identifier: Identifier,
    formation: As,
    reason: ReasonOption,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Forbid moving a consignment (court order, inquiry, examination) until the hold is lifted.

    Example: sanad custody hold "MSKU1234565 / 0417W" --as SCC-KHI --reason court-order
    """
    code = reason_code(reason)
    with Node(data) as node:
        node.catch_up_if_possible()
        done = use.hold(
            node, finding.consignment(node, identifier), formation=formation, reason=code, key=key
        )
    _tell(done, f"on hold by {formation.upper()}", as_json)


@app.command()
def lift(
    identifier: Identifier,
    formation: As,
    reason: ReasonOption,
    of: Annotated[str | None, typer.Option("--of", help="Whose hold, if not one's own.")] = None,
    key: Key = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Lift a hold.

    Example: sanad custody lift "MSKU1234565 / 0417W" --as SCC-KHI --reason order-vacated
    """
    code = reason_code(reason)
    with Node(data) as node:
        node.catch_up_if_possible()
        found = finding.consignment(node, identifier)
        done = use.lift(node, found, formation=formation, reason=code, holder=of, key=key)
    _tell(done, "hold lifted", as_json)


@app.command()
def show(identifier: Identifier, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Who holds a consignment now, and every hand-over so far.

    Example: sanad custody show "MSKU1234565 / 0417W"
    """
    with Node(data) as node:
        node.catch_up_if_possible()
        told = traces.trace_consignment(node, finding.consignment(node, identifier))
    say(as_json, members(told), *consignment_lines(told))
    raise Answer(DONE)


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="custody")
