"""The list that an officer counted: CSV or JSON, read strictly and within bounds.

CSV (RFC 4180, UTF-8) has a header that names the columns, in any order: `entry_number`, `chassis_number`,
`case_number`, `location`, and for goods `goods`, `quantity`, `unit`. JSON is a list of objects with the same members.
A row without `goods` says that the thing is there; one with goods says how much of them. Everything wrong is told with
its row.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sanad_node.types import NumberInvalid, normalise_number
from sanad_node.types.checking import Problem
from sanad_verifier import json_profile
from sanad_verifier.errors import InputError, SanadError
from sanad_verifier.subjects import normalise_subject

COLUMNS = ("entry_number", "chassis_number", "case_number", "location", "goods", "quantity", "unit")
LARGEST = 4 << 20
MOST_ROWS = 20_000
MOST_PROBLEMS = 20
LONGEST = 140
NUMBER = re.compile(r"[A-Za-z0-9]([A-Za-z0-9/._ -]*[A-Za-z0-9])?", re.ASCII)
QUANTITY = re.compile(r"(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?", re.ASCII)
UNIT = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class ListInvalid(InputError):
    """A counted list cannot be read. `problems` says in which row, and why; nothing was compared."""

    code = "STOCKTAKE_LIST_INVALID"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("the counted list cannot be taken as it is", field="LIST")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Counted:
    """One row. `row` counts from 1, without the header; empty texts are not said."""

    row: int
    entry_number: str = ""
    chassis_number: str = ""
    case_number: str = ""
    location: str = ""
    goods: str = ""
    quantity: str = ""
    unit: str = ""

    @property
    def entry(self) -> str:
        """The entry number as numbers are compared."""
        return normalise_number(self.entry_number) if self.entry_number else ""

    @property
    def chassis(self) -> str:
        """The chassis as readings of it are compared."""
        return normalise_subject("chassis", self.chassis_number) if self.chassis_number else ""


def read(data: bytes) -> tuple[Counted, ...]:
    """The rows of a list: JSON if it begins with a bracket, else CSV. `ListInvalid` for everything else."""
    if len(data) > LARGEST:
        raise ListInvalid((Problem("", "TOO_LARGE", f"the list has more than {LARGEST} bytes"),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListInvalid((Problem("", "NOT_UTF8", "the list is not UTF-8"),)) from error
    rows = list(_bounded(_json(text) if text.lstrip().startswith("[") else _csv(text)))
    problems = [one for number, row in rows for one in _problems(number, row)]
    problems = problems or list(_twice(rows))
    if problems:
        raise ListInvalid(tuple(problems[:MOST_PROBLEMS]))
    return tuple(Counted(number, **row) for number, row in rows)


def _bounded(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise ListInvalid((Problem("", "TOO_MANY_ROWS", f"a list has at most {MOST_ROWS} rows"),))
        yield number, {name: value for name, value in row.items() if value != ""}


def _csv(text: str) -> Iterator[dict[str, str]]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [cell.strip() for cell in next(reader, [])]
        unknown = set(header) - set(COLUMNS)
        if not header or unknown or len(set(header)) != len(header):
            wanted = ", ".join(COLUMNS)
            raise ListInvalid(
                (Problem("/0", "HEADER_WRONG", f"the first row names columns, once each, of: {wanted}"),)
            )
        for number, cells in enumerate(reader, start=1):
            if not cells:
                continue
            if len(cells) != len(header):
                raise ListInvalid(
                    (
                        Problem(
                            f"/{number}", "CELLS_WRONG", f"row {number} has not as many cells as the header"
                        ),
                    )
                )
            yield dict(zip(header, (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        raise ListInvalid((Problem("", "CSV_WRONG", "the list is not CSV as RFC 4180 has it"),)) from error


def _json(text: str) -> Iterator[dict[str, str]]:
    try:
        told = json_profile.parse(text.encode())  # bounded in depth, and no member twice
    except SanadError as error:
        raise ListInvalid((Problem("", "JSON_WRONG", f"the list is not JSON: {error.message}"),)) from error
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise ListInvalid((Problem("", "JSON_WRONG", "the list is a JSON list of objects"),))
    yield from told


def _problems(number: int, row: Mapping[str, Any]) -> Iterator[Problem]:
    def wrong(name: str, why: str) -> Problem:
        return Problem(f"/{number}/{name}" if name else f"/{number}", "ROW_WRONG", f"row {number}: {why}")

    if unknown := set(row) - set(COLUMNS):
        yield wrong("", f"{len(unknown)} unknown member(s)")
        return
    if any(not isinstance(value, str) for value in row.values()):
        yield wrong("", "every member is a text")
        return
    if not row.get("entry_number") and not row.get("chassis_number"):
        yield wrong("entry_number", "an entry number or a chassis number is missing")
    for name in ("entry_number", "chassis_number", "case_number"):
        longest = 32 if name == "chassis_number" else 64
        if name in row and not (
            NUMBER.fullmatch(row[name]) and len(row[name]) <= longest and _is_number(row[name])
        ):
            yield wrong(name, "this is no number")
    for name in ("location", "goods"):
        if name in row and (len(row[name]) > LONGEST or CONTROL.search(row[name])):
            yield wrong(name, f"at most {LONGEST} printable characters")
    if "goods" in row and ("quantity" not in row or "unit" not in row):
        yield wrong("quantity", "goods are counted with a quantity and a unit")
    if "goods" not in row and ("quantity" in row or "unit" in row):
        yield wrong("goods", "a quantity is of goods; a vehicle is one")
    if "quantity" in row and not QUANTITY.fullmatch(row["quantity"]):
        yield wrong("quantity", "a quantity is a decimal like 12 or 12.5")
    if "unit" in row and not UNIT.fullmatch(row["unit"]):
        yield wrong("unit", "a unit is a code of UN/ECE Recommendation 20")


def _is_number(text: str) -> bool:
    try:
        normalise_number(text)
    except NumberInvalid:
        return False
    return True


def _twice(rows: Iterable[tuple[int, dict[str, str]]]) -> Iterator[Problem]:
    """What is counted twice, by its number or its chassis."""
    seen: dict[tuple[str, str, str, str], int] = {}
    for number, row in rows:
        one = Counted(number, **row)
        for key in (("entry", one.entry), ("chassis", one.chassis)):
            if not key[1]:
                continue
            first = seen.setdefault((*key, one.goods.casefold(), one.unit), number)
            if first != number:
                yield Problem(
                    f"/{number}", "COUNTED_TWICE", f"row {number} counts again what row {first} counts"
                )
                break
