"""Commands on authority: `sanad formation …`."""

from typing import Annotated, Any

import typer

from sanad_node import custody, types
from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.options import Json, ReasonOption, address, parse_time, window
from sanad_node.standing import reason_code
from sanad_node.wire import (
    ActView,
    CloseRequest,
    CompromisedRequest,
    FormationRequest,
    FormationView,
    KeyRequest,
    RotateRequest,
    ScopeRequest,
    SuspendRequest,
)

formations = typer.Typer(
    help="Offices with authority, their keys and scopes.", no_args_is_help=True, rich_markup_mode=None
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="Code of the formation.")]
From = Annotated[str | None, typer.Option("--from", help="Valid from (ISO 8601); now by default.")]
To = Annotated[str | None, typer.Option("--to", help="Valid to (ISO 8601); without end by default.")]


def is_executed(proposed: ActView) -> bool:
    """Whether a proposal was carried out by the act that made it."""
    return proposed.about["executed"] == "true"


def decided(proposed: ActView, words: str, as_json: bool, **more: Any) -> None:
    """Tell what was decided, or that it waits for other members."""
    executed = is_executed(proposed)
    payload = {"executed": executed, **more, **act_payload(proposed)}
    ending = "" if executed else " (proposed: other members have to approve)"
    say(as_json, payload, words + ending, act_line(proposed))
    finish(proposed)


def _hex_address(text: str, option: str) -> str:
    return address(text, option).hex()


@formations.command("add")
@asks
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
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Add a formation, with a key made here. It may do nothing until it has scopes.

    Example: sanad formation add KAPW --kind CUSTOMS
    """
    valid_from, valid_to = window(since, until)
    request = asked(
        FormationRequest,
        code=code,
        kind=kind,
        parent=parent,
        predecessor=predecessor,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    made = ""
    with where.desk() as desk:
        done = desk.add_formation(request)
        if with_key and is_executed(done):
            done = desk.add_key(code, KeyRequest())
            made = done.about["key"]
    decided(done, f"formation {code.upper()}" + (f" with key {made}" if made else ""), as_json, key=made)


@formations.command("list")
@asks
def list_formations(where: Where, as_json: Json = False) -> None:
    """List formations with their keys and scopes.

    Example: sanad formation list
    """
    with where.desk() as desk:
        told = desk.formations()
    lines = [line for one in told for line in _lines(one)]
    issued = sum(one.last_issued_at > 0 for one in told)
    lines.append(
        f"{len(told)} {'formation' if len(told) == 1 else 'formations'}, {issued} of them issued documents"
    )
    say(as_json, {"formations": [one.as_json() for one in told]}, *lines)
    raise Answer(DONE)


def _lines(one: FormationView) -> list[str]:
    state = "suspended " + moment(one.suspended_at) if one.suspended_at else ""
    if one.last_issued_at:
        state += f"  last issued {moment(one.last_issued_at)}"
    lines = [f"{one.number:4} {one.code:<20} {one.kind:<10} {state}".rstrip()]
    for key in one.keys:
        flags = [
            "held here" if key.held_here else "",
            f"suspended {moment(key.suspended_at)}" if key.suspended_at else "",
            f"compromised from {moment(key.compromised_from)}" if key.compromised_from else "",
            f"ends {moment(key.valid_to)}" if key.valid_to else "",
        ]
        lines.append(f"       key {key.address}  {', '.join(f for f in flags if f)}".rstrip())
    for scope in one.scopes:
        lines.append(f"       {scope.type}: {', '.join(scope.acts)}")
    return lines


@formations.command("scope")
@asks
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
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Set what a formation may do with a type, within dates.

    Example: sanad formation scope KAPW --type GOODS_DECLARATION --acts issue,issue-batch,supersede,revoke
    """
    valid_from, valid_to = window(since, until)
    names = [name for name in acts.split(",") if name.strip() and name.strip() != "none"]
    doc_type = doc_type.upper()
    if doc_type not in custody.SCOPES:
        types.get(doc_type)  # a mistyped name would be a scope that nothing ever asks for
    request = asked(ScopeRequest, type=doc_type, acts=names, valid_from=valid_from, valid_to=valid_to)
    with where.desk() as desk:
        done = desk.set_scope(code, request)
    decided(done, f"{code.upper()} may {', '.join(names) or 'nothing'} on {doc_type}", as_json)


@formations.command("suspend")
@asks
def suspend(
    code: Code,
    reason: ReasonOption,
    key: Annotated[str | None, typer.Option("--key", help="Only this key, not the whole formation.")] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Stop a formation (or one of its keys) at once, as one member.

    Example: sanad formation suspend KAPW --reason fraud
    """
    request = _suspension(reason, key)
    with where.desk() as desk:
        act = desk.suspend(code, request)
    what = f"key {key}" if key else code.upper()
    say(as_json, act_payload(act), f"{what} is suspended", act_line(act))
    finish(act)


@formations.command("reinstate")
@asks
def reinstate(
    code: Code,
    reason: ReasonOption,
    key: Annotated[str | None, typer.Option("--key", help="Only this key.")] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Lift a suspension; needs the consortium's threshold.

    Example: sanad formation reinstate KAPW --reason inquiry-closed
    """
    request = _suspension(reason, key)
    with where.desk() as desk:
        done = desk.reinstate(code, request)
    decided(done, f"{key or code.upper()} is reinstated", as_json)


def _suspension(reason: str, key: str | None) -> SuspendRequest:
    reason_code(reason)
    return asked(SuspendRequest, reason=reason, key=_hex_address(key, "--key") if key else None)


@formations.command("add-key")
@asks
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
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Register a further key for a formation.

    Example: sanad formation add-key KAPW --officer "badge 4471" --to 2027-06-30
    """
    valid_from, valid_to = window(since, until)
    request = asked(
        KeyRequest,
        address=_hex_address(given, "--address") if given else None,
        officer=officer,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    with where.desk() as desk:
        done = desk.add_key(code, request)
    made = done.about["key"]
    decided(done, f"key {made} for {code.upper()}", as_json, key=made)


@formations.command("rotate-key")
@asks
def rotate_key(
    code: Code,
    old: Annotated[str | None, typer.Option("--key", help="The key to end; the newest by default.")] = None,
    at: Annotated[str, typer.Option("--at", help="When the old key ends (ISO 8601 or now).")] = "now",
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Give a formation a new key and end its old one; what the old key did stays valid.

    Example: sanad formation rotate-key KAPW
    """
    when = parse_time(at, "--at")
    request = asked(RotateRequest, old=_hex_address(old, "--key") if old else None, at=when)
    with where.desk() as desk:
        done = desk.rotate_key(code, request)
    made = done.about["key"]
    decided(done, f"{code.upper()} now signs with {made}", as_json, key=made)


@formations.command("compromised")
@asks
def compromised(
    key: Annotated[str, typer.Argument(metavar="ADDRESS", help="The key.")],
    since: Annotated[str, typer.Option("--since", help="From when it is distrusted (ISO 8601).")],
    where: Where,
    as_json: Json = False,
) -> None:
    """Distrust everything a key did from a time on; it never acts again.

    Example: sanad formation compromised 5b38da6a701c568545dcfcb03fcb875f56beddc4 --since 2026-11-01T08:00Z
    """
    when = parse_time(since, "--since")
    request = asked(CompromisedRequest, since=when)
    with where.desk() as desk:
        done = desk.compromised(_hex_address(key, "ADDRESS"), request)
    decided(done, f"key {key} is distrusted from {moment(when)}", as_json)


@formations.command("close")
@asks
def close(
    code: Code,
    at: Annotated[str, typer.Option("--at", help="When its authority ends (ISO 8601).")],
    where: Where,
    as_json: Json = False,
) -> None:
    """End a formation's authority; what it issued stays valid.

    Example: sanad formation close KAPW --at 2026-12-31
    """
    when = parse_time(at, "--at")
    with where.desk() as desk:
        done = desk.close(code, asked(CloseRequest, at=when))
    decided(done, f"{code.upper()} ends {moment(when)}", as_json)


def add_to(app: typer.Typer) -> None:
    app.add_typer(formations, name="formation")
