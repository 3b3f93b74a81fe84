"""Heads of requests: bounded in size however they arrive in pieces, and in time."""

import asyncio
from typing import Any, cast

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from sanad_api import heads
from sanad_api.heads import HEAD_AT_MOST, BoundedHeads

BEGIN = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nX: "


class Line(asyncio.Transport):
    """A connection whose other end is a list."""

    def __init__(self) -> None:
        super().__init__()
        self.said = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.said += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def app(_scope: Any, receive: Any, send: Any) -> None:
    """Takes the whole body, then says 204."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def connected() -> tuple[BoundedHeads, Line]:
    made, line = BoundedHeads(Config(cast(Any, app), log_config=None), ServerState(), {}), Line()
    made.connection_made(line)
    return made, line


async def settled(line: Line) -> None:
    async with asyncio.timeout(10):
        while not line.said:
            await asyncio.sleep(0)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000, 1 << 20])
def test_a_head_below_the_bound_is_taken_in_any_pieces_with_a_body_above_it(piece: int) -> None:
    async def test() -> None:
        made, line = connected()
        whole = BEGIN + b"a" * (HEAD_AT_MOST - len(BEGIN) - 4) + b"\r\n\r\n"
        for at in range(0, len(whole), piece):
            made.data_received(whole[at : at + piece])
        made.data_received(b"b" * 100_000)
        await settled(line)
        assert line.said.startswith(b"HTTP/1.1 204 ")

    asyncio.run(test())


@pytest.mark.parametrize("piece", [1, 1000, 1 << 20])
def test_a_head_beyond_the_bound_is_refused_and_heard_no_longer(piece: int) -> None:
    async def test() -> None:
        made, line = connected()
        whole = BEGIN + b"a" * HEAD_AT_MOST
        for at in range(0, len(whole), piece):
            if line.closed:
                break
            made.data_received(whole[at : at + piece])
        assert line.closed
        assert line.said.startswith(b"HTTP/1.1 431 ")
        assert b"HEAD_TOO_LARGE" in line.said
        assert b"aaa" not in line.said

    asyncio.run(test())


@pytest.mark.parametrize("begun", [b"", b"GET", BEGIN])
def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "HEAD_WITHIN", 0.01)

    async def test() -> None:
        made, line = connected()
        if begun:
            made.data_received(begun)
        async with asyncio.timeout(10):
            while not line.closed:
                await asyncio.sleep(0.001)

    asyncio.run(test())


def test_a_body_may_take_longer_than_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "HEAD_WITHIN", 0.01)

    async def test() -> None:
        made, line = connected()
        made.data_received(BEGIN + b"\r\n\r\n")
        await asyncio.sleep(0.05)
        assert not line.closed
        made.data_received(b"b" * 100_000)
        await settled(line)
        assert line.said.startswith(b"HTTP/1.1 204 ")

    asyncio.run(test())
