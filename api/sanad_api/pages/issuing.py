"""Issuing a document from a page: choose a type, fill it in or bring its file, see the checks, sign."""

import base64
import binascii
from typing import Any, Literal

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService
from sanad_api.pages import schema_form
from sanad_api.pages.answering import language_of, page
from sanad_api.pages.checks import checks_of, may_issue, signer_of
from sanad_api.pages.forms import Form, act_once, new_key, read_form, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.pages.words import words
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node import types
from sanad_node.types import CheckedDocument, DocumentType, human
from sanad_node.wire import IssueRequest
from sanad_verifier.errors import InputError, SanadError
from sanad_verifier.json_profile import canonicalise, parse

issuing = router("pages")
DRAFT = "draft:"
INLINE_AT_MOST = 256 << 10
"""A checked document up to this size travels in the page; a larger one waits in the spool."""


class DraftGone(InputError):
    """The file was brought too long ago; bring it again."""

    code = "DRAFT_GONE"


@issuing.get("/issue", include_in_schema=False)
async def choose(request: Request, service: TheService, caller: TheCaller) -> Response:
    """The types the formation may issue."""
    return page(request, "issue_choose.html", kinds=await run_in_threadpool(_kinds, service, caller))


def _kinds(service: Service, caller: Caller) -> list[DocumentType]:
    office = service.node.reader.formation(caller.formation)
    allowed = may_issue(service.node, office)
    return [kind for kind in types.registry().values() if kind.name in allowed]


@issuing.get("/issue/{name}", include_in_schema=False)
async def fill_in(name: str, request: Request) -> Response:
    """The empty form of a type."""
    return _form(request, types.get(name), {}, None)


@issuing.post("/issue/{name}", include_in_schema=False)
async def go_on(name: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """One step: another row, the checks, back to the form, or the signature."""
    kind = types.get(name)
    form = await read_form(request, service, caller)
    values = {n: v for n, v in form.texts().items() if n.startswith(("/", "rows:/"))}
    try:
        if form["add"]:
            return _form(request, kind, schema_form.with_row(values, form["add"]), None)
        if form["remove"]:
            return _form(request, kind, schema_form.without_row(values, form["remove"]), None)
        if form["step"] == "back":
            return _form(request, kind, await _values(service, form), None)
        if form["step"] == "sign":
            return await _sign(request, service, caller, kind, form)
        return await _check(request, service, caller, kind, form, values)
    except (SanadError, ValidationError) as error:
        return _form(request, kind, values, of_error(error))


async def _check(
    request: Request, service: Service, caller: Caller, kind: DocumentType, form: Form, values: dict[str, str]
) -> Response:
    file = form.file()
    content = await file.read() if file is not None else None
    name = (file.filename or "")[:256] if file is not None else ""
    if content is None:
        content = types.prepare(kind, canonicalise(schema_form.document_of(kind, values)))
    elif kind.form == "json" and kind.salted:
        content = await run_in_threadpool(_prepared, kind, content)
    checked = types.check(kind, content, number=form["number"].strip() or None)
    return await _checks(request, service, caller, checked, name, None)


def _prepared(kind: DocumentType, content: bytes) -> bytes:
    """A file as it is if it is ready, otherwise with its schema and salt."""
    try:
        types.check(kind, content)
    except types.DocumentSaltMissing:
        return types.prepare(kind, content)
    except SanadError:
        return content  # the check that follows says what is wrong, at the fields
    return content


async def _checks(
    request: Request,
    service: Service,
    caller: Caller,
    checked: CheckedDocument,
    name: str,
    error: SanadError | None,
) -> Response:
    language = language_of(request)
    found = await run_in_threadpool(checks_of, service.node, checked, caller.formation)
    return page(
        request,
        "issue_check.html",
        200 if error is None else status_of(error),
        kind=checked.type,
        checks=found,
        signer=await run_in_threadpool(_signer, service, caller),
        may_sign=not any(one.forbids for one in found),
        fields=human.fields(checked, language),
        digest=checked.digest.hex(),
        number=checked.number,
        name=name,
        prepared=await run_in_threadpool(_carry, service, checked.content),
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


def _signer(service: Service, caller: Caller) -> str:
    return signer_of(service.node, service.node.reader.formation(caller.formation))


def _carry(service: Service, content: bytes) -> str:
    """The document on its way from the checks to the signature."""
    if len(content) <= INLINE_AT_MOST:
        return base64.b64encode(content).decode()
    with service.jobs.spool.open() as upload:
        upload.write(content)
        return DRAFT + upload.commit()


def _carried(service: Service, text: str) -> bytes:
    try:
        if text.startswith(DRAFT):
            return service.jobs.spool.path(text.removeprefix(DRAFT)).read_bytes()
        return base64.b64decode(text, validate=True)
    except (SanadError, OSError, binascii.Error) as error:
        raise DraftGone("bring the file again", field="file") from error


async def _sign(
    request: Request, service: Service, caller: Caller, kind: DocumentType, form: Form
) -> Response:
    content = await run_in_threadpool(_carried, service, form["prepared"])
    asked = IssueRequest.model_validate(
        {
            "type": kind.name,
            "as": caller.formation,
            "number": (form["number"].strip() or None) if kind.form != "json" else None,
            "name": form["name"][:256],
        }
    )
    try:
        return await act_once(
            request, service, caller, form, lambda key: service.desk.issue(asked, content, key=key)
        )
    except SanadError as error:
        checked = types.check(kind, content, number=form["number"].strip() or None)
        return await _checks(request, service, caller, checked, form["name"], error)


async def _values(service: Service, form: Form) -> dict[str, str]:
    """The fields of a document that was shown, to change it."""
    content = await run_in_threadpool(_carried, service, form["prepared"])
    try:
        return schema_form.values_of(parse(content))
    except SanadError:
        return {}


def _form(request: Request, kind: DocumentType, values: dict[str, str], error: SanadError | None) -> Response:
    language: Literal["en", "ur"] = language_of(request)
    wrong = schema_form.sentences(getattr(error, "problems", ()), words(language))
    parts: Any = schema_form.form_of(kind, values, wrong, language) if schema_form.has_form(kind) else None
    return page(
        request,
        "issue.html",
        200 if error is None else status_of(error),
        kind=kind,
        parts=parts,
        wrong=wrong,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )
