"""From degrees to the drawing's units: a view around some points, equirectangular, true to scale in its middle."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from sanad_api.pages.map.geometry import Box, Point, box_of

WIDTH, HEIGHT = 400, 320
HEIGHT_AT_LEAST = 5.0
"""Degrees of latitude: nearer than this the outlines are too coarse to mean anything."""
MARGIN = 0.18
SOUTHMOST, NORTHMOST = -60.0, 84.0
TRUE_AT_MOST = 60.0
"""The scale is true at a latitude no farther than this from the equator, so that a view never gets absurdly wide."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A view of the world and the scale it is drawn at."""

    view: Box
    across: float
    up: float

    def point(self, lon: float, lat: float) -> Point:
        """Where a place is drawn; y grows downwards."""
        return (lon - self.view.west) * self.across, (self.view.north - lat) * self.up


def around(points: Sequence[Point]) -> Projection:
    """The projection that shows all these points (longitude, latitude) with a margin."""
    tight = box_of(points)
    middle_lat = (tight.south + tight.north) / 2
    squeeze = cos(radians(max(-TRUE_AT_MOST, min(TRUE_AT_MOST, middle_lat))))
    ratio = WIDTH / HEIGHT / squeeze  # degrees of longitude to one of latitude
    padded = 1 + 2 * MARGIN
    high = max(
        (tight.north - tight.south) * padded, (tight.east - tight.west) * padded / ratio, HEIGHT_AT_LEAST
    )
    wide = high * ratio
    if wide > 360:
        high, wide = high * 360 / wide, 360.0
    west = _within((tight.west + tight.east - wide) / 2, wide, -180.0, 180.0)
    south = _within(middle_lat - high / 2, high, SOUTHMOST, NORTHMOST)
    view = Box(west, south, west + wide, south + high)
    return Projection(view, WIDTH / wide, HEIGHT / high)


def _within(start: float, length: float, least: float, most: float) -> float:
    """Where a stretch begins so that it stays within its bounds, if it fits at all."""
    return max(least, min(start, most - length))
