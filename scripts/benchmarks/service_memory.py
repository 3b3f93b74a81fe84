"""How much memory the service takes at worst: files that are far too large, and many readers of many events."""

import asyncio
import re
import select
import socket
from urllib.parse import urlsplit

import uvloop

from benchmarks.http_load import Load, ask_all, get
from benchmarks.report import Report
from benchmarks.service_process import Peak, Served

GIGABYTE = 10**9
LARGEST = 64 * 2**20
"""What the service takes of a document unless it is told otherwise (`limits.document_bytes`)."""
PIECE = b"\0" * 2**20
EVENT = re.compile(rb"id: (\d+)\nevent: [a-z-]+\ndata: [^\n]*\n\n")
PATIENCE = 120.0


# -- files --------------------------------------------------------------------------------------------------------


def uploads(report: Report, served: Served) -> None:
    """Files to verify: 1 GB whose size is told, 1 GB whose size is not, and the largest that is taken."""
    told = b"Content-Length: %d\r\n"
    for name, status, size, announced in (
        ("refused", 413, GIGABYTE, told % GIGABYTE),
        ("refused_midway", 413, GIGABYTE, b"Transfer-Encoding: chunked\r\n"),
        ("taken", 200, LARGEST, told % LARGEST),
    ):
        with Peak(served) as peak:
            given = upload(served.url, size, announced)
        if given != status:
            raise SystemExit(f"an upload of {size} bytes was answered with {given}")
        report.add(f"service_memory_upload_{name}", peak.megabytes, "MB", 1)


def upload(url: str, size: int, announced: bytes) -> int:
    """Send a file to verify until it is sent or answered; returns the answer's status."""
    place = urlsplit(url)
    chunked = b"chunked" in announced
    with socket.create_connection((place.hostname or "", place.port or 80), timeout=PATIENCE) as line:
        head = b"POST /v1/verify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"
        line.sendall(head + announced + b"\r\n")
        sent = 0
        while sent < size and not select.select([line], [], [], 0)[0]:
            piece = PIECE[: size - sent]
            sent += len(piece)
            try:
                line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            except ConnectionError:
                break  # it has answered and gone
        return int(line.recv(65536)[9:12])


# -- streams ------------------------------------------------------------------------------------------------------


class Listener(asyncio.Protocol):
    """One reader of events, which expects each of them, in order, up to `last`."""

    def __init__(self, first: int, last: int) -> None:
        self._expected, self._last = first, last
        self._received = b""
        self.whole: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def heard(self) -> int:
        """The identifier of the last event so far."""
        return self._expected - 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = 0
        for match in EVENT.finditer(self._received):
            end = match.end()
            if int(match[1]) != self._expected and not self.whole.done():
                self.whole.set_exception(SystemExit(f"event {match[1]!r} came where {self._expected} should"))
            self._expected += 1
        self._received = self._received[end:]
        if self.heard >= self._last and not self.whole.done():
            self.whole.set_result(None)

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.whole.done():
            self.whole.set_exception(SystemExit(f"a stream ended behind event {self.heard}"))


def streams(
    report: Report, served: Served, requests: list[bytes], token: str, *, readers: int, entry: int
) -> Load:
    """So many readers of everything that is issued meanwhile; `entry` is the first that these acts will make."""
    with Peak(served) as peak:
        load, seconds = uvloop.run(_streams(served.url, requests, token, readers, entry))
    events = len(requests)
    report.add("service_memory_streams", peak.megabytes, "MB", readers)
    report.add("service_streams_events", readers * events / seconds, "events/s", readers * events)
    return load


async def _streams(
    url: str, requests: list[bytes], token: str, readers: int, entry: int
) -> tuple[Load, float]:
    loop, place = asyncio.get_running_loop(), urlsplit(url)
    asked = get(f"/v1/events?after={entry - 1}", token)
    listening = asked.replace(b"\r\n\r\n", b"\r\nAccept: text/event-stream\r\n\r\n")
    listeners = []
    for _ in range(readers):
        made = await loop.create_connection(
            lambda: Listener(entry, entry + len(requests) - 1), place.hostname or "", place.port or 80
        )
        made[0].write(listening)
        listeners.append(made)
    began = loop.time()
    load = await ask_all(url, requests, 32)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(listener.whole for _, listener in listeners))
    seconds = loop.time() - began
    for transport, _ in listeners:
        transport.close()
    return load, seconds
