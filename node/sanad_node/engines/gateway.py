"""The allow-list over HTTP: JSON-RPC on a random port of the loopback interface, for tools on this machine.

A browser must not become somebody else's tool: requests with an `Origin`, another `Host` than ours, or
another content type than JSON are refused before they are read. Sizes, counts and time are bounded.
"""

import http.server
import socketserver
import threading
from types import TracebackType
from typing import Any, Self

import orjson

from sanad_node.engines.allowlist import INVALID_REQUEST, NotAnswered, answer
from sanad_node.engines.anvil import AnvilEngine
from sanad_verifier.errors import SanadError

Json = Any
BODY_BYTES = 64 * 1024
BATCH_CALLS = 50
CONNECTIONS = 16
IDLE_SECONDS = 10
PARSE_ERROR, INTERNAL = -32700, -32603


class Gateway:
    """Serves `engine`'s allow-list until closed; `url` says where."""

    def __init__(self, engine: AnvilEngine) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.engine = engine
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, name="gateway", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def respond(engine: AnvilEngine, body: bytes) -> Json:
    """The answer to one request body, single or batch; None when it holds notifications only."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _error(None, PARSE_ERROR, "the request is not JSON")
    if not isinstance(asked, list):
        return _respond_to_one(engine, asked)
    if not 1 <= len(asked) <= BATCH_CALLS:
        return _error(None, INVALID_REQUEST, f"a batch holds 1 to {BATCH_CALLS} calls")
    answers = [_respond_to_one(engine, one) for one in asked]
    return [one for one in answers if one is not None] or None


def _respond_to_one(engine: AnvilEngine, asked: Json) -> Json:
    if not isinstance(asked, dict) or asked.get("jsonrpc") != "2.0":
        return _error(None, INVALID_REQUEST, "a call is an object with jsonrpc 2.0")
    number, method, params = asked.get("id"), asked.get("method"), asked.get("params", [])
    if not isinstance(number, str | int | None) or isinstance(number, bool):
        return _error(None, INVALID_REQUEST, "the id is neither a string nor an integer")
    if not isinstance(method, str) or not isinstance(params, list):
        return _error(number, INVALID_REQUEST, "method is a string and params a list")
    try:
        result = answer(engine, method, params)
    except NotAnswered as refusal:
        return _error(number, refusal.code, refusal.message, refusal.data)
    except SanadError as error:
        return _error(number, INTERNAL, error.message)
    return None if "id" not in asked else {"jsonrpc": "2.0", "id": number, "result": result}


def _error(number: Json, code: int, message: str, data: str | None = None) -> Json:
    error: dict[str, Json] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": number, "error": error}


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    engine: AnvilEngine
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._free = threading.BoundedSemaphore(CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sanad", ""
    timeout = IDLE_SECONDS

    def do_POST(self) -> None:
        refusal = self._refusal()
        if refusal is not None:
            self._send(refusal, b"")
            self.close_connection = True
            return
        result = respond(self.server.engine, self.rfile.read(int(self.headers["Content-Length"])))
        if result is None:
            self._send(204, b"")
        else:
            self._send(200, orjson.dumps(result))

    def _refusal(self) -> int | None:
        host = self.headers.get("Host", "").rpartition(":")
        length = self.headers.get("Content-Length", "")
        if "Origin" in self.headers or host[0] not in {"127.0.0.1", "localhost"}:
            return 403
        if self.headers.get_content_type() != "application/json":
            return 415
        if (
            not (length.isascii() and length.isdigit() and len(length) < 10)
            or "Transfer-Encoding" in self.headers
        ):
            return 411
        return 413 if int(length) > BODY_BYTES else None

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        """Requests of tools on this machine are not logged."""
