"""JSON-RPC over a Unix socket: one question, one answer, within a time limit.

Anvil ends each message with a newline, and JSON never holds a raw one, so a line is a message however
large. A client serves several threads in turn. After any failure the connection is dropped, since its next
answer could belong to an earlier question; the following call connects anew.
"""

import os
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from sanad_node.engines.base import CallReverted, ChainUnavailable

Json = Any  # what orjson gives: the callers know the shape they asked for
RECEIVE_BYTES = 1 << 20
REVERTED = 3  # JSON-RPC error code of a revert, with its data


class RpcRefused(Exception):
    """The node answered with an error. `message` is the node's own text."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RpcClient:
    """A connection to `name` in `folder`, made when first needed.

    The folder is reached through an open descriptor, since a socket's address is limited to 108 bytes.
    """

    def __init__(self, folder: Path, name: str, *, timeout: float = 30.0) -> None:
        self._folder = folder
        self._name = name
        self._timeout = timeout
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._pending = bytearray()
        self._last = 0
        self._asked_at: float | None = None

    def call(self, method: str, *params: Json, timeout: float | None = None) -> Json:
        """The result of one call; raises `RpcRefused`, `CallReverted` or `ChainUnavailable`."""
        with self._lock:
            self._last += 1
            answer = self._exchange(request(self._last, method, params), timeout or self._timeout)
            if not isinstance(answer, dict) or answer.get("id") != self._last:
                raise self._broken("the chain node gave an answer to another question")
        return result(answer)

    def batch(self, calls: Sequence[tuple[str, Sequence[Json]]], timeout: float | None = None) -> list[Json]:
        """The results of several calls in one exchange, in their order; raises what the first that failed raises."""
        if not calls:
            return []
        with self._lock:
            first = self._last + 1
            self._last += len(calls)
            message = [request(first + at, method, params) for at, (method, params) in enumerate(calls)]
            answers = in_order(self._exchange(message, timeout or self._timeout), first, len(calls))
            if answers is None:
                raise self._broken("the chain node gave answers to other questions")
        return [result(answer) for answer in answers]

    def waited(self) -> float:
        """Seconds that a question has been waiting for its answer; 0 if none does. From any thread, at any time."""
        since = self._asked_at
        return 0.0 if since is None else time.monotonic() - since

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _exchange(self, message: Json, timeout: float) -> Json:
        self._asked_at = time.monotonic()
        until = self._asked_at + timeout
        try:
            connection = self._connected(timeout)
            connection.sendall(orjson.dumps(message) + b"\n")
            while b"\n" not in self._pending[-RECEIVE_BYTES:]:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                connection.settimeout(left)
                received = connection.recv(RECEIVE_BYTES)
                if not received:
                    raise self._broken("the chain node closed the connection")
                self._pending += received
            line, _, rest = self._pending.partition(b"\n")
            if rest:
                raise self._broken("the chain node said more than it was asked")
            self._pending.clear()
            return orjson.loads(line)
        except TimeoutError as error:
            raise self._broken("the chain node did not answer in time") from error
        except OSError as error:
            raise self._broken("the chain node cannot be reached") from error
        except orjson.JSONDecodeError as error:
            raise self._broken("the chain node's answer is not JSON") from error
        finally:
            self._asked_at = None

    def _connected(self, timeout: float) -> socket.socket:
        if self._socket is None:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                made.settimeout(timeout)
                made.connect(f"/proc/self/fd/{folder}/{self._name}")
            except OSError:
                made.close()
                raise
            finally:
                os.close(folder)
            self._socket = made
        self._socket.settimeout(timeout)
        return self._socket

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._pending.clear()

    def _broken(self, reason: str) -> ChainUnavailable:
        self._drop()
        return ChainUnavailable(reason, field="chain")


def in_order(told: Json, first: int, count: int) -> list[dict[str, Json]] | None:
    """The answers to the questions numbered `first` and on, in their order; None if these are not the answers."""
    if not isinstance(told, list) or len(told) != count or not all(isinstance(one, dict) for one in told):
        return None
    numbers = [one.get("id") for one in told]
    if not all(type(number) is int for number in numbers) or sorted(numbers) != list(
        range(first, first + count)
    ):
        return None
    return sorted(told, key=lambda one: int(one["id"]))


def request(number: int, method: str, params: Sequence[Json]) -> dict[str, Json]:
    """A question of JSON-RPC 2.0."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def result(answer: dict[str, Json]) -> Json:
    """What was answered; raises `CallReverted` or `RpcRefused`."""
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    if not isinstance(error, dict):
        raise RpcRefused(0, "")
    code, message, data = error.get("code"), str(error.get("message", "")), error.get("data")
    if code == REVERTED or message.lower().startswith("execution reverted"):
        raise CallReverted(_revert_data(data))
    if message.startswith("EVM error"):  # out of gas, invalid opcode: the contract refused without a word
        raise CallReverted(b"")
    raise RpcRefused(code if isinstance(code, int) else 0, message)


def _revert_data(data: Json) -> bytes:
    try:
        return bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else b""
    except ValueError:
        return b""
