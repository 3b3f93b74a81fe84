"""How often: a budget for each kind of request and each caller or address, counted before anything costly is done.

A budget of 10/minute lets ten come at once and one more every six seconds (the generic cell rate algorithm). For
each caller one moment is kept, of the clock that never jumps: when all they asked will have been paid for. Counts
are in this process's memory, since one process serves a data directory. (The `limits` package reads the budgets;
its own storage looks at every caller there is a hundred times a second, so that many strangers slow everybody.)
"""

import threading
import time
from collections.abc import Callable, Mapping

from limits import RateLimitItem, parse

from sanad_verifier.errors import EnvironmentFault, InputError

SWEPT_FROM = 1024


class TooMany(EnvironmentFault):
    """The budget for this kind of request is used up for now."""

    code = "TOO_MANY_REQUESTS"
    retry_after: float = 1.0


class BudgetInvalid(InputError):
    """A budget is written like 600/minute."""

    code = "BUDGET_INVALID"


class Limiter:
    """`budgets` maps a kind to a budget such as `600/minute`. Thread-safe."""

    def __init__(self, budgets: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> None:
        self._budgets: dict[str, RateLimitItem] = {}
        for kind, words in budgets.items():
            try:
                self._budgets[kind] = parse(words)
            except ValueError as error:
                raise BudgetInvalid("a budget is written like 600/minute", field=f"limits.{kind}") from error
            if not self._budgets[kind].amount:
                raise BudgetInvalid("a budget allows something", field=f"limits.{kind}")
        self._clock = clock
        self._lock = threading.Lock()
        self._paid: dict[tuple[str, str], float] = {}
        self._sweep_at = SWEPT_FROM

    def __len__(self) -> int:
        """Callers and addresses that are remembered."""
        return len(self._paid)

    def check(self, kind: str, key: str) -> None:
        """Count one request; `TooMany`, saying when to come again, if the budget is used up."""
        budget = self._budgets[kind]
        window = float(budget.get_expiry())
        with self._lock:
            now = self._clock()
            paid = max(self._paid.get((kind, key), now), now) + window / budget.amount
            early = paid - now - window
            if early <= 1e-6 * window:
                self._paid[kind, key] = paid
                self._sweep(now)
                return
        refused = TooMany("too many requests; come again later")
        refused.retry_after = early
        raise refused

    def _sweep(self, now: float) -> None:
        """Forget who has paid, each time there are twice as many as were left the last time."""
        if len(self._paid) < self._sweep_at:
            return
        self._paid = {who: paid for who, paid in self._paid.items() if paid > now}
        self._sweep_at = max(SWEPT_FROM, 2 * len(self._paid))
