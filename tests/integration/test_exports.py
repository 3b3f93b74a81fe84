"""What others' libraries make of our receipts and credentials: scitt-cose reads the receipts, PyJWT the credentials."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import cbor2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from scitt_cose import merkle
from scitt_cose.receipt import ReceiptResult, verify_receipt

from sanad_api.callers import Role
from sanad_node.node import Node
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, prepared, service, shared_service
from sanad_verifier.checkpoints import verify_checkpoint_note
from sanad_verifier.digests import sha256
from sanad_verifier.documents import document_digest
from sanad_verifier.tlog_proof import parse_tlog_proof, verify_tlog_proof
from sanad_verifier.trust import Trust, parse_trust

__all__ = ["prepared", "service", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Office:
    """An office with a receipt by itself, one of a batch, one that is revoked, and a trust file."""
    folder = tmp_path_factory.mktemp("exports")
    shutil.copytree(prepared.data, folder / "data")
    made = Office(folder / "data", folder)
    made.issued("S-1")
    many = folder / "many"
    many.mkdir()
    for place in range(7):
        shutil.copy(made.receipt(f"B-{place}"), many / f"{place}.json")
    made.call("issue-batch", many, "--type", "AUCTION_RECEIPT", "--as", "CELL", code=0)
    made.issued("S-2")
    made.call("revoke", "S-2", "--reason", "fraud", code=0)
    made.call("trust", "-o", "trust.json", code=0)
    for number in ("S-1", "B-3"):
        made.call("export", number, "--form", "receipt", "-o", f"{number}.cose", code=0)
        made.call("export", number, "--form", "credential", "-o", f"{number}.jwt", code=0)
    return made


def trust_of(office: Office) -> Trust:
    return parse_trust((office.folder / "trust.json").read_bytes())


def digest_of(office: Office, number: str) -> str:
    return document_digest((office.folder / f"{number}.json").read_bytes()).digest.hex()


def named(digest: str) -> str:
    return "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()


# -- receipts -------------------------------------------------------------------------------------------------------


def log_key(office: Office) -> bytes:
    public = Ed25519PublicKey.from_public_bytes(trust_of(office).log_keys[0].public)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def taken_apart(office: Office, number: str) -> tuple[dict[Any, Any], dict[Any, Any], Any, bytes]:
    told = cbor2.loads((office.folder / f"{number}.cose").read_bytes())
    assert told.tag == 18
    protected, unprotected, payload, signature = told.value
    return cbor2.loads(protected), dict(unprotected), payload, signature


def checked(office: Office, receipt: bytes, entry: bytes) -> ReceiptResult:
    return verify_receipt(receipt, leaf_entry_hex=entry.hex(), log_public_key_pem=log_key(office))


@pytest.mark.parametrize("number", ["S-1", "B-3"])
def test_another_library_finds_the_entry_in_the_log_by_the_receipt(office: Office, number: str) -> None:
    receipt = (office.folder / f"{number}.cose").read_bytes()
    _, unprotected, payload, _ = taken_apart(office, number)
    result = checked(office, receipt, unprotected["sanad-entry"])
    assert (result.ok, result.errors) == (True, [])
    assert payload is None  # the root is built again, never taken as it is said


def test_what_the_receipt_says_of_log_size_place_and_document_is_signed(office: Office) -> None:
    protected, unprotected, _, _ = taken_apart(office, "S-1")
    size, index, path = cbor2.loads(unprotected[396][-1][0])
    claims = protected[15]
    assert protected[1] == -8
    assert protected[395] == 1
    assert claims[1] == trust_of(office).origin
    assert claims[2] == named(digest_of(office, "S-1"))
    assert (claims["tree-size"], claims["leaf-index"]) == (size, index)
    assert unprotected["sanad-entry"][96:128].hex() == digest_of(office, "S-1")
    with Node(office.data) as node:
        root = node.reader.root(size)
    assert merkle.verify_inclusion(
        unprotected["sanad-entry"].hex(), index, size, [one.hex() for one in path], root.hex()
    )


def test_a_document_of_a_batch_has_the_second_path_to_the_batch_s_root(office: Office) -> None:
    protected, unprotected, _, _ = taken_apart(office, "B-3")
    leaf, packed = unprotected["sanad-batch"]
    size, index, path = cbor2.loads(packed)
    assert (size, leaf[:32].hex()) == (7, digest_of(office, "B-3"))
    root = unprotected["sanad-entry"][96:128]
    assert merkle.verify_inclusion(leaf.hex(), index, size, [one.hex() for one in path], root.hex())
    assert protected[15][2] == named(digest_of(office, "B-3"))


def test_a_receipt_changed_anywhere_that_is_signed_or_of_another_entry_is_refused(office: Office) -> None:
    receipt = (office.folder / "S-1.cose").read_bytes()
    protected, unprotected, _, signature = taken_apart(office, "S-1")
    entry = unprotected["sanad-entry"]
    assert not checked(office, receipt, entry[:-1] + bytes([entry[-1] ^ 1])).ok
    other = {**protected, 15: {**protected[15], "tree-size": protected[15]["tree-size"] + 1}}
    for head, sign in (
        (other, signature),
        (protected, signature[:-1] + bytes([signature[-1] ^ 1])),
    ):
        wrong = cbor2.CBORTag(18, [cbor2.dumps(head, canonical=True), unprotected, None, sign])
        assert not checked(office, cbor2.dumps(wrong, canonical=True), entry).ok
    elsewhere = taken_apart(office, "B-3")[1]["sanad-entry"]
    assert not checked(office, receipt, elsewhere).ok


# -- credentials ----------------------------------------------------------------------------------------------------


def jwk_of(credential: str) -> jwt.PyJWK:
    """The key that the issuer's name is, as any resolver of `did:jwk` finds it."""
    issuer = jwt.decode(credential, options={"verify_signature": False})["iss"]
    encoded = issuer.removeprefix("did:jwk:")
    return jwt.PyJWK(
        json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))), algorithm="EdDSA"
    )


@pytest.mark.parametrize("number", ["S-1", "B-3"])
def test_another_library_believes_the_credential_by_the_key_that_names_its_issuer(
    office: Office, number: str
) -> None:
    credential = (office.folder / f"{number}.jwt").read_text()
    key = jwk_of(credential)
    header = jwt.get_unverified_header(credential)
    told = jwt.decode(credential, key.key, algorithms=["EdDSA"])
    trust = trust_of(office)
    assert (header["typ"], header["cty"], header["kid"]) == ("vc+jwt", "vc", f"{told['iss']}#0")
    assert key.key.public_bytes_raw() == trust.status_keys[0].public
    assert told["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert told["type"][0] == "VerifiableCredential"
    assert (told["issuer"]["id"], told["issuer"]["name"]) == (told["iss"], trust.origin)
    subject = told["credentialSubject"]
    assert subject["id"] == named(digest_of(office, number))
    assert (subject["documentType"], subject["issuedBy"]) == ("AUCTION_RECEIPT", "CELL")
    assert told["exp"] - told["iat"] == trust.limits_of("AUCTION_RECEIPT").usable_for


@pytest.mark.parametrize("number", ["S-1", "B-3"])
def test_the_evidence_in_a_credential_is_the_proof_from_the_log(office: Office, number: str) -> None:
    told = jwt.decode((office.folder / f"{number}.jwt").read_text(), options={"verify_signature": False})
    encoded = told["evidence"][0]["tlogProof"]
    proof = parse_tlog_proof(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    trust = trust_of(office)
    head = verify_checkpoint_note(
        proof.note, trust.origin, trust.log_keys, trust.cosigners, trust.quorum
    ).checkpoint
    entry = verify_tlog_proof(proof, head.size, head.root)
    assert proof.leaf().subject.hex() == digest_of(office, number)
    assert (proof.index, entry.doc_type) == (told["credentialSubject"]["entry"], "AUCTION_RECEIPT")


def test_a_changed_credential_and_one_by_another_key_are_refused(office: Office) -> None:
    credential = (office.folder / "S-1.jwt").read_text()
    key = jwk_of(credential)
    head, claims, signature = credential.split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    told["credentialSubject"]["issuedBy"] = "PORT"
    other = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{other}.{signature}", key.key, algorithms=["EdDSA"])
    stranger = Ed25519PublicKey.from_public_bytes(trust_of(office).log_keys[0].public)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(credential, stranger, algorithms=["EdDSA"])


def test_a_credential_ends_when_what_is_known_gets_stale(office: Office) -> None:
    credential = (office.folder / "S-1.jwt").read_text()
    key, told = jwk_of(credential), jwt.decode(credential, options={"verify_signature": False})
    late = told["exp"] - told["iat"] + 60
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(credential, key.key, algorithms=["EdDSA"], leeway=-late, options={"verify_iat": False})
    assert told["validUntil"] > told["validFrom"]


def test_there_is_no_credential_of_a_revoked_document_and_a_receipt_says_only_that_it_was_issued(
    office: Office,
) -> None:
    refused = office.call("export", "S-2", "--form", "credential", "-o", "S-2.jwt", code=3)
    assert refused.error == ("DOCUMENT_NOT_IN_FORCE", "ID")
    assert not (office.folder / "S-2.jwt").exists()
    office.call("export", "S-2", "--form", "receipt", "-o", "S-2.cose", code=0)
    office.call("export", "S-1", "--form", "pdf", "-o", "S-1.pdf", code=3)


# -- over the service -----------------------------------------------------------------------------------------------


def test_the_service_hands_out_both_forms_to_whoever_may_see_the_document(service: Running) -> None:
    people = service.people
    assert people is not None
    content = Path(__file__).parents[2] / "node/sanad_node/types/catalogue/FILE/sample.pdf"
    with (
        service.asks(people.client(Role.ISSUER)) as issuer,
        service.asks(people.client(Role.PARTNER, "PORT")) as partner,
        service.asks(people.client(Role.ISSUER, "PORT")) as foreign,
        service.asks() as anybody,
    ):
        answer = issuer.post(
            "/v1/documents",
            files={"file": ("scan.pdf", content.read_bytes())},
            data={"type": "FILE"},
            headers={"Idempotency-Key": "the-scan-itself"},
        )
        act = issuer.get(f"/v1/acts/{answer.json()['act']}?wait=30").json()
        place = f"/v1/documents/{act['about']['digest']}"
        assert act["about"]["digest"] == sha256(content.read_bytes()).hex()
        for form, media in (("receipt", "application/cose"), ("credential", "application/vc+jwt")):
            told = partner.get(f"{place}/{form}")
            assert (told.status_code, told.headers["content-type"]) == (200, media)
            assert foreign.get(f"{place}/{form}").status_code == 404
            assert anybody.get(f"{place}/{form}").status_code == 401
