"""The page of findings: what papers say differently, and what was answered."""

from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller, Role
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import language_of, page
from sanad_api.pages.forms import new_key, read_form, see, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.policy import AUDITOR, ISSUERS
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node import finding
from sanad_node.desk import findings as desk
from sanad_node.findings.answering import REASONS
from sanad_node.findings.rules import rules
from sanad_node.wire.findings import AnswerRequest, FindingsPage, FindingsQuery
from sanad_verifier.errors import SanadError

findings = router("pages")
SHOWN = 25
FILTERS = ("document", "rule", "severity", "answered", "block")
ANSWERED = {"yes": True, "no": False}


@findings.get("/findings", include_in_schema=False)
async def list_findings(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Findings that the reader may know of, the gravest first."""
    given = {name: request.query_params.get(name, "").strip()[:256] for name in (*FILTERS, "before")}
    return await _page(request, service, caller, given, None)


async def _page(
    request: Request, service: Service, caller: Caller, given: dict[str, str], error: SanadError | None
) -> Response:
    told, problem = None, error
    try:
        told = await run_in_threadpool(_told, service, caller, given)
    except (SanadError, ValidationError) as wrong:
        problem = problem or of_error(wrong)
    language = language_of(request)
    kept = {name: given[name] for name in FILTERS if given.get(name)}
    older = "/findings?" + urlencode({**kept, "before": told.next}) if told and told.next else ""
    return page(
        request,
        "findings.html",
        200 if problem is None else status_of(problem),
        told=told,
        given=given,
        filtered=bool(kept),
        older=older,
        rules={
            name: (rule.title.in_language(language), rule.why.in_language(language))
            for name, rule in rules().items()
        },
        reasons=REASONS,
        may_answer=_may_answer(caller),
        key=new_key(),
        problem=None if problem is None else trouble(problem),
    )


def _may_answer(caller: Caller) -> bool:
    return bool(caller.roles & (ISSUERS | {AUDITOR}))


def _told(service: Service, caller: Caller, given: dict[str, str]) -> FindingsPage:
    asked: dict[str, Any] = {
        "rule": given["rule"] or None,
        "severity": given["severity"] or None,
        "answered": ANSWERED.get(given["answered"]),
        "block": int(given["block"]) if given["block"].isascii() and given["block"].isdecimal() else None,
        "before": given["before"] or None,
        "limit": SHOWN,
    }
    if given["document"]:
        service.node.be_current()
        issuer = seeing.whose(caller, None)
        meant = finding.document(service.node, given["document"], issuer=issuer, field="document")
        asked["document"] = meant.digest.hex()
    return desk.page(service.node, FindingsQuery.model_validate(asked), seeing.reader_of_findings(caller))


@findings.post("/findings", include_in_schema=False)
async def answer(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Keep an answer. Sent again, the form is the same answer."""
    form = await read_form(request, service, caller)
    given = {name: form[name].strip()[:256] for name in (*FILTERS, "before")}
    try:
        asked = AnswerRequest.model_validate(
            {
                "finding": form["finding"],
                "reason": form["reason"],
                "note": form["note"].strip(),
                "block": int(form["as_of"]) if form["as_of"].isdecimal() else None,
            }
        )
        await run_in_threadpool(
            desk.answer,
            service.node,
            asked,
            user=caller.user,
            name=caller.name,
            formation=caller.formation,
            auditor=Role.AUDITOR in caller.roles,
        )
    except (SanadError, ValidationError) as error:
        return await _page(request, service, caller, given, of_error(error))
    kept = {name: value for name, value in given.items() if value}
    answered = see("/findings", **kept)
    answered.headers["Location"] += f"#finding-{asked.finding}"
    return answered
