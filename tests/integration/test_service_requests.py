"""Requests as they come over the wire: strict bodies, refused with the code and the place of what is wrong and
nothing of what was sent; methods; the number every request has.
"""

import contextlib
import json
import re
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from sanad_api.callers import Role
from sanad_testkit.service import Running, prepared, shared_service

__all__ = ["prepared", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
MARK = "XmArKeR7f3a"
GOOD = {"kind": "CONTAINER", "reference": "BOX 30"}
BODY = json.dumps(GOOD).encode()
JSON = "application/json"
WITHIN = 10.0


@pytest.fixture
def issuer(shared_service: Running) -> Iterator[httpx.Client]:
    assert shared_service.people is not None
    with shared_service.asks(shared_service.people.client(Role.ISSUER)) as client:
        yield client


def problem(answer: httpx.Response) -> dict[str, object]:
    """A problem, whose form is right and which has nothing of the request in it."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"] == f"urn:sanad:problem:{told['code']}"
    assert told["requestId"] == answer.headers["X-Request-Id"]
    assert MARK.lower() not in (answer.text + str(answer.headers)).lower()
    return dict(told)


def places(told: dict[str, object]) -> list[tuple[str, str]]:
    """Pointer and code of each thing to correct."""
    errors = told.get("errors", [])
    assert isinstance(errors, list)
    return [(one["pointer"], one["code"]) for one in errors]


def nested(depth: int) -> bytes:
    return b'{"kind":"CONTAINER","reference":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(("body", "code", "place"), [
    pytest.param(b'{"kind":"LOT","kind":"LOT","reference":"x"}', "JSON_DUPLICATE_KEY", "/kind", id="twice"),
    pytest.param(b'{"kind":"LOT","reference":"x","quantity":NaN}', "JSON_NOT_FINITE", "/quantity", id="nan"),
    pytest.param(b'{"kind":"LOT","reference":"x","quantity":1e400}', "JSON_FLOAT", "/quantity", id="huge"),
    pytest.param(b'{"kind":"LOT","reference":"x","quantity":2.0}', "JSON_FLOAT", "/quantity", id="fraction"),
    pytest.param(b'{"kind":"LOT","quantity":9007199254740992}', "JSON_INTEGER_RANGE", "/quantity", id="above-53-bits"),
    pytest.param(b'{"kind":"LOT","reference":"\\ud800"}', "JSON_SURROGATE", "/reference", id="surrogate"),
    pytest.param('{"kind":"LOT","reference":"a\u0301"}'.encode(), "JSON_NOT_NFC", "/reference", id="not-nfc"),
    pytest.param(nested(64), "JSON_TOO_DEEP", "/reference" + "/0" * 63, id="too-deep"),
    pytest.param(b'{"kind":"LOT","reference":"\xff"}', "JSON_NOT_UTF8", None, id="not-utf-8"),
    pytest.param(json.dumps(GOOD).encode("utf-16"), "JSON_NOT_UTF8", None, id="utf-16"),
    pytest.param(b"\xef\xbb\xbf" + BODY, "JSON_BOM", None, id="byte-order-mark"),
    pytest.param(BODY + f'{{"{MARK}":1}}'.encode(), "JSON_INVALID", None, id="more-behind-it"),
    pytest.param(BODY[:-1], "JSON_INVALID", None, id="cut-off"),
    pytest.param(f"{{{MARK}}}".encode(), "JSON_INVALID", None, id="no-json"),
])  # fmt: skip
def test_a_body_outside_the_json_profile_is_refused_with_its_place(
    body: bytes, code: str, place: str | None, issuer: httpx.Client
) -> None:
    headers = {"Content-Type": JSON, "Idempotency-Key": "profile"}
    answer = issuer.post("/v1/consignments", content=body, headers=headers)
    told = problem(answer)
    assert (answer.status_code, told["code"]) == (400, code)
    assert places(told) == ([] if place is None else [(place, code)])


@pytest.mark.parametrize(("member", "value", "place", "code"), [
    pytest.param(f"{MARK}<b>", 1, "", "EXTRA_FORBIDDEN", id="unknown"),
    pytest.param("quantity", MARK, "/quantity", "INT_TYPE", id="text-for-a-number"),
    pytest.param("quantity", True, "/quantity", "INT_TYPE", id="truth-for-a-number"),
    pytest.param("quantity", -1, "/quantity", "GREATER_THAN_EQUAL", id="too-small"),
    pytest.param("reference", 7, "/reference", "STRING_TYPE", id="number-for-a-text"),
    pytest.param("reference", "", "/reference", "STRING_TOO_SHORT", id="empty"),
    pytest.param("reference", MARK * 30, "/reference", "STRING_TOO_LONG", id="too-long"),
    pytest.param("kind", MARK, "/kind", "LITERAL_ERROR", id="not-among-the-kinds"),
    pytest.param("documents", ["K-1", {}], "/documents/1", "STRING_TYPE", id="within-a-list"),
])  # fmt: skip
def test_a_member_that_is_wrong_is_pointed_at(
    member: str, value: object, place: str, code: str, issuer: httpx.Client
) -> None:
    answer = issuer.post(
        "/v1/consignments", json={**GOOD, member: value}, headers={"Idempotency-Key": "member"}
    )
    told = problem(answer)
    assert (answer.status_code, told["code"], places(told)) == (400, "REQUEST_INVALID", [(place, code)])


def test_members_that_are_missing_are_pointed_at(issuer: httpx.Client) -> None:
    told = problem(issuer.post("/v1/consignments", json={}, headers={"Idempotency-Key": "missing"}))
    assert sorted(places(told)) == [("/kind", "MISSING"), ("/reference", "MISSING")]


@pytest.mark.parametrize(("header", "value"), [
    pytest.param("Content-Type", "text/plain", id="text"),
    pytest.param("Content-Type", "", id="none"),
    pytest.param("Content-Type", f"application/{MARK}+json", id="another-json"),
    pytest.param("Content-Type", "application/x-www-form-urlencoded", id="form"),
    pytest.param("Content-Type", "application/json; charset=utf-7", id="utf-7"),
    pytest.param("Content-Type", f"application/json; charset={MARK}", id="unknown-charset"),
    pytest.param("Content-Encoding", "gzip", id="packed"),
])  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/consignments", "/v1/documents"])
def test_a_body_of_another_type_is_refused(path: str, header: str, value: str, issuer: httpx.Client) -> None:
    headers = {"Content-Type": JSON, "Idempotency-Key": "type", header: value}
    answer = issuer.post(path, content=BODY, headers=headers)
    assert (answer.status_code, problem(answer)["code"]) == (415, "CONTENT_TYPE_WRONG")


@pytest.mark.parametrize(
    "kind", [JSON, "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
def test_json_is_taken_however_its_type_is_written(kind: str, issuer: httpx.Client) -> None:
    body = json.dumps({**GOOD, "reference": f"BOX {kind}"}).encode()
    headers = {"Content-Type": kind, "Idempotency-Key": f"kind {kind.replace(chr(34), '')}"}
    assert issuer.post("/v1/consignments", content=body, headers=headers).status_code == 202


def test_a_body_may_be_as_large_as_the_limit_and_no_larger(issuer: httpx.Client) -> None:
    headers = {"Content-Type": JSON, "Idempotency-Key": "size"}
    large = issuer.post(
        "/v1/consignments", content=b" " * ((1 << 20) + 1 - len(BODY)) + BODY, headers=headers
    )
    assert (large.status_code, problem(large)["code"]) == (413, "BODY_TOO_LARGE")
    whole = issuer.post("/v1/consignments", content=b" " * ((1 << 20) - len(BODY)) + BODY, headers=headers)
    assert whole.status_code == 202


def test_a_parameter_is_given_once_unless_it_is_a_list(issuer: httpx.Client) -> None:
    for query in ("limit=1&limit=2", f"{MARK}=1&{MARK}=1", "type=FILE&type=FILE"):
        answer = issuer.get(f"/v1/documents?{query}")
        told = problem(answer)
        assert (answer.status_code, told["code"], places(told)) == (
            400,
            "REQUEST_INVALID",
            [("", "GIVEN_TWICE")],
        )
    assert issuer.get("/v1/events?kind=issue&kind=ship").status_code == 200


# -- heads --------------------------------------------------------------------------------------------------------


def told(service: Running, *pieces: bytes) -> bytes:
    """Everything the service says to these bytes, to the end of the connection."""
    place = urlsplit(service.url)
    with socket.create_connection((place.hostname, place.port), WITHIN) as line:
        with contextlib.suppress(ConnectionError):  # it may have heard enough
            for piece in pieces:
                line.sendall(piece)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := line.recv(1 << 16):
                answer += piece
        return answer


def test_a_head_is_taken_up_to_its_bound_and_cut_off_beyond_it(shared_service: Running) -> None:
    begin, end = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", b"\r\n\r\n"
    assert told(shared_service, begin, b"X-Large: " + b"a" * 50_000, end).startswith(b"HTTP/1.1 200 ")
    endless = (b"X-%d: %s\r\n" % (number, MARK.encode() * 1000) for number in range(20_000))
    for answer in (told(shared_service, begin, *endless), told(shared_service, b"GET /" + b"a" * (1 << 20))):
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
        assert MARK.encode() not in answer
    assert rss(shared_service) < 300 << 20


def rss(service: Running) -> int:
    """Bytes of memory it has."""
    assert service.process is not None
    return int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("request_line", [
    f"GET /{MARK} HTTP/9.9", f"{MARK} / HTTP/1.1", f"GET / HTTP/1.1\r\n{MARK}\r\n", "\x16\x03\x01\x02",
])  # fmt: skip
def test_what_is_not_http_is_told_so_as_a_problem(request_line: str, shared_service: Running) -> None:
    answer = told(shared_service, f"{request_line}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"REQUEST_MALFORMED" in answer
    assert MARK.encode() not in answer


# -- methods ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/v1/documents", "/v1/documents/K-1", "/checkpoint", "/verify"]
)
def test_a_head_is_the_get_without_its_body(path: str, issuer: httpx.Client) -> None:
    got, head = issuer.get(path), issuer.head(path)
    assert got.status_code == head.status_code == 200
    assert (head.content, len(got.content) > 0) == (b"", True)
    for name in ("Content-Type", "Content-Length", "Cache-Control", "ETag", "Content-Security-Policy"):
        assert head.headers.get(name) == got.headers.get(name), name
    missing = issuer.head("/v1/documents/NONE")
    assert (missing.status_code, missing.content) == (404, b"")


def test_a_head_of_a_stream_ends(issuer: httpx.Client) -> None:
    answer = issuer.head("/v1/events", headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert issuer.get("/healthz").status_code == 200


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("OPTIONS", "/v1/documents", "GET, HEAD, POST"),
    ("PUT", "/v1/documents/K-1", "GET, HEAD"),
    ("DELETE", "/v1/documents/K-1", "GET, HEAD"),
    ("PATCH", "/v1/documents/K-1/status", "GET, HEAD, POST"),
    ("GET", "/v1/verify", "POST"),
    ("HEAD", "/v1/handovers", "POST"),
])  # fmt: skip
def test_another_method_is_refused_with_those_that_are_taken(
    method: str, path: str, allowed: str, issuer: httpx.Client
) -> None:
    answer = issuer.request(method, path, headers={"Origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    if method != "HEAD":
        assert problem(answer)["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/documents/", "//v1/documents", "/v1/nothing", "/docs", f"/{MARK}"]
)
def test_there_is_nothing_at_other_addresses(path: str, issuer: httpx.Client) -> None:
    answer = issuer.get(f"{issuer.base_url}".rstrip("/") + path)
    assert (answer.status_code, problem(answer)["code"]) == (404, "NOT_FOUND")


# -- the number of a request --------------------------------------------------------------------------------------


def test_every_request_has_a_number_of_ours_under_which_the_log_has_it(
    shared_service: Running, issuer: httpx.Client
) -> None:
    given = {"X-Request-Id": MARK}
    answers = [
        issuer.get(path, headers=given) for path in ("/healthz", "/v1/me", "/v1/documents/NONE", "/nothing")
    ]
    numbers = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(numbers)) == len(numbers)
    deadline = time.monotonic() + WITHIN
    while (
        not set(numbers) <= (lines := logged(shared_service)).keys()
    ):  # a request is logged once it is answered
        assert time.monotonic() < deadline
    for number, answer in zip(numbers, answers, strict=True):
        assert re.fullmatch("[0-9a-f]{16}", number)
        assert lines[number] == answer.status_code
    assert MARK not in shared_service.log.read_text()


def logged(service: Running) -> dict[str, int]:
    """The statuses of requests by their number, in whole lines of the log."""
    lines = service.log.read_text().rpartition("\n")[0].splitlines()
    return {told["id"]: told["status"] for told in map(json.loads, lines) if told["event"] == "request"}
