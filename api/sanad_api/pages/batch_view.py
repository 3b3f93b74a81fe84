"""A batch as its page shows it: how far it has come, what became of its rows, and which of them are shown."""

from dataclasses import dataclass
from urllib.parse import urlencode

from sanad_node.batch_jobs import RowState
from sanad_node.wire import BatchView

OUTCOMES: tuple[RowState, ...] = ("final", "anchored", "accepted", "already", "refused", "failed")
"""What can become of a row, the good first."""
UNSETTLED = ("accepted", "anchored")
SETTLED = tuple(name for name in OUTCOMES if name not in UNSETTLED)
TROUBLED = ("failed", "refused")
GOING_ON = frozenset({"waiting", "running"})


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows came to one outcome, and where they are listed."""

    outcome: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class BatchShown:
    """`settled` of `checked` rows have come to an outcome that stays."""

    told: BatchView
    settled: int
    checked: int
    tallies: tuple[Tally, ...]
    outcome: str
    troubled: int

    @property
    def live(self) -> bool:
        """Whether it is worth looking again."""
        going_on = any(self.told.counts.get(name) for name in UNSETTLED)
        return going_on or self.told.state in GOING_ON

    @property
    def href(self) -> str:
        return f"/batches/{self.told.batch}"

    @property
    def settled_counts(self) -> str:
        """Which members of the batch, as the API tells it, make up `settled`."""
        return " ".join(f"counts.{name}" for name in SETTLED)

    @property
    def csv(self) -> str:
        return f"/v1/batches/{self.told.batch}/outcomes.csv"


def batch_shown(told: BatchView, outcome: str = "") -> BatchShown:
    """The batch, with the rows of `outcome` chosen; one that there is none of is as none chosen. While it goes on, any
    outcome may come yet, so each has its tally.
    """
    chosen = outcome if outcome in OUTCOMES else ""
    names = [*OUTCOMES, *(name for name in told.counts if name not in OUTCOMES)]
    tallies = tuple(
        Tally(name, told.counts[name], row_address(told, name), name == chosen)
        for name in names
        if told.counts.get(name) or (name in told.counts and (name == chosen or told.state in GOING_ON))
    )
    return BatchShown(
        told,
        sum(count for name, count in told.counts.items() if name in SETTLED),
        max(told.checked, sum(told.counts.values())),
        tallies,
        chosen,
        sum(told.counts.get(name, 0) for name in TROUBLED),
    )


def row_address(told: BatchView, outcome: str = "", after: int | None = None) -> str:
    """Where rows of an outcome (all, if empty) behind a place are listed."""
    query = {"outcome": outcome} if outcome else {}
    if after is not None:
        query["after"] = str(after)
    return f"/batches/{told.batch}" + (f"?{urlencode(query)}" if query else "") + "#rows"
