"""Ways in to a service: a message over HTTP, a folder that is watched, recorded messages played with every fault."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sanad_node.client import Client
from sanad_node.samples import FOLDER
from sanad_node.ways import psw_envelope
from sanad_testkit.office import Office, open_office
from sanad_testkit.twins import served

pytestmark = pytest.mark.engine
PSW = Path(str(FOLDER)) / "psw"


@dataclass(frozen=True, slots=True)
class Served:
    """An office, and the address of the service that has it."""

    office: Office
    url: str


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    office = open_office(tmp_path_factory.mktemp("served"), tmp_path_factory)
    acts = ("--acts", "issue,issue-batch,revoke")
    office.call("formation", "scope", "CELL", "--type", "DECLARATION_EXTRACT", *acts, code=0)
    with served(office) as url:
        yield Served(office, url)


def lay_out(office: Office) -> None:
    for name in ("declarations.jsonl", "bank.json"):
        office.file(name, (PSW / name).read_bytes())


def outcomes(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["outcome"], row["code"]) for row in rows]


def test_a_message_may_be_sent_as_it_is(running: Served) -> None:
    """By an office's system, over HTTP: tried first, then brought; sent twice it is one batch."""
    message = (PSW / "declarations.jsonl").read_bytes().splitlines()[1].replace(b"22113", b"22999")
    told = json.loads(message)
    del told["signature"]
    body = json.dumps(told).encode()
    secret = (running.office.data / "secrets/operator").read_text().strip()
    headers = {"Authorization": f"Bearer sndop_{secret}", "Content-Type": "application/json"}
    with httpx.Client(
        base_url=running.url, headers=headers, params={"form": "psw-gd", "as": "CELL"}
    ) as client:
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


def test_what_is_dropped_into_a_folder_is_brought_in_and_put_away(running: Served) -> None:
    """Through the service, by a process that watches until it is told to end."""
    box = running.office.folder / "box"
    box.mkdir()
    lines = (PSW / "declarations.jsonl").read_bytes().splitlines(keepends=True)
    (box / "good.jsonl.part").write_bytes(lines[2].replace(b'"signature"', b'"methodId":"1","signature"'))
    (box / "bad.jsonl").write_bytes(lines[4])
    told = running.office.run("drop", "box", "psw-gd", "--as", "CELL", "--once", code=1).told
    assert (told["file"], told["where"], told["counts"]) == ("bad.jsonl", "refused", {"failed": 1})
    (said,) = (box / "refused").glob("*.told-1.json")
    assert json.loads(said.read_bytes())["rows"][0]["code"] == "PSW_DIGEST_WRONG"

    with running.office.start("drop", "box", "psw-gd", "--as", "CELL", "--every", "1") as watching:
        assert watching.stdout is not None
        (box / "good.jsonl.part").rename(box / "good.jsonl")
        told = json.loads(watching.stdout.readline())
        watching.send_signal(signal.SIGTERM)
        assert watching.wait(60) == 0
    assert (told["file"], told["where"]) == ("good.jsonl", "done")
    assert sum(told["counts"].values()) == 1
    assert sorted(one.name.partition("-")[2] for one in (box / "done").iterdir()) == [
        "good.jsonl", "good.jsonl.told-1.json"
    ]  # fmt: skip
    assert list((box / "taken").iterdir()) == []
    wrong = running.office.run("drop", "none", "psw-gd", "--as", "CELL", "--once", code=3)
    assert wrong.error == ("DROP_FOLDER_UNUSABLE", "DIR")


FAULTS = ("--fault", "twice", "--fault", "cut")


def test_recorded_messages_played_with_every_fault_come_in_once_each(running: Served) -> None:
    """To a service: sent twice, cut off and hung up on. Into a folder: twice and cut off. And with a digit changed."""
    office = running.office
    fresh = (PSW / "declarations.jsonl").read_bytes().replace(b"-18-09-2026", b"-20-09-2026").splitlines()
    messages = [json.loads(line) for line in fresh[:2]]
    for one in messages:
        one["messageId"] = f"{one['messageId']}-played"
        data = json.dumps(one["data"])
        one["signature"] = psw_envelope.digest_of(data)
    office.file("recording.jsonl", "".join(json.dumps(one) + "\n" for one in messages).encode())
    secret = (office.data / "secrets/operator").read_text().strip()
    token = office.file("operator.token", f"sndop_{secret}\n".encode())
    to = ("--url", running.url, "--token-file", str(token), "--as", "CELL")
    before = running.office.remains()["log"]
    told = office.call("simulate", "recording.jsonl", *to, "--fault", "changed", code=0).told["played"]
    assert settled(running, told) == {"failed": 2}
    assert running.office.remains()["log"] == before

    for number, one in enumerate(messages):
        one["messageId"] = f"{one['messageId']}-{number}"
    office.file("recording.jsonl", "".join(json.dumps(one) + "\n" for one in messages).encode())
    played = office.call("simulate", "recording.jsonl", *to, *FAULTS, "--fault", "hang-up", code=0).told[
        "played"
    ]
    assert [one["what"] for one in played] == ["cut", "hang-up", "sent", "twice"] * 2
    batches = [one["told"] for one in played if one["answer"]]
    assert batches[0] == batches[1] != batches[2] == batches[3]
    assert settled(running, played) == {"final": 2}

    box = office.folder / "played"
    box.mkdir()
    office.call("simulate", "recording.jsonl", "--into", "played", *FAULTS, code=0)
    assert sorted(one.suffix for one in box.iterdir()) == [".json"] * 4
    told_ = office.run("drop", "played", "psw-gd", "--as", "CELL", "--once", code=0)
    assert [json.loads(line)["counts"] for line in told_.out.splitlines()] == [{"already": 1}] * 4


def settled(running: Served, played: list[dict[str, str]]) -> dict[str, int]:
    """What became of the rows of the batches that were made, once each has ended and is anchored."""
    secret = (running.office.data / "secrets/operator").read_text().strip()
    counts: Counter[str] = Counter()
    with Client(running.url, f"sndop_{secret}") as client:
        for batch in {one["told"] for one in played if one["answer"]}:
            for view in client.follow_batch(batch):
                last = view
            while last.counts["accepted"] or last.counts["anchored"]:
                last = client.batch(batch)
            counts.update(last.counts)
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize(("command", "error"), [
    pytest.param(("simulate", "bank.json", "--into", "box"), ("RECORDING_INVALID", "line 1"), id="no-recording"),
    pytest.param(("simulate", "declarations.jsonl"), ("USAGE", "--into"), id="nowhere"),
    pytest.param(("simulate", "declarations.jsonl", "--into", "none"), ("USAGE", "--into"), id="no-folder"),
    pytest.param(("simulate", "declarations.jsonl", "--into", ".", "--fault", "x"),
                 ("USAGE", "--fault"), id="no-fault"),
    pytest.param(("simulate", "declarations.jsonl", "--url", "http://127.0.0.1:1", "--token-file", "bank.json"),
                 ("NOBODY_ANSWERED", "--url"), id="nobody-there"),
    pytest.param(("simulate", "declarations.jsonl", "--url", "ftp://127.0.0.1", "--token-file", "bank.json"),
                 ("RECORDING_INVALID", "--url"), id="no-address"),
])  # fmt: skip
def test_a_simulation_that_cannot_be_is_refused(
    running: Served, command: tuple[str, ...], error: tuple[str, str]
) -> None:
    lay_out(running.office)
    assert running.office.call(*command, code=3).error == error
