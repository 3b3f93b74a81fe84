"""What a connection writes within one turn of the loop leaves as one write, in order, and never piles up."""

import asyncio
from typing import Any

from sanad_api.gathering import AT_MOST, Gathered


class Line(asyncio.Transport):
    """Notes what is written, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 7)})
        self.written: list[bytes] = []
        self.ended = ""

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def is_closing(self) -> bool:
        return bool(self.ended)


def written(*pieces: bytes, then: str = "") -> Line:
    """A connection after these writes and the turn of the loop that follows them."""
    line = Line()

    async def write() -> None:
        gathered = Gathered(line, asyncio.get_running_loop())
        for piece in pieces:
            gathered.write(piece)
        if then:
            getattr(gathered, then)()
        else:
            assert not line.written or sum(map(len, pieces)) > AT_MOST
        await asyncio.sleep(0)

    asyncio.run(write())
    return line


def test_head_and_body_leave_as_one_write() -> None:
    assert written(b"head", b"", b"body").written == [b"headbody"]


def test_what_is_written_in_another_turn_of_the_loop_is_another_write() -> None:
    line = Line()

    async def write() -> None:
        gathered = Gathered(line, asyncio.get_running_loop())
        for piece in (b"one", b"two"):
            gathered.write(piece)
            await asyncio.sleep(0)

    asyncio.run(write())
    assert line.written == [b"one", b"two"]


def test_more_than_the_bound_goes_on_at_once_so_that_a_slow_reader_is_felt() -> None:
    line = Line()

    async def write() -> None:
        gathered = Gathered(line, asyncio.get_running_loop())
        gathered.write(b"x" * AT_MOST)
        assert not line.written
        gathered.write(b"y")
        assert line.written == [b"x" * AT_MOST + b"y"]
        gathered.write(b"z")

    asyncio.run(write())
    assert b"".join(line.written) == b"x" * AT_MOST + b"yz"


def test_closing_sends_what_is_held_first_and_aborting_does_not() -> None:
    closed, aborted = written(b"last words", then="close"), written(b"last words", then="abort")
    assert (closed.written, closed.ended) == ([b"last words"], "closed")
    assert (aborted.written, aborted.ended) == ([], "aborted")


def test_the_rest_is_asked_of_the_transport_under_it() -> None:
    line = Line()

    async def ask() -> None:
        gathered = Gathered(line, asyncio.get_running_loop())
        assert gathered.get_extra_info("peername") == ("192.0.2.1", 7)
        assert gathered.get_extra_info("cipher", "none") == "none"
        assert not gathered.is_closing()
        gathered.close()
        assert gathered.is_closing()

    asyncio.run(ask())
