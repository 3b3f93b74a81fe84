"""Issuing, verifying and following documents."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Hex32, Identifier, ReasonName, TypeName
from sanad_verifier.qr import LONGEST_TEXT


class IssueRequest(Asked):
    """One document to issue. Its bytes are the canonical form of `document`, or come beside this as a file."""

    type: TypeName
    formation: Code | None = Field(
        None, alias="as", description="The formation that issues; the caller's own."
    )
    number: str | None = Field(
        None, max_length=256, description="For a type that carries no number in its bytes."
    )
    name: str = Field("", max_length=256, description="File name, kept in this office only.")
    keep: bool = Field(True, description="Keep the document, encrypted, in the vault.")
    replaces: Identifier | None = Field(
        None, description="The document of this number that this one will supersede."
    )
    reason: ReasonName | None = Field(
        None, description="Why it supersedes the other; a controlled document does so by being entered."
    )
    parents: list[Identifier] = Field(
        [], max_length=8, description="The documents that a controlled one rests on."
    )
    document: dict[str, Any] | None = Field(None, description="The document, if it is JSON.")


class StandingRequest(Asked):
    """A change of a document's standing."""

    change: Literal["suspend", "reinstate", "revoke", "supersede"]
    reason: ReasonName
    by: Identifier | None = Field(None, description="For supersede: the document that takes its place.")
    formation: Code | None = Field(None, alias="as", description="Who acts, if not the issuer itself.")
    type: TypeName | None = None
    issuer: Code | None = None


class VerifyRequest(Asked):
    """What somebody wants to know. Give a digest, an identifier or a printed code, or send the bytes beside this."""

    digest: Hex32 | None = Field(None, description="SHA-256 of the document as it is certified.")
    digests: list[Hex32] | None = Field(
        None, min_length=1, max_length=2, description="Both digests a JSON file may be certified by."
    )
    identifier: Identifier | None = None
    code: str | None = Field(
        None,
        min_length=1,
        max_length=LONGEST_TEXT,
        description="The text of a certificate's QR code, or the twelve characters under it.",
    )
    type: TypeName | None = None
    issuer: Code | None = None
    subject: str | None = Field(
        None, max_length=64, description="A number read off the thing itself: chassis, engine, container."
    )


Pointer = Annotated[str, Field(max_length=512, pattern="^(/([^~/]|~[01])*)*$")]


class DisclosureRequest(Asked):
    """Which fields of a document to show, by their JSON pointers."""

    fields: list[Pointer] = Field(
        min_length=1, max_length=256, description="JSON pointers (RFC 6901), such as /vehicle/chassis."
    )
    type: TypeName | None = None
    issuer: Code | None = None


class CheckView(Answer):
    answer: Literal["yes", "no", "not-checked"]
    reason: str
    sentence: str


class FieldView(Answer):
    """A field of a document, proved by itself."""

    pointer: str
    value: Any


class NoticeView(Answer):
    """What is remarkable about a document, and changes no answer."""

    code: str
    sentence: str
    days: int
    about: str = Field("", description="Codes of the offices it is about, where there are any.")
    since: int = Field(0, description="From when it is so, in seconds, where that is told.")


class VerdictView(Answer):
    """Six answers, and what they come to (docs/explanation/verdict.md)."""

    verdict: Literal["authentic", "refused", "unknown", "stale", "cannot-tell"]
    answers: dict[str, CheckView]
    state: str
    digest: str
    type: str
    issuer: str
    issued_at: int
    entry: int | None
    as_of: int
    replaced_by: str
    fields: list[FieldView] = Field([], description="Fields that were shown or printed, each proved.")
    differs: list[str] = Field(
        [],
        description="JSON pointers at which a paper that nobody issued departs from the document of its number; "
        "told to those who may read that document.",
    )
    short_code: str = Field("", description="The short code of its certificate, where a pack was asked.")
    notices: list[NoticeView] = Field([], description="What is remarkable about it, and changes no answer.")
    others: list["VerdictView"] = Field([])


class PaperView(Answer):
    """A document that belongs to a story; `state` is `not-on-ledger` for one that was never issued here."""

    digest: str
    doc_type: str
    number: str
    issuer: str
    state: str
    entry: int | None
    time: int | None
    named_by: str


class StepView(Answer):
    """One entry about a document."""

    index: int
    time: int
    act: str
    by: str
    reason: str
    replacement: str


class DocumentFacts(Answer):
    """A document as issued once."""

    entry: int
    leaf: int
    digest: str
    issuer: int
    doc_type: str
    fields: str
    key: str
    time: int
    batch_root: str | None


class DocumentView(Answer):
    """A document's facts, its history, and the papers it names."""

    document: DocumentFacts
    number: str
    issuer: str
    state: str
    steps: list[StepView]
    papers: list[PaperView]


class StandingView(Answer):
    """A document's standing now: since when, and why."""

    digest: str
    type: str
    issuer: str
    state: str
    since: int
    reason: str
    replaced_by: str
    entry: int


class DocumentLine(Answer):
    """A document in a list. `number` is empty where this office does not know it in clear."""

    digest: str
    type: str
    issuer: str
    number: str
    state: str
    entry: int
    time: int


class DocumentPage(Answer):
    documents: list[DocumentLine]
    next: str | None = Field(None, description="Cursor of the next page.")
