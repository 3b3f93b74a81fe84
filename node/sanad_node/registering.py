"""Controlled documents: the words with which one is entered in the register, and acts on what was entered.

What a policy asks for is judged by the contract. Here a document's parents, thing and outcome become words, and what
can be said more clearly beforehand is said beforehand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sanad_node import blinding, finding, types
from sanad_node.acting import acting_key, done, request, word
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_node.reading import AmbiguousDocument, DocumentRecord, UnknownDocument
from sanad_node.register_reading import PolicyRecord
from sanad_node.types import CheckedDocument
from sanad_node.types.policies import outcome_of
from sanad_verifier.digests import Digest
from sanad_verifier.entries import BatchLeaf, Reason
from sanad_verifier.errors import InputError
from sanad_verifier.register_words import Unique

NOTHING = bytes(32)
NO_APPROVAL = (0, b"")


class ControlledType(InputError):
    """Documents of this type are entered one by one in the register, and replaced there."""

    code = "CONTROLLED_TYPE"


class ParentNotWanted(InputError):
    """A document was named as a parent that documents of this type do not rest on."""

    code = "PARENT_NOT_WANTED"


class ReasonNotGiven(InputError):
    """Another office's document is to be replaced, and nobody said why."""

    code = "REASON_NOT_GIVEN"


@dataclass(frozen=True, slots=True)
class Entering:
    """What `Register.enter` is told of a document: the words of `IRegister.Paper`."""

    leaf: BatchLeaf
    thing: bytes
    outcome: int
    reason: int
    replaces: bytes
    parents: tuple[bytes, ...]

    def paper(self) -> tuple[Any, ...]:
        leaf = self.leaf
        words = (leaf.subject, leaf.related, leaf.data, self.thing, self.outcome, self.reason, self.replaces)
        return (*words, list(self.parents))


@dataclass(frozen=True, slots=True)
class Consumed:
    """An act that used a document up, and the document."""

    act: Act
    document: DocumentRecord


def must_be_plain(node: Node, doc_type: str, how: str) -> None:
    """Refuse an act that the register does in another way: `how` says which."""
    if node.register.policy(doc_type) is not None:
        raise ControlledType(f"documents of this type are controlled: {how}", field="--type")


def number_of_network(policy: PolicyRecord | None) -> bool:
    """Whether a number is one document's in the whole network, so that its blinded key names no issuer."""
    return policy is not None and policy.rules.unique is Unique.NUMBER


def thing_of(node: Node, checked: CheckedDocument) -> bytes:
    """The blinded number of the first thing that a document names; zero if it names none."""
    for one in types.subjects_of(checked):
        if one.compared:
            return blinding.thing_mark(node.directory.secret("network"), one.kind, one.compared)
    return NOTHING


def entering(
    node: Node,
    checked: CheckedDocument,
    leaf: BatchLeaf,
    policy: PolicyRecord,
    *,
    office: int,
    parents: Sequence[str],
    replaces: Digest | None,
    reason: Reason | None,
) -> Entering:
    """The words for a document of `office` that rests on `parents`, each named by anything that finds it."""
    if replaces is not None and reason is None:
        _must_be_own(node, policy.doc_type, replaces, office)
    return Entering(
        leaf=leaf,
        thing=thing_of(node, checked),
        outcome=outcome_of(checked),
        reason=int(reason or Reason.DATA_CORRECTED) if replaces is not None else 0,
        replaces=NOTHING if replaces is None else replaces,
        parents=_parents(node, policy, parents),
    )


def _must_be_own(node: Node, doc_type: str, replaced: Digest, office: int) -> None:
    """A correction of one's own paper explains itself; whoever takes another's over, such as a case, says why."""
    filed = node.register.filing(doc_type, replaced)
    if filed is not None and filed.issuer != office:
        raise ReasonNotGiven("it is another office's document: say why it is replaced", field="--reason")


def _parents(node: Node, policy: PolicyRecord, named: Sequence[str]) -> tuple[bytes, ...]:
    """Digests in the order of the policy; zero where none was named, which is for the contract to refuse."""
    wanted = [parent.doc_type for parent in policy.parents]
    found: dict[str, Digest] = {}
    for identifier in named:
        fits = finding.documents(node, identifier)
        if not fits:
            raise UnknownDocument("the ledger has no such document", field="--parent ID")
        usable = [one for one in fits if one.doc_type in wanted]
        if not usable:
            kinds = ", ".join(wanted) or "none"
            raise ParentNotWanted(f"documents of this type rest on: {kinds}", field="--parent ID")
        for doc_type in {one.doc_type for one in usable}:
            digests = {one.digest for one in usable if one.doc_type == doc_type}
            if len(digests) > 1:
                digests = {one for one in digests if _entered_in_force(node, doc_type, one)}
            if len(digests) != 1 or found.get(doc_type, *digests) not in digests:
                raise AmbiguousDocument(
                    f"several documents of type {doc_type} fit; name one by its digest", field="--parent"
                )
            found[doc_type] = next(iter(digests))
    return tuple(found.get(doc_type, NOTHING) for doc_type in wanted)


def _entered_in_force(node: Node, doc_type: str, digest: Digest) -> bool:
    """Whether a document is in the register and not suspended, superseded or revoked."""
    filing = node.register.filing(doc_type, digest)
    if filing is None:
        return False
    status = node.reader.status_of(filing.issuer, doc_type, digest)
    return status is None or status.state in {"active", "consumed"}


def consume(
    node: Node,
    document: DocumentRecord,
    *,
    formation: str,
    evidence: DocumentRecord | None = None,
    key: str | None = None,
) -> Consumed:
    """Use a document up, as a formation of a kind that its policy names. Once, for ever."""
    who = node.reader.formation(formation, field="--as")
    shown = NOTHING if evidence is None else evidence.digest
    status = node.reader.status(document)
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Register",
        function="consume",
        arguments=(word(document.doc_type), document.digest, shown),
        key=key,
        step=0 if status is None else status.entry,  # asked again once it is used up, it is refused
        what="consume",
        about={"digest": document.digest.hex(), "type": document.doc_type, "formation": who.code},
    )
    (act,) = node.perform([asked])
    return Consumed(done(act, field="ID"), document)
