"""A table of another system, as CSV or as a spreadsheet, becomes documents, or is refused with what to look at."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node import types
from sanad_node.types import pointers
from sanad_node.types.schemas import kind_at
from sanad_node.ways import declarations, forms, workbooks
from sanad_node.ways.profiles import profiles
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source
from sanad_verifier.errors import SanadError

KOREAN, WEBOC = profiles()["kcs-gd"], profiles()["weboc-gd"]
EXTRACT, RECEIPT = types.get("DECLARATION_EXTRACT"), types.get("AUCTION_RECEIPT")
SECRET = bytes(32)
ROW = {
    "Declaration ID": "56839011", "Date": "2021-01-01", "Office ID": "40", "Process Type": "B", "Import Type": "11",
    "Import Use": "11", "Payment Type": "11", "Mode of Transport": "40", "Declarant ID": "76NV527",
    "Importer ID": "SHHZGSL", "Seller ID": "249LO7A", "Courier ID": "", "HS6 Code": "30110",
    "Country of Departure": "CN",
    "Country of Origin": "CN", "Country of Origin Indicator": "E", "Tax Rate": "7.2", "Tax Type": "FCN1",
    "Net Mass": "901.2", "Item Price": "1591714.7999999996", "Fraud": "0", "Critical Fraud": "0",
}  # fmt: skip
LINE = {
    "GD_NO_Complete": "KAPW-HC-22012-18-08-2022", "NTN": "425425", "IMPORTER NAME": "Ravi Sample Auto",
    "HS CODE": "8708.9900", "ITEM DESCRIPTION": "Parts", "Declared Unit PRICE": "4", "ORIGIN COUNTRY": "China",
    "ASSD QTY": "104", "ASSD UNIT": "KG", "ASSD UNIT PRICE": "4.75", "ASSD CURR": "USD",
    "ASSESSED IMPORT VALUE RS": "13903.63", "Total": "9000", "SRO": "",
}  # fmt: skip
Table = list[dict[str, Any]]


def as_csv(path: Path, rows: Table) -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8")
    return path


def as_workbook(path: Path, rows: Table) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)
    return path


def read(path: Path, form: str, kind: types.DocumentType = EXTRACT) -> list[Source]:
    return list(forms.read_source(path, form, Reading(kind, SECRET)))


def only(path: Path, form: str) -> dict[str, Any]:
    (source,) = read(path, form)
    assert source.problem is None
    value = types.check(EXTRACT, source.data or b"").value
    assert value is not None
    return dict(value)


def test_a_row_becomes_a_document_of_the_profile_s_type(tmp_path: Path) -> None:
    value = only(as_csv(tmp_path / "t.csv", [ROW]), "kcs-gd")
    assert value["source"] == "KCS-SYNTHETIC"
    assert value["items"][0] == {
        "hsCode": "030110",  # its leading zero is back
        "quantity": "901.2", "uom": "KGM", "countryOfOrigin": "CN", "originMarked": "E", "taxRate": "7.2",
        "taxType": "FCN1",
        "totalValue": "1591714.8",  # the tail that a binary fraction left is gone
    }  # fmt: skip
    assert "courierId" not in value
    assert "Fraud" not in str(value)


def test_lines_of_one_declaration_are_its_items(tmp_path: Path) -> None:
    second = {**LINE, "HS CODE": "85423100", "ASSD UNIT": "NO", "ASSD QTY": "62000", "ORIGIN COUNTRY": "CN"}
    other = {**LINE, "GD_NO_Complete": "KAPW-HC-22013-18-08-2022"}
    first, last = read(as_csv(tmp_path / "t.csv", [LINE, second, other]), "weboc-gd")
    assert (first.name, last.name) == ("line 2-3", "line 4")
    value = types.check(EXTRACT, first.data or b"").value
    assert value is not None
    assert (value["declarationDate"], value["office"], value["currency"]) == ("2022-08-18", "KAPW", "PKR")
    assert value["importer"] == {"id": "0425425", "name": "Ravi Sample Auto"}
    assert [(one["hsCode"], one["uom"], one["countryOfOrigin"]) for one in value["items"]] == [
        ("87089900", "KGM", "CN"), ("85423100", "NMB", "CN")
    ]  # fmt: skip


@pytest.mark.parametrize(("changed", "field"), [
    pytest.param({"GD_NO_Complete": "KAPW-HC-22012"}, "GD_NO_Complete", id="number-without-its-day"),
    pytest.param({"GD_NO_Complete": "KAPW-HC-22012-31-02-2022"}, "GD_NO_Complete", id="day-that-is-none"),
    pytest.param({"ORIGIN COUNTRY": "Chyna"}, "ORIGIN COUNTRY", id="no-country"),
    pytest.param({"IMPORTER NAME": "Somebody Else"}, "/importer/name", id="lines-that-contradict"),
])  # fmt: skip
def test_a_line_that_is_wrong_is_told_by_its_column_and_keeps_no_other_back(
    tmp_path: Path, changed: dict[str, str], field: str
) -> None:
    fine = {**LINE, "GD_NO_Complete": "KAPW-HC-9-18-08-2022"}
    assert [one.problem for one in read(as_csv(tmp_path / "t.csv", [LINE, LINE, fine]), "weboc-gd")] == [
        None,
        None,
    ]
    rows = read(as_csv(tmp_path / "t.csv", [LINE, {**LINE, **changed}, fine]), "weboc-gd")
    (problem,) = (one.problem for one in rows if one.problem is not None)
    assert (problem.code, problem.field) == ("BATCH_SOURCE_INVALID", field)
    assert rows[-1].problem is None


@pytest.mark.parametrize("name", profiles())
def test_every_column_of_a_profile_is_a_member_of_its_type(name: str) -> None:
    profile = profiles()[name]
    for member in (*profile.columns.values(), *profile.constants, *profile.derived):
        assert kind_at(types.get(profile.doc_type), pointers.split(member)) == "string", member
    named = {
        *profile.digits,
        *profile.decimals,
        *profile.optional,
        *profile.tariff,
        *profile.countries,
        *profile.units,
    }
    assert named <= profile.columns.keys()
    assert {column for column, _ in profile.derived.values()} <= profile.columns.keys() - profile.optional


def test_the_name_of_a_form_fits_the_place_where_batches_keep_it() -> None:
    assert {name for name in forms.forms() if len(name) > forms.NAME_AT_MOST} == set()


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {column: cell for column, cell in row.items() if column != name}


@pytest.mark.parametrize("content", [
    pytest.param([{**ROW, "Colour": "red"}], id="a-column-nobody-knows"),
    pytest.param([without(ROW, "Item Price")], id="a-column-missing"),
])  # fmt: skip
@pytest.mark.parametrize("write", [as_csv, as_workbook])
def test_a_table_of_other_columns_is_refused_whole(
    tmp_path: Path, content: Table, write: Callable[[Path, Table], Path]
) -> None:
    assert len(read(write(tmp_path / "t", [ROW]), "kcs-gd")) == 1
    with pytest.raises(BatchSourceInvalid):
        read(write(tmp_path / "t", content), "kcs-gd")


# -- spreadsheets ---------------------------------------------------------------------------------------------------


def test_the_same_rows_are_the_same_documents_in_a_table_and_in_a_spreadsheet(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "Declaration ID": "56839012"}]
    typed = [
        {**row, "Net Mass": 901.2, "Date": date(2021, 1, 1), "Office ID": 40, "Courier ID": None}
        for row in rows
    ]
    plain = [(one.name, one.data) for one in read(as_csv(tmp_path / "t.csv", rows), "kcs-gd")]
    assert len(plain) == 2
    assert [(one.name, one.data) for one in read(as_workbook(tmp_path / "a.xlsx", rows), "kcs-gd")] == plain
    assert [(one.name, one.data) for one in read(as_workbook(tmp_path / "b.xlsx", typed), "kcs-gd")] == plain


@pytest.mark.parametrize("cell", [
    pytest.param("=1+1", id="formula"),
    pytest.param(datetime(2021, 1, 1, 9, 30), id="day-with-a-time"),  # noqa: DTZ001  spreadsheets know no zones
    pytest.param(1234567890123456, id="more-digits-than-are-kept"),
    pytest.param(1e300, id="number-beyond-all-amounts"),
    pytest.param("#REF!", id="error"),
])  # fmt: skip
def test_a_cell_that_says_nothing_sure_is_refused_by_its_column_and_the_other_rows_go_on(
    tmp_path: Path, cell: Any
) -> None:
    path = as_workbook(tmp_path / "t.xlsx", [{**ROW, "Tax Rate": cell}, ROW])
    first, second = read(path, "kcs-gd")
    assert first.problem is not None
    assert (first.name, first.problem.code, first.problem.field) == ("line 2", "CELL_UNCLEAR", "Tax Rate")
    assert second.problem is None


def test_a_number_is_taken_as_the_spreadsheet_shows_it(tmp_path: Path) -> None:
    cells = [0.1 + 0.2, 5850000.10, 12, 0.0001, 123456789012345, True]
    path = as_workbook(tmp_path / "t.xlsx", [{"n": one} for one in cells])
    told = [row.cells["n"] for row in workbooks.read_rows(path)]
    assert told == ["0.3", "5850000.1", "12", "0.0001", "123456789012345", "true"]


def test_a_workbook_with_two_sheets_that_have_something_in_them_is_refused(tmp_path: Path) -> None:
    path = as_workbook(tmp_path / "t.xlsx", [ROW])
    book = openpyxl.load_workbook(path)
    other = book.create_sheet("Notes")
    book.save(path)
    assert len(read(path, "kcs-gd")) == 1  # an empty one does not matter
    other["B2"] = "something"
    other.sheet_state = "hidden"
    book.save(path)
    with pytest.raises(BatchSourceInvalid):
        read(path, "kcs-gd")


def rewritten(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one of its parts changed."""
    with ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    parts[name] = change(parts[name])
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(one, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(("part", "change"), [
    pytest.param(SHEET, lambda x: x.replace(b"<worksheet", BOMB + b"<worksheet", 1), id="entities"),
    pytest.param(SHEET, lambda x: x.replace(b"</row>", b"<x/>" * 9000 + b"</row>", 1), id="endless-row"),
    pytest.param(SHEET, lambda x: x.replace(b"</row>", b"<c/>" * 1000 + b"</row>", 1), id="too-many-cells"),
    pytest.param(SHEET, lambda x: x.replace(b'r="B2"', b'r="A2"', 1), id="cell-twice"),
    pytest.param(SHEET, lambda x: x.replace(b'r="B2"', b'r="B3"', 1), id="cell-of-another-row"),
    pytest.param(SHEET, lambda x: x.replace(b'<row r="2"', b'<row r="1"', 1), id="row-twice"),
    pytest.param(SHEET, lambda x: x.replace(b'r="A2"', b'r="XFD2"', 1), id="far-column"),
    pytest.param(SHEET, lambda x: x.replace(b'<row r="2"', b'<row r="99999999999"', 1), id="far-row"),
    pytest.param(SHEET, lambda x: x + b" " * (70 << 20), id="bomb"),
    pytest.param(SHEET, lambda x: x[: len(x) // 2], id="cut-off"),
    pytest.param("xl/workbook.xml", lambda _: b"", id="no-workbook"),
])  # fmt: skip
def test_a_hostile_workbook_is_refused(tmp_path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    path = as_workbook(tmp_path / "t.xlsx", [ROW])
    assert len(read(path, "kcs-gd")) == 1
    with pytest.raises(BatchSourceInvalid):
        read(rewritten(path, part, change), "kcs-gd")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_of_a_damaged_workbook_only_errors_of_ours_come(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    random = Random(seed)
    path = tmp_path_factory.mktemp("x") / "t.xlsx"
    as_workbook(path, [ROW, ROW])
    part = random.choice(
        [SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"]
    )

    def change(content: bytes) -> bytes:
        at, size = random.randrange(len(content)), random.randrange(1, 12)
        other = random.randrange(len(content))
        return content[:at] + content[other : other + size] + content[at + size * random.randrange(2) :]

    try:
        read(rewritten(path, part, change), "kcs-gd")
    except SanadError:
        return  # whatever else is raised fails the test


def test_countries_are_known_by_code_and_name_and_others_are_refused() -> None:
    assert [declarations.country(one, "x") for one in ("CN", "China", "PAKISTAN", "chn")] == [
        "CN",
        "CN",
        "PK",
        "CN",
    ]
    with pytest.raises(BatchSourceInvalid):
        declarations.country("Cathay", "x")
