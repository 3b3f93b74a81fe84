"""What a paper says, in the words that the rules use, whatever its type calls them.

`views.json` says for each type where its facts and its lines are. A fact keeps the place it was read from: a finding
names it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

from sanad_node.types import CheckedDocument, Reference, pointers, references_of

LINE_FACTS = ("hs", "description", "quantity", "unit", "origin", "price", "value")


@dataclass(frozen=True, slots=True)
class Fact:
    """A value as the paper writes it, and where."""

    pointer: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of goods. `facts` are those of `LINE_FACTS` that it says; a price that it does not say follows from
    value and quantity and has the value's place.
    """

    place: int
    facts: Mapping[str, Fact]

    def text(self, name: str) -> str:
        found = self.facts.get(name)
        return "" if found is None else found.text

    def number(self, name: str) -> Decimal | None:
        return decimal(self.text(name))


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """A paper that stands: what it is on the ledger, and what it says."""

    role: str
    doc_type: str
    digest: str
    issuer: str
    number: str
    entry: int
    exports: bool
    facts: Mapping[str, tuple[Fact, ...]]
    lines: tuple[Line, ...]
    references: tuple[Reference, ...]
    value: Any = field(repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from every other: digest, type, issuer."""
        return self.digest, self.doc_type, self.issuer

    def first(self, name: str) -> Fact | None:
        found = self.facts.get(name, ())
        return found[0] if found else None


def decimal(text: str) -> Decimal | None:
    """A quantity or an amount, None if it is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


@cache
def views() -> Mapping[str, Mapping[str, Any]]:
    """The view of each type that can be compared."""
    told = json.loads((files("sanad_node.findings") / "views.json").read_bytes())
    return {name: told[view["like"]] if "like" in view else view for name, view in told.items()}


def roles() -> Mapping[str, str]:
    """The role of each type."""
    return {name: str(view["role"]) for name, view in views().items()}


def read(document: CheckedDocument, *, issuer: str, entry: int) -> Paper:
    """What a checked document of a type that has a view says."""
    view, value = views()[document.type.name], document.value
    told = view.get("exportWhen")
    exports = told is not None and pointers.first(value, told["pointer"]) in told["is"]
    patterns = {**view["facts"], **(view.get("exports", {}) if exports else {})}
    return Paper(
        str(view["role"]),
        document.type.name,
        document.digest.hex(),
        issuer,
        document.number,
        entry,
        exports,
        {name: tuple(_facts(value, places)) for name, places in patterns.items()},
        tuple(_lines(value, view.get("lines"))),
        references_of(document),
        value,
    )


def _facts(value: Any, patterns: list[str]) -> Iterator[Fact]:
    for pattern in patterns:
        for pointer, found in pointers.find(value, pattern):
            if isinstance(found, str) and found:
                yield Fact(pointer, found)


def _lines(value: Any, view: Mapping[str, str] | None) -> Iterator[Line]:
    if view is None:
        return
    for place, (pointer, element) in enumerate(pointers.find(value, view["at"])):
        found: dict[str, Fact] = {}
        for name in LINE_FACTS:
            text = pointers.first(element, view[name])
            if isinstance(text, str) and text:
                found[name] = Fact(pointer + view[name], text)
        if "price" not in found:
            found.update(_price(found))
        yield Line(place, found)


def _price(said: Mapping[str, Fact]) -> dict[str, Fact]:
    """The price of one unit where only value and quantity are said, to four places."""
    value = decimal(said["value"].text) if "value" in said else None
    quantity = decimal(said["quantity"].text) if "quantity" in said else None
    if value is None or not quantity:
        return {}
    price = (value / quantity).quantize(Decimal("0.0001"))
    return {"price": Fact(said["value"].pointer, format(price, "f"))}
