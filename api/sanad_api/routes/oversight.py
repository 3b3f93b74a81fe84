"""Oversight: the read log, what is remarkable about documents, what traders' papers come to; attestations."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.deps import Limit, TheAsking, TheCaller, TheService, accepted, as_json
from sanad_api.routes import router
from sanad_node.wire import AcceptedAct
from sanad_node.wire.oversight import (
    AttestRequest,
    NoticePage,
    ReadLogView,
    ReadPage,
    ReadsQuery,
    TradersQuery,
    TradersView,
)

oversight = router("oversight")
DAY = r"^\d{4}-\d\d-\d\d$"
Time = Annotated[int, Query(ge=0, le=253402300799, description="Seconds since 1970.")]


@oversight.get("/v1/reads", response_model=ReadPage, summary="Who looked up what, newest first")
def list_reads(
    service: TheService,
    name: Annotated[
        str | None, Query(min_length=1, max_length=64, description="Only reads of this account.")
    ] = None,
    about: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=256,
            description="Only reads of this document, consignment or number, found or not.",
        ),
    ] = None,
    since: Time = 0,
    until: Annotated[
        int | None, Query(ge=0, le=253402300799, description="Before this time, in seconds since 1970.")
    ] = None,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="The cursor of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """What this service answered to those who signed in: which account, what kind of thing, about which digest or
    blinded number, and how many were shown. This answer is recorded, too.
    """
    query = ReadsQuery(name=name, about=about, since=since, until=until, before=before, limit=limit)
    settings = service.settings.reads
    return as_json(service.desk.reads(query, bulk=settings.bulk, window=settings.window_seconds))


@oversight.get("/v1/reads/check", response_model=ReadLogView, summary="Is the read log what it was?")
def check_reads(
    service: TheService,
    head: Annotated[
        str | None, Query(max_length=64, description="The mark of a record that was kept elsewhere.")
    ] = None,
) -> Response:
    """Every record against the one before it, and that the one whose mark was kept elsewhere is among them."""
    return as_json(service.desk.check_reads(head))


@oversight.get("/v1/notices", response_model=NoticePage, summary="What is remarkable about documents")
def list_notices(
    service: TheService,
    before: Annotated[str | None, Query(max_length=40, description="The cursor of the page before.")] = None,
) -> Response:
    """Documents entered long after the date they bear, or by a new key, office or account; newest first. A notice is no
    verdict.
    """
    return as_json(service.desk.notices(before))


@oversight.get("/v1/traders", response_model=TradersView, summary="What each trader's papers come to")
def list_traders(
    service: TheService,
    since: Annotated[str, Query(pattern=DAY, description="First day, in ISO 8601 form.")],
    until: Annotated[str, Query(pattern=DAY, description="Last day, included.")],
    trader: Annotated[
        str | None, Query(min_length=1, max_length=64, description="Only of this tax number.")
    ] = None,
    currency: Annotated[
        str | None, Query(pattern="^[A-Za-z]{3}$", description="Only in this currency.")
    ] = None,
    limit: Annotated[
        str | None,
        Query(pattern=r"^\d{1,15}(\.\d{1,4})?$", description="An amount that papers are looked for below."),
    ] = None,
    within: Annotated[int, Query(ge=1, le=366, description="Days within which those are added up.")] = 30,
    block: Annotated[
        int | None, Query(ge=0, le=2**53, description="As of this block; the newest final one.")
    ] = None,
) -> Response:
    """What was paid by instruments against what was declared, for each trader whose papers are held here, by the days
    that the papers bear. What is marked is a question, not a verdict.
    """
    query = TradersQuery(
        since=since,
        until=until,
        trader=trader,
        currency=currency,
        limit=limit,
        within=within,
        block=block,
    )
    return as_json(service.desk.traders(query))


@oversight.post(
    "/v1/documents/{identifier}/attestation",
    status_code=202,
    response_model=AcceptedAct,
    summary="Attest an older record",
)
def attest(
    identifier: str, asked: AttestRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Promise to say, as an office that did not pass it on, that a record taken over from older papers agrees with its
    own. Two offices make it count. Name it by its whole digest, which is that of the file.
    """
    digest = seeing.meant(service.desk, caller, identifier, field="ID", doc_type=asked.type)
    asked = asked.model_copy(update={"formation": seeing.acting(caller, asked.formation)})
    service.desk.attest(digest, asked, key=who.act_key, person=caller.user)
    return accepted(who)
