"""Controlled documents: approved, entered, used up; and the policies that members decide."""

from typing import Any, Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Identifier, ReasonName, TypeName


class ApproveRequest(Asked):
    """A second officer's approval that one document be entered exactly so. Its bytes as for `IssueRequest`."""

    type: TypeName
    formation: Code | None = Field(
        None, alias="as", description="The formation that enters; the caller's own."
    )
    number: str | None = Field(
        None, max_length=256, description="For a type that carries no number in its bytes."
    )
    replaces: Identifier | None = Field(None, description="The document that this one will supersede.")
    reason: ReasonName | None = Field(
        None, description="Why it supersedes the other; needed for another office's."
    )
    parents: list[Identifier] = Field([], max_length=8, description="The documents that it rests on.")
    document: dict[str, Any] | None = Field(None, description="The document, if it is JSON.")


class ApproveRevocationRequest(Asked):
    """A second officer's approval that a document be revoked for this reason."""

    reason: ReasonName
    formation: Code | None = Field(None, alias="as", description="Who acts, if not the issuer itself.")
    type: TypeName | None = None
    issuer: Code | None = None


class ApprovalView(Answer):
    """An approval, kept in this office until the act is made or the approval lapses."""

    what: Literal["enter", "revoke"]
    digest: str
    type: str
    formation: str
    approver: str = Field(description="Address of the second officer's key.")
    deadline: int = Field(description="When it lapses, in seconds since 1970.")


class ConsumeRequest(Asked):
    """Use a controlled document up, once and for ever."""

    formation: Code | None = Field(None, alias="as", description="The formation that acts; the caller's own.")
    evidence: Identifier | None = Field(None, description="A document that shows what happened.")
    type: TypeName | None = None
    issuer: Code | None = None


class PolicyParentView(Answer):
    """A document that those of a type rest on."""

    type: str
    conditions: list[str]
    outcomes: list[str]


class PolicyView(Answer):
    """A policy of the table, and whether members have decided it."""

    type: str
    decided: Literal["same", "another", "none"] = Field(
        description="Whether the ledger has this very policy, another one, or none."
    )
    issuers: list[str]
    consumers: list[str]
    unique: str
    freed_by: list[str]
    two_officers: list[str]
    valid_from: int
    valid_to: int
    parents: list[PolicyParentView]


class PolicyList(Answer):
    policies: list[PolicyView]


class PoliciesRequest(Asked):
    """Propose policies of the table to the members."""

    types: list[TypeName] = Field([], max_length=64, description="Only these; all that are not decided yet.")
