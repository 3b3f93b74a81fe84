"""What is in an upload: rows of a table, lines of JSON, or the files of an archive, each a document to issue.

Every form gives the same `Source`s in an order that never changes, so a row's place names it for ever and a
job that was interrupted goes on from a place. The names of an upload's sources are unique.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from sanad_node.batch_jobs.archives import check_archive, read_archive
from sanad_node.batching import BatchSourceInvalid, Source, read_csv
from sanad_node.types import DocumentType

Form = Literal["csv", "jsonl", "zip"]
"""A table with a header; a JSON document a line; an archive with a document a file."""
_ROWS: tuple[Form, ...] = ("csv", "jsonl")
ROWS_AT_MOST = 250_000
"""Rows of one upload: each leaves an outcome behind, however short it was."""
_CHUNK = 1 << 20


def check_source(path: Path, form: str, kind: DocumentType) -> None:
    """Refuse an upload that cannot be read at all, before it is made a job."""
    if form not in get_args(Form):
        raise BatchSourceInvalid(f"an upload is one of {', '.join(get_args(Form))}", field="form")
    if form in _ROWS and kind.form == "bytes":
        raise BatchSourceInvalid(f"a {kind.name} is a file, not a row of a table: send a zip", field="form")
    if form == "zip":
        check_archive(path)
    elif next(read_source(path, form, kind, b""), None) is None:
        raise BatchSourceInvalid("there is nothing in the file to issue", field="file")


def read_source(
    path: Path, form: str, kind: DocumentType, secret: bytes, *, first: int = 0
) -> Iterator[Source]:
    """The documents of an upload from place `first` on; `BatchSourceInvalid` where it cannot be read on."""
    try:
        for place, source in enumerate(_read(path, form, kind, secret, first), start=first):
            if place >= ROWS_AT_MOST:
                raise BatchSourceInvalid(f"a file may have at most {ROWS_AT_MOST} rows", field="file")
            yield source
    except BatchSourceInvalid as error:
        raise BatchSourceInvalid(error.message, field="file") from error  # the spool's name says nothing


def _read(path: Path, form: str, kind: DocumentType, secret: bytes, first: int) -> Iterator[Source]:
    if form == "csv":
        return read_csv(path, kind, secret, first=first)
    if form == "jsonl":
        return _read_lines(path, kind.max_bytes, first)
    return read_archive(path, kind.max_bytes, first=first)


def _read_lines(path: Path, largest: int, first: int) -> Iterator[Source]:
    """Each line that is not blank; of one too long only as much as the type's own limit refuses."""
    try:
        with path.open("rb") as file:
            place = 0
            for number, line in _lines(file, largest):
                if not line.strip() and len(line) <= largest:
                    continue
                if place >= first:
                    yield Source(f"line {number}", line)
                place += 1
    except OSError as error:
        raise BatchSourceInvalid("the file cannot be read", field="file") from error


def _lines(file: BinaryIO, largest: int) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(largest + 3):  # the line's own end is not the document's
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := file.readline(_CHUNK)):
            pass
        yield number, line.removesuffix(b"\n").removesuffix(b"\r")
