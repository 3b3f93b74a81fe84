"""Pages of oversight: who looked up what, what is remarkable about documents, what each trader's papers come to; and
the page on which another office attests an older record.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import page
from sanad_api.pages.forms import act_once, new_key, read_form, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node.wire.oversight import AttestRequest, ReadsQuery, TradersQuery
from sanad_verifier.errors import SanadError

oversight = router("pages")
SHOWN = 50


def _given(request: Request, *names: str) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip()[:256] for name in names}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


@oversight.get("/reads", include_in_schema=False)
async def reads(request: Request, service: TheService) -> Response:
    """Who looked up what, newest first, and who reads in bulk."""
    given = _given(request, "name", "about", "before")
    told, problem = None, None
    try:
        query = ReadsQuery(
            name=given["name"] or None,
            about=given["about"] or None,
            before=_number(given["before"]),
            limit=SHOWN,
        )
        settings = service.settings.reads
        told = await run_in_threadpool(
            service.desk.reads, query, bulk=settings.bulk, window=settings.window_seconds
        )
    except (SanadError, ValidationError) as error:
        problem = of_error(error)
    kept = {name: given[name] for name in ("name", "about") if given[name]}
    older = "/reads?" + urlencode({**kept, "before": told.next}) if told and told.next else ""
    return page(
        request,
        "reads.html",
        200 if problem is None else status_of(problem),
        told=told,
        given=given,
        filtered=bool(kept),
        older=older,
        problem=None if problem is None else trouble(problem),
    )


@oversight.get("/notices", include_in_schema=False)
async def notices(request: Request, service: TheService, before: str = "") -> Response:
    """Documents entered long after their date, or by somebody new; newest first."""
    told, problem = None, None
    try:
        told = await run_in_threadpool(service.desk.notices, before[:40] or None)
    except SanadError as error:
        problem = error
    return page(
        request,
        "notices.html",
        200 if problem is None else status_of(problem),
        told=told,
        older="/notices?" + urlencode({"before": told.next}) if told and told.next else "",
        problem=None if problem is None else trouble(problem),
    )


@oversight.get("/traders", include_in_schema=False)
async def traders(request: Request, service: TheService) -> Response:
    """What each trader paid and declared within a window; this year's, if no other is asked for."""
    given = _given(request, "since", "until", "trader", "currency", "limit")
    today = datetime.fromtimestamp(service.node.clock(), UTC).date()
    given["since"] = given["since"] or f"{today.year}-01-01"
    given["until"] = given["until"] or today.isoformat()
    told, problem = None, None
    try:
        query = TradersQuery(
            since=given["since"],
            until=given["until"],
            trader=given["trader"] or None,
            currency=given["currency"] or None,
            limit=given["limit"] or None,
        )
        told = await run_in_threadpool(service.desk.traders, query)
    except (SanadError, ValidationError) as error:
        problem = of_error(error)
    return page(
        request,
        "traders.html",
        200 if problem is None else status_of(problem),
        told=told,
        given=given,
        problem=None if problem is None else trouble(problem),
    )


@oversight.get("/attest", include_in_schema=False)
async def attest_page(request: Request, record: str = "") -> Response:
    """The form."""
    return _attest(request, record[:256], None)


@oversight.post("/attest", include_in_schema=False)
async def attest(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Attest a record as the reader's formation."""
    form = await read_form(request, service, caller)
    record = form["record"].strip()
    try:
        asked = AttestRequest.model_validate({"as": caller.formation})
        return await act_once(
            request, service, caller, form, lambda key: _act(service, caller, record, asked, key)
        )
    except (SanadError, ValidationError) as error:
        return _attest(request, record, of_error(error))


def _act(service: Service, caller: Caller, record: str, asked: AttestRequest, key: str | None) -> None:
    digest = seeing.meant(service.desk, caller, record, field="record")
    service.desk.attest(digest, asked, key=key, person=caller.user)


def _attest(request: Request, record: str, error: SanadError | None) -> Response:
    view: dict[str, Any] = {"record": record, "key": new_key()}
    return page(
        request,
        "attest.html",
        200 if error is None else status_of(error),
        problem=None if error is None else trouble(error),
        **view,
    )
