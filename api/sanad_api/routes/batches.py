"""Batches: an upload is stored piece by piece, becomes a job, and is followed row by row."""

import hashlib
from itertools import islice
from typing import Annotated
from urllib.parse import unquote

import orjson
from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import Limit, TheCaller, TheService, as_json
from sanad_api.problems import ContentTypeWrong
from sanad_api.routes import router
from sanad_api.routes.documents import attachment
from sanad_api.service import Service
from sanad_node.batch_jobs import Job, RowState, UnknownJob, UploadEmpty
from sanad_node.desk.batches import Bringing, settle
from sanad_node.desk.listing import CursorInvalid
from sanad_node.pipeline.outbox import Fact
from sanad_node.reads import looking
from sanad_node.store.service_tables import answers
from sanad_node.types import DocumentType
from sanad_node.ways import forms
from sanad_node.ways.forms import CSV, JSON, JSON_LINES, XLSX, ZIP, Form, check_source, read_source
from sanad_node.ways.rows import Reading
from sanad_node.wire import BatchList, BatchRow, BatchRows, BatchView
from sanad_node.wire.batches import DryRunView, IdentifierWarningView

batches = router("batches")
TypeAsked = Annotated[
    str,
    Query(alias="type", max_length=31, description="Type of the documents, where the form does not say it."),
]
FormationAsked = Annotated[
    str | None, Query(alias="as", max_length=31, description="The formation that issues; the caller's own.")
]
Keep = Annotated[bool, Query(description="Keep the documents, encrypted, in the vault.")]
FormAsked = Annotated[
    str,
    Query(
        max_length=8,
        description="Another system's form (docs/reference/ways-in.md); else the body's media type says it.",
    ),
]
OWN = {CSV: "csv", XLSX: "xlsx", JSON_LINES: "jsonl", ZIP: "zip"}
DRY_RUN_ROWS = 10_000
"""Rows that a dry run looks at: whoever asks waits for them."""
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in OWN},
            JSON: {"schema": {"type": "object", "description": "A message of another system."}},
        },
    }
}


@batches.post(
    "/v1/batches",
    status_code=202,
    response_model=BatchView,
    openapi_extra=BODY,
    summary="Issue many documents",
)
async def submit(
    request: Request,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeAsked = "",
    formation: FormationAsked = None,
    keep: Keep = True,
    form: FormAsked = "",
) -> Response:
    """Send the file itself as the body: a table (`text/csv`), a spreadsheet, JSON lines (`application/x-ndjson`), a zip
    archive of documents, or a file or message of another system's form. Its name may be given in a `Slug` header (RFC
    5023), percent-encoded. Answered when the upload and the job are on the disk.
    """
    how, kind = _asked(request, form, doc_type)
    code = seeing.acting(caller, formation)
    key: str = request.state.key
    service.answers.begin(caller.id, key)
    try:
        upload, digest = await _store(request, service)
        mark = hashlib.sha256(f"POST /v1/batches?{request.url.query}\0".encode() + digest).digest()
        known = service.answers.find(caller.id, key, mark)
        if known is not None:
            service.jobs.spool.remove(upload)
            return known.again()
        job = Job(upload, code, caller.user, kind.name, _name(request), how.name, keep)
        body = orjson.dumps({**view_of(service, job).as_json(), "createdAt": int(service.node.clock())})
        row = {
            "caller": caller.id,
            "key": key,
            "fingerprint": mark,
            "status": 202,
            "body": body,
            "at": int(service.node.clock()),
        }
        await run_in_threadpool(start, service, job, Fact(answers, (row,)))
        return Response(body, 202, {"Location": f"/v1/batches/{upload}"}, media_type="application/json")
    finally:
        service.answers.end(caller.id, key)


@batches.post(
    "/v1/batches/dry-run",
    response_model=DryRunView,
    openapi_extra=BODY,
    summary="What issuing many documents would come to",
)
async def dry_run(
    request: Request,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeAsked = "",
    formation: FormationAsked = None,
    keep: Keep = True,
    form: FormAsked = "",
) -> Response:
    """The same file as for `POST /v1/batches`: row by row what would be done, is there already, or would be refused and
    why. Nothing is issued, and nothing kept.
    """
    how, kind = _asked(request, form, doc_type)
    code = seeing.acting(caller, formation)
    service.node.must_act()
    content = await request.body()
    if not content:
        raise UploadEmpty("the file is empty", field="file")
    return as_json(await run_in_threadpool(_foreseen, service, content, how, kind, code, keep))


def _foreseen(
    service: Service, content: bytes, form: Form, kind: DocumentType, formation: str, keep: bool
) -> DryRunView:
    node = service.node
    with service.jobs.spool.open() as upload:
        upload.write(content)
        identifier = upload.commit()
    try:
        path = service.jobs.spool.path(identifier)
        check_source(path, form.name, kind)
        rows = read_source(path, form.name, Reading(kind, node.directory.secret("vault")))
        some = islice(rows, DRY_RUN_ROWS)
        how = Bringing(keep=keep, dry_run=True)
        outcomes = settle(node, some, kind=kind, formation=formation, bringing=how)
        return DryRunView(rows=outcomes, complete=next(rows, None) is None)
    finally:
        service.jobs.spool.remove(identifier)


def _asked(request: Request, form: str, doc_type: str) -> tuple[Form, DocumentType]:
    """The form of a body and the type that it becomes."""
    media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    name = form or OWN.get(media, "")
    if not name:
        raise ContentTypeWrong(f"send one of {', '.join(OWN)}, or name the form")
    known = forms.get(name)
    if media not in known.media:
        raise ContentTypeWrong(f"{known.name} is sent as {' or '.join(known.media)}")
    return known, forms.kind_of(known, doc_type)


def start(service: Service, job: Job, *facts: Fact) -> Job:
    """Make an upload a job, durably."""
    return service.jobs.submit(
        id=job.id,
        formation=job.formation,
        user=job.user,
        doc_type=job.doc_type,
        source_name=job.source,
        form=job.form,
        keep=job.keep,
        extra_facts=facts,
    )


async def _store(request: Request, service: Service) -> tuple[str, bytes]:
    """The upload on the disk, and its SHA-256. Never more than a piece of it is in memory."""
    digest = hashlib.sha256()
    with service.jobs.spool.open() as upload:
        async for chunk in request.stream():
            digest.update(chunk)
            await run_in_threadpool(upload.write, chunk)
        return await run_in_threadpool(upload.commit), digest.digest()


def _name(request: Request) -> str:
    return unquote(request.headers.get("Slug", ""), errors="replace")[:256]


@batches.get("/v1/batches", response_model=BatchList, summary="List batches, newest first")
def list_batches(
    service: TheService,
    caller: TheCaller,
    before: Annotated[str | None, Query(max_length=32, description="The cursor of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """One's own formation's; auditors and administrators see all."""
    try:
        found = service.jobs.jobs(seeing.own_only(caller), before, limit)
    except UnknownJob as error:
        raise CursorInvalid("send the cursor as it was given", field="?before") from error
    more = found[-1].id if len(found) == limit else None
    return as_json(BatchList(batches=[view_of(service, job) for job in found], next=more))


@batches.get("/v1/batches/{job}", response_model=BatchView, summary="How far a batch is")
def show(job: str, service: TheService, caller: TheCaller) -> Response:
    """The batch's state, and how many rows came to what."""
    return as_json(view_of(service, job_for(service, caller, job)))


@batches.get("/v1/batches/{job}/rows", response_model=BatchRows, summary="What became of each row")
def rows(
    job: str,
    service: TheService,
    caller: TheCaller,
    outcome: Annotated[RowState | None, Query(description="Only rows of this outcome.")] = None,
    after: Annotated[int, Query(ge=-1, le=2**53, description="The cursor of the page before.")] = -1,
    limit: Limit = 100,
) -> Response:
    """Rows in their order in the source."""
    job_for(service, caller, job)
    return as_json(rows_of(service, job, outcome, after, limit))


def rows_of(service: Service, job: str, outcome: RowState | None, after: int, limit: int) -> BatchRows:
    """A page of rows, and its cursor."""
    found = service.jobs.rows(job, outcome=outcome, after=after, limit=limit)
    looking.listed(len(found))
    told = [
        BatchRow(
            place=row.place,
            source=row.source,
            outcome=row.state,
            digest="" if row.digest is None else row.digest.hex(),
            number=row.number,
            leaf=row.leaf,
            entry=row.entry,
            code=row.code,
            message=row.message,
            field=row.field,
            warnings=[IdentifierWarningView.read(one) for one in orjson.loads(row.warnings or b"[]")],
        )
        for row in found
    ]
    return BatchRows(rows=told, next=told[-1].place if len(told) == limit else None)


@batches.get(
    "/v1/batches/{job}/outcomes.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
    summary="The outcomes as a table",
)
def outcomes(job: str, service: TheService, caller: TheCaller) -> Response:
    """Every row, for a spreadsheet; cells that it would take for formulas are marked as text."""
    looking.listed(job_for(service, caller, job).checked)
    return StreamingResponse(
        service.jobs.outcomes_csv(job),
        media_type="text/csv; charset=utf-8",
        headers=attachment(f"batch-{job[:8]}.csv"),
    )


def job_for(service: Service, caller: Caller, job: str) -> Job:
    """The job, if the caller may see it."""
    found = service.jobs.job(job)
    own = seeing.own_only(caller)
    if own is not None and found.formation != own:
        raise UnknownJob("there is no such batch job", field="job")
    return found


def view_of(service: Service, job: Job) -> BatchView:
    """A job as told, with how many rows came to what."""
    counts = service.jobs.counts(job.id) if job.created_at else None
    fields = ("accepted", "anchored", "final", "refused", "already", "failed")
    return BatchView(
        batch=job.id,
        type=job.doc_type,
        formation=job.formation,
        source=job.source,
        form=job.form,
        state=job.state,
        checked=job.checked,
        counts={name: getattr(counts, name, 0) for name in fields},
        code=job.code,
        message=job.message,
        created_at=job.created_at,
        ended_at=job.ended_at,
    )
