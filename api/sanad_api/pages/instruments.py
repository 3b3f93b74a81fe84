"""Pages about payment instruments and quotas: the list, and one with its balance, its draws and every act on it."""

from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api import instruments as seen
from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import page
from sanad_api.pages.forms import Form, act_once, new_key, read_form, see, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.policy import APPROVERS, ISSUERS
from sanad_api.problems import Forbidden, status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node.drawdown.acting import end_of
from sanad_node.wire.instruments import (
    AmendRequest,
    BalanceQuery,
    DrawRequest,
    InstrumentView,
    OpenRequest,
    ReleaseRequest,
    ReturnRequest,
)
from sanad_verifier.errors import SanadError

instruments = router("pages")
SHOWN = 50
FOR_APPROVERS = frozenset({"return", "amend"})
DAY = "%Y-%m-%d"


@instruments.get("/instruments", include_in_schema=False)
async def list_instruments(
    request: Request, service: TheService, caller: TheCaller, find: str = "", before: str = ""
) -> Response:
    """Instruments the reader may know of; a number or digest leads to its instrument."""
    problem, wanted = None, find.strip()
    if wanted:
        try:
            found = await run_in_threadpool(seen.instrument_for, service.desk, caller, wanted)
            return see(f"/instruments/{found.document}")
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
    start = int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None
    told = await run_in_threadpool(_listed, service, caller, start)
    return page(
        request,
        "instruments.html",
        200 if error is None else status_of(error),
        instruments=told.instruments,
        next=f"/instruments?before={told.next}" if told.next else "",
        find=find,
        failing=service.carrier.health.failing,
        may_open=bool(caller.roles & ISSUERS)
        and await run_in_threadpool(seen.may, service.desk, caller, "open"),
        given=form,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


def _listed(service: Service, caller: Caller, before: int | None) -> Any:
    whose = seen.only_of(service.desk, caller, None)
    return service.desk.instruments(issuer=whose, before=before, limit=SHOWN)


@instruments.post("/instruments", include_in_schema=False)
async def open_instrument(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Open the instrument that a document of the formation is."""
    form = await read_form(request, service, caller)
    try:
        asked = OpenRequest.model_validate({"document": form["document"].strip(), "as": caller.formation})
        return await act_once(request, service, caller, form, lambda key: _open(service, caller, asked, key))
    except (SanadError, ValidationError) as error:
        return await _list(request, service, caller, "", "", form, of_error(error))


def _open(service: Service, caller: Caller, asked: OpenRequest, key: str | None) -> None:
    digest = seeing.meant(service.desk, caller, asked.document, field="INSTRUMENT")
    meant = {"document": digest, "issuer": caller.formation}
    service.desk.open_instrument(asked.model_copy(update=meant), key=key)


@instruments.get("/instruments/{identifier}", include_in_schema=False)
async def show(
    identifier: str, request: Request, service: TheService, caller: TheCaller, at: str = ""
) -> Response:
    """One instrument, as it stands or as it stood at the end of a day."""
    problem, told = None, None
    try:
        query = BalanceQuery(time=_end_of(at)) if at.strip() else BalanceQuery()
        told = await run_in_threadpool(seen.instrument_for, service.desk, caller, identifier, query)
    except (SanadError, ValueError) as error:
        problem = error if isinstance(error, SanadError) else of_error(_no_day(at))
    if told is None:  # the day cannot be answered for: the instrument as it stands, and why
        told = await run_in_threadpool(seen.instrument_for, service.desk, caller, identifier)
    return await _instrument(request, service, caller, told, None, problem, at)


def _end_of(day: str) -> int:
    """The last second of a day in UTC."""
    return end_of(datetime.strptime(day.strip(), DAY).replace(tzinfo=UTC).date()) - 1


def _no_day(at: str) -> ValidationError:
    try:
        BalanceQuery.model_validate({"time": at})
    except ValidationError as error:
        return error
    raise AssertionError


@instruments.post("/instruments/{identifier}", include_in_schema=False)
async def act(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Draw, give back, release or amend."""
    form = await read_form(request, service, caller)
    told = await run_in_threadpool(seen.instrument_for, service.desk, caller, identifier)
    try:
        return await act_once(
            request, service, caller, form, lambda key: _do(service, caller, told, form, key)
        )
    except (SanadError, ValidationError) as error:
        now = await run_in_threadpool(seen.instrument_for, service.desk, caller, identifier)
        return await _instrument(request, service, caller, now, form, of_error(error), "")


def _do(service: Service, caller: Caller, told: InstrumentView, form: Form, key: str | None) -> object:
    """One act; the models refuse what a form left out."""
    act, desk = form["act"], service.desk
    if act in FOR_APPROVERS and not caller.roles & APPROVERS:
        raise Forbidden("your roles do not allow this")
    if act == "amend":
        amended = AmendRequest.model_validate({"document": form["document"].strip(), "as": caller.formation})
        document = seeing.meant(desk, caller, amended.document, field="--document")
        return desk.amend_instrument(
            told.document, amended.model_copy(update={"document": document}), key=key
        )
    named = DrawRequest.model_validate(
        {
            "declaration": form["declaration"].strip(),
            "as": caller.formation,
            "amount": form["amount"].strip() or None,
        }
    )
    digest = seeing.meant(desk, caller, named.declaration, field="DECLARATION")
    if act == "release":
        return desk.release(digest, ReleaseRequest.model_validate({"as": caller.formation}), key=key)
    if act == "return":
        given = {"declaration": digest, "as": caller.formation, "reason": form["reason"]}
        return desk.return_draw(told.document, ReturnRequest.model_validate(given), key=key)
    return desk.draw(told.document, named.model_copy(update={"declaration": digest}), key=key)


def _offered(service: Service, caller: Caller, told: InstrumentView) -> tuple[str, ...]:
    """What the reader may try with it: what the ledger may still refuse is told when it is tried."""
    if not caller.roles & ISSUERS or not caller.formation:
        return ()
    scopes = seen.scopes(service.desk, caller)
    allowed = {act for scope in scopes for act in scope.acts}
    acts: list[str] = [act for act in ("draw", "return", "release") if act in allowed]
    own = [act for scope in scopes if scope.type == told.type for act in scope.acts]
    if told.issuer == caller.formation and "amend" in own:
        acts.append("amend")
    if told.expired:
        acts = [act for act in acts if act not in ("draw", "amend")]
    return tuple(act for act in acts if act not in FOR_APPROVERS or caller.roles & APPROVERS)


async def _instrument(
    request: Request,
    service: Service,
    caller: Caller,
    told: InstrumentView,
    form: Form | None,
    error: SanadError | None,
    at: str,
) -> Response:
    return page(
        request,
        "instrument.html",
        200 if error is None else status_of(error),
        told=told,
        at=at,
        acts=await run_in_threadpool(_offered, service, caller, told),
        given=form,
        failing=service.carrier.health.failing,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )
