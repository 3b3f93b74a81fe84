"""Commands on the consortium: `sanad member list|propose|vote`."""

from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.asked import asked
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import read_file
from sanad_node.cli.formations import decided
from sanad_node.cli.options import Json, address, cosigning_key
from sanad_node.wire import ProposalRequest
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
    """A proposal is `add ADDRESS`, `remove ADDRESS`, `threshold K` or `network FILE`."""

    code = "PROPOSAL_INVALID"


@members.command("list")
@asks
def list_members(where: Where, as_json: Json = False) -> None:
    """List members, the threshold, and proposals.

    Example: sanad member list
    """
    with where.desk() as desk:
        told = desk.members()
    lines = [f"{told.threshold} of {len(told.members)} decide"]
    lines += [f"{one.number:4} {one.address}  since {moment(one.since)}" for one in told.members]
    lines += [
        f"proposal {one.number}: {one.call or 'made elsewhere'}, {one.approvals} of {told.threshold} approvals"
        for one in told.proposals
        if not one.executed_at
    ]
    say(as_json, told.as_json(), *lines)
    raise Answer(DONE)


@members.command("propose")
@asks
def propose(
    what: Annotated[str, typer.Argument(metavar="add|remove|threshold|network", help="What to propose.")],
    value: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS|K|FILE", help="The member's address, the new threshold, or a network bundle."
        ),
    ],
    cosigning: Annotated[
        str, typer.Option("--cosigning-key", help="Ed25519 public key (64 hex digits), for `add`.")
    ] = "",
    as_member: AsMember = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Propose to add or remove a member, to change the threshold, or to record a network bundle.

    Example: sanad member propose threshold 2
    """
    request = _proposal(what, value, cosigning, _member(as_member))
    with where.desk() as desk:
        done = desk.propose(request)
    decided(done, f"{what} {value}", as_json)


def _member(given: str | None) -> str | None:
    return None if given is None else address(given, "--as-member").hex()


def _proposal(what: str, value: str, cosigning: str, member: str | None) -> ProposalRequest:
    match what:
        case "add":
            wanted, key = address(value).hex(), cosigning_key(cosigning).hex()
            return asked(ProposalRequest, what=what, address=wanted, cosigning_key=key, member=member)
        case "remove":
            return asked(ProposalRequest, what=what, address=address(value).hex(), member=member)
        case "threshold" if value.isdecimal() and value.isascii() and len(value) < 6:
            return asked(ProposalRequest, what=what, threshold=int(value), member=member)
        case "network":
            from sanad_node.consortium.bundle import read_bundle  # noqa: PLC0415 - for consortia only

            bundle = read_bundle(read_file(Path(value))).bundle
            digest = bundle.digest().hex()
            return asked(ProposalRequest, what=what, digest=digest, version=bundle.version, member=member)
    raise ProposalInvalid(
        "propose add ADDRESS, remove ADDRESS, threshold K, or network FILE",
        field="add|remove|threshold|network",
    )


@members.command("vote")
@asks
def vote(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the proposal.")],
    as_member: AsMember = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Approve a proposal; the approval that reaches the threshold carries it out.

    Example: sanad member vote 7
    """
    with where.desk() as desk:
        act = desk.vote(number, member=_member(as_member))
        proposal = next(one for one in desk.members().proposals if one.number == number)
    executed = proposal.executed_at > 0
    ending = "carried out" if executed else "other members have to approve"
    payload = {"proposal": number, "call": proposal.call, "executed": executed, **act_payload(act)}
    say(as_json, payload, f"approved proposal {number}: {proposal.call} ({ending})", act_line(act))
    finish(act)


def add_to(app: typer.Typer) -> None:
    app.add_typer(members, name="member")
