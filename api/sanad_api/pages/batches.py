"""Pages about batches: bring a file, watch it, read what became of each row."""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.answers import must_be_key
from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import page
from sanad_api.pages.batch_view import OUTCOMES, row_address
from sanad_api.pages.forms import Form, new_key, read_form, see, trouble
from sanad_api.policy import ISSUERS
from sanad_api.problems import RequestInvalid, status_of
from sanad_api.routes import router
from sanad_api.routes.batches import job_for, rows_of, start, view_of
from sanad_api.service import Service
from sanad_node.batch_jobs import Job
from sanad_verifier.errors import SanadError

batches = router("pages")
SUFFIXES = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl", ".zip": "zip"}
PIECE = 1 << 20


@batches.get("/batches", include_in_schema=False)
async def list_batches(
    request: Request, service: TheService, caller: TheCaller, before: str = ""
) -> Response:
    """Batches, newest first, and the form for a new one."""
    return await _list(request, service, caller, before, None, None)


async def _list(
    request: Request,
    service: Service,
    caller: Caller,
    before: str,
    form: Form | None,
    error: SanadError | None,
) -> Response:
    found = await run_in_threadpool(service.jobs.jobs, seeing.own_only(caller), before or None, 50)
    told = await run_in_threadpool(lambda: [view_of(service, job) for job in found])
    return page(
        request,
        "batches.html",
        200 if error is None else status_of(error),
        batches=told,
        next=f"/batches?before={found[-1].id}" if len(found) == 50 else "",
        may_submit=bool(caller.roles & ISSUERS),
        given=form,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


@batches.post("/batches", include_in_schema=False)
async def submit(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Make a file a job. The form sent twice makes one job: its key is the upload's only while it is worked on, so a
    second sending after that is told that the documents are issued already.
    """
    form = await read_form(request, service, caller)
    key = must_be_key(form["key"])
    service.answers.begin(caller.id, key)
    try:
        file = form.file()
        suffix = "" if file is None else (file.filename or "")[-7:].lower()
        how = next((how for end, how in SUFFIXES.items() if suffix.endswith(end)), None)
        if file is None or how is None:
            raise RequestInvalid(
                [
                    {
                        "pointer": "/file",
                        "code": "FILE_KIND",
                        "detail": "bring a .csv, .xlsx, .jsonl or .zip file",
                    }
                ]
            )
        with service.jobs.spool.open() as upload:
            while piece := await file.read(PIECE):
                await run_in_threadpool(upload.write, piece)
            identifier = await run_in_threadpool(upload.commit)
        name = (file.filename or "")[:256]
        job = Job(identifier, caller.formation, caller.user, form["type"].upper(), name, how, True)
        await run_in_threadpool(start, service, job)
    except SanadError as error:
        return await _list(request, service, caller, "", form, error)
    finally:
        service.answers.end(caller.id, key)
    return see(f"/batches/{identifier}")


@batches.get("/batches/{job}", include_in_schema=False)
async def show(
    job: str, request: Request, service: TheService, caller: TheCaller, outcome: str = "", after: int = -1
) -> Response:
    """One batch: how far it is, and its rows."""
    found = await run_in_threadpool(job_for, service, caller, job)
    wanted = next((one for one in OUTCOMES if one == outcome), None)
    rows = await run_in_threadpool(rows_of, service, job, wanted, max(after, -1), 100)
    told = await run_in_threadpool(view_of, service, found)
    return page(
        request,
        "batch.html",
        told=told,
        rows=rows.rows,
        outcome=wanted or "",
        next="" if rows.next is None else row_address(told, wanted or "", rows.next),
        failing=service.carrier.health.failing,
    )
