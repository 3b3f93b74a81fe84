"""Which line belongs to which: the same pairs as the slow, obvious way finds, each line once."""

import time
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sanad_node.findings.comparing import in_unit, name_form, same_form
from sanad_node.findings.facts import Fact, Line, Paper
from sanad_node.findings.matching import LEAST, Traits, match, points_of

GOODS = ("electronic integrated circuits", "parts of motor vehicles", "circuits and parts", "toys of plastic")
lines = st.lists(
    st.fixed_dictionaries(
        {
            "hs": st.sampled_from(["85423100", "85423900", "85429000", "87089900", "95030010"]),
            "description": st.sampled_from(GOODS),
            "quantity": st.sampled_from(["1", "20", "104"]),
            "unit": st.sampled_from(["NMB", "KGM"]),
            "value": st.sampled_from(["10.00", "9600.0000"]),
        }
    ),
    max_size=6,
)


def paper(told: list[dict[str, str]]) -> Paper:
    made = tuple(
        Line(n, {name: Fact(f"/items/{n}/{name}", text) for name, text in one.items()})
        for n, one in enumerate(told)
    )
    return Paper("invoice", "COMMERCIAL_INVOICE", "00", "X", "N", 1, False, {}, made, (), {})


def slow(mine: Paper, other: Paper) -> dict[int, int]:
    """Take the best pair that is left, the first of equals, until none is good enough."""
    pairs: dict[int, int] = {}
    while True:
        left = [
            (points_of(Traits.of(a), Traits.of(b)), a.place, b.place)
            for a in mine.lines
            for b in other.lines
            if a.place not in pairs and b.place not in pairs.values()
        ]
        good = [one for one in left if one[0] >= LEAST]
        if not good:
            return pairs
        best = max(points for points, _, _ in good)
        _, a_place, b_place = next(one for one in good if one[0] == best)
        pairs[a_place] = b_place


@given(lines, lines)
def test_pairs_are_those_that_the_obvious_way_finds(
    one: list[dict[str, str]], two: list[dict[str, str]]
) -> None:
    mine, other = paper(one), paper(two)
    pairs, unmatched = match(mine.lines, [other])
    expected = slow(mine, other)
    assert {pair.line.place: pair.other.place for pair in pairs} == expected
    assert [line.place for line in unmatched] == [
        line.place for line in mine.lines if line.place not in expected
    ]


@given(lines)
def test_every_line_finds_itself_in_a_copy(one: list[dict[str, str]]) -> None:
    pairs, unmatched = match(paper(one).lines, [paper(one)])
    assert unmatched == []
    assert all(pair.line.facts.items() == pair.other.facts.items() or pair.line.text("hs") for pair in pairs)
    assert len({pair.other.place for pair in pairs}) == len(one)


def test_the_longest_papers_there_can_be_are_matched_in_seconds() -> None:
    told = [
        {
            "hs": f"8542{n % 90 + 10}00",
            "description": f"circuit number {n} of {GOODS[n % 4]}",
            "quantity": str(n),
        }
        for n in range(500)
    ]
    started = time.process_time()
    pairs, unmatched = match(paper(told).lines, [paper(list(reversed(told)))])
    assert time.process_time() - started < 20
    assert len(pairs) == 500
    assert unmatched == []
    assert all(pair.line.text("quantity") == pair.other.text("quantity") for pair in pairs)


def test_a_firm_is_the_same_in_its_usual_writings() -> None:
    forms = (
        "Ravi Auto (Private) Limited",
        "RAVI AUTO (PVT) LTD.",
        "Ravi  Auto Pvt Ltd",
        "Rávi Auto Pvt. Ltd",
    )
    assert len({name_form(one) for one in forms}) == 1
    assert name_form("Ravi Autos Pvt Ltd") != name_form(forms[0])


def test_a_thing_is_the_same_with_and_without_its_marks_and_a_term_with_and_without_its_ampersand() -> None:
    assert same_form("container", "TCLU 448201-7") == same_form("container", "tclu4482017")
    assert (
        same_form("deliveryTerm", "C&F")
        == same_form("deliveryTerm", "CFR")
        != same_form("deliveryTerm", "CIF")
    )
    assert same_form("traderNtn", "9990001-0") == same_form("traderNtn", "9990001")


def test_measures_are_turned_into_each_other_where_they_can_be() -> None:
    assert in_unit(Decimal(2), "TNE", "KGM") == 2000
    assert in_unit(Decimal(5), "NMB", "H87") == 5
    assert in_unit(Decimal(5), "NMB", "KGM") is None
