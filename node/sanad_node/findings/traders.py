"""What each trader paid, and what arrived for it: totals over a window of days, from the papers that are held here.

Rules compare the papers of one consignment. Whoever sends money out by many small instruments, each in order and each
below what a bank looks at, shows only in the sum: instruments against declarations, and instruments one below the other
within a few days. What is marked is a question, not a verdict: goods may be on their way.

Amounts are counted exactly, in ten-thousandths of their currency; two currencies are never added.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select

from sanad_node.findings import noting
from sanad_node.findings.comparing import same_form
from sanad_node.node import Node
from sanad_node.store.finding_tables import noted_totals as t
from sanad_verifier.errors import InputError

TEN_THOUSANDTHS = noting.TEN_THOUSANDTHS
TOLERANCE = Decimal("0.10")
"""The part by which what was paid may be more than what landed: freight, insurance, goods on their way."""
WITHIN = 30
"""Days within which papers below a limit are added up."""
LEAST = 3
"""Papers below a limit that make a splitting: two may be two purchases."""
PAID_ABOVE_LANDED = "PAID_ABOVE_LANDED"
SHIPPED_ABOVE_RECEIVED = "SHIPPED_ABOVE_RECEIVED"
SPLIT_BELOW_LIMIT = "SPLIT_BELOW_LIMIT"
WORDS = {
    PAID_ABOVE_LANDED: "more was paid than landed",
    SHIPPED_ABOVE_RECEIVED: "more was shipped than is to be received",
    SPLIT_BELOW_LIMIT: "papers below the limit come to more than it",
}


class WindowInvalid(InputError):
    """A window begins on a day and ends on the same day or a later one."""

    code = "WINDOW_INVALID"


class LimitInvalid(InputError):
    """A limit is a positive amount of a named currency."""

    code = "LIMIT_INVALID"


@dataclass(frozen=True, slots=True)
class Window:
    """Which papers: those that bear a day from `since` to `until`, both included; of one trader, in one currency."""

    since: date
    until: date
    trader: str | None = None
    currency: str | None = None
    limit: Decimal | None = None
    """An amount below which somebody might want to stay."""
    within: int = WITHIN

    def check(self) -> None:
        """Raise `WindowInvalid` or `LimitInvalid` for what cannot be asked."""
        if self.since > self.until:
            raise WindowInvalid("the window ends before it begins", field="--until")
        if self.limit is not None and (self.limit <= 0 or self.currency is None):
            raise LimitInvalid("a limit is a positive amount: name its currency too", field="--limit")


@dataclass(frozen=True, slots=True)
class Split:
    """Papers below the limit that lie within so many days of each other, and what they come to."""

    role: str
    papers: int
    total: Decimal
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Total:
    """One trader in one direction and currency. `marks` say what is remarkable (`WORDS`)."""

    trader: str
    exports: bool
    currency: str
    instruments: int
    paid: Decimal
    declarations: int
    landed: Decimal
    marks: tuple[str, ...]
    split: Split | None


@dataclass(frozen=True, slots=True)
class Totals:
    """All of them as of a block, the largest difference first."""

    block: int
    size: int
    totals: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A paper that counts: an instrument or a declaration. `amount` in ten-thousandths, `day` in ISO 8601."""

    role: str
    amount: int
    day: str


def totals(node: Node, window: Window, block: int | None = None) -> Totals:
    """The totals as of a block, the newest final one if none is named. Raises what `Window.check` and
    `noting.size_at` do.
    """
    window.check()
    noting.catch_up(node)
    asked = noting.final_block(node) if block is None else block
    size = noting.size_at(node, asked)
    found = [_total(key, held, window) for key, held in _held(node, window, size)]
    found.sort(key=lambda one: (not one.marks, -abs(one.paid - one.landed), one.trader, one.currency))
    return Totals(asked, size, tuple(found))


def _held(node: Node, window: Window, size: int) -> Iterator[tuple[tuple[str, bool, str], list[Held]]]:
    """The papers of each trader, direction and currency that stand when the log has `size` entries."""
    where: list[ColumnElement[bool]] = [
        t.c.day >= window.since.isoformat(),
        t.c.day <= window.until.isoformat(),
        t.c.entry < size,
        or_(t.c.ended.is_(None), t.c.ended >= size),
    ]
    if window.trader is not None:
        where.append(t.c.trader == same_form("traderNtn", window.trader))
    if window.currency is not None:
        where.append(t.c.currency == window.currency.upper())
    found: dict[tuple[str, bool, str], list[Held]] = defaultdict(list)
    with node.office.connect() as connection:
        for row in connection.execute(select(t).where(*where).order_by(t.c.day, t.c.entry, t.c.digest)):
            key = (row.trader, bool(row.exports), row.currency)
            found[key].append(Held(row.role, row.amount, row.day))
    yield from found.items()


def _total(key: tuple[str, bool, str], held: Sequence[Held], window: Window) -> Total:
    trader, exports, currency = key
    paid = [one for one in held if one.role == "instrument"]
    landed = [one for one in held if one.role == "declaration"]
    out, back = _sum(paid), _sum(landed)
    split = splitting(held, window.limit, window.within)
    marks = []
    if not exports and out > back * (1 + TOLERANCE):
        marks.append(PAID_ABOVE_LANDED)
    if exports and back > out * (1 + TOLERANCE):
        marks.append(SHIPPED_ABOVE_RECEIVED)
    if split is not None:
        marks.append(SPLIT_BELOW_LIMIT)
    return Total(trader, exports, currency, len(paid), out, len(landed), back, tuple(marks), split)


def splitting(held: Sequence[Held], limit: Decimal | None, within: int) -> Split | None:
    """The most that papers of one role, each below the limit, come to within so many days; None where that is less than
    the limit, or fewer than `LEAST` papers.
    """
    if limit is None:
        return None
    found = [one for role in ("instrument", "declaration") for one in _runs(held, role, limit, within)]
    fitting = [one for one in found if one.papers >= LEAST and one.total >= limit]
    return max(fitting, key=lambda one: one.total, default=None)


def _runs(held: Iterable[Held], role: str, limit: Decimal, within: int) -> Iterator[Split]:
    """For each paper below the limit: it and those of the days before it that are not too far away."""
    below = sorted(
        (one for one in held if one.role == role and _worth(one.amount) < limit and _day(one.day)),
        key=lambda one: one.day,
    )
    start, added = 0, 0
    for place, one in enumerate(below):
        added += one.amount
        while (date.fromisoformat(one.day) - date.fromisoformat(below[start].day)).days >= within:
            added -= below[start].amount
            start += 1
        yield Split(role, place - start + 1, _worth(added), below[start].day, one.day)


def _day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _sum(held: Iterable[Held]) -> Decimal:
    return _worth(sum(one.amount for one in held))


def _worth(amount: int) -> Decimal:
    return Decimal(amount) / TEN_THOUSANDTHS
