"""Findings through the service: what each reader sees, who may answer, the page, and commands that go through it."""

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sanad_api.callers import Role
from sanad_node import types
from sanad_node.client import Client
from sanad_node.desk import LocalDesk
from sanad_node.node import Node
from sanad_node.wire import ScopeRequest
from sanad_node.wire.findings import FindingsQuery
from sanad_testkit import network_of_offices
from sanad_testkit.matching_office import SCOPES, Desk
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, Somebody, copy_of, prepared, running

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
PRICE, INVOICE = "instrument-price", "invoice-price"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[Running]:
    """A service whose declaration (PORT) has a lower price than its instrument (CELL) and invoice (YARD)."""
    data = copy_of(prepared, tmp_path_factory.mktemp("findings"))
    with Node(data) as node:
        desk = LocalDesk(node)
        for code, names in SCOPES.items():
            for name in names:
                desk.set_scope(code, ScopeRequest(type=name, acts=network_of_offices.DOCUMENT_ACTS))
        Desk(node).dossier(declaration={"/items/1/unitPrice": "0.9000"})
    with running(data, prepared) as started:
        yield started


def listed(service: Running, who: Somebody, rule: str = PRICE) -> dict[str, Any]:
    with service.asks(who) as client:
        answer = client.get("/v1/findings", params={"rule": rule})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def answer_of(
    service: Running, who: Somebody, finding: str, key: str, note: str = "agreed"
) -> httpx.Response:
    asked = {"finding": finding, "reason": "explained", "note": note}
    with service.asks(who) as client:
        return client.post("/v1/findings/answers", json=asked, headers={"Idempotency-Key": key})


def test_each_reader_sees_as_much_as_is_theirs(service: Running, prepared: Prepared) -> None:
    (whole,) = listed(service, prepared.client(Role.AUDITOR))["findings"]
    assert [(place["issuer"], place["value"]) for place in whole["places"]] == [
        ("PORT", "0.9000"),
        ("CELL", "1.6000"),
    ]
    (bank,) = listed(service, prepared.client(Role.ISSUER, "CELL"))["findings"]
    assert [(place["value"], place["withheld"]) for place in bank["places"]] == [
        ("", True),
        ("1.6000", False),
    ]
    (admin,) = listed(service, prepared.client(Role.ADMIN))["findings"]
    assert all(place["withheld"] and not place["value"] and not place["number"] for place in admin["places"])
    assert whole["id"] == bank["id"] == admin["id"]
    assert listed(service, prepared.client(Role.ISSUER, "CELL"), INVOICE)["total"] == 0
    assert listed(service, prepared.client(Role.APPROVER, "PORT"), INVOICE)["total"] == 2 - 1
    for role in (Role.SQUAD, Role.PARTNER):
        with service.asks(prepared.client(role)) as client:
            assert client.get("/v1/findings").status_code == 403


def test_an_office_cannot_ask_about_a_foreign_document(service: Running, prepared: Prepared) -> None:
    query = {"document": "INV-1000288"}
    with (
        service.asks(prepared.client(Role.ISSUER, "CELL")) as bank,
        service.asks(prepared.client(Role.AUDITOR)) as all_,
    ):
        assert bank.get("/v1/findings", params=query).json()["code"] == "UNKNOWN_DOCUMENT"
        assert all_.get("/v1/findings", params=query).json()["total"] >= 1


def test_an_answer_is_the_concerned_offices_and_the_auditor_s_and_given_once(
    service: Running, prepared: Prepared
) -> None:
    auditor, bank = prepared.client(Role.AUDITOR), prepared.client(Role.ISSUER, "CELL")
    (one,) = listed(service, auditor)["findings"]
    foreign = listed(service, auditor, INVOICE)["findings"][0]
    first = answer_of(service, bank, one["id"], "k-1")
    assert (first.status_code, first.json()["formation"], first.json()["name"]) == (201, "CELL", bank.name)
    again = answer_of(service, bank, one["id"], "k-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert answer_of(service, bank, one["id"], "k-2").content == first.content  # the same answer, asked anew
    refused = answer_of(service, bank, foreign["id"], "k-3")
    assert (refused.status_code, refused.json()["code"]) == (404, "UNKNOWN_FINDING")
    assert answer_of(service, auditor, foreign["id"], "k-4").status_code == 201
    assert answer_of(service, prepared.client(Role.ADMIN), one["id"], "k-5").status_code == 403
    (told,) = listed(service, auditor)["findings"]
    assert [(given["name"], given["note"]) for given in told["answers"]] == [(bank.name, "agreed")]
    (hidden,) = listed(service, prepared.client(Role.ADMIN))["findings"]
    assert [given["note"] for given in hidden["answers"]] == [""]


def test_the_report_is_an_auditor_s_and_the_same_bytes_each_time(
    service: Running, prepared: Prepared
) -> None:
    block = listed(service, prepared.client(Role.AUDITOR))["block"]
    with service.asks(prepared.client(Role.AUDITOR)) as auditor:
        one, two = (auditor.get("/v1/findings/report", params={"block": block}) for _ in range(2))
        assert one.status_code == 200
        assert one.content == two.content
        assert json.loads(one.content)["block"] == block
        assert auditor.get("/v1/findings/report", params={"block": 10**9}).json()["code"] == "BLOCK_NOT_FINAL"
    with service.asks(prepared.client(Role.ADMIN)) as admin:
        assert admin.get("/v1/findings/report").status_code == 403


def test_a_document_is_looked_at_before_it_is_issued(service: Running, prepared: Prepared) -> None:
    document = json.loads(types.get("AUCTION_RECEIPT").read_sample())
    document["vehicle"]["chassisNumber"] = "1M8GDM9A1KP042788"
    with service.asks(prepared.client(Role.ISSUER)) as client:
        told = client.post("/v1/checks", json={"type": "AUCTION_RECEIPT", "document": document})
        assert told.status_code == 200
        assert "CHASSIS_CHECK_DIGIT" in {one["code"] for one in told.json()["warnings"]}
        sent = client.post(
            "/v1/checks", data={"type": "AUCTION_RECEIPT"}, files={"file": json.dumps(document).encode()}
        )
        assert sent.json() == told.json()
        del document["receiptNumber"]
        wrong = client.post("/v1/checks", json={"type": "AUCTION_RECEIPT", "document": document})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "DOCUMENT_INVALID")
        assert (
            client.post("/v1/checks", json={"type": "AUCTION_RECEIPT"}).json()["code"] == "REQUEST_INCOMPLETE"
        )
        assert client.get(f"/v1/documents/{told.json()['digest']}").status_code == 404  # nothing was kept


def test_an_auditor_answers_on_the_page_and_sees_it_there(service: Running, prepared: Prepared) -> None:
    who = prepared.person(Role.AUDITOR)
    with service.asks() as stranger:
        answer = stranger.post("/sign-in", data={"name": who.name, "password": who.password})
    with service.asks() as browser:
        browser.headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
        page = browser.get("/findings", params={"rule": PRICE}).text
        finding = re.search(r'name="finding" value="([0-9a-f]{32})"', page)
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        block = re.search(r'name="as_of" value="(\d+)"', page)
        assert finding
        assert csrf
        assert block
        form = {
            "csrf": csrf[1],
            "key": secrets.token_hex(8),
            "finding": finding[1],
            "as_of": block[1],
            "rule": PRICE,
        }
        empty = browser.post("/findings", data={**form, "reason": "referred", "note": " "})
        assert empty.status_code == 400
        sent = browser.post("/findings", data={**form, "reason": "referred", "note": "sent to valuation"})
        assert sent.status_code == 303
        assert sent.headers["Location"] == f"/findings?rule={PRICE}#finding-{finding[1]}"
        assert "sent to valuation" in browser.get(sent.headers["Location"]).text
        wrong = browser.get("/findings", params={"block": "999999999"})
        assert wrong.status_code == 400
        assert "BLOCK_NOT_FINAL" in wrong.text


def test_a_command_through_the_service_says_what_the_service_says(
    service: Running, prepared: Prepared, tmp_path: Path
) -> None:
    office = Office(service.data, tmp_path)
    told = office.call("findings", "--rule", PRICE, code=0).told
    with Client(service.url, prepared.client(Role.AUDITOR).token) as client:
        assert told["findings"] == client.findings(FindingsQuery(rule=PRICE)).as_json()["findings"]
        block = told["block"]
        office.call("findings", "report", "--block", str(block), "-o", "report.json", code=0)
        assert (tmp_path / "report.json").read_bytes() == client.findings_report(block)
    given = office.call(
        "findings",
        "answer",
        told["findings"][0]["id"],
        "--reason",
        "corrected",
        "--note",
        "by version 2",
        code=0,
    ).told
    assert given["name"] == "operator"
