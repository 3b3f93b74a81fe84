"""Formations, their keys and scopes; the consortium that decides on them."""

from typing import Annotated

from fastapi import Path, Request
from starlette.responses import Response

from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import TheAsking, TheService, accepted, as_json
from sanad_api.routes import router
from sanad_node.wire import (
    AcceptedAct,
    AcceptedActs,
    CloseRequest,
    CompromisedRequest,
    FormationList,
    FormationRequest,
    FormationView,
    KeyRequest,
    MembersView,
    ProposalRequest,
    RotateRequest,
    ScopeRequest,
    SuspendRequest,
    VoteRequest,
)
from sanad_node.wire.base import Address

authority = router("authority")


@authority.get(
    "/v1/formations", response_model=FormationList, summary="Offices with authority", responses=TAGGED
)
def list_formations(request: Request, service: TheService) -> Response:
    """Every formation with its keys and scopes."""
    return tagged(request, as_json(FormationList(formations=service.desk.formations())))


@authority.get("/v1/formations/{code}", response_model=FormationView, summary="One office", responses=TAGGED)
def show_formation(code: str, request: Request, service: TheService) -> Response:
    """A formation by its code."""
    return tagged(request, as_json(service.desk.formation(code, field="code")))


@authority.post("/v1/formations", status_code=202, response_model=AcceptedAct, summary="Add an office")
def add_formation(asked: FormationRequest, service: TheService, who: TheAsking) -> Response:
    """Propose a formation; with a threshold of one it is there when the act is final."""
    service.desk.add_formation(asked, key=who.act_key)
    return accepted(who)


@authority.post(
    "/v1/formations/{code}/keys", status_code=202, response_model=AcceptedAct, summary="Register a key"
)
def add_key(code: str, asked: KeyRequest, service: TheService, who: TheAsking) -> Response:
    """Propose a further key, made here unless an address is given."""
    service.desk.add_key(code, asked, key=who.act_key)
    return accepted(who)


@authority.post(
    "/v1/formations/{code}/rotation",
    status_code=202,
    response_model=AcceptedActs | AcceptedAct,
    summary="Rotate its key",
)
def rotate(code: str, asked: RotateRequest, service: TheService, who: TheAsking) -> Response:
    """Give a formation a new key and end an old one; what the old key did stays valid. These are two acts, or one if
    it had no key.
    """
    service.desk.rotate_key(code, asked, key=who.act_key)
    return accepted(who)


@authority.post(
    "/v1/formations/{code}/scopes", status_code=202, response_model=AcceptedAct, summary="Set what it may do"
)
def set_scope(code: str, asked: ScopeRequest, service: TheService, who: TheAsking) -> Response:
    """Replace what a formation may do with a type."""
    service.desk.set_scope(code, asked, key=who.act_key)
    return accepted(who)


@authority.post(
    "/v1/formations/{code}/suspension", status_code=202, response_model=AcceptedAct, summary="Stop it at once"
)
def suspend(code: str, asked: SuspendRequest, service: TheService, who: TheAsking) -> Response:
    """Suspend a formation, or one of its keys, as one member."""
    service.desk.suspend(code, asked, key=who.act_key)
    return accepted(who)


@authority.post(
    "/v1/formations/{code}/reinstatement",
    status_code=202,
    response_model=AcceptedAct,
    summary="Let it act again",
)
def reinstate(code: str, asked: SuspendRequest, service: TheService, who: TheAsking) -> Response:
    """Lift a suspension; needs the consortium's threshold."""
    service.desk.reinstate(code, asked, key=who.act_key)
    return accepted(who)


@authority.post(
    "/v1/formations/{code}/closure", status_code=202, response_model=AcceptedAct, summary="End its authority"
)
def close(code: str, asked: CloseRequest, service: TheService, who: TheAsking) -> Response:
    """End a formation's authority from a time on."""
    service.desk.close(code, asked, key=who.act_key)
    return accepted(who)


@authority.post(
    "/v1/keys/{address}/compromise", status_code=202, response_model=AcceptedAct, summary="Distrust a key"
)
def compromised(
    address: Annotated[Address, Path()], asked: CompromisedRequest, service: TheService, who: TheAsking
) -> Response:
    """Distrust everything a key did from a time on; it never acts again."""
    service.desk.compromised(address, asked, key=who.act_key)
    return accepted(who)


@authority.get("/v1/members", response_model=MembersView, summary="The consortium", responses=TAGGED)
def members(request: Request, service: TheService) -> Response:
    """Members, threshold and proposals."""
    return tagged(request, as_json(service.desk.members()))


@authority.post("/v1/proposals", status_code=202, response_model=AcceptedAct, summary="Propose")
def propose(asked: ProposalRequest, service: TheService, who: TheAsking) -> Response:
    """Propose to add or remove a member, or another threshold."""
    service.desk.propose(asked, key=who.act_key)
    return accepted(who)


@authority.post(
    "/v1/proposals/{number}/votes", status_code=202, response_model=AcceptedAct, summary="Approve a proposal"
)
def vote(number: int, asked: VoteRequest, service: TheService, who: TheAsking) -> Response:
    """Approve; the approval that reaches the threshold carries the proposal out."""
    service.desk.vote(number, member=asked.member, key=who.act_key)
    return accepted(who)
