"""The second officer: approvals of acts on controlled documents, given before the first officer acts.

An approval is an EIP-712 signature by another key of the formation over this very act (`IRegister.Approval`). It is
kept in the office until the act is made, or until it lapses. Who the officers are as persons is known to the service
only: there a person's own approval does not count for that person's act.
"""

from dataclasses import dataclass

from eth_hash.auto import keccak
from sqlalchemy import delete, select

from sanad_node.acting import NoUsableKey, acting_key, in_force
from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_node.registering import NO_APPROVAL, Entering
from sanad_node.store.dialects import upsert
from sanad_node.store.office_tables import approvals
from sanad_node.typed_data import typed_data
from sanad_verifier.entries import Kind
from sanad_verifier.errors import InputError

LIFETIME = 7 * 86400
"""Seconds for which an approval waits for its act."""
LAST_WORD = 32


class ApprovalMissing(InputError):
    """A second officer of the formation has to approve this first."""

    code = "REGISTER_APPROVAL_MISSING"


class ApprovedBySelf(InputError):
    """Who approved an act does not make it too."""

    code = "APPROVED_BY_SELF"


class ApprovalNotNeeded(InputError):
    """Documents of this type need no second officer for this."""

    code = "APPROVAL_NOT_NEEDED"


@dataclass(frozen=True, slots=True)
class Approval:
    """A second officer's word. `approver` is the key's address, `person` the service's number of who gave it (0: at
    the data directory), `deadline` in seconds.
    """

    approver: bytes
    deadline: int
    signature: bytes
    person: int


@dataclass(frozen=True, slots=True)
class Act:
    """What is approved: `kind` ENTER or WITHDRAW, and the hash of everything in the act but type and digest."""

    kind: Kind
    doc_type: str
    digest: bytes
    terms: bytes


def entering_of(doc_type: str, entering: Entering) -> Act:
    """The act of entering a document."""
    paper = entering.paper()
    head = b"".join(
        (paper[1], paper[2], paper[3], paper[4].to_bytes(32), paper[5].to_bytes(32), paper[6])
    )  # abi.encode: six words, the offset of the list, its length, its words
    parents = paper[7]
    tail = (7 * LAST_WORD).to_bytes(32) + len(parents).to_bytes(32) + b"".join(parents)
    return Act(Kind.ENTER, doc_type, entering.leaf.subject, keccak(head + tail))


def withdrawal_of(doc_type: str, digest: bytes, issuer: int, reason: int) -> Act:
    """The act of revoking a document."""
    terms = keccak(issuer.to_bytes(32) + reason.to_bytes(32))
    return Act(Kind.WITHDRAW, doc_type, digest, terms)


def approve(node: Node, act: Act, office: FormationRecord, *, person: int = 0) -> Approval:
    """Approve an act as a second officer of the formation, and keep the approval here."""
    approver = _second_key(node, office)
    deadline = int(node.clock()) + LIFETIME
    signature = node.keyring.signer(approver).sign_typed_data(_typed(node, act, deadline))
    row = {
        "kind": int(act.kind),
        "doc_type": act.doc_type,
        "digest": act.digest,
        "formation": office.code,
        "terms": act.terms,
        "approver": approver,
        "deadline": deadline,
        "signature": signature,
        "person": person,
    }
    keys = [column.name for column in approvals.primary_key]
    changed = {name: value for name, value in row.items() if name not in keys}
    with node.office.begin() as connection:
        connection.execute(delete(approvals).where(approvals.c.deadline < int(node.clock())))
        statement = upsert(connection, approvals).values(**row)
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))
    return Approval(approver, deadline, signature, person)


def approval_for(
    node: Node, act: Act, office: FormationRecord, *, needed: bool, person: int = 0
) -> Approval | None:
    """The approval kept for this very act; None where there is none and none is needed.

    `person` is who is about to act: their own approval is refused (`ApprovedBySelf`).
    """
    query = select(approvals).where(
        approvals.c.kind == int(act.kind),
        approvals.c.doc_type == act.doc_type,
        approvals.c.digest == act.digest,
        approvals.c.formation == office.code,
        approvals.c.terms == act.terms,
        approvals.c.deadline > int(node.clock()),
    )
    with node.office.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        if needed:
            raise ApprovalMissing(
                "a second officer of the formation has to approve this very act first (`sanad approve`)",
                field="FILE" if act.kind is Kind.ENTER else "ID",
            )
        return None
    if person and row.person == person:
        raise ApprovedBySelf("you approved this: another officer has to act on it", field="FILE")
    return Approval(bytes(row.approver), row.deadline, bytes(row.signature), row.person)


def argument(approval: Approval | None) -> tuple[int, bytes]:
    """`IRegister.Approval` as a call has it."""
    return NO_APPROVAL if approval is None else (approval.deadline, approval.signature)


def _second_key(node: Node, office: FormationRecord) -> bytes:
    """A key of the formation that is held here, in force, and not the one that acts."""
    first = acting_key(node, office)
    held, now = set(node.keyring.addresses()), int(node.clock())
    for key in node.reader.keys_of(office.number):
        if key.address in held and key.address != first and in_force(key, now):
            return key.address
    raise NoUsableKey(
        f"this node holds no second key of {office.code}: `sanad formation add-key` makes one", field="--as"
    )


def _typed(node: Node, act: Act, deadline: int) -> dict[str, object]:
    """What is signed (EIP-712)."""
    return typed_data(
        "Register",
        node.network.chain_id,
        node.network.contracts["Register"].address,
        "Approve",
        {
            "act": "uint256",
            "docType": "bytes32",
            "digest": "bytes32",
            "terms": "bytes32",
            "deadline": "uint64",
        },
        {
            "act": int(act.kind),
            "docType": act.doc_type.encode("ascii").ljust(32, b"\0"),
            "digest": act.digest,
            "terms": act.terms,
            "deadline": deadline,
        },
    )
