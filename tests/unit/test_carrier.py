"""The carrier goes on whatever fails, says what does, and stops when it is told."""

import threading
from typing import Any, cast

import pytest

from sanad_node import carrier as module
from sanad_node import checkpointing
from sanad_node.carrier import Carrier
from sanad_node.engines.base import ChainUnavailable
from sanad_node.node import Node

SECONDS = 10
MORE_WAITS = True


class Unsigning:
    def load(self) -> None:
        """Nothing is signed here."""


class Rounds:
    """A node that pumps as it is told: `outcomes` are raised or, if none, succeed; the last is repeated."""

    keyring = Unsigning()
    period = 0.0

    def __init__(self, *outcomes: Exception | bool | None) -> None:
        self.outcomes = list(outcomes)
        self.pumped = 0
        self.carrier: Any = None
        self.happened = threading.Condition()

    def clock(self) -> float:
        return 1000.0 + self.pumped

    def pump(self, *, steps: int | None = None) -> bool:
        assert steps == 1
        with self.happened:
            self.pumped += 1
            self.happened.notify_all()
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome is MORE_WAITS

    def wait_for(self, rounds: int) -> None:
        with self.happened:
            assert self.happened.wait_for(lambda: self.pumped >= rounds, SECONDS)


@pytest.fixture(autouse=True)
def no_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpointing, "current_checkpoint", lambda _node: None)
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)


def carry(rounds: Rounds) -> tuple[Carrier, threading.Semaphore]:
    told = threading.Semaphore(0)
    made = Carrier(cast(Node, rounds), told.release)
    made.start()
    return made, told


def test_a_kick_is_a_round() -> None:
    rounds = Rounds(None)
    made, told = carry(rounds)
    assert told.acquire(timeout=SECONDS)
    made.kick()
    assert told.acquire(timeout=SECONDS)
    assert made.health.rounds >= 2
    made.stop()
    assert rounds.carrier is None


def test_while_more_waits_nobody_has_to_kick() -> None:
    rounds = Rounds(MORE_WAITS, MORE_WAITS, None)
    made, told = carry(rounds)
    for _ in range(3):
        assert told.acquire(timeout=SECONDS)
    assert rounds.pumped == 3
    made.stop()


def test_a_chain_that_cannot_be_reached_is_tried_again_and_told() -> None:
    rounds = Rounds(ChainUnavailable("gone"), ChainUnavailable("gone"), None)
    made, told = carry(rounds)
    assert told.acquire(timeout=SECONDS)
    assert made.health.failing or rounds.pumped > 1
    rounds.wait_for(3)
    assert told.acquire(timeout=SECONDS)
    assert told.acquire(timeout=SECONDS)
    assert not made.health.failing
    made.stop()


def test_since_when_it_fails_is_the_first_failure() -> None:
    rounds = Rounds(ChainUnavailable("gone"))
    made, told = carry(rounds)
    for _ in range(3):
        assert told.acquire(timeout=SECONDS)
    assert (made.health.code, made.health.since) == ("CHAIN_UNAVAILABLE", 1001.0)
    made.stop()


def test_a_mistake_of_ours_does_not_end_it() -> None:
    rounds = Rounds(ZeroDivisionError("secret words"), None)
    made, told = carry(rounds)
    rounds.wait_for(2)
    for _ in range(2):
        assert told.acquire(timeout=SECONDS)
    assert not made.health.failing
    made.stop()


def test_it_stops_though_the_chain_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 3600.0)
    rounds = Rounds(ChainUnavailable("gone"))
    made, told = carry(rounds)
    assert told.acquire(timeout=SECONDS)
    made.stop()
    assert rounds.carrier is None
