"""What a connection writes, gathered: the head of an answer and its body leave together.

The server below writes them one after the other, and each write is a call into the kernel that wakes whoever reads:
for a short answer, a quarter of all that it costs.
"""

from asyncio import AbstractEventLoop, Transport
from typing import Any

AT_MOST = 64 << 10
"""Bytes held back. Beyond that they go on at once, so that a reader who is slow is felt (`pause_writing`)."""


class Gathered(Transport):
    """The transport under it, to which all that is written within one turn of the loop goes as one write."""

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        super().__init__()
        self._under = transport
        self._loop = loop
        self._held: list[bytes | bytearray | memoryview] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._held:
            self._loop.call_soon(self._let_go)
        self._held.append(data)
        self._size += len(data)
        if self._size > AT_MOST:
            self._let_go()

    def _let_go(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held:
            self._under.write(b"".join(held))

    def close(self) -> None:
        self._let_go()
        self._under.close()

    def abort(self) -> None:
        self._held.clear()
        self._under.abort()

    def is_closing(self) -> bool:
        return self._under.is_closing()

    def is_reading(self) -> bool:
        return self._under.is_reading()

    def pause_reading(self) -> None:
        self._under.pause_reading()

    def resume_reading(self) -> None:
        self._under.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._under.get_extra_info(name, default)
