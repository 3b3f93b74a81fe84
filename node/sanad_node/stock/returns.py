"""What was seized, deposited, auctioned and cleared, by formation and month: the return of a node, as of a block.

Months are those of the entries in the register, by the clocks of a zone. A corrected paper counts once, where its first
version was entered; one that does not stand any more is told apart. A thing is cleared when it leaves its warehouse on
a gate pass. Values are those of the one paper that reports the act, so that each formation's own papers suffice for its
lines.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sanad_node.batch_jobs.export import harmless
from sanad_node.drawdown.reading import Moment
from sanad_node.node import Node
from sanad_node.stock.filed import (
    DEPOSIT,
    RECEIPT,
    SEIZURE,
    Filed,
    Name,
    filed_at,
    lineages,
    unregistered_at,
)
from sanad_node.stock.holdings import holdings
from sanad_node.stock.saying import NOT_HELD, UNREADABLE, Reading, Said, total
from sanad_verifier.returns import (
    ACTS,
    Line,
    Return,
    begins,
    currencies,
    month_of,
    months_between,
    next_month,
)

ACT_OF = {SEIZURE: "seized", DEPOSIT: "deposited", RECEIPT: "auctioned"}
"""Which paper reports which act; `cleared` is told by the used pass, and the deposit that it rests on."""
COLUMNS = ("month", "formation", "parent", "act", "things")
COUNTS = ("unvalued", "not_held", "unreadable", "other_month", "reassigned", "withdrawn")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, from the first to the last, by the clocks of a zone with this offset from UTC."""

    first: str
    last: str
    offset: str

    def months(self) -> tuple[str, ...]:
        """Every month; `MonthInvalid` if these are none."""
        return months_between(self.first, self.last)

    def window(self) -> tuple[int, int]:
        """The first second, and the first one after it (seconds since 1970)."""
        return begins(self.first, self.offset), begins(next_month(self.last), self.offset)


@dataclass(frozen=True, slots=True)
class Done:
    """An act of a formation at a time, and the paper that says what it was worth."""

    act: str
    formation: int
    time: int
    paper: Filed
    stands: bool = True

    @property
    def reassigned(self) -> bool:
        """Whether another formation entered what stands: the register lets none but a successor, or one above."""
        return self.paper.issuer != self.formation


@dataclass(slots=True)
class Tally:
    """A line while it is counted: amounts by currency, and of the things without one why they have none."""

    things: int = 0
    amounts: dict[str, list[Decimal]] = field(default_factory=dict)
    why: dict[str, int] = field(default_factory=dict)
    other_month: int = 0
    reassigned: int = 0
    withdrawn: int = 0


Key = tuple[str, int, str]
"""Month, number of the formation, act."""


def versions_of(filed: Sequence[Filed]) -> Mapping[Name, list[Filed]]:
    """The versions of each paper, oldest first, by the first one's name."""
    first, versions = lineages(filed), dict[Name, list[Filed]]()
    for one in filed:
        versions.setdefault(first[one.name], []).append(one)
    return versions


def standing(versions: Sequence[Filed]) -> Filed:
    """The version that stands; the last one if none does."""
    return next((one for one in reversed(versions) if one.stands), versions[-1])


def acts(filed: Sequence[Filed]) -> Iterator[Done]:
    """What was done, by these papers, oldest first: pure."""
    for versions in versions_of(filed).values():
        first, now = versions[0], standing(versions)
        if first.doc_type in ACT_OF:
            yield Done(ACT_OF[first.doc_type], first.issuer, first.time, now, now.stands)
    for gone in holdings(filed).gone:
        yield Done("cleared", gone.deposit.issuer, gone.on.used_at, gone.deposit)


def tally(
    done: Iterable[Done], period: Period, read: Callable[[Filed], Said], only: int | None = None
) -> dict[Key, Tally]:
    """What was done in each month, by formation and act; of one formation (by its number) with its nil lines. `read`
    says what a paper says. `MonthInvalid` if these are no months.
    """
    months = period.months()
    since, before = period.window()
    told: dict[Key, Tally] = {}
    if only is not None:
        told = {(month, only, act): Tally() for month in months for act in ACTS}
    for one in done:
        if since <= one.time < before and only in (None, one.formation):
            month = month_of(one.time, period.offset)
            _add(told.setdefault((month, one.formation, one.act), Tally()), one, month, read)
    return told


def _add(told: Tally, one: Done, month: str, read: Callable[[Filed], Said]) -> None:
    if not one.stands:
        told.withdrawn += 1
        return
    told.things += 1
    told.reassigned += one.reassigned
    said = read(one.paper)
    if said.amount:
        told.amounts.setdefault(said.currency, []).append(Decimal(said.amount))
    else:
        told.why[said.why] = told.why.get(said.why, 0) + 1
    # the day of a deposit is not the one on which the thing left
    if one.act != "cleared" and said.day and said.day[:7] != month:
        told.other_month += 1


def monthly(node: Node, when: Moment, period: Period, formation: str | None = None) -> Return:
    """The return as of a moment; of one formation, with its nil lines, or of all that did something. Raises
    `MonthInvalid`, and `UnknownFormation` for a formation that there is none of.
    """
    months = period.months()
    since, before = period.window()
    only = None if formation is None else node.reader.formation(formation, field="--formation")
    reading = Reading(node, lambda _: True)
    told = tally(acts(filed_at(node, when.size)), period, reading.of, None if only is None else only.number)
    formations = {one.number: one for one in node.reader.formations()}
    codes = {number: one.code for number, one in formations.items()}
    lines = [
        _line(month, codes[number], codes.get(formations[number].parent, ""), act, counted)
        for (month, number, act), counted in told.items()
    ]
    return Return(
        origin=node.network.origin,
        block=when.block,
        time=when.time,
        size=when.size,
        root=node.reader.root(when.size),
        formation="" if only is None else only.code,
        months=(months[0], months[-1]),
        offset=period.offset,
        held=hashlib.sha256("\n".join(sorted(reading.held)).encode()).hexdigest(),
        lines=tuple(sorted(lines, key=lambda line: line.key)),
        unregistered=unregistered_at(node, when.size, since, before) if only is None else {},
    )


def _line(month: str, formation: str, parent: str, act: str, told: Tally) -> Line:
    return Line(
        month,
        formation,
        parent,
        act,
        told.things,
        {name: total(told.amounts[name]) for name in sorted(told.amounts)},
        told.why.get("", 0),
        told.why.get(NOT_HELD, 0),
        told.why.get(UNREADABLE, 0),
        told.other_month,
        told.reassigned,
        told.withdrawn,
    )


def totals(told: Return) -> tuple[Line, ...]:
    """What all lines of an act come to, in the order of acts; `month` and `formation` are empty."""
    return tuple(_total(act, [one for one in told.lines if one.act == act]) for act in ACTS)


def _total(act: str, lines: Sequence[Line]) -> Line:
    amounts = {
        name: total(Decimal(one.values[name]) for one in lines if name in one.values)
        for name in currencies(lines)
    }
    things, *counts = (sum(getattr(one, name) for one in lines) for name in ("things", *COUNTS))
    return Line("", "", "", act, things, amounts, *counts)


def table(told: Return) -> bytes:
    """The lines as RFC 4180 CSV in UTF-8, cells harmless to spreadsheets; a column for the value in each currency, the
    last two say as of which block, and whether the months were over.
    """
    money = currencies(told.lines)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow((*COLUMNS, *(f"value_{name}" for name in money), *COUNTS, "block", "over"))
    for one in told.lines:
        cells = [
            *(getattr(one, name) for name in COLUMNS),
            *(one.values.get(name, "") for name in money),
            *(getattr(one, name) for name in COUNTS),
            told.block,
            "yes" if told.over else "no",
        ]
        writer.writerow([harmless(str(cell)) for cell in cells])
    return buffer.getvalue().encode()
