"""Batches: many documents under few roots, worked on while one watches."""

from typing import Annotated, Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, TypeName


class IdentifierWarningView(Answer):
    """An identifier of a document that does not fit its rule. The document may be issued all the same."""

    pointer: str = Field(description="JSON pointer (RFC 6901) of the member to look at.")
    kind: str
    code: str
    message: str


FormName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,7}$")]
"""In which form documents come: `csv`, `xlsx`, `jsonl`, `zip`, or another system's (docs/reference/ways-in.md)."""


class BatchRequest(Asked):
    """What an upload is. The file comes beside it."""

    type: TypeName
    formation: Code | None = Field(
        None, alias="as", description="The formation that issues; the caller's own."
    )
    form: FormName = "csv"
    name: str = Field("", max_length=256)
    keep: bool = True


class BatchView(Answer):
    """A batch as it stands."""

    batch: str
    type: str
    formation: str
    source: str
    form: str
    state: Literal["waiting", "running", "done", "failed"]
    checked: int
    counts: dict[str, int]
    code: str
    message: str
    created_at: int
    ended_at: int


class BatchList(Answer):
    batches: list[BatchView]
    next: str | None = None


class BatchRow(Answer):
    """What became of one row."""

    place: int
    source: str
    outcome: str
    digest: str
    number: str
    leaf: int | None
    entry: int | None
    code: str
    message: str
    field: str
    warnings: list[IdentifierWarningView] = Field([])


class BatchRows(Answer):
    rows: list[BatchRow]
    next: int | None = None


class BatchOutcome(Answer):
    """What became of a row for who waits until the whole batch has ended: it was issued now or `already`, its act is
    `promised` while the chain cannot be reached, or it `failed`. A dry run says `would-issue`.
    """

    source: str
    outcome: Literal["issued", "already", "promised", "failed", "would-issue"]
    digest: str | None = None
    number: str = ""
    entry: int | None = None
    leaf: int | None = None
    code: str = ""
    message: str = ""
    field: str = ""
    warnings: list[IdentifierWarningView] = Field([])


class DryRunView(Answer):
    """What a file would come to, row by row; nothing was issued or kept."""

    rows: list[BatchOutcome]
    complete: bool = Field(description="False where the file has more rows than a dry run looks at.")
