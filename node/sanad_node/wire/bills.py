"""Bills of lading under title control: who holds one, who is entitled, what was done, and what may be done next."""

from typing import Any, Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code, Identifier, ReasonName, TypeName

BillAct = Literal[
    "transfer",
    "endorse",
    "endorse-to-order",
    "blank-endorse",
    "hand-back",
    "accept",
    "reject",
    "retract",
    "sign",
    "pledge",
    "unpledge",
    "surrender-for-delivery",
    "surrender-for-amendment",
    "accept-surrender",
    "reject-surrender",
]


class BillRequest(Asked):
    """A bill to issue under title control. Its bytes are sent as a file, or here as `document`."""

    type: TypeName = "BILL_OF_LADING"
    formation: Code | None = Field(None, alias="as", description="The carrier; the caller's own formation.")
    holder: Code = Field(description="The formation it is issued to.")
    beneficiary: Code | None = Field(
        None, description="Who is entitled to the goods; nobody in particular if the bill is to bearer."
    )
    name: str = Field("", max_length=256, description="What the file is called here.")
    replaces: Identifier | None = Field(
        None, description="The bill, surrendered for amendment, whose place it takes."
    )
    reason: ReasonName | None = Field(None, description="Why it takes the other's place.")
    document: dict[str, Any] | None = Field(None, description="The bill, if it is not sent as a file.")


class BillActRequest(Asked):
    """Something done with a bill. Which members an act takes, the guide says."""

    act: BillAct
    formation: Code | None = Field(None, alias="as", description="The formation that acts; the caller's own.")
    to: Code | None = Field(None, description="Who shall take it, or have it in pledge.")
    endorsee: Code | None = Field(None, description="Who shall be entitled, if not the one who takes it.")
    evidence: Identifier | None = Field(None, description="A document on the ledger that goes with the act.")
    reason: ReasonName | None = None
    why: Literal["SWTP", "COD", "SWI"] | None = Field(
        None, description="Why it is surrendered for amendment, by DCSA's code."
    )
    sequence: int | None = Field(
        None, ge=0, le=2**32 - 1, description="The sequence of the offer that was seen; the present one's."
    )
    type: TypeName | None = None
    issuer: Code | None = None


class BillStepView(Answer):
    """One entry about a bill. `party` is the other side of the act, `entitled` who is entitled after it."""

    index: int
    time: int
    act: str
    by: str
    party: str
    entitled: str
    reason: str
    why: str
    evidence: str


class BillView(Answer):
    """A bill under title control. Formations by code, empty for none; `bearer`: whoever holds it is entitled."""

    digest: str
    type: str
    number: str
    issuer: str
    state: str = Field(
        description="active, surrendered-for-delivery, surrendered-for-amendment, delivered, amended or replaced."
    )
    standing: str = Field(
        description="What a verifier says of the document: active, suspended, surrendered, …"
    )
    holder: str
    beneficiary: str
    bearer: bool
    to_order: bool
    offer: str
    taker: str
    offered: str
    pledgee: str
    given_by: str
    sequence: int
    replaces: str
    replaced_by: str
    entry: int
    time: int
    size: int = Field(description="Entries of the log that this follows from.")
    former: list[str] = Field(description="Digests of the bills whose place it has taken, oldest first.")
    steps: list[BillStepView]
    next: list[str] = Field([], description="What the formation that asks may do with it now.")


class BillLine(Answer):
    """A bill in a list. `number` is empty where this office does not know it in clear."""

    digest: str
    number: str
    issuer: str
    state: str
    holder: str
    beneficiary: str
    taker: str
    pledgee: str
    time: int


class BillPage(Answer):
    bills: list[BillLine]
    next: int | None = Field(None, description="Cursor of the next page.")


class PartyView(Answer):
    """A formation as a DCSA party."""

    party_name: str
    identifying_codes: list[dict[str, str]]


class ChainLinkView(Answer):
    """A transaction in the words of DCSA's standards. `recipient` is absent where there is none."""

    action_code: str
    action_date_time: str
    actor: PartyView
    recipient: PartyView | None = None
    reason_code: str | None = None
    audit_reference: str


class NotExpressedView(Answer):
    """An act that DCSA's standards have no code for."""

    act: str
    actor: PartyView
    party: PartyView | None = None
    action_date_time: str
    audit_reference: str


class BillChainView(Answer):
    """The chain of a bill as DCSA's standards tell it."""

    transport_document_checksum: str
    control_tracking_registry: str
    endorsement_chain: list[ChainLinkView]
    not_expressed: list[NotExpressedView]
