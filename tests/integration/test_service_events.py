"""Events: each once and in order, over connections that break, services that end and readers that sleep."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from sanad_api.callers import Role
from sanad_node.client.events import Event, parsed
from sanad_testkit.service import Prepared, Running, Somebody, copy_of, prepared, running, shared_service

__all__ = ["prepared", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
WITHIN = 60.0
STREAM = {"Accept": "text/event-stream"}
MEMBERS = {"index", "kind", "formation", "type", "subject", "related", "data", "time", "block", "tx"}


@contextmanager
def listening(
    service: Running, who: Somebody, last: str | None = None, **params: str
) -> Iterator[Iterator[Event]]:
    """The events of one connection, asked for as a browser does: from the first, but `last` when it comes again."""
    headers = STREAM | ({"Last-Event-ID": last} if last is not None else {})
    wanted = {"after": "-1", **params}
    with (
        service.asks(who) as client,
        client.stream("GET", "/v1/events", params=wanted, headers=headers) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        yield parsed(answer.iter_bytes())


def register(client: httpx.Client, name: str) -> httpx.Response:
    body = {"kind": "CONTAINER", "reference": name}
    return client.post("/v1/consignments", json=body, headers={"Idempotency-Key": name})


def walked(client: httpx.Client, **params: str) -> list[dict[str, Any]]:
    """Every event, page by page."""
    found: list[dict[str, Any]] = []
    after = -1
    while True:
        page = client.get("/v1/events", params={"after": str(after), "limit": "7", **params}).json()
        found += page["events"]
        if page["next"] == after:
            return found
        after = page["next"]


@pytest.fixture
def auditor(shared_service: Running, prepared: Prepared) -> Iterator[httpx.Client]:
    with shared_service.asks(prepared.client(Role.AUDITOR)) as client:
        yield client


# -- over breaks --------------------------------------------------------------------------------------------------


def test_over_breaks_a_restart_and_a_kill_every_event_is_told_once_and_in_order(
    prepared: Prepared, tmp_path: Path
) -> None:
    names = [f"CARGO {number}" for number in range(40)]
    who = prepared.client(Role.AUDITOR)
    with running(copy_of(prepared, tmp_path), prepared) as service:
        with service.asks(who) as client:
            before = len(walked(client))
        reader = Reader(service, who, {before + 8: service.kill, before + 20: service.stop})
        office = threading.Thread(
            target=insist, args=(service, prepared.client(Role.ISSUER), names, reader.up), daemon=True
        )
        office.start()
        while len(reader.seen) < before + len(names):
            reader.connect(before + len(names))
        office.join(WITHIN)
        assert (reader.endings, reader.connections > 5) == ({}, True)
        assert [event.id for event in reader.seen] == [str(number) for number in range(before + len(names))]
        with service.asks(who) as client:
            assert [event.data for event in reader.seen] == walked(client)


class Reader:
    """Reads events, goes away now and then, and ends the service at the `endings`."""

    def __init__(self, service: Running, who: Somebody, endings: dict[int, Any]) -> None:
        self.service = service
        self.who = who
        self.endings = endings
        self.seen: list[Event] = []
        self.connections = 0
        self.up = threading.Event()
        self.up.set()

    def connect(self, until: int) -> None:
        """Read over one connection for a while."""
        self.connections += 1
        with listening(self.service, self.who, self.seen[-1].id if self.seen else None) as events:
            for event in events:
                self.seen.append(event)
                end = self.endings.pop(len(self.seen), None)
                if end is not None:
                    self.up.clear()
                    end()
                    self.service.start()
                    self.up.set()
                if end is not None or len(self.seen) == until or len(self.seen) % 11 == 0:
                    return


def insist(service: Running, who: Somebody, names: list[str], up: threading.Event) -> None:
    """Register cargo, one after the other, whatever happens to the service."""
    for name in names:
        while True:
            up.wait(WITHIN)
            try:
                with service.asks(who) as client:
                    if register(client, name).status_code == 202:
                        break
            except httpx.TransportError:
                time.sleep(0.01)  # the end is seen here before the one who caused it is back


def test_a_stream_ends_with_the_service_and_goes_on_after_it(prepared: Prepared, tmp_path: Path) -> None:
    who = prepared.client(Role.AUDITOR)
    with running(copy_of(prepared, tmp_path), prepared) as service:
        with listening(service, who) as events:
            last = next(events).id
            service.stop()
            rest = [event.id for event in events]  # ends, and not by a fault
            last = rest[-1] if rest else last
        service.start()
        with service.asks(prepared.client(Role.ISSUER)) as client, listening(service, who, last) as events:
            register(client, "AFTER")
            following = next(events)
        assert int(following.id) == int(last) + 1


def test_a_reader_that_takes_nothing_is_cut_off_and_may_come_again(
    prepared: Prepared, tmp_path: Path
) -> None:
    who = prepared.client(Role.AUDITOR)
    bounds = {"SANAD_SERVER__STALLED_SECONDS": "1", "SANAD_LIMITS__STREAMS": "1"}
    with running(copy_of(prepared, tmp_path), prepared, bounds) as service, service.asks(who) as client:
        with asleep(service, who) as sleeper:
            refused = client.get("/v1/events", headers=STREAM)
            assert (refused.status_code, refused.json()["code"]) == (503, "TOO_MANY_STREAMS")
            assert int(refused.headers["Retry-After"]) > 0
            assert client.get("/healthz").status_code == 200
            events = walked(client)
            deadline = time.monotonic() + WITHIN
            while not room(client):
                assert time.monotonic() < deadline, "the sleeper is never cut off"
                time.sleep(0.05)
            got = received(sleeper)
        assert len(got) < len(events)
        assert [event.data for event in got] == events[: len(got)]
        rest: list[Event] = []
        with listening(service, who, got[-1].id if got else None) as following:
            while len(got) + len(rest) < len(events):
                rest.append(next(following))
        assert [event.data for event in (*got, *rest)] == events


@contextmanager
def asleep(service: Running, who: Somebody) -> Iterator[socket.socket]:
    """A reader with room for next to nothing, who has asked for all events and takes none."""
    place = urlsplit(service.url)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        line.settimeout(WITHIN)
        line.connect((place.hostname, place.port))
        head = "GET /v1/events?after=-1 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
        line.sendall(f"{head}Authorization: Bearer {who.token}\r\n\r\n".encode())
        line.recv(1, socket.MSG_PEEK)  # it has begun
        yield line


def room(client: httpx.Client) -> bool:
    with client.stream("GET", "/v1/events", headers=STREAM) as answer:
        return answer.status_code == 200


def received(line: socket.socket) -> list[Event]:
    """The complete events that had arrived before the line was cut."""
    told = b""
    try:
        while piece := line.recv(1 << 16):
            told += piece
    except ConnectionResetError:
        pass
    body = told.partition(b"\r\n\r\n")[2].split(b"\r\n")  # chunks: their sizes, and what is in them
    return list(parsed(body[1::2]))


# -- what is told -------------------------------------------------------------------------------------------------


def test_a_page_tells_the_same_as_a_stream(
    shared_service: Running, prepared: Prepared, auditor: httpx.Client
) -> None:
    pages = walked(auditor)
    assert [one["index"] for one in pages] == list(range(len(pages)))
    assert {name for one in pages for name in one} == MEMBERS
    with listening(shared_service, prepared.client(Role.AUDITOR)) as events:
        streamed = [next(events) for _ in pages]
    assert [event.data for event in streamed] == pages
    assert [(event.id, event.kind) for event in streamed] == [
        (str(one["index"]), one["kind"]) for one in pages
    ]


def test_events_of_some_kinds_or_a_formation_keep_their_identifiers(
    shared_service: Running, prepared: Prepared, auditor: httpx.Client
) -> None:
    everything = walked(auditor)
    kinds = {one["kind"] for one in everything}
    assert {"issue", "register", "ship"} <= kinds
    for kind in sorted(kinds):
        wanted = [one for one in everything if one["kind"] == kind]
        assert walked(auditor, kind=kind) == wanted
        with listening(shared_service, prepared.client(Role.AUDITOR), kind=kind) as events:
            assert [next(events).data for _ in wanted] == wanted
    assert walked(auditor, formation="port") == [one for one in everything if one["formation"] == "PORT"]


def test_without_an_identifier_a_stream_begins_with_what_happens_next(
    shared_service: Running, prepared: Prepared, auditor: httpx.Client
) -> None:
    size = len(walked(auditor))
    with auditor.stream("GET", "/v1/events", headers=STREAM) as answer:
        events = parsed(answer.iter_bytes())
        with shared_service.asks(prepared.client(Role.ISSUER)) as issuer:
            act = register(issuer, "NEXT").json()["act"]
            told = next(events)
            assert issuer.get(f"/v1/acts/{act}").json()["entry"] == int(told.id) == size


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["page", "stream"])
@pytest.mark.parametrize(("last", "after", "place", "code"), [
    pytest.param("999999", None, "Last-Event-ID", "EVENT_ID_UNKNOWN", id="of-a-longer-log"),
    pytest.param("9" * 40, None, "Last-Event-ID", "EVENT_ID_UNKNOWN", id="beyond-any-log"),
    pytest.param("x", None, "Last-Event-ID", "EVENT_ID_UNKNOWN", id="no-number"),
    pytest.param("-1", None, "Last-Event-ID", "EVENT_ID_UNKNOWN", id="negative"),
    pytest.param("1.0", None, "Last-Event-ID", "EVENT_ID_UNKNOWN", id="fraction"),
    pytest.param("", None, "Last-Event-ID", "EVENT_ID_UNKNOWN", id="empty"),
    pytest.param(None, "999999", "?after", "EVENT_ID_UNKNOWN", id="after-the-end"),
    pytest.param(None, "-2", "?after", "REQUEST_INVALID", id="before-the-first"),
    pytest.param(None, "x", "?after", "REQUEST_INVALID", id="after-no-number"),
])  # fmt: skip
def test_an_identifier_that_no_event_has_is_refused(
    last: str | None, after: str | None, place: str, code: str, headers: dict[str, str], auditor: httpx.Client
) -> None:
    more = {} if last is None else {"Last-Event-ID": last}
    params = {} if after is None else {"after": after}
    answer = auditor.get("/v1/events", params=params, headers=headers | more)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (400, code)
    assert [one["pointer"] for one in told["errors"]] == [place]


def test_a_kind_that_does_not_exist_is_refused(auditor: httpx.Client) -> None:
    answer = auditor.get("/v1/events", params={"kind": ["issue", "lost"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "EVENT_KIND_UNKNOWN")
    assert answer.json()["errors"][0]["pointer"] == "?kind"


def test_everybody_who_signed_in_is_told_what_the_ledger_says_and_nothing_that_an_office_knows(
    shared_service: Running, prepared: Prepared, auditor: httpx.Client
) -> None:
    everything = walked(auditor)
    for role in Role:
        for formation in ("CELL", "PORT"):
            with shared_service.asks(prepared.client(role, formation)) as client:
                assert walked(client)[: len(everything)] == everything
    told = json.dumps(everything)
    for known_here_only in ("K-1", "P-1", "BOX 1", "NZE141"):
        assert known_here_only not in told
    for headers in ({}, STREAM):
        with shared_service.asks() as stranger:
            answer = stranger.get("/v1/events", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_NEEDED")
