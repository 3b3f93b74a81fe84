"""What can be told before a document is signed: the checks an officer sees, each with an answer and a reason.

The contract has the last word; these are the same rules read from the projections, so that a refusal is seen before
a signature and not after.
"""

from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select

from sanad_node import identifiers, types
from sanad_node.acting import NoUsableKey, acting_key, in_force
from sanad_node.issuing import already_there, prepare_paper
from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_node.store.office_tables import papers
from sanad_node.types import CheckedDocument, Reference
from sanad_verifier.entries import Kind

Answer = Literal["yes", "no", "not-checked"]
ISSUE = 1 << Kind.ISSUE
ADVICE = frozenset({"references", "identifiers"})
"""Checks that warn and refuse nothing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Its words are `check.NAME` and `check.NAME.OUTCOME`, with `values`."""

    name: str
    answer: Answer
    outcome: str
    values: dict[str, object] = field(default_factory=dict)

    @property
    def forbids(self) -> bool:
        """Whether signing would be refused."""
        return self.answer == "no" and self.name not in ADVICE


def checks_of(node: Node, checked: CheckedDocument, formation: str) -> list[Check]:
    """Every check, in the order in which an officer asks."""
    office = node.reader.formation(formation)
    issued, taken = already_there(
        node, [prepare_paper(node, checked, office, name="").leaf], office, checked.type.name
    )
    return [
        Check("form", "yes", "fits", {"type": checked.type.name}),
        _authority(node, office, checked.type.name),
        Check("new", "no" if issued else "yes", "issued" if issued else "fresh"),
        _number(checked, taken=bool(taken)),
        *_references(node, checked),
        *_identifiers(checked),
    ]


def signer_of(node: Node, office: FormationRecord) -> str:
    """The address of the formation's key that would sign now; empty if none here may."""
    try:
        held = node.reader.key(acting_key(node, office))
    except NoUsableKey:
        return ""
    return f"0x{held.address.hex()}" if held is not None and in_force(held, int(node.clock())) else ""


def may_issue(node: Node, office: FormationRecord) -> frozenset[str]:
    """The types that a formation has the right to issue now, and somebody of it by hand."""
    now = int(node.clock())
    return (
        frozenset(
            one.doc_type
            for one in node.reader.scopes_of(office.number)
            if one.acts & ISSUE and one.valid_from <= now and (not one.valid_to or now < one.valid_to)
        )
        - types.PUBLISHED
    )


def _authority(node: Node, office: FormationRecord, doc_type: str) -> Check:
    if office.suspended_at:
        return Check("authority", "no", "suspended", {"formation": office.code})
    if doc_type not in may_issue(node, office):
        return Check("authority", "no", "scope", {"formation": office.code})
    if not signer_of(node, office):
        return Check("authority", "no", "key", {"formation": office.code})
    return Check("authority", "yes", "holds", {"formation": office.code})


def _number(checked: CheckedDocument, *, taken: bool) -> Check:
    if not checked.number:
        return Check("number", "not-checked", "none")
    return Check("number", "no" if taken else "yes", "taken" if taken else "free", {"number": checked.number})


def _references(node: Node, checked: CheckedDocument) -> list[Check]:
    """The papers it names: found on the ledger here, or not. A paper of an office elsewhere cannot be found by its
    number, so one that is missing is a warning and no refusal.
    """
    found = types.references_of(checked)
    missing = [one.number for one in found if not _known(node, one)]
    if not found:
        return [Check("references", "not-checked", "none")]
    if missing:
        return [Check("references", "no", "missing", {"numbers": ", ".join(missing[:10])})]
    return [Check("references", "yes", "found", {"n": len(found)})]


def _identifiers(checked: CheckedDocument) -> list[Check]:
    """The numbers and codes it names: a check for each that looks wrong, or one for all."""
    if checked.value is None:
        return []
    looked = identifiers.look(checked.type, checked.value)
    if looked.warnings:
        return [
            Check("identifiers", "no", "doubtful", {"pointer": one.pointer, "code": one.code})
            for one in looked.warnings
        ]
    if not looked.fits:
        return [Check("identifiers", "not-checked", "none")]
    return [Check("identifiers", "yes", "fit", {"n": looked.fits, "more": looked.not_checked})]


def _known(node: Node, reference: Reference) -> bool:
    with node.office.connect() as connection:
        wanted = select(papers.c.digest).where(
            papers.c.number == reference.number, papers.c.doc_type.in_(reference.types)
        )
        digests = [row.digest for row in connection.execute(wanted.limit(20))]
    return bool(node.reader.documents_by_digest(digests))
