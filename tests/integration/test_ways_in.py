"""Ways in, as their users meet them: a dry run, the import, the same again; on a directory and through a service."""

import json
from pathlib import Path

import httpx
import pytest

from sanad_node.samples import FOLDER
from sanad_testkit.twins import Twins, twins

__all__ = ["twins"]
pytestmark = pytest.mark.engine
PSW = Path(str(FOLDER)) / "psw"
GD = ("import", "psw-gd", "declarations.jsonl", "--as", "CELL")
FI = ("import", "psw-fi", "instruments.jsonl", "--as", "CELL", "--fill", "bank.json")


def lay_out(twins: Twins) -> None:
    for name in ("declarations.jsonl", "instruments.jsonl", "bank.json"):
        twins.file(name, (PSW / name).read_bytes())
    for number, message in enumerate((PSW / "declarations.jsonl").read_bytes().splitlines()):
        twins.file(f"messages/{number}.json", message)
    twins.file("messages/9.json", b"{")


def outcomes(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["outcome"], row["code"]) for row in rows]


def test_messages_come_in_once_each_after_a_dry_run_that_said_so(twins: Twins) -> None:
    lay_out(twins)
    before = twins.served.remains()["log"]
    told = twins.say_the_same(*GD, "--dry-run").told
    refused = ("failed", "FORMATIONS_OUT_OF_SCOPE")
    assert outcomes(told["rows"])[:3] == [refused] * 3  # nobody has given this office the power to
    assert twins.served.remains()["log"] == before

    for name in ("DECLARATION_EXTRACT", "PSW_FI"):
        twins.say_the_same("formation", "scope", "CELL", "--type", name, "--acts", "issue,issue-batch,revoke")
    before = twins.served.remains()["log"]
    foreseen = twins.say_the_same(*GD, "--dry-run")
    assert foreseen.code == 1
    assert foreseen.told["counts"] == {"would-issue": 3, "already": 1, "failed": 1}
    assert outcomes(foreseen.told["rows"])[3:] == [
        ("already", "ALREADY_ISSUED"),
        ("failed", "PSW_DIGEST_WRONG"),
    ]
    assert [one["code"] for one in foreseen.told["rows"][0]["warnings"]][:1] == ["PSW_UNSIGNED"]
    assert twins.served.remains()["log"] == before

    done = twins.say_the_same(*GD, "-o", "told.jsonl")
    assert done.told["counts"] == {"issued": 3, "already": 1, "promised": 0, "failed": 1}
    digests = [row["digest"] for row in done.told["rows"][:3]]
    assert digests == [row["digest"] for row in foreseen.told["rows"][:3]]
    after = twins.served.remains()["log"]
    for again in (GD, (*GD, "--dry-run"), ("import", "psw-gd", "messages", "--as", "CELL")):
        told = twins.say_the_same(*again).told
        assert told["counts"]["already"] == 4
    assert [row["source"] for row in told["rows"]][-2:] == ["4.json line 1", "9.json message"]
    assert twins.served.remains()["log"] == after
    verdict = twins.say_the_same("verify", str(digests[0])).told
    assert (verdict["verdict"], verdict["state"]) == ("cannot-tell", "legacy")
    twins.say_the_same(*GD, "--dry-run", words=True)


def test_an_instrument_needs_the_bank_that_its_message_does_not_name(twins: Twins) -> None:
    lay_out(twins)
    told = twins.say_the_same(*FI[:-2], "--dry-run").told
    assert outcomes(told["rows"]) == [("failed", "DOCUMENT_INVALID")] * 2
    done = twins.say_the_same(*FI).told
    assert done["counts"]["issued"] == 2
    assert twins.say_the_same(*FI).told["counts"]["already"] == 2
    verdict = twins.say_the_same("verify", done["rows"][0]["digest"]).told
    assert (verdict["verdict"], verdict["state"]) == ("authentic", "active")


@pytest.mark.parametrize(("command", "error"), [
    pytest.param(("import", "psw", "bank.json", "--as", "CELL"), ("UNKNOWN_FORM", "form"), id="no-form"),
    pytest.param(("import", "csv", "bank.json", "--as", "CELL"), ("USAGE", "FORM"), id="our-own-form"),
    pytest.param(("import", "psw-gd", "none", "--as", "CELL"), ("BATCH_SOURCE_INVALID", "none"), id="no-file"),
    pytest.param((*GD, "--fill", "bank.json"), ("USAGE", "--fill"), id="nothing-to-fill"),
    pytest.param((*FI[:-1], "declarations.jsonl"), ("USAGE", "--fill"), id="no-filling"),
    pytest.param((*GD[:-1], "NOPE"), ("UNKNOWN_FORMATION", "--as"), id="no-formation"),
    pytest.param((*GD[:-1], "NOPE", "--dry-run"), ("UNKNOWN_FORMATION", "--as"), id="no-formation-dry"),
])  # fmt: skip
def test_an_import_that_cannot_be_is_refused_whole(
    twins: Twins, command: tuple[str, ...], error: tuple[str, str]
) -> None:
    lay_out(twins)
    before = twins.served.remains()["log"]
    ran = twins.say_the_same(*command)
    assert (ran.code, ran.error) == (3, error)
    assert twins.served.remains()["log"] == before


def test_a_message_may_be_sent_as_it_is(twins: Twins) -> None:
    """By an office's system, over HTTP: tried first, then brought; sent twice it is one batch."""
    message = (PSW / "declarations.jsonl").read_bytes().splitlines()[1].replace(b"22113", b"22999")
    told = json.loads(message)
    del told["signature"]
    body = json.dumps(told).encode()
    secret = (twins.served.data / "secrets/operator").read_text().strip()
    headers = {"Authorization": f"Bearer sndop_{secret}", "Content-Type": "application/json"}
    with httpx.Client(base_url=twins.url, headers=headers, params={"form": "psw-gd", "as": "CELL"}) as client:
        foreseen = client.post("/v1/batches/dry-run", content=body).json()
        assert foreseen["complete"] is True
        assert outcomes(foreseen["rows"]) == [("would-issue", "")]
        key = {"Idempotency-Key": told["messageId"]}
        first, second = (client.post("/v1/batches", content=body, headers=key) for _ in range(2))
        assert (first.status_code, second.json()["batch"]) == (202, first.json()["batch"])
        assert (first.json()["type"], first.json()["form"]) == ("DECLARATION_EXTRACT", "psw-gd")
        wrong = client.post("/v1/batches", content=body, headers={**key, "Content-Type": "text/csv"})
        assert (wrong.status_code, wrong.json()["code"]) == (415, "CONTENT_TYPE_WRONG")
        wrong = client.post("/v1/batches/dry-run", content=body, params={"form": "psw"})
        assert (wrong.status_code, wrong.json()["code"]) == (404, "UNKNOWN_FORM")
        wrong = client.post("/v1/batches/dry-run", content=body, params={"type": "FILE"})
        assert wrong.json()["code"] == "BATCH_SOURCE_INVALID"
        nothing = client.post("/v1/batches/dry-run", content=b"")
        assert nothing.json()["code"] == "UPLOAD_EMPTY"
