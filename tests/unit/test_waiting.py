"""An answer at hand is given where it was asked for; any other is found where waiting harms nobody."""

import asyncio
import threading
from pathlib import Path

import pytest

from sanad_api.threads import ask
from sanad_node.datadir import DataDirectory
from sanad_node.node import Node
from sanad_node.waiting import WouldWait, at_once, may_wait


def here() -> threading.Thread:
    return threading.current_thread()


def not_at_hand() -> threading.Thread:
    may_wait()
    return threading.current_thread()


def test_what_may_take_long_is_refused_at_once_only() -> None:
    may_wait()
    with at_once(), pytest.raises(WouldWait):
        may_wait()
    may_wait()


def test_an_answer_at_hand_is_given_on_the_event_loop() -> None:
    assert asyncio.run(ask(here)) is threading.current_thread()


def test_an_answer_that_is_not_at_hand_is_found_in_a_thread_that_may_wait() -> None:
    assert asyncio.run(ask(not_at_hand)) is not threading.current_thread()


def test_a_refusal_is_raised_where_it_was_asked_for() -> None:
    def refuse(word: str) -> None:
        raise ValueError(word)

    with pytest.raises(ValueError, match="no"):
        asyncio.run(ask(refuse, word="no"))


def test_a_node_does_not_ask_its_chain_where_nobody_may_wait(tmp_path: Path) -> None:
    directory = DataDirectory.create(tmp_path / "data")
    directory.network_file.touch()
    node = Node(directory.root)
    with at_once(), pytest.raises(WouldWait):
        node.catch_up_if_possible()
