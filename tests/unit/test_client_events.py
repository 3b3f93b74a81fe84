"""Events come each once and in order, wherever the connection breaks and whatever is repeated after it."""

from itertools import islice

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.client import AnswerTooLarge, AnswerUnreadable, Event, ServiceUnreachable, events
from sanad_node.client.events import parsed
from sanad_testkit.spoken_service import Clock, Spoken, problem
from sanad_verifier.errors import SanadError

ALL = 40


def block(number: int) -> bytes:
    """An event as the service writes it."""
    return f'id: {number}\nevent: issue\ndata: {{"index":{number}}}\n\n'.encode()


class Body(httpx.SyncByteStream):
    """The bytes of one connection, in pieces, that ends or breaks."""

    def __init__(self, content: bytes, piece: int, breaks: bool) -> None:
        self._content, self._piece, self._breaks = content, piece, breaks

    def __iter__(self):  # type: ignore[no-untyped-def]
        for at in range(0, len(self._content), self._piece):
            yield self._content[at : at + self._piece]
        if self._breaks:
            raise httpx.ReadError("reset")


class Streaming(Spoken):
    """Serves the events after the one named, as far as the connection lasts; may repeat some of those before."""

    def __init__(self, cuts: list[tuple[int, int, bool, int]]) -> None:
        super().__init__()
        self.cuts = cuts

    def _answer(self, request: httpx.Request) -> httpx.Response:
        after = int(request.headers.get("Last-Event-ID", "-1"))
        length, piece, breaks, repeated = self.cuts.pop(0) if self.cuts else (10**6, 1000, False, 0)
        first = max(0, after + 1 - repeated)
        whole = b": hello\n\n" + b"".join(block(number) for number in range(first, ALL))
        content = whole[:length]
        return httpx.Response(
            200, headers={"Content-Type": "text/event-stream"}, stream=Body(content, piece, breaks)
        )


cut = st.tuples(st.integers(0, 900), st.integers(1, 64), st.booleans(), st.integers(0, 5))


@settings(max_examples=150, deadline=None)
@given(st.lists(cut, max_size=12), st.integers(-1, ALL - 2))
def test_every_event_comes_once_and_in_order_wherever_the_connection_breaks(
    cuts: list[tuple[int, int, bool, int]], after: int
) -> None:
    service = Streaming(cuts)
    start = None if after < 0 else str(after)
    told = list(islice(service.client().events(after=start), ALL - 1 - after))
    assert [event.data["index"] for event in told] == list(range(after + 1, ALL))
    assert [event.id for event in told] == [str(number) for number in range(after + 1, ALL)]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(block(1)) * 3), st.integers(1, 50), st.sampled_from([b"\n", b"\r\n"]))
def test_an_event_that_is_cut_off_is_none(length: int, piece: int, ending: bytes) -> None:
    whole = b"".join(block(number) for number in range(3)).replace(b"\n", ending)
    content = whole[:length]
    told = list(parsed(content[at : at + piece] for at in range(0, len(content), piece)))
    complete = content.count(ending + ending)
    assert [event.data["index"] for event in told] == list(range(complete))


def test_an_event_has_its_kind_and_lines_of_data_are_one() -> None:
    text = b'event: hold\nid: 7\ndata: {"a":\ndata: 1}\nretry: 3\n: comment\n\ndata: {}\n\n\n\n'
    assert list(parsed([text])) == [Event("7", "hold", {"a": 1}), Event("", "message", {})]


@pytest.mark.parametrize("data", [b"data: {\n\n", b"data: [1]\n\n"])
def test_an_event_that_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(AnswerUnreadable):
        list(parsed([data]))


@pytest.mark.parametrize("chunk", [b"x" * 1000, b"data: " + b"x" * 994 + b"\n"], ids=["line", "event"])
def test_an_event_without_an_end_is_not_kept_for_ever(chunk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "EVENT_AT_MOST", 10_000)
    with pytest.raises(AnswerTooLarge):
        list(parsed(chunk for _ in range(10_000)))


def test_a_service_that_stays_away_is_given_up_in_time() -> None:
    service = Spoken(faults=[("before", httpx.ConnectError("refused"))] * 10_000)
    with pytest.raises(ServiceUnreachable):
        next(service.client().events(patience=60))
    assert service.clock.now <= 60


def test_a_refusal_is_told_and_too_many_streams_are_waited_for() -> None:
    refusing = Spoken(faults=[("before", problem(403, "FORBIDDEN"))])
    with pytest.raises(SanadError) as told:
        next(refusing.client().events())
    assert told.value.code == "FORBIDDEN"
    waiting = Streaming([])
    waiting.faults = [("before", problem(503, "TOO_MANY_STREAMS", headers={"Retry-After": "4"}))]
    assert next(waiting.client().events()).id == "0"
    assert waiting.clock.slept == [4]


def test_an_address_that_serves_something_else_is_told() -> None:
    with pytest.raises(AnswerUnreadable):
        next(Spoken().client().events())


def test_the_clock_of_the_tests_stands_still_unless_somebody_sleeps() -> None:
    clock = Clock()
    clock.sleep(2)
    assert clock() == 2
