"""Who has whose place, against a slow obvious version, and as offices are really renamed, merged and divided."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.successions import FARTHEST, Present, Succession, Successions

A, B, C, D, E, F = range(1, 7)


def steps(*told: tuple[int, int, int]) -> Successions:
    return Successions(tuple(Succession(*one, entry) for entry, one in enumerate(told)))


MERGED_AND_DIVIDED = steps((A, C, 10), (B, C, 10), (C, D, 20), (C, E, 20))


def present(known: Successions, original: int, at: int) -> list[int]:
    return [one.number for one in known.present(original, at)]


def test_a_merger_and_a_division_after_it_lead_to_both_halves_from_their_dates_on() -> None:
    known = MERGED_AND_DIVIDED
    assert present(known, A, 9) == []
    assert known.present(A, 10) == (Present(C, 10),)
    assert known.present(A, 20) == (Present(D, 20), Present(E, 20))
    assert not known.took_over(D, A, 19)
    assert known.took_over(D, A, 20)
    assert not known.took_over(D, E, 20)
    assert known.places_of(D, 20) == {A, B, C, D}
    assert known.places_of(D, 19) == {D}
    assert present(known, F, 20) == []


def test_a_line_is_what_an_office_came_from_and_what_it_became_and_nothing_else() -> None:
    known = steps((A, C, 10), (B, C, 10), (C, D, 20), (C, E, 20), (F, 7, 30))
    assert known.line_of(C) == known.steps[:4]
    assert known.line_of(A) == (known.steps[0], known.steps[2], known.steps[3])
    assert known.line_of(E) == (known.steps[0], known.steps[1], known.steps[3])
    assert known.line_of(F) == known.steps[4:]
    assert known.line_of(99) == ()


def test_who_is_above_a_successor_stands_for_the_predecessor_and_has_not_its_place() -> None:
    region, cell, office = 10, 11, 12
    known = Successions((Succession(cell, office, 5, 0),), {office: region})
    assert known.stands_for(region, cell, 5)
    assert not known.stands_for(region, cell, 4)
    assert not known.took_over(region, cell, 5)
    assert not known.stands_for(cell, region, 5)


def test_nobody_stands_for_nobody() -> None:
    assert not MERGED_AND_DIVIDED.stands_for(0, A, 20)
    assert not MERGED_AND_DIVIDED.stands_for(A, 0, 20)
    assert not MERGED_AND_DIVIDED.stands_for(0, 0, 20)


def test_no_more_than_the_64_nearest_are_looked_at_as_the_contract_does() -> None:
    line = steps(*((before, after, 1) for before, after in pairwise(range(1, 67))))
    assert line.took_over(FARTHEST, 1, 1)
    assert not line.took_over(FARTHEST + 1, 1, 1)
    assert line.places_of(FARTHEST + 1, 1) == frozenset(range(2, FARTHEST + 2))


# -- against a table that is gone through until nothing is added -------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> Successions:
    """As the contract takes them: each formation gives way once, to some that have not."""
    count = draw(st.integers(2, 9))
    parents = {one: draw(st.integers(0, one - 1)) for one in range(1, count + 1)}
    standing, made = list(range(1, count + 1)), []
    for entry in range(draw(st.integers(0, count - 1))):
        if len(standing) < 2:
            break
        gone = draw(st.lists(st.sampled_from(standing), min_size=1, max_size=len(standing) - 1, unique=True))
        left = [one for one in standing if one not in gone]
        taking = draw(st.lists(st.sampled_from(left), min_size=1, max_size=3, unique=True))
        since = draw(st.integers(0, 9))
        made += [Succession(old, new, since, entry) for old in gone for new in sorted(taking)]
        standing = left
    return Successions(tuple(made), parents)


def slowly(known: Successions, original: int, at: int, *, upwards: bool) -> set[int]:
    met = {original}
    while True:
        more = {one.successor for one in known.steps if one.predecessor in met and one.since <= at}
        if upwards:
            more |= {known.parents[one] for one in met if known.parents.get(one)}
        if more <= met:
            return met
        met |= more


@settings(max_examples=200, deadline=None)
@given(histories(), st.integers(0, 10))
def test_every_answer_is_that_of_a_table_gone_through_until_nothing_is_added(
    known: Successions, at: int
) -> None:
    everybody = sorted(known.parents)
    took = {one: slowly(known, one, at, upwards=False) for one in everybody}
    for original in everybody:
        stand = slowly(known, original, at, upwards=True)
        for actor in everybody:
            assert known.took_over(actor, original, at) == (actor in took[original])
            assert known.stands_for(actor, original, at) == (actor in stand)
            assert (original in known.places_of(actor, at)) == (actor in took[original])
        ends = {
            one
            for one in took[original]
            if not any(step.predecessor == one and step.since <= at for step in known.steps)
        }
        assert set(present(known, original, at)) == (ends if took[original] != {original} else set())


@pytest.mark.parametrize("at", [0, 10, 20])
def test_no_office_has_the_place_of_one_that_has_its_place(at: int) -> None:
    both = [
        (one, other)
        for one in range(1, 7)
        for other in range(1, 7)
        if one != other
        and MERGED_AND_DIVIDED.took_over(one, other, at)
        and MERGED_AND_DIVIDED.took_over(other, one, at)
    ]
    assert both == []
