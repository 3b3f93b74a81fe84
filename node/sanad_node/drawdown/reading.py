"""Questions to the projections about instruments: what one stands at, stood at, and what drew it down.

Amounts come masked, as the log has them; `accounts` reads them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import bindparam, func, select

from sanad_node.store import ledger_tables as t
from sanad_node.store.questions import Question
from sanad_verifier.digests import Digest
from sanad_verifier.drawdown_words import Measure

_BY_NUMBER = Question(select(t.instruments).where(t.instruments.c.number == bindparam("number")))
_BY_KEY = Question(
    select(t.instruments)
    .where(t.instruments.c.key == bindparam("key"))
    .order_by(t.instruments.c.number)
    .limit(20)
)
_STOOD = Question(
    select(t.instrument_steps)
    .where(
        t.instrument_steps.c.instrument == bindparam("number"), t.instrument_steps.c.entry < bindparam("size")
    )
    .order_by(t.instrument_steps.c.entry.desc())
    .limit(1)
)
_DRAWS = select(
    *t.draws.c,
    t.releases.c.entry.label("released"),
).select_from(
    t.draws.outerjoin(
        t.releases,
        (t.releases.c.issuer == t.draws.c.issuer)
        & (t.releases.c.doc_type == t.draws.c.doc_type)
        & (t.releases.c.key == t.draws.c.key),
    )
)
_OF_INSTRUMENT = Question(
    _DRAWS.where(t.draws.c.instrument == bindparam("number"), t.draws.c.entry < bindparam("before"))
    .order_by(t.draws.c.entry.desc())
    .limit(bindparam("most"))
)
_OF_DECLARATION = Question(
    _DRAWS.where(t.draws.c.digest == bindparam("digest")).order_by(t.draws.c.entry).limit(bindparam("most"))
)
_AFTER_BLOCK = Question(
    select(t.blocks.c.number, t.blocks.c.time, t.blocks.c.size)
    .where(t.blocks.c.number <= bindparam("number"))
    .order_by(t.blocks.c.number.desc())
    .limit(1)
)
_AFTER_TIME = Question(
    select(t.blocks.c.number, t.blocks.c.time, t.blocks.c.size)
    .where(t.blocks.c.time <= bindparam("time"))
    .order_by(t.blocks.c.time.desc(), t.blocks.c.number.desc())
    .limit(1)
)
NEWEST = 2**62
"""Beyond every place in a log."""


@dataclass(frozen=True, slots=True)
class InstrumentRecord:
    """An instrument as it stands. `total` and `drawn` are masked; `digest` is its present document's."""

    number: int
    doc_type: str
    issuer: int
    key: bytes
    digest: Digest
    measure: Measure
    total: int
    drawn: int
    expires: int
    entry: int
    time: int


@dataclass(frozen=True, slots=True)
class Stood:
    """What an instrument stood at after one of its acts; amounts are masked."""

    entry: int
    digest: Digest
    total: int
    drawn: int
    expires: int


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """What one version of a declaration drew. `returned` and `released` are places in the log, None where there is no
    such entry.
    """

    instrument: int
    entry: int
    issuer: int
    doc_type: str
    digest: Digest
    key: bytes
    amount: int
    time: int
    returned: int | None
    released: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A block, its time, and how many entries the log had after it."""

    block: int
    time: int
    size: int


class DrawdownReader:
    """Reads one ledger database; each method is one short read, whatever the ledger's size."""

    def __init__(self, ledger: Database) -> None:
        self._ledger = ledger

    def instrument(self, number: int) -> InstrumentRecord | None:
        """The instrument of a number, None if there is none."""
        row = _BY_NUMBER.first(self._ledger, number=number)
        return None if row is None else _instrument(row)

    def by_key(self, key: bytes) -> list[InstrumentRecord]:
        """The instruments of a blinded business key, first opened first; at most 20."""
        return [_instrument(row) for row in _BY_KEY.all(self._ledger, key=key)]

    def instruments(
        self, *, issuers: Collection[int] | None = None, before: int | None = None, most: int
    ) -> list[InstrumentRecord]:
        """The instruments (of some issuers), newest first."""
        query = select(t.instruments).order_by(t.instruments.c.number.desc()).limit(most)
        if issuers is not None:
            query = query.where(t.instruments.c.issuer.in_(issuers))
        if before is not None:
            query = query.where(t.instruments.c.number < before)
        with self._ledger.connect() as connection:
            return [_instrument(row) for row in connection.execute(query)]

    def stood(self, number: int, size: int) -> Stood | None:
        """What an instrument stood at when the log had `size` entries, None if it was not open yet."""
        row = _STOOD.first(self._ledger, number=number, size=size)
        if row is None:
            return None
        total, drawn = int.from_bytes(row.total), int.from_bytes(row.drawn)
        return Stood(row.entry, Digest(row.digest), total, drawn, row.expires)

    def draws_from(self, number: int, *, before: int = NEWEST, most: int) -> list[DrawRecord]:
        """What was drawn from an instrument by entries before a place in the log, newest first."""
        return [
            _draw(row) for row in _OF_INSTRUMENT.all(self._ledger, number=number, before=before, most=most)
        ]

    def draws_by(self, declaration: bytes, *, most: int = 100) -> list[DrawRecord]:
        """What this very version of a declaration drew, in order."""
        return [_draw(row) for row in _OF_DECLARATION.all(self._ledger, digest=declaration, most=most)]

    def count_draws(self, number: int, size: int) -> int:
        """How often an instrument was drawn while the log had up to `size` entries."""
        query = select(func.count()).where(t.draws.c.instrument == number, t.draws.c.entry < size)
        with self._ledger.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def at_block(self, number: int) -> Moment | None:
        """The newest block up to this one that the projections have, None before the first."""
        row = _AFTER_BLOCK.first(self._ledger, number=number)
        return None if row is None else Moment(row.number, row.time, row.size)

    def at_time(self, time: int) -> Moment | None:
        """The newest block of this time (seconds) or earlier, None before the first."""
        row = _AFTER_TIME.first(self._ledger, time=time)
        return None if row is None else Moment(row.number, row.time, row.size)


def _instrument(row: Any) -> InstrumentRecord:
    return InstrumentRecord(
        row.number,
        row.doc_type,
        row.issuer,
        row.key,
        Digest(row.digest),
        Measure.unpack(row.measure),
        int.from_bytes(row.total),
        int.from_bytes(row.drawn),
        row.expires,
        row.entry,
        row.time,
    )


def _draw(row: Any) -> DrawRecord:
    return DrawRecord(
        row.instrument,
        row.entry,
        row.issuer,
        row.doc_type,
        Digest(row.digest),
        row.key,
        int.from_bytes(row.amount),
        row.time,
        row.returned,
        row.released,
    )
