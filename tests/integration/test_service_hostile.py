"""What no honest client sends: thousands of malformed requests, each answered or cut off in time, none by a fault of
the service, none echoed, none changing anything.
"""

import asyncio
import os
from collections import Counter
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import uvloop

from sanad_api.app import RULES
from sanad_api.callers import Role
from sanad_api.policy import API
from sanad_testkit.hostile import MARK, Hostile, Maker
from sanad_testkit.office import Office
from sanad_testkit.service import Running, prepared, service, shared_service

__all__ = ["prepared", "service", "shared_service"]
REQUESTS, AT_ONCE, ANSWERED_WITHIN = 4_000, 16, 20.0
LIMIT, PIECE = 1 << 20, 1 << 16
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

pytestmark = [pytest.mark.slow, pytest.mark.engine]


async def answer_to(url: str, asked: Hostile) -> bytes:
    """Everything the service says to one request on a connection of its own, which it is told is the only one."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    with closing(writer):
        writer.write(asked.request)
        if not asked.whole:
            writer.write_eof()
        return await whole_answer(reader, asked.request.startswith(b"HEAD "))


async def whole_answer(reader: asyncio.StreamReader, head_only: bool = False) -> bytes:
    told = b""
    while piece := await reader.read(1 << 16):
        told = (told + piece).removeprefix(CONTINUE)
        if _ended(told, head_only):
            break
    return told


def _ended(told: bytes, head_only: bool) -> bool:
    head, mark, body = told.partition(b"\r\n\r\n")
    if not mark:
        return False
    lower = head.lower()
    if head_only or head[9:12] in {b"204", b"304"} or b"text/event-stream" in lower:
        return True
    _, found, rest = lower.partition(b"\r\ncontent-length:")
    if found:
        return len(body) >= int(rest.partition(b"\r\n")[0])
    return body.endswith(b"0\r\n\r\n")


def status_of(told: bytes) -> int:
    return int(told[9:12]) if told else 0


def test_thousands_of_malformed_requests_are_no_fault_of_the_service_and_change_nothing(
    service: Running,
) -> None:
    assert service.people is not None
    seed = int(os.environ.get("SANAD_SEED", "20261123"))
    print(f"SANAD_SEED={seed}")
    office = Office(service.data, service.data.parent)
    before = office.seen()
    tokens = [one.token for one in service.people.people if one.token]
    routes = sorted({*API, *RULES})
    make = Maker(seed, routes, tokens)
    found = uvloop.run(storm(service.url, [make() for _ in range(REQUESTS)]))
    print(found.statuses)
    assert not found.wrong, "\n".join(found.wrong[:20])
    assert found.statuses[200] < REQUESTS // 4, "too many of the requests were honest"
    with service.asks(service.people.client(Role.AUDITOR)) as client:
        assert client.get("/readyz").status_code == 200
    assert office.seen() == before
    log = service.log.read_text()
    assert MARK.lower() not in log.lower()
    assert '"level": "error"' not in log


class Found:
    """What the storm brought up."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []

    def note(self, asked: Hostile, told: bytes) -> None:
        status = status_of(told)
        self.statuses[status] += 1
        if status >= 500 or (status == 0 and asked.whole):
            self.wrong.append(f"{status}: {asked.kind} {asked.request[:600]!r} -> {told[-200:]!r}")
        if status in {201, 202}:
            self.wrong.append(f"accepted: {asked.kind} {asked.request[:600]!r} -> {told[-200:]!r}")
        page = b"text/html" in told.partition(b"\r\n\r\n")[0]
        echo = f"<{MARK}".encode() if page else MARK.encode()
        if status != 303 and echo.lower() in told.lower():
            self.wrong.append(f"echo: {asked.kind} {asked.request[:600]!r} -> {told[-300:]!r}")


async def storm(url: str, requests: list[Hostile]) -> Found:
    found, left = Found(), iter(requests)

    async def client() -> None:
        for asked in left:
            try:
                async with asyncio.timeout(ANSWERED_WITHIN):
                    told = await answer_to(url, asked)
            except TimeoutError:
                found.wrong.append(f"hang: {asked.kind} {asked.request[:600]!r}")
            except ConnectionError:
                found.note(asked, b"")
            else:
                found.note(asked, told)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return found


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in-chunks"])
def test_a_body_above_the_limit_is_refused_before_it_is_whole(shared_service: Running, chunked: bool) -> None:
    assert shared_service.people is not None
    token = shared_service.people.client(Role.ADMIN).token
    told, sent = uvloop.run(send_for_ever(shared_service.url, token, chunked))
    assert status_of(told) == 413
    assert b"BODY_TOO_LARGE" in told
    assert sent <= (16 * PIECE if chunked else 0) + LIMIT


async def send_for_ever(url: str, token: str, chunked: bool) -> tuple[bytes, int]:
    """Announce or send a body of a gigabyte until there is an answer; also how much of it had to be sent."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    length = "Transfer-Encoding: chunked" if chunked else "Content-Length: 1073741824"
    lines = [
        "POST /v1/formations HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {token}",
        "Idempotency-Key: large",
    ]
    writer.write("\r\n".join([*lines, "Content-Type: application/json", length, "", ""]).encode())
    answer, sent = asyncio.create_task(whole_answer(reader)), 0
    with closing(writer):
        async with asyncio.timeout(ANSWERED_WITHIN):
            while chunked and not answer.done():
                writer.write(f"{PIECE:x}\r\n".encode() + b" " * PIECE + b"\r\n")
                await writer.drain()
                sent += PIECE
                await asyncio.sleep(0.001)  # lets the answer in
            return await answer, sent
