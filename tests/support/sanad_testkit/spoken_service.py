"""A service of a few lines, spoken to without a network: it keeps what it is asked under an idempotency key, as the
real one does, and fails where a test says so.
"""

from dataclasses import dataclass, field
from typing import Any

import httpx

from sanad_node.client import Client

URL = "http://127.0.0.1:1"
TOKEN = "sndop_" + "5a" * 32
ACT = "0a" * 16


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def problem(status: int, code: str, detail: str = "no", **more: Any) -> httpx.Response:
    """A problem as the service tells it."""
    headers = more.pop("headers", {})
    told = {"type": f"urn:sanad:problem:{code}", "status": status, "code": code, "detail": detail, **more}
    return httpx.Response(status, json=told, headers=headers)


def act_view(**more: Any) -> dict[str, Any]:
    """An act that is final, unless told otherwise."""
    return {
        "act": ACT,
        "what": "issue",
        "state": "final",
        "formation": "CELL",
        "about": {"digest": "ab" * 32, "type": "FILE", "formation": "CELL", "number": ""},
        "entry": 7,
        "block": 9,
        "tx": "cd" * 32,
        "code": None,
        "message": None,
        "at": 1,
        "idempotencyKey": "issue:1",
        **more,
    }


@dataclass
class Spoken:
    """`faults` are used up first, one for each request: `before` it is worked on, or after, when it is `lost`."""

    faults: list[tuple[str, Exception | httpx.Response]] = field(default_factory=list)
    view: dict[str, Any] = field(default_factory=act_view)
    asked: list[httpx.Request] = field(default_factory=list)
    done: dict[str, bytes] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def client(self, **more: Any) -> Client:
        return Client(
            URL, TOKEN, transport=httpx.MockTransport(self), clock=self.clock, sleep=self.clock.sleep, **more
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        when, fault = self.faults.pop(0) if self.faults else ("", None)
        if when == "before":
            return self._failed(fault, request)
        answer = self._answer(request)
        return self._failed(fault, request) if when == "lost" else answer

    @staticmethod
    def _failed(fault: Exception | httpx.Response | None, request: httpx.Request) -> httpx.Response:
        if isinstance(fault, httpx.RequestError):
            fault.request = request
        if isinstance(fault, Exception):
            raise fault
        assert fault is not None
        return fault

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=self.view)
        key = request.headers["Idempotency-Key"]
        body = request.read()
        if key in self.done and self.done[key] != body:
            return problem(422, "IDEMPOTENCY_KEY_REUSED")
        replayed = {"Idempotency-Replayed": "true"} if key in self.done else {}
        self.done[key] = body
        return httpx.Response(202, json={"act": ACT, "state": "accepted"}, headers=replayed)

    @property
    def acts(self) -> list[httpx.Request]:
        return [request for request in self.asked if request.method == "POST"]
