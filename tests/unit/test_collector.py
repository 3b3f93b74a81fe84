"""The collector asks every witness in each round, tells how many failed, and ends when it is told to."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from sanad_api import collector as module
from sanad_api.collector import Asked, Collector
from sanad_node.cosigning import Cosigned
from sanad_node.engines.base import ChainUnavailable
from sanad_node.service_address import ServiceAddressInvalid

GOOD, SILENT, OTHER = (
    Cosigned("https://a.example", "a", 1),
    Cosigned("https://b.example", code="WITNESS_UNREACHABLE"),
    Cosigned("https://c.example", code="WITNESS_DISAGREES"),
)
WITNESSES = ["https://a.example", "https://b.example", "https://c.example"]
Round = Callable[..., tuple[None, Sequence[Cosigned]]]


def after(monkeypatch: pytest.MonkeyPatch, *rounds: Round) -> Asked:
    """What the collector says when these rounds are over."""
    left, over = list(rounds), threading.Event()

    def collect(*given: Any) -> tuple[None, Sequence[Cosigned]]:
        if not left:
            over.set()
            raise ChainUnavailable("none")
        return left.pop(0)(*given)

    monkeypatch.setattr(module, "collect", collect)
    made = Collector(cast(Any, None), WITNESSES, 0.001)
    seen: list[Asked] = []
    made._round = lambda: seen.append(made.last) or Collector._round(made)  # type: ignore[method-assign, func-returns-value]
    made.start()
    assert over.wait(30)
    made.stop()
    return seen[len(rounds)]


def failing(error: Exception) -> Round:
    def collect(*_: object) -> tuple[None, Sequence[Cosigned]]:
        raise error

    return collect


def test_it_tells_how_many_failed_and_how_many_contradict(monkeypatch: pytest.MonkeyPatch) -> None:
    assert after(monkeypatch, lambda *_: (None, [GOOD, SILENT, OTHER])) == Asked(2, 1)


@pytest.mark.parametrize("error", [ChainUnavailable("none"), RuntimeError("a fault")], ids=["chain", "fault"])
def test_a_round_that_fails_as_a_whole_counts_for_all_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    assert after(monkeypatch, failing(error)) == Asked(3, 0)
    assert after(monkeypatch, failing(error), lambda *_: (None, [GOOD])) == Asked()


def test_a_round_that_is_running_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ended = threading.Event(), threading.Event()

    def collect(_node: object, _witnesses: object, go_on: Callable[[], bool]) -> tuple[None, list[Cosigned]]:
        asked.set()
        while go_on():
            threading.Event().wait(0.001)
        ended.set()
        return None, []

    monkeypatch.setattr(module, "collect", collect)
    made = Collector(cast(Any, None), WITNESSES, 3600)
    made.start()
    assert asked.wait(30)
    made.stop()
    assert ended.is_set()


def test_without_witnesses_nothing_is_asked_and_a_wrong_address_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "collect", failing(AssertionError("asked")))
    made = Collector(cast(Any, None), [], 0.001)
    made.start()
    made.stop()
    assert made.last == Asked()
    with pytest.raises(ServiceAddressInvalid) as refused:
        Collector(cast(Any, None), ["http://witness.example"], 60)
    assert refused.value.field == "witness.ask"
