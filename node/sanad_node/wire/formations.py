"""Offices, their keys and what they may do."""

from pydantic import Field

from sanad_node.wire.base import Address, Answer, Asked, Code, Moment, ReasonName


class FormationRequest(Asked):
    """An office to add; it may do nothing until it has a key and scopes."""

    code: Code
    kind: Code
    parent: Code | None = None
    predecessor: Code | None = Field(
        None, description="The formation whose new name this is: it gives way when the new one begins."
    )
    valid_from: Moment = 0
    valid_to: Moment = 0


class KeyRequest(Asked):
    """A key for a formation: made here, unless an address made elsewhere is given."""

    address: Address | None = None
    officer: str = Field(
        "", max_length=256, description="Who holds it; only a blinded mark goes on the chain."
    )
    valid_from: Moment = 0
    valid_to: Moment = 0


class RotateRequest(Asked):
    """A new key for a formation, and the end of an old one (its newest, if none is named)."""

    old: Address | None = None
    at: Moment = Field(0, description="When the old key ends; 0 for now.")


class ScopeRequest(Asked):
    """What a formation may do with a type; no acts take everything away."""

    type: Code
    acts: list[str] = Field(max_length=32)
    valid_from: Moment = 0
    valid_to: Moment = 0


class SuspendRequest(Asked):
    """Stop a formation or one of its keys, or let it act again."""

    reason: ReasonName
    key: Address | None = None


class CloseRequest(Asked):
    """The end of a formation's authority; what it issued stays valid."""

    at: Moment


class CompromisedRequest(Asked):
    """Distrust everything a key did from a time on."""

    since: Moment


class KeyView(Answer):
    address: str
    held_here: bool
    valid_from: int
    valid_to: int
    suspended_at: int
    compromised_from: int


class ScopeView(Answer):
    type: str
    acts: list[str]
    valid_from: int
    valid_to: int


class FormationView(Answer):
    number: int
    code: str
    kind: str
    parent: int
    took_over: list[str] = Field(
        [], description="Codes of the formations whose place it has now, in however many steps."
    )
    successors: list[str] = Field(
        [],
        description="Codes of those that take its place, at once or later (`GET /v1/formations/{code}/line`).",
    )
    valid_from: int
    valid_to: int
    suspended_at: int
    last_issued_at: int = Field(
        0, description="When it issued its newest document that this node knows; 0 for never."
    )
    keys: list[KeyView]
    scopes: list[ScopeView]


class FormationList(Answer):
    formations: list[FormationView]
