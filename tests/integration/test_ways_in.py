"""Ways in, as their users meet them: a dry run, the import, the same again; on a directory and through a service."""

import csv
import json
import signal
from collections import Counter
from pathlib import Path

import httpx
import openpyxl
import pytest

from sanad_node.client import Client
from sanad_node.samples import FOLDER
from sanad_node.ways import psw
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.twins import Twins, twins

__all__ = ["twins"]
pytestmark = pytest.mark.engine
PSW = Path(str(FOLDER)) / "psw"
TNT = Path(__file__).parents[1] / "vectors/dcsa-tnt"
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


def test_a_spreadsheet_is_the_table_with_the_same_rows(twins: Twins) -> None:
    """Of our own members and of a list in another system's columns: what came as one is there already as the other."""
    folder = Path(str(FOLDER))
    for name, command in (
        (
            "batches/auction-receipts.csv",
            ("issue-batch", "rows.xlsx", "--type", "AUCTION_RECEIPT", "--as", "CELL"),
        ),
        ("weboc/declarations.csv", ("import", "weboc-gd", "rows.xlsx", "--as", "CELL")),
    ):
        lines = (folder / name).read_text("utf-8").splitlines(keepends=True)[:4]
        rows = list(csv.reader(lines))
        for office in (twins.alone, twins.served):
            book = openpyxl.Workbook()
            for row in rows:
                book.active.append(row)
            book.save(office.folder / "rows.xlsx")
        foreseen = twins.say_the_same(*command, "--dry-run").told
        done = twins.say_the_same(*command).told
        assert done["counts"]["issued"] == foreseen["counts"]["would-issue"] > 0
        twins.file("rows.csv", "".join(lines).encode())
        again = twins.say_the_same(*[word.replace("xlsx", "csv") for word in command]).told
        assert again["counts"]["already"] == done["counts"]["issued"]


def test_a_partner_s_credentials_are_extracts_that_nobody_vouches_for(twins: Twins) -> None:
    for one in (Path(str(FOLDER)) / "credentials").iterdir():
        twins.file(f"credentials/{one.name}", one.read_bytes())
    twins.say_the_same(
        "formation", "scope", "CELL", "--type", "CREDENTIAL_EXTRACT", "--acts", "issue,issue-batch"
    )
    command = ("import", "ccg-vc", "credentials", "--as", "CELL")
    assert twins.say_the_same(*command, "--dry-run").told["counts"]["would-issue"] == 2
    done = twins.say_the_same(*command).told
    assert [row["warnings"][0]["code"] for row in done["rows"]] == ["CREDENTIAL_UNCHECKED"] * 2
    assert twins.say_the_same(*command).told["counts"]["already"] == 2
    verdict = twins.say_the_same("verify", done["rows"][0]["digest"]).told
    assert (verdict["verdict"], verdict["state"]) == ("cannot-tell", "legacy")


def test_what_a_carrier_s_system_saw_is_a_look_at_the_container(twins: Twins) -> None:
    events = [
        json.loads((TNT / f"tnt-300-request-{name}.json").read_bytes())["events"][0]
        for name in ("equipment", "transport")
    ]
    twins.file("events.json", json.dumps({"events": events}).encode())
    twins.file("names.json", b'{"SMDG:EXCO": "CELL"}')
    capture = (
        "custody",
        "capture",
        "events.json",
        "--form",
        "dcsa-tnt",
        "--as",
        "CELL",
        "--names",
        "names.json",
    )
    told = twins.say_the_same(*capture, "--dry-run").told
    assert [(row["outcome"], row["code"]) for row in told["rows"]] == [
        ("refused", "EPCIS_OBJECT_UNCLEAR"), ("refused", "EPCIS_EVENT_NOT_TAKEN")
    ]  # fmt: skip
    box = ("APZU4812090", "--kind", "CONTAINER", "--place", "PKKHI", "--quantity", "400", "--as", "CELL")
    twins.say_the_same("custody", "register", *box)
    before = twins.served.remains()["log"]
    told = twins.say_the_same(*capture, "--dry-run").told
    assert [row["outcome"] for row in told["rows"]] == ["would-do", "refused"]
    assert twins.served.remains()["log"] == before
    for office, outcome in ((twins.alone, "done"), (twins.served, "accepted")):
        done = office.call(*capture, code=1).told["rows"][0]
        assert (done["outcome"], done["act"]) == (outcome, "inspect")
        assert office.call(*capture, code=1).told["rows"][0]["outcome"] == "already"
    assert "DCSA event evt-equip-001" in twins.alone.call("custody", "show", "APZU4812090").out
    wrong = twins.served.call(*capture[:4], "sms", *capture[5:], code=3)
    assert wrong.error == ("USAGE", "--form")


def test_a_folder_of_documents_can_be_tried_first(twins: Twins) -> None:
    for number in (1, 2):
        twins.file(f"papers/{number}.json", receipt(f"D-{number}"))
    twins.file("papers/3.json", b"{")
    told = twins.say_the_same(
        "issue-batch", "papers", "--type", "AUCTION_RECEIPT", "--as", "CELL", "--dry-run"
    ).told
    assert [(row["source"], row["outcome"]) for row in told["rows"]] == [
        ("1.json", "would-issue"), ("2.json", "would-issue"), ("3.json", "failed")
    ]  # fmt: skip


# -- on the served twin alone: after these, the two are no longer the same


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


def test_what_is_dropped_into_a_folder_is_brought_in_and_put_away(twins: Twins) -> None:
    """Through the service, by a process that watches until it is told to end."""
    box = twins.served.folder / "box"
    box.mkdir()
    lines = (PSW / "declarations.jsonl").read_bytes().splitlines(keepends=True)
    (box / "good.jsonl.part").write_bytes(lines[2].replace(b'"signature"', b'"methodId":"1","signature"'))
    (box / "bad.jsonl").write_bytes(lines[4])
    told = twins.served.run("drop", "box", "psw-gd", "--as", "CELL", "--once", code=1).told
    assert (told["file"], told["where"], told["counts"]) == ("bad.jsonl", "refused", {"failed": 1})
    (said,) = (box / "refused").glob("*.told-1.json")
    assert json.loads(said.read_bytes())["rows"][0]["code"] == "PSW_DIGEST_WRONG"

    with twins.served.start("drop", "box", "psw-gd", "--as", "CELL", "--every", "1") as watching:
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
    wrong = twins.served.run("drop", "none", "psw-gd", "--as", "CELL", "--once", code=3)
    assert wrong.error == ("DROP_FOLDER_UNUSABLE", "DIR")


FAULTS = ("--fault", "twice", "--fault", "cut")


def test_recorded_messages_played_with_every_fault_come_in_once_each(twins: Twins) -> None:
    """To a service: sent twice, cut off and hung up on. Into a folder: twice and cut off. And with a digit changed."""
    office = twins.served
    fresh = (PSW / "declarations.jsonl").read_bytes().replace(b"-18-09-2026", b"-20-09-2026").splitlines()
    messages = [json.loads(line) for line in fresh[:2]]
    for one in messages:
        one["messageId"] = f"{one['messageId']}-played"
        data = json.dumps(one["data"])
        one["signature"] = psw.digest_of(data)
    office.file("recording.jsonl", "".join(json.dumps(one) + "\n" for one in messages).encode())
    secret = (office.data / "secrets/operator").read_text().strip()
    token = office.file("operator.token", f"sndop_{secret}\n".encode())
    to = ("--url", twins.url, "--token-file", str(token), "--as", "CELL")
    before = twins.served.remains()["log"]
    told = office.call("simulate", "recording.jsonl", *to, "--fault", "changed", code=0).told["played"]
    assert settled(twins, told) == {"failed": 2}
    assert twins.served.remains()["log"] == before

    for number, one in enumerate(messages):
        one["messageId"] = f"{one['messageId']}-{number}"
    office.file("recording.jsonl", "".join(json.dumps(one) + "\n" for one in messages).encode())
    played = office.call("simulate", "recording.jsonl", *to, *FAULTS, "--fault", "hang-up", code=0).told[
        "played"
    ]
    assert [one["what"] for one in played] == ["cut", "hang-up", "sent", "twice"] * 2
    batches = [one["told"] for one in played if one["answer"]]
    assert batches[0] == batches[1] != batches[2] == batches[3]
    assert settled(twins, played) == {"final": 2}

    box = office.folder / "played"
    box.mkdir()
    office.call("simulate", "recording.jsonl", "--into", "played", *FAULTS, code=0)
    assert sorted(one.suffix for one in box.iterdir()) == [".json"] * 4
    told_ = office.run("drop", "played", "psw-gd", "--as", "CELL", "--once", code=0)
    assert [json.loads(line)["counts"] for line in told_.out.splitlines()] == [{"already": 1}] * 4


def settled(twins: Twins, played: list[dict[str, str]]) -> dict[str, int]:
    """What became of the rows of the batches that were made, once each has ended and is anchored."""
    secret = (twins.served.data / "secrets/operator").read_text().strip()
    counts: Counter[str] = Counter()
    with Client(twins.url, f"sndop_{secret}") as client:
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
    twins: Twins, command: tuple[str, ...], error: tuple[str, str]
) -> None:
    lay_out(twins)
    assert twins.served.call(*command, code=3).error == error
