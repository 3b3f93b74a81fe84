"""What lies in state warehouses."""

from typing import Any, Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Identifier, Moment

Why = Literal["", "not-said", "not-held", "unreadable", "withheld"]
WHY = "Why it is not told: `not-said` by its paper, which is `not-held` or `unreadable` here, or `withheld` from you."
BLOCK = "As of this final block; the newest one."
TIME = "As of the last block of this time (seconds since 1970) or before."


class StockQuery(Asked):
    """Which part of the stock, as of when. `before` is the cursor of the page before: it names the moment, too."""

    warehouse: Code | None = None
    agency: Code | None = Field(None, description="The formation that seized it.")
    case: Identifier | None = Field(None, description="Number, or digest, of the seizure report.")
    block: int | None = Field(None, ge=0, le=2**53, description=BLOCK)
    time: Moment | None = Field(None, description=TIME)
    before: str | None = Field(None, max_length=40, description="The cursor of the page before.")
    limit: int = Field(50, ge=1, le=200)


class GoodsView(Answer):
    """Goods besides the vehicle; the unit by UN/ECE Recommendation 20."""

    description: str
    quantity: str
    unit: str


class ThingHoldView(Answer):
    """A hold on a thing."""

    by: str = Field(description="The formation that put it.")
    since: int
    order: str = Field(description="Digest of the court order that it rests on; empty for none.")


class StockLineView(Answer):
    """A thing in a warehouse."""

    warehouse: str
    agency: str = Field(
        description="The formation that seized it; empty if its deposit rests on no seizure report."
    )
    thing: str = Field(description="Blinded mark of the vehicle.")
    case: str
    case_why: Why = Field(description=WHY)
    number: str = Field(description="Entry number of the deposit; empty if it is not known here.")
    deposit: str = Field(description="Digest of the deposit.")
    seizure: str = Field(description="Digest of the seizure report.")
    entry: int
    since: int
    stage: Literal["deposited", "lot", "sold", "ordered", "passed"] = Field(
        description="How far its papers are: deposited, put up as a lot, sold, its delivery ordered, its pass issued."
    )
    state: str = Field(description="Standing of the deposit: active or suspended.")
    seizure_state: str
    description: str
    chassis: str
    location: str
    goods: list[GoodsView]
    amount: str = Field(description="Value as a decimal; empty if it is not known here.")
    currency: str
    basis: str = Field(description="Type of the paper that says the value.")
    value_why: Why = Field(description=WHY)
    earlier: list[str] = Field(description="Warehouses whose earlier deposits of the thing still stand.")
    holds: list[ThingHoldView] = Field(
        [], description="Holds on the consignment of this chassis, where the chassis is known here."
    )


class UndepositedView(Answer):
    """A seizure on which no deposit in force rests."""

    agency: str
    case: str
    case_why: Why = Field(description=WHY)
    seizure: str
    entry: int
    since: int
    state: str


class StockTotalView(Answer):
    """Things, and their value in each currency."""

    code: str = Field(description="Code of the formation, or digest of the seizure report.")
    label: str = Field(description="Number of the case, where it is known.")
    things: int
    values: dict[str, str]
    unvalued: int = Field(description="Things of which no paper says a value.")
    unknown: int = Field(
        description="Things whose papers could not be read here: their value is not in the sums."
    )


class StockPage(Answer):
    """A page of the stock as of a block. The sums are of all pages."""

    block: int
    time: int
    size: int = Field(description="Entries in the log after that block.")
    held: str = Field(description="Digest over the papers that were read.")
    total: StockTotalView
    by_warehouse: list[StockTotalView]
    by_agency: list[StockTotalView]
    by_case_total: int
    by_case: list[StockTotalView] = Field(description="At most the first hundred.")
    things: list[StockLineView]
    undeposited_total: int
    undeposited: list[UndepositedView] = Field(description="At most the first hundred.")
    unregistered: dict[str, int] = Field(
        description="Papers by type that were issued without the register: nothing is counted from them."
    )
    next: str | None = None


class StocktakeRequest(Asked):
    """A counted list, to be held against the register. With `number` and `countedOn` the answer has the document."""

    warehouse: Code
    list: str = Field(min_length=1, max_length=4 << 20, description="The list: CSV with a header, or JSON.")
    block: int | None = Field(None, ge=0, le=2**53, description=BLOCK)
    time: Moment | None = Field(None, description=TIME)
    number: str | None = Field(None, min_length=1, max_length=64, description="Number of the stocktake.")
    counted_on: str | None = Field(
        None, pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="The day of the count."
    )
    previous: Identifier | None = Field(None, description="Number or digest of the stocktake before.")


class DifferenceView(Answer):
    """A difference between a list and the register."""

    what: Literal["not-counted", "not-in-ledger", "differs"]
    row: int = Field(description="Row of the list; 0 for what is not on it.")
    entry_number: str
    chassis_number: str
    case_number: str
    deposit: str
    field: str
    ledger: str
    counted: str
    known: bool = Field(description="The stocktake before has it too.")


class StocktakeView(Answer):
    """A list held against the register."""

    warehouse: str
    block: int
    time: int
    size: int
    list_digest: str = Field(description="SHA-256 of the list.")
    counted: int = Field(description="Things on the list.")
    agreed: int
    not_read: int = Field(description="Things in the register whose papers could not be read here.")
    differences: list[DifferenceView]
    document: dict[str, Any] | None = Field(None, description="The document, without its salt, if asked for.")
