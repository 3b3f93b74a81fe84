"""A table of another system becomes one of ours, or is refused with the column or line to look at."""

from pathlib import Path

import pytest

from sanad_node import types
from sanad_node.conversion import converting
from sanad_node.conversion.converting import TableInvalid, UnknownProfile
from sanad_node.types import pointers
from sanad_node.types.schemas import kind_at

PROFILE = converting.get("kcs-declarations")
HEADER = [*PROFILE.columns, *sorted(PROFILE.left_out)]
ROW = {
    "Declaration ID": "56839011", "Date": "2021-01-01", "Office ID": "40", "Process Type": "B", "Import Type": "11",
    "Import Use": "11", "Payment Type": "11", "Mode of Transport": "40", "Declarant ID": "76NV527",
    "Importer ID": "SHHZGSL", "Seller ID": "249LO7A", "Courier ID": "", "HS6 Code": "30110",
    "Country of Departure": "CN",
    "Country of Origin": "CN", "Country of Origin Indicator": "E", "Tax Rate": "7.2", "Tax Type": "FCN1",
    "Net Mass": "901.2", "Item Price": "1591714.7999999996", "Fraud": "0", "Critical Fraud": "0",
}  # fmt: skip


def table(tmp_path: Path, header: list[str], rows: list[list[str]]) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("\n".join(",".join(cells) for cells in [header, *rows]) + "\n", "utf-8")
    return path


def test_a_row_becomes_a_document_of_the_profile_s_type(tmp_path: Path) -> None:
    made, rows = converting.convert(table(tmp_path, HEADER, [[ROW[name] for name in HEADER]]), PROFILE)
    columns, cells = (line.split(",") for line in made.decode().splitlines())
    told = dict(zip(columns, cells, strict=True))
    kind = types.get(PROFILE.doc_type)
    value = types.check(kind, types.from_row(kind, told)).value
    assert rows == 1
    assert value is not None
    assert value["source"] == "KCS-SYNTHETIC"
    assert value["items"][0] == {
        "hsCode": "030110",  # its leading zero is back
        "quantity": "901.2", "uom": "KGM", "countryOfOrigin": "CN", "originMarked": "E", "taxRate": "7.2",
        "taxType": "FCN1",
        "totalValue": "1591714.8",  # the tail that a binary fraction left is gone
    }  # fmt: skip
    assert "courierId" not in value
    assert b"Fraud" not in made


@pytest.mark.parametrize("name", converting.profiles())
def test_every_column_of_a_profile_is_a_member_of_its_type(name: str) -> None:
    profile = converting.get(name)
    for member in (*profile.columns.values(), *profile.constants):
        assert kind_at(types.get(profile.doc_type), pointers.split(member)) == "string", member
    assert {*profile.digits, *profile.decimals} <= profile.columns.keys()


@pytest.mark.parametrize(
    ("header", "rows", "field"),
    [
        pytest.param([*HEADER, "Colour"], [], f"column {len(HEADER) + 1}", id="a column too many"),
        pytest.param(HEADER[1:], [], HEADER[0], id="a column missing"),
        pytest.param([*HEADER, HEADER[0]], [], "line 1", id="a column twice"),
        pytest.param(HEADER, [["1"]], "line 2", id="a row too short"),
    ],
)
def test_a_table_that_is_not_of_the_profile_is_refused(
    tmp_path: Path, header: list[str], rows: list[list[str]], field: str
) -> None:
    with pytest.raises(TableInvalid) as refused:
        converting.convert(table(tmp_path, header, rows), PROFILE)
    assert refused.value.field == field


def test_what_is_no_table_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    for content in (b"\xff\xfe", b'"open\n'):
        path.write_bytes(content)
        with pytest.raises(TableInvalid):
            converting.convert(path, PROFILE)
    with pytest.raises(TableInvalid) as refused:
        converting.convert(tmp_path / "none.csv", PROFILE)
    assert refused.value.field == "none.csv"
    with pytest.raises(UnknownProfile):
        converting.get("weboc")
