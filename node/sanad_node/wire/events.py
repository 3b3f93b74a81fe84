"""Events and where they are sent."""

from pydantic import Field

from sanad_node.wire.base import Answer, Asked


class EventView(Answer):
    """An entry of the log: what the ledger says, and nothing that only an office knows."""

    index: int
    kind: str
    formation: str
    type: str
    subject: str
    related: str
    data: str
    time: int
    block: int
    tx: str


class EventPage(Answer):
    events: list[EventView]
    next: int = Field(description="Ask for what comes `after` this.")


class WebhookRequest(Asked):
    """Where to send events."""

    url: str = Field(min_length=8, max_length=512)
    kinds: list[str] = Field(default=[], max_length=32, description="Kinds of event; none for all.")
    formation: str = Field(default="", max_length=31, description="Only events of this formation.")


class WebhookView(Answer):
    """`secret` is told once, in the answer that made it."""

    hook: str
    url: str
    kinds: list[str]
    formation: str
    delivered: int
    tries: int
    last_failure: str
    created_at: int
    disabled_at: int
    secret: str = ""


class WebhookList(Answer):
    webhooks: list[WebhookView]
