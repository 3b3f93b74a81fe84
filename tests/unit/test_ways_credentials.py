"""Credentials of the W3C CCG: what of them is taken, and what is refused."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node import types
from sanad_node.samples import FOLDER
from sanad_node.ways import credentials, forms
from sanad_node.ways.credentials import CredentialInvalid
from sanad_node.ways.rows import Reading
from sanad_verifier.errors import InputError, SanadError

SAMPLES = Path(str(FOLDER)) / "credentials"
BILL, INTENT = ((SAMPLES / f"{name}.json").read_bytes() for name in ("bill-of-lading", "intent-to-import"))
KIND = types.get("CREDENTIAL_EXTRACT")
Told = dict[str, Any]


def changed(change: Callable[[Told], object], of: bytes = BILL) -> bytes:
    told: Told = json.loads(of)
    change(told)
    return json.dumps(told).encode()


def test_a_bill_of_lading_becomes_an_extract_that_says_it_was_not_checked() -> None:
    made = credentials.extract(BILL)
    assert (made["kind"], made["number"], made["signature"]) == (
        "BILL_OF_LADING",
        "991205182A",
        "not-checked",
    )
    assert made["credentialDigest"] == sha256(BILL).hexdigest()
    assert made["issuer"] == {"id": "did:web:organization.example.com", "name": "Carrior Goods And More"}
    assert (made["carrier"]["code"], made["portOfLoading"], made["portOfDischarge"]) == (
        "NISC",
        "USMOB",
        "MXATM",
    )
    assert made["goods"] == [
        {"hsCode": "851671", "marks": "Espresso Italiano", "packages": "2200", "netWeight": "14600",
         "grossWeight": "15960", "weightUnit": "kg"}
    ]  # fmt: skip


def test_an_intent_to_import_is_known_by_the_credential_s_identifier() -> None:
    made = credentials.extract(INTENT)
    assert (made["kind"], made["number"]) == ("INTENT_TO_IMPORT", json.loads(INTENT)["id"])
    assert made["statement"].startswith("By issuing this Intent to Import")


def test_a_file_is_one_document_of_the_type_and_told_to_be_unchecked(tmp_path: Path) -> None:
    path = tmp_path / "vc.json"
    for data in (BILL, INTENT):
        path.write_bytes(data)
        (source,) = forms.read_source(path, "ccg-vc", Reading(KIND, bytes(32)))
        assert types.check(KIND, source.data or b"").number
        assert [note.code for note in source.notes] == ["CREDENTIAL_UNCHECKED"]
        assert list(forms.read_source(path, "ccg-vc", Reading(KIND, bytes(32), 1))) == []


def test_a_credential_of_version_1_whose_issuer_is_a_name_is_taken() -> None:
    def older(told: Told) -> None:
        told["@context"][0] = "https://www.w3.org/2018/credentials/v1"
        told["issuanceDate"] = told.pop("validFrom")
        told["issuer"] = told["issuer"]["id"]

    made = credentials.extract(changed(older))
    assert (made["issuer"], made["validFrom"]) == (
        {"id": "did:web:organization.example.com"},
        "2019-12-11T03:50:55Z",
    )


def subject(**members: Any) -> Callable[[Told], object]:
    return lambda told: told["credentialSubject"].update(members)


@pytest.mark.parametrize(("change", "field"), [
    pytest.param(lambda t: t.update({"@context": "https://example.org"}), "/@context", id="no-credential"),
    pytest.param(lambda t: t.update(type=["VerifiableCredential"]), "/type", id="of-no-kind"),
    pytest.param(lambda t: t.update(type=["BillOfLadingCredential"]), "/type", id="not-verifiable"),
    pytest.param(lambda t: t.update(type=["VerifiableCredential", "InvoiceCredential"]), "/type", id="another-kind"),
    pytest.param(lambda t: t.update(type=["VerifiableCredential", *credentials.KINDS]), "/type", id="of-two-kinds"),
    pytest.param(subject(type=["IntentToImport"]), "/credentialSubject", id="about-something-else"),
    pytest.param(lambda t: t.update(credentialSubject=[]), "/credentialSubject", id="no-subject"),
    pytest.param(lambda t: t.update(issuer=7), "/issuer", id="issuer-no-text"),
    pytest.param(subject(carrier="NISC"), "/credentialSubject/carrier", id="carrier-no-object"),
    pytest.param(subject(billOfLadingNumber=7), "/credentialSubject/billOfLadingNumber", id="number-no-text"),
    pytest.param(subject(particulars={}), "/credentialSubject/particulars", id="goods-no-list"),
    pytest.param(subject(particulars=[{}] * 501), "/credentialSubject/particulars", id="too-many-goods"),
    pytest.param(subject(particulars=[{"packageQuantity": "many"}]), "/credentialSubject/particulars/0/packageQuantity",
                 id="quantity-no-number"),
    pytest.param(subject(particulars=[{"netWeight": {"unitCode": "kg"}, "grossWeight": {"unitCode": "lb"}}]),
                 "/credentialSubject/particulars/0", id="two-units"),
])  # fmt: skip
def test_a_credential_with_one_thing_wrong_is_refused_by_its_place(
    change: Callable[[Told], object], field: str
) -> None:
    assert credentials.extract(changed(lambda _: None))
    with pytest.raises(CredentialInvalid) as refused:
        credentials.extract(changed(change))
    assert refused.value.field == field


@pytest.mark.parametrize("data", [
    pytest.param(b"eyJhbGciOiJFUzI1NiJ9.e30.AAAA", id="envelope"),
    pytest.param(b"[]", id="list"),
    pytest.param(BILL[:-3], id="cut-off"),
    pytest.param(BILL.replace(b'"billOfLadingNumber"', b'"bookingNumber"', 1), id="member-twice"),
    pytest.param(BILL.replace(b"2200", b"2200.5", 1), id="fraction"),
    pytest.param(b" " * credentials.CREDENTIAL_AT_MOST + BILL, id="too-large"),
])  # fmt: skip
def test_what_could_be_read_in_two_ways_or_is_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        credentials.extract(data)


@given(seed=st.integers(0, 2**32), which=st.sampled_from([BILL, INTENT]))
def test_of_a_changed_credential_only_errors_of_ours_come(seed: int, which: bytes) -> None:
    random = Random(seed)
    at, size = random.randrange(len(which)), random.randrange(1, 40)
    other = random.randrange(len(which))
    data = which[:at] + which[other : other + size] + which[at + size * random.randrange(2) :]
    try:
        made = credentials.extract(data)
    except SanadError:
        return  # whatever else is raised fails the test
    assert made["credentialDigest"] == sha256(data).hexdigest()
