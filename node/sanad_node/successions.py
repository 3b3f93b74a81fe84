"""Whose place has an office? What became of those that were renamed, merged or divided (docs/adr/0058).

Pure functions over what the log says of successions and of who is above whom. The contract `Formations` asks the same
questions, of the same 64 nearest formations; a page, a list and a dry run ask them here before anybody signs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FARTHEST = 64
"""How many formations the contract looks at to find out whether one stands for another."""


@dataclass(frozen=True, slots=True)
class Succession:
    """One formation takes the place of another from `since` on (seconds); `entry` of the log says so."""

    predecessor: int
    successor: int
    since: int
    entry: int


@dataclass(frozen=True, slots=True)
class Successions:
    """All of them, in the order of the log; `parents` says which formation is above which."""

    steps: tuple[Succession, ...]
    parents: Mapping[int, int] = field(default_factory=dict)

    def took_over(self, actor: int, original: int, at: int) -> bool:
        """Whether `actor` is `original`, or has its place at a time."""
        return actor != 0 and actor in self._reached(original, at, upwards=False)

    def stands_for(self, actor: int, original: int, at: int) -> bool:
        """The same, or it is above it, or any of these to one of these (as `Formations.standsFor`)."""
        return actor != 0 and actor in self._reached(original, at, upwards=True)

    def places_of(self, actor: int, at: int) -> frozenset[int]:
        """Every formation whose place `actor` has at a time, itself included."""
        before: dict[int, list[int]] = {}
        for step in self.steps:
            if step.since <= at:
                before.setdefault(step.successor, []).append(step.predecessor)
        found, waiting = {actor}, [actor]
        while waiting:
            for one in before.get(waiting.pop(), ()):
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return frozenset(one for one in found if self.took_over(actor, one, at))

    def present(self, original: int, at: int) -> tuple["Present", ...]:
        """Who has the place of a formation at a time, in the order of their numbers: those at the ends of what it
        became. Empty if it has given way to nobody by then.
        """
        ends: dict[int, int] = {}
        waiting, seen = [(original, 0)], set()
        while waiting:
            number, since = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            onwards = [one for one in self.steps if one.predecessor == number and one.since <= at]
            waiting += [(one.successor, max(since, one.since)) for one in onwards]
            if not onwards and number != original:
                ends[number] = since
        return tuple(Present(number, since) for number, since in sorted(ends.items()))

    def line_of(self, number: int) -> tuple[Succession, ...]:
        """Everything a formation came from and everything it became or will, in the order of the log."""
        earlier, later = self._spread(number, back=True), self._spread(number, back=False)
        return tuple(one for one in self.steps if one.successor in earlier or one.predecessor in later)

    def _spread(self, number: int, *, back: bool) -> set[int]:
        found = {number}
        while True:
            more = {
                one.predecessor if back else one.successor
                for one in self.steps
                if (one.successor if back else one.predecessor) in found
            }
            if more <= found:
                return found
            found |= more

    def _reached(self, original: int, at: int, *, upwards: bool) -> list[int]:
        """The formations nearest to `original`, in the contract's order."""
        if original == 0:
            return []
        met = [original]
        for number in met:  # which grows meanwhile
            nearer = sorted(
                one.successor for one in self.steps if one.predecessor == number and one.since <= at
            )
            if upwards and (above := self.parents.get(number, 0)):
                nearer.append(above)
            met += [one for one in dict.fromkeys(nearer) if one not in met][: FARTHEST - len(met)]
        return met


@dataclass(frozen=True, slots=True)
class Present:
    """A formation that has another one's place, and since when it or who went before it has (seconds)."""

    number: int
    since: int


def predecessors_in(steps: Iterable[Succession]) -> Mapping[int, frozenset[int]]:
    """By formation, those that are to give way to it, at whatever time."""
    found: dict[int, set[int]] = {}
    for step in steps:
        found.setdefault(step.successor, set()).add(step.predecessor)
    return {number: frozenset(before) for number, before in found.items()}
