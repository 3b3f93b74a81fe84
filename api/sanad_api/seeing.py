"""What a caller may see of one document, consignment or act, and as whom they may act.

What is not theirs to see is answered exactly as what does not exist.
"""

import re

from sanad_api.callers import Caller, Role
from sanad_api.problems import Forbidden
from sanad_node import finding
from sanad_node.desk import LocalDesk, findings
from sanad_node.desk import stock as stock_desk
from sanad_node.differing import EVERYBODY, NOBODY, OPERATOR, Sight
from sanad_node.node import Node
from sanad_node.pipeline.outbox import UnknownAct
from sanad_node.reading import UnknownDocument
from sanad_node.reads import looking
from sanad_node.wire import ActView, ConsignmentView, DocumentView
from sanad_node.wire.exchange import MessageRequest
from sanad_verifier.errors import InputError
from sanad_verifier.status_lists.document import DOC_TYPE as STATUS_LIST

DIGEST = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
SEES_EVERY_DOCUMENT = frozenset({Role.SQUAD, Role.AUDITOR, Role.ADMIN, Role.PARTNER})
SEES_EVERY_CONSIGNMENT = frozenset({Role.SQUAD, Role.AUDITOR, Role.ADMIN})
SEES_EVERY_ACT = frozenset({Role.AUDITOR, Role.ADMIN})
SEES_EVERY_CONTENT = frozenset({Role.AUDITOR})
ANYBODYS = frozenset({STATUS_LIST})
"""Types whose documents say nothing that is not on the ledger."""


class FormationNeeded(InputError):
    """Whoever belongs to no formation has to say for which one they act."""

    code = "FORMATION_NEEDED"


def acting(caller: Caller, stated: str | None) -> str:
    """The formation a caller acts for: their own, or for the operator the one that is stated."""
    if not caller.formation:
        if caller.user:
            raise Forbidden("you belong to no formation, so you cannot act for one", field="--as")
        if stated is None:
            raise FormationNeeded("name the formation that acts", field="--as")
        return stated.upper()
    if stated is not None and stated.upper() != caller.formation:
        raise Forbidden("you can act for your own formation only", field="--as")
    return caller.formation


def own_only(caller: Caller) -> str | None:
    """The formation whose things a list is limited to, None for those who see every formation's."""
    return None if caller.roles & SEES_EVERY_ACT else caller.formation


def sees_documents_of(caller: Caller, issuer: str) -> bool:
    """Whether the caller may know of documents that a formation issued."""
    return bool(caller.roles & SEES_EVERY_DOCUMENT) or caller.belongs_to(issuer)


def whose(caller: Caller, named: str | None) -> str | None:
    """The formation among whose documents to look: a foreign one neither is found nor makes one's own ambiguous."""
    if caller.roles & SEES_EVERY_DOCUMENT or not caller.user:
        return named
    if named and not caller.belongs_to(named.upper()):
        raise UnknownDocument("the ledger has no such document", field="ID")
    return named or caller.formation


def must_see_document(caller: Caller, document: DocumentView) -> None:
    """`UnknownDocument` unless the caller may know of it."""
    if not sees_documents_of(caller, document.issuer):
        looking.missed(document.document.digest)
        raise UnknownDocument("the ledger has no such document", field="ID")
    looking.shown(document.document.digest)


def without_clear_facts(caller: Caller, document: DocumentView) -> DocumentView:
    """The document without what only its own office knows in clear."""
    if caller.belongs_to(document.issuer) or not caller.user or caller.roles & SEES_EVERY_CONTENT:
        return document
    return document.model_copy(update={"number": "", "papers": []})


def must_see_content(caller: Caller, document: DocumentView) -> None:
    """Contents are their office's, and the auditor's."""
    if not caller.belongs_to(document.issuer) and caller.user and not caller.roles & SEES_EVERY_CONTENT:
        looking.missed(document.document.digest)
        raise UnknownDocument("the ledger has no such document", field="ID")
    looking.shown(document.document.digest)


def sight_of(caller: Caller) -> Sight:
    """With which documents a paper may be compared by its number: a stranger with none, as numbers can be guessed. At
    which fields it departs from one is told to those who may read that one.
    """
    if not caller.known:
        return NOBODY
    if not caller.user:
        return OPERATOR
    own = caller.formation
    return Sight(
        EVERYBODY if caller.roles & SEES_EVERY_DOCUMENT else own,
        EVERYBODY if caller.roles & SEES_EVERY_CONTENT else own,
        caller.places,
    )


def reader_of_findings(caller: Caller) -> findings.Reader:
    """How much of the findings a caller may see (`sanad_node.desk.findings`)."""
    if not caller.user or caller.roles & SEES_EVERY_CONTENT:
        return findings.EVERYTHING
    if Role.ADMIN in caller.roles:
        return findings.Reader(values=False)
    return findings.Reader(caller.formation, values=False)


def reader_of_stock(caller: Caller) -> stock_desk.StockReader:
    """How much of the stock a caller may see (`sanad_node.desk.stock`)."""
    if not caller.user or caller.roles & SEES_EVERY_CONTENT:
        return stock_desk.EVERYTHING
    if Role.ADMIN in caller.roles:
        return stock_desk.StockReader(values=False)
    return stock_desk.StockReader(caller.formation, values=False)


def return_for(caller: Caller, formation: str | None) -> str | None:
    """Whose return is made for a caller: an office gets its own; `Forbidden` for another's."""
    if not caller.user or caller.roles & SEES_EVERY_CONTENT:
        return formation
    if formation is not None and formation.upper() != caller.formation:
        raise Forbidden("you get your own formation's return only", field="--formation")
    return caller.formation


def must_count(node: Node, caller: Caller, warehouse: str) -> None:
    """`UnknownFormation` unless there is this warehouse, `Forbidden` unless its stock is the caller's to count."""
    code = node.reader.formation(warehouse, field="--warehouse").code
    if caller.user and Role.AUDITOR not in caller.roles and code != caller.formation:
        raise Forbidden("you can count your own warehouse only", field="--warehouse")


def meant(
    desk: LocalDesk, caller: Caller, identifier: str, *, field: str, doc_type: str | None = None
) -> str:
    """The digest of a paper that a request names: a number is looked for among what the caller may know of. A whole
    digest stays as it is: whoever has it has the paper.
    """
    if DIGEST.fullmatch(identifier):
        return identifier
    desk.node.catch_up_if_possible()
    issuer = whose(caller, None)
    return finding.document(desk.node, identifier, doc_type=doc_type, issuer=issuer, field=field).digest.hex()


def message_for(
    desk: LocalDesk, caller: Caller, asked: MessageRequest, *, field: str = "id"
) -> MessageRequest:
    """The message with the document that it names, which is looked for among what the caller may know of; what is let
    flow of a document's contents is of the caller's own office, or whoever has none would read them there.
    """
    if asked.id is None or not caller.user:
        return asked
    digest = meant(desk, caller, asked.id, field=field)
    if asked.kind == "mirror":
        must_see_content(caller, desk.document(digest, issuer=whose(caller, None)))
    return asked.model_copy(update={"id": digest})


def consignment_for(
    desk: LocalDesk, caller: Caller, identifier: str, *, act: str | None = None
) -> ConsignmentView:
    """The consignment that is meant, among those the caller's formation had to do with, or all if the caller sees
    all: one that is foreign neither is found nor makes one's own ambiguous. A court holds what it had nothing to do
    with: with `act`, those count that the formation's scope allows it for.
    """
    desk.node.catch_up_if_possible()
    if caller.roles & SEES_EVERY_CONSIGNMENT:
        found = desk.consignment(identifier)
    else:
        fits = [desk.consignment(one.hex()) for one in finding.consignments(desk.node, identifier)]
        scopes = desk.formation(caller.formation).scopes if act is not None and caller.formation else []
        kinds = {scope.type for scope in scopes if act in scope.acts}
        theirs = [one for one in fits if one.consignment.kind in kinds or _sees_consignment(caller, one)]
        if not theirs:
            looking.missed(identifier)
        found = finding.the_one(theirs)
    looking.shown(found.consignment.id)
    return found


def _sees_consignment(caller: Caller, consignment: ConsignmentView) -> bool:
    concerned = {consignment.holder, consignment.taker, *consignment.holds}
    concerned |= {name for hop in consignment.hops for name in (hop.by, hop.taker)}
    return any(caller.belongs_to(one) for one in concerned)


def must_see_act(caller: Caller, act: ActView) -> None:
    """`UnknownAct` unless it is the caller's own formation's."""
    if not caller.roles & SEES_EVERY_ACT and (not caller.formation or act.formation != caller.formation):
        raise UnknownAct("there is no such act", field="act")
