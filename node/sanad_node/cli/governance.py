"""Commands on authority: `sanad formation …` and `sanad member …`."""

from typing import Annotated, Any

import typer

from sanad_node import blinding, governance
from sanad_node.cli.common import (
    DEFAULT_DATA,
    DONE,
    Answer,
    Data,
    Json,
    act_line,
    act_payload,
    finish,
    moment,
    open_node,
    parse_time,
    say,
)
from sanad_node.node import Node
from sanad_node.standing import reason_code
from sanad_verifier.errors import InputError

formations = typer.Typer(
    help="Offices with authority, their keys and scopes.", no_args_is_help=True, rich_markup_mode=None
)
members = typer.Typer(
    help="The consortium: who votes, and on what.", no_args_is_help=True, rich_markup_mode=None
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="Code of the formation.")]
From = Annotated[str | None, typer.Option("--from", help="Valid from (ISO 8601); now by default.")]
To = Annotated[str | None, typer.Option("--to", help="Valid to (ISO 8601); without end by default.")]
Reason = Annotated[str, typer.Option("--reason", help="Reason, by name or number; see `sanad reasons`.")]


class AddressInvalid(InputError):
    """An address is 40 hex digits."""

    code = "ADDRESS_INVALID"


def address(text: str, field: str = "ADDRESS") -> bytes:
    """The 20 bytes of an address."""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 20:
        raise AddressInvalid("an address is 40 hex digits", field=field)
    return raw


def _window(since: str | None, until: str | None) -> tuple[int, int]:
    return (parse_time(since, "--from") if since else 0, parse_time(until, "--to") if until else 0)


def _decided(decision: governance.Decision, words: str, as_json: bool, **more: Any) -> None:
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
    valid_from, valid_to = _window(since, until)
    with open_node(data) as node:
        node.catch_up()
        above = node.reader.formation(parent).number if parent else 0
        before = node.reader.formation(predecessor).number if predecessor else 0
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
    _decided(decision, f"formation {code.upper()}" + (f" with key {made}" if made else ""), as_json, key=made)


@formations.command("list")
def list_formations(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List formations with their keys and scopes."""
    with open_node(data) as node:
        node.catch_up_if_possible()
        told = [_told(node, formation) for formation in node.reader.formations()]
    lines = [line for one in told for line in _lines(one)]
    say(as_json, {"formations": told}, *lines)
    raise Answer(DONE)


def _told(node: Node, formation: Any) -> dict[str, Any]:
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
    valid_from, valid_to = _window(since, until)
    names = [name for name in acts.split(",") if name.strip() and name.strip() != "none"]
    with open_node(data) as node:
        node.catch_up()
        decision = governance.set_scope(node, code, doc_type, names, valid_from=valid_from, valid_to=valid_to)
    _decided(decision, f"{code.upper()} may {', '.join(names) or 'nothing'} on {doc_type.upper()}", as_json)


@formations.command("suspend")
def suspend(
    code: Code,
    reason: Reason,
    key: Annotated[str | None, typer.Option("--key", help="Only this key, not the whole formation.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Stop a formation (or one of its keys) at once, as one member.

    Example: sanad formation suspend KAPW --reason fraud
    """
    why = reason_code(reason)
    with open_node(data) as node:
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
    reason: Reason,
    key: Annotated[str | None, typer.Option("--key", help="Only this key.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Lift a suspension; needs the consortium's threshold.

    Example: sanad formation reinstate KAPW --reason inquiry-closed
    """
    why = reason_code(reason)
    with open_node(data) as node:
        node.catch_up()
        decision = (
            governance.reinstate_key(node, address(key, "--key"), why)
            if key
            else governance.reinstate_formation(node, code, why)
        )
    _decided(decision, f"{key or code.upper()} is reinstated", as_json)


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
    valid_from, valid_to = _window(since, until)
    with open_node(data) as node:
        node.catch_up()
        node.reader.formation(code)
        made = address(given, "--address") if given else node.keyring.create()
        mark = blinding.officer_mark(node.directory.secret("network"), officer) if officer else bytes(32)
        decision = governance.add_key(
            node, code, made, officer=mark, valid_from=valid_from, valid_to=valid_to
        )
    _decided(decision, f"key {made.hex()} for {code.upper()}", as_json, key=made.hex())


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
    with open_node(data) as node:
        node.catch_up()
        made, decisions = governance.rotate_key(
            node, code, old=address(old, "--key") if old else None, at=when
        )
    _decided(decisions[-1], f"{code.upper()} now signs with {made.hex()}", as_json, key=made.hex())


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
    with open_node(data) as node:
        node.catch_up()
        decision = governance.declare_compromised(node, address(key), when)
    _decided(decision, f"key {key} is distrusted from {moment(when)}", as_json)


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
    with open_node(data) as node:
        node.catch_up()
        decision = governance.close_formation(node, code, when)
    _decided(decision, f"{code.upper()} ends {moment(when)}", as_json)


# -- members ------------------------------------------------------------------------------------------------------


@members.command("list")
def list_members(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List members, the threshold, and proposals."""
    with open_node(data) as node:
        node.catch_up_if_possible()
        present = [
            {
                "number": m.number,
                "address": m.address.hex(),
                "cosigningKey": m.cosigning_key.hex(),
                "since": m.since,
            }
            for m in node.reader.members()
        ]
        proposals = [
            {
                "number": p.number,
                "target": p.target.hex(),
                "proposedAt": p.proposed_at,
                "executedAt": p.executed_at,
                "approvals": p.approvals,
            }
            for p in node.reader.proposals()
        ]
        threshold = node.reader.threshold()
    lines = [f"{threshold} of {len(present)} decide"]
    lines += [f"{m['number']:4} {m['address']}  since {moment(m['since'])}" for m in present]
    open_ = [p for p in proposals if not p["executedAt"]]
    lines += [f"proposal {p['number']}: {p['approvals']} of {threshold} approvals" for p in open_]
    say(as_json, {"threshold": threshold, "members": present, "proposals": proposals}, *lines)
    raise Answer(DONE)


@members.command("propose")
def propose(
    what: Annotated[str, typer.Argument(metavar="add|remove|threshold", help="What to propose.")],
    value: Annotated[
        str, typer.Argument(metavar="ADDRESS|K", help="The member's address, or the new threshold.")
    ],
    cosigning_key: Annotated[
        str, typer.Option("--cosigning-key", help="Ed25519 public key (64 hex digits), for `add`.")
    ] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Propose to add or remove a member, or to change the threshold.

    Example: sanad member propose threshold 2
    """
    with open_node(data) as node:
        node.catch_up()
        if what == "add":
            decision = governance.propose(
                node, "Consortium", "addMember", address(value), _key(cosigning_key)
            )
        elif what == "remove":
            decision = governance.propose(node, "Consortium", "removeMember", address(value))
        elif what == "threshold" and value.isdecimal() and len(value) < 6:
            decision = governance.propose(node, "Consortium", "setThreshold", int(value))
        else:
            raise InputError(
                "propose add ADDRESS, remove ADDRESS, or threshold K", field="add|remove|threshold"
            )
    _decided(decision, f"{what} {value}", as_json)


def _key(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise AddressInvalid("a cosigning key is 64 hex digits", field="--cosigning-key")
    return raw


@members.command("vote")
def vote(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the proposal.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Approve a proposal; the approval that reaches the threshold carries it out.

    Example: sanad member vote 7
    """
    with open_node(data) as node:
        act = governance.approve(node, number)
    say(as_json, act_payload(act), f"approved proposal {number}", act_line(act))
    finish(act)


def add_to(app: typer.Typer) -> None:
    app.add_typer(formations, name="formation")
    app.add_typer(members, name="member")
