"""The client sends the same request again while that can help, and nothing is done twice by it."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.client import ServiceUnavailable, ServiceUnreachable, Timeouts
from sanad_node.client.retrying import FIRST, LONGEST, pause, retry_after
from sanad_node.wire import IssueRequest, VerifyRequest
from sanad_testkit.spoken_service import Spoken, act_view, problem
from sanad_verifier.errors import SanadError

REQUEST = IssueRequest(type="FILE", formation="CELL", number="K-1")

FAULTS = [
    pytest.param("before", httpx.ConnectError("refused"), id="connection-refused"),
    pytest.param("before", httpx.ConnectTimeout("slow"), id="connection-timed-out"),
    pytest.param("before", problem(429, "TOO_MANY_REQUESTS"), id="too-many-requests"),
    pytest.param("before", problem(503, "CHAIN_UNAVAILABLE"), id="unavailable"),
    pytest.param("before", httpx.Response(502, text="<h1>Bad gateway</h1>"), id="a-proxy's-page"),
    pytest.param("before", problem(409, "IDEMPOTENCY_IN_FLIGHT"), id="in-flight"),
    pytest.param("lost", httpx.ReadTimeout("slow"), id="done-but-answer-late"),
    pytest.param("lost", httpx.ReadError("reset"), id="done-but-connection-reset"),
    pytest.param("lost", httpx.RemoteProtocolError("cut"), id="done-but-answer-cut-off"),
    pytest.param("lost", httpx.Response(502), id="done-but-gateway-failed"),
]  # fmt: skip


@pytest.mark.parametrize(("when", "fault"), FAULTS)
@pytest.mark.parametrize("content", [None, b"the file's bytes"], ids=["json", "file"])
def test_a_request_that_failed_once_is_sent_again_as_it_was_and_done_once(
    when: str, fault: Exception | httpx.Response, content: bytes | None
) -> None:
    honest = Spoken()
    wanted = honest.client().issue(REQUEST, content)
    assert len(honest.acts) == 1  # without the fault once is enough
    service = Spoken(faults=[(when, fault)])
    assert service.client().issue(REQUEST, content) == wanted
    first, second = service.acts
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert first.content == second.content
    assert len(service.done) == 1


def test_two_requests_have_two_keys_that_name_the_transmission_only() -> None:
    service = Spoken()
    client = service.client()
    client.issue(REQUEST, b"a")
    client.issue(REQUEST, b"a")
    assert len(service.done) == 2
    assert {request.headers["Idempotency-Scope"] for request in service.acts} == {"request"}


def test_a_key_of_the_caller_s_names_the_act() -> None:
    service = Spoken()
    client = service.client()
    first = client.issue(REQUEST, b"a", key="mine")
    again = client.issue(REQUEST, b"a", key="mine")
    assert (first.replayed, again.replayed) == (False, True)
    assert (first.idempotency_key, list(service.done)) == ("mine", ["mine"])
    assert all("Idempotency-Scope" not in request.headers for request in service.acts)


def test_a_retry_of_one_s_own_is_not_told_as_a_replay() -> None:
    service = Spoken(faults=[("lost", httpx.ReadTimeout("slow"))])
    assert not service.client().issue(REQUEST, b"a", key="mine").replayed


def test_patience_ends_and_the_last_fault_is_told() -> None:
    service = Spoken(faults=[("before", httpx.ConnectError("refused"))] * 1000)
    with pytest.raises(ServiceUnreachable) as told:
        service.client(timeouts=Timeouts(patience=20)).issue(REQUEST, b"a")
    assert told.value.field == "--url"
    assert service.clock.now <= 20
    assert 4 < len(service.asked) < 1000
    assert not service.done


@pytest.mark.parametrize(
    "fault",
    [
        problem(400, "SURPRISING_CODE"),
        problem(409, "NUMBER_IN_USE"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        httpx.Response(200, text="<h1>Welcome</h1>"),
        problem(500, "INTERNAL_FAULT"),
    ],
    ids=["refused", "conflict", "redirect", "not-json", "fault"],
)  # fmt: skip
def test_what_would_not_change_is_not_sent_again(fault: httpx.Response) -> None:
    service = Spoken(faults=[("before", fault)])
    with pytest.raises(SanadError):
        service.client().issue(REQUEST, b"a")
    assert len(service.asked) == 1


def test_what_the_service_asks_for_is_waited() -> None:
    fault = problem(503, "CHAIN_UNAVAILABLE", headers={"Retry-After": "7"})
    service = Spoken(faults=[("before", fault)])
    service.client().issue(REQUEST, b"a")
    assert service.clock.slept[0] == 7


def test_a_wait_beyond_patience_is_told_at_once() -> None:
    fault = problem(429, "TOO_MANY_REQUESTS", headers={"Retry-After": "3600"})
    service = Spoken(faults=[("before", fault)])
    with pytest.raises(ServiceUnavailable) as told:
        service.client().issue(REQUEST, b"a")
    assert told.value.code == "TOO_MANY_REQUESTS"
    assert service.clock.slept == []


def test_an_act_is_followed_until_it_is_final() -> None:
    service = Spoken(view=act_view(state="accepted", entry=None, block=None, tx=None))
    looks = 0
    answer = service._answer

    def moving(request: httpx.Request) -> httpx.Response:
        nonlocal looks
        looks += request.method == "GET"
        if looks == 3:
            service.view = act_view()
        return answer(request)

    service._answer = moving  # type: ignore[method-assign]
    assert service.client().issue(REQUEST, b"a").state == "final"
    assert looks == 3


def test_an_act_that_is_not_final_in_time_is_told_as_it_stands() -> None:
    service = Spoken(view=act_view(state="accepted", entry=None, block=None, tx=None))
    answer = service._answer

    def slow(request: httpx.Request) -> httpx.Response:
        service.clock.now += int(request.url.params.get("wait", 0))
        return answer(request)

    service._answer = slow  # type: ignore[method-assign]
    told = service.client(timeouts=Timeouts(follow=12)).issue(REQUEST, b"a")
    assert (told.state, told.entry) == ("accepted", None)
    assert service.clock.now >= 12
    assert len(service.asked) < 10


VERDICT = {
    "verdict": "unknown", "answers": {}, "state": "", "digest": "", "type": "", "issuer": "",
    "issuedAt": 0, "entry": None, "asOf": 0, "replacedBy": "",
}  # fmt: skip


class Verifying(Spoken):
    """A service that is asked for verdicts."""

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return httpx.Response(200, json=VERDICT)


def test_verifying_needs_no_key_and_is_sent_again_too() -> None:
    service = Verifying(faults=[("lost", httpx.ReadError("reset"))])
    assert service.client().verify(VerifyRequest(subject="X"), b"bytes").verdict == "unknown"
    first, second = service.acts
    assert first.content == second.content
    assert "Idempotency-Key" not in first.headers


@given(st.integers(0, 200), st.floats(0, 100), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_jittered_bounded_and_never_shorter_than_asked(
    attempt: int, asked: float, chance: float
) -> None:
    waited = pause(attempt, asked, lambda: chance)
    assert waited >= asked
    assert waited <= max(asked, min(LONGEST, FIRST * 2.0 ** min(attempt, 16)))


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 0), ("3", 3), ("-1", 0), ("Mon, 23 Nov 2026 00:00:00 GMT", 0), ("٣", 0)]
)
def test_a_pause_is_asked_for_in_seconds(header: str | None, seconds: float) -> None:
    assert retry_after(header) == seconds
