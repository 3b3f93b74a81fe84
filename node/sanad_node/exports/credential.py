"""A W3C verifiable credential (VC Data Model 2.0), secured as a JWT (`vc+jwt`, VC-JOSE-COSE): that a document was
issued and is in force, with the proof from the log as evidence.
"""

from datetime import UTC, datetime

from sanad_node import checkpointing
from sanad_node.exports.names import base64url, did_of, digest_uri
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.verifying import Asked, evidence_of
from sanad_verifier.errors import InputError
from sanad_verifier.examine import examine_evidence
from sanad_verifier.json_profile import Json, canonicalise
from sanad_verifier.notes import private_key
from sanad_verifier.verdict import Is

CONTEXT = "https://www.w3.org/ns/credentials/v2"
VOCABULARY = "urn:sanad:vocabulary:1#"


class DocumentNotInForce(InputError):
    """A credential says that a document is in force, so there is none for one that is not."""

    code = "DOCUMENT_NOT_IN_FORCE"


def make_credential(node: Node, record: DocumentRecord) -> bytes:
    """The credential of a document in force, as a compact JWS; it ends when knowledge of such a document gets stale.

    Raises `DocumentNotInForce`.
    """
    trust = checkpointing.trust(node)
    evidence = evidence_of(node, record, Asked())
    report = examine_evidence(evidence, trust)
    if report.state.answer is not Is.YES:
        raise DocumentNotInForce(f"{report.state.sentence}: nothing can be said in its favour", field="ID")
    key = checkpointing.signers(node).status.key
    issuer, since = did_of(key.public), report.as_of
    until = since + trust.limits_of(record.doc_type).usable_for
    claims: dict[str, Json] = {
        "@context": [CONTEXT, {"@vocab": VOCABULARY}],
        "type": ["VerifiableCredential", "CertifiedDocumentCredential"],
        "issuer": {"id": issuer, "name": node.network.origin},
        "validFrom": _moment(since),
        "validUntil": _moment(until),
        "credentialSubject": {
            "id": digest_uri(record.digest),
            "documentType": record.doc_type,
            "issuedBy": report.issuer,
            "issuedAt": _moment(record.time),
            "log": node.network.origin,
            "entry": record.entry,
        },
        "evidence": [
            {"type": ["TlogProof"], "tlogProof": base64url(evidence.proof.encode())},
        ],
        "iss": issuer,
        "iat": since,
        "exp": until,
    }
    header: dict[str, Json] = {"alg": "EdDSA", "cty": "vc", "kid": f"{issuer}#0", "typ": "vc+jwt"}
    signed = f"{base64url(canonicalise(header))}.{base64url(canonicalise(claims))}".encode()
    signature = private_key(node.directory.secret("status")).sign(signed).signature
    return signed + b"." + base64url(signature).encode()


def _moment(seconds: int) -> str:
    """An XML Schema dateTimeStamp."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
