"""One request and its answer: sent again while that can help, bounded in time and size, told as our own errors.

The token goes into one header and nowhere else: not into addresses, errors, logs or the client's repr.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import orjson
from pydantic import ValidationError

from sanad_node.client.faults import (
    AnswerTooLarge,
    AnswerUnreadable,
    ServiceUnreachable,
    ServiceUntrusted,
    error_of,
)
from sanad_node.client.retrying import Timeouts, is_transient, pause, retry_after
from sanad_node.service_address import must_be_address
from sanad_node.wire import Answer
from sanad_verifier.errors import InputError, SanadError

ANSWER_AT_MOST = 160 << 20
"""A bundle holds a document of 64 MiB and proofs; no other answer is nearly as large."""
UNHEARD = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
T = TypeVar("T", bound=Answer)
Params = Mapping[str, str | int | bool | None]


class TokenInvalid(InputError):
    """A token is one line of printable ASCII without blanks."""

    code = "TOKEN_INVALID"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, ready to be sent as often as it takes."""

    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    read: float | None = None

    @classmethod
    def json(cls, path: str, members: object, **more: Any) -> "Ask":
        """A POST of a JSON body."""
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        return cls("POST", path, headers=headers, body=orjson.dumps(members), **more)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer. `heard` counts the tries that may have reached the service."""

    status: int
    headers: httpx.Headers
    body: bytes
    heard: int = 1

    def json(self) -> Any:
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise AnswerUnreadable("the answer is not JSON; is the address right?") from None

    def read(self, model: type[T]) -> T:
        """The answer as a model."""
        try:
            return model.read(self.json())
        except ValidationError:
            raise AnswerUnreadable("the answer is not of the form this version knows") from None


class Conversation:
    """All requests of one client. Thread-safe, as httpx's client is."""

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        timeouts: Timeouts,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = must_be_address(url)
        self.timeouts = timeouts
        self.clock = clock
        self.sleep = sleep
        secure = self.url.startswith("https:")
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Accept-Encoding": "identity", "User-Agent": "sanad", **_authorisation(token)},
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            follow_redirects=False,
            trust_env=False,  # a .netrc or proxy of the environment must not see or replace the token
            verify=ssl.create_default_context() if secure and transport is None else True,
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, params: Params | None = None, *, read: float | None = None) -> Told:
        """The answer to a GET."""
        return self.ask(Ask("GET", path, texts(params), read=read))

    def ask(self, asked: Ask) -> Told:
        """Send until answered; raises the service's problem, or `ServiceUnreachable`."""
        deadline = self.clock() + self.timeouts.patience
        attempt = heard = 0
        while True:
            wanted = 0.0
            try:
                with self.open(asked) as response:
                    told = Told(response.status_code, response.headers, read_all(response), heard + 1)
                heard += 1
                if 200 <= told.status < 300:
                    return told
                failure = problem_of(told)
                if not is_transient(told.status, failure.code):
                    raise failure
                wanted = retry_after(told.headers.get("Retry-After"))
            except httpx.TransportError as error:
                failure = unreachable(error)
                heard += not isinstance(error, UNHEARD)
            waiting = pause(attempt, wanted)
            if self.clock() + waiting > deadline:
                raise failure
            self.sleep(waiting)
            attempt += 1

    @contextmanager
    def open(self, asked: Ask) -> Iterator[httpx.Response]:
        """One try, with the body yet to be read."""
        request = self._http.build_request(
            asked.method,
            asked.path,
            params=asked.params or None,
            headers=asked.headers,
            content=asked.body,
            timeout=httpx.Timeout(asked.read or self.timeouts.read, connect=self.timeouts.connect),
        )
        response = self._http.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()


def read_all(response: httpx.Response) -> bytes:
    """The body; refused when it is compressed, which nobody asked for, or beyond all measure."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise AnswerUnreadable("the answer is compressed, which was not asked for")
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > ANSWER_AT_MOST:
            raise AnswerTooLarge("the answer is larger than a client takes")
        parts.append(part)
    return b"".join(parts)


def problem_of(told: Told) -> SanadError:
    """The error that an answer which is no success tells."""
    try:
        members = orjson.loads(told.body)
    except orjson.JSONDecodeError:
        members = None
    return error_of(told.status, members)


def unreachable(error: httpx.TransportError) -> ServiceUnreachable:
    """No answer, without what httpx knows of the request. A certificate that is not trusted will not be."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        raise ServiceUntrusted("the certificate of the service is not trusted here", field="--url") from None
    return ServiceUnreachable(f"the service cannot be reached ({type(error).__name__})", field="--url")


def texts(params: Params | None) -> dict[str, str]:
    """Parameters of an address; those that say nothing are left out."""
    named = {name: value for name, value in (params or {}).items() if value is not None}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in named.items()
    }


def segment(text: str | int) -> str:
    """A text as one segment of a path, whatever is in it."""
    return quote(str(text), safe="") if text not in {".", ".."} else str(text).replace(".", "%2E")


def _authorisation(token: str | None) -> dict[str, str]:
    if token is None:
        return {}
    if not token.isascii() or not token.isprintable() or not token or " " in token:
        raise TokenInvalid("a token is one line of printable ASCII without blanks", field="--token-file")
    return {"Authorization": f"Bearer {token}"}
