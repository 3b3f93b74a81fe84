"""Acts are stored with who asked and what was answered: all of it, or nothing."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, Row, Table, select

from sanad_node.asking import OPERATOR, Asking, act_id, asking, with_asking
from sanad_node.pipeline.outbox import Fact, IdempotencyKeyReused, Outbox, Request
from sanad_node.store.faults import DatabaseDamaged
from sanad_node.store.office_tables import cargo, outbox
from sanad_node.store.service_tables import answers, asked
from sanad_testkit.stores import Databases

SECRET = b"s" * 32


@pytest.fixture
def office(databases: Databases) -> Engine:
    return databases.open("office")


def request(key: str, *facts: Fact, formation: str = "KAPW") -> Request:
    about = {"digest": "ab" * 32, "formation": formation}
    return Request(key, b"f" * 32, b"a" * 20, "Ledger", b"call", facts, "issue", about)


def rows(office: Engine, table: Table) -> list[Row[Any]]:
    with office.connect() as connection:
        return list(connection.execute(select(table)))


def test_an_act_s_identifier_follows_from_its_key_and_tells_nothing_of_it() -> None:
    assert act_id(SECRET, "u1/key") == act_id(SECRET, "u1/key")
    assert len({act_id(SECRET, key) for key in ("u1/key", "u2/key", "u1/kez")}) == 3
    assert act_id(b"t" * 32, "u1/key") != act_id(SECRET, "u1/key")


def test_act_who_asked_and_answer_are_stored_together(office: Engine) -> None:
    who = Asking(3, "u3", "KAPW", "mine", b"m" * 32)
    with asking(who):
        Outbox(office, lambda: 7).accept_all(with_asking([request("u3/mine")], SECRET, 7))
    (act,), (told,), (answer,) = rows(office, outbox), rows(office, asked), rows(office, answers)
    assert (told.key, told.user, told.formation, told.what) == (act.key, 3, "KAPW", "issue")
    assert told.id == act_id(SECRET, "u3/mine")
    assert answer.body == who.answer
    expected = {
        "act": told.id,
        "what": "issue",
        "state": "accepted",
        "digest": "ab" * 32,
        "formation": "KAPW",
    }
    assert json.loads(who.answer) == expected


def test_what_fails_with_the_act_leaves_nothing_of_it(office: Engine) -> None:
    broken = Fact(cargo, ({"id": b"1" * 32, "reference": None, "normal": "X"},))
    with asking(Asking(3, "u3", "KAPW", "mine", b"m" * 32)), pytest.raises(DatabaseDamaged):
        Outbox(office, lambda: 7).accept_all(with_asking([request("u3/mine", broken)], SECRET, 7))
    assert rows(office, outbox) == rows(office, asked) == rows(office, answers) == []


def test_the_operator_s_acts_have_identifiers_but_no_remembered_answers(office: Engine) -> None:
    Outbox(office, lambda: 7).accept_all(with_asking([request("issue:1")], SECRET, 7))
    assert [told.user for told in rows(office, asked)] == [OPERATOR.user]
    assert rows(office, answers) == []


def test_several_acts_of_one_request_share_its_answer(office: Engine) -> None:
    who = Asking(3, "u3", "", "mine", b"m" * 32)
    with asking(who):
        Outbox(office, lambda: 7).accept_all(with_asking([request("a"), request("b")], SECRET, 7))
    assert [one["act"] for one in json.loads(who.answer)["acts"]] == [act_id(SECRET, k) for k in "ab"]
    assert len(rows(office, answers)) == 1


def test_a_repeated_act_keeps_its_first_answer(office: Engine) -> None:
    box = Outbox(office, lambda: 7)
    for _ in range(2):
        with asking(Asking(3, "u3", "KAPW", "mine", b"m" * 32)):
            box.accept_all(with_asking([request("u3/mine")], SECRET, 7))
    assert len(rows(office, outbox)) == len(rows(office, asked)) == len(rows(office, answers)) == 1


def test_another_request_under_the_key_changes_nothing(office: Engine) -> None:
    box = Outbox(office, lambda: 7)
    box.accept_all(with_asking([request("u3/mine")], SECRET, 7))
    other = request("u3/mine", formation="FSDP")
    other = Request(other.key, b"g" * 32, other.signer, other.contract, other.calldata)
    with pytest.raises(IdempotencyKeyReused):
        box.accept_all(with_asking([other], SECRET, 7))
    assert len(rows(office, asked)) == 1


def test_who_asks_is_forgotten_afterwards() -> None:
    who = Asking(3, "u3", key="mine")
    with asking(who):
        pass
    with_asking([request("k")], SECRET, 7)
    assert who.answer == b""
