"""What is noteworthy about a statement on goods: short, damaged, another seal, a seal seen locked.

It follows from the entries alone: what one side states is compared with what was stated last. So every node that has
the log finds the same, whoever holds the records.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sanad_node.reading import LoggedEntry
from sanad_verifier.entries import Condition, Kind, Terms

MarkKind = Literal["short", "excess", "damaged", "seal-broken", "seal-changed", "seal-locked", "wrong-goods"]
CARRIES_TERMS = frozenset({Kind.REGISTER, Kind.SHIP, Kind.RECEIVE, Kind.REFUSE, Kind.OBSERVE})
FINDS = frozenset({Kind.RECEIVE, Kind.REFUSE, Kind.OBSERVE, Kind.SHIP})
"""Acts that state how the goods are found by who looks at them."""
SIGNS_FOR = frozenset({Kind.REGISTER, Kind.SHIP, Kind.RECEIVE})
"""Acts by which somebody answers for what they state: what comes after is compared with that."""
_OF_CONDITION: Mapping[Condition, MarkKind] = {
    Condition.DAMAGED: "damaged",
    Condition.SHORT: "short",
    Condition.EXCESS: "excess",
    Condition.SEAL_BROKEN: "seal-broken",
    Condition.SEAL_CHANGED: "seal-changed",
    Condition.WRONG_GOODS: "wrong-goods",
    Condition.SEAL_LOCKED: "seal-locked",
}
HARMLESS = frozenset({"seal-locked"})


@dataclass(frozen=True, slots=True)
class Mark:
    """Something noteworthy. `count`, `before` and `after`: how many are missing or too many, of how many stated and
    found; zero where nothing was counted.
    """

    kind: MarkKind
    count: int = 0
    before: int = 0
    after: int = 0

    @property
    def words(self) -> str:
        if self.count:
            way = "short" if self.kind == "short" else "over"
            return f"{self.count} {way}: {self.before} stated, {self.after} found"
        return "seal seen locked" if self.kind == "seal-locked" else self.kind.replace("-", " ")


def marks_of(logged: Sequence[LoggedEntry], struck: Collection[int] = ()) -> dict[int, tuple[Mark, ...]]:
    """The marks of the entries about one consignment, by entry; those without any are left out. What is `struck`,
    because its office declared that it did not occur, keeps its own marks, and nothing after it is compared with it.
    """
    found: dict[int, tuple[Mark, ...]] = {}
    last: Terms | None = None
    for one in logged:
        if one.entry.kind not in CARRIES_TERMS:
            continue
        terms = Terms.unpack(one.entry.related)
        if one.entry.kind in FINDS:
            marks = tuple(_marks(last, terms))
            if marks:
                found[one.index] = marks
        if one.entry.kind in SIGNS_FOR and one.index not in struck:
            last = _known(last, terms)
    return found


def _known(last: Terms | None, terms: Terms) -> Terms:
    """What is known after a statement: what it does not say stays as it was."""
    if last is None:
        return terms
    return Terms(
        terms.taker, terms.place, terms.condition, terms.quantity or last.quantity,
        terms.seal if any(terms.seal) else last.seal,
    )  # fmt: skip


def _marks(last: Terms | None, terms: Terms) -> list[Mark]:
    marks: list[Mark] = []
    counted = (
        terms.quantity or terms.condition is Condition.SHORT
    )  # nothing found is a count, nothing said is none
    if last is not None and last.quantity and counted and last.quantity != terms.quantity:
        kind: MarkKind = "short" if terms.quantity < last.quantity else "excess"
        marks.append(Mark(kind, abs(terms.quantity - last.quantity), last.quantity, terms.quantity))
    told = _OF_CONDITION.get(terms.condition)
    if told is not None and told not in {one.kind for one in marks}:
        marks.append(Mark(told))
    changed = last is not None and any(last.seal) and any(terms.seal) and last.seal != terms.seal
    if changed and told != "seal-changed":
        marks.append(Mark("seal-changed"))
    return marks
