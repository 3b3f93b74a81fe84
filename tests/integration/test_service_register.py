"""Controlled documents through the service: two persons for two officers, parents, and what is used up once."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sanad_api.accounts.operator import operator_token
from sanad_api.callers import Role
from sanad_node import policing
from sanad_node.client import Client
from sanad_node.datadir import DataDirectory
from sanad_node.node import Node
from sanad_node.wire import ApproveRequest, ConsumeRequest, IssueRequest, PoliciesRequest
from sanad_node.wire.oversight import ReadsQuery
from sanad_node.wire.returns import ReturnQuery
from sanad_node.wire.stock import StockQuery, StocktakeRequest
from sanad_testkit import auction_chain
from sanad_testkit.service import Prepared, Running, copy_of, prepared, running
from sanad_verifier.errors import SanadError
from sanad_verifier.returns import PAKISTAN, members_of, month_of, verify_return
from sanad_verifier.trust import parse_trust

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
CELL_ACTS = {"type": "SEIZURE_REPORT", "acts": ["enter", "suspend", "withdraw"]}


@pytest.fixture(scope="module")
def service(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """CELL enters seizure reports, with two keys; the offices of an auction are there too, and a car up to its lot."""
    data = copy_of(prepared, tmp_path_factory.mktemp("register"))
    with Node(data) as node:
        auction_chain.join(node)
        policing.propose(node, ["SEIZURE_REPORT", "WAREHOUSE_DEPOSIT", "FORENSIC_REPORT", "AUCTION_LOT"])
        chain = auction_chain.Chain(node)
        chain.until("AUCTION_LOT")
        data.with_name("lot").write_text(chain.digests["AUCTION_LOT"].hex())
    with running(data, prepared, {}) as started:
        operator = operator_token(DataDirectory.at(data))
        with Client(started.url, operator) as office:
            done = httpx.post(
                f"{started.url}/v1/formations/CELL/scopes", json=CELL_ACTS, headers=_headers(operator)
            )
            assert done.status_code == 202, done.text
            done = httpx.post(f"{started.url}/v1/formations/CELL/keys", json={}, headers=_headers(operator))
            office.act(done.json()["act"])
            _settled(started, done)
        yield started


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(8)}


def _settled(service: Running, answer: httpx.Response) -> None:
    operator = operator_token(DataDirectory.at(service.data))
    told = httpx.get(f"{service.url}{answer.headers['Location']}?wait=30", headers=_headers(operator))
    assert told.json()["state"] == "final", told.text


def report(number: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(auction_chain.paper("SEIZURE_REPORT", caseNumber=number))
    return told


def ask(service: Running, role: Role, path: str, body: dict[str, Any]) -> httpx.Response:
    assert service.people is not None
    token = service.people.client(role).token
    return httpx.post(f"{service.url}{path}", json=body, headers=_headers(token), timeout=60)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_one_person_approves_and_another_enters(service: Running) -> None:
    asked = {"type": "SEIZURE_REPORT", "document": report("CELL-ASO-1-2026")}
    assert refusal(ask(service, Role.ISSUER, "/v1/documents", asked)) == (409, "REGISTER_APPROVAL_MISSING")
    given = ask(service, Role.APPROVER, "/v1/approvals", asked)
    assert given.status_code == 200, given.text
    assert given.json()["what"] == "enter"
    assert refusal(ask(service, Role.APPROVER, "/v1/documents", asked)) == (409, "APPROVED_BY_SELF")
    _settled(service, ask(service, Role.ISSUER, "/v1/documents", asked))


@pytest.mark.parametrize("role", [Role.ISSUER, Role.SQUAD, Role.AUDITOR, Role.ADMIN, Role.PARTNER])
def test_only_an_approver_approves(service: Running, role: Role) -> None:
    asked = {"type": "SEIZURE_REPORT", "document": report("CELL-ASO-2-2026")}
    assert ask(service, role, "/v1/approvals", asked).status_code == 403
    assert ask(service, role, "/v1/documents/K-1/approval", {"reason": "fraud"}).status_code == 403


def test_nobody_approves_for_another_office(service: Running) -> None:
    asked = {"type": "SEIZURE_REPORT", "as": "KAPW", "document": report("KAPW-ASO-9-2026")}
    assert ask(service, Role.APPROVER, "/v1/approvals", asked).status_code == 403


def test_everybody_who_signed_in_reads_the_policies(service: Running) -> None:
    assert service.people is not None
    token = service.people.client(Role.SQUAD).token
    told = httpx.get(f"{service.url}/v1/policies", headers=_headers(token)).json()["policies"]
    decided = {one["type"]: one["decided"] for one in told}
    assert (decided["SEIZURE_REPORT"], decided["VEHICLE_REGISTRATION"]) == ("same", "none")
    assert httpx.get(f"{service.url}/v1/policies").status_code == 401


def test_the_client_names_parents_beside_a_file_and_uses_papers_up(service: Running) -> None:
    lot = service.data.with_name("lot").read_text()
    with Client(service.url, operator_token(DataDirectory.at(service.data))) as office:
        office.propose_policies(PoliciesRequest(types=["BID_PAYMENT"]))
        with pytest.raises(SanadError) as error:
            office.propose_policies(PoliciesRequest(types=["BID_PAYMENT"]))
        assert error.value.code == "NOTHING_TO_DECIDE"
        paid = IssueRequest(type="BID_PAYMENT", formation="SNB-KHI-0001", parents=[lot])
        done = office.issue(paid, auction_chain.paper("BID_PAYMENT"))
        assert done.state == "final"
        approval = ApproveRequest(type="SEIZURE_REPORT", formation="KAPW")
        given = office.approve(approval, auction_chain.paper("SEIZURE_REPORT", caseNumber="KAPW-ASO-77-2026"))
        assert (given.what, given.formation) == ("enter", "KAPW")
        used = office.consume(lot, ConsumeRequest(formation="KAPW-AUC"))
        assert used.state == "final"
        with pytest.raises(SanadError) as error:
            office.consume(lot, ConsumeRequest(formation="KAPW-AUC"))
        assert (error.value.code, error.value.field) == ("REGISTER_CONSUMED", "ID")


def test_stock_is_told_through_the_service_by_who_asks(service: Running) -> None:
    assert service.people is not None
    auditor, issuer, admin = (
        service.people.client(role).token for role in (Role.AUDITOR, Role.ISSUER, Role.ADMIN)
    )
    with Client(service.url, auditor) as office:
        told = office.stock(StockQuery(warehouse="KAPW-SWH"))
        (thing,) = told.things
        assert (thing.stage, thing.number, thing.amount) == ("lot", "KAPW-SWH-DA-0911", "1900000.00")
        report = office.stock_report(StockQuery(block=told.block))
        assert report == office.stock_report(StockQuery(block=told.block))
        assert office.stock_report(StockQuery(block=told.block), "csv").startswith(b"block,warehouse,")
        counted = office.stocktake(
            StocktakeRequest(warehouse="KAPW-SWH", list="entry_number\nKAPW-SWH-DA-0911\n", block=told.block)
        )
        assert (counted.agreed, counted.differences) == (1, [])
        with pytest.raises(SanadError) as refused:
            office.stock(StockQuery(block=told.block + 1000))
        assert (refused.value.code, refused.value.field) == ("BLOCK_NOT_FINAL", "/block")
    with Client(service.url, admin) as office:
        (thing,) = office.stock(StockQuery()).things
        assert (thing.warehouse, thing.number, thing.value_why) == ("KAPW-SWH", "", "withheld")
    with Client(service.url, issuer) as office:
        assert office.stock(StockQuery()).things == []
    listed = {"warehouse": "KAPW-SWH", "list": "entry_number\nDA-1\n"}
    assert refusal(ask(service, Role.ISSUER, "/v1/stocktakes", listed)) == (403, "FORBIDDEN")
    assert refusal(ask(service, Role.ADMIN, "/v1/stocktakes", listed)) == (403, "FORBIDDEN")
    wrong = ask(service, Role.AUDITOR, "/v1/stocktakes", {**listed, "list": "entry_number\n=1\n"})
    assert refusal(wrong) == (422, "STOCKTAKE_LIST_INVALID")
    told_of = {"pointer": "/list", "code": "ROW_WRONG", "detail": "row 1: this is no number"}
    assert wrong.json()["errors"] == [told_of]


def test_a_return_is_made_for_its_office_and_for_the_auditor_of_all(service: Running) -> None:
    assert service.people is not None
    tokens = {role: service.people.client(role).token for role in Role}
    month = month_of(int(time.time()), PAKISTAN)
    with Client(service.url, tokens[Role.AUDITOR]) as office:
        told = office.monthly_return(ReturnQuery(month=month))
        whole = ReturnQuery(month=month, block=told.block)
        assert ("KAPW", "seized") in {(one.formation, one.act) for one in told.lines}
        signed = office.monthly_file(whole)
        trust = parse_trust(office.trust())
        assert members_of(verify_return(signed, trust))["lines"] == told.as_json()["lines"]
        assert office.monthly_file(whole) == signed
        assert office.monthly_file(whole, "csv").startswith(b"month,formation,parent,act,things,")
        assert json.loads(office.seizures(whole))["type"] == "FeatureCollection"
        with pytest.raises(SanadError) as refused:
            office.monthly_return(ReturnQuery(month="2026-13"))
        assert (refused.value.code, refused.value.field) == ("MONTH_INVALID", "/month")
        (newest, *_) = office.reads(ReadsQuery(limit=1)).reads
        assert newest.what == "GET /v1/reports/seizures"
    with Client(service.url, tokens[Role.ISSUER]) as office:
        own = office.monthly_return(ReturnQuery(month=month))
        assert own.formation == "CELL"
        assert {one.formation for one in own.lines} == {"CELL"}
        with pytest.raises(SanadError) as refused:
            office.monthly_file(ReturnQuery(month=month, formation="KAPW"))
        assert (refused.value.code, refused.value.field) == ("FORBIDDEN", "/formation")
    for role in (Role.ADMIN, Role.SQUAD, Role.PARTNER):
        with Client(service.url, tokens[role]) as office, pytest.raises(SanadError) as refused:
            office.monthly_return(ReturnQuery(month=month))
        assert refused.value.code == "FORBIDDEN"


def test_a_court_order_is_named_through_the_service(service: Running) -> None:
    hold = {"act": "hold", "consignment": "BOX 1", "reason": "court-order"}
    unknown = ask(service, Role.SQUAD, "/v1/holds", {**hold, "order": "NO-SUCH-ORDER"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN_DOCUMENT")
    assert unknown.json()["errors"][0]["pointer"] == "/order"
    without = ask(service, Role.SQUAD, "/v1/holds", hold)
    _settled(service, without)
    end = {**hold, "act": "lift", "reason": "order-vacated"}
    receipt = service.data.with_name("lot").read_text()  # a paper, but no court order
    assert ask(service, Role.SQUAD, "/v1/holds", {**end, "order": receipt}).status_code == 404
    _settled(service, ask(service, Role.SQUAD, "/v1/holds", end))


def test_the_page_of_the_warehouse_compares_a_list_and_says_which_row_is_wrong(service: Running) -> None:
    assert service.people is not None
    auditor = service.people.person(Role.AUDITOR)
    origin = {"Origin": service.url}
    with httpx.Client(base_url=service.url, trust_env=False, timeout=60) as browser:
        who = {"name": auditor.name, "password": auditor.password, "next": "/"}
        signed = browser.post("/sign-in", data=who, headers=origin)
        session = signed.headers["Set-Cookie"].partition(";")[0]  # marked secure, and this is no TLS
        browser.headers.update({**origin, "Cookie": f"{session}; lang=en"})
        page = browser.get("/warehouse?warehouse=KAPW-SWH").text
        assert "KAPW-SWH-DA-0911" in page
        assert "1900000.00 PKR" in page
        assert 'href="/warehouse/returns"' in page
        made = browser.get("/warehouse/returns?formation=KAPW").text
        assert "Seized" in made
        assert "1880000.00 PKR" in made
        assert re.search(r'href="/v1/reports/monthly/file\?[^"]*formation=KAPW[^"]*format=json"', made)
        wrong = browser.get("/warehouse/returns?month=2026-13")
        assert (wrong.status_code, "like 2026-10" in wrong.text) == (400, True)
        token = re.findall(r'name="csrf" value="([^"]+)"', page)[-1]
        form = {"csrf": token, "warehouse": "KAPW-SWH"}
        good = {"file": ("list.csv", b"entry_number\nKAPW-SWH-DA-0950\n", "text/csv")}
        compared = browser.post("/warehouse", data=form, files=good)
        assert compared.status_code == 200
        assert "Counted, not in the register" in compared.text
        assert "In the register, not counted" in compared.text
        bad = {"file": ("list.csv", b"entry_number\n=1\n", "text/csv")}
        refused = browser.post("/warehouse", data=form, files=bad)
        assert refused.status_code == 422
        assert "row 1: this is no number" in refused.text
        assert browser.post("/warehouse", data={"warehouse": "KAPW-SWH"}, files=good).status_code == 403
