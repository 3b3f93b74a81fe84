"""The consortium: who votes, and on what."""

from typing import Literal

from pydantic import Field

from sanad_node.wire.base import Address, Answer, Asked


class ProposalRequest(Asked):
    """A change of the consortium."""

    what: Literal["add", "remove", "threshold", "network"]
    address: Address | None = None
    threshold: int | None = Field(None, ge=0, le=99999)
    cosigning_key: str = Field("", pattern="^([0-9a-f]{64})?$")
    digest: str = Field("", pattern="^([0-9a-f]{64})?$", description="Of the network bundle to record.")
    version: int = Field(0, ge=0, le=2**53 - 1, description="Of the network bundle to record.")
    member: Address | None = Field(None, description="The member that acts, if this node holds several.")


class MemberView(Answer):
    number: int
    address: str
    cosigning_key: str
    since: int


class ProposalView(Answer):
    """`call` is empty where only another node knows what it would do."""

    number: int
    target: str
    call: str
    proposed_at: int
    executed_at: int
    approvals: int


class MembersView(Answer):
    threshold: int
    members: list[MemberView]
    proposals: list[ProposalView]


class VoteRequest(Asked):
    """An approval, as the member named or the first whose key this node holds."""

    member: Address | None = None
