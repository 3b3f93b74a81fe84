"""What a service says is wrong becomes the error that the same use case raises here; what it should not say stays
out of every error, and the token out of everything.
"""

import logging
import traceback
from typing import Any

import httpx
import pytest

from sanad_node.acting import NoUsableKey
from sanad_node.cli.answers import exit_code
from sanad_node.client import (
    AnswerTooLarge,
    AnswerUnreadable,
    Client,
    ServiceAddressInvalid,
    ServiceDenied,
    ServiceRefused,
    ServiceUnavailable,
    TokenInvalid,
    conversation,
)
from sanad_node.client.faults import error_of
from sanad_node.engines.base import ChainUnavailable
from sanad_node.pipeline.outbox import IdempotencyKeyInvalid, IdempotencyKeyReused
from sanad_node.pipeline.refusals import ActRefused
from sanad_node.reading import UnknownDocument
from sanad_node.types import DocumentInvalid
from sanad_node.types.checking import DocumentSaltMissing
from sanad_node.wire import IssueRequest, RotateRequest, StandingRequest
from sanad_testkit.spoken_service import TOKEN, URL, Spoken, act_view, problem
from sanad_verifier.errors import EvidenceError, InputError, SanadError

REQUEST = IssueRequest(type="FILE", formation="CELL")


def at(pointer: str, code: str = "X", detail: str = "no") -> dict[str, Any]:
    return {"errors": [{"pointer": pointer, "code": code, "detail": detail}]}


@pytest.mark.parametrize(
    ("answer", "kind", "field", "exits"),
    [
        (problem(404, "UNKNOWN_DOCUMENT", **at("ID")), UnknownDocument, "ID", 3),
        (problem(409, "NO_USABLE_KEY", **at("/as")), NoUsableKey, "--as", 3),
        (problem(422, "FORMATIONS_OUT_OF_SCOPE", **at("/as")), ActRefused, "--as", 1),
        (problem(422, "IDEMPOTENCY_KEY_REUSED", **at("Idempotency-Key")), IdempotencyKeyReused, "idempotencyKey", 3),
        (problem(400, "JSON_FLOAT", **at("/number")), InputError, "/number", 3),
        (problem(400, "NOT_KNOWN_HERE", **at("/seal")), ServiceRefused, "--seal", 3),
        (problem(422, "NOT_KNOWN_HERE"), ServiceDenied, None, 1),
        (problem(500, "NOT_KNOWN_HERE"), ServiceUnavailable, None, 3),
        (problem(422, "ROOT_DIFFERS"), EvidenceError, None, 1),
        (httpx.Response(404, text="<h1>Not found</h1>"), AnswerUnreadable, None, 3),
        (httpx.Response(400, json={"code": "lower case"}), AnswerUnreadable, None, 3),
        (httpx.Response(400, json=["code"]), AnswerUnreadable, None, 3),
    ],
)  # fmt: skip
def test_a_problem_is_the_error_of_its_code(
    answer: httpx.Response, kind: type[SanadError], field: str | None, exits: int
) -> None:
    service = Spoken(faults=[("before", answer)])
    with pytest.raises(kind) as told:
        service.client().issue(REQUEST, b"a")
    assert told.value.field == field
    assert exit_code(told.value) == exits
    if answer.headers["Content-Type"] == "application/json" and isinstance(answer.json(), dict):
        assert told.value.code in {answer.json()["code"], "ANSWER_UNREADABLE"}


def test_the_chain_out_of_reach_is_told_as_such() -> None:
    codes = {str(cls.__dict__["code"]) for cls in (ChainUnavailable, *ChainUnavailable.__subclasses__())}
    for code in codes:
        assert isinstance(error_of(503, {"code": code, "detail": "no"}), ChainUnavailable)


def test_the_problems_of_a_document_are_within_the_document() -> None:
    told = {
        "code": "DOCUMENT_INVALID",
        "detail": "/currency: wrong (and 1 more)",
        "errors": [
            {"pointer": "/document/currency", "code": "WRONG_TYPE", "detail": "wrong"},
            {"pointer": "/document", "code": "MEMBER_MISSING", "detail": "missing"},
        ],
    }
    error = error_of(422, told)
    assert isinstance(error, DocumentInvalid)
    assert error.field == "/currency"
    assert [(one.pointer, one.code) for one in error.problems] == [
        ("/currency", "WRONG_TYPE"),
        ("", "MEMBER_MISSING"),
    ]
    assert isinstance(error_of(422, {**told, "code": "DOCUMENT_SALT_MISSING"}), DocumentSaltMissing)


def test_a_refused_act_is_raised_with_its_code_and_what_to_correct() -> None:
    view = act_view(state="refused", code="CUSTODY_ON_HOLD", message="the consignment is on hold", entry=None)
    with pytest.raises(ActRefused) as told:
        Spoken(view=view).client().change_standing("K-1", StandingRequest(change="revoke", reason="fraud"))
    assert (told.value.code, told.value.field, told.value.message) == (
        "CUSTODY_ON_HOLD",
        "ID",
        "the consignment is on hold",
    )


def test_of_several_acts_the_first_that_is_refused_is_told() -> None:
    class Rotating(Spoken):
        def _answer(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                return httpx.Response(202, json={"acts": [{"act": "1" * 32}, {"act": "2" * 32}]})
            refused = request.url.path.endswith("1" * 32)
            more = {"state": "refused", "code": "FORMATIONS_KEY_TAKEN"} if refused else {}
            return httpx.Response(200, json=act_view(**more))

    service = Rotating()
    with pytest.raises(ActRefused) as told:
        service.client().rotate_key("CELL", RotateRequest())
    assert (told.value.code, told.value.field) == ("FORMATIONS_KEY_TAKEN", "--address")


def test_what_the_service_says_cannot_write_to_a_terminal() -> None:
    error = error_of(400, {"code": "NOT_KNOWN_HERE", "detail": "a\x1b]0;owned\x07\nb" + "c" * 9000})
    assert "\x1b" not in error.message
    assert "\n" not in error.message
    assert len(error.message) <= 2000


@pytest.mark.parametrize(
    "fault",
    [
        problem(401, "SIGN_IN_NEEDED"),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        httpx.Response(200, text="not json"),
    ],
    ids=["problem", "unreachable", "reset", "redirect", "unreadable"],
)
def test_the_token_is_in_one_header_and_nowhere_else(
    fault: Exception | httpx.Response, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service = Spoken(faults=[("before", fault)] * 2000)
    client = service.client()
    with pytest.raises(SanadError) as told:
        client.issue(REQUEST, b"a")
    assert {request.headers["Authorization"] for request in service.asked} == {f"Bearer {TOKEN}"}
    assert {request.url.host for request in service.asked} == {"127.0.0.1"}
    shown = "".join(traceback.format_exception(told.value)) + repr(client) + repr(vars(client)) + caplog.text
    assert TOKEN not in shown
    assert all(TOKEN not in str(request.url) for request in service.asked)


@pytest.mark.parametrize(
    "url",
    [
        "http://sanad.example",
        "ftp://127.0.0.1",
        "https://user:secret@sanad.example",
        "https://sanad.example/?token=1",
        "https://",
        "sanad.example",
        "http://[::1",
        "https://sanad.example:99999",
        "http://127.0.0.1.example",
    ],
)
def test_a_token_is_not_sent_to_an_address_that_does_not_keep_it(url: str) -> None:
    with pytest.raises(ServiceAddressInvalid):
        Client(url, TOKEN)


@pytest.mark.parametrize("url", [URL, "http://localhost:8080/", "http://[::1]:8080", "https://sanad.example"])
def test_this_machine_and_tls_keep_a_token(url: str) -> None:
    assert url.rstrip("/") in repr(Client(url, TOKEN, transport=httpx.MockTransport(Spoken())))


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "é"])
def test_a_token_that_is_none_is_refused_before_it_is_sent(token: str) -> None:
    with pytest.raises(TokenInvalid):
        Client(URL, token)


@pytest.mark.parametrize("key", ["", "é", "k" * 129, "a\nb", " a"])
def test_a_key_that_is_none_is_refused_before_it_is_sent(key: str) -> None:
    service = Spoken()
    with pytest.raises(IdempotencyKeyInvalid):
        service.client().issue(REQUEST, b"a", key=key)
    assert service.asked == []


def test_an_answer_beyond_all_measure_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "ANSWER_AT_MOST", 10_000)
    read = 0

    def endless() -> object:
        nonlocal read
        for _ in range(1000):
            read += 1000
            yield b"x" * 1000

    class Large(Spoken):
        def _answer(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=endless())  # type: ignore[arg-type]

    with pytest.raises(AnswerTooLarge):
        Large().client().trust()
    assert read <= 12_000


def test_a_compressed_answer_is_not_unpacked() -> None:
    class Packed(Spoken):
        def _answer(self, request: httpx.Request) -> httpx.Response:
            stream = httpx.ByteStream(b"\x1f\x8b\x08")
            return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=_Unread(stream))

    service = Packed()
    with pytest.raises(AnswerUnreadable):
        service.client().trust()
    assert service.asked[0].headers["Accept-Encoding"] == "identity"


class _Unread(httpx.SyncByteStream):
    """A body that has not arrived yet."""

    def __init__(self, stream: httpx.ByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> object:  # type: ignore[override]
        return iter(self._stream)


@pytest.mark.parametrize("identifier", ["MSKU1234565 / 0417W", "P/1", "..", "a?b#c", "é", "%2F"])
def test_an_identifier_is_one_segment_of_the_address_whatever_is_in_it(identifier: str) -> None:
    service = Spoken(faults=[("before", problem(404, "UNKNOWN_CONSIGNMENT"))])
    with pytest.raises(SanadError):
        service.client().consignment(identifier)
    raw = service.asked[0].url.raw_path.decode()
    assert raw.count("/") == 3
    assert service.asked[0].url.query == b""
