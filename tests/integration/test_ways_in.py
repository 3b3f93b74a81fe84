"""Ways in, as their users meet them: a dry run, the import, the same again; on a directory and through a service."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from sanad_node.samples import FOLDER
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.twins import Twins, twins

__all__ = ["twins"]
pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("granted")]
PSW = Path(str(FOLDER)) / "psw"
TNT = Path(__file__).parents[1] / "vectors/dcsa-tnt"
GD = ("import", "psw-gd", "declarations.jsonl", "--as", "CELL")
FI = ("import", "psw-fi", "instruments.jsonl", "--as", "CELL", "--fill", "bank.json")


@pytest.fixture(scope="module")
def granted(twins: Twins) -> None:
    """The power to issue what the rows become; the office YARD has none of it."""
    for name in ("DECLARATION_EXTRACT", "PSW_FI", "CREDENTIAL_EXTRACT"):
        twins.say_the_same("formation", "scope", "CELL", "--type", name, "--acts", "issue,issue-batch,revoke")


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
    told = twins.say_the_same(*GD[:-1], "YARD", "--dry-run").told
    assert outcomes(told["rows"])[:3] == [("failed", "FORMATIONS_OUT_OF_SCOPE")] * 3
    assert twins.served.remains()["log"] == before

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
