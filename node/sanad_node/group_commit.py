"""Group commit: callers that arrive together share one flush of the disk.

One of them carries what all of them brought, the others sleep; what comes meanwhile waits for the next round. Nobody
returns before their own is carried.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

R = TypeVar("R")
A = TypeVar("A")


@dataclass(eq=False, slots=True)
class _Call(Generic[R, A]):
    """What one caller waits for. `woken` when all of it is carried, or when it is the caller's turn to carry."""

    requests: Sequence[R]
    outcomes: list[A | Exception] = field(default_factory=list)
    woken: threading.Event = field(default_factory=threading.Event)

    @property
    def done(self) -> bool:
        return len(self.outcomes) == len(self.requests)


class GroupCommit(Generic[R, A]):
    """`carry` makes requests durable, all together, and tells what became of each, in their order. `at_most` bounds
    a round, and with it how long the first in it waits for the last.
    """

    def __init__(self, carry: Callable[[list[R]], Sequence[A | Exception]], *, at_most: int) -> None:
        self._carry = carry
        self._at_most = at_most
        self._lock = threading.Lock()
        self._queue: deque[_Call[R, A]] = deque()
        self._led = False  # whether one of the callers is carrying for all

    @property
    def waiting(self) -> int:
        """Callers whose requests are not all carried."""
        with self._lock:
            return len(self._queue)

    def through(self, requests: Sequence[R]) -> list[A | Exception]:
        """What became of each request; returns when all are carried. An error of `carry` is each one's outcome."""
        call: _Call[R, A] = _Call(requests)
        if requests:
            self._see_through(call)
        return call.outcomes

    def _see_through(self, call: _Call[R, A]) -> None:
        """Whoever comes first leads: it carries for all who wait until its own requests are done, then the longest
        waiting leads.
        """
        with self._lock:
            self._queue.append(call)
            leads, self._led = not self._led, True
        try:
            if not leads:
                call.woken.wait()
                leads = not call.done
            while not call.done:
                self._carry_waiting()
        finally:
            self._leave(call, led=leads or (call.woken.is_set() and not call.done))

    def _leave(self, call: _Call[R, A], *, led: bool) -> None:
        """A caller that was interrupted takes its call away with it; one that led hands the lead on."""
        with self._lock:
            if call in self._queue:
                self._queue.remove(call)
            if led:
                self._led = bool(self._queue)
                if self._queue:
                    self._queue[0].woken.set()

    def _carry_waiting(self) -> None:
        taken = self._next()
        outcomes: Sequence[A | Exception]
        try:
            outcomes = self._carry([request for _, request in taken])
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, or waits for ever
            outcomes = [error] * len(taken)
        for (call, _), outcome in zip(taken, outcomes, strict=True):
            call.outcomes.append(outcome)
        with self._lock:
            while self._queue and self._queue[0].done:
                self._queue.popleft().woken.set()

    def _next(self) -> list[tuple[_Call[R, A], R]]:
        """What goes into the next round, in order of arrival."""
        taken: list[tuple[_Call[R, A], R]] = []
        with self._lock:
            for call in self._queue:
                carried, room = len(call.outcomes), self._at_most - len(taken)
                taken += [(call, request) for request in call.requests[carried : carried + room]]
                if len(taken) == self._at_most:
                    break
        return taken
