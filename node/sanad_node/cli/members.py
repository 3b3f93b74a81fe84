"""Commands on the consortium: `sanad member list|propose|vote`."""

from typing import Annotated

import typer

from sanad_node import governance
from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.formations import decided
from sanad_node.cli.options import DEFAULT_DATA, Data, Json, address, cosigning_key
from sanad_node.node import Node
from sanad_verifier.errors import InputError

members = typer.Typer(
    help="The consortium: who votes, and on what.", no_args_is_help=True, rich_markup_mode=None
)

AsMember = Annotated[
    str | None,
    typer.Option(
        "--as-member", help="Address of the member that acts, if this node holds the keys of several."
    ),
]


class ProposalInvalid(InputError):
    """A proposal is `add ADDRESS`, `remove ADDRESS` or `threshold K`."""

    code = "PROPOSAL_INVALID"


@members.command("list")
def list_members(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List members, the threshold, and proposals.

    Example: sanad member list
    """
    with Node(data) as node:
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
                "call": _call(node, p.number),
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
    lines += [
        f"proposal {p['number']}: {p['call'] or 'made elsewhere'}, {p['approvals']} of {threshold} approvals"
        for p in open_
    ]
    say(as_json, {"threshold": threshold, "members": present, "proposals": proposals}, *lines)
    raise Answer(DONE)


def _call(node: Node, number: int) -> str:
    """What a proposal would do; empty where only another node knows."""
    try:
        return governance.in_words(node, number)
    except governance.ProposalUnknown:
        return ""


@members.command("propose")
def propose(
    what: Annotated[str, typer.Argument(metavar="add|remove|threshold", help="What to propose.")],
    value: Annotated[
        str, typer.Argument(metavar="ADDRESS|K", help="The member's address, or the new threshold.")
    ],
    cosigning: Annotated[
        str, typer.Option("--cosigning-key", help="Ed25519 public key (64 hex digits), for `add`.")
    ] = "",
    as_member: AsMember = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Propose to add or remove a member, or to change the threshold.

    Example: sanad member propose threshold 2
    """
    function, arguments = _proposal(what, value, cosigning)
    member = None if as_member is None else address(as_member, "--as-member")
    with Node(data) as node:
        decision = governance.propose(node, "Consortium", function, *arguments, member=member)
    decided(decision, f"{what} {value}", as_json)


def _proposal(what: str, value: str, cosigning: str) -> tuple[str, tuple[bytes | int, ...]]:
    match what:
        case "add":
            return "addMember", (address(value), cosigning_key(cosigning))
        case "remove":
            return "removeMember", (address(value),)
        case "threshold" if value.isdecimal() and value.isascii() and len(value) < 6:
            return "setThreshold", (int(value),)
    raise ProposalInvalid("propose add ADDRESS, remove ADDRESS, or threshold K", field="add|remove|threshold")


@members.command("vote")
def vote(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the proposal.")],
    as_member: AsMember = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Approve a proposal; the approval that reaches the threshold carries it out.

    Example: sanad member vote 7
    """
    member = None if as_member is None else address(as_member, "--as-member")
    with Node(data) as node:
        act = governance.approve(node, number, member=member)
        call = governance.in_words(node, number)
        executed = any(p.number == number and p.executed_at for p in node.reader.proposals())
    ending = "carried out" if executed else "other members have to approve"
    payload = {"proposal": number, "call": call, "executed": executed, **act_payload(act)}
    say(as_json, payload, f"approved proposal {number}: {call} ({ending})", act_line(act))
    finish(act)


def add_to(app: typer.Typer) -> None:
    app.add_typer(members, name="member")
