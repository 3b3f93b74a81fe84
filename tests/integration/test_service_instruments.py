"""Instruments through the service: two officers who press the button at once, the pages they see, and who sees what."""

import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx
import pytest

from sanad_api.accounts.operator import operator_token
from sanad_api.callers import Role
from sanad_node import governance
from sanad_node.acting import word
from sanad_node.client import Client
from sanad_node.datadir import DataDirectory
from sanad_node.node import Node
from sanad_node.pipeline.refusals import ActRefused
from sanad_node.wire.instruments import DrawRequest
from sanad_testkit import drawing_office
from sanad_testkit.drawing_office import NUMBER
from sanad_testkit.service import Prepared, Running, copy_of, prepared, running

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def service(
    prepared: Prepared, known: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """CELL is the bank, PORT the collectorate: an instrument of 1,000 dollars, three declarations of 600 each."""
    data = copy_of(prepared, tmp_path_factory.mktemp("instruments"))
    with Node(data) as node:
        node.catch_up()
        numbers = {one.code: one.number for one in node.reader.formations()}
        scopes = [
            ("CELL", "PSW_FI", [*drawing_office.PLAIN, "open", "amend"]),
            ("PORT", "GOODS_DECLARATION", drawing_office.DRAWING),
        ]
        governance.propose_all(
            node,
            [
                ("Formations", "setScope", (numbers[code], word(name), governance.scope_word(acts), 0, 0))
                for code, name, acts in scopes
            ],
        )
        office = drawing_office.Office(node)
        known["fi"] = office.put("PSW_FI", drawing_office.instrument(), "CELL")
        for serial in (1, 2, 3):
            known[str(serial)] = office.declared(serial, by="PORT")
    with running(data, prepared, {}) as started:
        yield started


def ask(
    service: Running, who: tuple[Role, str], method: str, path: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    assert service.people is not None
    headers = {
        "Authorization": f"Bearer {service.people.client(*who).token}",
        "Idempotency-Key": secrets.token_hex(8),
    }
    return httpx.request(method, f"{service.url}{path}", json=body, headers=headers, timeout=60)


def settled(service: Running, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    token = operator_token(DataDirectory.at(service.data))
    told = httpx.get(
        f"{service.url}{answer.headers['Location']}?wait=30", headers={"Authorization": f"Bearer {token}"}
    ).json()
    assert isinstance(told, dict)
    return told


BANK, CUSTOMS = (Role.ISSUER, "CELL"), (Role.ISSUER, "PORT")


@pytest.fixture(scope="module")
def drawn(service: Running, known: dict[str, str]) -> dict[str, Any]:
    """The instrument, as it is told once it was opened and two officers have raced for it."""
    done = settled(service, ask(service, BANK, "POST", "/v1/instruments", {"document": known["fi"]}))
    assert done["state"] == "final"
    path = f"/v1/instruments/{known['fi']}"
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda which: ask(service, CUSTOMS, "POST", f"{path}/draws", {"declaration": known[which]}),
                ("1", "2"),
            )
        )
    outcomes = [
        (settled(service, one)["state"], settled(service, one)["code"])
        if one.status_code == 202
        else (one.status_code, one.json()["code"])
        for one in answers
    ]
    assert ("final", None) in outcomes
    assert {code for _, code in outcomes} == {None, "DRAWDOWN_OVERDRAWN"}
    told = ask(service, CUSTOMS, "GET", path).json()
    assert isinstance(told, dict)
    return told


def test_two_officers_draw_at_once_and_the_page_says_what_is_left(
    service: Running, known: dict[str, str], drawn: dict[str, Any]
) -> None:
    """The whole day: opened, raced for, refused in words, given back, out of charge."""
    path = f"/v1/instruments/{known['fi']}"
    assert (drawn["left"], drawn["drawsTotal"]) == ("400.00", 1)

    late = ask(service, CUSTOMS, "POST", f"{path}/draws", {"declaration": known["3"]})
    assert (late.status_code, late.json()["code"]) == (409, "DRAWDOWN_OVERDRAWN")
    assert "400.00 USD left" in late.json()["detail"]
    with Client(service.url, operator_token(DataDirectory.at(service.data))) as desk:
        with pytest.raises(ActRefused, match=r"400\.00 USD left"):
            desk.draw(NUMBER, DrawRequest(declaration=known["3"], formation="PORT"))
        assert desk.balance(NUMBER).left == "400.00"

    drew = drawn["draws"][0]["declaration"]
    approver = (Role.APPROVER, "PORT")
    early = ask(service, approver, "POST", f"{path}/returns", {"declaration": drew, "reason": "duplicate"})
    assert settled(service, early)["code"] == "DRAWDOWN_NOT_CANCELLED"
    settled(service, ask(service, CUSTOMS, "POST", f"/v1/documents/{drew}/release", {}))
    cancel = {"change": "revoke", "reason": "duplicate"}
    settled(service, ask(service, approver, "POST", f"/v1/documents/{drew}/status", cancel))
    refill = ask(service, approver, "POST", f"{path}/returns", {"declaration": drew, "reason": "duplicate"})
    assert settled(service, refill)["code"] == "DRAWDOWN_RELEASED"
    assert ask(service, CUSTOMS, "GET", path).json()["draws"][0]["state"] == "released"


@pytest.mark.usefixtures("drawn")
def test_an_officer_reads_the_refusal_in_both_languages_beside_what_is_left(
    service: Running, known: dict[str, str]
) -> None:
    assert service.people is not None
    officer = service.people.person(Role.ISSUER, "PORT")
    with httpx.Client(base_url=service.url, trust_env=False, timeout=60) as browser:
        origin = {"Origin": service.url}
        signed = browser.post(
            "/sign-in", data={"name": officer.name, "password": officer.password, "next": "/"}, headers=origin
        )
        session = signed.headers["Set-Cookie"].partition(";")[0]  # marked secure, and this is no TLS
        for language, words, left in (
            ("en", "The instrument has less left than the declaration draws.", "400.00"),
            ("ur", "انسٹرومنٹ میں اتنا باقی نہیں جتنا ڈیکلریشن مانگتا ہے۔", "400.00"),
        ):
            headers = {**origin, "Cookie": f"{session}; lang={language}"}
            found = browser.get(f"/instruments?find={NUMBER}", headers=headers)
            assert found.status_code == 303
            shown = browser.get(found.headers["Location"], headers=headers)
            assert left in shown.text
            csrf, key = (re.search(rf'name="{name}" value="([^"]+)"', shown.text) for name in ("csrf", "key"))
            assert csrf is not None
            assert key is not None
            form = {"csrf": csrf[1], "key": secrets.token_hex(8), "act": "draw", "declaration": known["3"]}
            sent = browser.post(found.headers["Location"], data=form, headers=headers)
            assert sent.status_code == 409, sent.text
            said = unescape(sent.text)
            assert words in said
            assert left in said
            assert "DRAWDOWN_OVERDRAWN" in said


@pytest.mark.usefixtures("drawn")
def test_who_neither_issued_nor_draws_sees_no_instrument(service: Running, known: dict[str, str]) -> None:
    path = f"/v1/instruments/{known['fi']}"
    for who in (BANK, CUSTOMS, (Role.AUDITOR, "")):
        assert ask(service, who, "GET", path).status_code == 200
    for role in (Role.SQUAD, Role.ADMIN, Role.PARTNER):
        assert ask(service, (role, "CELL"), "GET", path).status_code == 403
    foreign = ask(service, BANK, "GET", f"{path}?issuer=PORT")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "UNKNOWN_INSTRUMENT")
    assert ask(service, BANK, "GET", "/v1/instruments").json()["instruments"][0]["left"] == "400.00"
    assert ask(service, BANK, "POST", f"{path}/draws", {"declaration": known["3"]}).status_code == 404
    assert ask(service, CUSTOMS, "GET", f"{path}?time=99999999999").json()["code"] == "BLOCK_NOT_FINAL"
    assert ask(service, CUSTOMS, "GET", f"{path}?time=1&block=1").json()["code"] == "GIVEN_TWICE"
