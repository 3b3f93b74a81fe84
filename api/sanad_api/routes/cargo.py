"""Consignments and who answers for them."""

from typing import Annotated

from fastapi import Body, Query, Request
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import Limit, TheAsking, TheCaller, TheService, accepted, as_json
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node import court_orders
from sanad_node.desk import listing
from sanad_node.wire import (
    AcceptedAct,
    ConsignmentPage,
    ConsignmentView,
    HandOverRequest,
    HoldRequest,
    RecallRequest,
    ReceiveRequest,
    RegisterRequest,
    ShipRequest,
)
from sanad_node.wire.base import Asked
from sanad_node.wire.custody import ParticularsModel

cargo = router("consignments")
Half = Annotated[ShipRequest | ReceiveRequest | HandOverRequest | RecallRequest, Body(discriminator="act")]


@cargo.get("/v1/consignments", response_model=ConsignmentPage, summary="List consignments, last moved first")
def list_consignments(
    service: TheService,
    caller: TheCaller,
    holder: Annotated[
        str | None, Query(max_length=31, description="Held by, or on the way to, this formation.")
    ] = None,
    before: Annotated[str | None, Query(max_length=40, description="The cursor of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """Consignments under custody; issuers see those their formation holds or is to take."""
    if not caller.roles & seeing.SEES_EVERY_CONSIGNMENT:
        holder = caller.formation
    return as_json(listing.consignments(service.node, holder=holder, before=before, limit=limit))


@cargo.post("/v1/consignments", status_code=202, response_model=AcceptedAct, summary="Bring under custody")
def register(asked: RegisterRequest, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise to register a consignment; the acting formation is its first holder."""
    acting = seeing.acting(caller, asked.formation)
    asked = asked.model_copy(update={"formation": acting, **named(asked, service, caller)})
    service.desk.register(asked, key=who.act_key)
    return accepted(who)


@cargo.get(
    "/v1/consignments/{identifier}",
    response_model=ConsignmentView,
    summary="Who holds it, and who did",
    responses=TAGGED,
)
def show(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """A consignment by its identifier, the first digits of it, or its reference."""
    return tagged(request, as_json(seeing.consignment_for(service.desk, caller, identifier)))


@cargo.get(
    "/v1/consignments/{identifier}/trace",
    response_model=ConsignmentView,
    summary="Its whole story",
    responses=TAGGED,
)
def trace(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """The custody line of a consignment and its papers, and those that they name in turn."""
    return show(identifier, request, service, caller)


@cargo.post(
    "/v1/handovers", status_code=202, response_model=AcceptedAct, summary="One half of a hand-over, or both"
)
def hand_over(asked: Half, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise to ship, receive, refuse, recall, or hand over in one transaction."""
    found = seeing.consignment_for(service.desk, caller, asked.consignment)
    acting = seeing.acting(caller, asked.formation)
    asked = asked.model_copy(
        update={"consignment": found.consignment.id, "formation": acting, **named(asked, service, caller)}
    )
    service.desk.move(asked, key=who.act_key)
    return accepted(who)


@cargo.post(
    "/v1/holds", status_code=202, response_model=AcceptedAct, summary="Hold a consignment, or lift a hold"
)
def hold(asked: HoldRequest, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise a hold (a court's order, an inquiry), or its end. A court's hold names the order that it rests on, and
    ends on a later order of that court.
    """
    found = seeing.consignment_for(service.desk, caller, asked.consignment, act=asked.act)
    acting = seeing.acting(caller, asked.formation)
    update = {
        "consignment": found.consignment.id,
        "formation": acting,
        "order": meant_order(asked, service, caller),
    }
    asked = asked.model_copy(update=update)
    service.desk.move(asked, key=who.act_key)
    return accepted(who)


def meant_order(asked: HoldRequest, service: Service, caller: Caller) -> str | None:
    """The court order that a request names, by its digest."""
    if asked.order is None:
        return None
    return seeing.meant(service.desk, caller, asked.order, field="--order", doc_type=court_orders.DOC_TYPE)


def named(asked: Asked, service: Service, caller: Caller) -> dict[str, list[str]]:
    """The papers that a request names, by their digests; nothing for an act that names none."""
    if not isinstance(asked, ParticularsModel):
        return {}
    papers = [seeing.meant(service.desk, caller, one, field="--document") for one in asked.documents]
    return {"documents": papers}
