"""When is a request sent again, and after how long?

Exponential backoff with full jitter, so that clients which failed together do not come back together; a pause
that the service asks for (`Retry-After`) is respected; the whole is bounded by the caller's patience.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

FIRST = 0.1
LONGEST = 5.0
OVERLOADED = frozenset({429, 502, 503})
IN_FLIGHT = "IDEMPOTENCY_IN_FLIGHT"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `patience` bounds all tries of one request together, `follow` how long an act is followed,
    `upkeep` one answer to a request that examines the whole node.
    """

    connect: float = 5.0
    read: float = 40.0
    patience: float = 30.0
    follow: float = 30.0
    upkeep: float = 3600.0


HERE = Timeouts(connect=2.0, patience=10.0)
"""For a service on this machine, which is either there or not."""


def is_transient(status: int, code: str) -> bool:
    """Whether the same request may succeed a little later."""
    return status in OVERLOADED or (status == 409 and code == IN_FLIGHT)


def pause(attempt: int, asked: float, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait before the next try. `attempt` counts from 0, `asked` is what the service wants."""
    ceiling = min(LONGEST, FIRST * 2.0 ** min(attempt, 16))
    return max(asked, chance() * ceiling)


def retry_after(value: str | None) -> float:
    """Seconds in a `Retry-After` header; 0 for none or one that is a date."""
    return float(value) if value is not None and value.isascii() and value.isdigit() else 0.0
