"""Data agreements and messages between members: for people here, and, under `messages`, for partners' nodes."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.deps import Limit, TheAsking, TheCaller, TheService, as_json
from sanad_api.routes import router
from sanad_node.exchange import asking
from sanad_node.exchange.receiving import receive
from sanad_node.wire.exchange import (
    AgreementChange,
    AgreementList,
    AgreementRequest,
    AgreementView,
    MessageKind,
    MessageList,
    MessageRequest,
    MessagesQuery,
    MessageView,
    Standing,
    Thing,
    Way,
)

exchange = router("exchange")
_TEXT = {"text/plain": {"schema": {"type": "string"}}}


@exchange.get("/v1/agreements", response_model=AgreementList, summary="Data agreements with other members")
def agreements(service: TheService) -> Response:
    """All there were, oldest first, as they stand."""
    return as_json(service.desk.agreements())


@exchange.post(
    "/v1/agreements", status_code=201, response_model=AgreementView, summary="Propose a data agreement"
)
def propose(asked: AgreementRequest, service: TheService) -> Response:
    """Signed by this member, and sent to the partner, who accepts it by signing it too."""
    told = as_json(service.desk.propose_agreement(asked))
    told.status_code = 201
    service.exchanger.kick()
    return told


@exchange.get("/v1/agreements/{agreement}", response_model=AgreementView, summary="A data agreement")
def agreement(agreement: str, service: TheService) -> Response:
    """As it stands, with the file that both have signed."""
    return as_json(service.desk.agreement(agreement))


@exchange.post(
    "/v1/agreements/{agreement}", response_model=AgreementView, summary="Accept or end a data agreement"
)
def change(agreement: str, asked: AgreementChange, service: TheService) -> Response:
    """Accept what a partner has proposed, or end an agreement, at once. Done again, nothing is done."""
    told = as_json(service.desk.change_agreement(agreement, asked))
    service.exchanger.kick()
    return told


@exchange.get("/v1/exchange", response_model=MessageList, summary="Messages from and to partners")
def listed(
    service: TheService,
    caller: TheCaller,
    way: Annotated[Way | None, Query(description="Received (`in`) or sent (`out`).")] = None,
    kind: Annotated[MessageKind | None, Query(description="Only those of this kind.")] = None,
    standing: Annotated[
        Standing | None,
        Query(
            description="Only requests that wait for an answer, the nearest deadline first (`open`), or what partners "
            "do not have (`undelivered`)."
        ),
    ] = None,
    about: Annotated[Thing | None, Query(description="With `value`: only those about this thing.")] = None,
    value: Annotated[
        str | None, Query(min_length=1, max_length=64, description="Its number or digest.")
    ] = None,
    before: Annotated[
        int | None, Query(ge=1, le=2**53 - 1, description="The cursor of the page before.")
    ] = None,
    limit: Limit = 50,
) -> Response:
    """Newest first: mirrored export declarations with what arrived of them, requests with their answers, alerts. Of the
    declarations held here, an office sees its own.
    """
    query = MessagesQuery(
        way=way, kind=kind, standing=standing, about=about, value=value, before=before, limit=limit
    )
    service.node.be_current()
    return as_json(asking.messages(service.node, query, seeing.reader_of_findings(caller)))


@exchange.get("/v1/exchange/{message}", response_model=MessageView, summary="A message from or to a partner")
def message(message: str, service: TheService, caller: TheCaller) -> Response:
    """As it is kept here, with what became of it."""
    service.node.be_current()
    return as_json(asking.message(service.node, message, seeing.reader_of_findings(caller)))


@exchange.post(
    "/v1/exchange", status_code=201, response_model=MessageView, summary="Send a partner a message"
)
def send(asked: MessageRequest, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Kept on the disk, and sent until the partner has given its receipt. `AGREEMENT_FORBIDS` where no agreement in
    force allows it. A declaration is mirrored by the office that has issued it.
    """
    told = as_json(
        service.desk.send_message(seeing.message_for(service.desk, caller, asked), key=who.act_key)
    )
    told.status_code = 201
    service.exchanger.kick()
    return told


@exchange.post(
    "/v1/exchange/messages",
    response_class=Response,
    responses={200: {"content": _TEXT, "description": "The receipt: what was sent is on the disk here."}},
    openapi_extra={"requestBody": {"required": True, "content": _TEXT}},
    summary="Take in a partner's message",
)
async def take_in(request: Request, service: TheService) -> Response:
    """For other members' nodes, which need no account: the signature of the member counts. The same message again gets
    the same receipt (docs/spec/exchange.md).
    """
    body = await request.body()
    receipt = await run_in_threadpool(receive, service.node, body)
    return Response(receipt, media_type="text/plain; charset=utf-8")
