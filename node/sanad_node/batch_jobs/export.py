"""The outcomes of a job as a table that a person opens in a spreadsheet.

RFC 4180, UTF-8. Names and texts come from strangers: a cell that a spreadsheet would take for a formula is
given an apostrophe in front, which it shows as text.
"""

import csv
import io
from collections.abc import Iterator

import orjson

from sanad_node.batch_jobs.records import PAGE_AT_MOST, Records, Row

HEADER = (
    "row",
    "source",
    "outcome",
    "digest",
    "number",
    "entry",
    "leaf",
    "act",
    "code",
    "field",
    "message",
    "warnings",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def outcomes_csv(records: Records, job: str) -> Iterator[bytes]:
    """The table some rows at a time; `UnknownJob` before the first byte."""
    records.job(job)
    return _pages(records, job)


def _pages(records: Records, job: str) -> Iterator[bytes]:
    yield _lines([HEADER])
    after = -1
    while rows := records.rows(job, None, after, PAGE_AT_MOST):
        after = rows[-1].place
        yield _lines([_cells(row) for row in rows])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        str(row.place + 1),
        row.source,
        row.state,
        "" if row.digest is None else row.digest.hex(),
        row.number,
        "" if row.entry is None else str(row.entry),
        "" if row.leaf is None else str(row.leaf),
        row.act,
        row.code,
        row.field,
        row.message,
        "; ".join(f"{one['code']} {one['pointer']}" for one in orjson.loads(row.warnings or b"[]")),
    )


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in cells] for cells in rows)
    return buffer.getvalue().encode("utf-8", "replace")


def harmless(cell: str) -> str:
    """The cell as text, whatever it begins with."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
