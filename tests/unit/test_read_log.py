"""The read log: every read is on the disk before it is answered, nothing is changed or removed unnoticed, and what is
said of who reads in bulk is what a slow count says.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, update

from sanad_node.reads import asking, log
from sanad_node.reads.log import (
    DAY,
    LEAST_DAYS,
    NOTHING,
    Read,
    ReadLog,
    ReadLogBroken,
    ReadsTooYoung,
    mark_of,
)
from sanad_node.reads.looking import listed, looking, missed, shown
from sanad_node.store.database import open_database
from sanad_node.store.read_tables import reads
from sanad_testkit.failing_commits import When, disk_error, fail_once
from sanad_testkit.stores import Databases
from sanad_verifier.errors import EnvironmentFault

START = 1_790_000_000
SPEC = Path(__file__).parents[2] / "docs/spec/read-log.md"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(databases: Databases) -> Engine:
    return databases.open("office")


def made(office: Engine, clock: Clock, count: int = 3) -> ReadLog:
    book = ReadLog(office, clock, window=3600)
    for number in range(count):
        book.keep(user=7, name="officer", formation="PORT", what="GET /v1/documents", things=number)
        clock.now += 1
    return book


def test_records_are_numbered_chained_and_whole(office: Engine, clock: Clock) -> None:
    made(office, clock)
    whole = log.check(office)
    assert (whole.first, whole.last) == (1, 3)
    mark = NOTHING
    with office.connect() as connection:
        for row in connection.execute(select(reads).order_by(reads.c.seq)):
            one = log.record_of(row)
            mark = mark_of(mark, one.seq, one.read)
            assert one.mark == mark
    assert whole.mark == mark


CHANGES: dict[str, Callable[[], Any]] = {
    "another-account": lambda: update(reads).where(reads.c.seq == 2).values(name="somebody"),
    "fewer-things": lambda: update(reads).where(reads.c.seq == 2).values(things=0),
    "one-missing": lambda: delete(reads).where(reads.c.seq == 2),
    "renumbered": lambda: update(reads).where(reads.c.seq == 3).values(seq=4),
    "first-missing": lambda: delete(reads).where(reads.c.seq == 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_record_that_is_changed_or_missing_is_named(office: Engine, clock: Clock, name: str) -> None:
    made(office, clock)
    log.check(office)  # honest: so only the change can fail
    with office.begin() as connection:
        connection.execute(CHANGES[name]())
    with pytest.raises(ReadLogBroken) as error:
        log.check(office)
    assert error.value.field in {"1", "2", "3"}


def test_a_log_that_was_written_anew_or_cut_off_is_found_out_by_a_mark_that_was_kept(
    office: Engine, clock: Clock
) -> None:
    made(office, clock)
    kept = log.check(office).mark
    made(office, clock, 1)
    assert log.check(office, kept).last == 4
    with office.begin() as connection:
        connection.execute(delete(reads).where(reads.c.seq > 2))
    assert log.check(office).last == 2  # by itself a log that was cut off looks whole
    with pytest.raises(ReadLogBroken):
        log.check(office, kept)


def test_threads_that_read_together_make_one_line_of_records(office: Engine, clock: Clock) -> None:
    book = ReadLog(office, clock, window=3600)
    other = ReadLog(office, clock, window=3600)  # another process has a log object of its own

    def read(by: ReadLog) -> None:
        for _ in range(10):
            by.keep(user=1, name="a", formation="", what="x", things=1)

    threads = [Thread(target=read, args=(one,)) for one in (book, book, other, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.check(office).last == 40


@pytest.mark.parametrize("when", ["commit", "after_commit"])
def test_a_read_whose_record_failed_is_not_answered_and_may_be_recorded_twice_never_lost(
    office: Engine, clock: Clock, when: When
) -> None:
    book = made(office, clock, 1)
    fail_once(office, when, disk_error(office))
    with pytest.raises(EnvironmentFault):
        book.keep(user=7, name="officer", formation="", what="x", things=1)
    book.keep(user=7, name="officer", formation="", what="x", things=1)
    assert log.check(office).last == (2 if when == "commit" else 3)


def test_old_records_are_forgotten_on_the_record_and_the_rest_is_still_whole(
    office: Engine, clock: Clock
) -> None:
    made(office, clock)
    kept = log.check(office).mark
    clock.now += (LEAST_DAYS + 1) * DAY
    made(office, clock, 2)
    with pytest.raises(ReadsTooYoung):
        log.forget(office, clock, LEAST_DAYS - 1, window=3600)
    gone, record = log.forget(office, clock, LEAST_DAYS, window=3600)
    assert (gone, record.seq, record.read.what) == (3, 6, "forget")
    whole = log.check(office, kept)  # the last that is gone is still known by its mark
    assert (whole.first, whole.last) == (4, 6)
    assert log.forget(office, clock, LEAST_DAYS, window=3600)[0] == 0
    made(office, clock, 1)
    assert log.check(office).last == 8


def test_a_log_that_is_not_whole_forgets_nothing(office: Engine, clock: Clock) -> None:
    made(office, clock)
    clock.now += (LEAST_DAYS + 1) * DAY
    with office.begin() as connection:
        connection.execute(update(reads).where(reads.c.seq == 1).values(name="somebody"))
    with pytest.raises(ReadLogBroken):
        log.forget(office, clock, LEAST_DAYS, window=3600)
    with office.connect() as connection:
        assert len(connection.execute(select(reads)).all()) == 3


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    office = open_database("office", tmp_path_factory.mktemp("reads") / "office.db")
    yield office
    office.dispose()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from([1, 2]), st.integers(0, 30)), min_size=1, max_size=12
    )
)
def test_who_reads_in_bulk_is_who_was_shown_more_in_the_window(
    plain: Engine, steps: list[tuple[int, int, int]]
) -> None:
    with plain.begin() as connection:
        connection.execute(delete(reads))
    clock = Clock()
    book = ReadLog(plain, clock, window=100)
    told: list[tuple[int, int, int]] = []

    def slow(user: int) -> int:
        return sum(n for at, who, n in told if who == user and at > clock.now - 100)

    for pause, user, things in steps:
        clock.now += pause
        assert book.keep(user=user, name=f"u{user}", formation="", what="x", things=things).before == slow(
            user
        )
        told.append((clock.now, user, things))
    found = {one.user: one.things for one in asking.in_bulk(plain, clock.now, bulk=20, window=100)}
    assert found == {user: slow(user) for user in (1, 2) if slow(user) > 20}
    assert {one.user: one.things for one in book.in_bulk(20)} == found
    begun_now = ReadLog(plain, clock, window=100)
    assert {one.user: one.things for one in begun_now.in_bulk(20)} == found


def test_a_page_goes_on_where_the_one_before_ended(office: Engine, clock: Clock) -> None:
    made(office, clock, 5)
    first, things, more = asking.page(office, limit=2)
    assert ([one.seq for one in first], things, more) == ([5, 4], 10, 4)
    rest, things, more = asking.page(office, limit=9, before=more)
    assert ([one.seq for one in rest], things, more) == ([3, 2, 1], 10, None)
    assert asking.page(office, name="nobody")[0] == []


def test_what_is_shown_while_a_request_is_answered_is_noted_for_it_alone() -> None:
    shown("elsewhere")
    with looking() as first:
        assert not first.anything
        missed("N-1")
        shown("ab")
        shown("ab")
        listed(3)
        with looking() as inner:
            listed(0)
        assert inner.anything
        assert (inner.count, inner.about) == (0, "")
    assert (first.about, first.count, first.missed) == ("ab", 4, "N-1")


def test_a_number_that_was_not_found_is_recorded_blinded_and_a_digest_as_it_is() -> None:
    key, digest = bytes(range(32)), "AB" * 32
    told = asking.as_recorded(key, "KAPW-1 17")
    assert told == asking.as_recorded(key, "kapw117") != asking.as_recorded(bytes(32), "KAPW-117")
    assert len(told) == 64
    assert asking.as_recorded(key, f"sha256:{digest}") == digest.lower()


def test_the_vector_of_the_specification() -> None:
    blocks = SPEC.read_text("utf-8").split("```json")[1:]
    told = json.loads(blocks[0].partition("```")[0])
    record, previous = told["record"], bytes.fromhex(told["previous"])
    read = Read(**{name: value for name, value in record.items() if name != "seq"})
    assert mark_of(previous, record["seq"], read).hex() == told["mark"]
