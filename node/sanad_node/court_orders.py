"""Does a court's order fit what is to be done on it? Asked before anybody signs, as far as this node holds the order.

The contract makes sure that there is an order, that a court entered it in the register, that it is in force, and that a
hold ends on a later order of that court only. What an order says the contract cannot read: that it stays or releases,
until when, and which thing it is about, is looked at here. Where the order is not held, that is left to who reads it.
"""

from datetime import UTC, datetime
from typing import Any, Literal

from sanad_node import blinding, finding, types
from sanad_node.node import Node
from sanad_node.reading import ConsignmentRecord, DocumentRecord
from sanad_node.tracing import reference_of
from sanad_node.vault import VaultErased, VaultMissing
from sanad_verifier.errors import InputError

DOC_TYPE = "COURT_ORDER"
FREES = frozenset({"RELEASE", "STAY_LIFTED"})
"""Decisions that put no hold on anything."""
STAYS = frozenset({"STAY"})
"""Decisions that end none."""


class CourtOrderUnfit(InputError):
    """The order says something else than what is to be done on it, or is about another thing."""

    code = "COURT_ORDER_UNFIT"


def order_for(
    node: Node, identifier: str, consignment: ConsignmentRecord, act: Literal["hold", "lift"]
) -> DocumentRecord:
    """The court order that is meant; raises what finding it does, and `CourtOrderUnfit`."""
    record = finding.document(node, identifier, doc_type=DOC_TYPE, field="--order")
    try:
        content = node.vault.get(record.digest)
    except (VaultMissing, VaultErased):
        return record
    told = types.check(types.get(DOC_TYPE), content).value or {}
    must_fit(told, reference_of(node, consignment.id), act, datetime.fromtimestamp(node.clock(), UTC))
    return record


def must_fit(order: dict[str, Any], reference: str, act: Literal["hold", "lift"], now: datetime) -> None:
    """Raise `CourtOrderUnfit` unless an order allows the act on what is called this (empty: not known)."""
    day = now.date().isoformat()
    if order["decision"] in (FREES if act == "hold" else STAYS):
        said = order["decision"].lower().replace("_", " ")
        raise CourtOrderUnfit(f"the order says “{said}”: it is none to {act} on", field="--order")
    if day < order.get("effectiveFrom", "") or (
        act == "hold" and day > order.get("validUntil", "9999-12-31")
    ):
        raise CourtOrderUnfit("the order is not in effect today", field="--order")
    about = {order.get("containerNumber", ""), order.get("vehicle", {}).get("chassisNumber", "")} - {""}
    if reference and about and blinding.normalise(reference) not in map(blinding.normalise, about):
        raise CourtOrderUnfit("the order is about another thing", field="--order")
