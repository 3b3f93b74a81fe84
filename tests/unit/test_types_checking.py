"""A document passes its type's check, and with one thing wrong it is refused at that place and with that
code.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.types import (
    DocumentInvalid,
    DocumentSaltMissing,
    NumberInvalid,
    check,
    get,
    matches_subject,
    references_of,
    registry,
    subjects_of,
)
from sanad_node.types.schemas import quick_validator_for, validator_for
from sanad_testkit.papers import Change, changed, drop, encode, put, sample
from sanad_verifier.errors import InputError, SanadError

JSON_TYPES = [name for name, kind in registry().items() if kind.form == "json"]
SALTED = [name for name in JSON_TYPES if get(name).salted]


@pytest.mark.parametrize("name", list(registry()))
def test_the_sample_of_a_type_passes_its_check(name: str) -> None:
    kind = get(name)
    document = check(kind, kind.read_sample())
    assert document.digest == hashlib.sha256(document.content).digest()
    assert check(kind, document.content) == document


@pytest.mark.parametrize("name", JSON_TYPES)
def test_the_digest_is_sha256_over_rfc_8785_of_the_whole_document(name: str) -> None:
    value = json.loads(get(name).read_sample())
    assert check(get(name), get(name).read_sample()).digest == hashlib.sha256(rfc8785.dumps(value)).digest()


def test_a_bill_of_lading_has_no_member_of_ours() -> None:
    value = check(get("BILL_OF_LADING"), get("BILL_OF_LADING").read_sample()).value or {}
    assert value.keys() & {"schema", "salt", "carrierCode"} == {"carrierCode"}


@pytest.mark.parametrize("name", SALTED)
def test_a_document_without_salt_is_refused_with_a_code_of_its_own(name: str) -> None:
    with pytest.raises(DocumentSaltMissing) as refused:
        check(get(name), changed(name, drop("salt")))
    assert refused.value.code == "DOCUMENT_SALT_MISSING"
    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/salt", "SALT_MISSING")]


GD, INVOICE, RECEIPT, BL, EIF = (
    "GOODS_DECLARATION",
    "COMMERCIAL_INVOICE",
    "AUCTION_RECEIPT",
    "BILL_OF_LADING",
    "EIF",
)


@pytest.mark.parametrize(
    ("name", "change", "pointer", "code"),
    [
        (GD, drop("gdNumber"), "/gdNumber", "MEMBER_MISSING"),
        (GD, put("colour", to="red"), "/colour", "MEMBER_UNKNOWN"),
        (GD, put("items", 0, "discount", to="1"), "/items/0/discount", "MEMBER_UNKNOWN"),
        (GD, put("a\nb", to="x"), "/?", "MEMBER_UNKNOWN"),
        (GD, put("gdType", to="SMUGGLING"), "/gdType", "NOT_ALLOWED"),
        (GD, put("totalDeclaredValue", to=158200), "/totalDeclaredValue", "WRONG_TYPE"),
        (GD, put("totalDeclaredValue", to="158,200.00"), "/totalDeclaredValue", "WRONG_FORM"),
        (GD, put("totalDeclaredValue", to="-1"), "/totalDeclaredValue", "WRONG_FORM"),
        (GD, put("totalDeclaredValue", to="01"), "/totalDeclaredValue", "WRONG_FORM"),
        (GD, put("totalDeclaredValue", to="1e3"), "/totalDeclaredValue", "WRONG_FORM"),
        (GD, put("totalDeclaredValue", to="1.00000"), "/totalDeclaredValue", "WRONG_FORM"),
        (GD, put("totalDeclaredValue", to="1\n"), "/totalDeclaredValue", "WRONG_FORM"),
        (GD, put("totalDeclaredValue", to="١٢"), "/totalDeclaredValue", "WRONG_FORM"),
        (GD, put("currency", to="usd"), "/currency", "WRONG_FORM"),
        (GD, put("portOfDischarge", to="PK KHI"), "/portOfDischarge", "TOO_LONG"),
        (GD, put("items", 1, "hsCode", to="8542.31"), "/items/1/hsCode", "WRONG_FORM"),
        (GD, put("items", to=[]), "/items", "TOO_FEW"),
        (GD, put("declarationDate", to="2026-02-30"), "/declarationDate", "WRONG_DATE"),
        (GD, put("declarationDate", to="20260918"), "/declarationDate", "WRONG_DATE"),
        (GD, put("declarationDate", to="18-09-2026"), "/declarationDate", "WRONG_DATE"),
        (GD, put("consignee", "name", to="A\u0000B"), "/consignee/name", "WRONG_FORM"),
        (GD, put("consignee", "name", to=" A"), "/consignee/name", "WRONG_FORM"),
        (GD, put("consignee", "name", to="x" * 141), "/consignee/name", "TOO_LONG"),
        (GD, put("consignee", "name", to=""), "/consignee/name", "TOO_SHORT"),
        (GD, put("schema", to="urn:sanad:GOODS_DECLARATION:2"), "/schema", "NOT_ALLOWED"),
        (GD, put("salt", to="c2hvcnQ"), "/salt", "TOO_SHORT"),
        (GD, put("salt", to="!" * 22), "/salt", "WRONG_FORM"),
        (INVOICE, put("itemsShipped", 0, "quantity", to=None), "/itemsShipped/0/quantity", "WRONG_TYPE"),
        (RECEIPT, put("buyer", "cnic", to="0000000001171"), "/buyer/cnic", "TOO_SHORT"),
        (RECEIPT, put("psid", to="123"), "/psid", "TOO_SHORT"),
        (EIF, put("direction", to="EXPORT"), "/direction", "NOT_ALLOWED"),
        (EIF, put("schema", to="urn:sanad:PSW_FI:1"), "/schema", "NOT_ALLOWED"),
        (EIF, put("surplus", to="x"), "/surplus", "MEMBER_UNKNOWN"),
        ("FORM_E", put("direction", to="IMPORT"), "/direction", "NOT_ALLOWED"),
        (BL, drop("documentParties", "issuingParty"), "/documentParties/issuingParty", "MEMBER_MISSING"),
        (BL, drop("termsAndConditions"), "/termsAndConditions", "MEMBER_MISSING"),
        (BL, put("isToOrder", to="false"), "/isToOrder", "WRONG_TYPE"),
        (BL, put("transportDocumentReference", to="X" * 21), "/transportDocumentReference", "TOO_LONG"),
    ],
)  # fmt: skip
def test_a_document_with_one_thing_wrong_is_refused_there(
    name: str, change: Change, pointer: str, code: str
) -> None:
    check(get(name), encode(sample(name)))  # honest: so only the change can fail
    with pytest.raises(DocumentInvalid) as refused:
        check(get(name), changed(name, change))
    assert (pointer, code) in [(p.pointer, p.code) for p in refused.value.problems]
    assert len({p.pointer for p in refused.value.problems}) == 1
    assert refused.value.code == "DOCUMENT_INVALID"
    assert refused.value.field == pointer


def test_a_member_of_a_bill_of_lading_we_do_not_know_is_part_of_its_digest() -> None:
    kind = get(BL)
    more = check(kind, changed(BL, put("carriersOwnMember", to="x")))
    assert more.digest != check(kind, kind.read_sample()).digest


def test_all_problems_are_told_up_to_a_bound() -> None:
    def spoil(value: dict[str, Any]) -> None:
        value["gdType"], value["currency"] = "NONE", "x"
        del value["salt"]

    with pytest.raises(DocumentSaltMissing) as refused:
        check(get(GD), changed(GD, spoil))
    assert {p.pointer for p in refused.value.problems} == {"/gdType", "/currency", "/salt"}
    with pytest.raises(DocumentInvalid) as bounded:
        check(get(GD), changed(GD, lambda v: v.update({f"member{n}": 1 for n in range(500)})))
    assert len(bounded.value.problems) == 20


def test_no_value_of_the_document_is_repeated_in_a_message() -> None:
    secret = "SECRETVALUE"

    def spoil(value: dict[str, Any]) -> None:
        value["gdType"] = value["currency"] = value["declarationDate"] = secret
        value["items"] = secret
        value["consignee"] = {secret + "\n": secret}

    with pytest.raises(DocumentInvalid) as refused:
        check(get(GD), changed(GD, spoil))
    assert len(refused.value.problems) >= 5
    assert secret not in str(refused.value) + repr(refused.value.problems) + repr(refused.value.as_dict())


@pytest.mark.parametrize("name", list(registry()))
def test_empty_and_oversized_documents_are_refused(name: str) -> None:
    kind = get(name)
    with pytest.raises(DocumentInvalid) as refused:
        check(kind, b"")
    assert refused.value.problems[0].code == "EMPTY"
    with pytest.raises(DocumentInvalid) as refused:
        check(kind, bytes(kind.max_bytes + 1))
    assert refused.value.problems[0].code == "TOO_LARGE"


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"[]",
        b"null",
        b'"text"',
        b"7",
        b"{}",
        b"[" * 100_000,
        b'{"a":1,"a":1}',
        b'{"salt":1.5}',
        b"\xef\xbb\xbf{}",
    ],
)
@pytest.mark.parametrize("name", JSON_TYPES)
def test_what_is_no_document_is_refused_with_an_error_of_ours(name: str, data: bytes) -> None:
    with pytest.raises(InputError):
        check(get(name), data)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(JSON_TYPES),
    st.data(),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=8,
    ),
)
def test_any_value_in_any_place_is_accepted_or_refused_with_an_error_of_ours(
    name: str, data: st.DataObject, value: Any
) -> None:
    document = sample(name)
    place = data.draw(st.sampled_from(sorted(document)))
    try:
        check(get(name), encode(document | {place: value}))
    except SanadError:
        return  # whatever else is raised fails the test


def test_any_bytes_are_a_file_and_its_number_is_what_its_bearer_says() -> None:
    kind = get("FILE")
    assert check(kind, b"\x00").number == ""
    document = check(kind, b"{} ", number="  pl  1000288 ")
    assert (document.number, document.key_text) == ("PL 1000288", "pl 1000288")
    assert document.digest == hashlib.sha256(b"{} ").digest()
    assert document.content == b"{} "


def test_a_number_given_must_be_the_one_in_the_document() -> None:
    kind = get(GD)
    assert (
        check(kind, kind.read_sample(), number=" kapw-ib-22012-18-09-2026").number
        == "KAPW-IB-22012-18-09-2026"
    )
    with pytest.raises(NumberInvalid):
        check(kind, kind.read_sample(), number="KAPW-IB-22013-18-09-2026")


def test_a_bill_of_lading_is_numbered_under_its_carrier_and_may_be_called_by_its_reference_alone() -> None:
    kind = get(BL)
    for number in (None, "SMPLNGB2608290042", "smpl/SMPLNGB2608290042"):
        assert check(kind, kind.read_sample(), number=number).number == "SMPL/SMPLNGB2608290042"


def test_a_declaration_names_its_instruments_bill_and_invoice() -> None:
    found = references_of(check(get(GD), get(GD).read_sample()))
    assert [(r.types, r.number) for r in found] == [
        (("PSW_FI",), "SNB-IMP-000214-05082026"),
        (("EIF",), "SNB-IMP-000198-20072026"),
        (("BILL_OF_LADING",), "SMPL/SMPLNGB2608290042"),
        (("COMMERCIAL_INVOICE",), "INV-1000288"),
    ]
    without = check(get(GD), changed(GD, drop("billOfLading")))
    assert ("BILL_OF_LADING",) not in [r.types for r in references_of(without)]


def test_a_receipt_is_about_its_vehicle_however_the_plate_is_read_and_about_no_other() -> None:
    receipt = check(get(RECEIPT), get(RECEIPT).read_sample())
    assert [s.kind for s in subjects_of(receipt)] == ["chassis", "engine"]
    for reading in ("TRJ150-0098765", "trj150 oo98765", "TRJI5O0098765", "2tr 7654321"):
        assert matches_subject(receipt, reading) is True
    for reading in ("TRJ150-0098766", "0098765", "", "-", "\u202e", "98765"):
        assert matches_subject(receipt, reading) is False
    assert matches_subject(check(get("FILE"), b"x"), "TRJ150-0098765") is None


def test_a_bill_of_lading_is_about_its_containers() -> None:
    document = check(get(BL), get(BL).read_sample())
    assert matches_subject(document, "TCLU 448201-7") is True
    assert matches_subject(document, "CSQU3054383") is False


@pytest.mark.parametrize("name", JSON_TYPES)
def test_both_validators_agree_on_samples_and_on_samples_with_one_thing_changed(name: str) -> None:
    kind = get(name)
    quick, slow = quick_validator_for(kind), validator_for(kind)
    sample = json.loads(kind.read_sample())
    assert quick.is_valid(sample)
    assert slow.is_valid(sample)
    verdicts = set()
    for other in _with_one_thing_changed(sample):
        assert quick.is_valid(other) == slow.is_valid(other), other
        verdicts.add(slow.is_valid(other))
    assert verdicts == {True, False}


def _with_one_thing_changed(sample: Any) -> Iterator[Any]:
    """The sample with each member in turn dropped, or replaced by each of some awkward values."""
    awkward: list[Any] = [
        None,
        True,
        0,
        -1,
        "",
        "x",
        "2026-02-30",
        "12.5\n",
        "a" * 5000,
        [],
        {},
        "٣",
        2**53 - 1,
    ]
    for path in _paths(sample, ()):
        for value in awkward:
            yield _replaced(sample, path, value)
        yield _replaced(sample, path, _DROP)


_DROP = object()


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, below in members:
        yield (*path, key)
        yield from _paths(below, (*path, key))


def _replaced(sample: Any, path: tuple[Any, ...], value: Any) -> Any:
    copied = json.loads(json.dumps(sample))
    at = copied
    for key in path[:-1]:
        at = at[key]
    if value is _DROP:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copied
