"""A counted list is read strictly: one thing wrong, one refusal that names the row."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.stock import counted
from sanad_node.stock.counted import Counted, ListInvalid, read

GOOD = (
    b"entry_number,chassis_number,case_number,location,goods,quantity,unit\r\n"
    b"KAPW-SWH-DA-0911,NKE165-7123456,KAPW-ASO-502-2026,Row C,,,\r\n"
    b"KAPW-SWH-DA-0911,,,,Tyres,4,H87\r\n"
)
ROW = {"entry_number": "DA-1", "goods": "Tyres", "quantity": "4", "unit": "H87"}


def test_csv_and_json_say_the_same() -> None:
    rows = read(GOOD)
    assert rows == (
        Counted(1, "KAPW-SWH-DA-0911", "NKE165-7123456", "KAPW-ASO-502-2026", "Row C"),
        Counted(2, "KAPW-SWH-DA-0911", goods="Tyres", quantity="4", unit="H87"),
    )
    members = ({name: getattr(one, name) for name in counted.COLUMNS} for one in rows)
    assert read(json.dumps(list(members)).encode()) == rows
    assert read(b"\xef\xbb\xbf" + GOOD) == rows


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        pytest.param(GOOD.replace(b"location", b"colour"), "HEADER_WRONG", "/0", id="unknown-column"),
        pytest.param(GOOD.replace(b"location", b"unit"), "HEADER_WRONG", "/0", id="column-twice"),
        pytest.param(b"", "HEADER_WRONG", "/0", id="empty"),
        pytest.param(GOOD.replace(b"H87", b"H87,x"), "CELLS_WRONG", "/2", id="a-cell-too-many"),
        pytest.param(GOOD.replace(b"Tyres", b'"Ty"res'), "CSV_WRONG", "", id="quotes-inside"),
        pytest.param(GOOD.replace(b"Row C", b"\xff"), "NOT_UTF8", "", id="not-utf-8"),
        pytest.param(GOOD.replace(b",4,", b",=4,"), "ROW_WRONG", "/2/quantity", id="a-formula-as-quantity"),
        pytest.param(GOOD.replace(b",4,", b",,"), "ROW_WRONG", "/2/quantity", id="goods-uncounted"),
        pytest.param(GOOD.replace(b"Tyres", b""), "ROW_WRONG", "/2/goods", id="a-quantity-of-nothing"),
        pytest.param(GOOD.replace(b"H87", b"pieces"), "ROW_WRONG", "/2/unit", id="no-unit"),
        pytest.param(GOOD.replace(b"NKE165", b"=NKE165"), "ROW_WRONG", "/1/chassis_number", id="no-chassis"),
        pytest.param(GOOD.replace(b"Row C", b"R" * 141), "ROW_WRONG", "/1/location", id="too-long"),
        pytest.param(
            b"entry_number,location\r\nDA-1,a\r\nda-1,b\r\n", "COUNTED_TWICE", "/2", id="number-twice"
        ),
        pytest.param(
            b"chassis_number\r\nNKE165-7123456\r\nNKE 165 7123456\r\n", "COUNTED_TWICE", "/2", id="chassis-twice"
        ),
        pytest.param(b"location\r\nRow C\r\n", "ROW_WRONG", "/1/entry_number", id="nothing-to-find-it-by"),
        pytest.param(b'[{"entry_number": 7}]', "ROW_WRONG", "/1", id="a-number-as-number"),
        pytest.param(b'[{"entry_number": "a", "colour": "b"}]', "ROW_WRONG", "/1", id="unknown-member"),
        pytest.param(b'[{"entry_number": "a", "entry_number": "b"}]', "JSON_WRONG", "", id="member-twice"),
        pytest.param(b'["DA-1"]', "JSON_WRONG", "", id="no-objects"),
        pytest.param(b"[" * 100_000, "JSON_WRONG", "", id="deep"),
    ],
)  # fmt: skip
def test_a_list_with_one_thing_wrong_is_refused_with_its_row(data: bytes, code: str, pointer: str) -> None:
    read(GOOD)
    with pytest.raises(ListInvalid) as refused:
        read(data)
    assert (refused.value.problems[0].code, refused.value.problems[0].pointer) == (code, pointer)
    assert "NKE165" not in str([one.message for one in refused.value.problems])


def test_a_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "MOST_ROWS", 2)
    assert len(read(GOOD)) == 2
    with pytest.raises(ListInvalid) as refused:
        read(GOOD + b"DA-2,,,,,,\r\n")
    assert refused.value.problems[0].code == "TOO_MANY_ROWS"
    monkeypatch.setattr(counted, "LARGEST", len(GOOD) - 1)
    with pytest.raises(ListInvalid) as refused:
        read(GOOD)
    assert refused.value.problems[0].code == "TOO_LARGE"


@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
def test_whatever_is_given_is_read_or_refused(data: bytes) -> None:
    rows: tuple[Counted, ...] = ()
    with suppress(ListInvalid):
        rows = read(data)
    assert all(one.entry or one.chassis for one in rows)
