"""A consignment's custody line as a page tells it: both halves of every hand-over side by side, and what of them does
not agree.

The ledger has entries; people think in hand-overs. A shipping half opens one, and whatever the taker says closes it;
what only one side has signed stays open. Nothing is judged here but whether two statements say the same.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from sanad_api.pages.formation_view import CUSTODY_ACTS
from sanad_api.pages.map import Stop, place
from sanad_node import custody_turns
from sanad_node.custody_marks import HARMLESS
from sanad_node.wire import ConsignmentView, FormationView, HopView
from sanad_node.wire.custody import ReadingsView

StepState = Literal["done", "pending", "refused", "recalled"]
GapKind = Literal["short", "over", "seal", "condition", "less-than-held", "more-than-held"]
OPENS = "ship"
CLOSES: dict[str, StepState] = {"receive": "done", "refuse": "refused", "recall": "recalled"}
TONES: dict[StepState, Literal["good", "bad", "open", "old"]] = {
    "done": "good",
    "pending": "open",
    "refused": "bad",
    "recalled": "old",
}
MOVES = ("receive", "refuse", "recall", "ship", "inspect", "hold", "lift")
NEEDS = {"lift": "hold", "inspect": "observe"}
"""Whose scope an act needs, where it is not its own: who may put a hold may lift it."""
SEEN_LOCKED = "seal seen locked"
UNTOUCHED = frozenset({"", "good", "seal-locked"})
"""Conditions that say nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one formation signed. `quantity` None where the act states none; what only its parties know in clear
    (`seal`, `unit`, `note`) is empty elsewhere, and `sealed` says that there is a seal.
    """

    by: str
    time: int
    entry: int
    place: str = ""
    quantity: int | None = None
    unit: str = ""
    condition: str = ""
    seal: str = ""
    sealed: bool = False
    note: str = ""
    reason: str = ""

    marks: tuple[str, ...] = ()
    """What is wrong with the goods, or was seen of them, where no two statements are to be compared for it."""
    wrong: str = ""
    """How its formation declared it wrong."""
    about: int | None = None
    readings: ReadingsView | None = None
    order: str = ""
    """Digest of the court order that a hold, or its end, rests on."""

    def place_in(self, language: str) -> str:
        """The place's name, its code where it has none here."""
        known = place(self.place)
        return known.in_language(language) if known else self.place

    @property
    def is_bad(self) -> bool:
        told = self.readings is not None and (self.readings.opened or self.readings.tampered)
        return bool(told or self.wrong or set(self.marks) - HARMLESS)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something two statements disagree on: what the earlier says and what the later says."""

    kind: GapKind
    before: str
    after: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story. A hand-over has a giver and, once they have spoken, a taker; anything else only the one
    who did it, as the giver. `awaited`: who has to speak.
    """

    number: int
    act: str
    state: StepState
    giver: Side | None
    taker: Side | None = None
    awaited: str = ""
    gaps: tuple[Gap, ...] = ()

    @property
    def is_hand_over(self) -> bool:
        return self.act == "hand-over"

    @property
    def tone(self) -> Literal["good", "bad", "open", "old"]:
        marked = [side for side in (self.giver, self.taker) if side is not None and side.is_bad]
        if self.state == "refused" or self.gaps or self.act == "hold" or marked:
            return "bad"
        return TONES[self.state]


def custody_line(told: ConsignmentView) -> tuple[Step, ...]:
    """The steps of a consignment, oldest first."""
    steps: list[Step] = []
    held: Side | None = None  # what the holder last signed for
    open_at: int | None = None
    for hop in told.hops:
        side = _side(hop)
        if hop.act == OPENS:
            gaps = _since(held, side)
            steps.append(Step(len(steps) + 1, "hand-over", "pending", side, awaited=hop.taker, gaps=gaps))
            open_at = len(steps) - 1
        elif hop.act in CLOSES:
            state = CLOSES[hop.act]
            if open_at is None:
                steps.append(Step(len(steps) + 1, "hand-over", state, None, side))
            else:
                step = steps[open_at]
                both = (*step.gaps, *_between(step.giver, side)) if hop.act != "recall" else step.gaps
                steps[open_at] = replace(step, state=state, taker=side, awaited="", gaps=both)
            held = side if hop.act == "receive" else held
            open_at = None
        else:
            steps.append(Step(len(steps) + 1, hop.act, "done", side))
            held = side if hop.act == "register" else held
    return tuple(steps)


def stops_of(steps: Iterable[Step]) -> tuple[Stop, ...]:
    """Where the steps were done, for the map: each signature's place, in order, and each place of a step once."""
    found: list[Stop] = []
    for step in steps:
        codes = [side.place for side in (step.giver, step.taker) if side is not None and side.place]
        found += [Stop(step.number, code, step.state == "pending") for code in dict.fromkeys(codes)]
    return tuple(found)


def obstacle(told: ConsignmentView, formation: str, act: str, places: Collection[str] = ()) -> str:
    """Why it is not the formation's turn to do something with the consignment as it stands: the code that the contract
    would refuse it with; empty if nothing is in the way. `places` are those whose place the formation has.
    """
    return custody_turns.obstacle(
        holder=told.holder,
        taker=told.taker,
        holds=told.holds,
        formation=formation,
        act=act,
        places=places,
    )


def offered(
    told: ConsignmentView, formation: str, scopes: frozenset[str], places: Collection[str] = ()
) -> tuple[str, ...]:
    """The acts that a page offers to somebody of `formation`, whose scopes for this kind of cargo are `scopes`.

    It is an offer, not a promise: the contract decides.
    """
    if not formation:
        return ()
    turns = (act for act in MOVES if not obstacle(told, formation, act, places))
    return tuple(act for act in turns if NEEDS.get(act, act) in scopes)


def scopes_for(formation: FormationView, kind: str, now: int) -> frozenset[str]:
    """What a formation may do now with a kind of cargo."""
    if formation.suspended_at:
        return frozenset()
    return frozenset(
        act
        for scope in formation.scopes
        if scope.type == kind and scope.valid_from <= now and (not scope.valid_to or now < scope.valid_to)
        for act in scope.acts
    )


def events_about(told: ConsignmentView) -> str:
    """Where the acts on a consignment are told that come after those it is shown with."""
    after = max((hop.index for hop in told.hops), default=-1)
    return "/v1/events?" + urlencode({"after": after, "kind": CUSTODY_ACTS}, doseq=True)


def _side(hop: HopView) -> Side:
    said = hop.said or {}
    condition = hop.condition.replace(" ", "-")
    return Side(
        hop.by,
        hop.time,
        hop.index,
        hop.place,
        hop.quantity,
        _text(said.get("unit")),
        "" if condition == "not-stated" else condition,
        _text(said.get("seal")),
        hop.sealed,
        _text(said.get("note")),
        hop.reason.replace(" ", "-").replace("'", ""),
        tuple(_mark(words) for words in hop.marks if not words[:1].isdigit()),
        hop.error.replace(" ", "-"),
        hop.about,
        hop.readings,
        hop.order,
    )


def _mark(words: str) -> str:
    return "seal-locked" if words == SEEN_LOCKED else words.replace(" ", "-")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _between(giver: Side | None, taker: Side) -> tuple[Gap, ...]:
    """What the two halves of one hand-over disagree on."""
    if giver is None:
        return ()
    gaps: list[Gap] = []
    if giver.quantity is not None and taker.quantity is not None and giver.quantity != taker.quantity:
        kind: GapKind = "short" if taker.quantity < giver.quantity else "over"
        count = abs(taker.quantity - giver.quantity)
        gaps.append(Gap(kind, str(giver.quantity), str(taker.quantity), count))
    if _differ(giver.seal, taker.seal):
        gaps.append(Gap("seal", giver.seal, taker.seal))
    if giver.condition in UNTOUCHED and taker.condition not in UNTOUCHED:
        gaps.append(Gap("condition", giver.condition, taker.condition))
    return tuple(gaps)


def _since(held: Side | None, giver: Side) -> tuple[Gap, ...]:
    """What the holder hands on otherwise than they took it over."""
    if held is None or held.quantity is None or giver.quantity is None or held.quantity == giver.quantity:
        return ()
    kind: GapKind = "less-than-held" if giver.quantity < held.quantity else "more-than-held"
    return (Gap(kind, str(held.quantity), str(giver.quantity), abs(giver.quantity - held.quantity)),)


def _differ(before: str, after: str) -> bool:
    return bool(before and after) and _plain(before) != _plain(after)


def _plain(seal: str) -> str:
    """A seal's number as two people would agree it is the same."""
    return "".join(seal.split()).replace("-", "").upper()
