"""The page where anybody asks whether a paper is genuine."""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import page, reader
from sanad_api.pages.forms import Form, read_form, trouble
from sanad_api.pages.rendering import PAGE_HEADERS
from sanad_api.policy import API, ISSUERS
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.routes.verification import one_question
from sanad_api.seeing import sight_of
from sanad_node.wire import VerdictView, VerifyRequest
from sanad_verifier.errors import SanadError
from sanad_verifier.qr import is_qr_text
from sanad_verifier.short_code import is_short_code

verifying = router("pages")
_READS_CODES = PAGE_HEADERS["Content-Security-Policy"].replace(
    "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"
)
"""The policy of this page alone: what reads codes off pictures is WebAssembly, from our own host like every script."""


@verifying.get("/verify", include_in_schema=False)
async def verify_page(request: Request) -> Response:
    """The empty form."""
    return _page(request, [], None, "")


@verifying.post("/verify", include_in_schema=False)
async def verify(request: Request, service: TheService, caller: TheCaller) -> Response:
    """The verdict, on the same page. The browser sends digests; a file only if its owner wants that."""
    form = await read_form(request, service, caller)
    identifier = form["identifier"].strip()
    code = identifier if is_qr_text(identifier.encode()) or _is_read_off(identifier, caller) else None
    try:
        content = await _content(form)
        asked = VerifyRequest(
            digests=_digests(form) if content is None else None,
            identifier=None if code else identifier or None,
            code=code,
            type=form["type"] or None,
            issuer=form["issuer"].strip() or None,
            subject=form["subject"].strip() or None,
        )
        asked = one_question(asked, content, caller)
        told = await run_in_threadpool(service.desk.verify, asked, content, sight=sight_of(caller))
    except SanadError as error:
        return _page(request, [], error, identifier)
    return _page(request, [told, *told.others], None, identifier)


def _is_read_off(identifier: str, caller: Caller) -> bool:
    """Whether it is a short code that somebody unknown typed; who may search by number finds it that way too."""
    return not caller.known and is_short_code(identifier)


async def _content(form: Form) -> bytes | None:
    """The file, unless its digests came in its place."""
    file = form.file()
    if file is None or (form["digests"] and not form["send"]):
        return None
    return await file.read()


def _digests(form: Form) -> list[str] | None:
    return form["digests"].split(",")[:2] if form["digests"] else None


def _page(
    request: Request, verdicts: list[VerdictView], error: SanadError | None, identifier: str
) -> Response:
    answer = page(
        request,
        "verify.html",
        200 if error is None else status_of(error),
        verdicts=verdicts,
        problem=None if error is None else trouble(error),
        identifier=identifier,
        may_attest=bool(reader(request).roles & ISSUERS),
        may_take_pack=API["POST", "/v1/packs"].allows(reader(request)),
    )
    answer.headers["Content-Security-Policy"] = _READS_CODES
    return answer
