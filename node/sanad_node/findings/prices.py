"""What does the ledger have of the prices of the same goods? Medians by subheading, origin, unit and currency, as of
any size of the log.

Superseded and revoked declarations do not count from the entry that ended them on. The median of an even number of
prices is the mean of the two in the middle.
"""

from decimal import Decimal

from sqlalchemy import Engine as Database
from sqlalchemy import func, or_, select

from sanad_node.findings.noting import price_of
from sanad_node.store.finding_tables import declared_prices as t


class LedgerPrices:
    """Prices of the declarations that stand when the log has `size` entries. Asked again, it does not look again."""

    def __init__(self, office: Database, size: int) -> None:
        self._office = office
        self._standing = (t.c.entry < size, or_(t.c.ended.is_(None), t.c.ended >= size))
        self._known: dict[tuple[str, str, str, str], tuple[Decimal, int]] = {}

    def median(self, hs6: str, origin: str, unit: str, currency: str) -> tuple[Decimal, int]:
        """The median price, and of how many lines; (0, 0) where there is none."""
        goods = (hs6, origin, unit, currency)
        found = self._known.get(goods)
        if found is None:
            found = self._known[goods] = self._median(*goods)
        return found

    def _median(self, hs6: str, origin: str, unit: str, currency: str) -> tuple[Decimal, int]:
        same = (t.c.hs6 == hs6, t.c.origin == origin, t.c.unit == unit, t.c.currency == currency)
        with self._office.connect() as connection:
            count = connection.execute(select(func.count()).where(*same, *self._standing)).scalar_one()
            if not count:
                return Decimal(0), 0
            middle = (
                select(t.c.price)
                .where(*same, *self._standing)
                .order_by(t.c.price)
                .offset((count - 1) // 2)
                .limit(2 - count % 2)
            )
            prices = [price_of(one) for one in connection.execute(middle).scalars()]
        return sum(prices, Decimal(0)) / len(prices), int(count)
