"""Tables, written as CSV (RFC 4180, UTF-8) or as a workbook: the same rows give the same documents."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sanad_node import types
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source, finished
from sanad_verifier.errors import SanadError

COLUMNS_AT_MOST = 1000
CELL_AT_MOST = 32_767
"""Characters of a cell: what a spreadsheet holds."""
_PACKED = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its name (`line 2`), and its cells by column or what is wrong with it."""

    name: str
    cells: Mapping[str, str]
    problem: BatchSourceInvalid | None = None


def is_workbook(path: Path) -> bool:
    """Whether a file is packed as workbooks are; what it is called does not matter."""
    try:
        with path.open("rb") as file:
            return file.read(len(_PACKED)) == _PACKED
    except OSError:
        return False


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a table, which is CSV or a workbook. `BatchSourceInvalid` where it cannot be read on."""
    if is_workbook(path):
        from sanad_node.ways import workbooks  # noqa: PLC0415  the library takes a while to import

        yield from workbooks.read_rows(path)
        return
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="strict") as file:
            reader = csv.DictReader(file, strict=True)
            if not reader.fieldnames:
                raise BatchSourceInvalid("the CSV file has no header", field=path.name)
            must_be_header(reader.fieldnames, path.name)
            for line, row in enumerate(reader, start=2):
                yield _csv_row(f"line {line}", row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise BatchSourceInvalid("the CSV file is malformed or not UTF-8", field=path.name) from error
    except OSError as error:
        raise BatchSourceInvalid("the CSV file cannot be read", field=path.name) from error


def must_be_header(names: Sequence[str], field: str) -> None:
    """Refuse a header that does not name each column once."""
    if len(names) > COLUMNS_AT_MOST:
        raise BatchSourceInvalid(f"a row has at most {COLUMNS_AT_MOST} columns", field=field)
    if len(set(names)) < len(names):
        raise BatchSourceInvalid("two columns of the table have the same name", field=field)


def _csv_row(name: str, row: dict[str | None, str | None]) -> Row:
    if None in row or None in row.values():
        problem = BatchSourceInvalid("the row has more or fewer columns than the header", field=name)
        return Row(name, {}, problem)
    return Row(name, {str(column): str(value) for column, value in row.items()})


def read_table(path: Path, reading: Reading) -> Iterator[Source]:
    """Each row as a document of the type; the header has JSON pointers or dotted names."""
    for row in islice(read_rows(path), reading.first, None):
        yield source_of(row.name, row.cells, row.problem, reading)


def source_of(name: str, cells: Mapping[str, str], problem: SanadError | None, reading: Reading) -> Source:
    """The document that a row's cells are, by the names of members."""
    if problem is not None:
        return Source(name, None, problem)
    try:
        return Source(name, finished(reading, types.value_of_row(reading.kind, cells)))
    except SanadError as error:
        return Source(name, None, error)
