"""Balances of instruments, now and as of a past moment, on a short ledger and a long one: they are not to grow."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert

from benchmarks.report import Report, milliseconds
from sanad_node.drawdown import accounts
from sanad_node.drawdown.reading import DrawdownReader
from sanad_node.projection.apply import Projection
from sanad_node.store.database import open_database
from sanad_node.store.ledger_tables import blocks, cursor
from sanad_verifier.drawdown_words import Counts, DrawWord, Measure, OpenWord
from sanad_verifier.entries import Entry, Kind, encode_entry

ASKED = 400
DRAWS = 49
"""Draws of each instrument; with its opening, every entry of these ledgers is about instruments."""
BEGAN = 1_700_000_000
DOLLARS = Measure(Counts.CURRENCY, 2, "USD")
KEY = b"\x44" * 20
TOGETHER = 10_000


def measure(report: Report, scratch: Path, small: int, large: int) -> None:
    """The same questions to ledgers of two sizes, in milliseconds; and how many times dearer they became."""
    took: dict[str, list[float]] = {}
    for size in (small, large):
        label = f"_at_{size // 1000}k"
        path = scratch / f"instruments-{size}.db"
        _fill(path, size)
        database = open_database("ledger", path)
        reader = DrawdownReader(database)
        chance = random.Random(7)
        numbers = [chance.randint(1, size // (DRAWS + 1)) for _ in range(ASKED)]
        times = [BEGAN + chance.randrange(size) for _ in range(ASKED)]

        def now(i: int, reader: DrawdownReader = reader, numbers: list[int] = numbers) -> None:
            one = reader.instrument(numbers[i])
            if one is None or len(reader.draws_from(numbers[i], most=accounts.MOST_DRAWS)) != DRAWS:
                raise SystemExit("the benchmark's instrument has not its draws")

        def then(
            i: int,
            reader: DrawdownReader = reader,
            numbers: list[int] = numbers,
            times: list[int] = times,
        ) -> None:
            known = reader.at_time(times[i])
            past = 0 if known is None else known.size
            stood = reader.stood(numbers[i], past)
            drawn = reader.draws_from(numbers[i], before=past, most=accounts.MOST_DRAWS)
            if (stood is None) != (not drawn and past <= (numbers[i] - 1) * (DRAWS + 1)):
                raise SystemExit("the benchmark's instrument stood at something else")

        for name, ask in (("balance", now), ("balance_as_of", then)):
            value = milliseconds(ASKED, ask)
            report.add(f"{name}{label}", value, "ms", ASKED)
            took.setdefault(name, []).append(value)
        database.dispose()
    for name, (short, long) in took.items():
        report.add(f"growth_{name}", long / short, "times dearer", large)


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
