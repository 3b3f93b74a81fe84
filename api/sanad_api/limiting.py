"""How often: a moving window for each kind of request and each caller or address, before anything costly is done.

Counts are in this process's memory: one process serves a data directory. (`limits`' moving window keeps one
moment for each request in the window, so its memory is bounded by the budgets and by the sweep of idle ones.)
"""

import time
from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from sanad_verifier.errors import EnvironmentFault, InputError


class TooMany(EnvironmentFault):
    """The budget for this kind of request is used up for now."""

    code = "TOO_MANY_REQUESTS"
    retry_after: float = 1.0


class BudgetInvalid(InputError):
    """A budget is written like 600/minute."""

    code = "BUDGET_INVALID"


class Limiter:
    """`budgets` maps a kind to a budget such as `600/minute`."""

    def __init__(self, budgets: Mapping[str, str]) -> None:
        self._budgets: dict[str, RateLimitItem] = {}
        for kind, words in budgets.items():
            try:
                self._budgets[kind] = parse(words)
            except ValueError as error:
                raise BudgetInvalid("a budget is written like 600/minute", field=f"limits.{kind}") from error
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check(self, kind: str, key: str) -> None:
        """Count one request; `TooMany`, saying when to come again, if the budget is used up."""
        budget = self._budgets[kind]
        if self._window.hit(budget, kind, key):
            return
        reset = self._window.get_window_stats(budget, kind, key).reset_time
        refused = TooMany("too many requests; come again later")
        refused.retry_after = max(1.0, reset - time.time())
        raise refused
