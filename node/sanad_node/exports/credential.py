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
from sanad_verifier.notes import private_key, public_key
from sanad_verifier.tlog_proof import TlogProof
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
    until = report.as_of + trust.limits_of(record.doc_type).usable_for
    return credential_of(evidence.proof, report.issuer, report.as_of, until, node.directory.secret("status"))


def credential_of(proof: TlogProof, issued_by: str, since: int, until: int, seed: bytes) -> bytes:
    """The credential that a proof makes, with the key for standings of 32 bytes: that the office called `issued_by`
    issued the document, and that it is in force from `since` to `until`, in seconds.
    """
    issuer, entry, origin = did_of(public_key(seed)), proof.entry, proof.checkpoint.origin
    claims: dict[str, Json] = {
        "@context": [CONTEXT, {"@vocab": VOCABULARY}],
        "type": ["VerifiableCredential", "CertifiedDocumentCredential"],
        "issuer": {"id": issuer, "name": origin},
        "validFrom": _moment(since),
        "validUntil": _moment(until),
        "credentialSubject": {
            "id": digest_uri(proof.leaf().subject),
            "documentType": entry.doc_type,
            "issuedBy": issued_by,
            "issuedAt": _moment(entry.time),
            "log": origin,
            "entry": proof.index,
        },
        "evidence": [
            {"type": ["TlogProof"], "tlogProof": base64url(proof.encode())},
        ],
        "iss": issuer,
        "iat": since,
        "exp": until,
    }
    header: dict[str, Json] = {"alg": "EdDSA", "cty": "vc", "kid": f"{issuer}#0", "typ": "vc+jwt"}
    signed = f"{base64url(canonicalise(header))}.{base64url(canonicalise(claims))}".encode()
    signature = private_key(seed).sign(signed).signature
    return signed + b"." + base64url(signature).encode()


def _moment(seconds: int) -> str:
    """An XML Schema dateTimeStamp."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
