"""Questions to the projections about controlled documents: policies, what was entered, and what it rests on."""

from dataclasses import dataclass

from sqlalchemy import Engine as Database
from sqlalchemy import bindparam, select

from sanad_node.store import ledger_tables as t
from sanad_node.store.questions import Question
from sanad_verifier.digests import Digest
from sanad_verifier.register_words import Condition, PolicyParent, PolicyRules, unpack_kinds

_POLICY = Question(select(t.policies).where(t.policies.c.doc_type == bindparam("doc_type")))
_WANTED = Question(
    select(t.policy_parents.c.wanted)
    .where(t.policy_parents.c.doc_type == bindparam("doc_type"))
    .order_by(t.policy_parents.c.place)
)
_FILING = Question(
    select(t.filings).where(
        t.filings.c.doc_type == bindparam("doc_type"), t.filings.c.digest == bindparam("digest")
    )
)
_PARENTS = Question(
    select(t.parents).where(t.parents.c.child == bindparam("child")).order_by(t.parents.c.entry)
)
MOST_OF_A_THING = 40


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """The policy of a type as members decided it. Kinds of formations by their first eight characters."""

    doc_type: str
    rules: PolicyRules
    issuers: tuple[str, ...]
    consumers: tuple[str, ...]
    parents: tuple[PolicyParent, ...]
    entry: int


@dataclass(frozen=True, slots=True)
class FilingRecord:
    """A controlled document as it was entered. `entry` is its ISSUE entry, `consumed_by` the place in the log of what
    used it up (a CONSUME entry, or the ISSUE entry of a document that rests on it).
    """

    doc_type: str
    digest: Digest
    issuer: int
    entry: int
    thing: bytes
    outcome: int
    version: int
    approver: bytes
    consumed_by: int | None


@dataclass(frozen=True, slots=True)
class ParentRecord:
    """A document that another one rests on, and how the policy wanted it."""

    doc_type: str
    digest: Digest
    issuer: int
    condition: Condition
    entry: int


class RegisterReader:
    """Reads one ledger database; each method is one or two short reads."""

    def __init__(self, ledger: Database) -> None:
        self._ledger = ledger

    def policy(self, doc_type: str) -> PolicyRecord | None:
        """The policy of a type, None if it is not controlled."""
        row = _POLICY.first(self._ledger, doc_type=doc_type)
        if row is None:
            return None
        wanted = _WANTED.all(self._ledger, doc_type=doc_type)
        return PolicyRecord(
            doc_type,
            PolicyRules.unpack(row.rules),
            unpack_kinds(row.issuers),
            unpack_kinds(row.consumers),
            tuple(PolicyParent.unpack(one.wanted) for one in wanted),
            row.entry,
        )

    def policies(self) -> list[PolicyRecord]:
        """All policies, in the order in which members decided them."""
        with self._ledger.connect() as connection:
            names = list(
                connection.execute(select(t.policies.c.doc_type).order_by(t.policies.c.entry)).scalars()
            )
        return [found for name in names if (found := self.policy(name)) is not None]

    def filing(self, doc_type: str, digest: bytes) -> FilingRecord | None:
        """What is on record of a controlled document, None if it was never entered."""
        row = _FILING.first(self._ledger, doc_type=doc_type, digest=digest)
        return None if row is None else FilingRecord(*row)

    def parents_of(self, child: int) -> list[ParentRecord]:
        """What the document of an ISSUE entry rests on, in the order of its policy."""
        return [
            ParentRecord(
                row.doc_type, Digest(row.digest), row.issuer, Condition(row.conditions & 15), row.entry
            )
            for row in _PARENTS.all(self._ledger, child=child)
        ]

    def about(self, things: list[bytes]) -> list[bytes]:
        """Digests of the documents entered about one of these (blinded) things, latest first; at most 40."""
        query = (
            select(t.filings.c.digest)
            .where(t.filings.c.thing.in_(things))
            .order_by(t.filings.c.entry.desc())
            .limit(MOST_OF_A_THING)
        )
        with self._ledger.connect() as connection:
            return list(connection.execute(query).scalars())

    def plain_scopes(self, doc_type: str, acts: int) -> list[tuple[int, int, int, int]]:
        """(formation, acts, from, to) of the scopes for a type that allow one of these acts."""
        query = select(t.scopes).where(t.scopes.c.doc_type == doc_type).order_by(t.scopes.c.formation)
        with self._ledger.connect() as connection:
            rows = connection.execute(query).all()
        return [(row.formation, row.acts, row.valid_from, row.valid_to) for row in rows if row.acts & acts]
