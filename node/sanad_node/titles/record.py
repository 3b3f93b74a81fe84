"""A document of title as its entries leave it.

Pure: a title and the next entry about it make the next title. The projection applies it to the newest, a question "as
it stood then" to fewer entries; so both are one set of rules, and a check holds them against the contract's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from sanad_verifier.entries import Entry, Kind
from sanad_verifier.title_words import TitleTerms, TitleWord

State = Literal[
    "active",
    "surrendered-for-delivery",
    "surrendered-for-amendment",
    "delivered",
    "amended",
    "replaced",
]
STATES: tuple[State, ...] = get_args(State)
"""In the order of the contract's `ITitles.State`, which begins with 1; 0 is no title."""
OFFERS = (Kind.TRANSFER, Kind.ENDORSE, Kind.ENDORSE_TO_ORDER, Kind.BLANK_ENDORSE, Kind.HAND_BACK)
ACTS = tuple(kind for kind in Kind if kind > Kind.TITLE)
"""Every act on a title that there is already."""
NOTHING = bytes(32)
_SURRENDERED: dict[Kind, State] = {
    Kind.SURRENDER_FOR_DELIVERY: "surrendered-for-delivery",
    Kind.SURRENDER_FOR_AMENDMENT: "surrendered-for-amendment",
}
_ANSWERED: dict[State, State] = {
    "surrendered-for-delivery": "delivered",
    "surrendered-for-amendment": "amended",
}


@dataclass(frozen=True, slots=True)
class Title:
    """A document of title. Formations by number, 0 for none; a `beneficiary` of 0 is whoever holds it.

    `pending` is the kind of the offer that waits, `PLEDGE`, or 0; `party` is then the taker or the pledgee, and
    `offered` who is entitled once an offer is accepted. `entry` is its ISSUE entry, `latest` the last one about it,
    `sequence` as the contract counts. `replaces` and `replaced_by` are digests, zero for none.
    """

    issuer: int
    doc_type: str
    digest: bytes
    key: bytes
    state: State
    holder: int
    beneficiary: int
    to_order: bool
    pending: int
    party: int
    offered: int
    holder_before: int
    beneficiary_before: int
    to_order_before: bool
    sequence: int
    replaces: bytes
    replaced_by: bytes
    entry: int
    latest: int
    time: int

    @property
    def taker(self) -> int:
        """Who was offered it and has not answered, 0 if nobody."""
        return self.party if self.pending in OFFERS else 0

    @property
    def pledgee(self) -> int:
        """To whom it is pledged, 0 if it is not."""
        return self.party if self.pending == Kind.PLEDGE else 0

    @property
    def is_surrendered(self) -> bool:
        """Whether its carrier has it back, or is asked to take it: then it gives no claim to the goods."""
        return self.state not in {"active", "replaced"}


def begun(index: int, entry: Entry, replaces: bytes = NOTHING) -> Title:
    """The title that a `TITLE` entry makes, which stands directly after the ISSUE entry of its document."""
    terms = TitleTerms.unpack(entry.data)
    return Title(
        issuer=entry.formation,
        doc_type=entry.doc_type,
        digest=entry.subject,
        key=entry.related,
        state="active",
        holder=terms.holder,
        beneficiary=terms.beneficiary,
        to_order=terms.to_order,
        pending=0,
        party=0,
        offered=0,
        holder_before=0,
        beneficiary_before=0,
        to_order_before=False,
        sequence=0,
        replaces=replaces,
        replaced_by=NOTHING,
        entry=index - 1,
        latest=index,
        time=entry.time,
    )


def issuer_of(entry: Entry) -> int:
    """Which formation's document an entry about a title is about."""
    return entry.formation if entry.kind is Kind.TITLE else TitleWord.unpack(entry.related).issuer


def replaced(title: Title, index: int, entry: Entry) -> Title:
    """The title whose document a `SUPERSEDE` entry replaces, once its surrender for amendment was accepted."""
    return replace(
        title,
        state="replaced",
        replaced_by=entry.related,
        sequence=title.sequence + 1,
        latest=index,
        time=entry.time,
    )


def after(title: Title, index: int, entry: Entry) -> Title:
    """The title after an act on it."""
    told = TitleWord.unpack(entry.related)
    kind = entry.kind
    now = replace(title, latest=index, time=entry.time)
    if kind is Kind.SIGN:
        return now
    now = replace(now, sequence=title.sequence + 1)
    if kind in OFFERS or kind is Kind.PLEDGE:
        return replace(now, pending=int(kind), party=told.party, offered=told.entitled)
    if kind in _SURRENDERED:
        return replace(now, state=_SURRENDERED[kind])
    if kind is Kind.SACC:
        return replace(now, state=_ANSWERED[title.state])
    if kind is Kind.SREJ:
        return replace(now, state="active")
    free = replace(now, pending=0, party=0, offered=0)
    return _accepted(free, title) if kind is Kind.ACCEPT else free


def _accepted(free: Title, before: Title) -> Title:
    """In the taker's hands. What is given back has nobody to be given back to."""
    moved = replace(free, holder=before.party, beneficiary=before.offered)
    if before.pending == Kind.HAND_BACK:
        return replace(
            moved,
            to_order=before.to_order_before,
            holder_before=0,
            beneficiary_before=0,
            to_order_before=False,
        )
    return replace(
        moved,
        to_order=before.to_order and before.pending != Kind.ENDORSE,
        holder_before=before.holder,
        beneficiary_before=before.beneficiary,
        to_order_before=before.to_order,
    )


def followed(entries: Iterable[tuple[int, Entry]], issuer: int, doc_type: str) -> Title | None:
    """The title of a document as entries about it leave it, in their order; None if it was none.

    Not its end by being replaced: that is an act on another document, and whoever knows of it knows no later one.
    """
    title: Title | None = None
    for index, entry in entries:
        if entry.kind < Kind.TITLE or entry.doc_type != doc_type or issuer_of(entry) != issuer:
            continue
        if entry.kind is Kind.TITLE:
            title = begun(index, entry)
        elif title is not None:
            title = after(title, index, entry)
    return title
