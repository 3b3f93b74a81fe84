"""A declaration's way from filing to the gate."""

from typing import Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code


class AdvanceRequest(Asked):
    """Say that a declaration was assessed, paid or examined, or that its goods have passed the gate. Out of charge is
    `POST /v1/documents/{identifier}/release`.
    """

    to: Literal["assessed", "paid", "examined", "gate-out"]
    formation: Code | None = Field(None, alias="as", description="The formation that acts; the caller's own.")


class PassedView(Answer):
    """One thing that became of a declaration. `time` in seconds; `entry` of the log says so."""

    version: str = Field(description="Digest of the version it is about.")
    what: str = Field(
        description="filed, assessed, paid, examined, out-of-charge, gate-out, amended, cancelled, suspended or"
        " reinstated."
    )
    time: int
    by: str
    reason: str
    entry: int


class DeclarationLife(Answer):
    """Everything that became of every version under a declaration's number, in the order of the log."""

    digest: str
    issuer: str
    passed: list[PassedView]
