"""The hub of events: what a stream says when nothing happens, and that it ends when it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sanad_api.events import hub as module
from sanad_api.events.hub import EventHub, EventIdUnknown, Wanted
from sanad_node.node import Node
from sanad_node.reading import LoggedEntry
from sanad_verifier.entries import Entry, Kind

ALL = Wanted()


@dataclass
class Log:
    """A node of which only the log is read."""

    size: int = 0
    reader: Any = field(init=False)
    read: int = 0

    def __post_init__(self) -> None:
        self.reader = self

    def position(self) -> SimpleNamespace:
        return SimpleNamespace(size=self.size)

    def formation_codes(self) -> dict[int, str]:
        return {1: "CELL"}

    def entries(self, first: int, last: int) -> list[LoggedEntry]:
        self.read += 1
        return [logged(index) for index in range(first, last)]


def logged(index: int) -> LoggedEntry:
    entry = SimpleNamespace(
        kind=Kind.ISSUE, formation=1, doc_type="FILE", subject=b"", related=b"", data=b"", time=index
    )
    return cast(LoggedEntry, SimpleNamespace(index=index, entry=cast(Entry, entry), block=1, tx=b""))


def run(test: Callable[[EventHub, Log], Coroutine[Any, Any, None]], size: int = 0) -> None:
    async def inside() -> None:
        log = Log(size)
        async with asyncio.timeout(10):
            await test(EventHub(cast(Node, log), streams=2), log)

    asyncio.run(inside())


async def begun(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    assert await anext(stream) == b"retry: 2000\n\n"
    return stream


def ids(chunk: bytes) -> list[int]:
    return [int(line[4:]) for line in chunk.split(b"\n") if line.startswith(b"id: ")]


def test_a_quiet_stream_says_that_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.01)

    async def test(hub: EventHub, log: Log) -> None:
        stream = await begun(hub.stream(-1, ALL))
        assert [await anext(stream) for _ in range(3)] == [b": still here\n\n"] * 3
        log.size = 2
        hub.grown(2)
        while (chunk := await anext(stream)).startswith(b":"):
            pass
        assert ids(chunk) == [0, 1]

    run(test)


def test_a_stream_waits_for_what_comes_and_leaves_nothing_out() -> None:
    async def test(hub: EventHub, log: Log) -> None:
        stream = await begun(hub.stream(-1, ALL))
        seen: list[int] = []
        for size in (1, 2, 700, 701):
            log.size = size
            hub.grown(size)
            while len(seen) < size:
                seen += ids(await anext(stream))
        assert seen == list(range(701))

    run(test)


def test_readers_of_the_same_events_share_one_reading_of_them() -> None:
    async def test(hub: EventHub, log: Log) -> None:
        for _ in range(50):
            found, at = hub.page(-1, ALL, 200)
            assert ([event.index for event in found], at) == (list(range(200)), 199)
        assert log.read == 1

    run(test, size=256)


def test_a_stream_ends_when_the_hub_is_closed_and_makes_room() -> None:
    async def test(hub: EventHub, _: Log) -> None:
        stream = await begun(hub.stream(-1, ALL))
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        assert hub.open_streams == 1
        hub.close()
        with pytest.raises(StopAsyncIteration):
            await waiting
        assert hub.open_streams == 0

    run(test)


def test_what_has_not_happened_has_no_identifier() -> None:
    async def test(hub: EventHub, _: Log) -> None:
        hub.must_be_known(2, "?after")
        with pytest.raises(EventIdUnknown) as refused:
            hub.must_be_known(3, "?after")
        assert refused.value.field == "?after"

    run(test, size=3)
