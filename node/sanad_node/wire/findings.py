"""Findings: what papers say differently, and what people answered."""

from typing import Any, Literal

from pydantic import Field

from sanad_node.findings.answering import LONGEST_NOTE, REASONS
from sanad_node.wire.base import Answer, Asked, Code, Identifier, TypeName
from sanad_node.wire.batches import IdentifierWarningView

Severity = Literal["high", "medium", "low"]
RuleName = Field(None, max_length=64, description="Only findings of this rule.")


class CheckRequest(Asked):
    """A document to be looked at before it is issued: as `document`, or as a file beside this."""

    type: TypeName
    number: str | None = Field(
        None, max_length=256, description="For a type that carries no number in its bytes."
    )
    document: dict[str, Any] | None = Field(None, description="The document, if it is JSON.")


class CheckedView(Answer):
    """A document that its type allows, and how its identifiers look."""

    digest: str
    type: str
    number: str
    fits: int = Field(description="Identifiers that fit their rule.")
    not_checked: int = Field(description="Identifiers that nothing could be said about.")
    doubtful: int = Field(description="Identifiers that do not fit; `warnings` has at most twenty of them.")
    warnings: list[IdentifierWarningView]


class FindingsQuery(Asked):
    """Which findings. `before` is the cursor of the page before: it names the block, too."""

    block: int | None = Field(None, ge=0, le=2**53, description="As of this block; the newest final one.")
    document: Identifier | None = Field(None, description="Only those that this document is part of.")
    rule: str | None = RuleName
    severity: Severity | None = None
    answered: bool | None = Field(None, description="Only those that have an answer, or have none.")
    before: str | None = Field(None, max_length=40, description="The cursor of the page before.")
    limit: int = Field(50, ge=1, le=200)


class PlaceView(Answer):
    """A place in a paper. `value` is empty where something is missing there, or where it is `withheld`."""

    role: str
    type: str
    issuer: str
    number: str
    digest: str
    entry: int
    pointer: str
    value: str
    withheld: bool = Field(False, description="The caller may not see what is written there.")


class FindingAnswerView(Answer):
    """What somebody answered to a finding."""

    finding: str
    reason: str
    note: str
    name: str
    formation: str
    at: int


class PaperFindingView(Answer):
    """What a rule found. It is no verdict."""

    id: str = Field(
        description="The same in every answer in which the same places are found by the same rule."
    )
    rule: str
    severity: Severity
    title: str
    places: list[PlaceView]
    figures: dict[str, str] = Field(
        description="What was worked out from more than the places: sums, medians."
    )
    answers: list[FindingAnswerView]


class NotComparedView(Answer):
    """A paper on the ledger that could not be compared."""

    digest: str
    type: str
    issuer: str
    entry: int
    why: Literal["not-held", "unreadable"]


class NotFoundView(Answer):
    """A paper that another names and that does not stand here: nothing can be said about it, or it is not in force."""

    named_by: str
    issuer: str = Field(description="Who issued the paper that names it.")
    types: list[str]
    number: str
    why: Literal["not-held", "not-in-force"]


class FindingsPage(Answer):
    """A page of findings, as of a block."""

    block: int
    size: int = Field(description="Entries in the log after that block.")
    rules: str = Field(description="Digest over the rules.")
    held: str = Field(description="Digest over the papers that were compared.")
    papers: int = Field(description="Papers that were compared.")
    total: int = Field(description="Findings that fit the question, on all pages.")
    findings: list[PaperFindingView]
    not_compared_total: int
    not_compared: list[NotComparedView] = Field(description="At most the first hundred.")
    not_found_total: int
    not_found: list[NotFoundView] = Field(description="At most the first hundred.")
    next: str | None = None


class AnswerRequest(Asked):
    """An answer to a finding."""

    finding: str = Field(pattern="^[0-9a-f]{32}$")
    reason: str = Field(max_length=32, description="One of: " + ", ".join(REASONS))
    note: str = Field(min_length=1, max_length=LONGEST_NOTE)
    block: int | None = Field(
        None, ge=0, le=2**53, description="A block as of which it is a finding; the newest."
    )
    formation: Code | None = Field(
        None, alias="as", description="The formation that answers; the caller's own."
    )
