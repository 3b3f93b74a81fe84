"""What a document of title is issued with, besides itself: to whom, in whose favour, and in the place of which.

Whether it can be endorsed is what the document says of itself, never what somebody asks for: a bill that says *not to
order* on its face must not become negotiable here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sanad_node.acting import word
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.node import Node
from sanad_node.titles.record import Title
from sanad_node.types import CheckedDocument
from sanad_verifier.entries import BatchLeaf, Reason
from sanad_verifier.errors import InputError

BILL = "BILL_OF_LADING"
TITLES = frozenset({BILL})
"""Types whose documents can be put under title control here."""


class NotATitle(InputError):
    """Documents of this type are no documents of title."""

    code = "NOT_A_TITLE"


class TitleTermsWrong(InputError):
    """To whom a document of title is issued does not agree with what it says of itself."""

    code = "TITLE_TERMS_WRONG"


@dataclass(frozen=True, slots=True)
class Titling:
    """Numbers of the first holder and of the beneficiary (0: whoever holds it); `replaced` is the title whose place it
    takes, for this reason.
    """

    holder: int
    beneficiary: int
    to_order: bool
    replaced: Title | None = None
    reason: Reason | None = None

    def stated(self) -> dict[str, Any]:
        """What tells this request from another one for the same document."""
        old = "" if self.replaced is None else self.replaced.digest.hex()
        return {"holder": self.holder, "beneficiary": self.beneficiary, "replaces": old}

    def call(self, doc_type: str, leaf: BatchLeaf) -> tuple[str, bytes]:
        """The contract that takes the document, and the call."""
        original = (leaf.subject, leaf.related, leaf.data)
        terms = (self.holder, self.beneficiary, self.to_order)
        if self.replaced is None:
            return "Titles", encode_call(load("Titles"), "issue", word(doc_type), original, terms)
        told = (word(doc_type), self.replaced.issuer, self.replaced.digest, original, terms)
        return "Titles", encode_call(load("Titles"), "reissue", *told, int(self.reason or Reason.AMENDED))


def titling(
    node: Node,
    checked: CheckedDocument,
    *,
    holder: str,
    beneficiary: str | None,
    replaced: Title | None = None,
    reason: Reason | None = None,
) -> Titling:
    """The terms a document is issued under. Raises `TitleTermsWrong` where they do not fit what it says: a straight
    bill has a consignee, and one that names its endorsee is to somebody's order.
    """
    value = checked.value if isinstance(checked.value, Mapping) else {}
    to_order = value.get("isToOrder") is True
    parties = value.get("documentParties")
    endorsee = isinstance(parties, Mapping) and "endorsee" in parties
    if beneficiary is None and not to_order:
        raise TitleTermsWrong(
            "the bill is not to order: name the office of its consignee", field="--beneficiary"
        )
    if beneficiary is None and endorsee:
        raise TitleTermsWrong(
            "the bill names its endorsee: name the office to whose order it is", field="--beneficiary"
        )
    entitled = 0 if beneficiary is None else node.reader.formation(beneficiary, field="--beneficiary").number
    return Titling(
        node.reader.formation(holder, field="--holder").number, entitled, to_order, replaced, reason
    )


def must_be_title(doc_type: str) -> None:
    """`NotATitle` unless documents of this type can be put under title control."""
    if doc_type not in TITLES:
        raise NotATitle("documents of this type give no title: " + ", ".join(sorted(TITLES)), field="--type")
