"""A table of another system, its columns renamed to the members of one of our types: a table for `sanad issue-batch`.

A profile says which column is which member and what the other system leaves unsaid. Two things are mended, where the
profile says so: leading zeros that a spreadsheet took away, and the tail of digits that a binary fraction leaves
behind (`1591714.7999999996`). Everything else is issued as it is written, or refused by the type. A column that the
profile does not know is refused, so that nothing is dropped unseen.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sanad_verifier.errors import InputError

PROFILES = files("sanad_node.conversion") / "profiles"
_LONG_FRACTION = re.compile(r"[0-9]{1,20}\.[0-9]{5,20}")
LARGEST = 256 << 20
"""Bytes of a table: what a batch may have."""


class UnknownProfile(InputError):
    """No profile has this name."""

    code = "UNKNOWN_PROFILE"


class TableInvalid(InputError):
    """The table is not one of its profile. `field` names the column or line."""

    code = "TABLE_INVALID"


@dataclass(frozen=True, slots=True)
class Profile:
    """See the files in `profiles/`. `digits`: columns whose numbers lost their leading zeros, and how many digits they
    have. `decimals`: columns whose amounts are rounded, and to how many places.
    """

    name: str
    about: str
    doc_type: str
    constants: Mapping[str, str]
    columns: Mapping[str, str]
    left_out: frozenset[str]
    digits: Mapping[str, int]
    decimals: Mapping[str, int]


@cache
def profiles() -> Mapping[str, Profile]:
    """Every profile by its name."""
    found = sorted(one for one in PROFILES.iterdir() if one.name.endswith(".json"))  # type: ignore[type-var]
    return {name: _profile(name, json.loads(one.read_bytes())) for one in found for name in [one.name[:-5]]}


def _profile(name: str, told: Mapping[str, Any]) -> Profile:
    return Profile(
        name, told["about"], told["type"], told["constants"], told["columns"], frozenset(told["leftOut"]),
        told["digits"], told["decimals"],
    )  # fmt: skip


def get(name: str) -> Profile:
    """The profile of a name; `UnknownProfile` if there is none."""
    found = profiles().get(name)
    if found is None:
        raise UnknownProfile(
            "there is no such profile; there are " + ", ".join(profiles()), field="--profile"
        )
    return found


def convert(path: Path, profile: Profile) -> tuple[bytes, int]:
    """The table with our columns, and how many rows it has. Raises `TableInvalid`, naming the column or line."""
    try:
        if path.stat().st_size > LARGEST:
            raise TableInvalid(f"a table has at most {LARGEST} bytes", field=path.name)
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise TableInvalid("the table cannot be read", field=path.name) from error
    except UnicodeDecodeError as error:
        raise TableInvalid("the table is not UTF-8", field=path.name) from error
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    rows = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(reader, [])
        taken = _columns(header, profile)
        writer.writerow([*profile.constants, *(member for _, member, _ in taken)])
        for line, row in enumerate(reader, start=2):
            if len(row) != len(header):
                raise TableInvalid("the row has more or fewer columns than the header", field=f"line {line}")
            cells = (_cell(row[at], profile, name) for at, _, name in taken)
            writer.writerow([*profile.constants.values(), *cells])
            rows += 1
    except csv.Error as error:
        raise TableInvalid("the table is malformed", field=path.name) from error
    return out.getvalue().encode(), rows


def _columns(header: list[str], profile: Profile) -> list[tuple[int, str, str]]:
    """Place, member and name of each column that is taken."""
    if len(set(header)) < len(header):
        raise TableInvalid("two columns have the same name", field="line 1")
    for place, name in enumerate(header, start=1):
        if name not in profile.columns and name not in profile.left_out:
            raise TableInvalid("the profile does not know this column", field=f"column {place}")
    for name in profile.columns:
        if name not in header:
            raise TableInvalid("a column of the profile is missing", field=name)
    known = profile.columns
    return [(at, known[name], name) for at, name in enumerate(header) if name in known]


def _cell(text: str, profile: Profile, column: str) -> str:
    text = text.strip()
    if column in profile.digits and text.isdecimal():
        return text.zfill(profile.digits[column])
    if column in profile.decimals and _LONG_FRACTION.fullmatch(text):
        return format(round(Decimal(text), profile.decimals[column]).normalize(), "f")
    return text
