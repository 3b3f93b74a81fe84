"""Acts that nothing stands against, made durable together.

What is checked by itself is promised with others: their documents go into the vault with the same flushes, their acts
into the outbox with one commit. Whoever checks many requests, and promises what has gathered, pays a fraction for each.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, Request
from sanad_node.vault import Item


@dataclass(eq=False, slots=True)
class Order:
    """A request as it will be stored, the document to keep for it, and what it has claimed meanwhile."""

    request: Request
    document: Item | None
    claims: ExitStack = field(default_factory=ExitStack)

    def given_up(self, error: Exception) -> None:
        """Let go of the claims, since nothing was promised."""
        self.claims.__exit__(type(error), error, error.__traceback__)


def promise(node: Node, orders: Sequence[Order]) -> list[Act | Exception]:
    """What became of each: an act that is on the disk, or why not. A document is in the vault before its act is
    promised; what keeps one of them from being kept or promised leaves the others alone. Thread-safe.
    """
    outcomes: dict[Order, Act | Exception] = {}
    try:
        kept = [order for order in orders if order.document is not None]
        documents = [order.document for order in kept if order.document is not None]
        refused = zip(kept, node.vault.put_each(documents), strict=True)
        outcomes.update((order, error) for order, error in refused if error is not None)
        left = [order for order in orders if order not in outcomes]
        acts = node.outbox.accept_each([order.request for order in left])
        outcomes.update(zip(left, acts, strict=True))
    except Exception as error:  # noqa: BLE001 - each of them must hear of it, and give back what it has claimed
        outcomes.update((order, error) for order in orders if order not in outcomes)
    for order in orders:
        outcome = outcomes[order]
        if isinstance(outcome, Exception):
            order.given_up(outcome)
        else:
            order.claims.close()
    return [outcomes[order] for order in orders]
