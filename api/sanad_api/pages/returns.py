"""The page of monthly returns: what was seized, deposited, auctioned and cleared, and the files of it."""

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
from sanad_api.pages.forms import trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.pages.stock import end_of_day
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node.desk import returns as desk
from sanad_node.wire.returns import ReturnQuery, ReturnView
from sanad_verifier.errors import SanadError
from sanad_verifier.returns import PAKISTAN, month_of

returns = router("pages")
FIELDS = ("month", "until", "formation", "time")


@returns.get("/warehouse/returns", include_in_schema=False)
async def show(request: Request, service: TheService, caller: TheCaller) -> Response:
    """The return of a month, of this one if none is named; of an office its own."""
    given = {name: request.query_params.get(name, "").strip()[:31] for name in FIELDS}
    given["month"] = given["month"] or month_of(int(service.node.clock()), PAKISTAN)
    told, problem = None, None
    try:
        told = await run_in_threadpool(_told, service, caller, given)
    except (SanadError, ValidationError) as wrong:
        problem = of_error(wrong)
    return page(
        request,
        "returns.html",
        200 if problem is None else status_of(problem),
        told=told,
        given=given,
        everybody=seeing.return_for(caller, None) is None,
        files={} if told is None else _files(told),
        problem=None if problem is None else trouble(problem),
    )


def _told(service: Service, caller: Caller, given: dict[str, str]) -> ReturnView:
    query = ReturnQuery.model_validate(
        {
            "month": given["month"],
            "until": given["until"] or None,
            "formation": seeing.return_for(caller, given["formation"] or None),
            "time": end_of_day(given["time"]) if given["time"] else None,
        }
    )
    return desk.view(service.node, query)


def _files(told: ReturnView) -> dict[str, str]:
    """Where it can be had as a file, of this very block."""
    moment: dict[str, Any] = {"block": told.block} if told.block else {"time": told.time}
    whose = {"formation": told.formation} if told.formation else {}
    asked = {"month": told.month, "until": told.until, **whose, **moment}
    return {
        "csv": "/v1/reports/monthly/file?" + urlencode({**asked, "format": "csv"}),
        "json": "/v1/reports/monthly/file?" + urlencode({**asked, "format": "json"}),
        "geojson": "/v1/reports/seizures?" + urlencode(asked),
    }
