"""Pages about documents: the list, one document, its print, a change of its standing."""

from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import language_of, page
from sanad_api.pages.forms import act_once, new_key, read_form, see, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.policy import APPROVERS, ISSUERS
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node import types
from sanad_node.desk import listing
from sanad_node.drawdown.stages import DECLARATION
from sanad_node.ipfs.queue import PINNED, WAITING
from sanad_node.types import human
from sanad_node.vault import VaultCorrupt, VaultErased, VaultMissing
from sanad_node.wire import DocumentView, StandingRequest, VerifyRequest
from sanad_node.wire.declarations import AdvanceRequest
from sanad_node.wire.instruments import ReleaseRequest
from sanad_verifier.digests import Digest
from sanad_verifier.errors import SanadError

papers = router("pages")
WAY = ("assessed", "paid", "examined", "release", "gate-out")
"""What is said of a declaration on its way to the gate."""
CHANGES = {"active": ("suspend", "supersede", "revoke"), "suspended": ("reinstate", "supersede", "revoke")}


@papers.get("/documents", include_in_schema=False)
async def list_documents(
    request: Request,
    service: TheService,
    caller: TheCaller,
    find: str = "",
    type: str = "",  # noqa: A002 - what the address calls it
    before: str = "",
) -> Response:
    """Documents the reader may know of; a number or digest leads to its document."""
    problem, found = None, find.strip()
    if found:
        try:
            one = await run_in_threadpool(_find, service, caller, found, type or None, None)
            return see(f"/documents/{one.document.digest}", type=one.document.doc_type, issuer=one.issuer)
        except SanadError as error:
            problem = error
    issuer = None if caller.roles & seeing.SEES_EVERY_DOCUMENT else caller.formation
    told = await run_in_threadpool(
        listing.documents, service.node, doc_type=type or None, issuer=issuer, before=before or None, limit=50
    )
    lines = [
        one
        if caller.belongs_to(one.issuer) or caller.roles & seeing.SEES_EVERY_CONTENT
        else one.model_copy(update={"number": ""})
        for one in told.documents
    ]
    return page(
        request,
        "documents.html",
        200 if problem is None else status_of(problem),
        documents=lines,
        next="/documents?" + urlencode({"type": type, "before": told.next}) if told.next else "",
        find=find,
        type=type,
        problem=None if problem is None else trouble(problem),
    )


def _find(
    service: Service, caller: Caller, identifier: str, doc_type: str | None, issuer: str | None
) -> DocumentView:
    found = service.desk.document(identifier, doc_type=doc_type, issuer=seeing.whose(caller, issuer))
    seeing.must_see_document(caller, found)
    return seeing.without_clear_facts(caller, found)


@papers.get("/documents/{identifier}", include_in_schema=False)
async def show(
    identifier: str,
    request: Request,
    service: TheService,
    caller: TheCaller,
    type: str = "",  # noqa: A002
    issuer: str = "",
) -> Response:
    """One document: verdict, facts, history, papers, and what may be done."""
    told = await run_in_threadpool(_find, service, caller, identifier, type or None, issuer or None)
    return await _page(request, service, caller, told, None)


async def _page(
    request: Request, service: Service, caller: Caller, told: DocumentView, error: SanadError | None
) -> Response:
    asked = VerifyRequest(digest=told.document.digest, type=told.document.doc_type, issuer=told.issuer)
    verdict = await run_in_threadpool(service.desk.verify, asked)
    own = caller.belongs_to(told.issuer) and bool(caller.roles & APPROVERS)
    changes = CHANGES.get(told.state, ()) if own else ()
    declares = told.document.doc_type == DECLARATION and told.state == "active"
    way = WAY if declares and caller.belongs_to(told.issuer) and caller.roles & ISSUERS else ()
    return page(
        request,
        "document.html",
        200 if error is None else status_of(error),
        told=told,
        verdict=verdict,
        problem=None if error is None else trouble(error),
        changes=changes,
        way=way,
        key=new_key(),
        **await run_in_threadpool(_facts, service, caller, told, language_of(request)),
    )


def _facts(service: Service, caller: Caller, told: DocumentView, language: Any) -> dict[str, Any]:
    """The printed fields, where the reader may see them and the vault has them; otherwise why not."""
    try:
        seeing.must_see_content(caller, told)
        digest = Digest(bytes.fromhex(told.document.digest))
        content = service.node.vault.get(digest)
        checked = types.check(types.get(told.document.doc_type), content, number=told.number or None)
    except VaultMissing:
        return {"fields": (), "without": "document.not-kept", "places": ()}
    except VaultErased:
        return {"fields": (), "without": "document.erased", "places": ()}
    except VaultCorrupt:
        return {"fields": (), "without": "document.damaged", "places": ()}
    except SanadError:
        return {"fields": (), "without": "document.not-yours", "places": ()}
    return {
        "fields": human.fields(checked, language),
        "without": "",
        "places": _places(service, digest),
    }


def _places(service: Service, digest: Digest) -> list[tuple[str, str]]:
    """Where else the document is, encrypted: the message, and the names of the nodes it is about. Empty where no IPFS
    node is set up.
    """
    if not service.node.pins.active:
        return []
    pins = service.node.pins.queue.pins_of(digest)
    told = [("document.held", "")]
    for state, key in ((PINNED, "document.pinned"), (WAITING, "document.waiting")):
        names = [one.holder for one in pins if one.state == state]
        told += [(key, ", ".join(names))] if names else []
    return told if pins else [*told, ("document.unqueued", "")]


@papers.get("/documents/{identifier}/print", include_in_schema=False)
async def print_page(
    identifier: str,
    request: Request,
    service: TheService,
    caller: TheCaller,
    type: str = "",  # noqa: A002
    issuer: str = "",
) -> Response:
    """The document for paper: its fields, its standing now, its digest."""
    told = await run_in_threadpool(_find, service, caller, identifier, type or None, issuer or None)
    language = language_of(request)
    return page(
        request,
        "document_print.html",
        told=told,
        now=int(service.node.clock()),
        origin=service.node.network.origin,
        **await run_in_threadpool(_facts, service, caller, told, language),
    )


@papers.post("/documents/{identifier}/standing", include_in_schema=False)
async def change(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Suspend, reinstate, supersede or revoke."""
    form = await read_form(request, service, caller)
    told = await run_in_threadpool(_find, service, caller, identifier, form["type"], form["issuer"])
    try:
        asked = StandingRequest.model_validate(
            {
                "change": form["change"],
                "reason": form["reason"],
                "by": form["by"].strip() or None,
                "as": caller.formation,
                "type": told.document.doc_type,
                "issuer": told.issuer,
            }
        )
        return await act_once(
            request, service, caller, form, lambda key: _change(service, caller, told, asked, key)
        )
    except (SanadError, ValidationError) as error:
        return await _page(request, service, caller, told, of_error(error))


@papers.post("/documents/{identifier}/way", include_in_schema=False)
async def go_on(identifier: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Say what was done with a declaration, or its goods."""
    form = await read_form(request, service, caller)
    told = await run_in_threadpool(_find, service, caller, identifier, form["type"], form["issuer"])
    try:
        acting = {"as": caller.formation}
        if form["to"] == "release":
            out = ReleaseRequest.model_validate(acting)
            return await act_once(
                request,
                service,
                caller,
                form,
                lambda key: service.desk.release(told.document.digest, out, key=key),
            )
        asked = AdvanceRequest.model_validate({"to": form["to"], **acting})
        return await act_once(
            request,
            service,
            caller,
            form,
            lambda key: service.desk.advance(told.document.digest, asked, key=key),
        )
    except (SanadError, ValidationError) as error:
        return await _page(request, service, caller, told, of_error(error))


def _change(
    service: Service, caller: Caller, told: DocumentView, asked: StandingRequest, key: str | None
) -> None:
    kind = told.document.doc_type
    by = asked.by and seeing.meant(service.desk, caller, asked.by, field="--by", doc_type=kind)
    service.desk.change_standing(told.document.digest, asked.model_copy(update={"by": by}), key=key)
