"""Conditional requests: an entity tag for what was answered, and 304 for who has it already (RFC 9110 §13)."""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

ETAG = {"ETag": {"description": "Tag of this answer, for `If-None-Match`.", "schema": {"type": "string"}}}
TAGGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": ETAG},
    304: {"description": "It is as the caller has it, by the tag in `If-None-Match`.", "headers": ETAG},
}
"""The answers of a route that tags, for the OpenAPI document."""


def tagged(request: Request, answer: Response, *, cache: str = "private, no-cache") -> Response:
    """The answer with its strong entity tag, or 304 without a body."""
    tag = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": cache, "Vary": "Authorization, Cookie"}
    if matches(request.headers.get("If-None-Match"), tag):
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer


def matches(given: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names the tag (weak comparison)."""
    if given is None:
        return False
    return given.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in given.split(",")}
