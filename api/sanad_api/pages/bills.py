"""Pages about bills of lading: those of one's formation, one with its hands, and every act on it."""

from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import page
from sanad_api.pages.forms import Form, act_once, new_key, read_form, see, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.policy import ISSUERS
from sanad_api.problems import RequestInvalid, status_of
from sanad_api.routes import router
from sanad_api.routes.bills import bill_for
from sanad_api.service import Service
from sanad_node.wire.bills import BillActRequest, BillRequest, BillView
from sanad_verifier.errors import SanadError

bills = router("pages")
MEMBERS = ("to", "endorsee", "reason", "why")
"""What an act's form may send, besides the act."""


@bills.get("/bills", include_in_schema=False)
async def list_bills(
    request: Request, service: TheService, caller: TheCaller, find: str = "", before: str = ""
) -> Response:
    """Bills the reader has to do with; a digest or number leads to its bill."""
    wanted = find.strip()
    if wanted:
        try:
            found = await run_in_threadpool(bill_for, service, caller, wanted)
            return see(f"/bills/{found.digest}")
        except SanadError as error:
            return await _list(request, service, caller, find, before, None, error)
    return await _list(request, service, caller, find, before, None, None)


async def _list(
    request: Request,
    service: Service,
    caller: Caller,
    find: str,
    before: str,
    form: Form | None,
    error: SanadError | None,
) -> Response:
    whose = None if caller.roles & seeing.SEES_EVERY_CONSIGNMENT else caller.formation
    cursor = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    told = await run_in_threadpool(lambda: service.desk.bills(party=whose, before=cursor, limit=50))
    return page(
        request,
        "bills.html",
        200 if error is None else status_of(error),
        bills=told.bills,
        next=f"/bills?before={told.next}" if told.next is not None else "",
        find=find,
        failing=service.carrier.health.failing,
        may_issue=bool(caller.roles & ISSUERS and caller.formation),
        formations=await run_in_threadpool(_codes, service),
        given=form,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


def _codes(service: Service) -> list[str]:
    return sorted(service.node.reader.formation_codes().values())


@bills.post("/bills", include_in_schema=False)
async def issue(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Issue a bill to its first holder, or in the place of one that was given back to be replaced."""
    form = await read_form(request, service, caller)
    try:
        file = form.file()
        if file is None:
            raise RequestInvalid(
                [{"pointer": "/file", "code": "MISSING", "detail": "choose the bill's file"}]
            )
        content = await file.read()
        asked = BillRequest.model_validate(
            {
                "as": caller.formation,
                "holder": form["holder"],
                "beneficiary": form["beneficiary"] or None,
                "name": (file.filename or "")[:256],
                "replaces": form["replaces"].strip() or None,
            }
        )
        return await act_once(
            request, service, caller, form, lambda key: service.desk.issue_bill(asked, content, key=key)
        )
    except (SanadError, ValidationError) as error:
        return await _list(request, service, caller, "", "", form, of_error(error))


@bills.get("/bills/{identifier}", include_in_schema=False)
async def show(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """One bill."""
    told = await run_in_threadpool(bill_for, service, caller, identifier)
    return await _bill(request, service, caller, told, None, None)


@bills.post("/bills/{identifier}", include_in_schema=False)
async def act(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Pass it on, pledge it, surrender it, or answer."""
    form = await read_form(request, service, caller)
    told = await run_in_threadpool(bill_for, service, caller, identifier)
    try:
        asked = BillActRequest.model_validate(_asked(form, told, caller.formation))
        return await act_once(
            request,
            service,
            caller,
            form,
            lambda key: service.desk.act_on_bill(told.digest, asked, key=key),
        )
    except (SanadError, ValidationError) as error:
        return await _bill(request, service, caller, told, form, of_error(error))


def _asked(form: Form, told: BillView, formation: str) -> dict[str, Any]:
    """The request of an act's form. An answer to an offer is to the one that the page showed."""
    asked = {"act": form["act"], "as": formation, "type": told.type, "issuer": told.issuer}
    asked |= {name: form[name] for name in MEMBERS if form[name]}
    seen = form["sequence"]
    return {**asked, "sequence": int(seen)} if seen.isascii() and seen.isdigit() and len(seen) < 11 else asked


async def _bill(
    request: Request,
    service: Service,
    caller: Caller,
    told: BillView,
    form: Form | None,
    error: SanadError | None,
) -> Response:
    codes = await run_in_threadpool(_codes, service)
    return page(
        request,
        "bill.html",
        200 if error is None else status_of(error),
        told=told,
        acts=[one for one in told.next if one != "reissue"] if caller.roles & ISSUERS else [],
        sees_document=seeing.sees_documents_of(caller, told.issuer),
        may_reissue=bool(caller.roles & ISSUERS) and "reissue" in told.next,
        given=form,
        failing=service.carrier.health.failing,
        formations=[code for code in codes if code != caller.formation],
        key=new_key(),
        problem=None if error is None else trouble(error),
    )
