"""Preparing adds what a document needs to be certified, and a row of a table becomes a document or says
which column is wrong.
"""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node import samples
from sanad_node.types import DocumentInvalid, DocumentType, RowInvalid, check, get, prepare, value_of_row
from sanad_node.ways.rows import Reading, finished
from sanad_testkit.papers import encode, sample
from sanad_verifier.errors import SanadError

RECEIPT, INVOICE = get("AUCTION_RECEIPT"), get("COMMERCIAL_INVOICE")


def from_row(kind: DocumentType, row: dict[str, str]) -> bytes:
    """The document of a row, as a table brings it in."""
    return finished(Reading(kind, bytes(32)), value_of_row(kind, row))


def _rows() -> list[dict[str, str]]:
    text = (samples.FOLDER / "batches" / "auction-receipts.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_prepare_adds_schema_and_a_fresh_salt() -> None:
    value = sample("EIF")
    del value["schema"], value["salt"]
    one, other = (prepare(get("EIF"), encode(value)) for _ in range(2))
    assert check(get("EIF"), one).value == {
        **value,
        "schema": "urn:sanad:EIF:1",
        "salt": json.loads(one)["salt"],
    }
    assert check(get("EIF"), one).digest != check(get("EIF"), other).digest
    assert len({json.loads(prepare(get("EIF"), encode(value)))["salt"] for _ in range(200)}) == 200


def test_prepare_leaves_what_is_there() -> None:
    value = sample("EIF")
    assert json.loads(prepare(get("EIF"), encode(value))) == value
    wrong = {**value, "schema": "urn:other"}
    with pytest.raises(DocumentInvalid):
        check(get("EIF"), prepare(get("EIF"), encode(wrong)))


def test_prepare_adds_nothing_to_a_bill_of_lading_or_a_file() -> None:
    value = sample("BILL_OF_LADING")
    assert json.loads(prepare(get("BILL_OF_LADING"), encode(value))) == value
    assert prepare(get("FILE"), b" {} ") == b" {} "


def test_prepare_refuses_what_is_no_object() -> None:
    with pytest.raises(DocumentInvalid):
        prepare(RECEIPT, b"[]")


def test_the_sample_rows_become_fifty_different_receipts() -> None:
    documents = [check(RECEIPT, from_row(RECEIPT, row)) for row in _rows()]
    assert len({d.number for d in documents}) == len({d.digest for d in documents}) == 50
    assert documents[0].value is not None
    assert documents[0].value["vehicle"]["make"] == "Toyota"


def test_pointers_and_dotted_names_mean_the_same_member() -> None:
    row = {"/" + name.replace(".", "/"): cell for name, cell in _rows()[0].items()}
    salt = {"salt": "A" * 22}
    assert from_row(RECEIPT, row | salt) == from_row(RECEIPT, _rows()[0] | salt)


def test_lists_are_built_from_numbered_columns_and_empty_cells_are_not_there() -> None:
    line = {"hsCode": "870899", "quantity": "1", "unit": "NMB", "unitPrice": "1.00", "lineTotal": "1.00"}
    row = {
        "invoiceNumber": "I-1",
        "invoiceDate": "2026-01-02",
        "seller.name": "S",
        "seller.country": "PK",
        "buyer.name": "B",
        "buyer.country": "AE",
        "buyer.address": "  ",
        "deliveryTerms": "FOB",
        "currency": "USD",
        "totalPaymentDue": "3.00",
        "purchaseOrderNumbers.0": "",
        "purchaseOrderNumbers.1": "PO-2",
    }
    for place in (10, 0, 1):
        row |= {f"itemsShipped.{place}.{name}": cell for name, cell in line.items()}
        row[f"itemsShipped.{place}.description"] = f"part {place}"
    value = check(INVOICE, from_row(INVOICE, row)).value
    assert value is not None
    assert [item["description"] for item in value["itemsShipped"]] == ["part 0", "part 1", "part 10"]
    assert value["purchaseOrderNumbers"] == ["PO-2"]
    assert "address" not in value["buyer"]


def test_booleans_and_whole_numbers_of_a_foreign_schema_are_converted() -> None:
    kind = get("BILL_OF_LADING")
    value = json.loads(
        from_row(kind, {"isToOrder": "TRUE", "numberOfRiderPages": "2", "carrierCode": "SMPL"})
    )
    assert value == {"isToOrder": True, "numberOfRiderPages": 2, "carrierCode": "SMPL"}
    for row in ({"isToOrder": "yes"}, {"numberOfRiderPages": "2.0"}, {"numberOfRiderPages": "9" * 99}):
        with pytest.raises(RowInvalid) as refused:
            from_row(kind, row)
        assert refused.value.field in row


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"vehicle.wheels": "4"}, "vehicle.wheels"),
        ({"chassis": "x"}, "chassis"),
        ({"vehicle": "x"}, "vehicle"),
        ({"vehicle.make.name": "x"}, "vehicle.make.name"),
        ({"": "x"}, "column 25"),
        ({"rcpt\u202eno": "x"}, "column 25"),
        ({"/receiptNumber": "x"}, "/receiptNumber"),
        ({"..": "x"}, ".."),
    ],
)
def test_a_column_the_type_does_not_have_is_refused_by_name(extra: dict[str, str], field: str) -> None:
    row = _rows()[0]
    check(RECEIPT, from_row(RECEIPT, row))  # honest: so only the column can fail
    with pytest.raises(RowInvalid) as refused:
        from_row(RECEIPT, row | extra)
    assert (refused.value.code, refused.value.field) == ("ROW_INVALID", field)


@pytest.mark.parametrize(
    "column",
    [
        "itemsShipped.-1.unit",
        "itemsShipped.01.unit",
        "itemsShipped.1000.unit",
        "itemsShipped.9999999999.unit",
    ],
)
def test_a_list_in_a_row_is_bounded(column: str) -> None:
    from_row(INVOICE, {"itemsShipped.999.unit": "NMB"})
    with pytest.raises(RowInvalid):
        from_row(INVOICE, {column: "NMB"})


def test_a_row_is_no_file() -> None:
    with pytest.raises(RowInvalid):
        from_row(get("FILE"), {"a": "b"})


@given(
    st.dictionaries(
        st.sampled_from(["receiptNumber", "vehicle.make", "/vehicle/year", "salt", "schema", "vehicle"])
        | st.text(max_size=9),
        st.text(max_size=9),
        max_size=5,
    )
)
def test_any_row_is_a_document_or_refused_with_an_error_of_ours(row: dict[str, str]) -> None:
    try:
        made = from_row(RECEIPT, row)
    except SanadError:
        return  # whatever else is raised fails the test
    assert isinstance(json.loads(made), dict)
