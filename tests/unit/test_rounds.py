"""Rounds go on at their time, or when somebody asks for one."""

from sanad_api.rounds import Rounds
from sanad_testkit.waiting import until


def test_a_round_that_is_asked_for_comes_at_once_and_none_comes_after_the_end() -> None:
    done: list[bool] = []
    rounds = Rounds("test", 3600, lambda go_on: done.append(go_on()))
    rounds.start()
    until(lambda: len(done) == 1)
    rounds.kick()
    until(lambda: len(done) == 2)
    rounds.stop()
    rounds.kick()
    assert done == [True, True]
