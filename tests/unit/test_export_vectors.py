"""Receipts and credentials are what their vectors say, to the libraries of others: scitt-cose and PyJWT."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import cbor2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from scitt_cose.receipt import verify_receipt

from sanad_testkit.vectors import FOLDER

VECTORS = json.loads((FOLDER / "exports.json").read_text("utf-8"))
LOG = VECTORS["log"]


def name_of(digest: str) -> str:
    return "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("case", VECTORS["receipts"], ids=lambda case: case["name"])
def test_a_receipt_holds_or_does_not_as_its_vector_says(case: dict[str, Any]) -> None:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(LOG["key"]))
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    receipt = base64.b64decode(case["receipt"])
    result = verify_receipt(receipt, leaf_entry_hex=case["entry"], log_public_key_pem=pem)
    assert result.ok is case["holds"], result.errors


@pytest.mark.parametrize(
    "case", [one for one in VECTORS["receipts"] if one["holds"]], ids=lambda case: case["name"]
)
def test_what_a_receipt_says_is_what_its_vector_says(case: dict[str, Any]) -> None:
    protected, unprotected, payload, _ = cbor2.loads(base64.b64decode(case["receipt"])).value
    head = cbor2.loads(protected)
    assert (head[1], head[4].hex(), head[395], payload) == (-8, LOG["keyId"], 1, None)
    assert head[15] == {
        1: LOG["origin"], 2: name_of(case["digest"]), 6: case["time"],
        "tree-size": LOG["size"], "leaf-index": case["index"],
    }  # fmt: skip
    assert unprotected["sanad-entry"].hex() == case["entry"]


def believed(credential: str) -> dict[str, Any]:
    """What a reader believes who compares the issuer's key with the trust file's."""
    issuer = jwt.decode(credential, options={"verify_signature": False})["iss"]
    encoded = issuer.removeprefix("did:jwk:")
    key = jwt.PyJWK(
        json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))), algorithm="EdDSA"
    ).key
    if key.public_bytes_raw().hex() != VECTORS["statusKey"]:
        raise jwt.InvalidIssuerError("the trust file does not name this key")
    told: dict[str, Any] = jwt.decode(credential, key, algorithms=["EdDSA"], options={"verify_exp": False})
    return told


@pytest.mark.parametrize("case", VECTORS["credentials"], ids=lambda case: case["name"])
def test_a_credential_is_believed_or_not_as_its_vector_says(case: dict[str, Any]) -> None:
    if not case["holds"]:
        with pytest.raises(jwt.InvalidTokenError):
            believed(case["credential"])
        return
    told = believed(case["credential"])
    assert told["credentialSubject"] == {
        "id": name_of(case["digest"]), "documentType": case["type"], "issuedBy": case["issuedBy"],
        "issuedAt": moment(case["issuedAt"]), "log": LOG["origin"], "entry": case["entry"],
    }  # fmt: skip
    assert (told["iat"], told["exp"]) == (case["from"], case["until"])
    assert (told["validFrom"], told["validUntil"]) == (moment(case["from"]), moment(case["until"]))
    proof = told["evidence"][0]["tlogProof"]
    assert base64.urlsafe_b64decode(proof + "=" * (-len(proof) % 4)) == base64.b64decode(case["proof"])
