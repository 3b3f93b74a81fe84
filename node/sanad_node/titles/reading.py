"""Questions to the projections about documents of title."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Engine as Database
from sqlalchemy import bindparam, or_, select

from sanad_node.projection.titles import title_of
from sanad_node.reading import LedgerReader, LoggedEntry
from sanad_node.store import ledger_tables as t
from sanad_node.store.questions import Question
from sanad_node.titles.record import NOTHING, Title, followed, issuer_of
from sanad_verifier.entries import Kind

_TITLE = Question(
    select(t.titles).where(
        t.titles.c.issuer == bindparam("issuer"),
        t.titles.c.doc_type == bindparam("doc_type"),
        t.titles.c.digest == bindparam("digest"),
    )
)
_OF_KEY = Question(
    select(t.titles)
    .where(
        t.titles.c.issuer == bindparam("issuer"),
        t.titles.c.doc_type == bindparam("doc_type"),
        t.titles.c.key == bindparam("key"),
    )
    .order_by(t.titles.c.entry)
)
REPLACEMENTS_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class TitlePage:
    """Titles, last moved first; `more` if there are others after them."""

    titles: list[Title]
    more: bool


class TitleReader:
    """Reads one ledger database; each method is one or two short reads."""

    def __init__(self, ledger: Database) -> None:
        self._ledger = ledger
        self._reader = LedgerReader(ledger)

    def title(self, issuer: int, doc_type: str, digest: bytes) -> Title | None:
        """The title of a document as issued by a formation, None if it is none."""
        row = _TITLE.first(self._ledger, issuer=issuer, doc_type=doc_type, digest=digest)
        return None if row is None else title_of(row)

    def of_key(self, issuer: int, doc_type: str, key: bytes) -> list[Title]:
        """The titles that a formation issued under a reference, oldest first: the last is the original."""
        found = _OF_KEY.all(self._ledger, issuer=issuer, doc_type=doc_type, key=key)
        return [title_of(row) for row in found]

    def entries(self, title: Title, size: int | None = None) -> list[LoggedEntry]:
        """The entries about a title, oldest first; only those among the first `size` of the log, if that is given."""
        return [
            one
            for one in self._reader.entries_about(title.digest)
            if (size is None or one.index < size)
            and one.entry.kind >= Kind.TITLE
            and one.entry.doc_type == title.doc_type
            and issuer_of(one.entry) == title.issuer
        ]

    def as_of(self, title: Title, size: int) -> Title | None:
        """A title as it stood when the log had `size` entries, None if it was none yet."""
        if title.latest < size:
            return title
        told = [(one.index, one.entry) for one in self.entries(title, size)]
        then = followed(told, title.issuer, title.doc_type)
        return None if then is None else replace(then, replaces=title.replaces)

    def before(self, title: Title) -> list[Title]:
        """The documents whose place a title has taken, oldest first."""
        found: list[Title] = []
        while title.replaces != NOTHING and len(found) < REPLACEMENTS_AT_MOST:
            old = self._replaced(title)
            if old is None:
                break
            found.insert(0, old)
            title = old
        return found

    def _replaced(self, title: Title) -> Title | None:
        query = select(t.titles).where(
            t.titles.c.replaced_by == title.digest,
            t.titles.c.doc_type == title.doc_type,
            t.titles.c.digest == title.replaces,
        )
        with self._ledger.connect() as connection:
            row = connection.execute(query.order_by(t.titles.c.latest.desc())).first()
        return None if row is None else title_of(row)

    def page(self, *, parties: Collection[int] | None, before: int | None, limit: int) -> TitlePage:
        """Titles last moved first; with `parties` only those that one of them has to do with: as carrier, holder,
        beneficiary, taker or pledgee.
        """
        query = select(t.titles)
        if parties is not None:
            concerned = (t.titles.c.issuer, t.titles.c.holder, t.titles.c.beneficiary, t.titles.c.party)
            query = query.where(or_(*(column.in_(parties) for column in concerned)))
        if before is not None:
            query = query.where(t.titles.c.latest < before)
        with self._ledger.connect() as connection:
            rows = connection.execute(query.order_by(t.titles.c.latest.desc()).limit(limit + 1)).all()
        return TitlePage([title_of(row) for row in rows[:limit]], len(rows) > limit)
