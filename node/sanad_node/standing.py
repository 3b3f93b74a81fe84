"""Acts on the standing of a document: suspend, reinstate, supersede, revoke."""

from dataclasses import dataclass
from typing import Literal

from sanad_node import approving, registering, standing_in
from sanad_node.acting import acting_key, done, request, word
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_node.reading import DocumentRecord, FormationRecord, UnknownDocument
from sanad_verifier.entries import Reason
from sanad_verifier.errors import InputError
from sanad_verifier.register_words import Two

Change = Literal["suspend", "reinstate", "revoke"]


class ReasonInvalid(InputError):
    """A reason code is one of the list in docs/spec/entry.md."""

    code = "REASON_INVALID"


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """A status act and the document it bears on."""

    act: Act
    document: DocumentRecord
    change: str


def reason_code(text: str) -> Reason:
    """A reason by its number or its name in any case, with dashes or underscores."""
    name = text.strip().upper().replace("-", "_").replace(" ", "_")
    for reason in Reason:
        if name in {reason.name, str(int(reason))}:
            return reason
    raise ReasonInvalid(
        "unknown reason; one of " + ", ".join(r.name.lower().replace("_", "-") for r in Reason),
        field="--reason",
    )


def change_standing(
    node: Node,
    document: DocumentRecord,
    change: Change,
    *,
    reason: Reason,
    actor: str | None = None,
    key: str | None = None,
    person: int = 0,
) -> StandingChanged:
    """Suspend, reinstate or revoke a document, as its issuer or as `actor` standing for it. `person` is who acts, where
    that is known (`approving`).
    """
    if change == "revoke" and node.register.policy(document.doc_type) is not None:
        return _withdraw(node, document, reason, actor, key, person)
    arguments = (word(document.doc_type), document.digest, document.issuer, int(reason))
    return _act(node, document, change, arguments, actor, key)


def approve_withdrawal(
    node: Node, document: DocumentRecord, *, reason: Reason, actor: str | None = None, person: int = 0
) -> approving.Approval:
    """Approve, as a second officer, that a controlled document be revoked for this reason."""
    policy = node.register.policy(document.doc_type)
    if policy is None or not policy.rules.two & Two.TO_WITHDRAW:
        raise approving.ApprovalNotNeeded("nobody has to approve this revocation", field="ID")
    who = _actor(node, document, actor)
    act = approving.withdrawal_of(document.doc_type, document.digest, document.issuer, int(reason))
    return approving.approve(node, act, who, person=person)


def _withdraw(
    node: Node, document: DocumentRecord, reason: Reason, actor: str | None, key: str | None, person: int
) -> StandingChanged:
    who = _actor(node, document, actor)
    policy = node.register.policy(document.doc_type)
    needed = policy is not None and bool(policy.rules.two & Two.TO_WITHDRAW)
    wanted = approving.withdrawal_of(document.doc_type, document.digest, document.issuer, int(reason))
    approval = approving.approval_for(node, wanted, who, needed=needed, person=person)
    what = (word(document.doc_type), document.digest, document.issuer, int(reason))
    arguments = (*what, approving.argument(approval))
    other = None if approval is None else approval.approver
    return _act(
        node, document, "revoke", arguments, actor, key, contract="Register", function="withdraw", other=other
    )


def _actor(node: Node, document: DocumentRecord, actor: str | None) -> FormationRecord:
    """Who acts: the formation named, or else the issuer, or who has its place now."""
    return standing_in.acting_for(node, document.issuer) if actor is None else node.reader.formation(actor)


def supersede(
    node: Node,
    document: DocumentRecord,
    replacement: DocumentRecord,
    *,
    reason: Reason,
    actor: str | None = None,
    key: str | None = None,
) -> StandingChanged:
    """Put `replacement`, which must be on the ledger and of the same type, in a document's place."""
    registering.must_be_plain(
        node, document.doc_type, "issue the one that takes its place with `--replaces`, which supersedes it"
    )
    if replacement.doc_type != document.doc_type:
        raise UnknownDocument("the replacement is of another type", field="--by")
    arguments = (
        word(document.doc_type),
        document.digest,
        document.issuer,
        replacement.digest,
        int(reason),
    )
    return _act(node, document, "supersede", arguments, actor, key)


def _act(
    node: Node,
    document: DocumentRecord,
    change: str,
    arguments: tuple[object, ...],
    actor: str | None,
    key: str | None,
    *,
    contract: str = "Ledger",
    function: str | None = None,
    other: bytes | None = None,
) -> StandingChanged:
    """`other` is the key of the second officer, who does not act too."""
    who = _actor(node, document, actor)
    status = node.reader.status(document)
    step = 0 if status is None else status.entry
    asked = request(
        node,
        signer=acting_key(node, who, other_than=other),
        contract=contract,
        function=function or change,
        arguments=arguments,
        key=key,
        step=step,
        what=change,
        about={"digest": document.digest.hex(), "type": document.doc_type, "formation": who.code},
    )
    (act,) = node.perform([asked])
    return StandingChanged(done(act, field="ID"), document, change)
