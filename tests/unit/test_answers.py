"""Idempotency: the same key with the same request gets the same answer for ever; anything else is refused."""

import pytest

from sanad_api.answers import (
    Answers,
    IdempotencyInFlight,
    IdempotencyKeyMissing,
    Remembered,
    must_be_key,
)
from sanad_node.pipeline.outbox import IdempotencyKeyInvalid, IdempotencyKeyReused
from sanad_testkit.stores import Databases

MARK, OTHER = b"\1" * 32, b"\2" * 32


@pytest.fixture
def answers(databases: Databases) -> Answers:
    return Answers(databases.open("office"))


def test_an_unknown_key_has_no_answer(answers: Answers) -> None:
    assert answers.find("u1", "key", MARK) is None


def test_an_answer_is_given_again_and_the_first_one_stands(answers: Answers) -> None:
    answers.keep("u1", "key", MARK, 201, b"{}", 1)
    answers.keep("u1", "key", MARK, 201, b'{"later":1}', 2)
    assert answers.find("u1", "key", MARK) == Remembered(201, b"{}")


def test_the_key_of_another_request_is_refused(answers: Answers) -> None:
    answers.keep("u1", "key", MARK, 201, b"{}", 1)
    with pytest.raises(IdempotencyKeyReused):
        answers.find("u1", "key", OTHER)


def test_keys_of_two_callers_never_meet(answers: Answers) -> None:
    answers.keep("u1", "key", MARK, 201, b"{}", 1)
    assert answers.find("u2", "key", OTHER) is None


def test_a_key_is_taken_while_its_request_runs(answers: Answers) -> None:
    answers.begin("u1", "key")
    answers.begin("u2", "key")
    with pytest.raises(IdempotencyInFlight):
        answers.begin("u1", "key")
    answers.end("u1", "key")
    answers.begin("u1", "key")


def test_an_act_without_a_key_is_refused() -> None:
    with pytest.raises(IdempotencyKeyMissing):
        must_be_key(None)


def test_a_structured_field_s_quotes_are_not_part_of_the_key() -> None:
    assert must_be_key('"abc"') == must_be_key("abc") == "abc"


@pytest.mark.parametrize("given", ["", '""', "x" * 129, "é", "a\tb", "\x7f"])
def test_a_key_that_cannot_be_one_is_refused(given: str) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        must_be_key(given)
