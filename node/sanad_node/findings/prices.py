"""What does the ledger have of the prices of the same goods? Medians by subheading, origin, unit and currency, as of
any size of the log.

Superseded and revoked declarations do not count from the entry that ended them on. The median of an even number of
prices is the mean of the two in the middle.
"""

from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy import Engine as Database

from sanad_node.findings.noting import price_of
from sanad_node.store.finding_tables import declared_prices as t

Goods = tuple[str, str, str, str]
"""Subheading, origin, unit, currency."""


class LedgerPrices:
    """Prices of the declarations that stand when the log has `size` entries. Asked again, it does not look again.
    `counted`: all goods are counted at once, for who will ask about most of them.
    """

    def __init__(self, office: Database, size: int, *, counted: bool = False) -> None:
        self._office = office
        self._standing = (t.c.entry < size, or_(t.c.ended.is_(None), t.c.ended >= size))
        self._known: dict[Goods, tuple[Decimal, int]] = {}
        self._counts = self._all_counts() if counted else None

    def median(self, hs6: str, origin: str, unit: str, currency: str, least: int = 1) -> tuple[Decimal, int]:
        """The median price, and of how many lines; 0 and how many there are where they are fewer than `least`."""
        goods = (hs6, origin, unit, currency)
        found = self._known.get(goods)
        if found is None:
            count = self._count(goods)
            if count < least:
                return Decimal(0), count
            found = self._known[goods] = self._median(goods, count), count
        return found

    def _all_counts(self) -> dict[Goods, int]:
        goods = (t.c.hs6, t.c.origin, t.c.unit, t.c.currency)
        query = select(*goods, func.count().label("lines")).where(*self._standing).group_by(*goods)
        with self._office.connect() as connection:
            return {(r.hs6, r.origin, r.unit, r.currency): r.lines for r in connection.execute(query)}

    def _count(self, goods: Goods) -> int:
        if self._counts is not None:
            return self._counts.get(goods, 0)
        with self._office.connect() as connection:
            query = select(func.count()).where(*self._same(goods))
            return int(connection.execute(query).scalar_one())

    def _median(self, goods: Goods, count: int) -> Decimal:
        middle = (
            select(t.c.price)
            .where(*self._same(goods))
            .order_by(t.c.price)
            .offset((count - 1) // 2)
            .limit(2 - count % 2)
        )
        with self._office.connect() as connection:
            prices = [price_of(one) for one in connection.execute(middle).scalars()]
        return sum(prices, Decimal(0)) / len(prices)

    def _same(self, goods: Goods) -> tuple[ColumnElement[bool], ...]:
        hs6, origin, unit, currency = goods
        here = (t.c.hs6 == hs6, t.c.origin == origin, t.c.unit == unit, t.c.currency == currency)
        return (*here, *self._standing)
