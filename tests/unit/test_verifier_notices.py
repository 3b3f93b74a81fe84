"""What is remarkable about a paper: told from the day on that it is, and never in a network that is itself new."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_verifier.notices import DAY, LATE_FROM, NEW_FOR, Notice, of_account, of_date, of_hold, of_power

NOON = int(datetime(2026, 9, 10, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("written", "code", "days"),
    [
        ("2026-09-10", "", 0),
        ("2026-09-09", "", 1),
        ("2026-09-08", "ANCHORED_LATE", 2),
        ("2026-03-03", "ANCHORED_LATE", 191),
        ("2026-03-03T10:00:00Z", "ANCHORED_LATE", 191),
        ("2026-09-11", "", -1),
        ("2026-09-12", "DATED_AHEAD", 2),
        ("2026-02-30", "", 0),
        ("03.03.2026", "", 0),
        ("", "", 0),
        ("2026-03-033", "", 0),
    ],
)
def test_a_paper_is_late_from_the_second_day_after_its_date_on(written: str, code: str, days: int) -> None:
    told = of_date(NOON, written)
    assert (told.code if told else "", told.days if told else days) == (code, days)


def test_the_sentence_names_the_days_and_the_date() -> None:
    late, ahead = of_date(NOON, "2026-09-01"), of_date(NOON, "2026-09-30")
    assert late == Notice("ANCHORED_LATE", "it was entered 9 days after the date it bears (2026-09-01)", 9)
    assert ahead == Notice("DATED_AHEAD", "it bears a date 20 days after it was entered (2026-09-30)", 20)


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(-1000, 1000), st.integers(0, DAY - 1))
def test_the_days_are_those_of_the_calendar_whatever_the_hour(day: date, later: int, second: int) -> None:
    entered = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=later, seconds=second)
    if not 0 <= entered.timestamp() < 4_000_000_000:
        return
    told = of_date(int(entered.timestamp()), day.isoformat())
    assert (told is None) == (abs(later) < LATE_FROM)
    assert told is None or told.days == abs(later)


FOUNDED = NOON - 100 * DAY


@pytest.mark.parametrize(
    ("office", "key", "code"),
    [
        (FOUNDED, FOUNDED, ""),
        (FOUNDED, NOON - NEW_FOR * DAY, ""),
        (FOUNDED, NOON - NEW_FOR * DAY + 1, "NEW_KEY"),
        (NOON - DAY, NOON - DAY, "NEW_OFFICE"),
    ],
)
def test_an_office_or_key_is_new_for_thirty_days(office: int, key: int, code: str) -> None:
    told = of_power(NOON, office=office, key=key, founded=FOUNDED)
    assert (told.code if told else "") == code


def test_in_a_network_that_is_itself_new_nobody_is_told_to_be() -> None:
    assert of_power(NOON, office=NOON, key=NOON, founded=FOUNDED) is not None
    assert of_power(NOON, office=NOON, key=NOON, founded=NOON - NEW_FOR * DAY + 1) is None


def test_an_account_is_new_beside_the_node_s_first_one_only() -> None:
    told = of_account(NOON, made=NOON - 3 * DAY, first=FOUNDED)
    assert told == Notice("NEW_ACCOUNT", "the account that asked for it had existed for 3 days", 3)
    assert of_account(NOON, made=FOUNDED, first=FOUNDED) is None
    assert of_account(NOON, made=NOON - 31 * DAY, first=FOUNDED) is None


@pytest.mark.parametrize(("ordered", "code"), [(True, "ON_COURT_HOLD"), (False, "ON_HOLD")])
def test_a_hold_is_told_with_who_put_it_and_since_when(ordered: bool, code: str) -> None:
    told = of_hold(NOON, by="SCC-KHI", since=NOON - 3 * DAY - 5, ordered=ordered)
    assert (told.code, told.days) == (code, 3)
    assert "on hold by SCC-KHI" in told.sentence
    assert ("court order" in told.sentence) is ordered
    assert of_hold(NOON, by="X", since=NOON + 60, ordered=ordered).days == 0
