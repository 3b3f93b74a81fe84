"""Corridors: the stations that transit cargo passes, and by when. One file each, none of them code.

Hours are counted from the hand-over with which a consignment sets out. What a corridor's file says is the road's own
measure, not the law's; `fastest` is in kilometres an hour along the straight line, `silence` in hours without any news.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from sanad_node.places import known_places
from sanad_node.types.registry import Text
from sanad_verifier.errors import EnvironmentFault, InputError

FOLDER = files("sanad_node.corridors")
MEMBERS = frozenset({"id", "title", "from", "stations", "fastest", "silence"})
STATION = frozenset({"title", "places", "hours", "required"})


class CorridorWrong(EnvironmentFault):
    """A corridor's file does not say what it must."""

    code = "CORRIDOR_WRONG"


class UnknownCorridor(InputError):
    """No corridor has this name."""

    code = "UNKNOWN_CORRIDOR"


@dataclass(frozen=True, slots=True)
class Station:
    """A place on the way; `hours` after setting out it is passed, if it is `required`."""

    title: Text
    places: frozenset[str]
    hours: int
    required: bool


@dataclass(frozen=True, slots=True)
class Corridor:
    """See the files. The last station is where the corridor ends."""

    id: str
    title: Text
    starts: frozenset[str]
    stations: tuple[Station, ...]
    fastest: int
    silence: int


@cache
def corridors() -> Mapping[str, Corridor]:
    """Every corridor by its name, in order of name."""
    found = sorted((one for one in FOLDER.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    return MappingProxyType({one.id: one for one in map(load, found)})


def get(name: str) -> Corridor:
    """The corridor of a name; `UnknownCorridor` if there is none."""
    found = corridors().get(name)
    if found is None:
        raise UnknownCorridor("there is no such corridor; see `sanad custody corridors`", field="--corridor")
    return found


@cache
def digest() -> bytes:
    """SHA-256 over all corridors: what is found depends on them."""
    whole = hashlib.sha256()
    for name in corridors():
        whole.update((FOLDER / f"{name}.json").read_bytes())
    return whole.digest()


def load(file: Traversable) -> Corridor:
    """One corridor; `CorridorWrong` names its file."""
    try:
        told = json.loads(file.read_bytes())
        if told.keys() != MEMBERS or f"{told['id']}.json" != file.name:
            raise CorridorWrong("a corridor has exactly the members it needs", field=file.name)
        stations = tuple(_station(one, file.name) for one in told["stations"])
        hours = [one.hours for one in stations]
        if not stations or hours != sorted(set(hours)) or not stations[-1].required:
            raise CorridorWrong("stations follow each other, and the last one is required", field=file.name)
        if (
            not frozenset(told["from"]) <= known_places().keys()
            or not told["fastest"] > 0
            or not told["silence"] > 0
        ):
            raise CorridorWrong("a corridor's places and limits must be known", field=file.name)
        return Corridor(
            told["id"],
            _text(told["title"]),
            frozenset(told["from"]),
            stations,
            told["fastest"],
            told["silence"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorridorWrong("a corridor's file cannot be read as one", field=file.name) from error


def _station(told: Mapping[str, object], name: str) -> Station:
    places, hours, required = told["places"], told["hours"], told["required"]
    if told.keys() != STATION or not isinstance(places, list) or not set(places) <= known_places().keys():
        raise CorridorWrong("a station's places must be known", field=name)
    if not isinstance(hours, int) or not isinstance(required, bool) or hours <= 0:
        raise CorridorWrong("a station has hours, and is required or not", field=name)
    return Station(_text(told["title"]), frozenset(places), hours, required)


def _text(told: object) -> Text:
    if not isinstance(told, dict):
        raise TypeError("a text has two languages")
    return Text(told["en"], told["ur"])
