"""A wire to a PostgreSQL server that is cut at a chosen moment: before a commit reaches the server, or after the
server has done it and before anybody hears.
"""

import socket
import threading
from contextlib import suppress
from typing import Literal, Self

Moment = Literal["before", "after"]
CHUNK = 1 << 16
COMMIT = b"COMMIT"
READY = b"Z\x00\x00\x00\x05"
"""ReadyForQuery (PostgreSQL manual, 53.7): the server has answered."""


class CuttingProxy:
    """Use as a context manager. `cut` arms it for so many commits; in between, connections are as good as direct."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._moment: Moment = "before"
        self._left = 0
        self._open: set[socket.socket] = set()
        self.refusing = False
        self.cuts = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut_all()

    def cut(self, moment: Moment, times: int = 1) -> None:
        """Cut the next commits, at this moment."""
        with self._lock:
            self._moment, self._left = moment, times

    def cut_all(self) -> None:
        """Cut every connection that is open now."""
        with self._lock:
            open_ = list(self._open)
        for one in open_:
            _end(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refusing:
                    _end(client)
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._server))
                except OSError:
                    _end(client)
                    continue
                with self._lock:
                    self._open |= {client, server}
                deaf = threading.Event()
                threading.Thread(target=self._ask, args=(client, server, deaf), daemon=True).start()
                threading.Thread(target=self._answer, args=(client, server, deaf), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(CHUNK):
                if COMMIT in data and (moment := self._take()):
                    if moment == "before":
                        break
                    deaf.set()  # what the server answers from here on is not passed on
                server.sendall(data)
        if not deaf.is_set():
            _end(client)
            _end(server)

    def _answer(self, client: socket.socket, server: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(CHUNK):
                if not deaf.is_set():
                    client.sendall(data)
                elif READY in data:
                    break
        _end(client)
        _end(server)

    def _take(self) -> Moment | None:
        with self._lock:
            if not self._left:
                return None
            self._left -= 1
            self.cuts += 1
            return self._moment


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
