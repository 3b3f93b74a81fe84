"""Monthly returns, and seizures on a map."""

from typing import Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Moment
from sanad_node.wire.stock import BLOCK, TIME
from sanad_verifier.returns import PAKISTAN

MONTH = "The month, as 2026-10."
UNTIL = "The last of several months, at most 36; the first one alone."
OFFSET = "Months by the clocks of which offset from UTC; Pakistan's."
FORMATION = "Only what this formation did, with its nil lines."


class ReturnQuery(Asked):
    """Of which months and whom, as of when."""

    month: str = Field(min_length=1, max_length=10, description=MONTH)
    until: str | None = Field(None, min_length=1, max_length=10, description=UNTIL)
    offset: str = Field(PAKISTAN, min_length=1, max_length=10, description=OFFSET)
    formation: Code | None = Field(None, description=FORMATION)
    block: int | None = Field(None, ge=0, le=2**53, description=BLOCK)
    time: Moment | None = Field(None, description=TIME)


class ReturnLineView(Answer):
    """What one formation did of one kind in one month."""

    month: str = Field(description="Empty in a total.")
    formation: str = Field(description="Who entered the paper; empty in a total.")
    parent: str = Field(description="The formation above it; empty for none.")
    act: Literal["seized", "deposited", "auctioned", "cleared"]
    things: int
    values: dict[str, str] = Field(description="Value by currency, exact.")
    unvalued: int = Field(description="Things whose paper names no value.")
    not_held: int = Field(description="Things whose paper is not held here: their value is not in the sums.")
    unreadable: int = Field(description="Things whose paper cannot be read here.")
    other_month: int = Field(description="Things whose paper bears a date of another month.")
    reassigned: int = Field(
        description="Things of which a formation above has entered the version that stands."
    )
    withdrawn: int = Field(
        description="Papers of the month that do not stand any more; not among the things."
    )


class ReturnView(Answer):
    """A monthly return as of a block."""

    block: int
    time: int
    size: int = Field(description="Entries in the log after that block.")
    root: str = Field(description="Root of the log of that size.")
    formation: str
    month: str
    until: str
    offset: str
    begins: int = Field(description="First second of the first month.")
    ends: int = Field(description="First second after the last month.")
    over: bool = Field(description="Whether the last month was over at the block: else more may come.")
    held: str = Field(description="Digest over the papers that were read.")
    lines: list[ReturnLineView]
    totals: list[ReturnLineView] = Field(description="What all lines of each act come to.")
    unregistered: dict[str, int] = Field(
        description="Papers by type that were issued in these months without the register: they are in no line."
    )
