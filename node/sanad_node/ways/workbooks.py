"""Spreadsheets (Office Open XML, ECMA-376, `.xlsx`) from strangers, row by row, as text.

A cell is taken as its author saw it. A number has at most fifteen significant digits, which is all that a spreadsheet
keeps; a day is written as ISO 8601. A formula, an error and a longer number are refused, not guessed at: the row says
which column. A workbook has one sheet with something in it, so that nothing is dropped unseen.
"""

import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat
from zipfile import ZipFile

import openpyxl
from openpyxl.utils.cell import coordinate_to_tuple

from sanad_node.ways.archives import DAMAGE, Bounds, opened
from sanad_node.ways.rows import BatchSourceInvalid
from sanad_node.ways.tables import CELL_AT_MOST, COLUMNS_AT_MOST, Row, must_be_header

BOUNDS = Bounds(members=1000, member=64 << 20, total=128 << 20, folders=True)
ELEMENTS_AT_MOST = 8 * COLUMNS_AT_MOST
"""XML elements of one row, or of one text: bounds memory, since the library holds a row's elements together."""
ROWS_AT_MOST = 1_048_576
"""Rows of a sheet: what a spreadsheet holds."""
DIGITS = 15
PIECE = 1 << 16
_FAULTS = (
    *DAMAGE,
    expat.ExpatError,
    ArithmeticError,
    AttributeError,
    LookupError,
    ParseError,
    RecursionError,
    TypeError,
    AssertionError,
)
"""What the library raises on bytes that are no workbook."""

# the library's warnings repeat what is in cells; nothing of a document belongs into a log
warnings.filterwarnings("ignore", module="openpyxl")


class CellUnclear(BatchSourceInvalid):
    """A cell of a workbook says nothing that could be taken as written. `field` names the column."""

    code = "CELL_UNCLEAR"


class _Unbounded(Exception):
    """A part of the workbook has more in one place than any spreadsheet writes, or not in order."""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of the workbook's one sheet. `BatchSourceInvalid` where it cannot be read on."""
    with opened(path, BOUNDS) as (archive, _):
        try:
            _must_be_bounded(archive)
            with path.open("rb") as file:
                book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
                try:
                    yield from _rows(book, path.name)
                finally:
                    book.close()
        except _Unbounded as error:
            raise _invalid("the workbook is not as a spreadsheet writes one", path) from error
        except BatchSourceInvalid:
            raise
        except _FAULTS as error:
            raise _invalid("the file is no workbook (.xlsx), or is damaged", path) from error


def _rows(book: Any, name: str) -> Iterator[Row]:
    filled = [rows for sheet in book.worksheets if (rows := _filled(sheet)) is not None]
    if len(filled) != 1:
        how = "several sheets with" if filled else "no sheet with"
        raise BatchSourceInvalid(f"the workbook has {how} something in them; one is wanted", field=name)
    number, head = next(filled[0])
    header = [_heading(cell, place, number) for place, cell in enumerate(_trimmed(head), start=1)]
    must_be_header(header, name)
    for number, cells in filled[0]:
        trimmed = _trimmed(cells)
        if trimmed:
            yield _row(f"line {number}", header, trimmed)


def _filled(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]] | None:
    """The sheet's rows from the first that has something in it; None for an empty sheet."""
    sheet.reset_dimensions()  # what the file says of its size is not believed: rows would be padded to it
    rows = _numbered(sheet)
    for number, cells in rows:
        if _trimmed(cells):
            return chain([(number, cells)], rows)
    return None


def _numbered(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > ROWS_AT_MOST or len(cells) > COLUMNS_AT_MOST:
            raise _Unbounded
        yield number, cells


def _trimmed(cells: Sequence[Any]) -> Sequence[Any]:
    """The cells of a row up to the last one that has something in it."""
    end = len(cells)
    while end and cells[end - 1].value in {None, ""}:
        end -= 1
    return cells[:end]


def _heading(cell: Any, place: int, number: int) -> str:
    if cell.data_type != "s" or not isinstance(cell.value, str):
        raise CellUnclear("the first row names every column, as text", field=f"line {number}, column {place}")
    return cell.value.strip()


def _row(name: str, header: Sequence[str], cells: Sequence[Any]) -> Row:
    if len(cells) > len(header):
        problem = BatchSourceInvalid("the row has more columns than the header", field=name)
        return Row(name, {}, problem)
    told = dict.fromkeys(header, "")
    for column, cell in zip(header, cells, strict=False):
        try:
            told[column] = _text(cell)
        except CellUnclear as error:
            return Row(name, {}, CellUnclear(error.message, field=column))
    return Row(name, told)


def _text(cell: Any) -> str:
    value, how = cell.value, cell.data_type
    if value is None:
        return ""
    if how == "f":
        raise CellUnclear("the cell has a formula; paste its value in its place")
    if how == "e":
        raise CellUnclear("the cell has an error instead of a value")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return _day(value)
    if how != "s" or not isinstance(value, str):
        raise CellUnclear("the cell is a time or a duration; write it as text")
    if len(value) > CELL_AT_MOST:
        raise CellUnclear(f"a cell has at most {CELL_AT_MOST} characters")
    return value


def _number(value: float) -> str:
    if isinstance(value, int) and abs(value) >= 10**DIGITS:
        raise CellUnclear(f"a spreadsheet keeps {DIGITS} digits of a number; write longer ones as text")
    told = Decimal(format(value, f".{DIGITS}g"))
    if not told.is_finite() or abs(told) >= 10**DIGITS:
        raise CellUnclear(f"a spreadsheet keeps {DIGITS} digits of a number; write longer ones as text")
    text = format(told, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _day(value: datetime) -> str:
    if value.time() != time():
        raise CellUnclear("the cell is a day with a time; write it as text")
    return value.date().isoformat()


def _must_be_bounded(archive: ZipFile) -> None:
    """Look through every part before the library holds any of it."""
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as part:
                look = _Look()
                while piece := part.read(PIECE):
                    look.parser.Parse(piece, False)
                look.parser.Parse(b"", True)


class _Look:
    """How much is in one row or text of a part; that its rows and cells are in order, since the library leaves out what
    is not; and that it has no document type, through which entities come.
    """

    def __init__(self) -> None:
        self._count = self._row = self._column = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._count = self._column = 0
                self._row = _after(self._row, int(attributes.get("r", self._row + 1)), ROWS_AT_MOST)
            case "c":
                self._column = _after(self._column, self._place(attributes.get("r")), COLUMNS_AT_MOST)
            case "si" | "xf":
                self._count = 0
        self._count += 1
        if self._count > ELEMENTS_AT_MOST:
            raise _Unbounded

    def _place(self, written: str | None) -> int:
        """The column of a cell, which stands in its own row."""
        if written is None:
            return self._column + 1
        row, column = coordinate_to_tuple(written)
        if row != self._row:
            raise _Unbounded
        return int(column)

    @staticmethod
    def _doctype(*_: object) -> None:
        raise _Unbounded


def _after(last: int, told: int, most: int) -> int:
    if not last < told <= most:
        raise _Unbounded
    return told


def _invalid(message: str, path: Path) -> BatchSourceInvalid:
    return BatchSourceInvalid(message, field=path.name)
