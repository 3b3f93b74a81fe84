"""A page as the answer to a request: who reads, in which language, with which headers."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sanad_api.callers import ANYONE, Caller
from sanad_api.pages.rendering import Pages, headers_of
from sanad_api.pages.words import COOKIE, Language, choose_language
from sanad_node.node import Node
from sanad_verifier.errors import EnvironmentFault, SanadError


def reader(request: Request) -> Caller:
    """Who reads: anyone, where the gate was not reached."""
    caller: Caller = request.scope.get("state", {}).get("caller", ANYONE)
    return caller


def language_of(request: Request) -> Language:
    """The reader's own setting, then this browser's choice, then what it asks for, then the service's."""
    default: Language = request.app.state.language
    return choose_language(
        reader(request).language,
        request.cookies.get(COOKIE, ""),
        request.headers.get("Accept-Language", ""),
        default=default,
    )


def _mirrored(request: Request) -> int | None:
    """Up to which time (seconds, 0 for none) a node that follows a mirror knows the ledger; None if it has a chain."""
    node = request.app.state.service.node
    try:
        if not node.mirrors:
            return None
    except EnvironmentFault:  # a page that says what is wrong needs no more
        return None
    try:
        return int(node.known_at())
    except EnvironmentFault:
        return 0


def has_partners(node: Node) -> bool:
    """Whether there is anybody to exchange anything with; not where that cannot be read: what is wrong is said
    elsewhere.
    """
    try:
        return not node.mirrors and node.bundle is not None
    except SanadError:
        return False


def page(request: Request, template: str, status: int = 200, /, **view: Any) -> Response:
    """The page of a template."""
    language = language_of(request)
    pages: Pages = request.app.state.pages
    path = request.url.path + (
        f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    )
    html = pages.render(
        template,
        language,
        reader(request),
        path=path,
        mirrored=_mirrored(request),
        partners=has_partners(request.app.state.service.node),
        **view,
    )
    return HTMLResponse(html, status, headers_of(language))
