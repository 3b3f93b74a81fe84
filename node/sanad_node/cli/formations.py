"""Commands on authority: `sanad formation …`."""

from typing import Annotated, Any

import typer

from sanad_node import blinding, custody, governance, types
from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.options import (
    DEFAULT_DATA,
    Data,
    Json,
    ReasonOption,
    address,
    parse_time,
    window,
)
from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_node.standing import reason_code

formations = typer.Typer(
    help="Offices with authority, their keys and scopes.", no_args_is_help=True, rich_markup_mode=None
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="Code of the formation.")]
From = Annotated[str | None, typer.Option("--from", help="Valid from (ISO 8601); now by default.")]
To = Annotated[str | None, typer.Option("--to", help="Valid to (ISO 8601); without end by default.")]


def decided(decision: governance.Decision, words: str, as_json: bool, **more: Any) -> None:
    """Tell what was decided, or that it waits for other members."""
    payload = {"executed": decision.executed, **more, **act_payload(decision.act)}
    ending = "" if decision.executed else " (proposed: other members have to approve)"
    say(as_json, payload, words + ending, act_line(decision.act))
    finish(decision.act)


@formations.command("add")
def add(
    code: Code,
    kind: Annotated[str, typer.Option("--kind", help="CUSTOMS, BANK, CARRIER, AUCTION, WAREHOUSE, …")],
    parent: Annotated[str | None, typer.Option("--parent", help="Code of the formation above it.")] = None,
    predecessor: Annotated[
        str | None, typer.Option("--predecessor", help="Code of the formation it follows.")
    ] = None,
    since: From = None,
    until: To = None,
    with_key: Annotated[
        bool, typer.Option("--key/--no-key", help="Make a key for it in this node's keyring.")
    ] = True,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Add a formation, with a key made here. It may do nothing until it has scopes.

    Example: sanad formation add KAPW --kind CUSTOMS
    """
    valid_from, valid_to = window(since, until)
    with Node(data) as node:
        node.catch_up()
        above = node.reader.formation(parent, field="--parent").number if parent else 0
        before = node.reader.formation(predecessor, field="--predecessor").number if predecessor else 0
        decision = governance.add_formation(
            node,
            code=code,
            kind=kind,
            parent=above,
            predecessor=before,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        made = ""
        if with_key and decision.executed:
            made = node.keyring.create().hex()
            decision = governance.add_key(node, code, bytes.fromhex(made))
    decided(decision, f"formation {code.upper()}" + (f" with key {made}" if made else ""), as_json, key=made)


@formations.command("list")
def list_formations(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List formations with their keys and scopes.

    Example: sanad formation list
    """
    with Node(data) as node:
        node.catch_up_if_possible()
        told = [_told(node, formation) for formation in node.reader.formations()]
    lines = [line for one in told for line in _lines(one)]
    say(as_json, {"formations": told}, *lines)
    raise Answer(DONE)


def _told(node: Node, formation: FormationRecord) -> dict[str, Any]:
    held = set(node.keyring.addresses())
    return {
        "number": formation.number,
        "code": formation.code,
        "kind": formation.kind,
        "parent": formation.parent,
        "predecessor": formation.predecessor,
        "validFrom": formation.valid_from,
        "validTo": formation.valid_to,
        "suspendedAt": formation.suspended_at,
        "keys": [
            {
                "address": key.address.hex(),
                "heldHere": key.address in held,
                "validFrom": key.valid_from,
                "validTo": key.valid_to,
                "suspendedAt": key.suspended_at,
                "compromisedFrom": key.compromised_from,
            }
            for key in node.reader.keys_of(formation.number)
        ],
        "scopes": [
            {
                "type": scope.doc_type,
                "acts": governance.act_names(scope.acts),
                "validFrom": scope.valid_from,
                "validTo": scope.valid_to,
            }
            for scope in node.reader.scopes_of(formation.number)
            if scope.acts
        ],
    }


def _lines(one: dict[str, Any]) -> list[str]:
    state = "suspended " + moment(one["suspendedAt"]) if one["suspendedAt"] else ""
    lines = [f"{one['number']:4} {one['code']:<20} {one['kind']:<10} {state}".rstrip()]
    for key in one["keys"]:
        flags = [
            "held here" if key["heldHere"] else "",
            f"suspended {moment(key['suspendedAt'])}" if key["suspendedAt"] else "",
            f"compromised from {moment(key['compromisedFrom'])}" if key["compromisedFrom"] else "",
            f"ends {moment(key['validTo'])}" if key["validTo"] else "",
        ]
        lines.append(f"       key {key['address']}  {', '.join(f for f in flags if f)}".rstrip())
    for scope in one["scopes"]:
        lines.append(f"       {scope['type']}: {', '.join(scope['acts'])}")
    return lines


@formations.command("scope")
def scope(
    code: Code,
    doc_type: Annotated[str, typer.Option("--type", help="Document type or kind of consignment.")],
    acts: Annotated[
        str,
        typer.Option(
            "--acts", help="Acts, separated by commas: issue,revoke or ship,receive; none takes all away."
        ),
    ],
    since: From = None,
    until: To = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Set what a formation may do with a type, within dates.

    Example: sanad formation scope KAPW --type GOODS_DECLARATION --acts issue,issue-batch,supersede,revoke
    """
    valid_from, valid_to = window(since, until)
    names = [name for name in acts.split(",") if name.strip() and name.strip() != "none"]
    doc_type = doc_type.upper()
    if doc_type not in custody.KINDS:
        types.get(doc_type)  # a mistyped name would be a scope that nothing ever asks for
    with Node(data) as node:
        node.catch_up()
        decision = governance.set_scope(node, code, doc_type, names, valid_from=valid_from, valid_to=valid_to)
    decided(decision, f"{code.upper()} may {', '.join(names) or 'nothing'} on {doc_type}", as_json)


@formations.command("suspend")
def suspend(
    code: Code,
    reason: ReasonOption,
    key: Annotated[str | None, typer.Option("--key", help="Only this key, not the whole formation.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Stop a formation (or one of its keys) at once, as one member.

    Example: sanad formation suspend KAPW --reason fraud
    """
    why = reason_code(reason)
    with Node(data) as node:
        node.catch_up()
        act = (
            governance.suspend_key(node, address(key, "--key"), why)
            if key
            else governance.suspend_formation(node, code, why)
        )
    what = f"key {key}" if key else code.upper()
    say(as_json, act_payload(act), f"{what} is suspended", act_line(act))
    finish(act)


@formations.command("reinstate")
def reinstate(
    code: Code,
    reason: ReasonOption,
    key: Annotated[str | None, typer.Option("--key", help="Only this key.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Lift a suspension; needs the consortium's threshold.

    Example: sanad formation reinstate KAPW --reason inquiry-closed
    """
    why = reason_code(reason)
    with Node(data) as node:
        node.catch_up()
        decision = (
            governance.reinstate_key(node, address(key, "--key"), why)
            if key
            else governance.reinstate_formation(node, code, why)
        )
    decided(decision, f"{key or code.upper()} is reinstated", as_json)


@formations.command("add-key")
def add_key(
    code: Code,
    given: Annotated[
        str | None, typer.Option("--address", help="A key made elsewhere; otherwise one is made here.")
    ] = None,
    officer: Annotated[
        str, typer.Option("--officer", help="Who will hold it; only a blinded mark goes on the chain.")
    ] = "",
    since: From = None,
    until: To = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Register a further key for a formation.

    Example: sanad formation add-key KAPW --officer "badge 4471" --to 2027-06-30
    """
    valid_from, valid_to = window(since, until)
    with Node(data) as node:
        node.catch_up()
        node.reader.formation(code, field="CODE")
        made = address(given, "--address") if given else node.keyring.create()
        mark = blinding.officer_mark(node.directory.secret("network"), officer) if officer else bytes(32)
        decision = governance.add_key(
            node, code, made, officer=mark, valid_from=valid_from, valid_to=valid_to
        )
    decided(decision, f"key {made.hex()} for {code.upper()}", as_json, key=made.hex())


@formations.command("rotate-key")
def rotate_key(
    code: Code,
    old: Annotated[str | None, typer.Option("--key", help="The key to end; the newest by default.")] = None,
    at: Annotated[str, typer.Option("--at", help="When the old key ends (ISO 8601 or now).")] = "now",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Give a formation a new key and end its old one; what the old key did stays valid.

    Example: sanad formation rotate-key KAPW
    """
    when = parse_time(at, "--at")
    with Node(data) as node:
        node.catch_up()
        made, decisions = governance.rotate_key(
            node, code, old=address(old, "--key") if old else None, at=when
        )
    decided(decisions[-1], f"{code.upper()} now signs with {made.hex()}", as_json, key=made.hex())


@formations.command("compromised")
def compromised(
    key: Annotated[str, typer.Argument(metavar="ADDRESS", help="The key.")],
    since: Annotated[str, typer.Option("--since", help="From when it is distrusted (ISO 8601).")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Distrust everything a key did from a time on; it never acts again.

    Example: sanad formation compromised 5b38da6a701c568545dcfcb03fcb875f56beddc4 --since 2026-11-01T08:00Z
    """
    when = parse_time(since, "--since")
    with Node(data) as node:
        node.catch_up()
        decision = governance.declare_compromised(node, address(key), when)
    decided(decision, f"key {key} is distrusted from {moment(when)}", as_json)


@formations.command("close")
def close(
    code: Code,
    at: Annotated[str, typer.Option("--at", help="When its authority ends (ISO 8601).")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """End a formation's authority; what it issued stays valid.

    Example: sanad formation close KAPW --at 2026-12-31
    """
    when = parse_time(at, "--at")
    with Node(data) as node:
        node.catch_up()
        decision = governance.close_formation(node, code, when)
    decided(decision, f"{code.upper()} ends {moment(when)}", as_json)


def add_to(app: typer.Typer) -> None:
    app.add_typer(formations, name="formation")
