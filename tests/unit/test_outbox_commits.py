"""Group commit of the outbox: callers that arrive together share commits, and none of them waits for ever."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, event

from sanad_node.pipeline.outbox import COMMIT_AT_MOST, IdempotencyKeyReused, Outbox, Request
from sanad_testkit.stores import Databases

CLIENTS = 16


def request(key: str, body: str = "") -> Request:
    return Request(key, hashlib.sha256((body or key).encode()).digest(), bytes(20), "Ledger", b"call")


@pytest.fixture
def office(databases: Databases) -> Engine:
    return databases.open("office")


@pytest.fixture
def commits(office: Engine) -> list[object]:
    seen: list[object] = []
    event.listen(office, "commit", seen.append)
    return seen


class Gate:
    """A clock that holds the first commit until told to go on; then it does what it was told."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        self._then = then

    def __call__(self) -> float:
        if not self.reached.is_set():
            self.reached.set()
            assert self.open.wait(30)
            self._then()
        return 1_700_000_000.0


def waiting(outbox: Outbox, count: int) -> bool:
    """Whether so many calls are in the outbox's queue; asked again until they are."""
    for _ in range(10_000):
        if outbox._group.waiting == count:
            return True
        threading.Event().wait(0.001)
    return False


def test_callers_that_arrive_during_a_commit_share_the_next_one(
    office: Engine, commits: list[object]
) -> None:
    gate = Gate()
    outbox = Outbox(office, gate)
    with ThreadPoolExecutor(CLIENTS) as pool:
        first = pool.submit(outbox.accept, request("first"))
        assert gate.reached.wait(30)
        others = [pool.submit(outbox.accept, request(f"act {n}")) for n in range(CLIENTS - 1)]
        assert waiting(outbox, CLIENTS)
        gate.open.set()
        acts = [future.result(timeout=30) for future in [first, *others]]
    assert len(commits) == 2
    assert {act.key for act in acts} == {"first", *(f"act {n}" for n in range(CLIENTS - 1))}
    assert len({act.id for act in acts}) == CLIENTS


def test_many_clients_one_after_the_other_lose_and_double_nothing(office: Engine) -> None:
    outbox = Outbox(office, lambda: 0)

    def client(name: int) -> list[int]:
        return [outbox.accept(request(f"{name}/{n}")).id for n in range(25)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        numbers = [number for made in pool.map(client, range(CLIENTS)) for number in made]
    assert sorted(numbers) == list(range(1, CLIENTS * 25 + 1))


def test_a_call_larger_than_a_commit_keeps_its_order(office: Engine, commits: list[object]) -> None:
    requests = [request(f"act {n}") for n in range(2 * COMMIT_AT_MOST + 1)]
    acts = Outbox(office, lambda: 0).accept_all(requests)
    assert [act.key for act in acts] == [r.key for r in requests]
    assert [act.id for act in acts] == sorted(act.id for act in acts)
    assert len(commits) == 3


def test_a_request_twice_in_one_commit_is_one_act(office: Engine) -> None:
    one, again = Outbox(office, lambda: 0).accept_all([request("key"), request("key")])
    assert (one.id, one.replayed, again.replayed) == (again.id, False, True)


def test_another_request_under_the_same_key_in_one_commit_is_refused_alone(office: Engine) -> None:
    outbox = Outbox(office, lambda: 0)
    with pytest.raises(IdempotencyKeyReused):
        outbox.accept_all([request("key", "this"), request("key", "that"), request("other")])
    stored = outbox.accept_all([request("key", "this"), request("other")])
    assert [act.replayed for act in stored] == [True, True]


def test_nothing_to_store_is_stored_at_once(office: Engine, commits: list[object]) -> None:
    assert Outbox(office, lambda: 0).accept_all([]) == []
    assert commits == []


def test_an_interrupted_leader_leaves_nothing_and_lets_the_others_go_on(office: Engine) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    gate = Gate(interrupt)
    outbox = Outbox(office, gate)
    with ThreadPoolExecutor(CLIENTS) as pool:
        leader = pool.submit(outbox.accept, request("leader"))
        assert gate.reached.wait(30)
        others = [pool.submit(outbox.accept, request(f"act {n}")) for n in range(CLIENTS - 1)]
        assert waiting(outbox, CLIENTS)
        gate.open.set()
        assert isinstance(leader.exception(timeout=30), KeyboardInterrupt)
        assert [future.result(timeout=30).replayed for future in others] == [False] * (CLIENTS - 1)
    assert outbox.find("leader") is None
    assert outbox.accept(request("leader")).state == "accepted"
