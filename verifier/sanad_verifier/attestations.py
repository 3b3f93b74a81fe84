"""Has another office said that a record taken over from older papers is right?

An attestation is a document of its own, whose bytes follow from what it attests and who attests it: so whoever has the
log can look whether there is one, and nobody has to hand it over. Two offices, neither of them the one that passed the
record on, make it as good as one that was issued through the ledger (docs/explanation/legacy-records.md).

Pure functions over bytes. Whether an attestation is still in force is for the caller to know: a proof shows that it was
issued.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sanad_verifier.digests import Digest, sha256
from sanad_verifier.entries import Entry
from sanad_verifier.errors import EvidenceError
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.tlog_proof import TlogProof, verify_tlog_proof
from sanad_verifier.trust import Trust

DOC_TYPE = "ATTESTATION"
SCHEMA = "urn:sanad:ATTESTATION:1"
NEEDED = 2
"""Offices that have to attest, besides the one that passed the record on."""


class AttestationDiffers(EvidenceError):
    """An attestation of another record, by another office, or of an office that attests itself."""

    code = "ATTESTATION_DIFFERS"


@dataclass(frozen=True, slots=True)
class Attested:
    """What is attested: a document by its digest, its type, and the code of the office that passed it on."""

    digest: Digest
    doc_type: str
    issuer: str


def attestation(of: Attested, by: str) -> bytes:
    """The one document by which the office of code `by` attests: canonical JSON."""
    attests = {"digest": of.digest.hex(), "issuer": of.issuer, "type": of.doc_type}
    return canonicalise({"attests": attests, "by": by, "schema": SCHEMA})


def attestation_digest(of: Attested, by: str) -> Digest:
    """The digest it has on the ledger."""
    return sha256(attestation(of, by))


def verify_attestations(
    proofs: Iterable[TlogProof], of: Attested, record: Entry, size: int, root: Digest, trust: Trust
) -> tuple[str, ...]:
    """The codes of the offices that attest, in the order of the proofs, each checked against a log of `size` entries
    with this root. `AttestationDiffers`, or the refusal of a proof. One made by a key after the time from which that is
    distrusted does not count.
    """
    found: dict[str, None] = {}
    for proof in proofs:
        entry = verify_tlog_proof(proof, size, root)
        office = trust.formations.get(entry.formation)
        since = trust.distrusted.get(entry.key)
        if since is not None and entry.time >= since:
            continue
        if (
            office is None
            or entry.doc_type != DOC_TYPE
            or entry.formation == record.formation
            or proof.leaf().subject != attestation_digest(of, office.code)
        ):
            raise AttestationDiffers("an attestation is of another record or office", field="attestations")
        found[office.code] = None
    return tuple(found)
