"""Brings kept documents to IPFS nodes, in threads of their own: one looks for new documents, one serves each node.

A node that hangs holds up its own thread and nothing else. Erasures that were interrupted are finished here too,
whether or not IPFS is set up.
"""

import threading
from collections.abc import Callable

import structlog

from sanad_node import erasing
from sanad_node.node import Node
from sanad_verifier.errors import SanadError

log = structlog.get_logger("sanad.vault")
LOOKS_EVERY = 2.0
"""Seconds between two looks whether something is new or due."""


class Pinner:
    """Start with `start`, end with `stop`."""

    def __init__(self, node: Node, every: float = LOOKS_EVERY) -> None:
        self._node = node
        self._pins = node.pins
        self._every = every
        self._begun = threading.Event()
        self._stopping = threading.Event()
        self._told: dict[str, str] = {}
        self._threads = [threading.Thread(target=self._look, name="vault", daemon=True)]
        self._threads += [
            threading.Thread(target=self._serve, args=(one.name,), name=f"ipfs {one.name}", daemon=True)
            for one in self._pins.holders
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End. A call under way is cut off: whether it was done is found out by asking again."""
        self._stopping.set()
        self._begun.set()
        self._pins.close()
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        self._guarded("erasures", lambda: erasing.finish(self._node))
        if self._pins.active:
            self._guarded("begin", self._pins.begin)
            self._begun.set()
            self._loop("note", self._note)

    def _serve(self, holder: str) -> None:
        self._begun.wait()
        self._loop(holder, lambda: self._rounds(holder))

    def _loop(self, what: str, once: Callable[[], object]) -> None:
        while not self._stopping.is_set():
            self._guarded(what, once)
            self._stopping.wait(self._every)

    def _note(self) -> None:
        self._pins.note(self._stopping.is_set)

    def _rounds(self, holder: str) -> None:
        while not self._stopping.is_set() and self._pins.round(holder, self._stopping.is_set):
            continue
        code = self._pins.last(holder)
        if code != self._told.get(holder, ""):
            self._told[holder] = code
            log.warning("ipfs", holder=holder, code=code or "works again")

    def _guarded(self, what: str, once: Callable[[], object]) -> None:
        try:
            once()
        except SanadError as error:
            log.warning("vault", what=what, code=error.code)
        except Exception as error:  # noqa: BLE001 - a pinner that ends is worse than one that complains
            if not self._stopping.is_set():
                log.error("vault", what=what, error=type(error).__name__)
