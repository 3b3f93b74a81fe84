"""A custody line as a drawing: land, borders, the places cargo was at, and the way between them.

What comes out are numbers and plain texts for the template to write; a code that has no known place is told as
such and not drawn. However long the line, the drawing stays small.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from sanad_api.pages.map.geometry import Box, Point, clip_line, clip_ring
from sanad_api.pages.map.labels import arrange, width_of
from sanad_api.pages.map.outlines import level_for
from sanad_api.pages.map.projection import HEIGHT, WIDTH, Projection, around
from sanad_node.places import Place, place

LEGS_AT_MOST = 120
PLACES_AT_MOST = 24
RUNS_AT_MOST = 3
FINENESS = 1.2
"""Points of an outline nearer than this to the one before are left out."""
ISOLATE = ("\u2066", "\u2069")
"""Around numbers in a text from right to left: a run of steps must not be turned around."""
BULGE = 0.05
"""How far a way bends from the straight line: a way there and a way back must not cover each other."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A step of the custody line and the UN/LOCODE where it was done. `pending`: not confirmed by the other side."""

    number: int
    code: str
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from one place to the next, as the data of a path."""

    path: str
    pending: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A place with the numbers of the steps done there. `x`, `y`: the place; `label_x`, `label_y`: the middle of its
    label.
    """

    x: str
    y: str
    label_x: str
    label_y: str
    text: str
    place: Place
    numbers: str
    pending: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything to draw. `elsewhere`: the steps whose places are not on the map."""

    width: int
    height: int
    land: str
    borders: str
    legs: tuple[Leg, ...]
    marks: tuple[Mark, ...]
    elsewhere: tuple[Stop, ...]
    left_out: int = 0

    @property
    def empty(self) -> bool:
        return not self.marks


def draw(hops: Sequence[Stop], language: str = "en") -> Drawing:
    """The drawing of a custody line; empty if none of its places is known."""
    known = [(stop, where) for stop in hops if (where := place(stop.code)) is not None]
    elsewhere = tuple(stop for stop in hops if place(stop.code) is None)
    if not known:
        return Drawing(WIDTH, HEIGHT, "", "", (), (), elsewhere)
    places = list(dict.fromkeys(where for _, where in known))
    shown = places[:PLACES_AT_MOST]
    projection = around([(one.lon, one.lat) for one in shown])
    level = level_for(projection.view)
    land = (
        clip_ring(shape.points, projection.view) for shape in level.land if shape.box.meets(projection.view)
    )
    borders = (
        part
        for shape in level.borders
        if shape.box.meets(projection.view)
        for part in clip_line(shape.points, projection.view)
    )
    return Drawing(
        WIDTH,
        HEIGHT,
        "".join(_path(ring, projection, closed=True) for ring in land if len(ring) > 2),
        "".join(_path(line, projection, closed=False) for line in borders),
        _legs([(stop, where) for stop, where in known if where in shown], projection),
        _marks(known, shown, projection, language),
        elsewhere,
        len(places) - len(shown),
    )


def runs(numbers: Iterable[int]) -> str:
    """Numbers in rising order as people write them: 1–3, 5."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    told = [str(first) if first == last else f"{first}–{last}" for first, last in found[:RUNS_AT_MOST]]
    return ", ".join(told) + (" …" if len(found) > RUNS_AT_MOST else "")


def _legs(known: list[tuple[Stop, Place]], projection: Projection) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    for (_, start), (stop, end) in pairwise(known):
        if start != end:
            here, there = projection.point(start.lon, start.lat), projection.point(end.lon, end.lat)
            legs.append(Leg(_bent(here, there), stop.pending))
    return tuple(legs[-LEGS_AT_MOST:])


def _marks(
    known: list[tuple[Stop, Place]], shown: list[Place], projection: Projection, language: str
) -> tuple[Mark, ...]:
    at = {one: [stop for stop, where in known if where == one] for one in shown}
    points = [projection.point(one.lon, one.lat) for one in shown]
    numbers = [runs(stop.number for stop in at[one]) for one in shown]
    first, last = ISOLATE if language == "ur" else ("", "")
    texts = [
        f"{first}{told}{last} · {one.in_language(language)}" for told, one in zip(numbers, shown, strict=True)
    ]
    middles = arrange(points, [width_of(text) for text in texts], Box(2, 2, WIDTH - 2, HEIGHT - 2))
    return tuple(
        Mark(
            x=_number(point[0]),
            y=_number(point[1]),
            label_x=_number(middle[0]),
            label_y=_number(middle[1]),
            text=text,
            place=one,
            numbers=told,
            pending=all(stop.pending for stop in at[one]),
        )
        for one, point, middle, text, told in zip(shown, points, middles, texts, numbers, strict=True)
    )


def _path(line: Sequence[Point], projection: Projection, *, closed: bool) -> str:
    """The data of a path, without points that nobody could tell apart."""
    drawn: list[Point] = []
    last = len(line) - 1
    for index, (lon, lat) in enumerate(line):
        x, y = projection.point(lon, lat)
        if not drawn or index == last or hypot(x - drawn[-1][0], y - drawn[-1][1]) >= FINENESS:
            drawn.append((x, y))
    if closed and len(drawn) < 3:
        return ""
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in drawn) + ("Z" if closed else "")


def _bent(start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    bend_x = (x1 + x2) / 2 + (y2 - y1) * BULGE
    bend_y = (y1 + y2) / 2 - (x2 - x1) * BULGE
    return f"M{_number(x1)} {_number(y1)}Q{_number(bend_x)} {_number(bend_y)} {_number(x2)} {_number(y2)}"


def _number(value: float) -> str:
    """A number of the drawing: one decimal is a fraction of a pixel."""
    told = f"{value:.1f}".removesuffix(".0")
    return "0" if told == "-0" else told
