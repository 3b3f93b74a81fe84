"""Splitting below a limit: what the sliding window finds is what looking at every window finds."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.findings.traders import (
    LEAST,
    Held,
    LimitInvalid,
    Split,
    Window,
    WindowInvalid,
    splitting,
)

FIRST = date(2026, 8, 1)
LIMIT = Decimal("50000")


def held(worth: str, day: int, role: str = "instrument") -> Held:
    return Held(role, int(Decimal(worth) * 10_000), (FIRST + timedelta(days=day)).isoformat())


def test_papers_below_the_limit_that_come_to_it_within_the_days_are_a_splitting() -> None:
    papers = [held("49000", 0), held("49000", 10), held("2.5", 29)]
    assert splitting(papers, LIMIT, 30) == Split(
        "instrument", 3, Decimal("98002.5"), "2026-08-01", "2026-08-30"
    )


@pytest.mark.parametrize(
    "papers",
    [
        pytest.param([held("49000", 0), held("49000", 1)], id="two-are-two-purchases"),
        pytest.param([held("49000", 0), held("49000", 1), held("50000", 2)], id="one-is-not-below"),
        pytest.param([held("49000", 0), held("49000", 15), held("49000", 30)], id="too-far-apart"),
        pytest.param([held("10", 0), held("10", 1), held("10", 2)], id="small-all-together"),
        pytest.param([held("49000", 0), held("49000", 1), held("49000", 1, "declaration")], id="two-roles"),
        pytest.param([held("49000", 0), held("49000", 1), Held("instrument", 490_000_000, "?")], id="no-day"),
    ],
)
def test_one_thing_otherwise_and_it_is_none(papers: list[Held]) -> None:
    honest = [held("49000", 0), held("49000", 1), held("49000", 2)]
    assert splitting(honest, LIMIT, 30) is not None
    assert splitting(papers, LIMIT, 30) is None


def test_without_a_limit_nothing_is_looked_for() -> None:
    assert splitting([held("49000", day) for day in range(9)], None, 30) is None


PAPERS = st.lists(
    st.builds(
        lambda worth, day, role: held(str(worth), day, role),
        st.integers(0, 60),
        st.integers(0, 20),
        st.sampled_from(["instrument", "declaration"]),
    ),
    max_size=9,
)


@given(PAPERS, st.integers(1, 60), st.integers(1, 25))
def test_the_window_that_slides_finds_the_most_that_any_window_has(
    papers: list[Held], limit: int, within: int
) -> None:
    best: Decimal | None = None
    for role in ("instrument", "declaration"):
        for begin in range(21):
            days = {(FIRST + timedelta(days=begin + n)).isoformat() for n in range(within)}
            found = [
                Decimal(one.amount) / 10_000
                for one in papers
                if one.role == role and one.day in days and one.amount < limit * 10_000
            ]
            if len(found) >= LEAST and sum(found) >= limit:
                best = max(best or Decimal(0), sum(found, Decimal(0)))
    told = splitting(papers, Decimal(limit), within)
    assert (None if told is None else told.total) == best


def test_a_window_that_cannot_be_is_refused() -> None:
    Window(FIRST, FIRST, currency="USD", limit=LIMIT).check()
    with pytest.raises(WindowInvalid):
        Window(FIRST, FIRST - timedelta(days=1)).check()
    with pytest.raises(LimitInvalid):
        Window(FIRST, FIRST, limit=LIMIT).check()  # of which currency?
    with pytest.raises(LimitInvalid):
        Window(FIRST, FIRST, currency="USD", limit=Decimal(0)).check()
