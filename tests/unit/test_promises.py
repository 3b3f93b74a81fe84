"""Promises: orders that gather while a round is written are written together in the next, and each hears its own."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from sanad_api import promises as module
from sanad_api.promises import AT_MOST, Promises

Promise = Callable[[Any, Sequence[Any]], list[Any]]


class Rounds:
    """Notes what is promised together; the first round waits until it is let go."""

    def __init__(self) -> None:
        self.taken: list[list[Any]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, _node: object, orders: Sequence[Any]) -> list[Any]:
        self.taken.append(list(orders))
        self.begun.set()
        assert self.go.wait(30)
        return [ValueError(one) if one == "bad" else f"act of {one}" for one in orders]


def kept(monkeypatch: pytest.MonkeyPatch, promise: Promise, first: str, *others: str) -> list[Any]:
    """What each hears, if the others come while the first one's round is written."""

    async def ask() -> list[Any]:
        monkeypatch.setattr(module, "promise", promise)
        promises = Promises(cast(Any, None))
        asked = [asyncio.create_task(promises.keep(cast(Any, first)))]
        if isinstance(promise, Rounds):
            assert await asyncio.to_thread(promise.begun.wait, 30)
        asked += [asyncio.create_task(promises.keep(cast(Any, one))) for one in others]
        await asyncio.sleep(0)  # each is in the queue
        if isinstance(promise, Rounds):
            promise.go.set()
        return list(await asyncio.gather(*asked, return_exceptions=True))

    return asyncio.run(ask())


def test_those_that_come_while_a_round_is_written_go_together_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds = Rounds()
    assert kept(monkeypatch, rounds, "a", "b", "c") == ["act of a", "act of b", "act of c"]
    assert rounds.taken == [["a"], ["b", "c"]]


def test_a_round_is_bounded_and_keeps_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds, names = Rounds(), [f"n{number}" for number in range(2 * AT_MOST + 1)]
    heard = kept(monkeypatch, rounds, *names)
    assert heard == [f"act of {name}" for name in names]
    assert rounds.taken == [names[:1], names[1 : AT_MOST + 1], names[AT_MOST + 1 :]]


def test_what_cannot_be_promised_is_heard_by_its_own_caller_only(monkeypatch: pytest.MonkeyPatch) -> None:
    one, bad, other = kept(monkeypatch, Rounds(), "a", "bad", "b")
    assert (one, other) == ("act of a", "act of b")
    assert isinstance(bad, ValueError)


def test_a_round_that_fails_as_a_whole_is_heard_by_all_of_it_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[Sequence[Any]] = []

    def promise(_node: object, orders: Sequence[Any]) -> list[Any]:
        tried.append(orders)
        if len(tried) == 1:
            raise OSError("no such disk")
        return [f"act of {one}" for one in orders]

    async def ask() -> None:
        monkeypatch.setattr(module, "promise", promise)
        promises = Promises(cast(Any, None))
        with pytest.raises(OSError, match="no such disk"):
            await promises.keep(cast(Any, "a"))
        assert str(await promises.keep(cast(Any, "a"))) == "act of a"

    asyncio.run(ask())
    assert len(tried) == 2


def test_who_goes_away_meanwhile_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = Rounds()

    async def ask() -> list[Any]:
        monkeypatch.setattr(module, "promise", rounds)
        promises = Promises(cast(Any, None))
        gone = asyncio.create_task(promises.keep(cast(Any, "gone")))
        assert await asyncio.to_thread(rounds.begun.wait, 30)
        stays = asyncio.create_task(promises.keep(cast(Any, "stays")))
        gone.cancel()
        rounds.go.set()
        return list(await asyncio.gather(gone, stays, return_exceptions=True))

    gone, stays = asyncio.run(ask())
    assert isinstance(gone, asyncio.CancelledError)
    assert stays == "act of stays"
