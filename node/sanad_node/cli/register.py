"""Commands on controlled documents: `sanad approve`, `approve-revocation`, `consume`, and `sanad policy …`."""

from pathlib import Path
from typing import Annotated

import typer

from sanad_node.cli.answers import DONE, Answer, act_line, act_payload, finish, moment, say
from sanad_node.cli.asked import asked, must_be_identifier
from sanad_node.cli.at import Where, asks
from sanad_node.cli.documents import Actor, DocType, Identifier, Parents, ReasonOption, Replaces, Why
from sanad_node.cli.files import about, read_file
from sanad_node.cli.formations import decided
from sanad_node.cli.options import As, IssuerOption, Json, Key, TypeOption
from sanad_node.standing import reason_code
from sanad_node.wire import (
    ApprovalView,
    ApproveRequest,
    ApproveRevocationRequest,
    ConsumeRequest,
    PoliciesRequest,
    PolicyView,
)

policy = typer.Typer(
    help="What controlled documents need, as members decide it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
DECIDED = {"same": "decided", "another": "decided otherwise", "none": "not decided"}


@asks
def approve(
    file: Annotated[Path, typer.Argument(help="The document, as it will be issued.")],
    doc_type: DocType,
    formation: As,
    parents: Parents = None,
    number: Annotated[
        str | None,
        typer.Option("--number", help="Its number, for a type that does not carry one in its bytes."),
    ] = None,
    replaces: Replaces = None,
    reason: Why = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Approve, as a second officer, that a controlled document be issued: with another key of the formation, for these
    very bytes and parents. Then the first officer issues it.

    Example: sanad approve receipt.json --type AUCTION_RECEIPT --as KAPW-AUC --parent 4f2a90c1 --parent 8be012aa
    """
    content = read_file(file)
    request = asked(
        ApproveRequest,
        type=doc_type,
        formation=formation,
        number=number,
        parents=parents or [],
        replaces=replaces,
        reason=reason,
    )
    with where.desk() as desk, about(file):
        given = desk.approve(request, content)
    _tell(given, as_json)


@asks
def approve_revocation(
    identifier: Identifier,
    reason: ReasonOption,
    actor: Actor = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Approve, as a second officer, that a controlled document be revoked for this reason.

    Example: sanad approve-revocation 4f2a90c1 --reason fraud
    """
    reason_code(reason)
    must_be_identifier(identifier)
    request = asked(ApproveRevocationRequest, reason=reason, formation=actor, type=doc_type, issuer=issuer)
    with where.desk() as desk:
        given = desk.approve_revocation(identifier, request)
    _tell(given, as_json)


def _tell(given: ApprovalView, as_json: bool) -> None:
    what = "issued" if given.what == "enter" else "revoked"
    say(
        as_json,
        given.as_json(),
        f"approved: {given.type} {given.digest[:16]}… may be {what} by {given.formation}",
        f"until {moment(given.deadline)}, with key {given.approver}",
    )
    raise Answer(DONE)


@asks
def consume(
    identifier: Identifier,
    formation: As,
    evidence: Annotated[
        str | None, typer.Option("--evidence", help="ID of a document that shows what happened.")
    ] = None,
    doc_type: TypeOption = None,
    issuer: IssuerOption = None,
    key: Key = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Use a controlled document up, once and for ever: a gate pass at the gate.

    Example: sanad consume KAPW-SWH-GP-1440 --as KAPW-SWH
    """
    must_be_identifier(identifier)
    request = asked(ConsumeRequest, formation=formation, evidence=evidence, type=doc_type, issuer=issuer)
    with where.desk() as desk:
        done = desk.consume(identifier, request, key=key)
    digest, kind = done.about["digest"], done.about["type"]
    payload = {"digest": digest, "type": kind, **act_payload(done)}
    say(as_json, payload, f"{kind} {digest[:16]}… used up by {done.about['formation']}", act_line(done))
    finish(done)


@policy.command("list")
@asks
def list_policies(where: Where, as_json: Json = False) -> None:
    """The table of policies, and whether members have decided each.

    Example: sanad policy list
    """
    with where.desk() as desk:
        told = desk.policies()
    say(as_json, told.as_json(), *(line for one in told.policies for line in _lines(one)))
    raise Answer(DONE)


def _lines(one: PolicyView) -> list[str]:
    two = f"; second officer: {', '.join(one.two_officers)}" if one.two_officers else ""
    used = f"; used up by {', '.join(one.consumers).lower()}" if one.consumers else ""
    lines = [
        f"{one.type}: {DECIDED[one.decided]}",
        f"  entered by {', '.join(one.issuers).lower()}; unique: {one.unique}{two}{used}",
    ]
    for parent in one.parents:
        how = [*parent.conditions, *(f"outcome {outcome}" for outcome in parent.outcomes)]
        lines.append(f"  rests on {parent.type} ({', '.join(how)})")
    return lines


@policy.command("propose")
@asks
def propose(
    types: Annotated[
        list[str] | None, typer.Argument(metavar="[TYPE]...", help="Only these types; all by default.")
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Propose to the members the policies of the table that are not decided yet, each after those it rests on. Scopes
    that go past the register are replaced first: `issue` becomes `enter`, `revoke` becomes `withdraw`.

    Example: sanad policy propose
    """
    request = asked(PoliciesRequest, types=types or [])
    with where.desk() as desk:
        done = desk.propose_policies(request)
    decided(done, "policies", as_json)


def add_to(app: typer.Typer) -> None:
    app.command()(approve)
    app.command("approve-revocation")(approve_revocation)
    app.command()(consume)
    app.add_typer(policy, name="policy")
