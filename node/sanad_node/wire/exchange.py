"""Data agreements and messages between members."""

from typing import Annotated, Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Identifier
from sanad_node.wire.findings import PaperFindingView

Id = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
SENTENCE = r"^[^\x00-\x1f\x7f]*$"
Way = Literal["in", "out"]
MessageKind = Literal["mirror", "request", "answer", "alert"]
Standing = Literal["open", "undelivered"]
AlertCode = Literal["FORGED", "STOLEN", "SEIZED", "DIVERTED", "WITHDRAWN", "SUSPECT", "CLEARED"]
"""What an alert can say; `CLEARED` takes earlier ones back."""
Thing = Literal["document", "container", "aeo"]


class GrantRequest(Asked):
    """What one side lets flow. `fields`, of a mirror, are patterns of JSON pointers; left out, of goods
    declarations those that arrivals are matched by (docs/howto/exchange-data-with-a-partner.md).
    """

    sender: Literal["us", "partner"]
    kind: Literal["mirror", "request", "alert"]
    types: list[str] = Field(
        min_length=1,
        max_length=64,
        description="Document types; for alerts also CONTAINER and AEO.",
    )
    fields: list[str] | None = Field(None, max_length=256)


class AgreementRequest(Asked):
    """A data agreement to propose to a member."""

    partner: int = Field(ge=1, le=2**31, description="Number of the member.")
    grants: list[GrantRequest] = Field(min_length=1, max_length=64)
    purpose: str = Field("", max_length=500, pattern=SENTENCE)
    until: int = Field(0, ge=0, le=2**53 - 1, description="Until when it is to be in force; 0 for no end.")


class AgreementChange(Asked):
    """To accept what was offered, or to end what is."""

    change: Literal["accept", "end"]
    reason: str = Field("", max_length=500, pattern=SENTENCE, description="Why it ends.")


class GrantView(Answer):
    sender: int
    kind: str
    types: list[str]
    fields: list[str]


class AgreementView(Answer):
    """`state`: `proposed` by us, `offered` by the partner, `in-force`, `over` or `ended`."""

    id: str
    partner: int
    partner_name: str
    state: str
    purpose: str
    until: int
    signed: dict[str, int] = Field(description="When each member signed, by its number and its own clock.")
    ended_at: int
    reason: str
    undelivered: str = Field(
        "", description="Why the partner does not have our last word on it; empty if it has."
    )
    grants: list[GrantView]
    file: str = Field(description="The agreement as signed, for who has the network bundle to check.")


class AgreementList(Answer):
    agreements: list[AgreementView]


class MessageRequest(Asked):
    """A message to a partner. A mirror and a request name a document (`id`), an answer the request it is to
    (`message`), an alert a thing.
    """

    kind: MessageKind
    partner: int | None = Field(
        None, ge=1, le=2**31, description="Number of the member; an answer needs none."
    )
    id: Identifier | None = None
    message: Id | None = Field(None, description="The request that is answered.")
    deadline: int = Field(0, ge=0, le=2**53 - 1, description="Until when an answer is asked for.")
    about: Thing | None = None
    value: str | None = Field(
        None, min_length=1, max_length=64, pattern=SENTENCE, description="The container or AEO number."
    )
    code: AlertCode | None = None
    text: str = Field("", max_length=500, pattern=SENTENCE, description="Question, note or explanation.")


class MessagesQuery(Asked):
    """Which messages; newest first. `open`: requests that wait for an answer, the one that has to be answered first at
    the top (without pages). `undelivered`: what partners do not have, that by which agreements are made too.
    """

    way: Way | None = None
    kind: MessageKind | None = None
    standing: Standing | None = None
    about: Thing | None = Field(None, description="With `value`: only those about this thing.")
    value: str | None = Field(None, min_length=1, max_length=64)
    before: int | None = Field(None, ge=1, le=2**53 - 1, description="The cursor of the page before.")
    limit: int = Field(50, ge=1, le=200)


class ArrivedView(Answer):
    """A declaration held here."""

    type: str
    number: str
    issuer: str
    digest: str


class ArrivalView(Answer):
    """Declarations held here about the goods of a mirrored one, and what differs. None while nothing has arrived.
    `withheld`: as many more declarations are other offices', who see them and what differs.
    """

    declarations: list[ArrivedView]
    findings: list[PaperFindingView]
    withheld: int = 0


class MessageView(Answer):
    """A message as it is kept here. `state`: `received`; or `queued`, `delivered` (there is a receipt), `refused`
    with the partner's `code`. Of a request, `answer` is the message that answers it, and `overdue` that there is none
    in time. What is undelivered is sent again at `next_at` (0: with the next round).
    """

    id: str
    way: Way
    partner: int
    partner_name: str
    kind: MessageKind | Literal["agreement", "end"]
    agreement: str
    state: str
    at: int
    reply: str
    answer: str
    deadline: int
    overdue: bool
    tries: int
    next_at: int = 0
    code: str
    about: str = Field(description="document, container or aeo, a colon, and its digest or number.")
    type: str = Field("", description="The type of the document that it is about.")
    outcome: str = Field("", description="Of an answer: the verdict.")
    answers: dict[str, str] = Field(default_factory=dict, description="Of an answer: the six answers.")
    alert: str = Field("", description="Of an alert: its code.")
    text: str = ""
    fields: dict[str, str] = Field(default_factory=dict, description="Of a mirror: pointer and value.")
    withheld: bool = Field(False, description="Its fields are those of another office's document.")
    arrived: ArrivalView | None = None


class MessageList(Answer):
    messages: list[MessageView]
    next: int | None = None
    waiting: int = Field(description="Messages that wait to be sent.")
    overdue: int = Field(description="Requests past their deadline without an answer, either way.")
    to_answer: int = Field(0, description="Requests that wait for an answer of ours.")
    asked: int = Field(0, description="Requests that wait for a partner's answer.")
