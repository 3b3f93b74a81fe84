"""Issuing one document: check it, keep it, promise the act, anchor it.

Nothing is stored before the document has passed its type's schema; what the office keeps is in the vault
before the act is promised, so an anchored document is never missing there.
"""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sanad_node import approving, blinding, registering, types
from sanad_node.acting import acting_key, done, fingerprint, fresh_key, word
from sanad_node.claims import Claimed, scope_of
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, Fact, Request
from sanad_node.pipeline.refusals import MESSAGES, refused
from sanad_node.promising import Order, promise
from sanad_node.reading import DocumentRecord, FormationRecord
from sanad_node.store.office_tables import papers, things
from sanad_node.titles.titling import Titling
from sanad_node.types import CheckedDocument
from sanad_node.vault import VaultErased, VaultMissing
from sanad_verifier.attestations import DOC_TYPE as ATTESTATION
from sanad_verifier.digests import Digest
from sanad_verifier.entries import BatchLeaf, Reason
from sanad_verifier.errors import InputError
from sanad_verifier.printed import commit
from sanad_verifier.register_words import Two
from sanad_verifier.subjects import LONGEST

SEED_BYTES = 32
NO_WORD = bytes(32)
NAME_LENGTH = 256


class AlreadyIssued(InputError):
    """The formation has issued this very document before."""

    code = "ALREADY_ISSUED"


class PublishedOnly(InputError):
    """Documents of this type are worked out by the node (`sanad status-list publish`, `sanad attest`), not issued by
    hand.
    """

    code = "PUBLISHED_ONLY"


class NumberInUse(InputError):
    """The formation has a document of this type and number in force; supersede or revoke it first."""

    code = "NUMBER_IN_USE"


@dataclass(frozen=True, slots=True)
class Issued:
    """An issue act and the document it is about."""

    act: Act
    digest: Digest
    doc_type: str
    formation: str
    number: str


@dataclass(frozen=True, slots=True)
class Ready:
    """An issue act that waits to be promised, and the document it is about."""

    order: Order
    digest: Digest
    doc_type: str
    formation: str
    number: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A checked document with everything that goes on the ledger for it."""

    checked: CheckedDocument
    seed: bytes
    leaf: BatchLeaf
    name: str


def prepare_paper(
    node: Node,
    checked: CheckedDocument,
    formation: FormationRecord,
    *,
    name: str,
    salted: bool = True,
    in_network: bool = False,
) -> Paper:
    """The digest, the salted commitment to the fields and the blinded key of a checked document. `in_network`: its
    number is one document's in the whole network, whoever issues it.
    """
    seed, kind = _seed_of(node, checked.digest), checked.type
    fields = NO_WORD
    if salted and checked.value is not None:
        fields = commit(checked.value, seed, kind.proved, kind.named)
    key = (
        blinding.business_key(
            node.directory.secret("network"),
            checked.type.name,
            "" if in_network else formation.code,
            checked.number,
        )
        if checked.number
        else NO_WORD
    )
    return Paper(checked, seed, BatchLeaf(checked.digest, fields, key), name[:NAME_LENGTH])


def _seed_of(node: Node, digest: Digest) -> bytes:
    """The document's field seed: the one kept with it by an earlier attempt, or a fresh one."""
    try:
        return node.vault.secret(digest) or secrets.token_bytes(SEED_BYTES)
    except (VaultMissing, VaultErased):
        return secrets.token_bytes(SEED_BYTES)


def issue(node: Node, ready: Ready) -> Issued:
    """Promise what is ready; returns when it is final, or promised if the chain cannot be reached."""
    (act,) = promise(node, [ready.order])
    if isinstance(act, Exception):
        raise act
    (carried,) = node.promised([act])
    return Issued(done(carried, field="--as"), ready.digest, ready.doc_type, ready.formation, ready.number)


@dataclass(frozen=True, slots=True)
class Rests:
    """What a controlled document is entered with, besides itself: its parents, and why it replaces another."""

    parents: Sequence[str] = ()
    reason: Reason | None = None


def ready_to_issue(
    node: Node,
    data: bytes,
    *,
    doc_type: str,
    formation: str,
    number: str | None = None,
    name: str = "",
    keep: bool = True,
    key: str | None = None,
    replaces: Digest | None = None,
    rests: Rests | None = None,
    person: int = 0,
    published: bool = False,
    titled: Titling | None = None,
) -> Ready:
    """All of issuing a document as `formation` that comes before the promise: it is checked, new, and spoken for.
    Nothing is stored.

    `published`: this node has worked it out. `replaces` allows a number that is in force, for the
    document that is about to supersede its holder; a controlled document supersedes it by being entered. `person` is
    who acts, where that is known (`approving`). `titled` puts it under title control.
    """
    if not published:
        must_be_issuable(doc_type)
    checked = types.check(types.get(doc_type), data, number=number)
    node.catch_up_if_possible()
    office = node.reader.formation(formation)
    mark = _mark(checked, office, rests, titled)
    request_key = fresh_key(node, "issue", mark) if key is None else key
    known = node.outbox.find(request_key)
    paper, entering = _prepared(node, checked, office, name, replaces, rests)
    scope, words = scope_of(office.number, checked.type.name), (paper.leaf.subject, paper.leaf.data)
    with ExitStack() as claims:
        try:
            claims.enter_context(node.claims.hold(scope, words if known is None else (), request_key))
        except Claimed as claimed:
            raise _taken(paper, claimed.word, titled) from claimed
        if known is None:
            must_be_new(node, paper, office, replaces, titled)
        approval = None
        if known is None and entering is not None:
            approval = _approval(node, checked.type.name, entering, office, person)
        other = None if approval is None else approval.approver
        signer = acting_key(node, office, other_than=other) if known is None else known.signer
        call = _call(paper, entering, approval, titled)
        (request,) = node.asked([_request(paper, office, request_key, mark, signer, call, kept=keep)])
        document = (checked.digest, checked.content, paper.seed) if keep and known is None else None
        order = Order(request, document, claims.pop_all())
    return Ready(order, checked.digest, checked.type.name, office.code, checked.number)


def approve(
    node: Node,
    data: bytes,
    *,
    doc_type: str,
    formation: str,
    number: str | None = None,
    replaces: Digest | None = None,
    rests: Rests | None = None,
    person: int = 0,
) -> tuple[CheckedDocument, approving.Approval]:
    """Approve, as a second officer, that a controlled document be entered as it is. It is kept in the vault with what
    its fields are committed by, so that what is entered later is what was approved.
    """
    checked = types.check(types.get(doc_type), data, number=number)
    node.catch_up_if_possible()
    office = node.reader.formation(formation)
    paper, entering = _prepared(node, checked, office, "", replaces, rests)
    if entering is None:
        raise approving.ApprovalNotNeeded(
            "documents of this type are not controlled: nobody has to approve them", field="--type"
        )
    must_be_new(node, paper, office, replaces)
    (failed,) = node.vault.put_each([(checked.digest, checked.content, paper.seed)])
    if failed is not None:
        raise failed
    act = approving.entering_of(checked.type.name, entering)
    return checked, approving.approve(node, act, office, person=person)


def _mark(
    checked: CheckedDocument, office: FormationRecord, rests: Rests | None, titled: Titling | None = None
) -> bytes:
    asked: dict[str, Any] = {
        "doc_type": checked.type.name,
        "formation": office.code,
        "digest": checked.digest,
        "number": checked.number,
    }
    if rests is not None and rests.parents:
        asked["parents"] = list(rests.parents)
    if titled is not None:
        asked["title"] = titled.stated()
    return fingerprint(**asked)


def _prepared(
    node: Node,
    checked: CheckedDocument,
    office: FormationRecord,
    name: str,
    replaces: Digest | None,
    rests: Rests | None,
) -> tuple[Paper, registering.Entering | None]:
    """What goes on the ledger for a document, and what the register is told if its type is controlled."""
    policy = node.register.policy(checked.type.name)
    paper = prepare_paper(node, checked, office, name=name, in_network=registering.number_of_network(policy))
    given = Rests() if rests is None else rests
    if policy is None:
        if given.parents:
            raise registering.ParentNotWanted(
                "documents of this type are not controlled: they rest on no other", field="--parent"
            )
        return paper, None
    entering = registering.entering(
        node,
        checked,
        paper.leaf,
        policy,
        office=office.number,
        parents=given.parents,
        replaces=replaces,
        reason=given.reason,
    )
    return paper, entering


def _approval(
    node: Node, doc_type: str, entering: registering.Entering, office: FormationRecord, person: int
) -> approving.Approval | None:
    policy = node.register.policy(doc_type)
    needed = policy is not None and bool(policy.rules.two & Two.TO_ENTER)
    act = approving.entering_of(doc_type, entering)
    return approving.approval_for(node, act, office, needed=needed, person=person)


def must_be_issuable(doc_type: str) -> None:
    """Refuse what no office issues by hand."""
    if doc_type.upper() in types.PUBLISHED:
        how = "status lists are published, not issued: see `sanad status-list`"
        if doc_type.upper() == ATTESTATION:
            how = "attestations are made by `sanad attest`, not issued"
        raise PublishedOnly(how, field="--type")


def _call(
    paper: Paper,
    entering: registering.Entering | None,
    approval: approving.Approval | None,
    titled: Titling | None,
) -> tuple[str, bytes]:
    """The contract that takes the document, and the call."""
    name, leaf = word(paper.checked.type.name), paper.leaf
    if titled is not None:
        return titled.call(paper.checked.type.name, leaf)
    if entering is None:
        return "Ledger", encode_call(load("Ledger"), "issue", name, leaf.subject, leaf.related, leaf.data)
    told = (name, entering.paper(), approving.argument(approval))
    return "Register", encode_call(load("Register"), "enter", *told)


def _request(
    paper: Paper,
    office: FormationRecord,
    request_key: str,
    mark: bytes,
    signer: bytes,
    call: tuple[str, bytes],
    *,
    kept: bool,
) -> Request:
    """The act of issuing a paper, with what this office remembers of it."""
    checked = paper.checked
    about = {
        "digest": checked.digest.hex(),
        "type": checked.type.name,
        "formation": office.code,
        "number": checked.number,
    }
    facts = paper_facts([paper], office, kept=kept)
    return Request(request_key, mark, signer, *call, facts, "issue", about)


def must_be_new(
    node: Node,
    paper: Paper,
    office: FormationRecord,
    replaces: Digest | None = None,
    titled: Titling | None = None,
) -> None:
    """Refuse a document this formation has issued, and a number it has in force; of a document of title in the words of
    the contract, which keeps a number for ever.
    """
    issued, taken = already_there(node, [paper.leaf], office, paper.checked.type.name, replaces)
    if issued or taken:
        raise _taken(paper, paper.leaf.subject if issued else paper.leaf.data, titled)


def _taken(paper: Paper, word: bytes, titled: Titling | None = None) -> InputError:
    """What to say of a digest or blinded number that is another's."""
    if titled is not None:
        code = "TITLES_DUPLICATE" if word == paper.leaf.subject else "TITLES_DISPUTED"
        return refused(code, MESSAGES[code])
    if word == paper.leaf.subject:
        return AlreadyIssued("this formation has issued this very document before", field="FILE")
    return NumberInUse(
        "this formation has a document of this number in force; supersede or revoke it first",
        field="--number",
    )


def already_there(
    node: Node,
    leaves: list[BatchLeaf],
    office: FormationRecord,
    doc_type: str,
    replaces: Digest | None = None,
) -> tuple[set[bytes], set[bytes]]:
    """Of these leaves: digests the formation has issued under this type, and keys of numbers it has in
    force.
    """
    digests = [leaf.subject for leaf in leaves]
    keys = [leaf.data for leaf in leaves if leaf.data != NO_WORD]
    issued = {
        bytes(d.digest)
        for d in node.reader.documents_by_digest(digests)
        if d.issuer == office.number and d.doc_type == doc_type
    }
    taken = {d.key for d in node.reader.documents_by_key(keys) if d.digest != replaces and in_force(node, d)}
    return issued, taken


def in_force(node: Node, document: DocumentRecord) -> bool:
    """Whether the latest act leaves the document in force, suspended, used up or surrendered: its number is taken."""
    status = node.reader.status(document)
    return status is None or status.state in {"active", "suspended", "consumed", "surrendered"}


def paper_facts(papers_: list[Paper], office: FormationRecord, *, kept: bool) -> tuple[Fact, ...]:
    """What this office remembers of documents in clear: their numbers and file names, and, of those that it keeps, the
    cars, engines and containers they are about.
    """
    rows = [
        {
            "digest": paper.checked.digest,
            "doc_type": paper.checked.type.name,
            "formation": office.code,
            "number": paper.checked.number,
            "name": paper.name,
            "kept": int(kept),
            "named": int(kept),
        }
        for paper in papers_
    ]
    about = {
        (paper.checked.digest, one.kind, one.compared)
        for paper in papers_
        if kept
        for one in types.subjects_of(paper.checked)
        if 0 < len(one.compared) <= LONGEST
    }
    named = [{"digest": digest, "kind": kind, "number": number} for digest, kind, number in sorted(about)]
    return (Fact(papers, tuple(rows)), *([Fact(things, tuple(named))] if named else []))
