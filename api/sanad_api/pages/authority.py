"""Pages for the administrator: formations, their keys and scopes; and the pages everybody may read of them."""

from datetime import UTC, datetime

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api.callers import Caller, Role
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import language_of, page
from sanad_api.pages.formation_view import formation_shown, must_be_free, obstacle
from sanad_api.pages.forms import Form, act_once, new_key, read_form, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node.pipeline.refusals import MESSAGES, ActRefused
from sanad_node.reading import UnknownFormation
from sanad_node.wire import (
    CloseRequest,
    CompromisedRequest,
    FormationRequest,
    FormationView,
    KeyRequest,
    RotateRequest,
    ScopeRequest,
    SuspendRequest,
)
from sanad_node.wire.successions import SuccessionRequest
from sanad_verifier.errors import InputError, SanadError

authority = router("pages")


class MomentInvalid(InputError):
    """A moment is a date and a time of day, in UTC."""

    code = "MOMENT_INVALID"


@authority.get("/formations", include_in_schema=False)
async def list_formations(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Every formation."""
    return await _list(request, service, caller, None, None)


async def _list(
    request: Request, service: Service, caller: Caller, form: Form | None, error: SanadError | None
) -> Response:
    told = await run_in_threadpool(service.desk.formations)
    codes = {one.number: one.code for one in told}
    now, language = int(service.node.clock()), language_of(request)
    return page(
        request,
        "formations.html",
        200 if error is None else status_of(error),
        formations=[formation_shown(one, now, language, codes) for one in told],
        expected=service.settings.portal.formations_expected,
        may_change=Role.ADMIN in caller.roles,
        given=form,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


@authority.post("/formations", include_in_schema=False)
async def add(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Add a formation."""
    form = await read_form(request, service, caller)
    try:
        asked = FormationRequest.model_validate(
            {
                "code": form["code"].strip().upper(),
                "kind": form["kind"],
                "parent": form["parent"] or None,
            }
        )
        return await act_once(request, service, caller, form, lambda key: _add(service, asked, key))
    except (SanadError, ValidationError) as error:
        return await _list(request, service, caller, form, of_error(error))


def _add(service: Service, asked: FormationRequest, key: str | None) -> object:
    must_be_free(asked.code, service.node.reader.formation_codes().values())
    return service.desk.add_formation(asked, key=key)


@authority.get("/formations/{code}", include_in_schema=False)
async def show(code: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """One formation with its keys and scopes."""
    told = await run_in_threadpool(_find, service, code)
    return await _page(request, service, caller, told, None, None)


def _find(service: Service, code: str) -> FormationView:
    return service.desk.formation(code, field="code")


async def _page(
    request: Request,
    service: Service,
    caller: Caller,
    told: FormationView,
    form: Form | None,
    error: SanadError | None,
) -> Response:
    codes = await run_in_threadpool(service.node.reader.formation_codes)
    line = await run_in_threadpool(service.desk.line_of_office, told.code)
    return page(
        request,
        "formation.html",
        200 if error is None else status_of(error),
        formation=formation_shown(told, int(service.node.clock()), language_of(request), codes, line),
        others=[one for one in sorted(codes.values()) if one != told.code],
        may_change=Role.ADMIN in caller.roles,
        given=form,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


@authority.post("/formations/{code}", include_in_schema=False)
async def change(code: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Scope, keys, suspension, end."""
    form = await read_form(request, service, caller)
    told = await run_in_threadpool(_find, service, code)
    try:
        return await act_once(request, service, caller, form, lambda key: _do(service, told, form, key))
    except (SanadError, ValidationError) as error:
        return await _page(request, service, caller, told, form, of_error(error))


def _do(service: Service, told: FormationView, form: Form, key: str | None) -> object:
    desk, code = service.desk, told.code
    if refusal := obstacle(told, form["act"], form["address"]):
        raise ActRefused(MESSAGES[refusal], code=refusal)
    match form["act"]:
        case "scope":
            scope = {"type": form["type"], "acts": form.all("acts")}
            return desk.set_scope(code, ScopeRequest.model_validate(scope), key=key)
        case "add-key":
            made = {"address": form["address"].strip() or None, "officer": form["officer"].strip()}
            return desk.add_key(code, KeyRequest.model_validate(made), key=key)
        case "rotate":
            return desk.rotate_key(code, RotateRequest.model_validate({"old": form["old"] or None}), key=key)
        case "suspend" | "reinstate" as which:
            asked = SuspendRequest.model_validate(
                {"reason": form["reason"], "key": form["address"].strip() or None}
            )
            return (desk.suspend if which == "suspend" else desk.reinstate)(code, asked, key=key)
        case "close" | "compromised" | "succeed":
            return _end(service, code, form, key)
    raise UnknownFormation("there is no such act", field="act", code="REQUEST_INVALID")


def _end(service: Service, code: str, form: Form, key: str | None) -> object:
    """What an office or a key does not come back from."""
    match form["act"]:
        case "close":
            return service.desk.close(code, CloseRequest(at=_moment(form["at"], "at")), key=key)
        case "compromised":
            since = CompromisedRequest(since=_moment(form["since"], "since"))
            return service.desk.compromised(form["address"], since, key=key)
    at = _moment(form["at"], "at") if form["at"] else 0
    given = {"predecessors": [code], "successors": form.all("successors"), "at": at}
    return service.desk.succeed(SuccessionRequest.model_validate(given), key=key)


def _moment(text: str, field: str) -> int:
    """Seconds of what a browser's field for date and time holds, taken as UTC."""
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError) as error:
        raise MomentInvalid("give a date and a time of day, in UTC", field=field) from error
