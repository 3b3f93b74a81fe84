"""What the gate counts, and that it counts before anything costly is done."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import FastAPI

from sanad_api.accounts import passwords
from sanad_api.app import RULES, create_app
from sanad_api.limiting import Limiter
from sanad_api.metrics import Metrics
from sanad_api.recorder import Recorder
from sanad_api.service import Service
from sanad_api.settings import Settings
from sanad_node.datadir import DataDirectory
from sanad_node.node import Node
from sanad_testkit.in_process import Reader
from sanad_testkit.people import WORD, Register, register

__all__ = ["register"]
OPERATOR = "sndop_" + "00" * 32
At = Callable[[str], Reader]
WRONG = "wrong"


@pytest.fixture
def app(tmp_path: Path, register: Register) -> FastAPI:
    """The application of a service that knows people and budgets, and nothing of a chain."""
    data = tmp_path / "data"
    DataDirectory.create(data).network_file.write_text("{}")
    made = create_app(data, Settings())
    service = Service(data, Settings(), RULES, Metrics())
    service.accounts = register.accounts
    service._operator = OPERATOR
    known = cast(Node, SimpleNamespace(office=register.office, clock=register.clock))
    service.recorder = Recorder(known, Settings().reads)
    service.limiter = Limiter(
        {"sign_in": "3/minute", "verify": "2/minute", "act": "2/minute", "read": "5/minute"}
    )
    made.state.service = service
    return made


@pytest.fixture
def at(app: FastAPI) -> At:
    """A reader at an address."""
    return lambda host: Reader(app, host)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were compared."""
    seen: list[str] = []
    matches = passwords.matches

    def watched(encoded: str | None, password: str) -> bool:
        seen.append(password)
        return matches(encoded, password)

    monkeypatch.setattr(passwords, "matches", watched)
    return seen


def statuses(reader: Reader, times: int, token: str = "") -> list[int]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return [reader.get("/v1/reasons", headers=headers).status_code for _ in range(times)]


def attempt(reader: Reader, name: str, password: str = WRONG) -> int:
    answer = reader.post("/sign-in", data={"name": name, "password": password})
    if answer.status_code == 429:
        assert 1 <= int(answer.headers["Retry-After"]) <= 20
    return answer.status_code


def test_a_stranger_has_the_budget_of_the_address_and_is_told_when_to_come_again(at: At) -> None:
    assert statuses(at("192.0.2.1"), 6) == [200] * 5 + [429]
    refused = at("192.0.2.1").get("/v1/reasons")
    assert refused.json()["code"] == "TOO_MANY_REQUESTS"
    assert int(refused.headers["Retry-After"]) == 12
    assert statuses(at("192.0.2.2"), 1) == [200]


def test_who_is_known_has_a_budget_of_their_own_wherever_they_are(at: At, register: Register) -> None:
    token = register.client()
    statuses(at("192.0.2.1"), 6)
    assert statuses(at("192.0.2.1"), 3, token) + statuses(at("192.0.2.2"), 3, token) == [200] * 5 + [429]


def test_addresses_of_one_ipv6_network_have_one_budget_and_an_ipv4_address_its_own_however_written(
    at: At,
) -> None:
    assert statuses(at("2001:db8::1"), 3) + statuses(at("2001:db8::ffff:2"), 3) == [200] * 5 + [429]
    assert statuses(at("2001:db8:0:1::1"), 1) == [200]
    assert statuses(at("::ffff:192.0.2.1"), 3) + statuses(at("192.0.2.1"), 3) == [200] * 5 + [429]
    assert statuses(at("::ffff:192.0.2.2"), 1) == [200]


def test_guessing_tokens_uses_up_the_budget_of_the_address(at: At, register: Register) -> None:
    token = register.client()
    wrong = [*("snd_guess", "sndop_" + "11" * 32), *(token[:-1] + end for end in "ghi")]
    guesses = [statuses(at("192.0.2.1"), 1, one)[0] for one in [*wrong, "snd_again"]]
    assert guesses == [401] * 5 + [429]
    assert statuses(at("192.0.2.1"), 1, token) == [200], "who has a right one is not held up"
    assert statuses(at("192.0.2.1"), 1, OPERATOR) == [200]


def test_attempts_to_sign_in_are_counted_for_each_name_before_a_password_is_compared(
    at: At, register: Register, hashed: list[str]
) -> None:
    register.person()
    tried = [attempt(at(f"192.0.2.{number}"), "rashida") for number in range(4)]
    assert tried == [401, 401, 401, 429]
    assert attempt(at("192.0.2.9"), " RASHIDA", WORD) == 429
    assert hashed == [WRONG] * 3


def test_attempts_to_sign_in_are_counted_for_each_address_and_then_use_no_name_s_budget(
    at: At, register: Register, hashed: list[str]
) -> None:
    register.person()
    tried = [attempt(at("192.0.2.1"), name) for name in ("a", "b", "nobody", "rashida")]
    assert tried == [401, 401, 401, 429]
    assert len(hashed) == 3
    elsewhere = [attempt(at(f"192.0.2.{number}"), "rashida") for number in (2, 3)]
    assert elsewhere == [401, 401]
    assert attempt(at("192.0.2.4"), "rashida", WORD) == 303


def test_while_passwords_are_busy_signing_in_is_to_be_tried_again(
    at: At, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.person()

    def busy(_encoded: str | None, _password: str) -> bool:
        raise passwords.PasswordsBusy("too many people are signing in; try again in a moment")

    monkeypatch.setattr(passwords, "matches", busy)
    answer = at("192.0.2.1").post("/sign-in", data={"name": "rashida", "password": WORD})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert "Set-Cookie" not in answer.headers


def test_a_page_of_refusal_says_when_to_come_again_too(at: At) -> None:
    statuses(at("192.0.2.1"), 5)
    answer = at("192.0.2.1").get("/verify", headers={"Accept": "text/html"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 12
    assert "text/html" in answer.headers["Content-Type"]


def test_a_verification_by_a_stranger_has_a_budget_of_its_own_that_a_refused_one_does_not_spend(
    at: At,
) -> None:
    asked = [at("192.0.2.1").post("/v1/verify", json={"identifier": "K-1"}).status_code for _ in range(3)]
    assert asked == [401, 401, 429]
    assert statuses(at("192.0.2.1"), 1) == [200]
