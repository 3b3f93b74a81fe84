"""A document's way at the command line, each command a process of its own: issue, verify, bundle, verify offline,
tamper; batches from a table and a folder; the same with the process killed at any instant.
"""

import json
import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from sanad_node.samples import FOLDER
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.office import Office, office

__all__ = ["office"]
pytestmark = pytest.mark.engine
CELL = ("--type", "AUCTION_RECEIPT", "--as", "CELL")
SAMPLES = Path(str(FOLDER))
KILLS = 6


@pytest.mark.slow
def test_a_receipt_is_issued_verified_bundled_and_checked_offline(office: Office) -> None:
    original = json.loads((SAMPLES / "dossier/08-auction-receipt.json").read_bytes())
    office.file(
        "bare.json", json.dumps({k: v for k, v in original.items() if k not in {"schema", "salt"}}).encode()
    )
    office.run("prepare", "bare.json", "--type", "AUCTION_RECEIPT", "-o", "receipt.json", code=0)
    issued = office.run("issue", "receipt.json", *CELL, code=0).told
    assert (issued["state"], issued["number"], issued["replayed"]) == (
        "final",
        original["receiptNumber"],
        False,
    )
    chassis = original["vehicle"]["chassisNumber"]
    told = office.run("verify", "receipt.json", "--subject", chassis, code=0).told
    assert told["verdict"] == "authentic"
    assert told["answers"]["subject"]["answer"] == "yes"
    assert (
        office.run("verify", "receipt.json", "--subject", "NZE141-6113208", code=1).told["verdict"]
        == "refused"
    )

    made = office.run("bundle", issued["number"], "-o", "b.sanad", code=0).told
    assert made["digest"] == issued["digest"]
    office.run("trust", "-o", "trust.json", code=0)
    elsewhere = Office(office.folder / "no-data", office.folder)
    offline = ("verify", "b.sanad", "--offline", "--trust", "trust.json")
    assert elsewhere.run(*offline, "--subject", chassis, code=0).told["verdict"] == "authentic"
    office.file(
        "forged.json", (office.folder / "receipt.json").read_bytes().replace(b"5850000.00", b"850000.00")
    )
    assert office.run("verify", "forged.json", code=2).told["verdict"] == "unknown"
    told = elsewhere.run(*offline, "--document", "forged.json", code=1).told
    assert (told["verdict"], told["answers"]["intact"]["answer"]) == ("refused", "no")
    bundle = bytearray((office.folder / "b.sanad").read_bytes())
    bundle[len(bundle) // 2] ^= 1
    office.file("b.sanad", bytes(bundle))
    assert elsewhere.run(*offline, code=1).told.get("verdict") != "authentic"

    office.run("revoke", issued["number"], "--reason", "fraud", code=0)
    assert office.run("verify", "receipt.json", code=1).told["state"] == "revoked"
    office.run("bundle", issued["number"], "-o", "late.sanad", code=0)
    told = elsewhere.run("verify", "late.sanad", "--offline", "--trust", "trust.json", code=1).told
    assert told["state"] == "revoked"


def test_a_table_is_issued_row_by_row_without_its_bad_rows_and_again_when_they_are_mended(
    office: Office,
) -> None:
    table = (SAMPLES / "batches/auction-receipts.csv").read_text("utf-8").splitlines()
    header, first, second, third = table[:4]
    broken = second.replace("850000.00", "much").replace(",PKR,", ",rupees,")
    assert broken != second
    office.file("rows.csv", "\n".join([header, first, broken, "too,short", first, third, ""]).encode())
    told = office.call("issue-batch", "rows.csv", *CELL, "-o", "out.jsonl", code=1).told
    assert told["counts"] == {"issued": 2, "already": 1, "promised": 0, "failed": 2}
    failed = {
        row["source"]: (row["code"], row["field"]) for row in told["rows"] if row["outcome"] == "failed"
    }
    assert failed["line 4"] == ("BATCH_SOURCE_INVALID", "line 4")
    assert set(failed) == {"line 3", "line 4"}
    lines = (office.folder / "out.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == told["rows"]

    office.file("rows.csv", "\n".join([header, first, second, third, ""]).encode())
    told = office.call("issue-batch", "rows.csv", *CELL, code=0).told
    assert told["counts"] == {"issued": 1, "already": 2, "promised": 0, "failed": 0}
    size = office.log_size()
    told = office.call("issue-batch", "rows.csv", *CELL, code=0).told
    assert told["counts"]["already"] == 3
    assert office.log_size() == size
    digest = str(
        told["rows"][0]["digest"] or office.call("trace", first.split(",")[0]).told["document"]["digest"]
    )
    assert office.call("verify", digest[:16]).told["answers"]["authority"]["answer"] == "yes"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (b"a,b\n", "no rows"), (b"\xff\xfe,\n1,2\n", "not UTF-8"), (b'a,b\n"open\n', "quote")],
    ids=lambda told: told if isinstance(told, str) else "",
)
def test_a_table_that_is_none_is_refused_whole(content: bytes, why: str, office: Office) -> None:
    before = office.seen()
    office.file("rows.csv", content)
    assert office.call("issue-batch", "rows.csv", *CELL, code=3).error == ("BATCH_SOURCE_INVALID", "rows.csv")
    assert office.seen() == before


def test_a_folder_is_issued_file_by_file(office: Office) -> None:
    folder = office.folder / "papers"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.json").write_bytes(receipt(f"K-{number}"))
    (folder / "3.json").write_bytes(b"{")
    (folder / ".hidden").write_bytes(b"{")
    (folder / "4\udcff.json").write_bytes(b"")
    told = office.call("issue-batch", folder, *CELL, code=1).told
    assert told["counts"] == {"issued": 3, "already": 0, "promised": 0, "failed": 2}
    told = office.call("verify", folder / "1.json", code=0).told
    assert told["verdict"] == "authentic"
    office.call("suspend", "K-1", "--reason", "under-inquiry", code=0)
    assert office.call("verify", folder / "1.json", code=1).told["state"] == "suspended"
    assert office.call("verify", folder / "2.json", code=0).told["state"] == "active"


@pytest.mark.slow
def test_a_batch_killed_at_any_instant_and_run_again_loses_nothing_and_doubles_nothing(
    office: Office,
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    choose = random.Random(seed)
    folder = office.folder / "papers"
    folder.mkdir()
    issued = 0
    for round_ in range(KILLS):
        for number in range(100):
            (folder / f"{round_}-{number}.json").write_bytes(receipt(f"K-{round_}-{number}"))
        issued += 100
        with office.start("issue-batch", folder, *CELL) as running:
            deadline = time.monotonic() + choose.uniform(0.3, 2.2)
            while running.poll() is None and time.monotonic() < deadline:
                running.poll()
            running.kill()
            running.communicate(timeout=60)
    told = office.run("issue-batch", folder, *CELL, code=0).told["counts"]
    assert told["issued"] + told["already"] == issued
    assert (told["promised"], told["failed"]) == (0, 0)
    assert office.call("fsck", code=0).told["findings"] == []
    rows = office.rows("ledger.db", "SELECT hex(digest) FROM documents")
    times = Counter(digest for (digest,) in rows)
    assert len(times) == issued
    assert set(times.values()) == {1}
    assert office.call("reindex", "--verify", code=0).told["same"]


def test_a_document_can_be_replaced_by_another_of_its_number(office: Office) -> None:
    office.issued("K-1")
    office.file("new.json", receipt("K-1", "NZE141-7777777"))
    office.call("issue", "new.json", *CELL, "--replaces", "K-1", code=0)
    old = office.call("trace", office_digest(office, "K-1.json"), code=0).told["document"]["digest"]
    new = office_digest(office, "new.json")
    office.call("supersede", old, "--by", new, "--reason", "amended", code=0)
    told = office.call("verify", "K-1.json", code=1).told
    assert (told["state"], told["replacedBy"]) == ("superseded", new)
    assert office.call("verify", "new.json", code=0).told["state"] == "active"


def office_digest(office: Office, name: str) -> str:
    return str(office.call("verify", name).told["digest"])


def test_nothing_is_left_of_a_document_that_shall_not_be_kept(office: Office) -> None:
    before: list[str] = office.seen()["vault"]
    office.receipt("K-1")
    office.call("issue", "K-1.json", *CELL, "--no-keep", code=0)
    assert office.seen()["vault"] == before
    office.call("bundle", "K-1", "-o", "b.sanad", code=0)
    office.call("trust", "-o", "t.json", code=0)
    told = office.call("verify", "b.sanad", "--trust", "t.json", "--document", "K-1.json", code=0).told
    assert told["verdict"] == "authentic"


def test_the_samples_are_where_the_documentation_says(office: Office) -> None:
    shutil.copy(SAMPLES / "dossier/10-packing-list.pdf", office.folder)
    told = office.call(
        "issue", "10-packing-list.pdf", "--type", "FILE", "--as", "PORT", "--number", "P/1", code=0
    ).told
    assert told["number"] == "P/1"
    assert office.call("verify", "10-packing-list.pdf", code=0).told["verdict"] == "authentic"
    assert office.call("verify", "P/1").told["answers"]["authority"]["answer"] == "yes"
