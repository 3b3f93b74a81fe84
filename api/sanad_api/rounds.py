"""Work that is done again and again in a thread of its own, and what it came to last."""

import threading
from collections.abc import Callable

import structlog

from sanad_verifier.errors import SanadError

log = structlog.get_logger("sanad.rounds")


class Rounds:
    """Calls `work` every so many seconds from `start` to `stop`; a round that fails is told, and no reason to end.

    `work` is given a function that says whether to go on. `code` is that of the last round's error, empty if it had
    none.
    """

    def __init__(self, name: str, every: float, work: Callable[[Callable[[], bool]], None]) -> None:
        self._name = name
        self._every = every
        self._work = work
        self._stopping = threading.Event()
        self._kicked = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.code = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done."""
        self._stopping.set()
        self._kicked.set()
        self._thread.join()

    def kick(self) -> None:
        """Have the next round at once, or right after the one that goes on."""
        self._kicked.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._kicked.clear()
            if self._stopping.is_set():  # before the clearing: nobody would wake the wait
                return
            self.look()
            self._kicked.wait(self._every)

    def look(self) -> None:
        """One round."""
        try:
            self._work(lambda: not self._stopping.is_set())
        except SanadError as error:
            self._failed(error.code)
        except Exception as error:  # noqa: BLE001 - rounds that end are worse than rounds that complain
            self._failed(type(error).__name__)
        else:
            self.code = ""

    def _failed(self, code: str) -> None:
        self.code = code
        log.warning("round_failed", what=self._name, code=code)
