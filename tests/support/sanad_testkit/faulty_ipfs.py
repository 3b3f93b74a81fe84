"""An HTTP server that answers as an IPFS node must not: silent, dripping, flooding, lying, cut short, full.

It speaks on sockets, since a server of a library would mend half of it.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sanad_node.ipfs.rpc import IpfsNode
from sanad_node.ipfs.settings import IpfsSettings, holders

Say = Callable[[socket.socket, str, threading.Event], None]
OTHER = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
GIVEN = b"these are not the bytes you asked for"


def _json(told: object, status: str = "200 OK") -> Say:
    def say(to: socket.socket, _path: str, _end: threading.Event) -> None:
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        to.sendall(head.encode() + body)

    return say


def _raw(answer: bytes) -> Say:
    return lambda to, _path, _end: to.sendall(answer)


def _silent(_to: socket.socket, _path: str, end: threading.Event) -> None:
    end.wait()


def _drip(head: bytes, piece: bytes) -> Say:
    """A byte now and then: no single read ever takes long."""

    def say(to: socket.socket, _path: str, end: threading.Event) -> None:
        to.sendall(head)
        while not end.wait(0.01):
            to.sendall(piece)

    return say


def _flood(to: socket.socket, _path: str, end: threading.Event) -> None:
    to.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    while not end.is_set():
        to.sendall(piece)


def _error(words: str) -> Say:
    return _json({"Message": words, "Code": 0, "Type": "error"}, "500 Internal Server Error")


def _lies(to: socket.socket, path: str, end: threading.Event) -> None:
    if path.startswith("/api/v0/cat"):
        _raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(GIVEN), GIVEN))(to, path, end)
    elif path.startswith("/api/v0/add"):
        _json({"Name": OTHER, "Hash": OTHER, "Size": "7"})(to, path, end)
    elif path.startswith("/api/v0/pin/ls"):
        _json({"Keys": {OTHER: {"Type": "recursive"}}})(to, path, end)
    else:
        _json({"Pins": [OTHER]})(to, path, end)


WAYS: dict[str, Say] = {
    "silent": _silent,
    "dripping": _drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "dripping-head": _drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "flooding": _flood,
    "huge": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n" + bytes(1 << 20)),
    "lying": _lies,
    "cut-short": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
    "shorter": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nonly this"),
    "full": _error("write /repo/blocks: no space left on device"),
    "gave-up": _error("context deadline exceeded"),
    "refusing": _json({"Message": "403 - Access Forbidden", "Code": 0, "Type": "error"}, "403 Forbidden"),
    "refusing-in-text": _raw(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nforbidden"),
    "another-server": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>Hi</html>"),
    "other-json": _json([1, {"Hash": 5, "Keys": [], "Pins": "no"}]),
    "redirecting": _raw(
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    ),
    "closing": _raw(b""),
}


@contextmanager
def faulty_node(way: str) -> Iterator[str]:
    """The address of a server that answers everything in one of the `WAYS`."""
    end = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            thread = threading.Thread(target=_answer, args=(connection, WAYS[way], end), daemon=True)
            thread.start()
            threads.append(thread)

    accepting = threading.Thread(target=serve, daemon=True)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        end.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for thread in [accepting, *threads]:
            thread.join(10)


def _answer(connection: socket.socket, say: Say, end: threading.Event) -> None:
    with connection, suppress(OSError):
        connection.settimeout(5)
        path = _read_request(connection)
        say(connection, path, end)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            continue


def _read_request(connection: socket.socket) -> str:
    """The path of a request that was read to its end, so that closing does not reset the connection."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += _more(connection)
    head, _, body = seen.partition(b"\r\n\r\n")
    while b"transfer-encoding: chunked" in head.lower() and not body.endswith(b"0\r\n\r\n"):
        body += _more(connection)
    return head.split(b" ")[1].decode()


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise ConnectionError("the client has gone")
    return piece


def client_of(url: str, **more: object) -> IpfsNode:
    """A client that soon loses patience."""
    told = {"rpc": url, "connect_seconds": 2, "read_seconds": 0.2, "call_seconds": 0.4, **more}
    settings = IpfsSettings.model_validate(told)
    return IpfsNode(holders(settings, Path("/nowhere"))[0], settings)
