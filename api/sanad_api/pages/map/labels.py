"""Where to write a place's name so that it covers neither another name nor a place."""

from collections.abc import Iterator

from sanad_api.pages.map.geometry import Box, Point

LETTER, LINE = 6.6, 18.0
"""Units that a letter takes at most across, and a line up."""
GAP = 9.0
RINGS = 5


def width_of(text: str) -> float:
    return LETTER * len(text) + 6


def arrange(points: list[Point], widths: list[float], frame: Box) -> list[Point]:
    """The middle of each label, beside its point where there is room, else farther out."""
    taken = [Box(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    found: list[Point] = []
    for point, width in zip(points, widths, strict=True):
        choice = next(
            (
                (x, y)
                for x, y in _candidates(point, width)
                if frame.holds(box := _box(x, y, width)) and not any(box.meets(other) for other in taken)
            ),
            _pulled_in(point, width, frame),
        )
        found.append(choice)
        taken.append(_box(*choice, width))
    return found


def _candidates(point: Point, width: float) -> Iterator[Point]:
    """Right, left, above, below, then the corners; then all of it again farther away."""
    x, y = point
    for ring in range(RINGS):
        across, along = width / 2 + GAP + ring * 12, LINE / 2 + GAP + ring * LINE
        yield from ((x + across, y), (x - across, y), (x, y - along), (x, y + along))
        yield from (
            (x + across, y - along),
            (x + across, y + along),
            (x - across, y - along),
            (x - across, y + along),
        )


def _box(x: float, y: float, width: float) -> Box:
    return Box(x - width / 2, y - LINE / 2, x + width / 2, y + LINE / 2)


def _pulled_in(point: Point, width: float, frame: Box) -> Point:
    """Above the point, moved into the frame: the last resort of a crowded map."""
    x = max(frame.west + width / 2, min(point[0], frame.east - width / 2))
    return x, max(frame.south + LINE / 2, min(point[1] - LINE, frame.north - LINE / 2))
