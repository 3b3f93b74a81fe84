"""How a chain and its program are doing, as far as can be told at once: nothing is asked, and nobody is waited for."""

from collections.abc import Callable
from dataclasses import dataclass

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LASTED = 60.0
"""Seconds after which a program that was started is taken to run."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """`alive`: whether the program that we started runs; None where others run it. `silent_for`: seconds that a
    question has waited for its answer. `still_for`: seconds in which no other newest block was seen; 0 where blocks
    are made when we act. `head_time`, `final`, `round`: of the newest block, its time and in which round it was
    agreed on; and the highest that stands. `peers` of `peers_expected` were connected when it was last looked at;
    None where that is not ours to know. `starts`: how often the program was started.
    """

    alive: bool | None = None
    silent_for: float = 0.0
    still_for: float = 0.0
    period: float = 0.0
    head_time: int = 0
    final: int = 0
    round: int = 0
    peers: int | None = None
    peers_expected: int = 0
    starts: int = 1


class Backoff:
    """When a program that ended may be started again: at once, then after ever longer pauses, until it has lasted."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pause = 0.0
        self._started: float | None = None

    def started(self) -> None:
        """It was started, or that was tried."""
        now = self._clock()
        if self._started is not None:
            lasted = now - self._started >= LASTED + self._pause
            self._pause = 0.0 if lasted else min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._started = now

    def wait(self) -> float:
        """Seconds to wait before it may be started again; 0 if it may be now."""
        if self._started is None:
            return 0.0
        now = self._clock()
        if now - self._started >= LASTED + self._pause:
            return 0.0
        return max(0.0, self._started + self._pause - now)
