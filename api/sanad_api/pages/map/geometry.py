"""Lines and rings in degrees, and what of them lies in a box. Pure functions over points."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

Point = tuple[float, float]
"""Longitude and latitude in degrees, or x and y."""


class Box(NamedTuple):
    """Edges, inclusive. Never across the 180th meridian."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, other: "Box") -> bool:
        return (
            self.west <= other.west
            and self.south <= other.south
            and self.east >= other.east
            and self.north >= other.north
        )

    def meets(self, other: "Box") -> bool:
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )


def box_of(points: Sequence[Point]) -> Box:
    """The smallest box around some points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def ring_area(ring: Sequence[Point]) -> float:
    """The signed area of a closed ring (its last point is joined to its first)."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def clip_ring(ring: Sequence[Point], box: Box) -> list[Point]:
    """A ring cut to a box (Sutherland and Hodgman): pieces may be joined along the box's edges, so it is for
    filling, not for stroking.
    """
    left = list(ring)
    for axis, edge, keep_above in (
        (0, box.west, True),
        (0, box.east, False),
        (1, box.south, True),
        (1, box.north, False),
    ):
        if not left:
            break
        cut: list[Point] = []
        before = left[-1]
        for point in left:
            inside = point[axis] >= edge if keep_above else point[axis] <= edge
            was_inside = before[axis] >= edge if keep_above else before[axis] <= edge
            if inside != was_inside:
                cut.append(_at(before, point, axis, edge))
            if inside:
                cut.append(point)
            before = point
        left = cut
    return left


def clip_line(line: Sequence[Point], box: Box) -> list[list[Point]]:
    """The parts of a line within a box (Liang and Barsky), each of two points or more."""
    parts: list[list[Point]] = []
    for start, end in pairwise(line):
        span = _within(start, end, box)
        if span is None:
            continue
        first, last = _along(start, end, span[0]), _along(start, end, span[1])
        if parts and span[0] == 0.0 and parts[-1][-1] == start:
            parts[-1].append(last)
        else:
            parts.append([first, last])
    return parts


def _within(start: Point, end: Point, box: Box) -> tuple[float, float] | None:
    """From and until which part of the way a segment is in the box; None if it only touches or misses it."""
    entered, left = 0.0, 1.0
    for axis, low, high in ((0, box.west, box.east), (1, box.south, box.north)):
        way = end[axis] - start[axis]
        if way == 0:
            if not low <= start[axis] <= high:
                return None
            continue
        near, far = sorted(((low - start[axis]) / way, (high - start[axis]) / way))
        entered, left = max(entered, near), min(left, far)
    return (entered, left) if entered < left else None


def _along(start: Point, end: Point, part: float) -> Point:
    if part in (0.0, 1.0):
        return start if part == 0.0 else end
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _at(start: Point, end: Point, axis: int, edge: float) -> Point:
    part = (edge - start[axis]) / (end[axis] - start[axis])
    if axis == 0:
        return edge, start[1] + part * (end[1] - start[1])
    return start[0] + part * (end[0] - start[0]), edge
