"""Events as they happen, each once and in order, over connections that may break (WHATWG server-sent events).

An event counts as seen when it is complete and was handed over; after a break the service is asked for those
after the last one seen. What the service repeats all the same is passed over by its number.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from sanad_node.client.conversation import Ask, Conversation, problem_of, read_all, texts, unreachable
from sanad_node.client.conversation import Told as Answered
from sanad_node.client.faults import AnswerTooLarge, AnswerUnreadable
from sanad_node.client.retrying import is_transient, pause, retry_after
from sanad_verifier.errors import SanadError

EVENT_AT_MOST = 1 << 20
QUIET_AT_MOST = 90.0
"""Seconds without a byte after which a connection is taken for dead: the service sends a comment more often."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Keep `id`, and nothing is missed after a restart either."""

    id: str
    kind: str
    data: dict[str, Any]


def stream(
    conversation: Conversation,
    params: dict[str, str],
    *,
    after: str | None,
    patience: float | None,
) -> Iterator[Event]:
    """Events after `after`, without end. Raises when the service refuses, or cannot be reached for `patience`
    seconds (for ever, if None).
    """
    last, attempt, since = after, 0, conversation.clock()
    while True:
        failure: SanadError | None = None
        wanted = 0.0
        try:
            for event in _connected(conversation, params, last):
                attempt, since = 0, conversation.clock()
                if not is_after(event.id, last):
                    continue
                last = event.id or last
                yield event
        except httpx.TransportError as error:
            failure = unreachable(error)
        except Unready as unready:
            failure, wanted = unready.error, unready.after
        waiting = pause(attempt, wanted)
        if patience is not None and failure is not None and conversation.clock() + waiting - since > patience:
            raise failure
        conversation.sleep(waiting)
        attempt += 1


class Unready(Exception):
    """The service cannot serve events now."""

    def __init__(self, error: SanadError, after: float) -> None:
        super().__init__(error.code)
        self.error = error
        self.after = after


def _connected(conversation: Conversation, params: dict[str, str], last: str | None) -> Iterator[Event]:
    """The events of one connection, until it ends."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last is not None else {})
    asked = Ask("GET", "/v1/events", texts(params), headers, read=QUIET_AT_MOST)
    with conversation.open(asked) as response:
        if response.status_code != 200:
            told = Answered(response.status_code, response.headers, read_all(response))
            error = problem_of(told)
            if is_transient(told.status, error.code):
                raise Unready(error, retry_after(told.headers.get("Retry-After")))
            raise error
        if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
            raise AnswerUnreadable("the answer is no stream of events; is the address right?")
        yield from parsed(response.iter_bytes())


def parsed(chunks: Iterable[bytes]) -> Iterator[Event]:
    """The complete events in a stream; one that is cut off is none."""
    fields: dict[str, list[str]] = {}
    size = 0
    for line in _lines(chunks):
        if not line:
            if "data" in fields:
                yield _event(fields)
            fields, size = {}, 0
            continue
        name, _, value = line.partition(":")
        size += len(line)
        if size > EVENT_AT_MOST:
            raise AnswerTooLarge("an event is larger than a client takes")
        if name:  # a line that begins with a colon is a comment
            fields.setdefault(name, []).append(value.removeprefix(" "))


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines as they are completed. Ours end with a line feed, with or without a carriage return before it."""
    waiting = b""
    for chunk in chunks:
        *whole, waiting = (waiting + chunk).split(b"\n")
        if len(waiting) > EVENT_AT_MOST:
            raise AnswerTooLarge("an event is larger than a client takes")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")


def _event(fields: dict[str, list[str]]) -> Event:
    try:
        data = orjson.loads("\n".join(fields["data"]))
    except orjson.JSONDecodeError:
        raise AnswerUnreadable("an event is not JSON") from None
    if not isinstance(data, dict):
        raise AnswerUnreadable("an event is not a JSON object")
    return Event(fields.get("id", [""])[-1], fields.get("event", ["message"])[-1], data)


def is_after(event: str, last: str | None) -> bool:
    """Whether an event is news to who has seen `last`. Numbers are compared as numbers."""
    if last is None or not event:
        return True
    if event.isdecimal() and last.isdecimal():
        return int(event) > int(last)
    return event != last
