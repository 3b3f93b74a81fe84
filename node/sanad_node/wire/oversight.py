"""What auditors watch: who looked up what, what is remarkable about documents, what each trader's papers come to; and
attestations of older records.
"""

from typing import Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Identifier, Moment, TypeName
from sanad_node.wire.documents import NoticeView

Day = Field(pattern=r"^\d{4}-\d\d-\d\d$", description="A day in ISO 8601 form.")


class AttestRequest(Asked):
    """Attest a record that was taken over from older papers."""

    formation: Code | None = Field(None, alias="as", description="The formation that attests.")
    type: TypeName | None = None
    issuer: Code | None = Field(None, description="The formation that passed the record on.")


class ReadsQuery(Asked):
    """Which records of the read log."""

    name: str | None = Field(None, min_length=1, max_length=64, description="Only reads of this account.")
    about: Identifier | None = Field(None, description="Only reads of this document, consignment or number.")
    since: Moment = 0
    until: Moment | None = None
    before: int | None = Field(None, ge=1, le=2**53, description="The cursor of the page before.")
    limit: int = Field(50, ge=1, le=200)


class ReadView(Answer):
    """One answered request."""

    seq: int = Field(description="Its place in the log.")
    at: int
    name: str
    formation: str
    what: str = Field(description="Method and template of the address.")
    about: str = Field(
        description="Digest or identifier of what was shown, blinded number of what was not found; empty for a list."
    )
    things: int = Field(description="How many were shown; 0 where there was no such thing.")
    mark: str


class BulkView(Answer):
    """An account that was shown more than the setting allows."""

    name: str
    things: int


class ReadPage(Answer):
    """A page of the read log, newest first."""

    reads: list[ReadView]
    things: int = Field(description="Things shown by all records that fit, on all pages.")
    bulk: list[BulkView] = Field(description="Accounts that read in bulk now.")
    window: int = Field(description="The seconds over which that is counted.")
    limit: int = Field(description="The things above which it is told.")
    next: int | None = None


class ReadLogView(Answer):
    """The read log as it was checked."""

    first: int
    last: int
    mark: str = Field(
        description="Of the last record. Keep it elsewhere: it shows later whether the log is the same."
    )


class NoticedView(Answer):
    """A document about which something is remarkable."""

    digest: str
    type: str
    issuer: str
    entry: int
    time: int
    notices: list[NoticeView]


class NoticePage(Answer):
    """Documents about which something is remarkable, newest first."""

    documents: list[NoticedView]
    looked_at: int = Field(description="How many documents were looked at for this page.")
    next: str | None = None


class TradersQuery(Asked):
    """Which papers count."""

    since: str = Day
    until: str = Day
    trader: str | None = Field(None, min_length=1, max_length=64, description="Only of this tax number.")
    currency: str | None = Field(None, pattern="^[A-Za-z]{3}$", description="Only in this currency.")
    limit: str | None = Field(
        None, pattern=r"^\d{1,15}(\.\d{1,4})?$", description="An amount that papers are looked for below."
    )
    within: int = Field(30, ge=1, le=366, description="Days within which those are added up.")
    block: int | None = Field(None, ge=0, le=2**53, description="As of this block; the newest final one.")


class SplitView(Answer):
    """Papers below the limit that lie close to each other."""

    role: Literal["instrument", "declaration"]
    papers: int
    total: str
    first: str
    last: str


class TotalView(Answer):
    """One trader in one direction and one currency."""

    trader: str
    exports: bool
    currency: str
    instruments: int
    paid: str
    declarations: int
    landed: str
    marks: list[str] = Field(description="What is remarkable; a question, not a verdict.")
    split: SplitView | None


class TradersView(Answer):
    """Totals as of a block. At most the first thousand, the most remarkable first."""

    block: int
    size: int
    total: int
    traders: list[TotalView]
