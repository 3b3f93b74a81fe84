"""Keeps a node that follows a mirror up to date, in a thread of its own."""

import threading
from collections.abc import Callable

import structlog

from sanad_node.mirror import syncing
from sanad_node.mirror.extending import LogForked
from sanad_node.mirror.knowledge import Came
from sanad_node.node import Node
from sanad_verifier.errors import SanadError

log = structlog.get_logger("sanad.mirror")


class Follower:
    """Start with `start`, end with `stop`. Of a node with a chain it does nothing. `told` is called in the follower's
    thread when there is something new; `code` is why the last round could follow no mirror, empty if it could.
    """

    def __init__(self, node: Node, every: float, told: Callable[[], None]) -> None:
        self._node = node
        self._every = every
        self._told = told
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self.code = ""
        self.failing = 0
        self.lying = 0

    def start(self) -> None:
        if self._node.mirrors:
            self._thread.start()

    def stop(self) -> None:
        """End after the mirror that is being asked, which may be ten seconds."""
        self._stopping.set()
        if self._node.mirrors:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.follow()
            self._stopping.wait(self._every)

    def follow(self) -> None:
        """Ask every mirror once."""
        try:
            done = syncing.sync(self._node, go_on=lambda: not self._stopping.is_set())
        except SanadError as error:
            self.code = error.code
            log.warning("not_followed", code=error.code, file=error.field)
        except Exception as error:  # noqa: BLE001 - a follower that ends is worse than one that complains
            self.code = "FOLLOWER_FAULT"
            log.error("follower", error=type(error).__name__)
        else:
            self.code = ""
            if done.taken:
                log.info("followed", entries=done.size, taken=done.taken)
                self._told()
        self._note(self._node.knowledge.last().came)

    def _note(self, came: tuple[Came, ...]) -> None:
        for one in came:
            if one.code:
                tell = log.error if one.code == LogForked.code else log.warning
                tell("mirror_refused", source=one.source, code=one.code, file=one.field)
        self.failing = sum(bool(one.code) for one in came)
        self.lying = sum(one.code == LogForked.code for one in came)
