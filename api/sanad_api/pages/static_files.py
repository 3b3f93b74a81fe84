"""The pages' own files: style sheet, modules, the icon. Their addresses change with their content."""

from fastapi import Request
from starlette.responses import Response

from sanad_api.conditional import tagged
from sanad_api.pages.rendering import static_files, static_version
from sanad_api.policy import Rule
from sanad_api.problems import NotFound
from sanad_api.routes import router

static = router("static")
STATIC_RULES = {("GET", "/static/{version}/{name}"): Rule()}
"""For the table of what may be asked for: anybody's."""
FOR_EVER = "public, max-age=31536000, immutable"
ONCE = "public, no-cache"
KEEPER = "verify-worker.js"
"""The service worker of the verify page, which answers for no other page."""
TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "wasm": "application/wasm",
}


@static.get("/static/{version}/{name}", include_in_schema=False)
async def static_file(version: str, name: str, request: Request) -> Response:
    """A file. What is asked for under an older version is answered with the present one, and not kept."""
    content = static_files().get(name)
    kind = TYPES.get(name.rpartition(".")[2])
    if content is None or kind is None:
        raise NotFound("there is nothing at this address")
    cache = FOR_EVER if version == static_version() else ONCE
    answer = tagged(request, Response(content, media_type=kind), cache=cache)
    del answer.headers["Vary"]  # the same for everybody
    if name == KEEPER:
        answer.headers["Service-Worker-Allowed"] = "/verify"
    return answer
