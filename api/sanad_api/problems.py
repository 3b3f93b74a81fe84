"""Errors as problem details (RFC 9457): a stable type, what to correct as a JSON pointer, and never the input.

This is the only place that knows which HTTP status an error has. Sanad's own errors carry a stable code; the
problem's `type` is `urn:sanad:problem:CODE`, listed in docs/reference/errors.md.
"""

import re
from http import HTTPStatus
from itertools import takewhile
from math import ceil
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sanad_node.engines.base import ChainUnavailable
from sanad_node.pipeline.refusals import ActRefused
from sanad_node.stock.counted import ListInvalid
from sanad_node.types import DocumentInvalid
from sanad_verifier.errors import EnvironmentFault, EvidenceError, InputError, SanadError

MEDIA_TYPE = "application/problem+json"
PLAIN = re.compile(r"[A-Za-z0-9_]{1,64}")
RETRY_AFTER = 2
"""Seconds to wait before asking again, where the error does not know better."""

STATUS: dict[str, int] = {
    "ALREADY_ISSUED": 409,
    "AMBIGUOUS_CONSIGNMENT": 409,
    "AMBIGUOUS_DOCUMENT": 409,
    "APPROVED_BY_SELF": 409,
    "ATTESTS_ITSELF": 409,
    "BODY_TOO_LARGE": 413,
    "CONTENT_TYPE_WRONG": 415,
    "CSRF_REFUSED": 403,
    "DISK_FULL": 507,
    "AMBIGUOUS_INSTRUMENT": 409,
    "DRAWDOWN_OVERDRAWN": 409,
    "FORBIDDEN": 403,
    "INSTRUMENT_NOT_YET_OPEN": 404,
    "HEAD_TOO_LARGE": 431,
    "DOCUMENT_NOT_IN_FORCE": 409,
    "IDEMPOTENCY_IN_FLIGHT": 409,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "METHOD_NOT_ALLOWED": 405,
    "NODE_MIRRORS": 409,
    "NOT_FOUND": 404,
    "NO_CHAIN_PROOF": 409,
    "NO_USABLE_KEY": 409,
    "NOTHING_TO_ATTEST": 409,
    "NOTHING_TO_DECIDE": 409,
    "NUMBER_IN_USE": 409,
    "PROPOSAL_UNKNOWN": 404,
    "TITLES_DISPUTED": 409,
    "TITLES_DUPLICATE": 409,
    "REGISTER_APPROVAL_MISSING": 409,
    "STOCKTAKE_LIST_INVALID": 422,
    "SIGN_IN_NEEDED": 401,
    "SIGN_IN_REFUSED": 401,
    "TOO_MANY_REQUESTS": 429,
    "TOO_MANY_STREAMS": 503,
    "UNKNOWN_FINDING": 404,
    "USER_EXISTS": 409,
    "IPFS_NEVER_QUEUED": 404,
    "IPFS_NOT_SET_UP": 409,
    "VAULT_ERASED": 410,
    "VAULT_MISSING": 404,
    "WITNESS_LOG_UNKNOWN": 404,
    "WITNESS_REQUEST_INVALID": 400,
    "WITNESS_ROOT_DIFFERS": 409,
    "WITNESS_SIZE_DIFFERS": 409,
    "WITNESS_UNSIGNED": 403,
}
"""Statuses of codes that have one of their own; the others have their family's."""

RESPONSE_CODES = {"TITLES_DISPUTED": "DISE", "TITLES_DUPLICATE": "DUPE"}
"""What DCSA's interoperability standard (PINT) calls them."""

POINTERS: dict[str, str] = {
    "--as": "/as",
    "--by": "/by",
    "--condition": "/condition",
    "--cosigning-key": "/cosigningKey",
    "--document": "/documents",
    "--kind": "/kind",
    "--note": "/note",
    "--number": "/number",
    "--evidence": "/evidence",
    "--parent ID": "/parents",
    "--of": "/of",
    "--order": "/order",
    "--parent": "/parent",
    "--place": "/place",
    "--predecessor": "/predecessor",
    "--quantity": "/quantity",
    "--reason": "/reason",
    "--replaces": "/replaces",
    "--seal": "/seal",
    "--sent-by": "/sentBy",
    "--to": "/to",
    "--type": "/type",
    "--unit": "/unit",
    "--holder": "/holder",
    "--beneficiary": "/beneficiary",
    "--endorsee": "/endorsee",
    "--why": "/why",
    "--sequence": "/sequence",
    "--acts": "/acts",
    "--amount": "/amount",
    "--currency": "/currency",
    "--declaration": "/declaration",
    "--expires": "/expires",
    "--total": "/total",
    "DECLARATION": "/declaration",
    "INSTRUMENT": "/instrument",
    "--address": "/address",
    "--key": "/key",
    "FILE": "/document",
    "REFERENCE": "/reference",
    "number": "/number",
    "place": "/place",
    "quantity": "/quantity",
    "type": "/type",
    "--warehouse": "/warehouse",
    "--agency": "/agency",
    "--formation": "/formation",
    "month": "/month",
    "until": "/until",
    "offset": "/offset",
    "--case": "/case",
    "LIST": "/list",
    "countedOn": "/countedOn",
    "--previous": "/previous",
    "as-of-block": "/block",
    "as-of-time": "/time",
    "formation": "/as",
    "what": "/what",
    "document": "/document",
}
"""Where the members of a request are, by what the use cases call them. A name that is not here stays as it is."""


class Forbidden(InputError):
    """The caller's roles do not allow this."""

    code = "FORBIDDEN"


class SignInNeeded(InputError):
    """Only somebody who signed in, or a client with a token, may ask this."""

    code = "SIGN_IN_NEEDED"


class NotFound(InputError):
    """There is no such thing, or none that the caller may know of."""

    code = "NOT_FOUND"


class MethodNotAllowed(InputError):
    """What is at this address does not take this method."""

    code = "METHOD_NOT_ALLOWED"


class RequestInvalid(InputError):
    """Members or parameters of the request are missing, unknown or of the wrong form."""

    code = "REQUEST_INVALID"

    def __init__(self, problems: list[dict[str, str]]) -> None:
        super().__init__("the request is not of the form this address takes")
        self.listed = problems


class BodyTooLarge(InputError):
    """The body is larger than this address takes."""

    code = "BODY_TOO_LARGE"


class ContentTypeWrong(InputError):
    """The body is of a media type that this address does not take."""

    code = "CONTENT_TYPE_WRONG"


class InternalFault(EnvironmentFault):
    """Something went wrong that should not have; it has been logged under the request's number."""

    code = "INTERNAL_FAULT"


def status_of(error: SanadError) -> int:
    """The HTTP status of an error."""
    known = STATUS.get(error.code)
    if known is not None:
        return known
    if error.code.startswith("UNKNOWN_"):
        return 404
    match error:
        case InternalFault():
            return 500
        case ActRefused() | DocumentInvalid() | EvidenceError():
            return 422
        case ChainUnavailable() | EnvironmentFault():
            return 503
        case _:
            return 400


def problem(error: SanadError, request_id: str) -> dict[str, Any]:
    """The members of the problem."""
    status = status_of(error)
    told: dict[str, Any] = {
        "type": f"urn:sanad:problem:{error.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": error.code,
        "detail": error.message,
        "requestId": request_id,
    }
    if error.code in RESPONSE_CODES:
        told["responseCode"] = RESPONSE_CODES[error.code]
    errors = _listed(error)
    if errors:
        told["errors"] = errors
    return told


def _listed(error: SanadError) -> list[dict[str, str]]:
    if isinstance(error, RequestInvalid):
        return error.listed
    found = getattr(error, "problems", ())
    if isinstance(error, ListInvalid):  # a list is one text: which row, the sentence says
        return [{"pointer": "/list", "code": one.code, "detail": one.message} for one in found]
    if found:
        return [
            {"pointer": f"/document{_plain(one.pointer)}", "code": one.code, "detail": one.message}
            for one in found
        ]
    if error.field is None:
        return []
    return [{"pointer": pointer_of(error.field), "code": error.code, "detail": error.message}]


def pointer_of(field: str) -> str:
    """The JSON pointer of a field as the use cases name it."""
    return POINTERS.get(field) or _plain(field)


def _plain(pointer: str) -> str:
    """A pointer into the request, as far as its names can be ours: what follows a stranger one is left out."""
    if not pointer.startswith("/"):
        return pointer
    parts = takewhile(PLAIN.fullmatch, pointer[1:].split("/"))
    return "".join(f"/{part}" for part in parts)


def respond(error: SanadError, request_id: str) -> Response:
    """The problem as an answer."""
    headers = {"Cache-Control": "no-store", **advice(error)}
    return Response(orjson.dumps(problem(error, request_id)), status_of(error), headers, MEDIA_TYPE)


def advice(error: SanadError) -> dict[str, str]:
    """Headers by which a program knows what to do about an error: come again later, or say who it is."""
    match status_of(error):
        case 429 | 503:
            return {"Retry-After": str(max(1, ceil(getattr(error, "retry_after", RETRY_AFTER))))}
        case 401:
            return {"WWW-Authenticate": 'Bearer realm="sanad"'}
        case _:
            return {}


def of_validation(error: RequestValidationError) -> RequestInvalid:
    """What pydantic found, without what was sent."""
    told = [
        {"pointer": _pointer(_known(one)), "code": str(one["type"]).upper(), "detail": _sentence(one)}
        for one in error.errors()
    ]
    return RequestInvalid(told[:50])


def _known(one: dict[str, Any]) -> tuple[int | str, ...]:
    """The location without the name of an unknown member, which is the caller's invention."""
    location: tuple[int | str, ...] = one["loc"]
    return location[:-1] if one["type"] == "extra_forbidden" else location


def _sentence(one: dict[str, Any]) -> str:
    """Pydantic's sentence, unless it may quote the input."""
    if one["type"] in {"value_error", "assertion_error", "json_invalid", "union_tag_invalid"}:
        return "this is not of the form it must have"
    return str(one["msg"])


def _pointer(location: tuple[int | str, ...]) -> str:
    """`/seal` for a member of the body, `?limit` for a parameter, the name alone of a header or a part of the path.
    A name that only the caller chose is left out.
    """
    where, *rest = location
    if where != "body":
        name = str(rest[0] if rest else where)
        return f"?{name}" if where == "query" and rest else name
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in rest]
    return "".join(f"/{part}" for part in parts if part.isidentifier() or part.isdigit())


def of_http(error: HTTPException) -> SanadError:
    """The errors of the framework below."""
    carried = getattr(error, "error", None)
    if isinstance(carried, SanadError):
        return carried
    match error.status_code:
        case 404:
            return NotFound("there is nothing at this address")
        case 405:
            return MethodNotAllowed("what is at this address does not take this method")
        case 413:
            return BodyTooLarge("the body is larger than this address takes")
        case _:
            return RequestInvalid([])
