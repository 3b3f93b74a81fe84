"""Doing again what a lost store left undecided.

A commit whose answer was lost has happened, or has not. Whoever writes under a name that is used once (an
idempotency key) may simply write again: what is there stays as it is. So a restart of the server delays an act and
does not fail it. Nothing else is repeated.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from sanad_node.store.faults import StoreBusy, StoreUnreachable

R = TypeVar("R")
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
PATIENCE = 15.0
"""Seconds from the first failure after which the caller is told: a server that was killed is back in a few."""


def repeated(work: Callable[[], R], *, patience: float = PATIENCE) -> R:
    """What `work` returns, which is the same when it is done twice; done again while the store is away or busy."""
    pause, until = FIRST_PAUSE, 0.0
    while True:
        try:
            return work()
        except (StoreUnreachable, StoreBusy):
            until = until or time.monotonic() + patience
            if time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
