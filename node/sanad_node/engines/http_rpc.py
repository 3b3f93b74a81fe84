"""JSON-RPC over HTTP to a chain's node that somebody else may run: nothing it does costs more than it may.

An answer has a largest size and a time by which it must be whole. It is read uncompressed, so that few bytes cannot
become many; redirects are not followed and no proxy is asked, so that the question goes where it was meant to go. What
an answer *says* is not believed here: that is the matter of `sealed`.
"""

import itertools
import time
from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from sanad_node.engines.base import ChainUnavailable
from sanad_node.engines.endpoints import Endpoint, EndpointInvalid
from sanad_node.engines.rpc import RpcRefused, in_order, request, result

Json = Any
ANSWER_AT_MOST = 64 << 20
"""Bytes: the receipts of a full block of 120 million gas are less than half of it."""
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0


class HttpRpc:
    """Callable from any thread. `timeout` in seconds, `at_most` in bytes."""

    def __init__(
        self, endpoint: Endpoint, *, timeout: float = ANSWER_SECONDS, at_most: int = ANSWER_AT_MOST
    ) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._at_most = at_most
        self._numbers = itertools.count(1)
        self._client = httpx.Client(
            verify=endpoint.context() if endpoint.url.startswith("https") else False,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
        )

    def call(self, method: str, *params: Json, timeout: float | None = None) -> Json:
        """The result of one call; raises `RpcRefused`, `CallReverted` or `ChainUnavailable`."""
        number = next(self._numbers)
        told = self._exchange(request(number, method, params), timeout)
        answers = in_order([told], number, 1)
        if answers is None:
            raise self._unusable("gave an answer to another question")
        return self._result(answers[0])

    def batch(self, calls: Sequence[tuple[str, Sequence[Json]]], timeout: float | None = None) -> list[Json]:
        """The results of several calls in one exchange, in their order; raises what the first that failed raises."""
        if not calls:
            return []
        message = [request(at, method, params) for at, (method, params) in enumerate(calls, start=1)]
        told = self._exchange(message, timeout)
        answers = in_order(told, 1, len(calls))
        if answers is None:
            if isinstance(told, dict) and isinstance(told.get("error"), dict):
                raise RpcRefused(0, str(told["error"].get("message", "")))
            raise self._unusable("gave answers to other questions")
        return [self._result(answer) for answer in answers]

    def close(self) -> None:
        self._client.close()

    def _result(self, answer: dict[str, Json]) -> Json:
        if answer.get("jsonrpc") != "2.0" or ("result" in answer) == (answer.get("error") is not None):
            raise self._unusable("did not answer as JSON-RPC 2.0 does")
        return result(answer)

    def _exchange(self, message: Json, timeout: float | None) -> Json:
        until = time.monotonic() + (timeout or self._timeout)
        try:
            headers = self._endpoint.headers()
        except EndpointInvalid as error:
            raise ChainUnavailable(f"{self._endpoint.name}: {error.message}", field="endpoint") from error
        body = bytearray()
        try:
            with self._client.stream(
                "POST", self._endpoint.url, content=orjson.dumps(message), headers=headers
            ) as answer:
                self._must_be_fit(answer)
                for part in answer.iter_raw():
                    body += part
                    if len(body) > self._at_most:
                        raise self._unusable("gave an answer larger than any that is expected")
                    if time.monotonic() > until:
                        raise self._unusable("did not answer in time")
        except httpx.TimeoutException as error:
            raise self._unusable("did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self._unusable(f"cannot be reached ({type(error).__name__})") from error
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise self._unusable("gave an answer that is not JSON") from error

    def _must_be_fit(self, answer: httpx.Response) -> None:
        if answer.status_code in {401, 403}:
            raise self._unusable(f"lets nobody in with this token (HTTP {answer.status_code})")
        if answer.status_code != 200:
            raise self._unusable(f"answered HTTP {answer.status_code}")
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise self._unusable("gave a compressed answer, which it was asked not to")

    def _unusable(self, what: str) -> ChainUnavailable:
        return ChainUnavailable(f"{self._endpoint.name} {what}", field="endpoint")
