"""A PostgreSQL server that is cut off, stopped or killed: what was acknowledged is there, once, and the rest is not."""

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import Engine, func, select, text

from sanad_node.durable import DiskFull
from sanad_node.pipeline.outbox import Act, Fact, Outbox, Request
from sanad_node.store.database import brought_up_to_date
from sanad_node.store.examining import examine_store
from sanad_node.store.faults import StoreBusy, StoreUnreachable
from sanad_node.store.office_tables import outbox, papers
from sanad_node.store.opening import Store
from sanad_node.store.questions import Question
from sanad_node.store.repeating import repeated
from sanad_node.store.server import connect, engine_over
from sanad_testkit.cutting import CuttingProxy, Moment
from sanad_testkit.engines import small_disk
from sanad_testkit.postgres import PostgresServer
from sanad_testkit.stores import Databases
from sanad_verifier.errors import EnvironmentFault

CLIENTS, ACTS = 8, 40
COUNT = Question(select(func.count().label("acts")).select_from(outbox))


def request(key: str) -> Request:
    digest = hashlib.sha256(key.encode()).digest()
    paper = {"digest": digest, "doc_type": "FILE", "formation": "CELL", "number": key, "name": key, "kept": 0}
    return Request(key, digest, bytes(20), "Ledger", b"call", (Fact(papers, (paper,)),))


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of this test's own, which it may kill."""
    made = PostgresServer()
    made.start()
    yield made
    made.close()


@pytest.fixture
def wire(postgres: PostgresServer) -> Iterator[CuttingProxy]:
    with CuttingProxy(postgres.port) as proxy:
        yield proxy


@pytest.fixture
def office(postgres: PostgresServer, wire: CuttingProxy, tmp_path: Path) -> Iterator[Engine]:
    """An office database at the other end of the wire."""
    databases = Databases("postgresql", tmp_path, postgres)
    settings = postgres.settings(databases.name, wire.port)
    yield (engine := engine_over(partial(connect, settings, postgres.password, "office")))
    engine.dispose()
    databases.close()


def stored(office: Engine) -> dict[str, int]:
    """How often each key is there, with its act and with its paper."""
    with office.connect() as connection:
        acts = connection.execute(select(outbox.c.key)).scalars().all()
        numbers = connection.execute(select(papers.c.number)).scalars().all()
    assert sorted(acts) == sorted(numbers), "an act is there exactly when what belongs to it is"
    return {key: acts.count(key) for key in acts}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_act_whose_commit_is_cut_off_is_promised_once_and_as_new(
    office: Engine, wire: CuttingProxy, moment: Moment
) -> None:
    acts = Outbox(office, lambda: 0)
    assert not acts.accept(request("whole")).replayed
    wire.cut(moment)
    act = acts.accept(request("cut"))
    assert wire.cuts == 1
    assert (act.state, act.replayed) == ("accepted", False)
    assert acts.accept(request("cut")).replayed
    assert stored(office) == {"whole": 1, "cut": 1}


def test_two_requests_of_one_key_in_a_commit_that_is_cut_off_are_one_act(
    office: Engine, wire: CuttingProxy
) -> None:
    wire.cut("after")
    one, again = Outbox(office, lambda: 0).accept_all([request("key"), request("key")])
    assert (one.id, one.replayed, again.replayed) == (again.id, False, True)
    assert stored(office) == {"key": 1}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_commit_that_is_cut_off_time_and_again_is_heard_and_asked_again_gives_the_act_once(
    office: Engine, wire: CuttingProxy, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated, "__kwdefaults__", {"patience": 0.0})
    acts = Outbox(office, lambda: 0)
    wire.cut(moment)
    with pytest.raises(StoreUnreachable) as lost:
        acts.accept(request("key"))
    assert (lost.value.code, lost.value.field) == ("STORE_UNREACHABLE", "store")
    assert acts.accept(request("key")).replayed == (moment == "after")
    assert stored(office) == {"key": 1}


def test_a_question_over_a_connection_that_was_cut_is_asked_again(office: Engine, wire: CuttingProxy) -> None:
    assert COUNT.first(office).acts == 0
    wire.cut_all()
    assert COUNT.first(office).acts == 0


def test_a_server_that_cannot_be_reached_is_said_so_and_answers_when_it_can(
    office: Engine, wire: CuttingProxy
) -> None:
    assert COUNT.first(office).acts == 0
    wire.refusing = True
    wire.cut_all()
    with pytest.raises(StoreUnreachable):
        COUNT.first(office)
    with pytest.raises(StoreUnreachable), office.connect():
        pass
    wire.refusing = False
    assert COUNT.first(office).acts == 0
    with office.connect() as connection:
        assert connection.execute(select(outbox)).all() == []


def test_a_transaction_that_was_cut_off_leaves_nothing(office: Engine, wire: CuttingProxy) -> None:
    row = {"digest": bytes(32), "doc_type": "FILE", "formation": "CELL", "number": "1", "name": "", "kept": 0}
    connection = office.connect()
    connection.execute(papers.insert(), row)
    wire.cut_all()
    with pytest.raises(StoreUnreachable):
        connection.execute(papers.insert(), {**row, "digest": b"2" * 32})
    connection.close()
    assert stored(office) == {}


@pytest.mark.slow
def test_acts_while_the_server_is_killed_again_and_again_are_each_there_once(server: PostgresServer) -> None:
    """B6 of the bars: whoever was told that an act is promised finds it, whole, however often the server dies."""
    name = server.create_database()
    server.execute("CREATE SCHEMA office", name)
    engine = engine_over(partial(connect, server.settings(name), server.password, "office"))
    brought_up_to_date("office", engine)
    acts, promised, kills = Outbox(engine, lambda: 0), [], 3
    lock, progress = threading.Lock(), threading.Condition()

    def client(number: int) -> None:
        for n in range(ACTS):
            act = acts.accept(request(f"{number}/{n}"))
            with lock:
                promised.append(act)
            with progress:
                progress.notify_all()

    def reached(kill: int) -> bool:
        return len(promised) > kill * CLIENTS * ACTS // (kills + 2)

    def killer() -> None:
        for kill in range(1, kills + 1):
            with progress:
                assert progress.wait_for(partial(reached, kill), 60)
            server.kill()
            server.start()

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        ending = [pool.submit(killer), *(pool.submit(client, number) for number in range(CLIENTS))]
        for one in ending:
            one.result(120)
    assert len(promised) == CLIENTS * ACTS
    assert stored(engine) == {f"{number}/{n}": 1 for number in range(CLIENTS) for n in range(ACTS)}
    assert {(act.id, act.key) for act in promised} == set(_numbered(engine))
    assert not any(act.replayed for act in promised)
    engine.dispose()
    assert server.log.count("automatic recovery in progress") == kills


def _numbered(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        return [(row.id, row.key) for row in connection.execute(select(outbox.c.id, outbox.c.key))]


def test_a_server_that_is_stopped_in_order_and_started_delays_an_act(server: PostgresServer) -> None:
    name = server.create_database()
    server.execute("CREATE SCHEMA office", name)
    engine = engine_over(partial(connect, server.settings(name), server.password, "office"))
    acts = Outbox(brought_up_to_date("office", engine), lambda: 0)
    acts.accept(request("before"))
    server.stop()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(acts.accept, request("meanwhile"))
        server.start()
        act: Act = waiting.result(30)
    assert act.state == "accepted"
    assert stored(engine) == {"before": 1, "meanwhile": 1}
    engine.dispose()


def test_a_lock_and_a_statement_that_take_too_long_are_given_up(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    databases = Databases("postgresql", tmp_path, postgres)
    settings = type(postgres.settings(databases.name))(
        postgres.url(databases.name), statement_seconds=2, lock_seconds=1
    )
    engine = engine_over(partial(connect, settings, postgres.password, "office"))
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StoreBusy) as locked, engine.connect() as other:
            other.execute(select(outbox))
        assert "locked" in locked.value.message
    with pytest.raises(StoreBusy) as slow, engine.connect() as other:
        other.execute(text("SELECT pg_sleep(10)"))
    assert "too long" in slow.value.message
    with engine.connect() as other:
        assert other.execute(select(outbox)).all() == []
    engine.dispose()
    databases.close()


def test_two_transactions_in_each_other_s_way_are_both_whole_in_the_end(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    databases = Databases("postgresql", tmp_path, postgres)
    engine = databases.open("office")
    Outbox(engine, lambda: 0).accept_all([request("one"), request("two")])
    met = threading.Barrier(2)
    tries: list[str] = []

    def change(first: str, second: str) -> None:
        def once() -> None:
            tries.append(first)
            with engine.begin() as connection:
                for key in (first, second):
                    mine = outbox.c.key == key
                    connection.execute(outbox.update().where(mine).values(alone=outbox.c.alone + 1))
                    if len(tries) <= 2 and key == first:
                        met.wait(10)

        repeated(once)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(change, "one", "two"), pool.submit(change, "two", "one")]:
            one.result(30)
    with engine.connect() as connection:
        assert connection.execute(select(outbox.c.alone)).scalars().all() == [2, 2]
    assert len(tries) == 3, "one of them met a deadlock and was done again"
    databases.close()


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def never() -> None:
        tries.append(1)
        raise StoreUnreachable("gone", field="store")

    with pytest.raises(EnvironmentFault):
        repeated(never, patience=0.3)
    assert len(tries) > 1


def test_a_damaged_page_is_found_when_every_row_is_read(server: PostgresServer, tmp_path: Path) -> None:
    databases = Databases("postgresql", tmp_path, server)
    office, ledger = databases.open("office"), databases.open("ledger")
    Outbox(office, lambda: 0).accept_all([request(f"act {n}") for n in range(50)])
    store = cast(Store, SimpleNamespace())
    assert list(examine_store(store, office, ledger, deep=True)) == []
    file = server.data / server.execute("SELECT pg_relation_filepath('office.papers')", databases.name)[0][0]
    server.stop()
    with file.open("r+b") as pages:
        pages.write(b"\xff" * 512)
    server.start()
    assert list(examine_store(store, office, ledger)) == []
    (found,) = examine_store(store, office, ledger, deep=True)
    assert (found.code, found.what) == ("DATABASE_DAMAGED", "office.papers")
    databases.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount the small disk that is filled")
def test_an_act_that_finds_the_server_s_disk_full_is_not_promised_and_is_taken_when_there_is_room(
    server: PostgresServer, tmp_path: Path
) -> None:
    databases = Databases("postgresql", tmp_path, server)
    office = databases.open("office")
    acts = Outbox(office, lambda: 0)
    acts.accept(request("before"))
    with small_disk(server.folder / "small") as disk:
        shutil.chown(disk.folder, "nobody")
        server.execute(f"CREATE TABLESPACE small LOCATION '{disk.folder}'")
        server.execute("ALTER TABLE office.outbox SET TABLESPACE small", databases.name)
        disk.fill()
        with pytest.raises(DiskFull) as full:
            acts.accept_all([request(f"act {n}") for n in range(200)])
        assert full.value.field == "store"
        assert stored(office) == {"before": 1}
        disk.empty()
        acts.accept_all([request(f"act {n}") for n in range(200)])
        assert len(stored(office)) == 201
        databases.close()
        server.execute("DROP TABLESPACE small")
