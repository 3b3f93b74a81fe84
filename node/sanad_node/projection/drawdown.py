"""What entries of draw-downs do to the projections: instruments, what they stood at after each act, draws, releases.

Amounts stay masked here: the tables follow from the log alone, and two nodes have the same whatever key they hold.
"""

from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from sanad_node.store import ledger_tables as t
from sanad_verifier.drawdown_words import AMOUNT_BITS, AmendWord, DrawWord, OpenWord, ReturnWord
from sanad_verifier.entries import Entry, Kind

AMOUNT = AMOUNT_BITS // 8
_STANDS = select(t.instruments).where(t.instruments.c.number == bindparam("instrument"))
_CHANGE = update(t.instruments).where(t.instruments.c.number == bindparam("instrument"))


class DrawdownProjection:
    """Applies entries of draw-downs to one connection's transaction, in order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def apply(self, index: int, entry: Entry) -> None:
        """An `OPEN`, `DRAW`, `RETURN`, `RELEASE` or `AMEND` entry."""
        match entry.kind:
            case Kind.OPEN:
                self._open(index, entry)
            case Kind.DRAW:
                self._draw(index, entry)
            case Kind.RETURN:
                self._return(index, entry)
            case Kind.AMEND:
                word = AmendWord.unpack(entry.data)
                total = packed(word.total)
                self._step(
                    index, entry, word.instrument, total=total, digest=entry.subject, expires=word.expires
                )
            case _:
                self._connection.execute(
                    insert(t.releases).values(
                        issuer=int.from_bytes(entry.data),
                        doc_type=entry.doc_type,
                        key=entry.related,
                        digest=entry.subject,
                        entry=index,
                        time=entry.time,
                    )
                )

    def _open(self, index: int, entry: Entry) -> None:
        word = OpenWord.unpack(entry.data)
        opened = self._connection.execute(select(func.max(t.instruments.c.number))).scalar() or 0
        stands = {
            "digest": entry.subject,
            "total": packed(word.total),
            "drawn": packed(0),
            "expires": word.expires,
        }
        self._connection.execute(
            insert(t.instruments).values(
                number=opened + 1,
                doc_type=entry.doc_type,
                issuer=entry.formation,
                key=entry.related,
                measure=word.measure.pack(),
                entry=index,
                time=entry.time,
                **stands,
            )
        )
        self._connection.execute(
            insert(t.instrument_steps).values(instrument=opened + 1, entry=index, **stands)
        )

    def _draw(self, index: int, entry: Entry) -> None:
        word = DrawWord.unpack(entry.data)
        self._connection.execute(
            insert(t.draws).values(
                instrument=word.instrument,
                entry=index,
                issuer=entry.formation,
                doc_type=entry.doc_type,
                digest=entry.subject,
                key=entry.related,
                amount=packed(word.amount),
                time=entry.time,
                returned=None,
            )
        )
        self._step(index, entry, word.instrument, more=word.amount)

    def _return(self, index: int, entry: Entry) -> None:
        """Of several formations' declarations of one digest and number, the draw that is still live is meant: whoever
        acts may stand for the issuer, and the amount says the rest.
        """
        word = ReturnWord.unpack(entry.data)
        meant = (
            select(t.draws.c.entry)
            .where(
                t.draws.c.instrument == word.instrument,
                t.draws.c.digest == entry.subject,
                t.draws.c.key == entry.related,
                t.draws.c.doc_type == entry.doc_type,
                t.draws.c.amount == packed(word.amount),
                t.draws.c.returned.is_(None),
            )
            .order_by(t.draws.c.entry)
            .limit(1)
        )
        drawn = self._connection.execute(meant).scalar()
        self._connection.execute(
            update(t.draws)
            .where(t.draws.c.instrument == word.instrument, t.draws.c.entry == drawn)
            .values(returned=index)
        )
        self._step(index, entry, word.instrument, more=-word.amount)

    def _step(self, index: int, entry: Entry, instrument: int, more: int = 0, **changed: Any) -> None:
        """What an act changes of an instrument, and what the instrument has come to by it."""
        stands = self._connection.execute(_STANDS, {"instrument": instrument}).one()
        now = {
            "digest": stands.digest,
            "total": stands.total,
            "drawn": packed(int.from_bytes(stands.drawn) + more),
            "expires": stands.expires,
            **changed,
        }
        self._connection.execute(_CHANGE.values(time=entry.time, **now), {"instrument": instrument})
        self._connection.execute(insert(t.instrument_steps).values(instrument=instrument, entry=index, **now))


def packed(amount: int) -> bytes:
    """A masked amount as a column holds it."""
    return amount.to_bytes(AMOUNT)
