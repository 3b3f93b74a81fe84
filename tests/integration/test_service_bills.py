"""Bills of lading through the service: two offices, what each sees and may do, and the words of a refusal."""

import secrets
from collections.abc import Iterator
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
from sanad_node.wire.bills import BillActRequest, BillRequest
from sanad_testkit.service import Prepared, Running, copy_of, prepared, running
from sanad_testkit.shipping import BILL, bill
from sanad_verifier.errors import SanadError

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """CELL is a carrier and a seller, PORT a bank."""
    data = copy_of(prepared, tmp_path_factory.mktemp("bills"))
    with Node(data) as node:
        node.catch_up()
        acts = {"CELL": ["register", "ship", "receive"], "PORT": ["ship", "receive", "hold"]}
        governance.propose_all(
            node,
            [
                (
                    "Formations",
                    "setScope",
                    (node.reader.formation(code).number, word(BILL), governance.scope_word(names), 0, 0),
                )
                for code, names in acts.items()
            ],
        )
    with running(data, prepared, {}) as started:
        yield started


def client(service: Running, role: Role, formation: str = "CELL") -> httpx.Client:
    assert service.people is not None
    return service.asks(service.people.client(role, formation))


def post(asker: httpx.Client, path: str, **told: Any) -> httpx.Response:
    return asker.post(path, headers={"Idempotency-Key": secrets.token_hex(8)}, timeout=60, **told)


def settled(asker: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = asker.get(f"{answer.headers['Location']}?wait=30", timeout=60).json()
    assert told["state"] == "final", told
    return told


def issued(carrier: httpx.Client, number: str, **more: str) -> str:
    told = {"holder": "CELL", "beneficiary": "CELL", **more}
    answer = post(carrier, "/v1/bills", data=told, files={"file": ("bill.json", bill(number))})
    settled(carrier, answer)
    return str(answer.json()["digest"])


def test_a_bill_goes_from_hand_to_hand_and_is_seen_by_those_it_concerns(service: Running) -> None:
    with client(service, Role.ISSUER) as cell, client(service, Role.ISSUER, "PORT") as port:
        digest = issued(cell, "V-1")
        assert port.get("/v1/bills").json()["bills"] == []
        assert port.get("/v1/bills/SMPL/V-1").status_code == 404
        told = port.get(f"/v1/bills/{digest}").json()  # who has the whole digest has the paper
        assert (told["holder"], told["number"], told["next"]) == ("CELL", "", [])
        assert cell.get(f"/v1/bills/{digest}").json()["next"][0] == "transfer"
        assert (
            post(
                port, f"/v1/bills/{digest}/acts", json={"act": "transfer", "as": "CELL", "to": "PORT"}
            ).status_code
            == 403
        )
        settled(cell, post(cell, f"/v1/bills/{digest}/acts", json={"act": "endorse-to-order", "to": "PORT"}))
        shown = port.get(f"/v1/bills/{digest}").json()
        assert (shown["taker"], shown["offer"], shown["next"]) == (
            "PORT",
            "endorse-to-order",
            ["accept", "reject"],
        )
        settled(
            port,
            post(port, f"/v1/bills/{digest}/acts", json={"act": "accept", "sequence": shown["sequence"]}),
        )
        (line,) = port.get("/v1/bills").json()["bills"]
        assert (line["holder"], line["beneficiary"]) == ("PORT", "PORT")
        chain = port.get(f"/v1/bills/{digest}/chain").json()
        actions = [link["actionCode"] for link in chain["endorsementChain"]]
        assert actions == ["ISSUE", "ENDORSE_TO_ORDER", "TRANSFER"]
        assert "recipient" in chain["endorsementChain"][0]
        assert chain["transportDocumentChecksum"] == digest


def test_refusals_say_what_pint_calls_them_and_what_to_correct(service: Running) -> None:
    with client(service, Role.ISSUER) as cell:
        digest = issued(cell, "V-2")
        form = {"holder": "PORT", "beneficiary": "PORT"}
        again = post(cell, "/v1/bills", data=form, files={"file": ("b.json", bill("V-2"))}).json()
        other = bill("V-2", freightPaymentTermCode="COL")
        dispute = post(cell, "/v1/bills", data=form, files={"file": ("b.json", other)}).json()
        told = [(one["status"], one["code"], one["responseCode"]) for one in (again, dispute)]
        assert told == [(409, "TITLES_DUPLICATE", "DUPE"), (409, "TITLES_DISPUTED", "DISE")]
        assert dispute["errors"][0]["pointer"] == "/document"
        wrong = post(cell, f"/v1/bills/{digest}/acts", json={"act": "pledge", "to": "NOWHERE"}).json()
        assert (wrong["code"], wrong["errors"][0]["pointer"]) == ("UNKNOWN_FORMATION", "/to")
        assert post(cell, f"/v1/bills/{digest}/acts", json={"act": "give"}).status_code == 400
        assert post(cell, "/v1/bills", data={}, files={"file": ("b.json", bill("V-3"))}).status_code == 400
        late = post(cell, f"/v1/bills/{digest}/acts", json={"act": "accept"})
        assert late.status_code in {202, 422}  # promised and then refused, or refused at once
        if late.status_code == 202:
            ended = cell.get(f"{late.headers['Location']}?wait=30", timeout=60).json()
            assert (ended["state"], ended["code"]) == ("refused", "TITLES_NOT_OFFERED")
    with client(service, Role.SQUAD) as squad:
        assert post(squad, f"/v1/bills/{digest}/acts", json={"act": "sign"}).status_code == 403
        assert squad.get(f"/v1/bills/{digest[:12]}").json()["holder"] == "CELL"


def test_the_client_and_the_command_line_say_the_same_as_a_desk(service: Running) -> None:
    operator = operator_token(DataDirectory.at(service.data))
    with Client(service.url, operator) as office:
        request = BillRequest(formation="CELL", holder="CELL")
        done = office.issue_bill(request, bill("V-4"), key="v-4")
        assert (done.state, office.issue_bill(request, bill("V-4"), key="v-4").act) == ("final", done.act)
        digest = done.about["digest"]
        office.act_on_bill(digest, BillActRequest(act="pledge", formation="CELL", to="PORT"))
        told = office.bill(digest)
        assert (told.bearer, told.pledgee) == (True, "PORT")
        assert office.bill(digest, block=done.block).pledgee == ""
        assert any(one.digest == digest for one in office.bills(limit=200).bills)
        assert [link.action_code for link in office.bill_chain(digest).endorsement_chain] == ["ISSUE"]
        for act, to, code, field in (
            ("pledge", "PORT", "TITLES_PLEDGED", "ID"),
            ("transfer", "CELL", "TITLES_PLEDGED", "ID"),
        ):
            with pytest.raises(SanadError) as error:
                office.act_on_bill(digest, BillActRequest(act=act, formation="CELL", to=to))  # type: ignore[arg-type]
            assert (error.value.code, error.value.field) == (code, field)
        with pytest.raises(SanadError) as error:
            office.issue_bill(BillRequest(formation="CELL", holder="CELL"), bill("V-5", isToOrder=False))
        assert (error.value.code, error.value.field) == ("TITLE_TERMS_WRONG", "--beneficiary")


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_page_of_a_bill_shows_its_hands_and_what_may_be_done(service: Running, language: str) -> None:
    assert service.people is not None
    with client(service, Role.ISSUER) as cell:
        digest = issued(cell, f"V-PAGE-{language}")
    who = service.people.person(Role.ISSUER)
    with service.asks() as stranger:
        answer = stranger.post("/sign-in", data={"name": who.name, "password": who.password})
    with service.asks() as browser:  # httpx keeps no Secure cookie from plain http: it is put by hand
        session = answer.headers["Set-Cookie"].partition(";")[0]
        browser.headers["Cookie"] = f"{session}; lang={language}"
        listed = browser.get("/bills")
        assert f'href="/bills/{digest}"' in listed.text
        page = browser.get(f"/bills/{digest}")
        assert page.status_code == 200
        assert f'lang="{language}"' in page.text
        for act in ("transfer", "pledge", "surrender-for-delivery"):
            assert f'id="do-{act}"' in page.text
        assert 'id="do-accept"' not in page.text
        assert browser.get(f"/documents/{digest}").status_code == 200
        assert f'href="/documents/{digest}"' in page.text
        form = {
            name: page.text.partition(f'name="{name}" value="')[2].partition('"')[0]
            for name in ("csrf", "key")
        }
        done = browser.post(f"/bills/{digest}", data={**form, "act": "pledge", "to": "PORT"})
        assert done.headers["Location"].startswith("/acts/")
        act = done.headers["Location"].rpartition("/")[2]
        assert cell_settled(service, act)
        after = browser.get(f"/bills/{digest}")
        assert "PORT" in after.text
        assert 'id="do-transfer"' not in after.text
        assert browser.get("/bills?find=SMPL/NOWHERE").status_code == 404


def cell_settled(service: Running, act: str) -> bool:
    with client(service, Role.ISSUER) as cell:
        return bool(cell.get(f"/v1/acts/{act}?wait=30", timeout=60).json()["state"] == "final")
