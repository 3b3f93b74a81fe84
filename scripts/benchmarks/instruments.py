"""Balances of instruments, now and as of a past moment, on a short ledger and a long one: they are not to grow."""

import hashlib
import math
import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, insert

from benchmarks.report import Report, rate_per_core
from sanad_node.drawdown import accounts
from sanad_node.drawdown.reading import DrawdownReader
from sanad_node.projection.apply import Projection
from sanad_node.store.database import open_database
from sanad_node.store.ledger_tables import blocks, cursor
from sanad_verifier.drawdown_words import Counts, DrawWord, Measure, OpenWord
from sanad_verifier.entries import Entry, Kind, encode_entry

ASKED, ROUNDS = 400, 5
DRAWS = 49
"""Draws of each instrument; with its opening, every entry of these ledgers is about instruments."""
BEGAN = 1_700_000_000
DOLLARS = Measure(Counts.CURRENCY, 2, "USD")
KEY = b"\x44" * 20
TOGETHER = 10_000


def measure(report: Report, scratch: Path, small: int, large: int) -> None:
    """The same questions to ledgers of two sizes, in milliseconds of processor time; and how many times dearer they
    became. The two are asked in turns, and the best round of each counts: other work of the machine disturbs both.
    """
    asked = []
    for size in (small, large):
        path = scratch / f"instruments-{size}.db"
        _fill(path, size)
        asked.append(_Asked(open_database("ledger", path), size))
    for name in ("balance", "balance_as_of"):
        took = [math.inf, math.inf]
        for _ in range(ROUNDS):
            for which, one in enumerate(asked):
                took[which] = min(took[which], 1000 / rate_per_core(ASKED, getattr(one, name)))
        for one, value in zip(asked, took, strict=True):
            report.add(f"{name}_at_{one.size // 1000}k", value, "ms", ASKED * ROUNDS)
        report.add(f"growth_{name}", took[1] / took[0], "times dearer", large)
    for one in asked:
        one.database.dispose()


class _Asked:
    """A ledger, and which of its instruments are asked for, as of when."""

    def __init__(self, database: Engine, size: int) -> None:
        self.database, self.size = database, size
        self._reader = DrawdownReader(database)
        chance = random.Random(7)
        self._numbers = [chance.randint(1, size // (DRAWS + 1)) for _ in range(ASKED)]
        self._times = [BEGAN + chance.randrange(size) for _ in range(ASKED)]

    def balance(self, i: int) -> None:
        number = self._numbers[i]
        one = self._reader.instrument(number)
        if one is None or len(self._reader.draws_from(number, most=accounts.MOST_DRAWS)) != DRAWS:
            raise SystemExit("the benchmark's instrument has not its draws")

    def balance_as_of(self, i: int) -> None:
        number, known = self._numbers[i], self._reader.at_time(self._times[i])
        past = 0 if known is None else known.size
        stood = self._reader.stood(number, past)
        drawn = self._reader.draws_from(number, before=past, most=accounts.MOST_DRAWS)
        if (stood is None) != (not drawn and past <= (number - 1) * (DRAWS + 1)):
            raise SystemExit("the benchmark's instrument stood at something else")


def _fill(path: Path, size: int) -> None:
    """A ledger database of so many entries, as the indexer would leave it."""
    database = open_database("ledger", path)
    entries = _entries(size)
    with database.begin() as connection:
        row = {"id": 1, "block": 0, "hash": bytes(32), "time": BEGAN, "size": size, "final": 0}
        connection.execute(insert(cursor), row)
    for first in range(0, size, TOGETHER):
        with database.begin() as connection:
            projection = Projection(connection, first, path.parent)
            for index in range(first, min(first + TOGETHER, size)):
                projection.append(index, next(entries), index, hashlib.sha256(b"%d" % index).digest())
            projection.flush()
            made = range(first, min(first + TOGETHER, size))
            connection.execute(
                insert(blocks),
                [{"number": n, "hash": bytes(32), "time": BEGAN + n, "size": n + 1} for n in made],
            )
    database.dispose()


def _entries(size: int) -> Iterator[bytes]:
    """One opening, then its draws; the next instrument."""
    for index in range(size):
        number, place = divmod(index, DRAWS + 1)
        digest, mark = (hashlib.sha256(b"%s %d" % (what, index)).digest() for what in (b"paper", b"mark"))
        if place == 0:
            kind, name, data = Kind.OPEN, "PSW_FI", OpenWord(2**170, DOLLARS, 2**32).pack()
        else:
            kind, name = Kind.DRAW, "GOODS_DECLARATION"
            data = DrawWord(2**160 + index, DOLLARS, number + 1).pack()
        yield encode_entry(Entry(kind, KEY, 4, name, digest, mark, data, BEGAN + index))
