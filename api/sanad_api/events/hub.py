"""The hub: many readers of one log, each with nothing but a cursor.

A reader that is slow only lags: nothing is queued for it. Pages of encoded events are shared, so a hundred readers
of the same events cost one reading of them, and what is new is read before they are woken.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from sanad_api.events.catalogue import KINDS, encode, kind_of
from sanad_api.threads import ask
from sanad_node.node import Node
from sanad_node.reading import LoggedEntry
from sanad_node.waiting import WouldWait, at_once, may_wait
from sanad_verifier.errors import EnvironmentFault, InputError

PAGE = 256
"""Events in a shared page, aligned: pages of readers at different places are the same pages."""
PAGES_KEPT = 64
HEARTBEAT = 15.0
RETRY_MS = 2000


class EventIdUnknown(InputError):
    """No event has this identifier yet: it belongs to another network, or to a log that was longer."""

    code = "EVENT_ID_UNKNOWN"


class EventKindUnknown(InputError):
    """There are no events of this kind."""

    code = "EVENT_KIND_UNKNOWN"


class TooManyStreams(EnvironmentFault):
    """As many event streams are open as this service allows."""

    code = "TOO_MANY_STREAMS"


@dataclass(frozen=True, slots=True)
class Event:
    """One event, encoded once."""

    index: int
    kind: str
    formation: str
    data: bytes

    @classmethod
    def of(cls, logged: LoggedEntry, codes: dict[int, str]) -> "Event":
        formation = codes.get(logged.entry.formation, "")
        return cls(logged.index, kind_of(logged), formation, encode(logged, codes))

    def frame(self) -> bytes:
        """As a server-sent event."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.index, self.kind.encode(), self.data)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a reader wants; empty for all."""

    kinds: frozenset[str] = frozenset()
    formation: str = ""

    def check(self, field: str = "?kind") -> None:
        if not self.kinds <= set(KINDS):
            raise EventKindUnknown("one of these kinds of event does not exist", field=field)

    def takes(self, event: Event) -> bool:
        return (not self.kinds or event.kind in self.kinds) and (
            not self.formation or event.formation == self.formation
        )


class EventHub:
    """`grown` may be called from any thread; everything else belongs to the event loop."""

    def __init__(self, node: Node, *, streams: int) -> None:
        self._node = node
        self._streams = streams
        self._loop = asyncio.get_running_loop()
        self._grew = asyncio.Event()
        self._size = 0
        self._closed = False
        self._lock = threading.Lock()
        self._reading = asyncio.Lock()
        self._pages: OrderedDict[int, tuple[Event, ...]] = OrderedDict()
        self.open_streams = 0

    def grown(self, size: int) -> None:
        """The log has this many final entries."""
        if self.open_streams and size:
            with suppress(EnvironmentFault):  # whoever listens will ask, and hear of it
                self._read((size - 1) // PAGE, size)
        with suppress(RuntimeError):  # the loop has ended: nobody listens
            self._loop.call_soon_threadsafe(self._wake, size)

    def _wake(self, size: int) -> None:
        if size > self._size:
            self._size = size
            self._ring()

    def _ring(self) -> None:
        self._grew.set()
        self._grew = asyncio.Event()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ring)

    # -- reading --------------------------------------------------------------------------------------------------

    def size(self) -> int:
        """How many events there are."""
        size: int = max(self._size, self._node.reader.position().size)
        self._size = size
        return size

    def must_be_known(self, after: int, field: str) -> None:
        """`EventIdUnknown` unless the log reaches beyond this identifier."""
        if after >= self.size():
            raise EventIdUnknown("no event has this identifier yet", field=field)

    def page(self, after: int, wanted: Wanted, limit: int) -> tuple[list[Event], int]:
        """Events behind an identifier, at most `limit`, and the identifier to go on behind. Reads at most a few
        pages, so a rare kind may take several calls that return nothing but a later identifier.
        """
        found: list[Event] = []
        at, size, pages = after + 1, self.size(), 0
        while at < size and len(found) < limit and pages < PAGES_KEPT:
            for event in self._read(at // PAGE, size):
                if event.index < at:
                    continue
                at = event.index + 1
                if wanted.takes(event):
                    found.append(event)
                    if len(found) == limit:
                        break
            pages += 1
        return found, at - 1

    async def behind(self, after: int, wanted: Wanted, limit: int) -> tuple[list[Event], int]:
        """As `page`. What is not at hand is read by one of those who ask, and is at hand for the others then."""
        try:
            with at_once():
                return self.page(after, wanted, limit)
        except WouldWait:
            async with self._reading:
                return await ask(self.page, after, wanted, limit)

    def _read(self, number: int, size: int) -> tuple[Event, ...]:
        first, last = number * PAGE, min((number + 1) * PAGE, size)
        with self._lock:
            known = self._pages.get(number, ())
            if first + len(known) >= last:
                if known:
                    self._pages.move_to_end(number)
                return known[: last - first]
        may_wait()
        codes = self._node.reader.formation_codes()
        logged = self._node.reader.entries(first + len(known), last)
        made = (*known, *(Event.of(one, codes) for one in logged))
        with self._lock:
            self._pages[number] = made
            self._pages.move_to_end(number)
            while len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        return made

    async def more_than(self, size: int, seconds: float) -> None:
        """Return when there are more events than this, when time is up, or when the hub is closed."""
        if self._size > size or self._closed:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._grew.wait(), seconds)

    # -- streaming ------------------------------------------------------------------------------------------------

    def must_have_room(self) -> None:
        if self.open_streams >= self._streams:
            raise TooManyStreams("as many event streams are open as this service allows")

    async def stream(self, after: int, wanted: Wanted) -> AsyncIterator[bytes]:
        """Server-sent events behind an identifier, for ever; a comment when nothing happens for a while."""
        self.open_streams += 1
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            while not self._closed:
                grew = self._grew
                found, at = await self.behind(after, wanted, PAGE)
                if found:
                    yield b"".join([event.frame() for event in found])
                if at > after:
                    after = at
                    continue
                try:
                    await asyncio.wait_for(grew.wait(), HEARTBEAT)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self.open_streams -= 1
