"""Who may do what, asked of the real service: every route, every role, and nobody; own things and foreign ones.

The table is written down from the roles' descriptions, not taken from the policy: it is what the policy must say.
"""

import hashlib
import io
import json
import re
import secrets
import time
import zipfile
from typing import Any

import httpx
import pytest

from sanad_api.accounts import Accounts
from sanad_api.callers import Role
from sanad_api.pages.routes import PAGES
from sanad_api.policy import API
from sanad_node.client import Client
from sanad_node.epcis import documents
from sanad_node.store.database import open_database
from sanad_node.wire import IssueRequest, RegisterRequest
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.service import Running, Somebody, prepared, service, shared_service

__all__ = ["prepared", "service", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]

ISSUERS = {Role.ISSUER, Role.APPROVER}
CUSTODIANS = {*ISSUERS, Role.SQUAD}
OVERSIGHT = {Role.AUDITOR, Role.ADMIN}
STAFF = {*CUSTODIANS, *OVERSIGHT}
ADMIN = {Role.ADMIN}
EVERYBODY = set(Role)
ANYBODY = None
OPERATOR: set[Role] = set()

MAY: dict[str, set[Role] | None] = {
    "GET /healthz": ANYBODY,
    "GET /readyz": ANYBODY,
    "GET /metrics": OPERATOR,
    "GET /openapi.json": ANYBODY,
    "GET /checkpoint": ANYBODY,
    "GET /tile/{place:path}": ANYBODY,
    "GET /batch/{root}": ANYBODY,
    "GET /status-list/{digest}": ANYBODY,
    "POST /add-checkpoint": ANYBODY,
    "GET /v1/me": EVERYBODY,
    "GET /v1/types": ANYBODY,
    "GET /v1/types/{name}": ANYBODY,
    "GET /v1/reasons": ANYBODY,
    "GET /v1/trust": ANYBODY,
    "POST /v1/verify": ANYBODY,
    "POST /v1/packs": OVERSIGHT | {Role.SQUAD},
    "GET /v1/status-lists": EVERYBODY,
    "POST /v1/status-lists": ISSUERS,
    "GET /v1/reads": {Role.AUDITOR},
    "GET /v1/reads/check": {Role.AUDITOR},
    "GET /v1/notices": {Role.AUDITOR},
    "GET /v1/traders": {Role.AUDITOR},
    "POST /v1/documents/{identifier}/attestation": ISSUERS,
    "GET /v1/documents": EVERYBODY,
    "POST /v1/documents": ISSUERS,
    "GET /v1/documents/{identifier}": EVERYBODY,
    "GET /v1/documents/{identifier}/status": EVERYBODY,
    "POST /v1/documents/{identifier}/status": {Role.APPROVER},
    "POST /v1/documents/{identifier}/approval": {Role.APPROVER},
    "POST /v1/documents/{identifier}/consumption": CUSTODIANS,
    "POST /v1/approvals": {Role.APPROVER},
    "GET /v1/policies": EVERYBODY,
    "POST /v1/policies": ADMIN,
    "GET /v1/documents/{identifier}/bundle": EVERYBODY,
    "GET /v1/documents/{identifier}/receipt": EVERYBODY,
    "GET /v1/documents/{identifier}/credential": EVERYBODY,
    "POST /v1/documents/{identifier}/presentation": ISSUERS | OVERSIGHT,
    "GET /v1/documents/{identifier}/content": ISSUERS | OVERSIGHT,
    "GET /v1/documents/{identifier}/certificate.pdf": ISSUERS | OVERSIGHT,
    "GET /v1/documents/{identifier}/qr.svg": ISSUERS | OVERSIGHT,
    "POST /v1/checks": ISSUERS,
    "GET /v1/findings": ISSUERS | OVERSIGHT,
    "GET /v1/findings/report": {Role.AUDITOR},
    "POST /v1/findings/answers": ISSUERS | {Role.AUDITOR},
    "GET /v1/batches": ISSUERS | OVERSIGHT,
    "POST /v1/batches": ISSUERS,
    "POST /v1/batches/dry-run": ISSUERS,
    "GET /v1/batches/{job}": ISSUERS | OVERSIGHT,
    "GET /v1/batches/{job}/rows": ISSUERS | OVERSIGHT,
    "GET /v1/batches/{job}/outcomes.csv": ISSUERS | OVERSIGHT,
    "GET /v1/bills": STAFF,
    "POST /v1/bills": ISSUERS,
    "GET /v1/bills/{identifier}": STAFF,
    "GET /v1/bills/{identifier}/chain": STAFF,
    "POST /v1/bills/{identifier}/acts": ISSUERS,
    "GET /v1/consignments": STAFF,
    "POST /v1/consignments": CUSTODIANS,
    "GET /v1/consignments/{identifier}": STAFF,
    "GET /v1/consignments/{identifier}/trace": STAFF,
    "POST /v1/handovers": CUSTODIANS,
    "GET /v1/stock": ISSUERS | OVERSIGHT,
    "GET /v1/stock/report": ISSUERS | {Role.AUDITOR},
    "GET /v1/reports/monthly": ISSUERS | {Role.AUDITOR},
    "GET /v1/reports/monthly/file": ISSUERS | {Role.AUDITOR},
    "GET /v1/reports/seizures": ISSUERS | {Role.AUDITOR},
    "POST /v1/stocktakes": ISSUERS | {Role.AUDITOR},
    "GET /v1/instruments": ISSUERS | {Role.AUDITOR},
    "POST /v1/instruments": ISSUERS,
    "GET /v1/instruments/{identifier}": ISSUERS | {Role.AUDITOR},
    "POST /v1/instruments/{identifier}/draws": ISSUERS,
    "POST /v1/instruments/{identifier}/returns": {Role.APPROVER},
    "POST /v1/instruments/{identifier}/amendments": {Role.APPROVER},
    "POST /v1/documents/{identifier}/release": ISSUERS,
    "POST /v1/documents/{identifier}/stages": ISSUERS,
    "GET /v1/documents/{identifier}/life": STAFF,
    "POST /v1/holds": CUSTODIANS,
    "POST /v1/observations": CUSTODIANS,
    "GET /v1/consignments/{identifier}/epcis": STAFF,
    "GET /v1/consignments/{identifier}/readings/{entry}/{number}": STAFF,
    "POST /v1/epcis/capture": CUSTODIANS,
    "GET /v1/devices": STAFF,
    "POST /v1/devices": {Role.APPROVER},
    "POST /v1/devices/{address}/closure": {Role.APPROVER},
    "GET /v1/formations": EVERYBODY,
    "POST /v1/formations": ADMIN,
    "GET /v1/formations/{code}": EVERYBODY,
    "POST /v1/formations/{code}/keys": ADMIN,
    "POST /v1/formations/{code}/rotation": ADMIN,
    "POST /v1/formations/{code}/scopes": ADMIN,
    "POST /v1/formations/{code}/suspension": ADMIN,
    "POST /v1/formations/{code}/reinstatement": ADMIN,
    "POST /v1/formations/{code}/closure": ADMIN,
    "GET /v1/formations/{code}/line": EVERYBODY,
    "POST /v1/successions": ADMIN,
    "POST /v1/keys/{address}/compromise": ADMIN,
    "GET /v1/members": EVERYBODY,
    "POST /v1/proposals": ADMIN,
    "POST /v1/proposals/{number}/votes": ADMIN,
    "GET /v1/agreements": {Role.APPROVER, *OVERSIGHT},
    "POST /v1/agreements": ADMIN,
    "GET /v1/agreements/{agreement}": {Role.APPROVER, *OVERSIGHT},
    "POST /v1/agreements/{agreement}": ADMIN,
    "GET /v1/exchange": {Role.APPROVER, Role.AUDITOR},
    "GET /v1/exchange/{message}": {Role.APPROVER, Role.AUDITOR},
    "POST /v1/exchange": {Role.APPROVER},
    "POST /v1/exchange/messages": ANYBODY,
    "GET /v1/acts": STAFF,
    "GET /v1/acts/{act}": STAFF,
    "GET /v1/events": EVERYBODY,
    "GET /v1/webhooks": ADMIN,
    "POST /v1/webhooks": ADMIN,
    "DELETE /v1/webhooks/{hook}": ADMIN,
    "GET /v1/users": ADMIN,
    "POST /v1/users": ADMIN,
    "POST /v1/users/{name}/disabling": ADMIN,
    "POST /v1/users/{name}/enabling": ADMIN,
    "POST /v1/users/{name}/password": ADMIN,
    "POST /v1/users/{name}/tokens": ADMIN,
    "POST /v1/users/{name}/revocation": ADMIN,
    "GET /v1/documents/{identifier}/kept": ISSUERS | OVERSIGHT,
    "GET /v1/vault": OVERSIGHT,
    "POST /v1/vault/pins": OPERATOR,
    "POST /v1/vault/scrub": OPERATOR,
    "POST /v1/vault/fetch": OPERATOR,
    "POST /v1/vault/grants": OPERATOR,
    "POST /v1/vault/erasures": OPERATOR,
    "GET /v1/node": OVERSIGHT,
    "GET /v1/node/equivocations": OVERSIGHT,
    "POST /v1/node/cosignatures": OPERATOR,
    "POST /v1/node/checkpoint": OVERSIGHT,
    "POST /v1/node/fsck": OPERATOR,
    "POST /v1/node/log": OVERSIGHT,
    "POST /v1/node/cross-check": OVERSIGHT,
    "POST /v1/node/mirror": OPERATOR,
    "GET /v1/node/facts": OVERSIGHT,
    "POST /v1/node/sync": OPERATOR,
    "POST /v1/node/comparison": OPERATOR,
    "POST /v1/node/backup": OPERATOR,
}
SEE: dict[str, set[Role] | None] = {
    "GET /": ANYBODY,
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "POST /sign-out": ANYBODY,
    "POST /language": ANYBODY,
    "GET /verify": ANYBODY,
    "POST /verify": ANYBODY,
    "GET /documents": EVERYBODY,
    "GET /documents/{identifier}": EVERYBODY,
    "GET /documents/{identifier}/print": EVERYBODY,
    "POST /documents/{identifier}/standing": {Role.APPROVER},
    "POST /documents/{identifier}/way": ISSUERS,
    "GET /issue": ISSUERS,
    "GET /issue/{name}": ISSUERS,
    "POST /issue/{name}": ISSUERS,
    "GET /bills": STAFF,
    "POST /bills": ISSUERS,
    "GET /bills/{identifier}": STAFF,
    "POST /bills/{identifier}": ISSUERS,
    "GET /consignments": STAFF,
    "POST /consignments": CUSTODIANS,
    "GET /consignments/{identifier}": STAFF,
    "POST /consignments/{identifier}": CUSTODIANS,
    "GET /findings": ISSUERS | OVERSIGHT,
    "POST /findings": ISSUERS | {Role.AUDITOR},
    "GET /reads": {Role.AUDITOR},
    "GET /notices": {Role.AUDITOR},
    "GET /traders": {Role.AUDITOR},
    "GET /attest": ISSUERS,
    "POST /attest": ISSUERS,
    "GET /warehouse": ISSUERS | OVERSIGHT,
    "GET /warehouse/returns": ISSUERS | {Role.AUDITOR},
    "POST /warehouse": ISSUERS | {Role.AUDITOR},
    "GET /instruments": ISSUERS | {Role.AUDITOR},
    "POST /instruments": ISSUERS,
    "GET /instruments/{identifier}": ISSUERS | {Role.AUDITOR},
    "POST /instruments/{identifier}": ISSUERS,
    "GET /exchange": {Role.APPROVER, Role.AUDITOR},
    "POST /exchange": {Role.APPROVER},
    "GET /exchange/{message}": {Role.APPROVER, Role.AUDITOR},
    "POST /exchange/{message}": {Role.APPROVER},
    "GET /agreements": {Role.APPROVER, *OVERSIGHT},
    "POST /agreements": ADMIN,
    "GET /batches": ISSUERS | OVERSIGHT,
    "POST /batches": ISSUERS,
    "GET /batches/{job}": ISSUERS | OVERSIGHT,
    "GET /formations": EVERYBODY,
    "POST /formations": ADMIN,
    "GET /formations/{code}": EVERYBODY,
    "POST /formations/{code}": ADMIN,
    "GET /users": ADMIN,
    "POST /users": ADMIN,
    "GET /acts/{act}": STAFF,
}
"""The pages."""
WRITES: dict[str, dict[str, Any]] = {
    "POST /v1/documents": {"type": "AUCTION_RECEIPT", "document": json.loads(receipt("R-9"))},
    "POST /v1/documents/K-1/status": {"change": "revoke", "reason": "fraud"},
    "POST /v1/consignments": {"kind": "CONTAINER", "reference": "R-9", "quantity": 1},
    "POST /v1/handovers": {"act": "recall", "consignment": "BOX 1", "reason": "taker-did-not-come"},
    "POST /v1/holds": {"act": "hold", "consignment": "BOX 1", "reason": "court-order"},
    "POST /v1/observations": {"act": "inspect", "consignment": "BOX 1", "condition": "seal-locked"},
    "POST /v1/formations": {"code": "R9", "kind": "BANK"},
    "POST /v1/formations/YARD/keys": {"officer": "badge 1"},
    "POST /v1/formations/YARD/suspension": {"reason": "fraud"},
    "POST /v1/proposals": {"what": "threshold", "threshold": 2},
    "POST /v1/users": {"name": "r9", "kind": "client", "roles": ["admin"]},
    "POST /v1/users/issuer.cell/disabling": {},
    "POST /v1/users/issuer.cell/password": {"password": "a password of many words"},
    "POST /v1/users/issuer.cell.client/tokens": {"label": "r9", "lifetimeSeconds": 3600},
    "POST /v1/users/issuer.cell.client/revocation": {"label": "test"},
}
"""What would be done, if whoever asks might."""
WHO_WRITES = {
    "POST /v1/documents": ISSUERS, "POST /v1/documents/K-1/status": {Role.APPROVER},
    "POST /v1/consignments": CUSTODIANS, "POST /v1/handovers": CUSTODIANS, "POST /v1/holds": CUSTODIANS,
    "POST /v1/observations": CUSTODIANS,
}  # fmt: skip
"""All the other writes are the administrator's."""
FILLED = {
    "/issue/{name}": "/issue/FILE",
    "{place:path}": "entries/000.p/1", "{root}": "ab" * 32, "{name}": "nobody", "{identifier}": "no-such",
    "{job}": "0" * 32,
    "{code}": "NOSUCH", "{address}": "0x" + "1" * 40, "{number}": "4000000000", "{entry}": "4000000000",
    "{act}": "0" * 32, "{hook}": "0" * 32,
}  # fmt: skip
"""Nothing of these is there: what is allowed ends with 404 or 400, and changes nothing."""
REFUSED = {401, 403}


def path_of(template: str) -> str:
    for name, value in FILLED.items():
        template = template.replace(name, value)
    return template


def ask(client: httpx.Client, route: str, body: object = None) -> httpx.Response:
    method, _, template = route.partition(" ")
    given = {} if body is None else body
    return client.request(
        method,
        path_of(template),
        json=None if method == "GET" else given,
        headers={"Idempotency-Key": secrets.token_hex(8)},
    )


def test_the_table_here_has_every_route_of_the_policy() -> None:
    assert set(MAY) == {f"{method} {path}" for method, path in API}
    assert set(SEE) == {f"{method} {path}" for method, path in PAGES}


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: str(role or "nobody"))
def test_a_role_may_what_the_table_says_and_nothing_else(role: Role | None, shared_service: Running) -> None:
    assert shared_service.people is not None
    who = None if role is None else shared_service.people.client(role)
    with shared_service.asks(who) as client:
        for route, roles in MAY.items():
            status = ask(client, route).status_code
            if roles is ANYBODY or role in roles:
                assert status not in REFUSED, (route, status)
                assert status < 500, (route, status)
            else:
                assert status == (401 if role is None else 403), (route, status)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: str(role or "nobody"))
def test_a_role_sees_and_sends_the_pages_the_table_says_and_no_others(
    role: Role | None, shared_service: Running
) -> None:
    """A form that is let in is sent without its session's token: it is refused for that, and changes nothing."""
    assert shared_service.people is not None
    who = None if role is None else shared_service.people.person(role)
    with shared_service.asks() if who is None else signed_in(shared_service, who) as browser:
        for route, roles in SEE.items():
            method, _, template = route.partition(" ")
            answer = browser.request(method, path_of(template), data={} if method == "POST" else None)
            code = answer.json()["code"] if "problem+json" in answer.headers.get("Content-Type", "") else ""
            if roles is not ANYBODY and role not in roles:
                expected = (401, "SIGN_IN_NEEDED") if role is None else (403, "FORBIDDEN")
                assert (answer.status_code, code) == expected, route
            elif method == "POST" and role is not None:
                assert (answer.status_code, code) == (403, "CSRF_REFUSED"), route
            else:
                assert answer.status_code < 500, route
                assert code == "" or code.startswith("UNKNOWN_"), (route, answer.status_code, code)


def remains(running: Running) -> list[bytes]:
    """All that a write could have left."""
    assert running.people is not None
    with running.asks(running.people.client(Role.ADMIN)) as admin:
        paths = ("acts", "users", "webhooks", "batches", "consignments", "documents", "formations", "members")
        return [admin.get(f"/v1/{path}").content for path in paths]


def test_what_is_refused_leaves_nothing(shared_service: Running) -> None:
    assert shared_service.people is not None
    before = remains(shared_service)
    for role in (None, *Role):
        with shared_service.asks(None if role is None else shared_service.people.client(role)) as client:
            for route, body in WRITES.items():
                if role in WHO_WRITES.get(route, ADMIN):
                    continue
                status = ask(client, route, body).status_code
                assert status == (401 if role is None else 403), (role, route, status)
    assert remains(shared_service) == before


def test_what_an_administrator_may_is_no_office_s_act(shared_service: Running) -> None:
    assert shared_service.people is not None
    before = remains(shared_service)
    for role in (Role.ADMIN, Role.AUDITOR, Role.PARTNER):
        with shared_service.asks(shared_service.people.client(role)) as client:
            for route in WHO_WRITES:
                assert ask(client, route, WRITES[route]).status_code == 403, (role, route)
                assert ask(client, route, {**WRITES[route], "as": "CELL"}).status_code == 403, (role, route)
    assert remains(shared_service) == before


@pytest.mark.parametrize("role", [Role.ISSUER, Role.APPROVER, Role.SQUAD], ids=str)
def test_nobody_acts_in_the_name_of_another_office(role: Role, shared_service: Running) -> None:
    assert shared_service.people is not None
    before = remains(shared_service)
    with shared_service.asks(shared_service.people.client(role, "PORT")) as port:
        for route in (
            "POST /v1/consignments",
            "POST /v1/handovers",
            "POST /v1/holds",
            "POST /v1/observations",
        ):
            refused = ask(port, route, {**WRITES[route], "as": "CELL"})
            assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN"), route
        if role is not Role.SQUAD:
            issue = {**WRITES["POST /v1/documents"], "as": "CELL"}
            assert ask(port, "POST /v1/documents", issue).status_code == 403
            path = "/v1/batches?type=AUCTION_RECEIPT&as=CELL"
            headers = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "text/csv"}
            assert port.post(path, content=b"a,b\n1,2\n", headers=headers).status_code == 403
        if role is Role.APPROVER:
            own = {"change": "revoke", "reason": "fraud", "as": "CELL"}
            assert ask(port, "POST /v1/documents/P-1/status", own).status_code == 403
            foreign = ask(port, "POST /v1/documents/K-1/status", {**own, "as": "PORT"})
            assert foreign.status_code == 404
    assert remains(shared_service) == before


def told(answer: httpx.Response) -> bytes:
    """The answer's body, without the number of the request."""
    return answer.content.replace(str(answer.json()["requestId"]).encode(), b"")


@pytest.mark.parametrize("role", [Role.ISSUER, Role.APPROVER], ids=str)
def test_a_foreign_document_is_answered_as_one_that_does_not_exist(
    role: Role, shared_service: Running
) -> None:
    assert shared_service.people is not None
    digest = document(shared_service, "PORT", "P-1")["document"]["digest"]
    with shared_service.asks(shared_service.people.client(role, "CELL")) as client:
        for rest in ("", "/status", "/bundle", "/content", "/certificate.pdf", "/qr.svg"):
            absent = client.get(f"/v1/documents/{'ab' * 32}{rest}")
            foreign = client.get(f"/v1/documents/{digest}{rest}")
            assert foreign.status_code == absent.status_code == 404
            assert told(foreign) == told(absent)
            assert client.get(f"/v1/documents/P-1{rest}").status_code == 404
        listed = client.get("/v1/documents").json()["documents"]
        assert {one["issuer"] for one in listed} == {"CELL"}
    for reader in (Role.SQUAD, Role.AUDITOR, Role.PARTNER):
        with shared_service.asks(shared_service.people.client(reader)) as client:
            assert client.get(f"/v1/documents/{digest}").status_code == 200


def document(running: Running, formation: str, number: str) -> dict[str, Any]:
    assert running.people is not None
    with running.asks(running.people.client(Role.ISSUER, formation)) as client:
        answer = client.get(f"/v1/documents/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def test_contents_and_numbers_in_clear_are_for_the_office_and_the_auditor(shared_service: Running) -> None:
    assert shared_service.people is not None
    people = shared_service.people
    digest = document(shared_service, "CELL", "K-1")["document"]["digest"]
    for who, sees in (
        (people.client(Role.ISSUER), True), (people.client(Role.AUDITOR), True),
        (people.client(Role.SQUAD, "PORT"), False),
        (people.client(Role.PARTNER, "PORT"), False),
    ):  # fmt: skip
        with shared_service.asks(who) as client:
            told = client.get(f"/v1/documents/{digest}").json()
            assert bool(told["number"]) is sees, who.role
            bundle = client.get(f"/v1/documents/{digest}/bundle").content
            assert (b"document.json" in bundle) is sees, who.role


def test_an_act_of_another_office_is_not_there_and_cannot_be_done_in_its_name(
    shared_service: Running,
) -> None:
    assert shared_service.people is not None
    people = shared_service.people
    with Client(shared_service.url, people.client(Role.ISSUER, "PORT").token) as port:
        act = port.issue(IssueRequest(type="FILE", number="R-1"), b"a paper of PORT").act
    with shared_service.asks(people.client(Role.ISSUER, "CELL")) as cell:
        foreign, absent = cell.get(f"/v1/acts/{act}"), cell.get(f"/v1/acts/{'0' * 32}")
        assert foreign.status_code == absent.status_code == 404
        assert told(foreign) == told(absent)
        assert act not in cell.get("/v1/acts").text
        body = {"type": "AUCTION_RECEIPT", "as": "PORT", "document": {"a": 1}}
        assert ask(cell, "POST /v1/documents", body).status_code == 403
    with shared_service.asks(people.client(Role.AUDITOR)) as auditor:
        assert auditor.get(f"/v1/acts/{act}").status_code == 200


def test_a_foreign_consignment_is_answered_as_one_that_does_not_exist(shared_service: Running) -> None:
    assert shared_service.people is not None
    people = shared_service.people
    with Client(shared_service.url, people.client(Role.ISSUER, "PORT").token) as port:
        act = port.register(RegisterRequest(kind="CONTAINER", reference="PORT 1", quantity=1)).act
        assert port.follow(act).state == "final"
        foreign = port.consignment("PORT 1").consignment.id
    with shared_service.asks(people.client(Role.ISSUER, "CELL")) as cell:
        for rest in ("", "/trace"):
            absent = cell.get(f"/v1/consignments/{'ab' * 32}{rest}")
            for name in (foreign, foreign[:12], "PORT%201"):
                answer = cell.get(f"/v1/consignments/{name}{rest}")
                assert (answer.status_code, told(answer)) == (404, told(absent)), name
        assert foreign not in cell.get("/v1/consignments").text
        moves = [
            {"act": "ship", "to": "YARD"}, {"act": "receive"}, {"act": "refuse"}, {"act": "hand-over", "to": "YARD"},
            {"act": "recall", "reason": "taker-did-not-come"},
        ]  # fmt: skip
        for move in moves:
            answers = [
                ask(cell, "POST /v1/handovers", {**move, "consignment": name})
                for name in ("ab" * 32, foreign, foreign[:12], "PORT 1")
            ]
            assert {(one.status_code, told(one)) for one in answers} == {(404, told(answers[0]))}, move
    rows = [
        captured(shared_service, formation, name)
        for formation, name in (("PORT", "PORT 1"), ("CELL", "PORT 1"), ("CELL", "PORT 2"), ("CELL", "BOX 1"))
    ]
    assert [row["consignment"] for row in rows[:3]] == [foreign, "", ""]
    assert rows[1] == rows[2]
    assert [row["code"] for row in rows] == [
        "CUSTODY_NOT_IN_TRANSIT", "EPCIS_OBJECT_UNCLEAR", "EPCIS_OBJECT_UNCLEAR", "CUSTODY_NOT_THE_TAKER",
    ]  # fmt: skip
    for reader in (Role.SQUAD, Role.AUDITOR, Role.ADMIN):
        with shared_service.asks(people.client(reader)) as client:
            assert client.get(f"/v1/consignments/{foreign}/trace").status_code == 200
    with shared_service.asks(
        people.client(Role.ISSUER, "CELL")
    ) as cell:  # it may hold containers, as a court may
        held = ask(cell, "POST /v1/holds", {"act": "hold", "consignment": foreign, "reason": "court-order"})
        assert held.status_code == 202


def captured(service: Running, formation: str, reference: str) -> dict[str, Any]:
    """What a dry run says of a receipt of a consignment, to an issuer of a formation."""
    assert service.people is not None
    event = {"type": "ObjectEvent", "eventTime": "2026-11-28T09:00:00Z", "eventTimeZoneOffset": "+00:00",
             "epcList": ["urn:x:box"], "action": "OBSERVE", "bizStep": "receiving"}  # fmt: skip
    document = json.dumps(documents.document([event], "2026-11-28T09:00:00Z"))
    with service.asks(service.people.client(Role.ISSUER, formation)) as client:
        answer = ask(
            client, "POST /v1/epcis/capture", {"document": document, "names": {"urn:x:box": reference}}
        )
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rows"]
    return dict(row)


def test_a_foreign_batch_is_answered_as_one_that_does_not_exist(shared_service: Running) -> None:
    assert shared_service.people is not None
    people = shared_service.people
    with shared_service.asks(people.client(Role.ISSUER, "PORT")) as port:
        headers = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/zip"}
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made_of:
            made_of.writestr("one.txt", b"a file of PORT in a batch")
        made = port.post("/v1/batches?type=FILE", content=archive.getvalue(), headers=headers)
        assert made.status_code == 202, made.text
        job = made.json()["batch"]
        assert port.get(f"/v1/batches/{job}").status_code == 200
    with shared_service.asks(people.client(Role.APPROVER, "CELL")) as cell:
        for rest in ("", "/rows", "/outcomes.csv"):
            foreign, absent = (cell.get(f"/v1/batches/{one}{rest}") for one in (job, "0" * 32))
            assert (foreign.status_code, told(foreign)) == (404, told(absent)), rest
        assert job not in cell.get("/v1/batches").text
    with shared_service.asks(people.client(Role.AUDITOR)) as auditor:
        assert auditor.get(f"/v1/batches/{job}").status_code == 200


def test_a_number_that_another_office_uses_too_is_one_s_own_and_finds_nothing_of_theirs(
    shared_service: Running,
) -> None:
    assert shared_service.people is not None
    people = shared_service.people
    with Client(shared_service.url, people.client(Role.ISSUER, "PORT").token) as port:
        for number in ("K-1", "S-1"):
            act = port.issue(IssueRequest(type="FILE", number=number), f"{number} of PORT".encode()).act
            assert port.follow(act).state == "final"
        digest = port.document("S-1").document.digest
    with shared_service.asks(people.client(Role.APPROVER, "CELL")) as cell:
        assert cell.get("/v1/documents/K-1").json()["issuer"] == "CELL"
        by_number = [cell.get(path) for path in (
            "/v1/documents/S-9", "/v1/documents/S-1", f"/v1/documents/{digest[:12]}",
            "/v1/documents/K-1?issuer=PORT", "/v1/documents/K-1?type=FILE",
        )]  # fmt: skip
        assert {(one.status_code, told(one)) for one in by_number} == {(404, told(by_number[0]))}
        verdicts = [
            cell.post("/v1/verify", json={"identifier": one}).json()["verdict"] for one in ("S-9", "S-1")
        ]
        assert verdicts == ["unknown", "unknown"]
        for whole in ({"identifier": digest}, {"digest": digest}):
            assert cell.post("/v1/verify", json=whole).json()["issuer"] == "PORT", "who has the paper may ask"
        by = {"change": "supersede", "reason": "amended"}
        named = [ask(cell, "POST /v1/documents/K-1/status", {**by, "by": one}) for one in ("S-9", "S-1")]
        assert {(one.status_code, told(one)) for one in named} == {(404, told(named[0]))}
        box = {"kind": "CONTAINER", "reference": "S 1", "quantity": 1}
        listed = [ask(cell, "POST /v1/consignments", {**box, "documents": [one]}) for one in ("S-9", "S-1")]
        assert {(one.status_code, told(one)) for one in listed} == {(404, told(listed[0]))}
    with shared_service.asks(people.client(Role.SQUAD, "CELL")) as squad:
        assert squad.get("/v1/documents/S-1").json()["issuer"] == "PORT"
        assert squad.get("/v1/documents/K-1").json()["code"] == "AMBIGUOUS_DOCUMENT"


def test_a_changed_paper_is_compared_with_what_the_reader_may_read_and_no_more(
    shared_service: Running,
) -> None:
    assert shared_service.people is not None
    people = shared_service.people
    changed = receipt("K-1").replace(b"PKR", b"USD")

    def answer(asking: httpx.Client) -> tuple[str, list[str]]:
        told = asking.post("/v1/verify", files={"file": ("changed.json", changed)}).json()
        assert told["verdict"] == "unknown"
        return told["answers"]["intact"]["reason"], told["differs"]

    with httpx.Client(base_url=shared_service.url) as stranger:
        assert answer(stranger) == ("NOT_ON_LEDGER", [])
    for role, office, wanted in (
        (Role.ISSUER, "PORT", ("NOT_ON_LEDGER", [])),
        (Role.SQUAD, "PORT", ("FIELDS_DIFFER", [])),
        (Role.ISSUER, "CELL", ("FIELDS_DIFFER", ["/currency"])),
    ):
        with shared_service.asks(people.client(role, office)) as asking:
            assert answer(asking) == wanted, (role, office)
    with shared_service.asks(people.client(Role.AUDITOR)) as auditor:
        assert answer(auditor) == ("FIELDS_DIFFER", ["/currency"])


# -- sessions ------------------------------------------------------------------------------------------------------


def signed_in(running: Running, who: Somebody) -> httpx.Client:
    """A browser after its form was sent; httpx keeps a Secure cookie from plain http, so it is put by hand."""
    with running.asks() as stranger:
        answer = stranger.post("/sign-in", data={"name": who.name, "password": who.password})
    assert answer.status_code == 303, answer.text
    client = running.asks()
    client.headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
    return client


def csrf_of(client: httpx.Client) -> str:
    """The token that the pages of this session carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)
    assert found is not None
    return found[1]


def test_a_session_s_cookie_is_for_this_host_only_and_out_of_scripts_reach(shared_service: Running) -> None:
    assert shared_service.people is not None
    who = shared_service.people.person(Role.ISSUER)
    with shared_service.asks() as client:
        cookie = client.post("/sign-in", data={"name": who.name, "password": who.password}).headers[
            "Set-Cookie"
        ]
    name, *attributes = [part.strip() for part in cookie.split(";")]
    assert name.startswith("__Host-sanad=")
    assert {"path=/", "secure", "httponly"} <= {one.lower() for one in attributes}
    assert any(one.lower() in {"samesite=lax", "samesite=strict"} for one in attributes)
    assert not any(one.lower().startswith("domain") for one in attributes)


def test_a_wrong_password_a_wrong_name_and_a_client_s_name_are_refused_alike(shared_service: Running) -> None:
    assert shared_service.people is not None
    who = shared_service.people.person(Role.ISSUER)
    told = []
    with shared_service.asks() as client:
        for name, password in (
            (who.name, "not the password"), ("nobody", who.password), (f"{who.name}.client", "x"),
            ("", ""), (who.name, ""),
        ):  # fmt: skip
            answer = client.post("/sign-in", data={"name": name, "password": password})
            assert answer.status_code == 401
            assert "Set-Cookie" not in answer.headers
            told.append(answer.text.replace(name, "") if name else answer.text)
    assert "SIGN_IN_REFUSED" in told[0] or "password" in told[0]


def test_what_a_browser_sends_from_another_page_changes_nothing(shared_service: Running) -> None:
    service = shared_service
    assert service.people is not None
    who = service.people.person(Role.ISSUER)
    body = {"kind": "CONTAINER", "reference": "CSRF-1", "quantity": 1}
    with signed_in(service, who) as browser:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        right = csrf_of(browser)
        for headers in (
            {}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": right[:-1]},
            {"X-CSRF-Token": right, "Origin": "https://evil.example"}, {"X-CSRF-Token": right, "Origin": "null"},
        ):  # fmt: skip
            answer = browser.post("/v1/consignments", json=body, headers={**key, **headers})
            assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_REFUSED"), headers
        with signed_in(service, service.people.person(Role.SQUAD)) as other:
            foreign = {"X-CSRF-Token": csrf_of(other)}
        assert browser.post("/v1/consignments", json=body, headers={**key, **foreign}).status_code == 403
        page = {**body, "key": "page-of-this-test"}
        for form, headers in (
            ({}, {}), ({"csrf": "x"}, {}), ({"csrf": foreign["X-CSRF-Token"]}, {}),
            ({"csrf": right}, {"Origin": "https://evil.example"}), ({"csrf": right}, {"Origin": "null"}),
        ):  # fmt: skip
            answer = browser.post("/consignments", data={**page, **form}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_REFUSED"), form
        for path in ("/v1/consignments", "/v1/acts"):
            assert "CSRF-1" not in browser.get(path).text
        sent = browser.post("/consignments", data={**page, "csrf": right}, headers={"Origin": service.url})
        assert sent.status_code == 303, sent.text
        fine = browser.post("/v1/consignments", json=body, headers={**key, "X-CSRF-Token": right})
        assert fine.status_code == 202, fine.text


def test_a_session_lives_through_a_restart_and_ends_with_the_account_or_at_the_door(service: Running) -> None:
    assert service.people is not None
    people = service.people
    who, token = people.person(Role.SQUAD), people.client(Role.SQUAD)
    with signed_in(service, who) as browser:
        assert browser.get("/v1/me").json()["name"] == who.name
        service.kill()
        service.start()
        browser.base_url = httpx.URL(service.url)
        assert browser.get("/v1/me").json()["name"] == who.name
        with service.asks(token) as bearer, service.asks(people.client(Role.ADMIN)) as admin:
            assert bearer.get("/v1/me").status_code == 200
            for name in (who.name, token.name):
                assert ask(admin, f"POST /v1/users/{name}/disabling").status_code == 200
            assert browser.get("/v1/me").status_code == 401
            refused = bearer.get("/v1/me")
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    again = people.person(Role.APPROVER)
    with signed_in(service, again) as browser:
        right = csrf_of(browser)
        assert browser.post("/sign-out", data={"csrf": "x"}).status_code == 403
        assert browser.get("/v1/me").status_code == 200
        assert browser.post("/sign-out", data={"csrf": right}).status_code == 303
        assert browser.get("/v1/me").status_code == 401


def test_a_token_that_has_ended_or_is_for_another_network_is_refused_by_the_service(
    shared_service: Running,
) -> None:
    office = open_database("office", shared_service.data / "office.db")
    name = "auditor.client"
    try:
        elsewhere = Accounts(office, audience="log.elsewhere.example", clock=time.time)
        foreign = elsewhere.make_token(name, label="elsewhere", lifetime_seconds=3600)
        with shared_service.asks() as client:
            origin = client.get("/checkpoint").text.partition("\n")[0]
        before = Accounts(office, audience=origin, clock=lambda: time.time() - 7200)
        over = before.make_token(name, label="over", lifetime_seconds=3600)
        right = before.make_token(name, label="right", lifetime_seconds=3 * 3600)
    finally:
        office.dispose()
    answers = []
    with shared_service.asks() as client:
        for token in (foreign, over, right):
            answers.append(client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}))
    assert [one.status_code for one in answers] == [401, 401, 200]
    for refused in answers[:2]:
        assert refused.json()["code"] == "SIGN_IN_NEEDED"
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="sanad"'


def test_a_token_that_is_unknown_misspelt_or_of_another_scheme_is_refused_and_never_taken_for_nobody_s(
    shared_service: Running,
) -> None:
    assert shared_service.people is not None
    right = shared_service.people.client(Role.ISSUER).token
    for header in (
        "Bearer",
        f"Bearer {right[:-1]}{'1' if right.endswith('0') else '0'}",
        "Bearer snd_x",
        f"Basic {right}",
        f"Bearer {right} x",
    ):
        with shared_service.asks() as client:
            answer = client.get("/healthz", headers={"Authorization": header})
            assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_NEEDED"), header
            assert right[:20] not in json.dumps(answer.json())


def test_no_secret_is_in_the_log_or_on_the_disk_in_any_form_that_can_be_tried_quickly(
    shared_service: Running,
) -> None:
    assert shared_service.people is not None
    people, path = shared_service.people, "/v1/users/partner.port/password"
    who, client = people.person(Role.APPROVER), people.client(Role.APPROVER)
    new = f"a new password {secrets.token_hex(8)}"
    body = json.dumps({"password": new}).encode()
    headers = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
    with shared_service.asks(people.client(Role.ADMIN)) as admin:
        set_ = [admin.post(path, content=body, headers=headers) for _ in range(2)]
        other = admin.post(path, content=body.replace(b"new", b"old"), headers=headers)
        made = ask(admin, "POST /v1/users/issuer.cell.client/tokens", {"label": "s", "lifetimeSeconds": 60})
        secret_query = admin.get("/v1/me", params={"token": new})
    assert [one.status_code for one in set_] == [200, 200]
    assert set_[1].headers["Idempotency-Replayed"] == "true"
    assert other.json()["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert secret_query.status_code in {200, 400}
    with signed_in(shared_service, who) as browser, shared_service.asks(client) as bearer:
        cookie = browser.headers["Cookie"].partition("=")[2]
        assert browser.get("/v1/me").status_code == bearer.get("/v1/me").status_code == 200
    written = [shared_service.log.read_bytes()]
    for file in shared_service.data.rglob("*"):
        if file.is_file() and file.parent.name != "secrets":
            written.append(file.read_bytes())
    asked = f"POST {path}?\0".encode() + body
    known = (
        *(one.encode() for one in (new, who.password, client.token, cookie, made.json()["token"])),
        hashlib.sha256(asked).digest(), hashlib.sha256(asked).hexdigest().encode(),
        hashlib.sha256(new.encode()).digest(),
    )  # fmt: skip
    for number, secret in enumerate(known):
        assert len(secret) >= 16
        assert not any(secret in content for content in written), number
    kept = hashlib.sha256(client.token.encode()).digest()
    assert any(kept in content for content in written), "the files that were searched are the right ones"
