"""The verdict: six answers, and what do they come to together? (docs/explanation/verdict.md.)

"Could not check" is an answer of its own, never yes and never no. A report cannot be used as a truth value:
ask for `overall`, or `require()` it.
"""

from enum import StrEnum
from typing import Any, NamedTuple, NoReturn

from sanad_verifier.errors import EvidenceError
from sanad_verifier.fields import Field
from sanad_verifier.notices import Notice


class Is(StrEnum):
    """An answer to one question."""

    YES = "yes"
    NO = "no"
    NOT_CHECKED = "not-checked"


class Overall(StrEnum):
    """What the answers come to."""

    AUTHENTIC = "authentic"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    STALE = "stale"
    CANNOT_TELL = "cannot-tell"


class NotAuthentic(EvidenceError):
    """`require()` was asked of a report that is not authentic."""

    code = "NOT_AUTHENTIC"


class Answer(NamedTuple):
    """One answer: a stable reason code, and a sentence for people."""

    answer: Is
    reason: str
    sentence: str


class Report(NamedTuple):
    """The six answers, and the facts they were taken from (names and times; contents only where they were shown)."""

    intact: Answer
    authority: Answer
    state: Answer
    parents: Answer
    subject: Answer
    freshness: Answer
    in_force: str = ""
    """active, suspended, superseded, consumed, revoked, suspect, legacy; empty if not known."""
    digest: str = ""
    doc_type: str = ""
    issuer: str = ""
    issued_at: int = 0
    entry: int | None = None
    as_of: int = 0
    """The time (seconds) up to which the evidence speaks."""
    not_found: bool = False
    """The ledger that was asked has no such document."""
    subject_asked: bool = False
    """Somebody read a number off the thing in front of them, and wants to know whether it is this one."""
    seen: int = 0
    """When the newest checkpoint that the reader has met was cosigned (seconds), this evidence included."""
    sealed_block: int | None = None
    """The block in which the network's validators sealed it, where that was shown and checked."""
    fields: tuple[Field, ...] = ()
    """Fields that were shown, each proved to be the document's."""
    replaced_by: str = ""
    """Digest (hex) of the document that supersedes this one."""
    differs: tuple[str, ...] = ()
    """JSON pointers at which what was presented departs from the document it pretends to be, where that may be told."""
    short_code: str = ""
    """The short code that a certificate of this document bears, where only a pack was asked."""
    notices: tuple[Notice, ...] = ()
    """What is remarkable about it, and changes no answer."""

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers by name."""
        return {
            "intact": self.intact,
            "authority": self.authority,
            "state": self.state,
            "parents": self.parents,
            "subject": self.subject,
            "freshness": self.freshness,
        }

    @property
    def overall(self) -> Overall:
        """The decision table, first line that fits:

        1. the ledger that was asked has no such document: unknown
        2. any answer but freshness is no: refused
        3. bytes, authority, state or freshness not checked: cannot tell
        4. asked whether it is about this thing, and that could not be compared: cannot tell
        5. the evidence is too old: stale
        6. otherwise authentic; parents (and subject, if nobody asked) may be not checked, and the answers
           say so
        """
        if self.not_found:  # 1
            return Overall.UNKNOWN
        intact, authority, state, freshness = (
            self.intact.answer,
            self.authority.answer,
            self.state.answer,
            self.freshness.answer,
        )
        if Is.NO in (intact, authority, state, self.parents.answer, self.subject.answer):  # 2
            return Overall.REFUSED
        if Is.NOT_CHECKED in (intact, authority, state, freshness):  # 3
            return Overall.CANNOT_TELL
        if self.subject_asked and self.subject.answer is Is.NOT_CHECKED:  # 4
            return Overall.CANNOT_TELL
        return Overall.STALE if freshness is Is.NO else Overall.AUTHENTIC  # 5, 6

    def require(self) -> None:
        """Raise `NotAuthentic` unless the document is authentic."""
        if self.overall is not Overall.AUTHENTIC:
            raise NotAuthentic(f"the document is not authentic: {self.overall.value}")

    def __bool__(self) -> NoReturn:
        raise TypeError("a report is not a truth value: look at `overall`, or call `require()`")

    def as_dict(self) -> dict[str, Any]:
        """The report as `--json` shows it."""
        return {
            "verdict": self.overall.value,
            "answers": {
                name: {"answer": a.answer.value, "reason": a.reason, "sentence": a.sentence}
                for name, a in self.answers.items()
            },
            "state": self.in_force,
            "digest": self.digest,
            "type": self.doc_type,
            "issuer": self.issuer,
            "issuedAt": self.issued_at,
            "entry": self.entry,
            "asOf": self.as_of,
            "sealedBlock": self.sealed_block,
            "replacedBy": self.replaced_by,
            "shortCode": self.short_code,
            "differs": list(self.differs),
            "notices": [
                {
                    "code": one.code,
                    "sentence": one.sentence,
                    "days": one.days,
                    "about": one.about,
                    "since": one.since,
                }
                for one in self.notices
            ],
            "fields": [{"pointer": one.pointer, "value": one.value} for one in self.fields],
        }

    def lines(self) -> list[str]:
        """The report in words: the verdict, then one line for each answer and each notice."""
        told = [WORDS[self.overall] if self.authority.reason != "NOT_IN_PACK" else NOT_IN_PACK]
        told += [f"  {name:<10} {a.answer.value:<12} {a.sentence}" for name, a in self.answers.items()]
        return [*told, *(f"  {'notice':<10} {'':<12} {one.sentence}" for one in self.notices)]


WORDS = {
    Overall.AUTHENTIC: "AUTHENTIC: genuine and in force",
    Overall.REFUSED: "REFUSED: do not accept this document",
    Overall.UNKNOWN: "UNKNOWN: the ledger has no such document",
    Overall.STALE: "STALE: genuine when last known, but the evidence is too old",
    Overall.CANNOT_TELL: "CANNOT TELL: not everything could be checked",
}
"""One sentence for each verdict."""
NOT_IN_PACK = "UNKNOWN: the pack lists no such document"

EXIT_CODES = {
    Overall.AUTHENTIC: 0,
    Overall.REFUSED: 1,
    Overall.UNKNOWN: 2,
    Overall.STALE: 2,
    Overall.CANNOT_TELL: 2,
}
"""Exit codes of the commands; unknown is a kind of not being able to tell: another ledger may have it."""
