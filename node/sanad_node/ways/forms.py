"""In which forms can documents be brought? Our own, and those of other systems.

Every form gives the same `Source`s in an order that never changes, so a row's place names it for ever and a
job that was interrupted goes on from a place. The names of an upload's sources are unique.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO

from sanad_node import types
from sanad_node.types import DocumentType
from sanad_node.ways import credentials, psw
from sanad_node.ways.archives import check_archive, read_archive
from sanad_node.ways.profiles import profiles, read_profile
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source, finished
from sanad_node.ways.tables import is_workbook, read_table
from sanad_verifier import json_profile
from sanad_verifier.errors import SanadError

ROWS_AT_MOST = 250_000
"""Rows of one upload: each leaves an outcome behind, however short it was."""
NAME_AT_MOST = 8
"""Characters of a form's name: what the column of a batch's form has room for."""
_CHUNK = 1 << 20
CSV, JSON_LINES, ZIP, JSON = "text/csv", "application/x-ndjson", "application/zip", "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UnknownForm(BatchSourceInvalid):
    """There is no form of this name."""

    code = "UNKNOWN_FORM"


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which documents come. `doc_type`: what its rows become; empty where whoever brings it says. `media`:
    the media types it is sent as. `fills`: it takes members that the other system leaves unsaid.
    """

    name: str
    about: str
    doc_type: str
    media: tuple[str, ...]
    read: Callable[[Path, Reading], Iterator[Source]]
    fills: bool = False


@cache
def forms() -> Mapping[str, Form]:
    """Every form by its name; ours first."""
    own = (
        Form("csv", "a table (CSV) whose header names members of the type", "", (CSV,), read_table),
        Form("xlsx", "a spreadsheet whose first row names members of the type", "", (XLSX,), read_table),
        Form("jsonl", "a JSON document a line", "", (JSON_LINES,), _read_lines),
        Form("zip", "an archive with a document a file", "", (ZIP,), _read_zip),
    )
    tables = (
        Form(one.name, one.about, one.doc_type, (CSV, XLSX), partial(read_profile, one))
        for one in profiles().values()
    )
    messages = (
        Form(
            "psw-fi",
            "PSW messages of financial instruments for imports: one, or one a line",
            "PSW_FI",
            (JSON, JSON_LINES),
            lambda path, reading: psw.read_messages(path, reading, psw.instrument),
            fills=True,
        ),
        Form(
            "psw-gd",
            "PSW messages of goods declarations: one, or one a line",
            "DECLARATION_EXTRACT",
            (JSON, JSON_LINES),
            lambda path, reading: psw.read_messages(path, reading, psw.declaration),
        ),
        Form(
            "ccg-vc",
            "a W3C verifiable credential of the CCG's traceability vocabulary, version 1 or 2, as JSON: "
            "a bill of lading or an intent to import",
            "CREDENTIAL_EXTRACT",
            (JSON,),
            credentials.read_credential,
        ),
    )
    return {one.name: one for one in (*own, *tables, *messages)}


def get(name: str) -> Form:
    """The form of a name; `UnknownForm` if there is none."""
    found = forms().get(name)
    if found is None:
        raise UnknownForm(f"there is no such form; there are {', '.join(forms())}", field="form")
    return found


def form_of(path: Path) -> str:
    """In which of our own forms a table is, by its first bytes."""
    return "xlsx" if is_workbook(path) else "csv"


def kind_of(form: Form, doc_type: str) -> DocumentType:
    """The type of a form's documents: its own, or the one that was asked for."""
    if form.doc_type and doc_type.upper() not in {"", form.doc_type}:
        raise BatchSourceInvalid(f"what comes as {form.name} becomes a {form.doc_type}", field="type")
    return types.get(form.doc_type or doc_type.upper())


def check_source(path: Path, form: str, kind: DocumentType) -> None:
    """Refuse an upload that cannot be read at all, before it is made a job."""
    known = get(form)
    if kind.form == "bytes" and form != "zip":
        raise BatchSourceInvalid(f"a {kind.name} is a file, not a row of a table: send a zip", field="form")
    kind_of(known, kind.name)
    if form == "zip":
        check_archive(path)
    elif next(read_source(path, form, Reading(kind, b"")), None) is None:
        raise BatchSourceInvalid("there is nothing in the file to issue", field="file")


def read_source(path: Path, form: str, reading: Reading) -> Iterator[Source]:
    """The documents of an upload from a place on; `BatchSourceInvalid` where it cannot be read on."""
    try:
        for place, source in enumerate(get(form).read(path, reading), start=reading.first):
            if place >= ROWS_AT_MOST:
                raise BatchSourceInvalid(f"a file may have at most {ROWS_AT_MOST} rows", field="file")
            yield source
    except UnknownForm:
        raise
    except BatchSourceInvalid as error:
        raise BatchSourceInvalid(error.message, field="file") from error  # the spool's name says nothing


def _read_zip(path: Path, reading: Reading) -> Iterator[Source]:
    return read_archive(path, reading.kind.max_bytes, first=reading.first)


def _read_lines(path: Path, reading: Reading) -> Iterator[Source]:
    """Each line that is not blank; of one too long only as much as the type's own limit refuses."""
    largest = reading.kind.max_bytes
    try:
        with path.open("rb") as file:
            place = 0
            for number, line in _lines(file, largest):
                if not line.strip() and len(line) <= largest:
                    continue
                if place >= reading.first:
                    yield _line(f"line {number}", line, reading)
                place += 1
    except OSError as error:
        raise BatchSourceInvalid("the file cannot be read", field="file") from error


def _line(name: str, line: bytes, reading: Reading) -> Source:
    """A line's document as it is, or, of one that has neither schema name nor salt, with them."""
    kind = reading.kind
    if not kind.salted or b'"salt"' in line or len(line) > kind.max_bytes:
        return Source(name, line)
    try:
        value = json_profile.parse(line)
    except SanadError:
        return Source(name, line)  # the type's check says what is wrong with it
    bare = isinstance(value, dict) and "schema" not in value and "salt" not in value
    return Source(name, finished(reading, value) if bare and isinstance(value, dict) else line)


def _lines(file: BinaryIO, largest: int) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(largest + 3):  # the line's own end is not the document's
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := file.readline(_CHUNK)):
            pass
        yield number, line.removesuffix(b"\n").removesuffix(b"\r")
