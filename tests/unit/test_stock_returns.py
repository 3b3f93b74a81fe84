"""What was done in a month, by papers of the register: from plain papers, without a chain."""

import csv
import io
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.stock.filed import DEPOSIT, LOT, ORDER, PASS, RECEIPT, SEIZURE, Filed
from sanad_node.stock.returns import Done, Period, Tally, acts, table, tally, totals
from sanad_node.stock.saying import NOT_HELD, UNREADABLE, Said
from sanad_testkit.return_cases import LINES, WHOLE
from sanad_verifier.returns import PAKISTAN, MonthInvalid, begins, month_of

AGENCY, HOUSE, CELL = 1, 2, 3
OCTOBER = Period("2026-10", "2026-10", PAKISTAN)
FIRST = begins("2026-10", PAKISTAN)
NEXT = begins("2026-11", PAKISTAN)


def filed(entry: int, doc_type: str, issuer: int, *rests: Filed, time: int = FIRST) -> Filed:
    return Filed(
        doc_type, entry.to_bytes(32), issuer, entry, time, b"c" * 32, tuple(one.name for one in rests)
    )


S = filed(1, SEIZURE, AGENCY)
D = filed(2, DEPOSIT, HOUSE, S)
L = filed(3, LOT, CELL, D)
R = filed(4, RECEIPT, CELL, L)
O = filed(5, ORDER, CELL, R)  # noqa: E741 - the letters of the papers
P = replace(filed(6, PASS, HOUSE, O), used=7, used_at=NEXT)
CHAIN = [S, D, L, R, O, P]
KNOWN = Said(number="n", amount="10.00", currency="PKR", day="2026-10-05")


def counted(
    papers: list[Filed], period: Period = OCTOBER, said: Said = KNOWN
) -> dict[tuple[str, int, str], Tally]:
    return tally(acts(papers), period, lambda _: said)


def things(told: dict[tuple[str, int, str], Tally]) -> dict[tuple[str, int, str], tuple[int, int]]:
    return {key: (one.things, one.withdrawn) for key, one in told.items()}


def test_each_act_is_its_offices_in_the_month_of_its_entry() -> None:
    done = {
        ("2026-10", AGENCY, "seized"): (1, 0),
        ("2026-10", HOUSE, "deposited"): (1, 0),
        ("2026-10", CELL, "auctioned"): (1, 0),
    }
    assert things(counted(CHAIN)) == done
    both = Period("2026-10", "2026-11", PAKISTAN)
    assert things(counted(CHAIN, both)) == done | {("2026-11", HOUSE, "cleared"): (1, 0)}


@pytest.mark.parametrize(("time", "counts"), [(FIRST - 1, 0), (FIRST, 1), (NEXT - 1, 1), (NEXT, 0)])
def test_a_month_has_its_first_second_and_not_the_next_months(time: int, counts: int) -> None:
    assert len(counted([replace(S, time=time)])) == counts


def test_a_corrected_paper_counts_once_where_it_was_first_entered_with_what_it_says_now() -> None:
    later = filed(9, SEIZURE, AGENCY, time=NEXT)
    before = replace(S, state="superseded", ended_at=NEXT, replacement=later.digest)
    (one,) = acts([before, later])
    assert one == Done("seized", AGENCY, FIRST, later)


@pytest.mark.parametrize(("state", "found"), [("suspended", (1, 0)), ("revoked", (0, 1)), ("active", (1, 0))])
def test_what_does_not_stand_any_more_is_told_apart(state: str, found: tuple[int, int]) -> None:
    assert things(counted([replace(S, state=state)])) == {("2026-10", AGENCY, "seized"): found}


def test_a_pass_that_was_revoked_cleared_nothing() -> None:
    assert [one.act for one in acts([*CHAIN[:5], P])][-1] == "cleared"
    assert "cleared" not in [one.act for one in acts([*CHAIN[:5], replace(P, state="revoked")])]


@pytest.mark.parametrize("why", [NOT_HELD, UNREADABLE, ""])
def test_what_a_paper_does_not_say_here_is_counted_and_never_as_nothing(why: str) -> None:
    (one,) = counted([S], said=Said(why=why)).values()
    assert (one.things, one.amounts, one.why) == (1, {}, {why: 1})


@pytest.mark.parametrize(("day", "other"), [("2026-10-31", 0), ("2026-09-30", 1), ("", 0)])
def test_a_paper_that_bears_a_day_of_another_month_is_told(day: str, other: int) -> None:
    (one,) = counted([S], said=replace(KNOWN, day=day)).values()
    assert (one.things, one.other_month) == (1, other)


def test_a_formation_that_did_nothing_has_nil_lines() -> None:
    told = tally(acts(CHAIN), OCTOBER, lambda _: KNOWN, 77)
    assert things(told) == {
        ("2026-10", 77, act): (0, 0) for act in ("seized", "deposited", "auctioned", "cleared")
    }


def test_no_month_is_refused() -> None:
    with pytest.raises(MonthInvalid):
        counted(CHAIN, Period("2026-10", "2026-09", PAKISTAN))


@given(
    st.lists(
        st.tuples(st.integers(FIRST - 10**7, NEXT + 10**7), st.integers(1, 3), st.booleans()), max_size=40
    )
)
@settings(max_examples=100, deadline=None)
def test_lines_are_those_of_counting_one_by_one(done: list[tuple[int, int, bool]]) -> None:
    period = Period("2026-08", "2026-12", PAKISTAN)
    told = tally(
        [Done("seized", who, time, S, stands) for time, who, stands in done], period, lambda _: KNOWN
    )
    slow = Counter((month_of(time, PAKISTAN), who, stands) for time, who, stands in done)
    for month in period.months():
        for who in (1, 2, 3):
            one = told.get((month, who, "seized"), Tally())
            assert (one.things, one.withdrawn) == (slow[month, who, True], slow[month, who, False])


def test_a_table_has_a_column_for_each_currency_and_says_as_of_when() -> None:
    rows = list(csv.DictReader(io.StringIO(table(WHOLE).decode(), newline="")))
    assert [(row["formation"], row["act"], row["value_PKR"], row["value_USD"]) for row in rows] == [
        ("KAPW", "seized", "3760000.00", ""),
        ("KAPW-AUC", "auctioned", "5850000.00", "1200.5"),
        ("KAPW-SWH", "deposited", "1880000.00", ""),
        ("KAPW-SWH", "cleared", "", ""),
    ]
    assert {(row["block"], row["over"]) for row in rows} == {("4711", "no")}
    assert (rows[0]["not_held"], rows[0]["withdrawn"]) == ("1", "2")
    risky = replace(WHOLE, lines=(replace(LINES[0], formation="=HYPERLINK(1)"),))
    assert b",'=HYPERLINK(1)," in table(risky)


def test_totals_are_exact_sums_by_act() -> None:
    again = replace(LINES[0], formation="KAPE", values={"PKR": "0.005"}, things=1, not_held=0)
    told = totals(replace(WHOLE, lines=(*LINES, again)))
    assert [one.act for one in told] == ["seized", "deposited", "auctioned", "cleared"]
    assert (told[0].things, told[0].values, told[0].not_held) == (4, {"PKR": "3760000.005"}, 1)
