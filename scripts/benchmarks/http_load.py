"""Load over HTTP/1.1 from one process that leaves most of the machine to the server: requests are bytes made before
the clock starts, answers are not looked into beyond status and length.

Only what the service does is understood: keep-alive, and answers with a Content-Length.
"""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import cast
from urllib.parse import urlsplit

import uvloop

HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer."""

    status: int
    head: bytes
    body: bytes


class ConnectionGone(Exception):
    """The server closed the connection, or was killed, before the answer was whole."""


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answered] | None = None
        self._received = b""

    @classmethod
    async def to(cls, url: str) -> "Line":
        """Connect to the host and port of an address; `ConnectionGone` if nobody listens."""
        place, loop = urlsplit(url), asyncio.get_running_loop()
        try:
            _, line = await loop.create_connection(cls, place.hostname or "", place.port or 80)
        except OSError as error:
            raise ConnectionGone from error
        return line

    async def ask(self, request: bytes) -> Answered:
        """Send a whole request and wait for its answer."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionGone
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by behaviour, not by descent

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionGone())

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(HEAD_END)
        if end < 0 or self._waiting is None:
            return
        head = self._received[:end]
        length = _content_length(head)
        whole = end + len(HEAD_END) + length
        if len(self._received) < whole:
            return
        body, self._received = self._received[whole - length : whole], self._received[whole:]
        waiting, self._waiting = self._waiting, None
        if not waiting.done():
            waiting.set_result(Answered(int(head[9:12]), head, body))


def _content_length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    end = lower.find(b"\r\n", at + 2)
    return int(lower[at + 17 : end if end > 0 else None])


@dataclass
class Load:
    """What became of many requests."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many percent were answered."""
        return 1000 * quantiles(self.latencies, n=100)[percent - 1]

    def must_all_be(self, *statuses: int) -> None:
        """End the benchmark if anything else was answered: a refused request is quick."""
        if set(self.statuses) != set(statuses):
            raise SystemExit(f"expected only {statuses}, got {dict(self.statuses)}")


def run(url: str, requests: Iterable[bytes], connections: int) -> Load:
    """Ask all requests, so many at a time."""
    return uvloop.run(ask_all(url, requests, connections))


async def ask_all(url: str, requests: Iterable[bytes], connections: int) -> Load:
    """As `run`, within a loop that has other things to do as well."""
    left, load = iter(requests), Load()

    async def client(line: Line) -> None:
        for request in left:
            began = time.perf_counter()
            answer = await line.ask(request)
            load.latencies.append(time.perf_counter() - began)
            load.statuses[answer.status] += 1

    lines = [await Line.to(url) for _ in range(connections)]
    began = time.perf_counter()
    try:
        await asyncio.gather(*(client(line) for line in lines))
    finally:
        load.seconds = time.perf_counter() - began
        for line in lines:
            line.close()
    return load


# -- requests -----------------------------------------------------------------------------------------------------


def get(path: str, token: str = "") -> bytes:
    return _request("GET", path, token, {}, b"")


def post(
    path: str, body: bytes, token: str = "", key: str = "", content_type: str = "application/json"
) -> bytes:
    more = {"Content-Type": content_type} | ({"Idempotency-Key": key} if key else {})
    return _request("POST", path, token, more, body)


def _request(method: str, path: str, token: str, headers: dict[str, str], body: bytes) -> bytes:
    told = {"Host": "127.0.0.1", **headers}
    if token:
        told["Authorization"] = f"Bearer {token}"
    if method != "GET":
        told["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def issue(content: bytes, members: dict[str, str], token: str, key: str) -> bytes:
    """The request that issues `content` as a form's file, with members such as `type` and `number`. Made again it is
    the same, byte for byte, as a repeated request has to be.
    """
    mark = hashlib.sha256(content).hexdigest()
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in members.items()
    ]
    parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'.encode())
    parts.append(b"Content-Type: application/octet-stream\r\n\r\n" + content + f"\r\n--{mark}--\r\n".encode())
    form = f"multipart/form-data; boundary={mark}"
    return post("/v1/documents", b"".join(parts), token, key, form)


def verify(digest: str, token: str = "") -> bytes:
    """The request that verifies by digest."""
    return post("/v1/verify", json.dumps({"digest": digest}).encode(), token)
