"""How a message reads on a page: what it is about, by when it has to be answered, and where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass

from jinja2 import pass_context
from jinja2.runtime import Context

from sanad_api.pages import moments
from sanad_api.pages.tones import Tone
from sanad_node.findings import rules
from sanad_node.wire.exchange import MessageView


@dataclass(frozen=True, slots=True)
class Thing:
    """What a message is about: `kind` is document, container or aeo (or empty), `value` its digest or number."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Said:
    """A word about a message, and its tone."""

    tone: Tone
    text: str


ALERT_TONES: dict[str, Tone] = {"CLEARED": "good", "SUSPECT": "old", "WITHDRAWN": "old"}
"""All other alerts are bad news."""


def thing_of(one: MessageView) -> Thing:
    kind, _, value = one.about.partition(":")
    return Thing(kind, value.upper() if kind != "document" else value)


def alert_tone(one: MessageView) -> Tone:
    return ALERT_TONES.get(one.alert, "bad")


@pass_context
def due_of(context: Context, one: MessageView) -> Said | None:
    """By when a request has to be answered, in words; None for what asks for no answer, or has one."""
    words, now = context["w"], context["now"]
    if one.kind != "request" or one.answer or (one.way, one.state) == ("out", "refused"):
        return None
    if not one.deadline:
        return Said("open", words("due.none"))
    left = one.deadline - now
    if left <= 0:
        return Said("bad", moments.span("overdue", -left, words))
    return Said("old" if left < 86400 else "open", moments.span("due", left, words))


@pass_context
def standing_of(context: Context, one: MessageView) -> Said:
    """Where a message stands, from this member's side."""
    words = context["w"]
    if one.kind == "request" and one.answer:
        return Said("good", words("message.answered"))
    if one.state == "received":
        return Said("good", words("message.received"))
    if one.state == "delivered":
        return Said("good", words("message.delivered"))
    if one.state == "refused":
        return Said("bad", words("message.turned_down"))
    return Said("open", words("message.queued"))


@pass_context
def words_of(context: Context, family: str, codes: Iterable[str]) -> list[tuple[str, str]]:
    """What a selection offers: codes with their words."""
    return [(code, context["w"].of(family, code)) for code in codes]


@pass_context
def finding_title(context: Context, rule: str) -> str:
    """What a rule for findings is called; its name, where this version does not know it."""
    known = rules.rules().get(rule)
    return rule if known is None else known.title.in_language(context["lang"])


VIEWS = {
    "thing_of": thing_of,
    "alert_tone": alert_tone,
    "due_of": due_of,
    "standing_of": standing_of,
    "words_of": words_of,
    "finding_title": finding_title,
}
