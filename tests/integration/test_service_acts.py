"""Acts through the service: promised once under a key, the same answer for ever, followed to their end."""

import contextlib
import json
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from sanad_api.callers import Role
from sanad_testkit.service import Prepared, Running, copy_of, prepared, running, shared_service

__all__ = ["prepared", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
WITHIN = 30.0
SETTLES = {"wait": "30"}
ACTS = {
    "an-act-on-the-ledger": (
        Role.ISSUER,
        "/v1/consignments",
        b'{"kind":"CONTAINER","reference":"BOX 7"}',
        202,
    ),
    "a-person": (Role.ADMIN, "/v1/users", b'{"name":"new","kind":"client","roles":["admin"]}', 201),
    "several-acts": (Role.ADMIN, "/v1/formations/YARD/rotation", b"{}", 202),
    "a-batch": (Role.ISSUER, "/v1/batches?type=AUCTION_RECEIPT", b"receiptNumber\nR-1\n", 202),
}
"""An act of each way of remembering answers: who, where, what, and the status of its answer."""


def post(
    client: httpx.Client, path: str, body: bytes | dict[str, Any], key: str | None = None
) -> httpx.Response:
    """Ask for an act, under a key of its own unless one is given."""
    headers = {"Content-Type": "text/csv" if path.startswith("/v1/batches") else "application/json"}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        path, content=content, headers={**headers, "Idempotency-Key": key or secrets.token_hex(8)}
    )


def said(answer: httpx.Response) -> tuple[int, bytes, str, str]:
    """What must be the same when an answer is given again."""
    return (
        answer.status_code,
        answer.content,
        answer.headers["Content-Type"],
        answer.headers.get("Location", ""),
    )


def refusal(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """Status, code and pointers of a problem."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    return answer.status_code, told["code"], [one["pointer"] for one in told.get("errors", [])]


@pytest.fixture
def issuer(shared_service: Running) -> Iterator[httpx.Client]:
    assert shared_service.people is not None
    with shared_service.asks(shared_service.people.client(Role.ISSUER)) as client:
        yield client


@pytest.fixture
def approver(shared_service: Running) -> Iterator[httpx.Client]:
    assert shared_service.people is not None
    with shared_service.asks(shared_service.people.client(Role.APPROVER)) as client:
        yield client


def issued(client: httpx.Client, number: str) -> str:
    """The digest of a file that is issued, and final."""
    answer = client.post(
        "/v1/documents",
        files={"file": ("paper.txt", number.encode())},
        data={"type": "FILE", "number": number},
        headers={"Idempotency-Key": f"issue {number}"},
    )
    assert answer.status_code == 202, answer.text
    assert followed(client, answer)["state"] == "final"
    return str(answer.json()["digest"])


def followed(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """The act of an answer, once it is settled."""
    told = client.get(answer.headers["Location"], params=SETTLES).raise_for_status().json()
    assert told["state"] in {"final", "refused"}
    return dict(told)


# -- idempotency keys ---------------------------------------------------------------------------------------------


def test_an_answer_is_given_again_byte_by_byte_through_a_restart_and_a_kill(
    prepared: Prepared, tmp_path: Path
) -> None:
    with running(copy_of(prepared, tmp_path), prepared) as service:
        first = {}
        for name, (role, path, body, status) in ACTS.items():
            with service.asks(prepared.client(role)) as client:
                answer = post(client, path, body, key=name)
            assert answer.status_code == status, answer.text
            assert "Idempotency-Replayed" not in answer.headers
            first[name] = said(answer)
        for ending in (None, service.stop, service.kill):
            if ending is not None:
                ending()
                service.start()
            for name, (role, path, body, _) in ACTS.items():
                with service.asks(prepared.client(role)) as client:
                    answer = post(client, path, body, key=name)
                assert answer.headers["Idempotency-Replayed"] == "true"
                assert said(answer) == first[name]


def test_a_key_is_refused_while_its_first_request_is_still_under_way(shared_service: Running) -> None:
    assert shared_service.people is not None
    who = shared_service.people.client(Role.ISSUER)
    body = b'{"kind":"CONTAINER","reference":"BOX 8"}'
    with shared_service.asks(who) as client:
        with begun(shared_service, who.token, "/v1/consignments", len(body), "slow") as first:
            answer = post(client, "/v1/consignments", body, key="slow")
            assert refusal(answer) == (409, "IDEMPOTENCY_IN_FLIGHT", ["Idempotency-Key"])
            first.sendall(body)
            told = first.recv(1 << 16).partition(b"\r\n\r\n")
        assert told[0].startswith(b"HTTP/1.1 202 ")
        answer = post(client, "/v1/consignments", body, key="slow")
        assert (answer.status_code, answer.content) == (202, told[2])


def test_a_request_that_breaks_off_leaves_its_key_free(shared_service: Running) -> None:
    assert shared_service.people is not None
    who = shared_service.people.client(Role.ISSUER)
    body = b'{"kind":"CONTAINER","reference":"BOX 9"}'
    with shared_service.asks(who) as client:
        with begun(shared_service, who.token, "/v1/consignments", len(body), "broken") as first:
            first.sendall(body[:10])
        answer = post(client, "/v1/consignments", body, key="broken")
        while answer.status_code == 409:  # until the service has seen the end of the first
            answer = post(client, "/v1/consignments", body, key="broken")
        assert answer.status_code == 202
        assert "Idempotency-Replayed" not in answer.headers


@contextlib.contextmanager
def begun(service: Running, token: str, path: str, length: int, key: str) -> Iterator[socket.socket]:
    """A request whose body the service waits for, having taken its key."""
    place = urlsplit(service.url)
    lines = [
        f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", f"Idempotency-Key: {key}",
        "Content-Type: application/json", f"Content-Length: {length}", "Expect: 100-continue", "", "",
    ]  # fmt: skip
    with socket.create_connection((place.hostname, place.port), WITHIN) as line:
        line.sendall("\r\n".join(lines).encode())
        assert line.recv(1 << 12).startswith(b"HTTP/1.1 100 ")
        yield line


def test_a_key_that_was_used_for_another_request_is_refused(issuer: httpx.Client) -> None:
    body = {"kind": "CONTAINER", "reference": "BOX 10"}
    assert post(issuer, "/v1/consignments", body, key="one").status_code == 202
    for path, another in (
        ("/v1/consignments", {**body, "note": "another"}),
        ("/v1/consignments?x=1", body),
        ("/v1/handovers", body),
    ):
        answer = post(issuer, path, another, key="one")
        assert refusal(answer) == (422, "IDEMPOTENCY_KEY_REUSED", ["Idempotency-Key"])


def test_a_form_is_the_same_request_whatever_its_boundary(issuer: httpx.Client) -> None:
    def asked(content: bytes, boundary: str) -> httpx.Response:
        kind = f"multipart/form-data; boundary={boundary}"
        headers = {"Idempotency-Key": "form", "Content-Type": kind}
        form = {"type": "FILE", "number": "FORM-1"}
        return issuer.post("/v1/documents", files={"file": content}, data=form, headers=headers)

    first, again = asked(b"a", "first"), asked(b"a", '"the second"')
    assert said(again) == said(first)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert refusal(asked(b"b", "third"))[1] == "IDEMPOTENCY_KEY_REUSED"


def test_a_request_that_was_refused_leaves_its_key_free(issuer: httpx.Client) -> None:
    body = {"kind": "CONTAINER", "reference": "BOX 11"}
    assert post(issuer, "/v1/consignments", {**body, "place": "no place"}, key="again").status_code == 400
    assert post(issuer, "/v1/consignments", body, key="again").status_code == 202


@pytest.mark.parametrize(("key", "code"), [
    pytest.param(None, "IDEMPOTENCY_KEY_MISSING", id="none"),
    pytest.param("", "IDEMPOTENCY_KEY_INVALID", id="empty"),
    pytest.param("k" * 129, "IDEMPOTENCY_KEY_INVALID", id="too-long"),
    pytest.param("a\tb", "IDEMPOTENCY_KEY_INVALID", id="not-printable"),
    pytest.param("ключ", "IDEMPOTENCY_KEY_INVALID", id="not-ascii"),
])  # fmt: skip
def test_an_act_without_a_proper_key_is_refused(key: str | None, code: str, issuer: httpx.Client) -> None:
    headers = {} if key is None else {b"Idempotency-Key": key.encode()}
    answer = issuer.post("/v1/consignments", json={"kind": "CONTAINER", "reference": "X"}, headers=headers)
    assert refusal(answer) == (400, code, ["Idempotency-Key"])


def test_what_a_key_names_is_an_act_or_a_request(issuer: httpx.Client) -> None:
    headers = {"Idempotency-Key": "scope", "Idempotency-Scope": "acts"}
    answer = issuer.post("/v1/consignments", json={"kind": "CONTAINER", "reference": "X"}, headers=headers)
    assert refusal(answer) == (400, "IDEMPOTENCY_SCOPE_INVALID", ["Idempotency-Scope"])


def test_a_key_of_128_characters_is_taken(issuer: httpx.Client) -> None:
    body = {"kind": "CONTAINER", "reference": "BOX 12"}
    assert post(issuer, "/v1/consignments", body, key="~" * 128).status_code == 202


def test_keys_of_two_callers_never_meet(issuer: httpx.Client, approver: httpx.Client) -> None:
    body = {"kind": "CONTAINER", "reference": "BOX 13"}
    answers = [post(client, "/v1/consignments", body, key="shared") for client in (issuer, approver)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert len({answer.json()["act"] for answer in answers}) == 2
    assert post(approver, "/v1/consignments", {**body, "note": "x"}, key="shared").status_code == 422


# -- from accepted to final ---------------------------------------------------------------------------------------


def test_an_act_is_followed_from_its_answer_to_its_entry(issuer: httpx.Client) -> None:
    answer = post(issuer, "/v1/consignments", {"kind": "CONTAINER", "reference": "BOX 20"}, key="follow")
    told = answer.json()
    assert (answer.status_code, told["state"], told["what"]) == (202, "accepted", "register")
    assert answer.headers["Location"] == f"/v1/acts/{told['act']}"
    act = followed(issuer, answer)
    assert (act["act"], act["state"], act["code"]) == (told["act"], "final", None)
    assert act["tx"]
    shown = issuer.get(f"/v1/consignments/{told['consignment']}").raise_for_status().json()
    assert shown["consignment"]["entry"] == act["entry"]
    assert act["act"] in {one["act"] for one in issuer.get("/v1/acts").json()["acts"]}


def test_an_act_that_the_contract_refuses_says_why(issuer: httpx.Client) -> None:
    ship = {"act": "ship", "consignment": "BOX 1", "to": "PORT"}  # it is on its way already
    act = followed(issuer, post(issuer, "/v1/handovers", ship))
    assert (act["state"], act["code"]) == ("refused", "CUSTODY_IN_TRANSIT")
    assert act["message"]
    assert (act["entry"], act["tx"]) == (None, None)


def test_an_act_of_another_formation_cannot_be_followed(
    issuer: httpx.Client, shared_service: Running
) -> None:
    assert shared_service.people is not None
    answer = post(issuer, "/v1/consignments", {"kind": "CONTAINER", "reference": "BOX 21"})
    with shared_service.asks(shared_service.people.client(Role.ISSUER, "PORT")) as stranger:
        known, unknown = (stranger.get(path) for path in (answer.headers["Location"], f"/v1/acts/{'0' * 32}"))
    assert refusal(known) == refusal(unknown) == (404, "UNKNOWN_ACT", ["act"])


@pytest.mark.parametrize("wait", ["-1", "31", "1.5", "x", ""])
def test_how_long_to_wait_is_a_number_of_seconds_up_to_thirty(wait: str, issuer: httpx.Client) -> None:
    answer = issuer.get(f"/v1/acts/{'0' * 32}", params={"wait": wait})
    assert refusal(answer) == (400, "REQUEST_INVALID", ["?wait"])


# -- tags ---------------------------------------------------------------------------------------------------------


def test_a_document_is_not_sent_again_until_its_standing_changes(approver: httpx.Client) -> None:
    digest = issued(approver, "TAG-1")
    for path in (f"/v1/documents/{digest}", f"/v1/documents/{digest}/status"):
        answer = approver.get(path)
        tag = answer.headers["ETag"]
        for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            same = approver.get(path, headers={"If-None-Match": given})
            assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
        assert approver.get(path, headers={"If-None-Match": '"x"'}).content == answer.content
    before = {
        path: approver.get(path).headers["ETag"]
        for path in (f"/v1/documents/{digest}", f"/v1/documents/{digest}/status")
    }
    change = {"change": "suspend", "reason": "court-order"}
    assert followed(approver, post(approver, f"/v1/documents/{digest}/status", change))["state"] == "final"
    for path, tag in before.items():
        answer = approver.get(path, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.json()["state"]) == (200, "suspended")
        assert answer.headers["ETag"] != tag


# -- lists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "member", "name"), [
    ("/v1/documents", "documents", "digest"),
    ("/v1/consignments", "consignments", "id"),
    ("/v1/acts", "acts", "act"),
    ("/v1/batches", "batches", "batch"),
])  # fmt: skip
def test_who_turns_pages_while_others_add_sees_each_thing_once(
    path: str, member: str, name: str, approver: httpx.Client
) -> None:
    for number in range(5):
        add(approver, member, f"{member}-{number}")
    there = {one[name] for one in approver.get(path, params={"limit": 200}).json()[member]}
    assert len(there) >= 5
    seen: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = approver.get(path, params=query).raise_for_status().json()
        seen += [one[name] for one in page[member]]
        if page["next"] is None:
            break
        query["before"] = str(page["next"])
        add(approver, member, f"{member}-while-{len(seen)}")
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def add(client: httpx.Client, member: str, name: str) -> None:
    """One more thing of a list, final."""
    match member:
        case "documents":
            issued(client, name)
        case "batches":
            assert (
                post(
                    client, "/v1/batches?type=AUCTION_RECEIPT", f"receiptNumber\n{name}\n".encode()
                ).status_code
                == 202
            )
        case _:
            answer = post(client, "/v1/consignments", {"kind": "CONTAINER", "reference": name})
            assert followed(client, answer)["state"] == "final"


@pytest.mark.parametrize("path", ["/v1/documents", "/v1/consignments", "/v1/acts", "/v1/batches"])
@pytest.mark.parametrize("cursor", ["x", "-1", "1-", "9" * 30, "%00", "1-2-3", "' OR 1=1"])
def test_a_cursor_that_was_not_given_out_is_refused(path: str, cursor: str, approver: httpx.Client) -> None:
    status, code, pointers = refusal(approver.get(path, params={"before": cursor}))
    assert (status, pointers) == (400, ["?before"])
    assert code in {"CURSOR_INVALID", "REQUEST_INVALID"}


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1e2"])
def test_a_page_has_between_1_and_200_things(limit: str, approver: httpx.Client) -> None:
    answer = approver.get("/v1/documents", params={"limit": limit})
    assert refusal(answer) == (400, "REQUEST_INVALID", ["?limit"])
