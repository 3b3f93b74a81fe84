"""Pages about partners: requests to answer, alerts, mirrored declarations, what is not delivered; one message; the data
agreements.

Everything here is between this member and one partner: whoever may read it is in the table of pages, and of what is
held here to compare it with they see as much as is theirs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.answers import must_be_key
from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages import view
from sanad_api.pages.answering import has_partners, page
from sanad_api.pages.forms import Form, Trouble, new_key, read_form, see, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.policy import ADMINS, APPROVERS
from sanad_api.problems import RequestInvalid, status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node.asking import Asking
from sanad_node.exchange import asking
from sanad_node.exchange.forms import NoPartners, ourselves
from sanad_node.wire import VerifyRequest
from sanad_node.wire.exchange import (
    AgreementChange,
    AgreementView,
    MessageList,
    MessageRequest,
    MessagesQuery,
    MessageView,
)
from sanad_verifier.errors import SanadError

exchange = router("pages")
SHOWN, UNDELIVERED_SHOWN = 25, 10
KINDS = ("alert", "mirror", "request", "answer")
FILTERS = ("kind", "way", "about", "value")
SENT = {"alert": "alert", "ask": "request", "mirror": "mirror"}
"""What may be sent from the page, by the name of its form."""
DAY = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Board:
    """What there is to be done, and the messages that were asked for. `listed` is none where the question was wrong."""

    to_answer: MessageList
    asked: MessageList
    undelivered: MessageList
    listed: MessageList | None

    @property
    def messages(self) -> Iterable[MessageView]:
        parts = (self.to_answer, self.asked, self.undelivered, self.listed)
        return (one for part in parts if part is not None for one in part.messages)


# -- the board ----------------------------------------------------------------------------------------------------


@exchange.get("/exchange", include_in_schema=False)
async def show_board(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Requests with the nearest deadline first, what is not delivered, and messages, the newest first."""
    given = {name: request.query_params.get(name, "").strip()[:64] for name in (*FILTERS, "before")}
    return await _board(request, service, caller, given, None, None)


async def _board(
    request: Request,
    service: Service,
    caller: Caller,
    given: dict[str, str],
    form: Form | None,
    error: SanadError | None,
) -> Response:
    told, listed = None, None
    hrefs: Mapping[str, str] = {}
    may_send: Mapping[str, tuple[tuple[str, str], ...]] = {}
    if has_partners(service.node):
        told, problem = await run_in_threadpool(_gather, service, caller, given)
        error, listed = error or problem, told.listed
        hrefs = await run_in_threadpool(_hrefs, service, caller, told.messages)
        if caller.roles & APPROVERS:
            may_send = await run_in_threadpool(_may_send, service)
    kept = {name: given[name] for name in FILTERS if given[name]}
    older = "/exchange?" + urlencode({**kept, "before": listed.next}) if listed and listed.next else ""
    return page(
        request,
        "exchange.html",
        200 if error is None else status_of(error),
        told=told,
        hrefs=hrefs,
        given=given,
        filtered=bool(kept),
        kinds=KINDS,
        older=older,
        may_send=may_send,
        sent=form,
        key=new_key(),
        problem=None if error is None else _at_fields(trouble(error)),
    )


FIELDS = {"id": "thing", "ID": "thing", "value": "thing", "agreement": "partner", "deadline": "answer_by"}
"""What a request calls them, and what the form does."""


def _at_fields(told: Trouble) -> Trouble:
    named = ((one, FIELDS.get(one.name, one.name)) for one in told.listed)
    return replace(told, listed=tuple(replace(one, name=name, label=name) for one, name in named))


def _gather(service: Service, caller: Caller, given: dict[str, str]) -> tuple[Board, SanadError | None]:
    service.node.be_current()
    reader = seeing.reader_of_findings(caller)

    def ask(**query: Any) -> MessageList:
        return asking.messages(service.node, MessagesQuery.model_validate(query), reader)

    listed, problem = None, None
    before = given["before"]
    try:
        listed = ask(
            kind=given["kind"] or KINDS[0],
            way=given["way"] or None,
            about=given["about"] or None,
            value=given["value"] or None,
            before=int(before) if before.isascii() and before.isdecimal() else None,
            limit=SHOWN,
        )
    except (SanadError, ValidationError) as wrong:
        problem = of_error(wrong)
    board = Board(
        ask(standing="open", way="in", limit=SHOWN),
        ask(standing="open", way="out", limit=SHOWN),
        ask(standing="undelivered", limit=UNDELIVERED_SHOWN),
        listed,
    )
    return board, problem


def _hrefs(service: Service, caller: Caller, messages: Iterable[MessageView]) -> dict[str, str]:
    """Where the documents that messages are about can be looked at, as far as the caller may know of them."""
    wanted = {
        (one.about.removeprefix("document:"), one.type)
        for one in messages
        if one.about.startswith("document:")
    }
    found = service.node.reader.documents_by_digest([bytes.fromhex(digest) for digest, _ in wanted])
    codes = service.node.reader.formation_codes()
    hrefs = {}
    for one in found:
        digest, issuer = bytes(one.digest).hex(), codes.get(one.issuer, "")
        if (digest, one.doc_type) in wanted and seeing.sees_documents_of(caller, issuer):
            hrefs[digest] = view.document_href(digest, one.doc_type, issuer)
    return hrefs


def _may_send(service: Service) -> dict[str, tuple[tuple[str, str], ...]]:
    """To which partners an agreement in force lets us send what: number and name, by the form's name."""
    us = ourselves(service.node).number
    agreed = [one for one in service.desk.agreements().agreements if one.state == "in-force"]
    allowed: dict[str, dict[str, str]] = {}
    for act, kind in SENT.items():
        for one in agreed:
            if any((grant.sender, grant.kind) == (us, kind) for grant in one.grants):
                allowed.setdefault(act, {})[str(one.partner)] = one.partner_name or str(one.partner)
    return {act: tuple(names.items()) for act, names in allowed.items()}


@exchange.post("/exchange", include_in_schema=False)
async def send(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Send an alert, a request or a mirrored declaration. The same form sent again is the same message."""
    form = await read_form(request, service, caller)
    try:
        made = await run_in_threadpool(_send, service, caller, form, _key(caller, form, request.url.path))
    except (SanadError, ValidationError) as error:
        return await _board(
            request, service, caller, dict.fromkeys((*FILTERS, "before"), ""), form, of_error(error)
        )
    service.exchanger.kick()
    return see(f"/exchange/{made.id}")


def _key(caller: Caller, form: Form, path: str) -> str | None:
    """The key of what a form asks for: of the form with these contents, so that one that was changed is another."""
    named = f"{must_be_key(form['key'])}-{form.fingerprint(path).hex()}"
    return Asking(caller.user, caller.id, caller.formation, named).act_key


def _send(service: Service, caller: Caller, form: Form, key: str | None) -> MessageView:
    act, partner = form["act"], form["partner"]
    told: dict[str, Any] = {
        "kind": SENT.get(act, act),
        "partner": int(partner) if partner.isascii() and partner.isdecimal() else None,
        "text": form["text"].strip(),
    }
    if act == "alert":
        told |= {"about": form["about"] or None, "code": form["code"] or None}
    told["id" if told.get("about", "document") == "document" else "value"] = form["thing"].strip() or None
    if act == "ask" and form["answer_by"].strip():
        told["deadline"] = _end_of(form["answer_by"])
    asked = MessageRequest.model_validate(told)
    return service.desk.send_message(seeing.message_for(service.desk, caller, asked, field="thing"), key=key)


def _end_of(day: str) -> int:
    """The last second of a day in UTC."""
    try:
        begun = datetime.strptime(day.strip(), DAY).replace(tzinfo=UTC)
    except ValueError as error:
        told = {"pointer": "/answer_by", "code": "DATE_INVALID", "detail": "this cannot be taken as it is"}
        raise RequestInvalid([told]) from error
    return int(begun.timestamp()) + 86399


# -- one message --------------------------------------------------------------------------------------------------


@exchange.get("/exchange/{message}", include_in_schema=False)
async def show_message(message: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """What was said, what became of it, and, of a request by a partner, what this node would answer."""
    return await _message(request, service, caller, message, None, None)


async def _message(
    request: Request,
    service: Service,
    caller: Caller,
    identifier: str,
    form: Form | None,
    error: SanadError | None,
) -> Response:
    told = await run_in_threadpool(_one, service, caller, identifier)
    open_to_us = told.way == "in" and told.kind == "request" and not told.answer
    verdict = None
    if open_to_us:
        asked = VerifyRequest(digest=told.about.removeprefix("document:"), type=told.type)
        verdict = await run_in_threadpool(service.desk.verify, asked)
    answer = await run_in_threadpool(_one, service, caller, told.answer) if told.answer else None
    return page(
        request,
        "message.html",
        200 if error is None else status_of(error),
        told=told,
        answer=answer,
        verdict=verdict,
        href=(await run_in_threadpool(_hrefs, service, caller, [told])).get(
            told.about.removeprefix("document:"), ""
        ),
        may_answer=open_to_us and bool(caller.roles & APPROVERS),
        sent=form,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


def _one(service: Service, caller: Caller, identifier: str) -> MessageView:
    service.node.be_current()
    return asking.message(service.node, identifier, seeing.reader_of_findings(caller))


@exchange.post("/exchange/{message}", include_in_schema=False)
async def answer_request(message: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Answer a partner's request with this node's verdict as it is now. A request has one answer."""
    form = await read_form(request, service, caller)
    try:
        asked = MessageRequest.model_validate(
            {"kind": "answer", "message": message, "text": form["text"].strip()}
        )
        key = _key(caller, form, request.url.path)
        await run_in_threadpool(lambda: service.desk.send_message(asked, key=key))
    except (SanadError, ValidationError) as error:
        return await _message(request, service, caller, message, form, of_error(error))
    service.exchanger.kick()
    return see(f"/exchange/{message}")


# -- agreements ---------------------------------------------------------------------------------------------------

ORDER = ("offered", "proposed", "in-force", "over", "ended")


@exchange.get("/agreements", include_in_schema=False)
async def show_agreements(request: Request, service: TheService, caller: TheCaller) -> Response:
    """With whom what may flow."""
    return await _agreements(request, service, caller, None, None)


async def _agreements(
    request: Request, service: Service, caller: Caller, form: Form | None, error: SanadError | None
) -> Response:
    told: tuple[AgreementView, ...] = ()
    us = 0
    if has_partners(service.node):
        told, us = await run_in_threadpool(_agreed, service)
    return page(
        request,
        "agreements.html",
        200 if error is None else status_of(error),
        agreements=told,
        us=us,
        may_change=bool(caller.roles & ADMINS),
        sent=form,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


def _agreed(service: Service) -> tuple[tuple[AgreementView, ...], int]:
    """By partner; what waits for a signature first, what is over last."""
    found = service.desk.agreements().agreements
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.state), one.partner))), ourselves(
        service.node
    ).number


@exchange.post("/agreements", include_in_schema=False)
async def change_agreement(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Accept what a partner offers, or end an agreement at once. Sent again, nothing is done."""
    form = await read_form(request, service, caller)
    try:
        if not has_partners(service.node):
            raise NoPartners("this node is in no network of several administrations", field="partner")
        asked = AgreementChange.model_validate({"change": form["act"], "reason": form["reason"].strip()})
        await run_in_threadpool(service.desk.change_agreement, form["agreement"], asked)
    except (SanadError, ValidationError) as error:
        return await _agreements(request, service, caller, form, of_error(error))
    service.exchanger.kick()
    return see("/agreements")
