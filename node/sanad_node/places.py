"""Where is a UN/LOCODE? The places customs papers here name most; one that is not among them is not guessed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

CODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its code. Positions are good for drawing, not for navigation."""

    code: str
    name: str
    name_ur: str
    lat: float
    lon: float

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2."""
        return self.code[:2]

    def in_language(self, language: str) -> str:
        return self.name_ur if language == "ur" else self.name


@cache
def known_places() -> Mapping[str, Place]:
    """All places by code."""
    told = json.loads(files("sanad_node.identifiers").joinpath("data", "places.json").read_text("utf-8"))[
        "places"
    ]
    return MappingProxyType(
        {code: Place(code, one["name"], one["ur"], one["lat"], one["lon"]) for code, one in told.items()}
    )


def place(code: str) -> Place | None:
    """The place of a code as the ledger has it, or None."""
    return known_places().get(code) if CODE.fullmatch(code) else None
