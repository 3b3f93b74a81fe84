"""A bell: coroutines wait for something that happens in a thread."""

import asyncio
from contextlib import suppress


class Bell:
    """`ring` may be called from any thread; it wakes everybody who waits at that moment."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()

    def ring(self) -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody waits
            self._loop.call_soon_threadsafe(self._strike)

    def _strike(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def next(self) -> "asyncio.Event":
        """What to wait on. Take it before looking at the state that is waited for, or a ring may be missed."""
        return self._event


async def wait(event: asyncio.Event, seconds: float) -> bool:
    """Whether it rang within these seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
