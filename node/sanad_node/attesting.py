"""Attesting a record that was taken over from older papers: saying, as another office, that it agrees with one's own.

An attestation is issued like any document, under the office's own scope for `ATTESTATION`, and is revoked like any. Its
bytes follow from what it attests, so every node that has the ledger finds it (`sanad_verifier.attestations`).
"""

from sanad_node import checkpointing, finding, issuing
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_verifier.attestations import DOC_TYPE, Attested, attestation, attestation_digest
from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError
from sanad_verifier.standings import LEGACY_TYPES


class NothingToAttest(InputError):
    """Only records that were taken over from older papers are attested: others were issued by who answers for them."""

    code = "NOTHING_TO_ATTEST"


class AttestsItself(InputError):
    """The office that passed a record on does not attest it."""

    code = "ATTESTS_ITSELF"


def ready_to_attest(
    node: Node, record: DocumentRecord, *, formation: str, key: str | None = None, person: int = 0
) -> issuing.Ready:
    """All of attesting as `formation` that comes before the promise; nothing is stored."""
    if record.doc_type not in LEGACY_TYPES:
        raise NothingToAttest("it was issued through the ledger: there is nothing to attest", field="ID")
    office = node.reader.formation(formation)
    if office.number == record.issuer:
        raise AttestsItself("the office that passed a record on does not attest it", field="--as")
    return issuing.ready_to_issue(
        node,
        attestation(_attested(node, record), office.code),
        doc_type=DOC_TYPE,
        formation=office.code,
        name="attestation.json",
        key=key,
        person=person,
        published=True,
    )


def attestations_of(node: Node, record: DocumentRecord) -> list[DocumentRecord]:
    """The attestations of a record that are in force, oldest first, one for each office. Empty for other documents."""
    if record.doc_type not in LEGACY_TYPES:
        return []
    of = _attested(node, record)
    wanted = {
        bytes(attestation_digest(of, one.code)): one.number
        for one in node.reader.formations()
        if one.number != record.issuer
    }
    found = node.reader.documents_by_digest(list(map(Digest, wanted))) if wanted else []
    return [
        one
        for one in sorted(found, key=lambda one: one.entry)
        if one.doc_type == DOC_TYPE and wanted[bytes(one.digest)] == one.issuer and _in_force(node, one)
    ]


def _attested(node: Node, record: DocumentRecord) -> Attested:
    return Attested(record.digest, record.doc_type, node.reader.formation_codes()[record.issuer])


def _in_force(node: Node, document: DocumentRecord) -> bool:
    status = node.reader.status(document)
    return status is None or status.state == "active"


def covering(
    node: Node, record: DocumentRecord
) -> tuple[list[DocumentRecord], checkpointing.SignedCheckpoint]:
    """The attestations of a record, and a checkpoint over it and them."""
    found = attestations_of(node, record)
    newest = max([record.entry, *(one.entry for one in found)])
    return found, checkpointing.covering_checkpoint(node, newest)


def record_meant(
    node: Node, identifier: str, *, doc_type: str | None = None, issuer: str | None = None
) -> DocumentRecord:
    """The record that is to be attested."""
    node.catch_up_if_possible()
    return finding.document(node, identifier, doc_type=doc_type, issuer=issuer)
