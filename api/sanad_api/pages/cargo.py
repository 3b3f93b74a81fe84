"""Pages about cargo: the list, one consignment with its custody line and map, and every act on it."""

from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import page
from sanad_api.pages.consignment_view import obstacle, offered, scopes_for
from sanad_api.pages.forms import Form, act_once, new_key, read_form, see, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.policy import CUSTODIANS
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.routes.cargo import meant_order, named
from sanad_api.service import Service
from sanad_node.desk import Moving, listing
from sanad_node.pipeline.refusals import MESSAGES, refused
from sanad_node.wire import ConsignmentView, HoldRequest, RegisterRequest
from sanad_node.wire.observing import InspectRequest
from sanad_verifier.errors import SanadError

cargo = router("pages")
MOVING: TypeAdapter[Any] = TypeAdapter(Moving | InspectRequest)
STATED = ("place", "quantity", "unit", "condition", "seal", "note")


@cargo.get("/consignments", include_in_schema=False)
async def list_consignments(
    request: Request, service: TheService, caller: TheCaller, find: str = "", before: str = ""
) -> Response:
    """Consignments the reader may know of; a reference leads to its consignment."""
    problem, wanted = None, find.strip()
    if wanted:
        try:
            found = await run_in_threadpool(_find, service, caller, wanted)
            return see(f"/consignments/{found.consignment.id}")
        except SanadError as error:
            problem = error
    return await _list(request, service, caller, find, before, None, problem)


async def _list(
    request: Request,
    service: Service,
    caller: Caller,
    find: str,
    before: str,
    form: Form | None,
    error: SanadError | None,
) -> Response:
    holder = None if caller.roles & seeing.SEES_EVERY_CONSIGNMENT else caller.formation
    told = await run_in_threadpool(
        listing.consignments, service.node, holder=holder, before=before or None, limit=50
    )
    return page(
        request,
        "consignments.html",
        200 if error is None else status_of(error),
        consignments=told.consignments,
        next=f"/consignments?before={told.next}" if told.next else "",
        find=find,
        failing=service.carrier.health.failing,
        may_register=bool(caller.roles & CUSTODIANS),
        given=form,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


def _find(service: Service, caller: Caller, identifier: str) -> ConsignmentView:
    return seeing.consignment_for(service.desk, caller, identifier)


@cargo.post("/consignments", include_in_schema=False)
async def register(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Bring a consignment under custody."""
    form = await read_form(request, service, caller)
    try:
        asked = RegisterRequest.model_validate(
            {
                "kind": form["kind"],
                "reference": form["reference"].strip(),
                "as": caller.formation,
                **_stated(form, ""),
                "documents": [one for one in form["documents"].replace(",", " ").split() if one],
            }
        )
        return await act_once(
            request, service, caller, form, lambda key: _register(service, caller, asked, key)
        )
    except (SanadError, ValidationError) as error:
        return await _list(request, service, caller, "", "", form, of_error(error))


def _register(service: Service, caller: Caller, asked: RegisterRequest, key: str | None) -> None:
    papers = named(asked, service, caller)
    service.desk.register(asked.model_copy(update=papers), key=key)


def _stated(form: Form, prefix: str) -> dict[str, Any]:
    """What one side states about the goods; a count that is no number is left to be refused."""
    told: dict[str, Any] = {name: form[prefix + name].strip() for name in STATED}
    count = told["quantity"]
    told["quantity"] = int(count) if count.isascii() and count.isdigit() and len(count) < 16 else count or 0
    told["unit"] = told["unit"] or "packages"
    return told


@cargo.get("/consignments/{identifier}", include_in_schema=False)
async def show(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """One consignment."""
    told = await run_in_threadpool(_find, service, caller, identifier)
    return await _consignment(request, service, caller, told, None, None)


@cargo.post("/consignments/{identifier}", include_in_schema=False)
async def move(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Ship, receive, refuse, recall, hand over, inspect, hold or lift."""
    form = await read_form(request, service, caller)
    told = await run_in_threadpool(_find, service, caller, identifier)
    act = form["act"]
    try:
        asked = MOVING.validate_python(_asked(form, act, told.consignment.id, caller.formation))
        return await act_once(
            request, service, caller, form, lambda key: _move(service, caller, told, asked, key)
        )
    except (SanadError, ValidationError) as error:
        return await _consignment(request, service, caller, told, form, of_error(error))


def _move(
    service: Service, caller: Caller, told: ConsignmentView, asked: Moving | InspectRequest, key: str | None
) -> object:
    """Ask for an act whose turn it is: what the contract is going to refuse is told while the form is still there."""
    code = obstacle(told, asked.formation or "", asked.act, caller.places)
    if code:
        raise refused(code, MESSAGES[code])
    if isinstance(asked, InspectRequest):
        return service.desk.observe(asked, key=key)
    if isinstance(asked, HoldRequest):
        asked = asked.model_copy(update={"order": meant_order(asked, service, caller)})
    return service.desk.move(asked, key=key)


def _asked(form: Form, act: str, consignment: str, formation: str) -> dict[str, Any]:
    told: dict[str, Any] = {"act": act, "consignment": consignment, "as": formation}
    if act in {"ship", "hand-over"}:
        return {**told, "to": form["to"], **_stated(form, "")}
    if act in {"receive", "refuse", "inspect"}:
        return {**told, **_stated(form, "")}
    told["reason"] = form["reason"]
    if act in {"hold", "lift"}:
        told["order"] = form["order"].strip() or None
    return told


def _acts(service: Service, caller: Caller, told: ConsignmentView) -> tuple[str, ...]:
    """What the reader may do with it now."""
    if not caller.roles & CUSTODIANS or not caller.formation:
        return ()
    office = service.desk.formation(caller.formation)
    now = int(service.node.clock())
    return offered(told, office.code, scopes_for(office, told.consignment.kind, now), office.took_over)


async def _consignment(
    request: Request,
    service: Service,
    caller: Caller,
    told: ConsignmentView,
    form: Form | None,
    error: SanadError | None,
) -> Response:
    codes = sorted((await run_in_threadpool(service.node.reader.formation_codes)).values())
    return page(
        request,
        "consignment.html",
        200 if error is None else status_of(error),
        told=told,
        acts=await run_in_threadpool(_acts, service, caller, told),
        given=form,
        failing=service.carrier.health.failing,
        formations=[code for code in codes if code != caller.formation],
        key=new_key(),
        problem=None if error is None else trouble(error),
    )
