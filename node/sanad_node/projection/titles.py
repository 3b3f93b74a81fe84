"""What entries about documents of title do to the projections: the title itself, and the standing of its document."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert, select, update

from sanad_node.store import ledger_tables as t
from sanad_node.titles.record import NOTHING, Title, after, begun, issuer_of, replaced
from sanad_verifier.entries import Entry, Kind, StatusWord, decode_entry
from sanad_verifier.title_words import TitleTerms

_SURRENDERS = {Kind.SURRENDER_FOR_DELIVERY, Kind.SURRENDER_FOR_AMENDMENT}


class TitlesProjection:
    """Applies entries about titles to one connection's transaction; standings go to `stand`, in order with those of
    status acts.
    """

    def __init__(self, connection: Connection, stand: Callable[..., None]) -> None:
        self._connection = connection
        self._stand = stand
        self._superseded: tuple[int, Entry] | None = None

    def apply(self, index: int, entry: Entry) -> None:
        """A `TITLE` entry, or an act on a title."""
        if entry.kind is Kind.TITLE:
            self._begin(index, entry)
            return
        issuer = issuer_of(entry)
        title = self.title(issuer, entry.doc_type, entry.subject)
        if title is None:
            return  # the contract has no act on a title that there is not
        self._put(after(title, index, entry))
        if entry.kind in _SURRENDERS or entry.kind is Kind.SREJ:
            self._stand(
                issuer=issuer,
                doc_type=entry.doc_type,
                digest=entry.subject,
                state="active" if entry.kind is Kind.SREJ else "surrendered",
                reason=0,
                replacement=NOTHING,
                entry=index,
                time=entry.time,
            )

    def supersede(self, index: int, entry: Entry) -> None:
        """A `SUPERSEDE` entry: remembered, since the title that directly follows may take the place of its document."""
        self._superseded = (index, entry)

    def is_surrendered(self, issuer: int, doc_type: str, digest: bytes) -> bool:
        """Whether a document is a title that was surrendered."""
        title = self.title(issuer, doc_type, digest)
        return title is not None and title.is_surrendered

    def title(self, issuer: int, doc_type: str, digest: bytes) -> Title | None:
        """The title of a document, if it is one."""
        table = t.titles.c
        query = select(t.titles).where(
            table.issuer == issuer, table.doc_type == doc_type, table.digest == digest
        )
        row = self._connection.execute(query).first()
        return None if row is None else title_of(row)

    def _begin(self, index: int, entry: Entry) -> None:
        """A new title, and the end of the one it replaces: that of the entry before its own two."""
        old = NOTHING
        if TitleTerms.unpack(entry.data).replaces:
            before = self._entry(index - 2)
            title = self.title(StatusWord.unpack(before.data).issuer, before.doc_type, before.subject)
            if title is not None:
                self._put(replaced(title, index - 2, before))
                old = before.subject
        self._connection.execute(insert(t.titles).values(**asdict(begun(index, entry, old))))

    def _entry(self, index: int) -> Entry:
        """An entry: just seen, or kept."""
        if self._superseded is not None and self._superseded[0] == index:
            return self._superseded[1]
        query = select(t.entries.c.raw).where(t.entries.c.idx == index)
        return decode_entry(self._connection.execute(query).scalar_one())

    def _put(self, title: Title) -> None:
        table = t.titles.c
        self._connection.execute(
            update(t.titles)
            .where(
                table.issuer == title.issuer,
                table.doc_type == title.doc_type,
                table.digest == title.digest,
            )
            .values(**asdict(title))
        )


def title_of(row: Any) -> Title:
    """The title in a row."""
    told = dict(row._mapping) if hasattr(row, "_mapping") else row._asdict()
    for name in ("digest", "key", "replaces", "replaced_by"):
        told[name] = bytes(told[name])
    for name in ("to_order", "to_order_before"):
        told[name] = bool(told[name])
    return Title(**told)
