"""What the service shows is on record before it is shown: by every way of asking, and not at all where it cannot be
recorded.
"""

import resource
from pathlib import Path

import httpx
import pytest

from sanad_api.callers import Role
from sanad_testkit.service import Prepared, Running, prepared, shared_service, with_room

__all__ = ["prepared", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]


def seen(service: Running, people: Prepared, name: str) -> list[tuple[str, str, int]]:
    """What an account was shown, newest first: what it asked for, about what, how many things."""
    with service.asks(people.client(Role.AUDITOR)) as auditor:
        told = auditor.get("/v1/reads", params={"name": name, "limit": 200}).json()["reads"]
    return [(one["what"], one["about"], one["things"]) for one in told]


def test_each_way_of_reading_is_recorded_with_what_was_shown_and_a_stranger_s_is_not(
    shared_service: Running, prepared: Prepared
) -> None:
    who = prepared.client(Role.ISSUER)
    with shared_service.asks(who) as client:
        digest = client.get("/v1/documents/K-1").json()["document"]["digest"]
        box = client.get("/v1/consignments/BOX 1").json()["consignment"]["id"]
        ways = [
            ("GET", f"/v1/documents/{digest}/content", "{identifier}/content", digest),
            ("GET", f"/v1/documents/{digest}/bundle", "{identifier}/bundle", digest),
            ("GET", f"/v1/documents/{digest}/certificate.pdf", "{identifier}/certificate.pdf", digest),
            ("GET", "/v1/consignments/BOX 1/trace", "{identifier}/trace", box),
        ]
        for method, path, _, _ in ways:
            assert client.request(method, path).status_code == 200, path
        listed = len(client.get("/v1/documents").json()["documents"])
        assert client.post("/v1/verify", json={"identifier": "K-1"}).status_code == 200
    found = seen(shared_service, prepared, who.name)
    assert found[0] == ("POST /v1/verify", digest, 1)
    assert found[1] == ("GET /v1/documents", "", listed)
    for (method, _, template, about), one in zip(reversed(ways), found[2:], strict=False):
        kind = "consignments" if about == box else "documents"
        assert one == (f"{method} /v1/{kind}/{template}", about, 1)
    with shared_service.asks() as stranger:
        assert stranger.post("/v1/verify", json={"digest": digest}).json()["verdict"] == "authentic"
    with shared_service.asks(prepared.client(Role.AUDITOR)) as auditor:
        newest = auditor.get("/v1/reads", params={"limit": 1}).json()["reads"][0]
    assert newest["what"] == "GET /v1/reads"  # the one before this: the stranger's is not there


def test_a_page_is_recorded_as_the_api_is(shared_service: Running, prepared: Prepared) -> None:
    who = prepared.person(Role.AUDITOR)
    with httpx.Client(base_url=shared_service.url, timeout=60, trust_env=False) as browser:
        form = {"name": who.name, "password": who.password}
        answer = browser.post("/sign-in", data=form, headers={"Origin": shared_service.url})
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        for path in ("/documents", "/reads", "/notices", "/traders", "/warehouse"):
            assert browser.get(path, headers={"Cookie": cookie}).status_code == 200, path
    assert [what for what, _, _ in seen(shared_service, prepared, who.name)][:5] == [
        "GET /warehouse",
        "GET /traders",
        "GET /notices",
        "GET /reads",
        "GET /documents",
    ]


def test_what_cannot_be_recorded_is_not_shown(shared_service: Running, prepared: Prepared) -> None:
    who = prepared.client(Role.APPROVER)
    with shared_service.asks(who) as client, shared_service.asks() as stranger:
        digest = client.get("/v1/documents/K-1").json()["document"]["digest"]
        with_room(shared_service, 1)
        try:
            refused = client.get(f"/v1/documents/{digest}/content")
            assert refused.status_code in {503, 507}
            assert "receiptNumber" not in refused.text
            assert refused.json()["code"] in {"DISK_FULL", "DISK_FAULT"}
            public = stranger.post("/v1/verify", json={"digest": digest})
            assert public.json()["verdict"] == "authentic"
        finally:
            with_room(shared_service, resource.RLIM_INFINITY)
        assert client.get(f"/v1/documents/{digest}/content").status_code == 200
    whole = Path(shared_service.data) / "office.db"
    assert whole.exists()
    with shared_service.asks(prepared.client(Role.AUDITOR)) as auditor:
        assert auditor.get("/v1/reads/check").status_code == 200
