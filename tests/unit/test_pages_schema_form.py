"""The form of a type: samples go into its fields and come out the same; rows come and go; nothing is guessed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_api.pages.schema_form import (
    FormInvalid,
    Group,
    Leaf,
    Part,
    Rows,
    document_of,
    form_of,
    has_form,
    values_of,
    with_row,
    without_row,
)
from sanad_node import types

WITHOUT = {"ATTESTATION", "BILL_OF_LADING", "FILE", "STATUS_LIST"}
"""Types whose bytes are another's to make: a standard's, a file's, or what follows from something else."""
FORMS = [kind for kind in types.registry().values() if has_form(kind)]
each = pytest.mark.parametrize("kind", FORMS, ids=lambda kind: kind.name)


def sample(kind: types.DocumentType) -> dict[str, Any]:
    told = json.loads(kind.read_sample())
    return {name: value for name, value in told.items() if name not in {"schema", "salt"}}


def leaves(parts: tuple[Part, ...]) -> list[Leaf]:
    found: list[Leaf] = []
    for part in parts:
        match part:
            case Leaf():
                found.append(part)
            case Group():
                found += leaves(part.parts)
            case Rows():
                found += leaves(part.rows)
    return found


@each
def test_a_sample_goes_into_the_form_and_comes_out_the_same(kind: types.DocumentType) -> None:
    assert document_of(kind, values_of(sample(kind))) == sample(kind)


@each
def test_every_value_of_a_sample_has_a_field(kind: types.DocumentType) -> None:
    values = values_of(sample(kind))
    shown = {leaf.pointer: leaf.value for leaf in leaves(form_of(kind, values, {}, "en"))}
    constants = {name for name in values if not name.startswith("rows:")} - set(shown)
    assert {name: shown[name] for name in shown if shown[name]} == {
        name: value
        for name, value in values.items()
        if not name.startswith("rows:") and name not in constants and value
    }
    assert constants <= {"/direction"}, "only what the type itself fixes has no field"


@each
def test_an_empty_form_is_no_document(kind: types.DocumentType) -> None:
    assert document_of(kind, {}) == {}


@each
def test_fields_are_labelled_in_both_languages(kind: types.DocumentType) -> None:
    for language in ("en", "ur"):
        assert all(leaf.label for leaf in leaves(form_of(kind, values_of(sample(kind)), {}, language)))


def test_what_is_wrong_stands_at_its_field() -> None:
    kind = types.get("COMMERCIAL_INVOICE")
    parts = form_of(kind, {}, {"/invoiceNumber": "this member is missing"}, "en")
    assert {leaf.pointer: leaf.wrong for leaf in leaves(parts) if leaf.wrong} == {
        "/invoiceNumber": "this member is missing"
    }


def test_a_row_is_added_and_another_taken_away() -> None:
    values = values_of({"items": [{"a": "1"}, {"a": "2"}, {"a": "3", "b": ["x"]}]})
    less = without_row(values, "/items/1")
    assert less == values_of({"items": [{"a": "1"}, {"a": "3", "b": ["x"]}]})
    assert with_row(less, "/items")["rows:/items"] == "3"


@pytest.mark.parametrize("pointer", ["/items/3", "/items/-1", "/items/x", "/items/", "items"])
def test_a_row_that_is_not_there_cannot_be_taken_away(pointer: str) -> None:
    with pytest.raises(FormInvalid):
        without_row(values_of({"items": [{"a": "1"}]}), pointer)


@pytest.mark.parametrize("count", ["-1", "1e9", "99999", "201", "٣", "x", ""])
def test_a_number_of_rows_that_cannot_be_is_refused(count: str) -> None:
    with pytest.raises(FormInvalid):
        document_of(types.get("COMMERCIAL_INVOICE"), {"rows:/itemsShipped": count})


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=8))
def test_whatever_is_sent_makes_a_document_or_is_refused(values: dict[str, str]) -> None:
    try:
        made = document_of(types.get("GOODS_DECLARATION"), values)
    except FormInvalid:
        return
    assert set(made) <= {name.split("/")[1] for name in values if name.startswith("/")} | {"direction"}


def test_a_document_of_another_s_making_is_issued_as_its_file() -> None:
    assert not has_form(types.get("BILL_OF_LADING"))
    assert not has_form(types.get("FILE"))
    assert {kind.name for kind in types.registry().values()} - {kind.name for kind in FORMS} == WITHOUT
