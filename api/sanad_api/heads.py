"""The heads of requests, as they arrive: bounded in size and time before anything else looks at them.

The parser below takes a head of any size, as slowly as it comes; a stranger could fill our memory with one line, or
hold a thousand connections with half a word each. What it cannot read at all is answered as a problem, too.
"""

import secrets
from asyncio import TimerHandle
from asyncio.transports import BaseTransport, Transport
from http import HTTPStatus
from typing import cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sanad_api.gathering import Gathered
from sanad_api.problems import MEDIA_TYPE, problem, status_of
from sanad_verifier.errors import InputError, SanadError

ENDS = b"\r\n\r\n"
HEAD_AT_MOST = 64 << 10
HEAD_WITHIN = 30.0
"""Seconds from the first byte of a head, or from the connection, to its last."""


class HeadTooLarge(InputError):
    """The request line and headers are larger than any honest client's."""

    code = "HEAD_TOO_LARGE"


class RequestMalformed(InputError):
    """This is not HTTP as it must be."""

    code = "REQUEST_MALFORMED"


class BoundedHeads(HttpToolsProtocol):
    """One connection. `_head` counts the bytes of the head that is arriving; None while none is. `_end` is the end of
    what came last: what ends a head may come in pieces.
    """

    _head: int | None = 0
    _end = b""
    _timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(Gathered(cast(Transport, transport), self.loop))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += len(data)
            if self._head > HEAD_AT_MOST and ENDS not in self._end + data:
                self._refuse(HeadTooLarge("the head of the request is larger than this service takes"))
                return
            self._end = data[-len(ENDS) + 1 :]
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._rest()
        super().on_headers_complete()

    def send_400_response(self, _msg: str) -> None:
        self._refuse(RequestMalformed("this is not a request of HTTP/1.1"))

    def _await_head(self) -> None:
        self._head, self._end = 0, b""
        self._timer = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _rest(self) -> None:
        self._head = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, error: SanadError) -> None:
        """Answer, and listen no longer."""
        self._rest()
        status = status_of(error)
        number = secrets.token_hex(8)
        body = orjson.dumps(problem(error, number))
        head = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            f"content-type: {MEDIA_TYPE}",
            f"content-length: {len(body)}",
            f"x-request-id: {number}",
            "cache-control: no-store",
            "connection: close",
        ]
        self.transport.write("\r\n".join([*head, "", ""]).encode() + body)
        self.transport.close()
