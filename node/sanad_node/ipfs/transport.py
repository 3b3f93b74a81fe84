"""ipfshttpclient with bounds: what it lacks to be let near a node that may be slow, hostile or somebody else's.

The library reads whole answers into memory, follows redirects, obeys proxy variables, and its time limits begin anew
with every byte. Here one call has a limit in bytes and one in seconds, whatever drips or floods; a redirect is an
error; the environment has no say. `connect()` is not used: it refuses every node newer than go-ipfs 0.7.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ipfshttpclient
import requests
import urllib3
from ipfshttpclient import http_requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from sanad_node.ipfs.errors import (
    IpfsAnswerInvalid,
    IpfsAnswerTooLarge,
    IpfsFault,
    IpfsFull,
    IpfsRefused,
    IpfsTimeout,
    IpfsUnreachable,
)
from sanad_node.ipfs.rpc import Calls
from sanad_node.ipfs.settings import Holder, IpfsSettings

PIECE = 1 << 16
SMALL = 1 << 16
"""Bytes of the longest answer that is not content."""
_NO_ROOM = ("no space left", "max storage", "storagemax", "quota exceeded", "enospc")
_GAVE_UP = ("deadline exceeded", "timed out", "timeout")
_wrong = ipfshttpclient.exceptions
_FAULTS: tuple[
    tuple[tuple[type[Exception], ...], type[IpfsFault], str], ...
] = (  # looked through in this order
    (
        (_wrong.TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError),
        IpfsTimeout,
        "the IPFS node did not answer in time",
    ),
    ((_wrong.StatusError,), IpfsRefused, "the IPFS node refused the call"),
    (
        (_wrong.ProtocolError, _wrong.EncoderError, urllib3.exceptions.HTTPError),
        IpfsAnswerInvalid,
        "the answer is not one of an IPFS node, or broke off",
    ),
    (
        (_wrong.ConnectionError, requests.ConnectionError, OSError),
        IpfsUnreachable,
        "no IPFS node answers at its address",
    ),
    (  # what the library makes of JSON that is not an IPFS node's
        (_wrong.Error, AssertionError, AttributeError, LookupError, TypeError, ValueError),
        IpfsAnswerInvalid,
        "the answer is not one of an IPFS node",
    ),
)


@contextmanager
def client(
    holder: Holder, settings: IpfsSettings, calls: Calls | None = None, *, most: int = SMALL
) -> Iterator[Any]:
    """A client of the node for one call: an answer of more than `most` bytes, or one that takes longer than the
    settings allow, is cut off. What the library raises becomes an `IpfsFault`.
    """
    watch = _Watch(most)
    timer = threading.Timer(settings.call_seconds, watch.cut)
    timer.daemon = True
    made = _Client(holder, settings, watch)
    calls = Calls() if calls is None else calls
    cut = watch.cut
    calls.begun(cut)
    timer.start()
    try:
        yield made
    except IpfsFault:
        if watch.late:
            raise _late() from None
        raise
    except Exception as error:
        fault = _late() if watch.late else fault_of(error)
        if fault is None:
            raise
        raise fault from error
    finally:
        timer.cancel()
        calls.ended(cut)
        watch.close()


def fault_of(error: Exception) -> IpfsFault | None:
    """What an error of the libraries means; None for anything else, which is a fault of ours."""
    if isinstance(error, _wrong.ErrorResponse):
        return _refusal(str(error).lower())
    return next((fault(words) for kinds, fault, words in _FAULTS if isinstance(error, kinds)), None)


def _refusal(words: str) -> IpfsFault:
    """What the node's own words mean. They are not repeated: whoever answered may have written anything."""
    if any(sign in words for sign in _NO_ROOM):
        return IpfsFull("the IPFS node has no room left")
    if any(sign in words for sign in _GAVE_UP):
        return IpfsTimeout("the IPFS node gave up looking")
    return IpfsRefused("the IPFS node refused the call")


def _late() -> IpfsTimeout:
    return IpfsTimeout("the IPFS node did not finish in time")


class _Client(ipfshttpclient.Client):  # type: ignore[misc]  # the library has no types
    """The library's client on our session."""

    def __init__(self, holder: Holder, settings: IpfsSettings, watch: "_Watch") -> None:
        self.chunk_size = PIECE
        headers = {"Accept-Encoding": "identity"}
        if holder.token:
            headers["Authorization"] = f"Bearer {holder.token}"
        self._client = _Http(
            holder.multiaddr,
            "api/v0",
            headers=headers,
            timeout=(settings.connect_seconds, settings.read_seconds),
        )
        self._client.watch = watch
        self._workarounds = self._client.workarounds


class _Http(http_requests.ClientSync):  # type: ignore[misc]
    """Its sessions are bounded, and belong to one call."""

    watch: "_Watch"

    def _make_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers.update(self._session_props.get("headers", {}))
        session.params = self._session_props.get("params", {})
        adapter = _Adapter(self.watch)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        return session


class _Watch:
    """The open connections of one call, so that it can be ended from outside."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.late = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._sockets.append(connection.dup())  # TLS takes the first one over
            if self.late:
                self._end()

    def cut(self) -> None:
        with self._lock:
            self.late = True
            self._end()

    def _end(self) -> None:
        for one in self._sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has ended by itself

    def close(self) -> None:
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets.clear()


class _Adapter(HTTPAdapter):
    """Reads the answer, as far as it may be long, before anybody else does."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _watched_pools(self._watch)

    def close(self) -> None:
        """Close the connections now: urllib3 leaves it to the garbage collector."""
        pools = self.poolmanager.pools
        for key in pools.keys():  # noqa: SIM118 - it is no mapping
            pools[key].close()
        super().close()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - always
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - none
    ) -> requests.Response:
        answer = super().send(request, stream=True, timeout=timeout, verify=verify, cert=cert)
        try:
            if 300 <= answer.status_code < 400:
                raise IpfsAnswerInvalid("the node redirects, which an IPFS node does not")
            answer._content = self._read(answer)
            if self._watch.late:  # a connection cut off among the headers looks like the end of an answer
                raise _late()
            answer._content_consumed = True
        finally:
            answer.raw.close()
        return answer

    def _read(self, answer: requests.Response) -> bytes:
        most = self._watch.most if answer.status_code == 200 else SMALL
        content = bytearray()
        while piece := answer.raw.read(min(PIECE, most + 1 - len(content)), decode_content=False):
            content += piece
            if len(content) > most:
                raise IpfsAnswerTooLarge("the answer is longer than what was asked for")
        return bytes(content)


def _watched_pools(watch: _Watch) -> dict[str, type[HTTPConnectionPool]]:
    """Pools whose connections tell when they are opened."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            made = super()._new_conn()
            watch.opened(made)
            return made

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            made = super()._new_conn()
            watch.opened(made)
            return made

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
