"""Receipts and credentials with what a reader learns, or what is wrong with them (docs/spec/exports.md)."""

from base64 import b64encode, urlsafe_b64encode
from typing import Any

import cbor2

from sanad_node.exports.credential import credential_of
from sanad_node.exports.receipt import receipt_of
from sanad_testkit.evidence import DAY, HOUR, NOW, ORIGIN, Scene, seed
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import private_key
from sanad_verifier.tlog_proof import TlogProof

SINCE, UNTIL = NOW - HOUR, NOW + 7 * DAY


def exports() -> dict[str, Any]:
    """The log's key and that for standings; receipts and credentials."""
    scene = Scene()
    alone, of_a_batch = scene.proof(), scene.proof(scene.batch_at, 3)
    return {
        "log": {
            "origin": ORIGIN,
            "key": scene.log.key.public.hex(),
            "keyId": scene.log.key.id.hex(),
            "size": scene.size,
            "root": scene.tree.root.hex(),
        },
        "statusKey": scene.status.key.public.hex(),
        "receipts": [
            _receipt("a document by itself", alone),
            _receipt("a document of a batch", of_a_batch),
            *({"name": name, **one} for name, one in _wrong_receipts(alone, of_a_batch).items()),
        ],
        "credentials": [
            _credential("a document by itself", alone, "KAPW-AUC"),
            _credential("a document of a batch", of_a_batch, "KAPW-AUC"),
            *({"name": name, "credential": text, "holds": False} for name, text in _wrong_credentials(alone)),
        ],
    }


def _receipt(name: str, proof: TlogProof) -> dict[str, Any]:
    return {
        "name": name,
        "receipt": b64encode(receipt_of(proof, SINCE, seed("log"))).decode(),
        "entry": proof.raw_entry.hex(),
        "holds": True,
        "index": proof.index,
        "digest": proof.leaf().subject.hex(),
        "time": SINCE,
    }


def _wrong_receipts(proof: TlogProof, other: TlogProof) -> dict[str, dict[str, Any]]:
    whole = receipt_of(proof, SINCE, seed("log"))
    protected, unprotected, payload, signature = cbor2.loads(whole).value
    head = cbor2.loads(protected)

    def told(receipt: bytes, entry: bytes = proof.raw_entry) -> dict[str, Any]:
        return {"receipt": b64encode(receipt).decode(), "entry": entry.hex(), "holds": False}

    def put(first: bytes = protected, second: Any = unprotected, fourth: bytes = signature) -> dict[str, Any]:
        return told(cbor2.dumps(cbor2.CBORTag(18, [first, second, payload, fourth]), canonical=True))

    size, index, path = cbor2.loads(unprotected[396][-1][0])
    shorter = {**unprotected, 396: {-1: [cbor2.dumps([size, index, path[:-1]], canonical=True)]}}
    longer_log = {**head, 15: {**head[15], "tree-size": size + 1}}
    return {
        "of another entry": told(whole, other.raw_entry),
        "the size of the log changed in the signed head": put(cbor2.dumps(longer_log, canonical=True)),
        "a signature with one bit changed": put(fourth=signature[:-1] + bytes([signature[-1] ^ 1])),
        "a path that is one short": put(second=shorter),
        "by another key": told(receipt_of(proof, SINCE, seed("nobody"))),
    }


def _credential(name: str, proof: TlogProof, issued_by: str) -> dict[str, Any]:
    text = credential_of(proof, issued_by, SINCE, UNTIL, seed("status")).decode()
    return {
        "name": name,
        "credential": text,
        "holds": True,
        "digest": proof.leaf().subject.hex(),
        "type": proof.entry.doc_type,
        "issuedBy": issued_by,
        "issuedAt": proof.entry.time,
        "entry": proof.index,
        "from": SINCE,
        "until": UNTIL,
        "proof": b64encode(proof.encode()).decode(),
    }


def _wrong_credentials(proof: TlogProof) -> list[tuple[str, str]]:
    whole = credential_of(proof, "KAPW-AUC", SINCE, UNTIL, seed("status")).decode()
    header, claims, signature = whole.split(".")
    renamed = credential_of(proof, "KAPW-OTHER", SINCE, UNTIL, seed("status")).decode().split(".")[1]
    none = urlsafe_b64encode(canonicalise({"alg": "none", "typ": "vc+jwt"})).rstrip(b"=").decode()
    forged = private_key(seed("nobody")).sign(f"{header}.{claims}".encode()).signature
    return [
        ("other claims under the same signature", f"{header}.{renamed}.{signature}"),
        (
            "signed by another key than the one that names its issuer",
            f"{header}.{claims}.{_base64url(forged)}",
        ),
        ("without a signature", f"{none}.{claims}."),
        (
            "by a key that no trust file names",
            credential_of(proof, "KAPW-AUC", SINCE, UNTIL, seed("nobody")).decode(),
        ),
    ]


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
