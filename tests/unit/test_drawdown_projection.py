"""What instruments stood at, from the projections, against adding up the log from its beginning each time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert

from sanad_node.drawdown.accounts import size_at
from sanad_node.drawdown.reading import DrawdownReader
from sanad_node.projection.apply import Projection
from sanad_node.reading import LedgerReader
from sanad_node.store.database import open_database
from sanad_node.store.ledger_tables import blocks, cursor
from sanad_verifier.digests import sha256
from sanad_verifier.drawdown_words import AmendWord, Counts, DrawWord, Measure, OpenWord, ReturnWord
from sanad_verifier.entries import Entry, Kind, decode_entry, encode_entry

DOLLARS = Measure(Counts.CURRENCY, 2, "USD")
KEY, BANK, CUSTOMS = b"\x44" * 20, 3, 4
BEGAN = 1_790_000_000
SIZE = 160


@dataclass(frozen=True)
class Made:
    reader: DrawdownReader
    ledger: LedgerReader
    log: list[bytes]


def a_log(chance: Random) -> list[bytes]:
    """Openings, draws, returns, releases and amendments of four instruments, as the contract could take them."""
    log: list[bytes] = []
    live: list[tuple[int, bytes, int]] = []

    def put(kind: Kind, doc_type: str, by: int, subject: bytes, related: bytes, data: bytes) -> None:
        time = BEGAN + len(log) // 3  # several entries share a second
        log.append(encode_entry(Entry(kind, KEY, by, doc_type, subject, related, data, time)))

    for number in range(1, 5):
        paper, mark = sha256(b"paper %d" % number), sha256(b"mark %d" % number)
        put(Kind.OPEN, "PSW_FI", BANK, paper, mark, OpenWord(10**6, DOLLARS, 2**32).pack())
    while len(log) < SIZE:
        number, serial = chance.randint(1, 4), len(log)
        digest, mark = sha256(b"version %d" % serial), sha256(b"number %d" % serial)
        match chance.choice("dddrrxa"):
            case "d":
                amount = chance.randint(1, 10**4)
                put(
                    Kind.DRAW,
                    "GOODS_DECLARATION",
                    CUSTOMS,
                    digest,
                    mark,
                    DrawWord(amount, DOLLARS, number).pack(),
                )
                live.append((number, log[-1], amount))
            case "r" if live:
                number, drew, amount = live.pop(chance.randrange(len(live)))
                of = decode_entry(drew)
                word = ReturnWord(amount, 6, number).pack()
                put(Kind.RETURN, "GOODS_DECLARATION", CUSTOMS, of.subject, of.related, word)
            case "x":
                put(Kind.RELEASE, "GOODS_DECLARATION", CUSTOMS, digest, mark, CUSTOMS.to_bytes(32))
            case "a":
                word = AmendWord(10**6 + serial, number, 2**32 + serial).pack()
                put(Kind.AMEND, "PSW_FI", BANK, digest, bytes(32), word)
    return log


@pytest.fixture(scope="module", params=range(3))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder: Path = tmp_path_factory.mktemp("projection")
    log = a_log(Random(request.param))
    database = open_database("ledger", folder / "ledger.db")
    with database.begin() as connection:
        projection = Projection(connection, 0, folder)
        for index, raw in enumerate(log):
            projection.append(index, raw, index, sha256(raw))
        projection.flush()
        now = {"id": 1, "block": len(log) - 1, "hash": bytes(32), "time": BEGAN, "size": len(log), "final": 0}
        connection.execute(insert(cursor), now)
        rows = [
            {"number": n, "hash": bytes(32), "time": decode_entry(raw).time, "size": n + 1}
            for n, raw in enumerate(log)
        ]
        connection.execute(insert(blocks), rows)
    yield Made(DrawdownReader(database), LedgerReader(database), log)
    database.dispose()


def added_up(log: list[bytes]) -> dict[int, tuple[int, int, int]]:
    """Total, drawn and expiry of each instrument, by going through everything."""
    stands: dict[int, tuple[int, int, int]] = {}
    for raw in log:
        entry = decode_entry(raw)
        match entry.kind:
            case Kind.OPEN:
                opened = OpenWord.unpack(entry.data)
                stands[len(stands) + 1] = (opened.total, 0, opened.expires)
            case Kind.DRAW | Kind.RETURN:
                sign = 1 if entry.kind is Kind.DRAW else -1
                word = (DrawWord if sign > 0 else ReturnWord).unpack(entry.data)
                total, drawn, expires = stands[word.instrument]
                stands[word.instrument] = (total, drawn + sign * word.amount, expires)
            case Kind.AMEND:
                amended = AmendWord.unpack(entry.data)
                stands[amended.instrument] = (amended.total, stands[amended.instrument][1], amended.expires)
            case _:
                pass
    return stands


def test_an_instrument_stood_at_every_size_at_what_the_log_up_to_there_adds_up_to(made: Made) -> None:
    for size in range(SIZE + 1):
        expected = added_up(made.log[:size])
        for number in range(1, 5):
            stood = made.reader.stood(number, size)
            told = None if stood is None else (stood.total, stood.drawn, stood.expires)
            assert told == expected.get(number), (size, number)


def test_it_stands_now_where_it_stood_last_and_its_live_draws_are_what_is_drawn(made: Made) -> None:
    for number in range(1, 5):
        now, last = made.reader.instrument(number), made.reader.stood(number, SIZE)
        assert now is not None
        assert last is not None
        assert (now.total, now.drawn, now.expires, now.digest) == (
            last.total,
            last.drawn,
            last.expires,
            last.digest,
        )
        draws = made.reader.draws_from(number, most=SIZE)
        assert sum(one.amount for one in draws if one.returned is None) == now.drawn
        assert [one.entry for one in draws] == sorted((one.entry for one in draws), reverse=True)


def test_a_time_is_the_newest_block_and_the_last_entry_of_that_second(made: Made) -> None:
    times = [decode_entry(raw).time for raw in made.log]
    for time in range(BEGAN - 1, times[-1] + 2):
        expected = sum(one <= time for one in times)
        block = made.reader.at_time(time)
        assert (0 if block is None else block.size) == expected
        assert size_at(made.ledger, time) == expected  # where no blocks are known
