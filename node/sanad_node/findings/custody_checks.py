"""How custody is looked at: the kinds of check of rules whose `of` is `custody`.

Each looks at one journey and says what it found, or nothing. Times are those of blocks and of devices; a statement that
reached the ledger late is late. What nobody stated is not judged.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from sanad_node import corridors
from sanad_node.corridors import Corridor, Station
from sanad_node.findings.journeys import HOUR, Journey, JourneyStep
from sanad_node.findings.rules import Rule
from sanad_node.places import place
from sanad_verifier.entries import Condition

MOST = 200
"""Findings of one rule about one consignment."""
EARTH_KM = 6371.0
NEAR_KM = 15.0
"""How near to a station a device is at it."""
LEAST_KM = 20.0
"""Positions are those of places, and places are large: shorter ways say nothing about speed."""
UNSEEN = frozenset({"error_declared", "hold", "lift"})
"""Acts for which nobody has to have seen the cargo."""
CONTRADICTS = frozenset({Condition.SEAL_BROKEN, Condition.SEAL_CHANGED})
Check = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A place in the story: an act, what of it, and what it says."""

    step: JourneyStep
    what: str
    value: str


@dataclass(frozen=True, slots=True)
class CustodyHit:
    """What a check found; `figures` are worked out from more than the places."""

    seen: tuple[Seen, ...]
    figures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Position:
    """Where the cargo was at a moment, as somebody stated or a device measured."""

    time: int
    lat: float
    lon: float
    step: JourneyStep
    place: str


def run(rule: Rule, journey: Journey) -> list[CustodyHit]:
    """What a rule finds about a journey, in its order."""
    hits: list[CustodyHit] = []
    for hit in KINDS[rule.check["kind"]](rule.check, journey):
        hits.append(hit)
        if len(hits) == MOST:
            break
    return hits


def _mark(check: Check, journey: Journey) -> Iterator[CustodyHit]:
    """An act that states or shows something wrong: `mark` says what."""
    before: JourneyStep | None = None
    for step in journey.steps:
        for mark in step.marks:
            if mark.kind != check["mark"]:
                continue
            if mark.count and before is not None:
                yield CustodyHit(
                    (Seen(before, "quantity", str(mark.before)), Seen(step, "quantity", str(mark.after))),
                    {"count": str(mark.count)},
                )
            else:
                yield CustodyHit((Seen(step, "condition", mark.words),))
        if step.act in {"register", "ship", "receive"} and step.quantity:
            before = step


def _late(_: Check, journey: Journey) -> Iterator[CustodyHit]:
    """A station of the corridor passed after its hour."""
    for start, corridor in _set_out(journey):
        for station in corridor.stations:
            reached = _reached(journey, start, station)
            late = 0 if reached is None else reached.time - start.time - station.hours * HOUR
            if reached is not None and late > 0:
                yield CustodyHit(
                    (Seen(start, "act", start.act), _at(reached)),
                    {
                        "station": station.title.en,
                        "late": _hours(late),
                        "allowed": _hours(station.hours * HOUR),
                    },
                )


def _missing(_: Check, journey: Journey) -> Iterator[CustodyHit]:
    """A required station that was not passed by its hour: the first one, since nothing after it can have been."""
    for start, corridor in _set_out(journey):
        for station in corridor.stations:
            if not station.required or _reached(journey, start, station) is not None:
                continue
            late = journey.until - start.time - station.hours * HOUR
            if late > 0:
                last = _within(journey, start, corridor)[-1]
                yield CustodyHit(
                    (Seen(start, "act", start.act), Seen(last, f"until/{station.hours}", last.act)),
                    {
                        "station": station.title.en,
                        "late": _hours(late),
                        "allowed": _hours(station.hours * HOUR),
                    },
                )
            break


def _speed(_: Check, journey: Journey) -> Iterator[CustodyHit]:
    """Two positions that no vehicle gets from one to the other of in the time between."""
    for start, corridor in _set_out(journey):
        for one, other in pairwise(_positions(_within(journey, start, corridor))):
            way = distance(one, other)
            took = max(other.time - one.time, 1)
            if way >= LEAST_KM and way * HOUR > corridor.fastest * took:
                yield CustodyHit(
                    (_at(one), _at(other)),
                    {"kilometres": f"{way:.0f}", "took": _hours(took), "fastest": str(corridor.fastest)},
                )


def _silence(_: Check, journey: Journey) -> Iterator[CustodyHit]:
    """No act and no reading for longer than the corridor allows."""
    for start, corridor in _set_out(journey):
        within = _within(journey, start, corridor)
        end = _reached(journey, start, corridor.stations[-1])
        heard = sorted(
            (moment, step.entry, step)
            for step in within
            if step.act not in UNSEEN
            for moment in (*(one.time for one in step.readings), *(() if step.readings else (step.time,)))
        )
        moments = [(moment, step) for moment, _, step in heard]
        if end is None:
            moments.append((journey.until, moments[-1][1]))
        for (before, one), (after, other) in pairwise(moments):
            if after - before > corridor.silence * HOUR:
                yield CustodyHit(
                    (Seen(one, f"heard/{before}", one.act), Seen(other, f"heard/{after}", other.act)),
                    {"silent": _hours(after - before), "allowed": _hours(corridor.silence * HOUR)},
                )


def _alarm(_: Check, journey: Journey) -> Iterator[CustodyHit]:
    """A batch with readings that found the seal open, or an interference."""
    for step in journey.steps:
        opened = sum(one.seal == "open" for one in step.readings)
        tampered = sum(one.tamper for one in step.readings)
        if opened or tampered:
            figures = {"opened": str(opened), "tampered": str(tampered), "readings": str(len(step.readings))}
            yield CustodyHit((Seen(step, "readings", "open" if opened else "tampered"),), figures)


def _contradicted(_: Check, journey: Journey) -> Iterator[CustodyHit]:
    """Somebody saw a broken or another seal that the device still called locked: a tag is read whether it is shut
    or not.
    """
    said: JourneyStep | None = None
    for step in journey.steps:
        if step.readings:
            said = step if step.readings[-1].seal == "locked" else None
        broken = step.condition in CONTRADICTS or any(one.kind == "seal-changed" for one in step.marks)
        if said is not None and broken:
            yield CustodyHit(
                (Seen(said, "readings", "locked"), Seen(step, "condition", step.condition.words))
            )
            said = None


def _struck(_: Check, journey: Journey) -> Iterator[CustodyHit]:
    """An act that its office declared not to have occurred: no other rule looks at it any more, so this one does."""
    for step, declaration in journey.struck:
        showed = [one.words for one in step.marks]
        showed += (
            ["a device's alarm"] if any(one.seal == "open" or one.tamper for one in step.readings) else []
        )
        seen = (Seen(step, "act", step.act), Seen(declaration, "error", "did-not-occur"))
        yield CustodyHit(seen, {"showed": ", ".join(showed)} if showed else {})


KINDS: Mapping[str, Callable[[Check, Journey], Iterator[CustodyHit]]] = {
    "mark": _mark,
    "late": _late,
    "missing": _missing,
    "speed": _speed,
    "silence": _silence,
    "alarm": _alarm,
    "contradicted": _contradicted,
    "struck": _struck,
}


def _set_out(journey: Journey) -> Iterator[tuple[JourneyStep, Corridor]]:
    """The acts with which the consignment set out on a corridor that is known here."""
    known = corridors.corridors()
    for step in journey.steps:
        if step.corridor in known and step.act in {"register", "ship"}:
            yield step, known[step.corridor]


def _within(journey: Journey, start: JourneyStep, corridor: Corridor) -> list[JourneyStep]:
    """The acts on the corridor: from setting out to its last station, or to setting out anew."""
    within: list[JourneyStep] = []
    last = corridor.stations[-1].places
    for step in journey.steps:
        if step.entry < start.entry:
            continue
        if step.corridor and step.entry > start.entry and step.act == "ship":
            break
        within.append(step)
        if step.place in last and step.entry > start.entry:
            break
    return within


def _reached(journey: Journey, start: JourneyStep, station: Station) -> Position | None:
    """When the cargo was first at a station: by an act there, or by a reading near it."""
    corridor = corridors.corridors()[start.corridor]
    for one in _positions(_within(journey, start, corridor)[1:]):
        if one.place in station.places or any(_near(one, code) for code in station.places):
            return one
    return None


def _at(one: Position) -> Seen:
    """A position as a place in the story: where an act was done, or where a reading at a moment was taken."""
    if one.place:
        return Seen(one.step, "place", one.place)
    return Seen(one.step, f"position/{one.time}", f"{one.lat},{one.lon}")


def _near(one: Position, code: str) -> bool:
    if one.place:
        return False
    there = place(code)
    return there is not None and _apart(one.lat, one.lon, there.lat, there.lon) <= NEAR_KM


def _positions(steps: list[JourneyStep]) -> list[Position]:
    """Positions in the order of their times."""
    found: list[Position] = []
    for step in steps:
        there = place(step.place) if step.place else None
        if there is not None:
            found.append(Position(step.time, there.lat, there.lon, step, step.place))
        found += [
            Position(one.time, float(one.lat), float(one.lon), step, "") for one in step.readings if one.lat
        ]
    return sorted(found, key=lambda one: (one.time, one.step.entry))


def distance(one: Position, other: Position) -> float:
    """Kilometres along the great circle."""
    return _apart(one.lat, one.lon, other.lat, other.lon)


def _apart(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    up, across = radians(other_lat - lat), radians(other_lon - lon)
    half = sin(up / 2) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(across / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def _hours(seconds: int) -> str:
    """Hours and minutes."""
    return f"{seconds // HOUR} h {seconds % HOUR // 60} min"
