"""Payment instruments and quotas: opened, drawn down, given back, closed; and what one stands at."""

from typing import Annotated, Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Identifier, Moment, ReasonName, TypeName

Amount = Annotated[
    str,
    Field(min_length=1, max_length=21, description="A decimal string, as `148600.00`; never rounded."),
]
Currency = Annotated[str, Field(min_length=1, max_length=3, description="ISO 4217.")]
Unit = Annotated[str, Field(min_length=1, max_length=3, description="UN/ECE Recommendation 20.")]


class OpenRequest(Asked):
    """Open the instrument that a document is. Where the document is kept here, all is taken from it, and what is given
    has to agree.
    """

    document: Identifier
    formation: Code | None = Field(None, alias="as", description="The formation that issued it.")
    type: TypeName | None = None
    issuer: Code | None = None
    total: Amount | None = None
    currency: Currency | None = None
    unit: Unit | None = None
    expires: Moment | None = None


class AmendRequest(Asked):
    """Set the total and expiry that a document says: the one that superseded the instrument's."""

    document: Identifier
    formation: Code | None = Field(None, alias="as", description="The formation that acts; the issuer.")
    total: Amount | None = None
    expires: Moment | None = None


class DrawRequest(Asked):
    """Draw for a declaration. Where the declaration is kept here, the amount is the one in it."""

    declaration: Identifier
    formation: Code | None = Field(None, alias="as", description="The formation that issued the declaration.")
    amount: Amount | None = None


class ReturnRequest(Asked):
    """Give back what a cancelled declaration drew."""

    declaration: Identifier
    reason: ReasonName
    formation: Code | None = Field(None, alias="as", description="The formation that acts; the caller's own.")


class ReleaseRequest(Asked):
    """The goods of a declaration are out of charge."""

    formation: Code | None = Field(None, alias="as", description="The formation that acts; the caller's own.")


class BalanceQuery(Asked):
    """As of when: a final block, or a time in seconds; now, if neither is named."""

    block: int | None = Field(None, ge=0, le=2**53 - 1)
    time: Moment | None = None
    type: TypeName | None = None
    issuer: Code | None = None


class DrawView(Answer):
    """What one version of a declaration drew. `amount` is null where it cannot be read."""

    declaration: str
    type: str
    number: str
    by: str
    amount: str | None
    state: Literal["drawn", "returned", "released"]
    entry: int
    time: int
    returned: int | None
    released: int | None
    odd: str = Field(
        description="What does not fit: `unreadable`, `not-issued`, `other-number`; empty if nothing."
    )


class InstrumentView(Answer):
    """An instrument as of a block. Amounts are decimal strings, null where this network's key does not read them."""

    instrument: int = Field(description="Its number on the ledger.")
    document: str
    type: str
    number: str
    issuer: str
    state: str = Field(description="The standing of its document.")
    counts: Literal["currency", "unit"]
    code: str
    total: str | None
    drawn: str | None
    left: str | None
    expires: int
    expired: bool
    irregular: bool = Field(
        description="Whether a draw was not made by the rule, or does not fit its declaration."
    )
    block: int
    size: int
    time: int
    draws: list[DrawView] = Field(description="The newest 200.")
    draws_total: int


class InstrumentLine(Answer):
    """An instrument in a list. `number` is empty where this office does not know it in clear."""

    instrument: int
    document: str
    type: str
    number: str
    issuer: str
    code: str
    total: str | None
    left: str | None
    expires: int
    expired: bool
    time: int


class InstrumentPage(Answer):
    instruments: list[InstrumentLine]
    next: int | None = Field(None, description="Cursor of the next page.")
