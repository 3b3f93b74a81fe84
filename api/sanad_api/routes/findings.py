"""Findings: what papers say differently; and a document looked at before it is issued."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Role
from sanad_api.deps import Limit, TheCaller, TheService, as_json
from sanad_api.routes import router
from sanad_api.routes.documents import attachment
from sanad_api.uploads import described, read_upload
from sanad_node import finding
from sanad_node.desk import findings as desk
from sanad_node.desk.asked import RequestIncomplete
from sanad_node.wire.findings import (
    AnswerRequest,
    CheckedView,
    CheckRequest,
    FindingAnswerView,
    FindingsPage,
    FindingsQuery,
    Severity,
)

findings = router("findings")
Block = Annotated[int | None, Query(ge=0, le=2**53, description="As of this block; the newest final one.")]


@findings.post(
    "/v1/checks",
    response_model=CheckedView,
    openapi_extra=described(CheckRequest, in_form=("type", "number")),
    summary="Look at a document before it is issued",
)
async def check(request: Request) -> Response:
    """Whether its type allows it, and which numbers and codes in it look wrong. Nothing is kept or issued; what is
    wrong with an identifier is a warning, since real papers break the rules.
    """
    asked, content = await read_upload(request, CheckRequest)
    if (content is None) == (asked.document is None):
        raise RequestIncomplete("give the document either in the request or as a file", field="document")
    answer = as_json(await run_in_threadpool(desk.check, asked, content))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@findings.get("/v1/findings", response_model=FindingsPage, summary="What papers say differently")
def list_findings(
    service: TheService,
    caller: TheCaller,
    block: Block = None,
    document: Annotated[
        str | None,
        Query(min_length=1, max_length=256, description="Only those that this document is part of."),
    ] = None,
    rule: Annotated[str | None, Query(max_length=64, description="Only findings of this rule.")] = None,
    severity: Annotated[Severity | None, Query(description="Only findings of this severity.")] = None,
    answered: Annotated[
        bool | None, Query(description="Only those that have an answer, or have none.")
    ] = None,
    before: Annotated[str | None, Query(max_length=40, description="The cursor of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """Findings, the gravest first, as of a block. They are no verdicts. An office sees those of its own papers, and not
    what others' papers say; an administrator sees which papers a rule fired on.
    """
    if document is not None:
        service.node.be_current()
        issuer = seeing.whose(caller, None)
        document = finding.document(service.node, document, issuer=issuer, field="document").digest.hex()
    query = FindingsQuery(
        block=block,
        document=document,
        rule=rule,
        severity=severity,
        answered=answered,
        before=before,
        limit=limit,
    )
    return as_json(desk.page(service.node, query, seeing.reader_of_findings(caller)))


@findings.get(
    "/v1/findings/report",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}},
    summary="All findings as of a block, as one file",
)
def whole_report(service: TheService, block: Block = None) -> Response:
    """The same block, papers and rules give the same bytes (docs/spec/findings.md). Answers are not in it."""
    made = service.desk.findings_report(block)
    return Response(made, media_type="application/json", headers=attachment("findings.json"))


@findings.post(
    "/v1/findings/answers", status_code=201, response_model=FindingAnswerView, summary="Answer a finding"
)
def answer(asked: AnswerRequest, service: TheService, caller: TheCaller) -> Response:
    """Say why it is so, or what was done: kept with your name for ever. For the offices of its papers, and auditors."""
    formation = caller.formation
    if not caller.user and asked.formation is not None:
        formation = service.node.reader.formation(asked.formation, field="as").code
    elif asked.formation is not None:
        formation = seeing.acting(caller, asked.formation)
    given = desk.answer(
        service.node,
        asked,
        user=caller.user,
        name=caller.name,
        formation=formation,
        auditor=not caller.user or Role.AUDITOR in caller.roles,
    )
    told = as_json(given)
    told.status_code = 201
    return told
