"""Makes the outlines of the pages' map: `python scripts/make_map.py` writes api/sanad_api/pages/map/land.json.

The source is Natural Earth (public domain), countries at 1:50,000,000, as TopoJSON from the npm package
`world-atlas`. Two levels are written: the whole world coarsely, and the region from the Gulf to the China Sea
finely. Arcs are simplified before they are joined to rings, so a border and the land it divides keep the same
points; what is too small to be seen is left out.

Borders are those that the source has, no more and no less: nothing is added, moved or taken away here, and no
position on any of them is meant.
"""

import argparse
import json
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sanad_api.pages.map.geometry import Box, Point, clip_line, clip_ring, ring_area

PACKAGE = "world-atlas@2.0.2"
MEMBER = "package/countries-50m.json"
TARGET = Path(__file__).parents[1] / "api/sanad_api/pages/map/land.json"
STEPS = 100
"""Steps of a degree that coordinates are rounded to: about a kilometre."""
SIZE_AT_MOST = 250_000
NOTE = (
    "Outlines: Natural Earth 1:50m (public domain), by way of the npm package world-atlas 2.0.2 (ISC); simplified "
    "by scripts/make_map.py. Borders as in the source; no position taken."
)


@dataclass(frozen=True, slots=True)
class Level:
    """How finely a part of the world is kept: deviations and islands below these are not."""

    name: str
    box: Box
    tolerance: float
    smallest: float


LEVELS = (
    Level("region", Box(20.0, -12.0, 150.0, 56.0), 0.015, 0.003),
    Level("world", Box(-180.0, -60.0, 180.0, 84.0), 0.25, 0.3),
)


class Topology:
    """A TopoJSON file with its arcs as points."""

    def __init__(self, told: dict[str, Any]) -> None:
        (self._wide, self._high), (self._west, self._south) = (
            told["transform"]["scale"],
            told["transform"]["translate"],
        )
        self.arcs = [list(self._points(arc)) for arc in told["arcs"]]
        self.land = list(rings_of(told["objects"]["land"]))
        self.countries = [list(rings_of(one)) for one in told["objects"]["countries"]["geometries"]]

    def _points(self, arc: Iterable[tuple[int, int]]) -> Iterator[Point]:
        x = y = 0
        for dx, dy in arc:
            x, y = x + dx, y + dy
            yield x * self._wide + self._west, y * self._high + self._south


def rings_of(geometry: dict[str, Any]) -> Iterator[list[int]]:
    """The rings of a geometry, each as the numbers of its arcs; a negative number is an arc backwards."""
    if geometry["type"] == "GeometryCollection":
        for one in geometry["geometries"]:
            yield from rings_of(one)
    elif geometry["type"] == "Polygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon


def shared_arcs(countries: list[list[list[int]]]) -> list[int]:
    """The arcs that two countries have in common: the borders between them."""
    owners: dict[int, set[int]] = defaultdict(set)
    for number, rings in enumerate(countries):
        for ring in rings:
            for arc in ring:
                owners[arc if arc >= 0 else ~arc].add(number)
    return sorted(arc for arc, of in owners.items() if len(of) > 1)


def simplified(line: list[Point], tolerance: float) -> list[Point]:
    """The line without the points that lie within `tolerance` of it (Douglas and Peucker); its ends stay."""
    kept = [False] * len(line)
    kept[0] = kept[-1] = True
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        farthest, distance = 0, tolerance
        for place in range(first + 1, last):
            away = _distance(line[place], line[first], line[last])
            if away > distance:
                farthest, distance = place, away
        if farthest:
            kept[farthest] = True
            waiting += [(first, farthest), (farthest, last)]
    return [point for point, keep in zip(line, kept, strict=True) if keep]


def _distance(point: Point, start: Point, end: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, start, end
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / length))
    return float(((x - x1 - along * dx) ** 2 + (y - y1 - along * dy) ** 2) ** 0.5)


def level_of(topology: Topology, level: Level) -> dict[str, Any]:
    """The land and the borders of one level, as rounded steps from point to point."""
    arcs = [simplified(arc, level.tolerance) for arc in topology.arcs]
    land = []
    for ring in topology.land:
        points = unwrapped([point for number in ring for point in _arc(arcs, number)[:-1]])
        for turn in (-360.0, 0.0, 360.0):
            clipped = clip_ring([(lon + turn, lat) for lon, lat in points], level.box)
            if len(clipped) > 2 and abs(ring_area(clipped)) >= level.smallest:
                land.append(_steps(clipped))
    borders = [
        _steps(part)
        for number in shared_arcs(topology.countries)
        for part in clip_line(arcs[number], level.box)
    ]
    return {"name": level.name, "box": list(level.box), "land": land, "borders": borders}


def unwrapped(ring: list[Point]) -> list[Point]:
    """A ring without leaps: what crosses the 180th meridian goes on beyond it, to be cut there."""
    found: list[Point] = []
    for lon, lat in ring:
        turns = round((found[-1][0] - lon) / 360) if found else 0
        found.append((lon + 360.0 * turns, lat))
    return found


def _arc(arcs: list[list[Point]], number: int) -> list[Point]:
    return arcs[number] if number >= 0 else arcs[~number][::-1]


def _steps(line: list[Point]) -> list[int]:
    told: list[int] = []
    x = y = 0
    for lon, lat in line:
        new_x, new_y = round(lon * STEPS), round(lat * STEPS)
        if told and (new_x, new_y) == (x, y):
            continue
        told += [new_x - x, new_y - y]
        x, y = new_x, new_y
    return told


def fetch(folder: Path) -> dict[str, Any]:
    """The source file, from the registry's package."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        member = package.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{PACKAGE} has no {MEMBER}")
        told: dict[str, Any] = json.load(member)
        return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        topology = Topology(fetch(Path(folder)))
    levels = [level_of(topology, level) for level in LEVELS]
    text = json.dumps({"note": NOTE, "steps": STEPS, "levels": levels}, separators=(",", ":")) + "\n"
    if len(text) > SIZE_AT_MOST:
        raise SystemExit(f"the outlines take {len(text)} bytes, more than {SIZE_AT_MOST}")
    asked.target.write_text(text, encoding="utf-8")
    print(f"{asked.target.name}: {len(text)} bytes")


if __name__ == "__main__":
    main()
