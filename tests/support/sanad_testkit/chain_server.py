"""A chain's node over HTTP, as far as an endpoint is asked; what it answers, and how, is the test's to change."""

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from sanad_node.engines.base import CallReverted
from sanad_node.engines.rpc import RpcRefused
from sanad_testkit.qbft_chain import Chain

Json = Any


class ChainServer:
    """`change` is given the method and the result of each question, and gives the result told; `send` is given the
    handler and the body, and sends it.
    """

    def __init__(self, chain: Chain, context: ssl.SSLContext | None = None) -> None:
        self.chain = chain
        self.change: Callable[[str, Json], Json] = lambda _, result: result
        self.send: Callable[[BaseHTTPRequestHandler, bytes], None] = send
        self.closed = False
        self.headers: list[dict[str, str]] = []
        self.methods: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                if server.closed:  # on a connection that was kept open
                    self.close_connection = True
                    return
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                told = [server.told(one) for one in asked] if isinstance(asked, list) else server.told(asked)
                server.send(self, json.dumps(told).encode())

            def log_message(self, *args: Any) -> None:
                return

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        if context is not None:
            self._httpd.socket = context.wrap_socket(self._httpd.socket, server_side=True)
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._httpd.server_address[1]}"
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def told(self, asked: Json) -> Json:
        self.methods.append(asked["method"])
        answer: dict[str, Json] = {"jsonrpc": "2.0", "id": asked["id"]}
        try:
            result = self.change(asked["method"], self.chain.answer(asked["method"], asked["params"]))
        except CallReverted as reverted:
            error = {"code": 3, "message": "Execution reverted", "data": "0x" + reverted.data.hex()}
            return {**answer, "error": error}
        except RpcRefused as refused:
            return {**answer, "error": {"code": refused.code, "message": refused.message}}
        return {**answer, "result": result}

    def close(self) -> None:
        self.closed = True
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def send(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """As it should be."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
