"""The carrier: one thread that brings promised acts to the chain while others accept new ones.

A process that serves many callers accepts an act, kicks the carrier and answers; the carrier goes round until
nothing waits. After each round it lets others gather: acts that are carried together cost little more than
one, and a carrier that never rests takes its turns from those who accept them. It never gives up: a chain
that cannot be reached is tried again, ever more slowly, and the state it is in can be asked (`health`).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sanad_node import checkpointing
from sanad_node.engines.base import ChainNotReady
from sanad_node.node import Node
from sanad_verifier.errors import SanadError

FIRST_PAUSE = 0.2
NOT_READY_PAUSE = 0.5
LONGEST_PAUSE = 10.0
GATHERING = 0.05
"""Seconds between a round that has sent something and the next."""
IDLE_LOOK = 30.0
"""Seconds after which the chain is looked at although nobody asked: other nodes may have acted."""


@dataclass(frozen=True, slots=True)
class Health:
    """What the last round came to: nothing, or the code and message of what stopped it, and since when."""

    failing: bool = False
    code: str = ""
    message: str = ""
    since: float = 0.0
    rounds: int = 0


class Carrier:
    """Start with `start`, end with `stop`. `told` is called after each round, in the carrier's thread."""

    def __init__(self, node: Node, told: Callable[[], None] = lambda: None) -> None:
        self._node = node
        self._told = told
        self._kicked = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)
        self.health = Health()
        self._began: float | None = None

    def round_for(self) -> float:
        """Seconds that the round has taken which is going on; 0 between two."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def start(self) -> None:
        self._node.carrier = self
        self._thread.start()
        self.kick()

    def kick(self) -> None:
        """Something waits."""
        self._kicked.set()

    def stop(self) -> None:
        """End after the round that is running. What is promised stays promised."""
        self._stopping.set()
        self._kicked.set()
        self._thread.join()
        self._node.carrier = None

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            if self.health.failing or pause == GATHERING:
                self._stopping.wait(pause)
            else:
                self._kicked.wait(pause or IDLE_LOOK)
            self._kicked.clear()
            if self._stopping.is_set():
                return
            pause = self._tell(self._round(pause))
            self._node.keyring.load()  # not before the first round, which those wait for who ask whether we are ready

    def _round(self, before: float) -> float:
        """Carry once; returns how long to pause, 0 until somebody kicks."""
        self._began = time.monotonic()
        try:
            more = self._node.pump(steps=1)
            checkpointing.current_checkpoint(self._node)  # so that nobody who verifies has to wait for it
        except ChainNotReady as error:
            self._failed(error.code, error.message)
            return NOT_READY_PAUSE
        except SanadError as error:
            self._failed(error.code, error.message)
        except Exception as error:  # noqa: BLE001 - a carrier that ends is worse than one that complains
            self._failed("CARRIER_FAULT", type(error).__name__)
        else:
            self.health = Health(rounds=self.health.rounds + 1)
            return GATHERING if more else self._node.period / 2
        finally:
            self._began = None
        return min(max(2 * before, FIRST_PAUSE), LONGEST_PAUSE)

    def _tell(self, pause: float) -> float:
        """Say that a round is over; returns how long to pause."""
        try:
            self._told()
        except SanadError as error:  # the store may be lost at any moment, also to those who are told
            self._failed(error.code, error.message)
            return pause or FIRST_PAUSE
        return pause

    def _failed(self, code: str, message: str) -> None:
        since = self.health.since if self.health.failing else self._node.clock()
        self.health = Health(True, code, message, since, self.health.rounds)
