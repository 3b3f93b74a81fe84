"""What this office has promised to issue and the ledger does not show yet.

Where a carrier brings acts to the chain, a document may be promised long before it is anchored. Whoever
checks many against the ledger asks here first: an act that is not among the promised is on the ledger, or
was refused.
"""

from sqlalchemy import select

from sanad_node.claims import WAITING, words_named
from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_node.store.office_tables import outbox


class Promised:
    """Follows the outbox of one formation and document type."""

    def __init__(self, node: Node, office: FormationRecord, doc_type: str) -> None:
        self._node = node
        self._office = office
        self._type = doc_type.encode("ascii").ljust(32, b"\0")
        self._last = 0

    def more(self) -> set[bytes]:
        """Digests and blinded keys of documents promised since this was last asked."""
        keys = {key.address for key in self._node.reader.keys_of(self._office.number)}
        query = (
            select(outbox.c.id, outbox.c.signer, outbox.c.calldata)
            .where(outbox.c.state.in_(WAITING), outbox.c.contract == "Ledger", outbox.c.id > self._last)
            .order_by(outbox.c.id)
        )
        found: set[bytes] = set()
        with self._node.office.connect() as connection:
            for act in connection.execute(query):
                self._last = act.id
                if bytes(act.signer) in keys:
                    doc_type, words = words_named(self._node.directory, bytes(act.calldata))
                    found |= words if doc_type == self._type else set()
        return found

    def from_the_start(self) -> None:
        """Tell everything that is still promised when next asked."""
        self._last = 0
