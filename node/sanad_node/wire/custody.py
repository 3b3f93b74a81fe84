"""Cargo and who answers for it."""

from typing import Any, Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Identifier, ReasonName, Text
from sanad_node.wire.documents import PaperView


class ParticularsModel(Asked):
    """What one side states about the goods at one moment."""

    place: str = Field("", max_length=5, description="UN/LOCODE.")
    quantity: int = Field(0, ge=0, le=2**53 - 1, description="Count of the unit.")
    unit: str = Field("packages", max_length=2000)
    condition: str = Field("", max_length=40, description="good, damaged, short, excess, seal-broken, …")
    seal: Text = ""
    note: Text = ""
    documents: list[Identifier] = Field([], max_length=100)
    corridor: str = Field("", max_length=64, description="The corridor that it sets out on.")


class RegisterRequest(ParticularsModel):
    """Cargo that comes under custody; the acting formation is its first holder."""

    kind: Literal["CARGO", "CONTAINER", "VEHICLE", "LOT", "SAMPLE"]
    reference: str = Field(min_length=1, max_length=256)
    formation: Code | None = Field(None, alias="as")


class ShipRequest(ParticularsModel):
    """The first half of a hand-over."""

    act: Literal["ship"] = "ship"
    consignment: Identifier
    to: Code
    formation: Code | None = Field(None, alias="as")


class ReceiveRequest(ParticularsModel):
    """The second half: the named taker takes over, or refuses."""

    act: Literal["receive", "refuse"]
    consignment: Identifier
    sent_by: Code | None = Field(
        None, description="Formation that sends the taker's EIP-712 signature for it."
    )
    formation: Code | None = Field(None, alias="as")


class HandOverRequest(ParticularsModel):
    """Both halves in one transaction; this node must hold the keys of both."""

    act: Literal["hand-over"] = "hand-over"
    consignment: Identifier
    to: Code
    formation: Code | None = Field(None, alias="as")


class RecallRequest(Asked):
    """The holder takes back what the taker has not received."""

    act: Literal["recall"] = "recall"
    consignment: Identifier
    reason: ReasonName
    formation: Code | None = Field(None, alias="as")


class HoldRequest(Asked):
    """A hold on a consignment, or its end; `of` names whose hold is lifted, if not one's own. A court's hold names the
    `order` it rests on, and ends on a later one of that court.
    """

    act: Literal["hold", "lift"]
    consignment: Identifier
    reason: ReasonName
    of: Code | None = None
    order: Identifier | None = Field(None, description="The court order, by digest or number.")
    formation: Code | None = Field(None, alias="as")


class ReadingsView(Answer):
    """A device's batch of readings; what they say is known only where they are `held`."""

    device: str
    sequence: int
    count: int
    held: bool
    first: int
    last: int
    opened: int = Field(description="Readings that found the seal open.")
    tampered: int = Field(description="Readings that found an interference.")


class HopView(Answer):
    """One custody act. `said` is the whole record where this office has it."""

    index: int
    time: int
    act: str
    by: str
    taker: str
    place: str
    quantity: int | None
    condition: str
    sealed: bool
    reason: str
    said: dict[str, Any] | None
    gap: str
    marks: list[str] = Field([], description="What is wrong with the goods, or was seen of them.")
    error: str = Field("", description="How its formation declared this act wrong; empty if it did not.")
    about: int | None = Field(None, description="The entry that this act declares wrong.")
    readings: ReadingsView | None = None
    order: str = Field("", description="Digest of the court order that a hold, or its end, rests on.")


class ConsignmentFacts(Answer):
    """A consignment as the ledger has it now; formations by number."""

    id: str
    kind: str
    holder: int
    taker: int
    sequence: int
    quantity: int
    place: str
    condition: int
    entry: int
    time: int
    holds: list[int]


class ConsignmentView(Answer):
    """A consignment: who holds it, every act so far, and its papers."""

    consignment: ConsignmentFacts
    reference: str
    holder: str
    taker: str
    holds: list[str]
    orders: dict[str, str] = Field(
        {}, description="Digest of the court order that a formation's hold rests on, where it rests on one."
    )
    hops: list[HopView]
    papers: list[PaperView]


class ConsignmentLine(Answer):
    """A consignment in a list. `reference` is empty where this office does not know it in clear."""

    id: str
    kind: str
    reference: str
    holder: str
    taker: str
    place: str
    held: bool
    entry: int
    time: int


class ConsignmentPage(Answer):
    consignments: list[ConsignmentLine]
    next: str | None = Field(None, description="Cursor of the next page.")
