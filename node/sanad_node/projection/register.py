"""What entries about controlled documents do to the projections: policies, filings, parents, and what is used up."""

from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, select, update

from sanad_node.store import ledger_tables as t
from sanad_verifier.entries import Entry, Kind
from sanad_verifier.register_words import Condition, EnteredWord, ParentWord, PolicyParent

ZERO = bytes(32)


class RegisterProjection:
    """Applies entries of the register to one connection's transaction; standings go to `stand`, in order with those of
    status acts.
    """

    def __init__(self, connection: Connection, stand: Callable[..., None]) -> None:
        self._connection = connection
        self._stand = stand

    def apply(self, index: int, entry: Entry) -> None:
        """An `ENTER`, `PARENT`, `CONSUME` or `WITHDRAW` entry. Withdrawing says no more than the `REVOKE` before it,
        but for who approved, which stays in the entry.
        """
        if entry.kind is Kind.ENTER:
            word = EnteredWord.unpack(entry.data)
            self._connection.execute(
                insert(t.filings).values(
                    doc_type=entry.doc_type,
                    digest=entry.subject,
                    issuer=entry.formation,
                    entry=index - 1,  # its ISSUE entry stands directly before
                    thing=entry.related,
                    outcome=word.outcome,
                    version=word.version,
                    approver=word.approver,
                    consumed_by=None,
                )
            )
        elif entry.kind is Kind.PARENT:
            parent = ParentWord.unpack(entry.data)
            self._connection.execute(
                insert(t.parents).values(
                    child=parent.child,
                    doc_type=entry.doc_type,
                    digest=entry.related,
                    issuer=parent.issuer,
                    conditions=PolicyParent(entry.doc_type, parent.condition, parent.outcomes).pack()[31],
                    entry=index,
                )
            )
            if parent.condition & Condition.CONSUMES:
                self._consume(index, parent.child, entry, parent.issuer, entry.related)
        elif entry.kind is Kind.CONSUME:
            self._consume(index, index, entry, int.from_bytes(entry.data), entry.subject)

    def apply_policy(self, index: int, entry: Entry) -> None:
        """A `POLICY` or `POLICY_PARENT` entry."""
        if entry.kind is Kind.POLICY_PARENT:
            place = int.from_bytes(entry.data[28:])
            self._connection.execute(
                insert(t.policy_parents).values(doc_type=entry.doc_type, place=place, wanted=entry.subject)
            )
            return
        for table in (t.policies, t.policy_parents):
            self._connection.execute(delete(table).where(table.c.doc_type == entry.doc_type))
        if entry.subject != ZERO:
            self._connection.execute(
                insert(t.policies).values(
                    doc_type=entry.doc_type,
                    rules=entry.subject,
                    issuers=entry.related,
                    consumers=entry.data,
                    entry=index,
                )
            )

    def is_consumed(self, issuer: int, doc_type: str, digest: bytes) -> bool:
        """Whether a document as entered by a formation was used up."""
        query = select(t.filings.c.consumed_by).where(
            t.filings.c.doc_type == doc_type, t.filings.c.digest == digest, t.filings.c.issuer == issuer
        )
        return self._connection.execute(query).scalar() is not None

    def _consume(self, index: int, consumer: int, entry: Entry, issuer: int, digest: bytes) -> None:
        self._connection.execute(
            update(t.filings)
            .where(t.filings.c.doc_type == entry.doc_type, t.filings.c.digest == digest)
            .values(consumed_by=consumer)
        )
        self._stand(
            issuer=issuer,
            doc_type=entry.doc_type,
            digest=digest,
            state="consumed",
            reason=0,
            replacement=ZERO,
            entry=index,
            time=entry.time,
        )
