"""Documents: issued, listed, followed, changed in their standing, carried away as bundles."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
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
from sanad_api.threads import ask
from sanad_api.uploads import described, read_upload
from sanad_node import types
from sanad_node.desk import listing
from sanad_node.wire import (
    AcceptedAct,
    DocumentPage,
    DocumentView,
    IssueRequest,
    StandingRequest,
    StandingView,
)
from sanad_node.wire.documents import DisclosureRequest
from sanad_verifier.digests import Digest

documents = router("documents")
AT_ONCE = 64 << 10
"""Bytes of a request whose document is checked on the event loop; a larger one takes too long."""
BUNDLE_TYPE = "application/vnd.sanad.bundle+zip"


@documents.get("/v1/documents", response_model=DocumentPage, summary="List documents, newest first")
def list_documents(
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
    before: Annotated[str | None, Query(max_length=40, description="The cursor of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """Documents on the ledger; issuers see their own formation's. Numbers are shown to the issuing office only."""
    if not caller.roles & seeing.SEES_EVERY_DOCUMENT:
        issuer = caller.formation
    page = listing.documents(service.node, doc_type=doc_type, issuer=issuer, before=before, limit=limit)
    shown = [
        one
        if caller.belongs_to(one.issuer) or not caller.user or caller.roles & seeing.SEES_EVERY_CONTENT
        else one.model_copy(update={"number": ""})
        for one in page.documents
    ]
    return as_json(page.model_copy(update={"documents": shown}))


@documents.post(
    "/v1/documents",
    status_code=202,
    response_model=AcceptedAct,
    openapi_extra=described(
        IssueRequest, in_form=("type", "as", "number", "name", "keep", "replaces", "reason", "parents")
    ),
    summary="Issue a document",
)
async def issue(request: Request, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise to anchor a document's digest with the formation's authority. The document is checked against its
    type's schema, kept encrypted in the vault, and the act is on the disk when this answers.
    """
    asked, content = await read_upload(request, IssueRequest)
    formation = seeing.acting(caller, asked.formation)
    parents = [seeing.meant(service.desk, caller, one, field="--parent ID") for one in asked.parents]
    asked = asked.model_copy(update={"formation": formation, "parents": parents})
    where = ask if len(await request.body()) <= AT_ONCE else run_in_threadpool
    ready = await where(service.desk.ready_to_issue, asked, content, key=who.act_key, person=caller.user)
    service.node.promised([await service.promises.keep(ready.order)])
    return accepted(who)


@documents.get(
    "/v1/documents/{identifier}",
    response_model=DocumentView,
    summary="A document's facts and history",
    responses=TAGGED,
)
async def show(
    identifier: str,
    request: Request,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
    follow: Annotated[bool, Query(description="Follow the papers it names, too.")] = False,
) -> Response:
    """What the ledger says of a document, by its digest, the first 8 or more digits of it, or its number."""
    where = run_in_threadpool if follow else ask  # the papers it names may be many
    issuer = seeing.whose(caller, issuer)
    found = await where(service.desk.document, identifier, doc_type=doc_type, issuer=issuer, follow=follow)
    seeing.must_see_document(caller, found)
    return tagged(request, as_json(seeing.without_clear_facts(caller, found)))


@documents.get(
    "/v1/documents/{identifier}/status",
    response_model=StandingView,
    summary="Whether it is in force",
    responses=TAGGED,
)
def status(
    identifier: str,
    request: Request,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
) -> Response:
    """The document's state, since when, and why."""
    issuer = seeing.whose(caller, issuer)
    found = service.desk.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
    seeing.must_see_document(caller, found)
    last = found.steps[-1]
    view = StandingView(
        digest=found.document.digest,
        type=found.document.doc_type,
        issuer=found.issuer,
        state=found.state,
        since=last.time,
        reason=last.reason,
        replaced_by=last.replacement,
        entry=last.index,
    )
    return tagged(request, as_json(view))


@documents.post(
    "/v1/documents/{identifier}/status",
    status_code=202,
    response_model=AcceptedAct,
    summary="Suspend, reinstate, supersede or revoke",
)
def change_status(
    identifier: str, asked: StandingRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Promise a change of the document's standing, with a reason that stays on the ledger."""
    issuer = seeing.whose(caller, asked.issuer)
    found = service.desk.document(identifier, doc_type=asked.type, issuer=issuer, follow=False)
    seeing.must_see_document(caller, found)
    formation = seeing.acting(caller, asked.formation) if caller.formation else asked.formation
    doc_type = found.document.doc_type
    by = asked.by and seeing.meant(service.desk, caller, asked.by, field="--by", doc_type=doc_type)
    asked = asked.model_copy(
        update={"formation": formation, "type": doc_type, "issuer": found.issuer, "by": by}
    )
    service.desk.change_standing(found.document.digest, asked, key=who.act_key, person=caller.user)
    return accepted(who)


@documents.get(
    "/v1/documents/{identifier}/bundle",
    response_class=Response,
    responses={200: {"content": {BUNDLE_TYPE: {}}}},
    summary="One file with which anyone can check it offline",
)
def bundle(
    identifier: str,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
    document: Annotated[
        bool,
        Query(
            description="Put the document in; only its own office and auditors may, and anybody for a status list."
        ),
    ] = True,
    chain: Annotated[
        bool,
        Query(
            description="Put the validators' seals over its entry in too, where validators seal the chain."
        ),
    ] = False,
) -> Response:
    """The document's proof, signed standing and, for its own office, the document itself."""
    issuer = seeing.whose(caller, issuer)
    found = service.desk.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
    seeing.must_see_document(caller, found)
    own = (
        not caller.user
        or caller.belongs_to(found.issuer)
        or caller.roles & seeing.SEES_EVERY_CONTENT
        or found.document.doc_type in seeing.ANYBODYS
    )
    digest, made = service.desk.bundle(
        found.document.digest,
        doc_type=found.document.doc_type,
        issuer=found.issuer,
        with_document=bool(document and own),
        with_chain=chain,
    )
    return Response(made, media_type=BUNDLE_TYPE, headers=attachment(f"{digest[:16]}.sanad"))


@documents.post(
    "/v1/documents/{identifier}/presentation",
    response_class=Response,
    responses={200: {"content": {BUNDLE_TYPE: {}}}},
    summary="One file that shows some fields and hides the others",
)
def disclose(identifier: str, asked: DisclosureRequest, service: TheService, caller: TheCaller) -> Response:
    """Proof, signed standing, and each field with its own way to the root in the log; only for the office that issued
    it, and auditors.
    """
    issuer = seeing.whose(caller, asked.issuer)
    found = service.desk.document(identifier, doc_type=asked.type, issuer=issuer, follow=False)
    seeing.must_see_content(caller, found)
    digest, made = service.desk.disclose(
        found.document.digest, asked.fields, doc_type=found.document.doc_type, issuer=found.issuer
    )
    return Response(made, media_type=BUNDLE_TYPE, headers=attachment(f"{digest[:16]}.sanad"))


@documents.get(
    "/v1/documents/{identifier}/content",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
    summary="The document itself, from the vault",
)
def content(
    identifier: str,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
) -> Response:
    """The bytes as issued; only for the office that issued it, and auditors."""
    issuer = seeing.whose(caller, issuer)
    found = service.desk.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
    seeing.must_see_content(caller, found)
    kept = service.node.vault.get(Digest(bytes.fromhex(found.document.digest)))
    end = ".json" if types.get(found.document.doc_type).form == "json" else ""
    name = f"{found.document.digest[:16]}{end}"
    return Response(kept, media_type="application/octet-stream", headers=attachment(name))


def attachment(name: str) -> dict[str, str]:
    """Headers of a file to be saved, never shown: its content may be anything."""
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
