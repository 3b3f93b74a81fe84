"""What a page shows of a verdict and of a document: pure functions from what the desk says to what a template needs.

`static/verdict.js` says the same of a verdict in the browser; a test compares the two.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from sanad_api.callers import Caller
from sanad_api.pages.moments import age
from sanad_api.pages.tones import Tone, tone_of
from sanad_api.pages.words import Words
from sanad_api.seeing import sees_documents_of
from sanad_node import types
from sanad_node.wire import DocumentView, PaperView, StepView, VerdictView
from sanad_node.wire.documents import CheckView, NoticeView

REFUSING = ("intact", "authority", "state", "subject", "parents")
"""Questions whose no refuses a document, the one that settles most first."""
_PLACE = re.compile(r"/[0-9]+(?=/|$)")
_SLUG = re.compile(r"[^a-z0-9]+")
FactKind = Literal["text", "code", "time", "state", "link"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value, or several; `kind` says how they are written."""

    label: str
    values: tuple[object, ...]
    kind: FactKind = "text"
    href: str = ""


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """One of the six answers in words."""

    name: str
    tone: Tone
    question: str
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class VerdictShown:
    """A verdict as its banner, its answers and the facts they rest on."""

    tone: Tone
    word: str
    line: str
    advice: str
    answers: tuple[AnswerShown, ...]
    facts: tuple[Fact, ...]
    paper: tuple[Fact, ...]
    """What the paper must say: the fields that were proved."""
    href: str


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a history."""

    what: str
    by: str
    time: int
    entry: int
    tone: Tone
    why: str = ""
    link: str = ""
    gap: str = ""


# -- a verdict -----------------------------------------------------------------------------------------------------


def verdict_shown(told: VerdictView, now: int, words: Words) -> VerdictShown:
    """The verdict in words."""
    return VerdictShown(
        banner_tone(told),
        words(f"verdict.{told.verdict}"),
        words.known(f"headline.{headline(told)}", told.verdict),
        words(f"advice.{told.verdict}"),
        tuple(_answer(name, one, told, now, words) for name, one in told.answers.items()),
        verdict_facts(told, words),
        tuple(Fact(field_label(told.type, one.pointer, words), (one.value,)) for one in told.fields),
        document_href(told.digest, told.type, told.issuer) if told.type else "",
    )


def banner_tone(told: VerdictView) -> Tone:
    """The colour of a verdict. A genuine paper about a car is not yet a paper about this car: it is green only once
    somebody has read the number off the thing.
    """
    return "old" if headline(told) == "authentic-uncompared" else tone_of(told.verdict)


def headline(told: VerdictView) -> str:
    """Which sentence sums the verdict up."""
    if told.verdict == "authentic":
        subject = told.answers["subject"]
        if subject.reason == "SUBJECT_NOT_GIVEN":
            return "authentic-uncompared"
        return "authentic-thing" if subject.answer == "yes" else "authentic"
    if told.verdict != "refused":
        return told.verdict
    first = next(name for name in REFUSING if told.answers[name].answer == "no")
    return f"refused-{told.state if first == 'state' and told.state else first}"


def _answer(name: str, one: CheckView, told: VerdictView, now: int, words: Words) -> AnswerShown:
    return AnswerShown(
        name,
        tone_of(one.answer),
        words(f"question.{name}"),
        words(f"answer.{one.answer}"),
        sentence(name, one, told, now, words),
    )


def sentence(name: str, one: CheckView, told: VerdictView, now: int, words: Words) -> str:
    """Why an answer is as it is, in the reader's language; the verifier's own sentence where there are no words."""
    said = words.known(
        f"reason.{one.reason}",
        one.sentence,
        issuer=told.issuer or "?",
        entry=told.entry or 0,
        age=age(now - told.as_of, words),
    )
    _, _, why = one.sentence.partition(": ") if name == "state" and one.answer == "no" else ("", "", "")
    return f"{said} {words('reason.because', why=reason_words(why, words))}" if why else said


def reason_words(reason: str, words: Words) -> str:
    """The reason of an act, which the desk gives in English words, in the reader's language."""
    return words.known(f"why.{slug(reason)}", reason)


def slug(text: str) -> str:
    """The code of a reason or an act, from its words."""
    return _SLUG.sub("-", text.replace("the holder's", "holders").lower())


def verdict_facts(told: VerdictView, words: Words) -> tuple[Fact, ...]:
    """What was found out about the document that was asked for; nothing where nothing was."""
    facts = []
    if told.type:
        facts.append(Fact(words("fact.type"), (type_title(told.type, words),)))
        facts.append(Fact(words("fact.issuer"), (told.issuer,)))
        facts.append(Fact(words("fact.issued_at"), (told.issued_at,), "time"))
    if told.state:
        facts.append(Fact(words("fact.state"), (told.state,), "state"))
    if told.replaced_by:
        facts.append(
            Fact(words("fact.replaced_by"), (told.replaced_by,), "link", f"/documents/{told.replaced_by}")
        )
    if told.differs:
        facts.append(Fact(words("fact.differs"), tuple(told.differs), "code"))
    if told.notices:
        facts.append(Fact(words("fact.notice"), tuple(notice_words(one, words) for one in told.notices)))
    if told.digest:
        facts.append(Fact(words("fact.digest"), (told.digest,), "code"))
    if told.as_of:
        facts.append(Fact(words("fact.as_of"), (told.as_of,), "time"))
    return tuple(facts)


def notice_words(one: NoticeView, words: Words) -> str:
    """What is remarkable, in the reader's language; the verifier's own sentence where there are no words."""
    day = datetime.fromtimestamp(one.since, UTC).date().isoformat()
    return words.known(f"notice.{one.code}", one.sentence, days=one.days, about=one.about, since=day)


# -- a document ----------------------------------------------------------------------------------------------------


def type_title(name: str, words: Words) -> str:
    """What a kind of document is called; a name that this version does not know stands for itself."""
    kind = types.registry().get(name)
    return name if kind is None else kind.title.in_language(words.language)


def field_labels(name: str, words: Words) -> dict[str, str]:
    """What the fields of a kind of document are called, by their patterns."""
    kind = types.registry().get(name)
    told: dict[str, str] = {}
    for one in () if kind is None else kind.printed:
        told[one.pointer] = one.label.in_language(words.language)
        for column in one.columns:
            told[one.pointer + column.pointer] = column.label.in_language(words.language)
    return told


def field_label(name: str, pointer: str, words: Words) -> str:
    """What a field is called; one that this version does not know is called by its pointer."""
    return field_labels(name, words).get(_PLACE.sub("/*", pointer), pointer)


def document_href(digest: str, doc_type: str, issuer: str) -> str:
    """The page of a document as issued by one formation."""
    return f"/documents/{digest}?" + urlencode({"type": doc_type, "issuer": issuer})


def ledger_facts(told: DocumentView, words: Words) -> tuple[Fact, ...]:
    """What the ledger has of a document."""
    document = told.document
    facts = [
        Fact(words("fact.type"), (type_title(document.doc_type, words),)),
        Fact(words("fact.issuer"), (told.issuer,)),
        Fact(words("fact.issued_at"), (document.time,), "time"),
        Fact(words("fact.state"), (told.state,), "state"),
        Fact(words("fact.entry"), (document.entry,)),
        Fact(words("fact.digest"), (document.digest,), "code"),
    ]
    if told.number:
        facts.insert(1, Fact(words("fact.number"), (told.number,)))
    if document.batch_root:
        facts.append(Fact(words("fact.batch"), (document.batch_root,), "code"))
    return tuple(facts)


_STEP_TONES: dict[str, Tone] = {"suspend": "bad", "revoke": "bad", "supersede": "old"}


def history(told: DocumentView, words: Words) -> tuple[Event, ...]:
    """What was done with a document, oldest first."""
    return tuple(_event(step, words) for step in told.steps)


def _event(step: StepView, words: Words) -> Event:
    act = slug(step.act)
    return Event(
        words.of("act", act),
        step.by,
        step.time,
        step.index,
        _STEP_TONES.get(act, "good"),
        reason_words(step.reason, words) if step.reason else "",
        f"/documents/{step.replacement}" if step.replacement else "",
    )


def _way_to(paper: PaperView, caller: Caller) -> str:
    if not paper.digest or not paper.doc_type or not sees_documents_of(caller, paper.issuer):
        return ""
    return document_href(paper.digest, paper.doc_type, paper.issuer)


@dataclass(frozen=True, slots=True)
class Linked:
    """A paper that belongs to the same story. `href` is empty for one that was never issued here, or that is not for
    the reader to open.
    """

    title: str
    number: str
    issuer: str
    state: str
    named_by: str
    href: str


def linked(papers: list[PaperView], words: Words, caller: Caller) -> tuple[Linked, ...]:
    """The papers of a story, with the way to those that the caller may see."""
    return tuple(
        Linked(
            " / ".join(type_title(name, words) for name in one.doc_type.split("/")) if one.doc_type else "",
            one.number or one.digest[:16],
            one.issuer,
            one.state,
            one.named_by,
            _way_to(one, caller),
        )
        for one in papers
    )
