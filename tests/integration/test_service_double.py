"""One document is issued once, and one number given once, however many ask at one moment under keys of their own."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from sanad_api.callers import Role
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.service import Running, prepared, service

__all__ = ["prepared", "service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
AT_ONCE = 16


def issue(running: Running, document: bytes) -> tuple[int, str]:
    """The status, and the code of a refusal."""
    assert running.people is not None
    with running.asks(running.people.client(Role.ISSUER)) as client:
        answer = client.post(
            "/v1/documents",
            json={"type": "AUCTION_RECEIPT", "document": json.loads(document)},
            headers={"Idempotency-Key": secrets.token_hex(8)},
        )
    return answer.status_code, answer.json().get("code", "")


def test_of_many_who_ask_at_once_one_is_promised_also_over_a_kill(service: Running) -> None:
    same = [receipt("D 1")] * AT_ONCE
    numbered = [receipt("D 2", f"NZE141-{place:07}") for place in range(AT_ONCE)]
    for documents, code in ((same, "ALREADY_ISSUED"), (numbered, "NUMBER_IN_USE")):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda one: issue(service, one), documents))
        assert sorted(answers) == [(202, ""), *[(409, code)] * (AT_ONCE - 1)]
    first = receipt("D 3")
    assert issue(service, first)[0] == 202
    service.kill()
    service.start()
    assert issue(service, first) == (409, "ALREADY_ISSUED")
    assert issue(service, receipt("D 3", "NZE141-9999999")) == (409, "NUMBER_IN_USE")
    assert service.people is not None
    with service.asks(service.people.client(Role.ISSUER)) as client:
        for number in (1, 2, 3):
            found = client.get(f"/v1/documents/D {number}")
            assert found.status_code == 200, (
                found.text
            )  # one document of this number, or it would be ambiguous
