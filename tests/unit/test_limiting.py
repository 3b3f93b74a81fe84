"""Budgets: so many at once, then one at a time; who is refused is told when to come again, and can then."""

from dataclasses import dataclass

import pytest

from sanad_api.limiting import SWEPT_FROM, BudgetInvalid, Limiter, TooMany
from sanad_api.problems import respond


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def limiter(clock: Clock, budget: str = "10/minute") -> Limiter:
    return Limiter({"sign_in": budget, "read": "1000/second"}, clock)


def taken(limits: Limiter, key: str = "a") -> int:
    """How many are let through until one is refused."""
    count = 0
    while True:
        try:
            limits.check("sign_in", key)
        except TooMany:
            return count
        count += 1


@pytest.mark.parametrize("budget", ["1/second", "10/minute", "7/minute", "600/minute", "90/hour"])
def test_as_many_as_the_budget_says_may_come_at_once_and_no_more(budget: str) -> None:
    assert taken(limiter(Clock(), budget)) == int(budget.partition("/")[0])


def test_who_was_refused_may_come_at_the_moment_that_was_told_and_not_before() -> None:
    clock = Clock()
    limits = limiter(clock)
    taken(limits)
    with pytest.raises(TooMany) as refused:
        limits.check("sign_in", "a")
    assert refused.value.retry_after == pytest.approx(6)
    clock.now += refused.value.retry_after - 0.01
    assert taken(limits) == 0
    clock.now += 0.011
    assert taken(limits) == 1


def test_over_a_long_time_no_more_than_the_budget_gets_through() -> None:
    clock = Clock()
    limits = limiter(clock)
    through = 0
    for _ in range(600):
        clock.now += 1
        through += taken(limits)
    assert 100 <= through <= 110


def test_refused_requests_do_not_push_the_moment_away() -> None:
    clock = Clock()
    limits = limiter(clock)
    taken(limits)
    for _ in range(50):
        taken(limits)
    clock.now += 6
    assert taken(limits) == 1


def test_callers_and_kinds_have_budgets_of_their_own() -> None:
    limits = limiter(Clock())
    taken(limits, "a")
    assert taken(limits, "b") == 10
    limits.check("read", "a")


def test_who_has_paid_is_forgotten() -> None:
    clock = Clock()
    limits = limiter(clock)
    for number in range(SWEPT_FROM - 1):
        limits.check("read", f"u{number}")
    clock.now += 1
    limits.check("read", "last")
    assert len(limits) == 1
    for number in range(SWEPT_FROM - 2):
        limits.check("sign_in", f"u{number}")
    clock.now += 5
    limits.check("sign_in", "another")
    assert len(limits) == SWEPT_FROM - 1, "who has not paid yet is remembered"


@pytest.mark.parametrize("budget", ["", "often", "10", "10/fortnight", "-1/minute", "0/minute"])
def test_what_is_no_budget_is_refused_by_its_setting(budget: str) -> None:
    with pytest.raises(BudgetInvalid) as refused:
        Limiter({"verify": budget})
    assert refused.value.field == "limits.verify"


def test_the_answer_says_whole_seconds_that_are_enough() -> None:
    error = TooMany("too many")
    for wait, told in ((0.2, "1"), (1.0, "1"), (5.01, "6"), (59.9, "60")):
        error.retry_after = wait
        answer = respond(error, "1")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, told)
