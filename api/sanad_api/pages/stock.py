"""The page of the state warehouses: what lies in them, at the end of a day or now."""

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
from sanad_api.pages.forms import Form, new_key, read_form, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.policy import AUDITOR, ISSUERS
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node.desk import stock as desk
from sanad_node.drawdown.acting import end_of
from sanad_node.stock.counted import ListInvalid
from sanad_node.types.checking import Problem
from sanad_node.wire.stock import StockPage, StockQuery, StocktakeRequest, StocktakeView
from sanad_verifier.errors import SanadError

stock = router("pages")
SHOWN = 50
FILTERS = ("warehouse", "agency", "case", "time")


@stock.get("/warehouse", include_in_schema=False)
async def show(request: Request, service: TheService, caller: TheCaller) -> Response:
    """What lies in state warehouses, as far as the reader may know of it."""
    given = {name: request.query_params.get(name, "").strip()[:256] for name in (*FILTERS, "before")}
    told, problem = None, None
    try:
        told = await run_in_threadpool(_told, service, caller, given)
    except (SanadError, ValidationError) as wrong:
        problem = of_error(wrong)
    kept = {name: given[name] for name in FILTERS if given[name]}
    return page(
        request,
        "warehouse.html",
        200 if problem is None else status_of(problem),
        told=told,
        given=given,
        filtered=bool(kept),
        older="/warehouse?" + urlencode({**kept, "before": told.next}) if told and told.next else "",
        files=_files(caller, told, kept),
        counts=_counts(caller),
        key=new_key(),
        problem=None if problem is None else trouble(problem),
    )


def _counts(caller: Caller) -> bool:
    """Whether the reader can hold a list against the register: of their own warehouse, or as an auditor of any."""
    return bool(caller.roles & (ISSUERS | {AUDITOR}))


@stock.post("/warehouse", include_in_schema=False)
async def count(request: Request, service: TheService, caller: TheCaller) -> Response:
    """A counted list against the register. Nothing is kept or issued."""
    form = await read_form(request, service, caller)
    told, problem = None, None
    try:
        file = form.file()
        content = b"" if file is None else await file.read()
        told = await run_in_threadpool(_counted, service, caller, form, content)
    except (SanadError, ValidationError) as wrong:
        problem = of_error(wrong)
    answer = page(
        request,
        "stocktake.html",
        200 if problem is None else status_of(problem),
        told=told,
        problem=None if problem is None else trouble(problem),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _counted(service: Service, caller: Caller, form: Form, content: bytes) -> StocktakeView:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ListInvalid((Problem("", "NOT_UTF8", "the list is not UTF-8"),)) from error
    request = StocktakeRequest.model_validate(
        {
            "warehouse": form["warehouse"].strip().upper() or caller.formation,
            "list": text,
            "time": end_of_day(form["time"]) if form["time"].strip() else None,
            "previous": form["previous"].strip() or None,
        }
    )
    seeing.must_count(service.node, caller, request.warehouse)
    return desk.compare(service.node, request, seeing.reader_of_stock(caller))


def _told(service: Service, caller: Caller, given: dict[str, str]) -> StockPage:
    query = StockQuery.model_validate(
        {
            **{name: given[name] or None for name in ("warehouse", "agency", "case", "before")},
            "time": end_of_day(given["time"]) if given["time"] and not given["before"] else None,
            "limit": SHOWN,
        }
    )
    return desk.page(service.node, query, seeing.reader_of_stock(caller))


def end_of_day(day: str) -> int | str:
    """The last second of a day in UTC; what is no day stays as it is, for the question's own check to refuse."""
    try:
        return end_of(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date()) - 1
    except ValueError:
        return day


def _files(caller: Caller, told: StockPage | None, kept: dict[str, str]) -> dict[str, str]:
    """Where the whole of it can be had as a file, of this very block."""
    if told is None or not _counts(caller):
        return {}
    moment: dict[str, Any] = {"block": told.block} if told.block else {"time": told.time}
    asked = {**{name: value for name, value in kept.items() if name != "time"}, **moment}
    return {form: "/v1/stock/report?" + urlencode({**asked, "format": form}) for form in ("csv", "json")}
