"""What every request gets around it: a number of its own, a line in the log, its measure, and the headers that
tell a browser what our answers may do.

The log names the route's template, never the address asked for: identifiers and search terms stay out of it.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from sanad_api.metrics import Metrics

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger("sanad.requests")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = tuple(
    (name.lower().encode(), value.encode())
    for name, value in {
        "Content-Security-Policy": CSP,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
        "Referrer-Policy": "same-origin",  # without one, browsers send our own forms with `Origin: null`
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }.items()
)


class Envelope:
    """An ASGI application around the application."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":
            scope, receive, send = _as_get(scope, send)
        began = time.perf_counter()
        number = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = number
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                ours = (header for header in HEADERS if header[0] not in given)
                message["headers"] = [*message["headers"], (b"x-request-id", number.encode()), *ours]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            self._note(
                scope, method if method in METHODS else "-", number, status, time.perf_counter() - began
            )

    def _note(self, scope: Scope, method: str, number: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "-")
        self._metrics.answered(method, route, status, seconds)
        caller = scope.get("state", {}).get("caller")
        log.info(
            "request",
            id=number,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            caller=caller.id if caller is not None and caller.known else "",
        )


def _as_get(scope: Scope, send: Send) -> tuple[Scope, Receive, Send]:
    """A HEAD as the GET it asks about, of which only the head is sent; a stream ends where its body would begin."""
    begun = asyncio.Event()

    async def receive() -> Message:
        await begun.wait()
        return {"type": "http.disconnect"}

    async def head_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            if begun.is_set():
                return
            begun.set()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await send(message)

    return {**scope, "method": "GET"}, receive, head_only


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
