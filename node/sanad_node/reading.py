"""Questions to the projections, answered with frozen records.

All SQL that reads the ledger database for people and verdicts is here. Nothing is judged: what a state
means is said by the verifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import Row, Select, bindparam, func, select, tuple_

from sanad_node.projection.log_tree import LogTree
from sanad_node.store import ledger_tables as t
from sanad_node.store.questions import Question
from sanad_node.successions import Succession, Successions
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Entry, decode_entry
from sanad_verifier.errors import InputError
from sanad_verifier.merkle import InclusionProof

_DOCUMENTS = (
    select(t.documents, t.batches.c.root.label("batch_root"))
    .select_from(t.documents.outerjoin(t.batches, t.batches.c.entry == t.documents.c.entry))
    .order_by(t.documents.c.entry, t.documents.c.leaf)
)
_BY_DIGESTS = _DOCUMENTS.where(t.documents.c.digest.in_(bindparam("digests", expanding=True)))
_BY_KEYS = _DOCUMENTS.where(t.documents.c.key.in_(bindparam("keys", expanding=True)))

# What every verdict and every act asks.
_POSITION = Question(select(t.cursor))
_CODES = Question(select(t.formations.c.number, t.formations.c.code))
_FORMATION = Question(select(t.formations).where(t.formations.c.code == bindparam("code")))
_FORMATION_NUMBERED = Question(select(t.formations).where(t.formations.c.number == bindparam("number")))
_SUCCESSIONS = Question(select(t.successions).order_by(t.successions.c.entry, t.successions.c.successor))
_NEWEST_OF = Question(
    select(t.documents.c.time)
    .where(t.documents.c.issuer == bindparam("formation"))
    .order_by(t.documents.c.entry.desc(), t.documents.c.leaf.desc())  # the way its index is
    .limit(1)
)
_KEYS_OF = Question(
    select(t.keys).where(t.keys.c.formation == bindparam("formation")).order_by(t.keys.c.entry)
)
_ENTRY = Question(select(t.entries).where(t.entries.c.idx == bindparam("index")))
_ENTRIES_ABOUT = Question(
    select(t.entries).where(t.entries.c.subject == bindparam("subject")).order_by(t.entries.c.idx)
)
_STATUS = Question(
    select(t.statuses).where(
        t.statuses.c.issuer == bindparam("issuer"),
        t.statuses.c.doc_type == bindparam("doc_type"),
        t.statuses.c.digest == bindparam("digest"),
    )
)
_BY_DIGEST = Question(_DOCUMENTS.where(t.documents.c.digest == bindparam("digest")))
_BY_KEY = Question(_DOCUMENTS.where(t.documents.c.key == bindparam("key")))
_BY_PREFIX = Question(
    _DOCUMENTS.where(t.documents.c.digest.between(bindparam("low"), bindparam("high"))).limit(20)
)


class UnknownFormation(InputError):
    """No formation has this code or number."""

    code = "UNKNOWN_FORMATION"


class UnknownDocument(InputError):
    """The ledger has no document of this identifier."""

    code = "UNKNOWN_DOCUMENT"


class AmbiguousDocument(InputError):
    """Several documents fit; name the issuer, the type or more of the digest."""

    code = "AMBIGUOUS_DOCUMENT"


class AmbiguousConsignment(InputError):
    """Several consignments fit."""

    code = "AMBIGUOUS_CONSIGNMENT"


class UnknownConsignment(InputError):
    """No consignment has this identifier."""

    code = "UNKNOWN_CONSIGNMENT"


@dataclass(frozen=True, slots=True)
class FormationRecord:
    """A formation as the ledger has it now. Times in seconds, 0 for none."""

    number: int
    code: str
    kind: str
    parent: int
    valid_from: int
    valid_to: int
    suspended_at: int


@dataclass(frozen=True, slots=True)
class KeyRecord:
    address: bytes
    formation: int
    valid_from: int
    valid_to: int
    suspended_at: int
    compromised_from: int


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as issued once: by a single entry (`leaf` 0, `batch_root` None) or as a leaf of a batch."""

    entry: int
    leaf: int
    digest: Digest
    issuer: int
    doc_type: str
    fields: bytes
    key: bytes
    time: int
    batch_root: Digest | None


@dataclass(frozen=True, slots=True)
class StatusRecord:
    """The latest status act on a document; `state` is active when it was reinstated."""

    state: str
    reason: int
    replacement: bytes
    entry: int
    time: int


@dataclass(frozen=True, slots=True)
class ConsignmentRecord:
    id: bytes
    kind: str
    holder: int
    taker: int
    sequence: int
    quantity: int
    place: str
    condition: int
    entry: int
    time: int
    holds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """An entry with its place in the log and on the chain."""

    index: int
    block: int
    tx: bytes
    raw: bytes
    entry: Entry


@dataclass(frozen=True, slots=True)
class Position:
    """How far the projections have read: block, its time, and entries in the log."""

    block: int
    time: int
    size: int


class LedgerReader:
    """Reads one ledger database; each method is one short read."""

    def __init__(self, ledger: Database) -> None:
        self._ledger = ledger

    def position(self) -> Position:
        row = _POSITION.first(self._ledger)
        return Position(0, 0, 0) if row is None else Position(row.block, row.time, row.size)

    # -- formations -----------------------------------------------------------------------------------------------

    def formations(self) -> list[FormationRecord]:
        return [_formation(r) for r in self._all(select(t.formations).order_by(t.formations.c.number))]

    def formation(self, code_or_number: str | int, *, field: str = "formation") -> FormationRecord:
        """A formation by its code (any case) or number; `UnknownFormation`, naming `field`, if there is none."""
        if isinstance(code_or_number, int):
            row = _FORMATION_NUMBERED.first(self._ledger, number=code_or_number)
        else:
            row = _FORMATION.first(self._ledger, code=code_or_number.upper())
        if row is None:
            raise UnknownFormation("the ledger has no such formation", field=field)
        return _formation(row)

    def formation_codes(self) -> dict[int, str]:
        return {r.number: r.code for r in _CODES.all(self._ledger)}

    def successions(self, *, with_parents: bool = False) -> Successions:
        """Which formation takes the place of which; `with_parents`, and which is above which."""
        steps = _SUCCESSIONS.all(self._ledger)
        return Successions(
            tuple(Succession(one.predecessor, one.successor, one.since, one.entry) for one in steps),
            {one.number: one.parent for one in self.formations()} if with_parents else {},
        )

    def newest_issue(self, formation: int) -> int:
        """When a formation (by its number) issued its newest document that is known here, in seconds; 0 for never.
        Those of a batch are known once this node holds its file.
        """
        row = _NEWEST_OF.first(self._ledger, formation=formation)
        return 0 if row is None else row.time

    def keys_of(self, formation: int) -> list[KeyRecord]:
        return [_key(r) for r in _KEYS_OF.all(self._ledger, formation=formation)]

    def key(self, address: bytes) -> KeyRecord | None:
        row = self._first(select(t.keys).where(t.keys.c.address == address))
        return None if row is None else _key(row)

    def scopes_of(self, formation: int) -> list[Row[Any]]:
        return self._all(
            select(t.scopes).where(t.scopes.c.formation == formation).order_by(t.scopes.c.doc_type)
        )

    # -- consortium -----------------------------------------------------------------------------------------------

    def members(self) -> list[Row[Any]]:
        """Present members, in order of their number."""
        return self._all(select(t.members).where(t.members.c.removed_at == 0).order_by(t.members.c.number))

    def threshold(self) -> int:
        row = self._first(select(t.consortium.c.threshold))
        return 0 if row is None else int(row.threshold)

    def network_bundle(self) -> tuple[bytes, int]:
        """Digest and version of the network bundle that the members have recorded last; zeros before the first."""
        row = self._first(select(t.consortium))
        return (bytes(32), 0) if row is None else (bytes(row.network_digest), int(row.network_version))

    def proposals(self) -> list[Row[Any]]:
        approvals = select(func.count()).where(t.approvals.c.number == t.proposals.c.number).scalar_subquery()
        return self._all(select(t.proposals, approvals.label("approvals")).order_by(t.proposals.c.number))

    # -- documents ------------------------------------------------------------------------------------------------

    def documents_by_digest(self, digests: Sequence[bytes]) -> list[DocumentRecord]:
        if len(digests) == 1:
            return _documents(_BY_DIGEST.all(self._ledger, digest=digests[0]))
        return _documents(self._all(_BY_DIGESTS, digests=digests))

    def documents_before(self, place: tuple[int, int] | None, limit: int) -> list[DocumentRecord]:
        """Documents older than a place (entry and leaf), or the newest, newest first."""
        query = _DOCUMENTS.order_by(None).order_by(t.documents.c.entry.desc(), t.documents.c.leaf.desc())
        if place is not None:
            query = query.where(tuple_(t.documents.c.entry, t.documents.c.leaf) < place)
        return _documents(self._all(query.limit(limit)))

    def documents_by_key(self, keys: Sequence[bytes]) -> list[DocumentRecord]:
        if len(keys) == 1:
            return _documents(_BY_KEY.all(self._ledger, key=keys[0]))
        return _documents(self._all(_BY_KEYS, keys=keys))

    def documents_by_prefix(self, prefix: str) -> list[DocumentRecord]:
        """Documents whose digest begins with these hex digits (at least 8); at most 20."""
        return self.documents_between(
            bytes.fromhex(prefix.ljust(64, "0")), bytes.fromhex(prefix.ljust(64, "f"))
        )

    def documents_between(self, low: bytes, high: bytes) -> list[DocumentRecord]:
        """Documents with a digest from the one to the other; at most 20."""
        return _documents(_BY_PREFIX.all(self._ledger, low=low, high=high))

    def status(self, document: DocumentRecord) -> StatusRecord | None:
        """The latest status act on a document as issued by its issuer, or None if there was none."""
        return self.status_of(document.issuer, document.doc_type, document.digest)

    def status_of(self, issuer: int, doc_type: str, digest: bytes) -> StatusRecord | None:
        """The same of what may never have been issued."""
        row = _STATUS.first(self._ledger, issuer=issuer, doc_type=doc_type, digest=digest)
        return (
            None if row is None else StatusRecord(row.state, row.reason, row.replacement, row.entry, row.time)
        )

    # -- custody --------------------------------------------------------------------------------------------------

    def consignment(self, identifier: bytes) -> ConsignmentRecord:
        row = self._first(select(t.consignments).where(t.consignments.c.id == identifier))
        if row is None:
            raise UnknownConsignment("the ledger has no such consignment", field="consignment")
        holds = self._all(
            select(t.holds.c.formation)
            .where(t.holds.c.consignment == identifier)
            .order_by(t.holds.c.formation)
        )
        return ConsignmentRecord(**row._mapping, holds=tuple(h.formation for h in holds))

    def consignments_by_prefix(self, prefix: str) -> list[bytes]:
        """Identifiers that begin with these hex digits; at most 20."""
        low, high = bytes.fromhex(prefix.ljust(64, "0")), bytes.fromhex(prefix.ljust(64, "f"))
        column = t.consignments.c.id
        return [r.id for r in self._all(select(column).where(column.between(low, high)).limit(20))]

    # -- the log --------------------------------------------------------------------------------------------------

    def entry(self, index: int) -> LoggedEntry:
        row = _ENTRY.first(self._ledger, index=index)
        if row is None:
            raise UnknownDocument("the log has no such entry", field="entry")
        return _logged(row)

    def entries_about(self, subject: bytes) -> list[LoggedEntry]:
        """Every entry whose subject this is, oldest first."""
        return [_logged(r) for r in _ENTRIES_ABOUT.all(self._ledger, subject=subject)]

    def entries(self, first: int, last: int) -> list[LoggedEntry]:
        """Entries first..last-1."""
        rows = self._all(
            select(t.entries)
            .where(t.entries.c.idx >= first, t.entries.c.idx < last)
            .order_by(t.entries.c.idx)
        )
        return [_logged(r) for r in rows]

    def raw_entries(self, first: int, last: int) -> list[bytes]:
        """The bytes of entries first..last-1."""
        rows = self._all(
            select(t.entries.c.raw)
            .where(t.entries.c.idx >= first, t.entries.c.idx < last)
            .order_by(t.entries.c.idx)
        )
        return [r.raw for r in rows]

    def root(self, size: int) -> Digest:
        return LogTree(self._ledger, size).root()

    def inclusion(self, index: int, size: int) -> InclusionProof:
        return LogTree(self._ledger, size).inclusion(index)

    def consistency(self, old: int, new: int) -> tuple[Digest, ...]:
        return LogTree(self._ledger, new).consistency(old)

    # -- plumbing -------------------------------------------------------------------------------------------------

    def _first(self, query: Select[Any], **values: Any) -> Row[Any] | None:
        with self._ledger.connect() as connection:
            return connection.execute(query, values).first()

    def _all(self, query: Select[Any], **values: Any) -> list[Row[Any]]:
        with self._ledger.connect() as connection:
            return list(connection.execute(query, values))


def _documents(rows: Sequence[Any]) -> list[DocumentRecord]:
    """The columns are the record's members, in its order."""
    return [DocumentRecord(*row) for row in rows]


def _formation(row: Any) -> FormationRecord:
    return FormationRecord(
        row.number,
        row.code,
        row.kind,
        row.parent,
        row.valid_from,
        row.valid_to,
        row.suspended_at,
    )


def _key(row: Any) -> KeyRecord:
    return KeyRecord(
        row.address, row.formation, row.valid_from, row.valid_to, row.suspended_at, row.compromised_from
    )


def _logged(row: Any) -> LoggedEntry:
    return LoggedEntry(row.idx, row.block, row.tx, row.raw, decode_entry(row.raw))
