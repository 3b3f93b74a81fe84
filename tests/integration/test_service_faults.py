"""What the service can still do when what it stands on fails: the chain is gone or silent, the disk is full."""

import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sanad_api.callers import Role
from sanad_testkit.broken_chain import Chain, breakable
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, copy_of, prepared, running, with_room

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
WITHIN = 60.0


@pytest.fixture
def chain(prepared: Prepared, tmp_path: Path) -> Iterator[Chain]:
    with breakable(prepared, tmp_path) as made:
        yield made


def issue(client: httpx.Client, number: str) -> httpx.Response:
    return client.post(
        "/v1/documents",
        files={"file": ("paper.txt", number.encode())},
        data={"type": "FILE", "number": number},
        headers={"Idempotency-Key": number},
    )


def ready(client: httpx.Client, status: int) -> dict[str, Any]:
    """What `/readyz` says once it has this status."""
    deadline = time.monotonic() + WITHIN
    while (answer := client.get("/readyz")).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.02)
    return dict(answer.json())


def settled(client: httpx.Client, act: str) -> dict[str, Any]:
    """An act that must be final or refused in time."""
    deadline = time.monotonic() + WITHIN
    while (told := client.get(f"/v1/acts/{act}", params={"wait": "30"}).json())["state"] not in {
        "final",
        "refused",
    }:
        assert time.monotonic() < deadline, told
    return dict(told)


def test_without_a_chain_acts_are_promised_and_papers_verified_and_all_is_made_good_when_it_is_back(
    chain: Chain, prepared: Prepared
) -> None:
    with (
        chain.service.asks(prepared.client(Role.ISSUER)) as issuer,
        chain.service.asks() as anybody,
        chain.service.asks(prepared.client(Role.AUDITOR)) as auditor,
    ):
        genuine = issuer.get("/v1/documents/K-1").json()["document"]["digest"]
        before = anybody.post("/v1/verify", json={"digest": genuine}).json()
        assert before["verdict"] == "authentic"
        chain.break_off()
        promised = issue(issuer, "N-1")
        assert promised.status_code == 202
        told = ready(anybody, 503)
        assert (told["status"], told["code"]) == ("degraded", "CHAIN_UNAVAILABLE")
        assert anybody.get("/healthz").json() == {"status": "alive"}
        assert auditor.get("/v1/node").json()["code"] == "CHAIN_UNAVAILABLE"
        for number in ("N-2", "N-3"):
            assert issue(issuer, number).status_code == 202
        act = promised.json()["act"]
        assert issuer.get(f"/v1/acts/{act}").json()["state"] == "accepted"
        assert anybody.post("/v1/verify", json={"digest": genuine}).json()["verdict"] == "authentic"
        unanchored = anybody.post("/v1/verify", json={"digest": promised.json()["digest"]})
        assert (unanchored.status_code, unanchored.json()["verdict"]) == (200, "unknown")
        assert issuer.get("/v1/documents/K-1").status_code == 200
        assert anybody.get("/checkpoint").status_code == 200
        replayed = issue(issuer, "N-1")
        assert (replayed.content, replayed.headers["Idempotency-Replayed"]) == (promised.content, "true")

        chain.mend()
        for number in ("N-1", "N-2", "N-3"):
            assert settled(issuer, issue(issuer, number).json()["act"])["state"] == "final"
        assert ready(anybody, 200)["code"] == ""
        now = anybody.post("/v1/verify", json={"digest": promised.json()["digest"]})
        assert now.json()["verdict"] == "authentic"


def test_a_chain_that_does_not_answer_holds_up_nobody(chain: Chain, prepared: Prepared) -> None:
    with chain.service.asks(prepared.client(Role.ISSUER)) as issuer, chain.service.asks() as anybody:
        genuine = issuer.get("/v1/documents/K-1").json()["document"]["digest"]
        held = chain.pid()
        os.kill(held, signal.SIGSTOP)
        try:
            promised = issue(issuer, "N-1")
            assert promised.status_code == 202
            assert anybody.get("/healthz").status_code == 200
            assert anybody.get("/readyz").status_code in {
                200,
                503,
            }  # known after the time it is given to answer
            assert anybody.post("/v1/verify", json={"digest": genuine}).json()["verdict"] == "authentic"
            assert issuer.get("/v1/documents/K-1").status_code == 200
            assert issuer.get(f"/v1/acts/{promised.json()['act']}").json()["state"] in {"accepted", "signed"}
        finally:
            os.kill(held, signal.SIGCONT)
        assert settled(issuer, promised.json()["act"])["state"] == "final"


CSV = {"Content-Type": "text/csv"}
ACTS: list[tuple[Role, str, dict[str, Any]]] = [
    (Role.ISSUER, "/v1/documents", {"files": {"file": b"content"}, "data": {"type": "FILE", "number": "F-1"}}),
    (Role.ISSUER, "/v1/consignments", {"json": {"kind": "CONTAINER", "reference": "BOX 2"}}),
    (Role.ISSUER, "/v1/batches?type=AUCTION_RECEIPT", {"content": b"receiptNumber\nR-1\n", "headers": CSV}),
    (Role.ADMIN, "/v1/users", {"json": {"name": "new", "kind": "client", "roles": ["admin"]}}),
    (Role.ADMIN, "/v1/formations/YARD/rotation", {"json": {}}),
]  # fmt: skip


def test_on_a_full_disk_acts_are_refused_whole_and_done_once_when_there_is_room(
    prepared: Prepared, tmp_path: Path
) -> None:
    with running(copy_of(prepared, tmp_path), prepared) as service:
        office = Office(service.data, tmp_path)
        before = office.seen()
        with_room(service, 1)
        for act in ACTS:
            answer = ask(service, prepared, *act)
            assert answer.status_code in {503, 507}
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["code"] in {"DISK_FULL", "DISK_FAULT", "VAULT_UNAVAILABLE"}
        with service.asks() as anybody:
            assert anybody.get("/healthz").status_code == 200
            assert anybody.post("/v1/verify", json={"digest": "ab" * 32}).json()["verdict"] == "unknown"
        assert office.seen() == before

        with_room(service, resource.RLIM_INFINITY)
        first = [ask(service, prepared, *act) for act in ACTS]
        assert [answer.status_code for answer in first] == [202, 202, 202, 201, 202]
        assert not any("Idempotency-Replayed" in answer.headers for answer in first)
        with service.asks(prepared.client(Role.AUDITOR)) as auditor:
            for answer in first:
                if "/acts/" in answer.headers.get("Location", ""):
                    assert settled(auditor, answer.headers["Location"].rpartition("/")[2])["state"] == "final"
        service.stop()
        assert office.call("fsck", code=0).told["findings"] == []


def ask(
    service: Running, prepared: Prepared, role: Role, path: str, request: dict[str, Any]
) -> httpx.Response:
    """Ask for an act, always under the same key."""
    headers = {"Idempotency-Key": path.partition("?")[0], **request.get("headers", {})}
    with service.asks(prepared.client(role)) as client:
        return client.post(path, **{**request, "headers": headers})
