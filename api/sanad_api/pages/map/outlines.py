"""The outlines as the package has them: a fine level for the region, a coarse one for the world."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sanad_api.pages.map.geometry import Box, Point, box_of


@dataclass(frozen=True, slots=True)
class Shape:
    """A ring or line, and the box around it that says quickly whether it can be seen."""

    points: tuple[Point, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of the land within a box."""

    box: Box
    land: tuple[Shape, ...]
    borders: tuple[Shape, ...]


@cache
def levels() -> tuple[Level, ...]:
    """All levels, the finest first."""
    told = json.loads(files("sanad_api.pages.map").joinpath("land.json").read_text("utf-8"))
    steps = told["steps"]
    return tuple(
        Level(
            Box(*one["box"]),
            tuple(_shape(line, steps) for line in one["land"]),
            tuple(_shape(line, steps) for line in one["borders"]),
        )
        for one in told["levels"]
    )


def level_for(view: Box) -> Level:
    """The finest level that covers a view; the coarsest covers what there is of it."""
    return next((level for level in levels() if level.box.holds(view)), levels()[-1])


def _shape(line: list[int], steps: int) -> Shape:
    points: list[Point] = []
    x = y = 0
    for dx, dy in zip(line[::2], line[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x / steps, y / steps))
    return Shape(tuple(points), box_of(points))
