"""The OpenAPI document: what FastAPI knows of the routes, with the problems, the security and the headers that
the gate adds.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from sanad_api.gate import COOKIE, GatedRoute
from sanad_api.policy import DESCRIBED, Rule
from sanad_node import wire
from sanad_node.wire.bills import BillRequest
from sanad_node.wire.findings import CheckRequest

DESCRIPTION = """\
Acts (`POST` that change something) need an `Idempotency-Key` header and are answered `202` once they are on the
disk; follow them at `/v1/acts/{act}?wait=30` until they are `final`. Errors are problem details (RFC 9457) with a
stable `type`; docs/reference/errors.md lists every code. Times are seconds since 1970, numbers are integers without
fraction or exponent, bytes are lower-case hex, lists have cursors, `GET` answers have entity tags.
"""
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "requestId"],
    "properties": {
        "type": {"type": "string", "description": "Stable name of the problem: urn:sanad:problem:CODE."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "requestId": {"type": "string"},
        "responseCode": {
            "type": "string",
            "description": "Of a bill of lading: what DCSA's interoperability standard (PINT) calls it, DUPE or DISE.",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer (RFC 6901) of the member to correct.",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "example": {
        "type": "urn:sanad:problem:NUMBER_IN_USE",
        "title": "Conflict",
        "status": 409,
        "code": "NUMBER_IN_USE",
        "detail": "this formation has a document of this number in force; supersede or revoke it first",
        "requestId": "5f0c9a3be1d24c77",
        "errors": [
            {
                "pointer": "/number",
                "code": "NUMBER_IN_USE",
                "detail": "this formation has a document of this number",
            }
        ],
    },
}
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A name of the caller's own for this request: the same key with the same request is the same act.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    "example": "2026-11-23-gd-00417",
}
SCOPE_HEADER = {
    "name": "Idempotency-Scope",
    "in": "header",
    "required": False,
    "description": "`request`: the key names this transmission only; asking for the same act again, whatever the key, "
    "is that act. `act`, the default: the key names the act.",
    "schema": {"type": "string", "enum": ["act", "request"], "default": "act"},
}
REQUEST_ID = {
    "X-Request-Id": {
        "description": "The request's number, under which our log has it.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    }
}
LOCATION = {"Location": {"description": "Where to follow it.", "schema": {"type": "string"}}}
ALLOW = {"Allow": {"description": "The methods it takes.", "schema": {"type": "string"}}}
REPLAYED = {
    "Idempotency-Replayed": {
        "description": "`true` where the answer was given before.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
HEADERS = {"202": LOCATION, "405": ALLOW}
WORDS = {
    400: "The request is not of the form this takes.",
    401: "Sign in, or send a token.",
    403: "The caller's role does not allow this.",
    404: "There is no such thing, or none the caller may know of.",
    405: "What is here does not take this method.",
    409: "It conflicts with what is there, or the first request with this key is still being worked on.",
    410: "It was erased.",
    413: "The body is too large.",
    415: "The body is of another media type than this takes.",
    422: "A member is wrong, the document does not fit its type, or the key was used for another request.",
    429: "Too many requests.",
    500: "A fault of ours.",
    503: "The chain or another part cannot be reached; nothing was half-done.",
    507: "The disk is full; nothing was accepted.",
}


def routes(app: FastAPI) -> APIRouter:
    """The route that serves the document, made once."""
    made: list[bytes] = []
    router = APIRouter(route_class=GatedRoute)

    @router.get("/openapi.json", include_in_schema=False)
    async def document() -> Response:
        if not made:
            made.append(orjson.dumps(describe(app)))
        return Response(made[0], media_type="application/json")

    return router


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document."""
    told = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
    )
    schemas = told.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for model in (
        wire.IssueRequest,
        wire.ApproveRequest,
        wire.VerifyRequest,
        wire.BatchRequest,
        CheckRequest,
        BillRequest,
    ):
        schema = model.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    told["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            _complete(operation, DESCRIBED[(method.upper(), path)], method)
            _show(operation, examples().get(f"{method.upper()} {path}", {}))
    return told


@cache
def examples() -> dict[str, Any]:
    """What a real service was asked and answered, by operation (`scripts/generate_api_examples.py`)."""
    found: dict[str, Any] = orjson.loads(files("sanad_api").joinpath("examples.json").read_bytes())
    return found


def _show(operation: dict[str, Any], example: dict[str, Any]) -> None:
    """Put an example into one operation."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in example.get("place", {}):
            parameter["example"] = example["place"][parameter["name"]]
    for kind, body in example.get("request", {}).items():
        operation["requestBody"]["content"][kind]["example"] = body
    for kind, body in example.get("answer", {}).items():
        operation["responses"][example["status"]]["content"][kind]["example"] = body


def _complete(operation: dict[str, Any], rule: Rule, method: str) -> None:
    """What the gate adds to one operation."""
    open_to_all = not rule.roles and not rule.operator
    operation["security"] = [] if open_to_all else [{"token": []}, {"session": []}]
    if rule.roles:
        operation["x-roles"] = sorted(str(role) for role in rule.roles)
    statuses = {400, 404, 405, 429, 500, 503}
    if not open_to_all:
        statuses |= {401, 403}
    if method == "post":
        statuses |= {401, 403, 409, 413, 415, 422, 507}
    if "/content" in str(operation.get("operationId", "")) or "content" in str(operation.get("summary", "")):
        statuses |= {410}
    if any(one["name"] == "identifier" for one in operation.get("parameters", [])):
        statuses |= {409}  # several fit
    if rule.act:
        operation.setdefault("parameters", []).extend((KEY_HEADER, SCOPE_HEADER))
    responses = operation["responses"]
    responses.pop("422", None)
    for status in sorted(statuses):
        known = responses.setdefault(str(status), {"description": WORDS[status]})
        known.setdefault(
            "content", {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        )
    for status, known in responses.items():
        more = HEADERS.get(status, {}) | (REPLAYED if rule.act and status < "300" else {})
        known["headers"] = {**known.get("headers", {}), **more, **REQUEST_ID}
