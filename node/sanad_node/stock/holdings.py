"""Which thing lies in which warehouse, by the papers of the register: pure functions over them.

A thing is in a warehouse from the entry of a deposit that stands until a gate pass that rests on that deposit is used.
Where another warehouse has entered a later deposit of the same thing, it lies there: the taker's signature counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sanad_node.stock.filed import DEPOSIT, LOT, ORDER, PASS, RECEIPT, SEIZURE, Filed, Name, lineages

STAGES = {LOT: "lot", RECEIPT: "sold", ORDER: "ordered", PASS: "passed"}
"""What the farthest paper that stands on a deposit makes of it; `deposited` without any."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A thing that lies in a warehouse. `deposit` is the version that stands, `since` the first one's time, `seizure`
    the version that stands, or the last one; `earlier` the warehouses whose deposits of the thing still stand.
    """

    deposit: Filed
    since: int
    seizure: Filed | None
    stage: str
    papers: Mapping[str, Filed] = field(default_factory=dict)
    earlier: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """A thing that left its warehouse: the deposit, and the pass it left on."""

    deposit: Filed
    seizure: Filed | None
    on: Filed


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything there is: in warehouses, gone from them, and seized but in none."""

    held: tuple[Holding, ...]
    gone: tuple[Gone, ...]
    undeposited: tuple[Filed, ...]


def holdings(filed: Sequence[Filed]) -> Holdings:
    """Where the things are that these papers, oldest first, are about."""
    return _Papers(filed).holdings()


class _Papers:
    """Papers by what they rest on; versions of one paper count as one."""

    def __init__(self, filed: Sequence[Filed]) -> None:
        self._filed = filed
        self._first = lineages(filed)
        self._versions: dict[Name, list[Filed]] = {}
        for one in filed:
            self._versions.setdefault(self._first[one.name], []).append(one)

    def holdings(self) -> Holdings:
        left: dict[Name, Filed] = {}
        farthest: dict[Name, dict[str, Filed]] = {}
        for one in self._filed:
            if one.doc_type not in STAGES:
                continue
            for deposit in self._deposits_below(one):
                if one.stands:
                    farthest.setdefault(deposit, {})[one.doc_type] = one
                if one.doc_type == PASS and one.used is not None and one.state != "revoked":
                    left.setdefault(deposit, one)
        of_thing: dict[bytes, list[Name]] = {}
        deposited: set[Name] = set()
        gone: list[Gone] = []
        for first, versions in self._versions.items():
            if first[0] != DEPOSIT:
                continue
            now = self._now(versions)
            on = left.get(first)
            if on is None and not now.stands:
                continue
            deposited |= {name for one in versions for name in self._above(one) if name[0] == SEIZURE}
            of_thing.setdefault(now.thing if any(now.thing) else first[1], []).append(first)
            if on is not None:
                gone.append(Gone(now, self._seizure(now), on))
        held = [
            self._holding([one for one in several if one not in left], farthest)
            for several in of_thing.values()
            if several[-1] not in left
        ]
        rest = (
            self._now(versions)
            for first, versions in self._versions.items()
            if first[0] == SEIZURE and first not in deposited
        )
        return Holdings(
            tuple(sorted(held, key=lambda one: one.deposit.entry)),
            tuple(sorted(gone, key=lambda one: one.on.used or 0)),
            tuple(one for one in rest if one.stands),
        )

    def _holding(self, several: list[Name], farthest: Mapping[Name, Mapping[str, Filed]]) -> Holding:
        """The deposits of one thing that stand, in the order of their first versions: it lies where the last was
        entered.
        """
        first, now = several[-1], self._now(self._versions[several[-1]])
        papers = farthest.get(first, {})
        stage = next((STAGES[name] for name in reversed(STAGES) if name in papers), "deposited")
        earlier = {self._now(self._versions[one]).issuer for one in several[:-1]} - {now.issuer}
        since = self._versions[first][0].time
        return Holding(now, since, self._seizure(now), stage, dict(papers), tuple(sorted(earlier)))

    @staticmethod
    def _now(versions: list[Filed]) -> Filed:
        """The version that stands; the last one if none does."""
        return next((one for one in reversed(versions) if one.stands), versions[-1])

    def _above(self, one: Filed) -> Iterator[Name]:
        """What a paper rests on, by the first versions."""
        return (self._first[name] for name in one.parents if name in self._first)

    def _seizure(self, deposit: Filed) -> Filed | None:
        named = next((name for name in self._above(deposit) if name[0] == SEIZURE), None)
        return None if named is None else self._now(self._versions[named])

    def _deposits_below(self, one: Filed) -> set[Name]:
        """The deposits that a paper rests on in the end."""
        found, seen, ahead = set[Name](), set[Name](), list(self._above(one))
        while ahead:
            name = ahead.pop()
            if name in seen:
                continue
            seen.add(name)
            if name[0] == DEPOSIT:
                found.add(name)
                continue
            ahead += [above for version in self._versions[name] for above in self._above(version)]
        return found
