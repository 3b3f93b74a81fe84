"""Which line of one paper is which line of the other?

Lines have no name. Two of them belong together the more, the more of their tariff code, description, unit, quantity
and value agrees; the best pairs are taken first, each line once. Equal pairs are taken in the order of the papers, so
that the answer is always the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sanad_node.findings.comparing import words
from sanad_node.findings.facts import Line, Paper

LEAST = 4
"""Points without which two lines are not taken for the same goods."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A line and the line of another paper that is taken for the same goods."""

    line: Line
    other: Line
    paper: Paper
    """The other's."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a line is looked at, read once: papers have up to 500 lines, and each is held against each."""

    hs: str
    words: frozenset[str]
    unit: str
    quantity: Decimal | None
    value: Decimal | None
    price: Decimal | None

    @classmethod
    def of(cls, line: Line) -> "Traits":
        described = words(line.text("description"))
        amounts = (line.number(name) for name in ("quantity", "value", "price"))
        return cls(line.text("hs"), described, line.text("unit"), *amounts)


def match(lines: Sequence[Line], papers: Sequence[Paper]) -> tuple[list[Matched], list[Line]]:
    """Pairs of lines in the order of `lines`, and the lines that nothing in the papers belongs to."""
    others = [(paper, line) for paper in papers for line in paper.lines]
    theirs = [Traits.of(line) for _, line in others]
    points = [
        (-score, at, to)
        for at, mine in enumerate(map(Traits.of, lines))
        for to, other in enumerate(theirs)
        if (score := points_of(mine, other)) >= LEAST
    ]
    taken: dict[int, int] = {}
    gone: set[int] = set()
    for _, at, to in sorted(points):
        if at not in taken and to not in gone:
            taken[at] = to
            gone.add(to)
    pairs = [
        Matched(line, others[taken[at]][1], others[taken[at]][0])
        for at, line in enumerate(lines)
        if at in taken
    ]
    return pairs, [line for at, line in enumerate(lines) if at not in taken]


def points_of(one: Traits, other: Traits) -> int:
    """How much speaks for two lines being the same goods."""
    points = 0
    if one.hs[:6] == other.hs[:6] != "":
        points += 4 + (one.hs == other.hs)
    elif one.hs[:4] == other.hs[:4] != "":
        points += 1
    shared, shorter = len(one.words & other.words), min(len(one.words), len(other.words))
    if shared and 2 * shared >= shorter:
        points += 4 * shared // shorter
    points += 2 * (one.quantity is not None and one.quantity == other.quantity)
    points += 2 * (one.value is not None and one.value == other.value)
    points += one.price is not None and one.price == other.price
    return points + (one.unit == other.unit != "")
