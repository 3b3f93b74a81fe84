"""Tables of other systems: their columns are the members of one of our types.

A profile says which column is which member and what the other system leaves unsaid. What it mends is said in it:
leading zeros that a spreadsheet took away, the tail of digits that a binary fraction leaves behind
(`1591714.7999999996`), tariff codes, countries and units in the other system's way. Everything else is issued as it is
written, or refused by the type. A column that the profile does not know is refused, so that nothing is dropped unseen.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sanad_node.ways import declarations
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source
from sanad_node.ways.tables import Row, read_rows, source_of

PROFILES = files("sanad_node.ways") / "tables_of"
_LONG_FRACTION = re.compile(r"[0-9]{1,20}\.[0-9]{5,20}")
_ITEM = "/items/0/"
ITEMS_AT_MOST = 500
DERIVED: Mapping[str, Callable[[str, str], str]] = {
    "gd-date": declarations.gd_date,
    "gd-office": declarations.gd_office,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """See the files in `tables_of/`. `group`: the column that says which lines, one after the other, are items of one
    document; empty where each line is one. `digits`: columns whose numbers lost their leading zeros, and how many
    digits they have. `decimals`: columns whose amounts are rounded, and to how many places. `derived`: members that
    follow from a column, and how.
    """

    name: str
    about: str
    doc_type: str
    constants: Mapping[str, str]
    columns: Mapping[str, str]
    optional: frozenset[str]
    left_out: frozenset[str]
    group: str
    digits: Mapping[str, int]
    decimals: Mapping[str, int]
    tariff: frozenset[str]
    countries: frozenset[str]
    units: frozenset[str]
    derived: Mapping[str, tuple[str, str]]


@cache
def profiles() -> Mapping[str, Profile]:
    """Every profile by its name."""
    found = sorted(one for one in PROFILES.iterdir() if one.name.endswith(".json"))  # type: ignore[type-var]
    return {name: _profile(name, json.loads(one.read_bytes())) for one in found for name in [one.name[:-5]]}


def _profile(name: str, told: Mapping[str, Any]) -> Profile:
    return Profile(
        name,
        told["about"],
        told["type"],
        constants=told["constants"],
        columns=told["columns"],
        optional=frozenset(told["optional"]),
        left_out=frozenset(told["leftOut"]),
        group=told["group"],
        digits=told["digits"],
        decimals=told["decimals"],
        tariff=frozenset(told["tariff"]),
        countries=frozenset(told["countries"]),
        units=frozenset(told["units"]),
        derived={member: (column, how) for member, (column, how) in told["derived"].items()},
    )


def read_profile(profile: Profile, path: Path, reading: Reading) -> Iterator[Source]:
    """Each document that a table of this profile makes; `BatchSourceInvalid` for another table."""
    lines = _fitting(profile, read_rows(path))
    groups = groupby(lines, key=lambda row: row.cells.get(profile.group, "").strip() or row.name)
    for _, group in islice(groups, reading.first, None):
        yield _source(profile, list(islice(group, ITEMS_AT_MOST + 1)), reading)


def _fitting(profile: Profile, rows: Iterator[Row]) -> Iterator[Row]:
    fits = False
    for row in rows:
        if not fits and row.problem is None:
            _must_fit(list(row.cells), profile)
            fits = True
        yield row


def _must_fit(header: list[str], profile: Profile) -> None:
    for place, name in enumerate(header, start=1):
        if name not in profile.columns and name not in profile.left_out:
            raise BatchSourceInvalid(
                f"column {place} is none that {profile.name} knows", field=f"column {place}"
            )
    for name in profile.columns:
        if name not in header and name not in profile.optional:
            raise BatchSourceInvalid(f"the column {name} of {profile.name} is missing", field=name)


def _source(profile: Profile, lines: list[Row], reading: Reading) -> Source:
    """The document that these lines are together: what is said of all of it is the same on each."""
    first, last = lines[0].name, lines[-1].name.removeprefix("line ")
    name = first if len(lines) == 1 else f"{first}-{last}"
    try:
        if len(lines) > ITEMS_AT_MOST:
            raise BatchSourceInvalid(f"a declaration has at most {ITEMS_AT_MOST} items", field=profile.group)
        told: dict[str, str] = {}
        for place, row in enumerate(lines):
            if row.problem is not None:
                return Source(name, None, row.problem)
            for member, text in _renamed(row.cells, profile).items():
                if member.startswith(_ITEM):
                    told[f"/items/{place}/{member.removeprefix(_ITEM)}"] = text
                elif told.setdefault(member, text) != text:
                    raise BatchSourceInvalid(
                        "two lines of one declaration contradict each other", field=member
                    )
    except BatchSourceInvalid as error:
        return Source(name, None, error)
    return source_of(name, told, None, reading)


def _renamed(cells: Mapping[str, str], profile: Profile) -> dict[str, str]:
    told = dict(profile.constants)
    for name, member in profile.columns.items():
        if name in cells:
            told[member] = _mended(cells[name], profile, name)
    for member, (column, how) in profile.derived.items():
        told[member] = DERIVED[how](cells[column], column)
    return told


def _mended(text: str, profile: Profile, column: str) -> str:
    text = text.strip()
    if column in profile.digits and text.isdecimal():
        return text.zfill(profile.digits[column])
    if column in profile.decimals and _LONG_FRACTION.fullmatch(text):
        return format(round(Decimal(text), profile.decimals[column]).normalize(), "f")
    if column in profile.tariff:
        return declarations.tariff_code(text)
    if column in profile.countries:
        return declarations.country(text, column)
    return declarations.unit(text) if column in profile.units else text
