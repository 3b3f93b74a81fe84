"""Offices that take the place of others: new names, mergers, divisions."""

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Moment


class SuccessionRequest(Asked):
    """Each of the predecessors ends, and each of the successors has the place of all of them from then on."""

    predecessors: list[Code] = Field(min_length=1, max_length=64)
    successors: list[Code] = Field(min_length=1, max_length=6)
    at: Moment = Field(0, description="When they give way, in seconds; 0, or what is past, means now.")


class SuccessionView(Answer):
    """One formation that takes the place of another. `since` in seconds; `entry` of the log says so."""

    predecessor: str
    successor: str
    since: int
    in_effect: bool
    entry: int


class OfficeLine(Answer):
    """Everything an office came from and everything it became or is to become, in the order of the log."""

    formation: str
    present: list[str] = Field(description="Who has its place now; empty if it has given way to nobody.")
    since: int = Field(description="Since when, in seconds; 0 if it has given way to nobody.")
    steps: list[SuccessionView]
