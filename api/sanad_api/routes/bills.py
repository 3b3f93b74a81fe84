"""Bills of lading under title control: issued, passed on, pledged, surrendered, replaced, shown."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import (
    IssuerFilter,
    Limit,
    TheAsking,
    TheCaller,
    TheService,
    TypeFilter,
    accepted,
    as_json,
)
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_api.uploads import described, read_upload
from sanad_node.titles.acting import UnknownTitle
from sanad_node.wire import AcceptedAct
from sanad_node.wire.bills import BillActRequest, BillChainView, BillPage, BillRequest, BillView

bills = router("bills")
BlockFilter = Annotated[
    int | None, Query(ge=0, le=2**62, description="As it stood after this block of the chain.")
]


def bill_for(
    service: Service,
    caller: Caller,
    identifier: str,
    *,
    doc_type: str | None = None,
    issuer: str | None = None,
    block: int | None = None,
) -> BillView:
    """The bill that is meant, if the caller may know of it: a squad, an auditor and an administrator know of all, an
    office of those it had to do with, and whoever has the whole digest has the paper, as a bank that is asked to lend
    on it. One that is foreign is answered as one that does not exist.
    """
    formation = caller.formation or None
    told = service.desk.bill(identifier, doc_type=doc_type, issuer=issuer, block=block, formation=formation)
    if caller.roles & seeing.SEES_EVERY_CONSIGNMENT or not caller.user or _concerned(caller, told):
        return told
    if not seeing.DIGEST.fullmatch(identifier):
        raise UnknownTitle("no bill under title control is known by this", field="ID")
    return told.model_copy(update={"number": ""})


def _concerned(caller: Caller, told: BillView) -> bool:
    parties = {told.issuer, told.holder, told.beneficiary, told.taker, told.offered, told.pledgee}
    parties |= {name for step in told.steps for name in (step.by, step.party, step.entitled)}
    return any(caller.belongs_to(one) for one in parties)


@bills.get("/v1/bills", response_model=BillPage, summary="List bills of lading, last moved first")
def list_bills(
    service: TheService,
    caller: TheCaller,
    party: Annotated[
        str | None, Query(max_length=31, description="That this formation has to do with now.")
    ] = None,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="The cursor of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """Bills under title control; an office sees those it issued, holds, is entitled to, is offered or has in pledge."""
    if not caller.roles & seeing.SEES_EVERY_CONSIGNMENT and caller.user:
        party = caller.formation
    return as_json(service.desk.bills(party=party, before=before, limit=limit))


@bills.post(
    "/v1/bills",
    status_code=202,
    response_model=AcceptedAct,
    openapi_extra=described(
        BillRequest, in_form=("type", "as", "holder", "beneficiary", "name", "replaces", "reason")
    ),
    summary="Issue a bill under title control, or in the place of another",
)
async def issue(request: Request, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise to issue a bill to its first holder. The same bill again is refused as `TITLES_DUPLICATE` (PINT: DUPE),
    other contents under its number as `TITLES_DISPUTED` (PINT: DISE).
    """
    asked, content = await read_upload(request, BillRequest)
    asked = asked.model_copy(update={"formation": seeing.acting(caller, asked.formation)})
    ready = await run_in_threadpool(service.desk.ready_to_issue_bill, asked, content, key=who.act_key)
    service.node.promised([await service.promises.keep(ready.order)])
    return accepted(who)


@bills.get(
    "/v1/bills/{identifier}",
    response_model=BillView,
    summary="Who holds a bill, who is entitled, and what was done with it",
    responses=TAGGED,
)
def show(
    identifier: str,
    request: Request,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
    block: BlockFilter = None,
) -> Response:
    """A bill by its digest, the first 8 or more digits of it, or its number; `next` is what the caller's formation may
    do with it now. Whoever is no party to it names the whole digest.
    """
    told = bill_for(service, caller, identifier, doc_type=doc_type, issuer=issuer, block=block)
    return tagged(request, as_json(told))


@bills.get(
    "/v1/bills/{identifier}/chain",
    response_model=BillChainView,
    response_model_exclude_none=True,
    summary="The chain of a bill in DCSA's words",
    responses=TAGGED,
)
def chain(
    identifier: str,
    request: Request,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
    block: BlockFilter = None,
) -> Response:
    """An `endorsementChain` whose links are PINT transactions; what those cannot say stands beside it."""
    found = bill_for(service, caller, identifier, doc_type=doc_type, issuer=issuer)
    told = service.desk.bill_chain(found.digest, doc_type=found.type, issuer=found.issuer, block=block)
    body = told.model_dump_json(by_alias=True, exclude_none=True)
    return tagged(request, Response(body, media_type="application/json"))


@bills.post(
    "/v1/bills/{identifier}/acts",
    status_code=202,
    response_model=AcceptedAct,
    summary="Do something with a bill",
)
def act(
    identifier: str, asked: BillActRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Promise to offer, accept, turn down, take back, sign, pledge, release, surrender, or answer a surrender."""
    formation = seeing.acting(caller, asked.formation)
    found = bill_for(service, caller, identifier, doc_type=asked.type, issuer=asked.issuer)
    evidence = asked.evidence and seeing.meant(service.desk, caller, asked.evidence, field="--evidence")
    asked = asked.model_copy(
        update={
            "formation": formation,
            "evidence": evidence,
            "type": found.type,
            "issuer": found.issuer,
        }
    )
    service.desk.act_on_bill(found.digest, asked, key=who.act_key)
    return accepted(who)
