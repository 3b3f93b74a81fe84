"""Every command says the same on a data directory and through the service that has it: words, JSON, exit codes."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from sanad_node.datadir import DataDirectory, Lock
from sanad_node.samples import FOLDER
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.office import Office, office
from sanad_testkit.twins import Twins, masked, served, twins

__all__ = ["office", "twins"]
pytestmark = pytest.mark.engine
CELL = ("--type", "AUCTION_RECEIPT", "--as", "CELL")
FILE = ("--type", "FILE", "--as", "CELL")
BOX = ("--kind", "CONTAINER", "--place", "PKKHI", "--quantity", "420", "--seal", "SL-1")
STRANGER = "ab" * 20
STORY = [
    ("formation", "list"),
    ("formation", "add", "BANK", "--kind", "BANK", "--parent", "CELL"),
    ("formation", "scope", "BANK", "--type", "FILE", "--acts", "issue,revoke"),
    ("formation", "add-key", "BANK", "--officer", "badge 4471"),
    ("formation", "rotate-key", "BANK"),
    ("formation", "suspend", "BANK", "--reason", "fraud"),
    ("formation", "suspend", "BANK", "--reason", "fraud"),
    ("formation", "reinstate", "BANK", "--reason", "inquiry-closed"),
    ("formation", "close", "BANK", "--at", "2027-01-01"),
    ("issue", "K-1.json", *CELL),
    ("issue", "K-1.json", *CELL),
    ("issue", "K-2.json", *CELL, "--key", "mine"),
    ("issue", "K-2.json", *CELL, "--key", "mine"),
    ("issue", "K-3.json", *CELL, "--key", "mine"),
    ("issue", "K-1.json", *CELL, "--key", "other"),
    ("issue", "again.json", *CELL),
    ("issue", "again.json", *CELL, "--replaces", "K 1"),
    ("issue", "note.bin", *FILE, "--number", "N/1", "--no-keep"),
    ("verify", "K-1.json"),
    ("verify", "K-1.json", "--subject", "NZE141-0000001"),
    ("verify", "K-1.json", "--subject", "NZE141-9999999"),
    ("verify", "forged.json"),
    ("verify", "N/1"),
    ("trace", "N/1"),
    ("trace", "note-there"),
    ("bundle", "N/1", "-o", "n.sanad"),
    ("supersede", "K 1", "--by", "K 2", "--reason", "amended"),
    ("bundle", "K 2", "-o", "k.sanad", "--no-document"),
    ("trust", "-o", "trust.json"),
    ("verify", "n.sanad"),
    ("verify", "n.sanad", "--offline", "--trust", "trust.json"),
    ("suspend", "K 2", "--reason", "under-inquiry"),
    ("suspend", "K 2", "--reason", "under-inquiry"),
    ("reinstate", "K 2", "--reason", "inquiry-closed"),
    ("suspend", "K 2", "--reason", "under-inquiry"),
    ("revoke", "K 2", "--reason", "fraud"),
    ("verify", "K-2.json"),
    ("custody", "register", "MSKU 1 / 0417W", *BOX, "--as", "CELL", "--document", "K 2"),
    ("custody", "ship", "MSKU1 / 0417W", "--to", "PORT", "--as", "CELL", "--quantity", "420"),
    ("custody", "ship", "MSKU1 / 0417W", "--to", "YARD", "--as", "CELL", "--quantity", "420"),
    ("custody", "refuse", "MSKU1 / 0417W", "--as", "PORT", "--quantity", "400", "--condition", "short"),
    ("custody", "ship", "MSKU1 / 0417W", "--to", "YARD", "--as", "CELL", "--quantity", "420"),
    ("custody", "recall", "MSKU1 / 0417W", "--as", "CELL", "--reason", "taker-did-not-come"),
    ("custody", "ship", "MSKU1 / 0417W", "--to", "PORT", "--as", "CELL", "--quantity", "420"),
    ("custody", "receive", "MSKU1 / 0417W", "--as", "PORT", "--sent-by", "CELL", "--quantity", "418"),
    ("custody", "hold", "MSKU1 / 0417W", "--as", "COURT", "--reason", "court-order"),
    ("custody", "hold", "MSKU1 / 0417W", "--as", "COURT", "--reason", "court-order"),
    ("custody", "lift", "MSKU1 / 0417W", "--as", "COURT", "--reason", "order-vacated"),
    ("custody", "hand-over", "MSKU1 / 0417W", "--to", "YARD", "--as", "PORT", "--quantity", "418"),
    ("custody", "show", "MSKU1 / 0417W"),
    ("trace", "MSKU1 / 0417W"),
    ("issue-batch", "rows.csv", *CELL, "-o", "out.jsonl"),
    ("issue-batch", "rows.csv", *CELL),
    ("issue-batch", "papers", *CELL),
    ("user", "list"),
    ("user", "add", "rashida", "--role", "issuer", "--formation", "cell", "--password-file", "rashida.password"),
    ("user", "add", "bridge", "--client", "--role", "issuer", "--role", "squad", "--formation", "CELL"),
    ("user", "token", "bridge", "--label", "first", "-o", "bridge.token"),
    ("user", "token", "bridge", "--label", "second"),
    ("user", "revoke-token", "bridge", "--label", "first"),
    ("user", "password", "rashida", "--password-file", "rashida.password"),
    ("user", "disable", "rashida"),
    ("user", "enable", "rashida"),
    ("user", "list"),
    ("member", "list"),
    ("member", "propose", "threshold", "2"),
    ("log", "checkpoint"),
    ("log", "verify"),
    ("fsck",),
    ("fsck", "--deep"),
    ("reindex", "--verify"),
    ("engine", "status"),
]  # fmt: skip
IN_WORDS = {
    "formation list", "verify", "trace", "custody show", "member list", "log verify", "log checkpoint",
    "fsck", "reindex", "engine status", "bundle", "issue-batch", "user list",
}  # fmt: skip


@pytest.mark.slow
def test_a_story_is_told_in_the_same_words_on_the_directory_and_through_the_service(twins: Twins) -> None:
    lay_out(twins)
    served_acts = set()
    for command in STORY:
        told = twins.say_the_same(*command).told
        if "act" in told:
            assert len(str(told["act"])) == 32
            served_acts.add(told["act"])
        if " ".join(command[:2]) in IN_WORDS or command[0] in IN_WORDS:
            twins.say_the_same(*command, words=True)
    assert len(served_acts) == 25
    lines = [
        (one.folder / "out.jsonl").read_text("utf-8").splitlines() for one in (twins.alone, twins.served)
    ]
    assert [masked(json.loads(line)) for line in lines[0]] == [masked(json.loads(line)) for line in lines[1]]


def lay_out(twins: Twins) -> None:
    """The files that the commands name, the same for both."""
    for number in (1, 2, 3):
        twins.file(f"K-{number}.json", receipt(f"K {number}", f"NZE141-000000{number}"))
    twins.file("again.json", receipt("K 1", "NZE141-7777777"))
    twins.file("forged.json", (twins.alone.folder / "K-1.json").read_bytes().replace(b"NZE141", b"NZE142"))
    twins.file("note.bin", b"\x00\x01 a file that is no text")
    table = (Path(str(FOLDER)) / "batches/auction-receipts.csv").read_text("utf-8").splitlines()
    header, first, second, third = table[:4]
    twins.file("rows.csv", "\n".join([header, first, "too,short", second, first, third, ""]).encode())
    for number in range(3):
        twins.file(f"papers/{number}.json", receipt(f"B {number}"))
    twins.file("papers/bad.json", b"{")
    twins.file("rashida.password", b"a password of many words\r\n")
    twins.file("papers/.hidden", b"{")


WRONG = [
    ("issue", "bad.json", *CELL),
    ("issue", "torn.json", *CELL),
    ("issue", "unsalted.json", *CELL),
    ("issue", "float.json", *CELL),
    ("issue", "W-1.json", "--type", "NOPE", "--as", "CELL"),
    ("issue", "W-1.json", "--type", "N" * 40, "--as", "CELL"),
    ("issue", "W-1.json", "--type", "FILE", "--as", "NOPE"),
    ("issue", "W-1.json", "--type", "FILE", "--as", "N" * 40),
    ("issue", "W-1.json", *FILE, "--number", "9" * 300),
    ("issue", "W-1.json", *FILE, "--number", " "),
    ("issue", "W-1.json", *FILE, "--key", ""),
    ("issue", "W-1.json", *FILE, "--key", "k" * 257),
    ("issue", "W-1.json", "--type", "AUCTION_RECEIPT", "--as", "PORT"),
    ("issue-batch", "W-1.json", *CELL),
    ("issue-batch", "empty.csv", *CELL),
    ("issue-batch", "nosuch", *CELL),
    ("issue-batch", "W-1.json", "--type", "AUCTION_RECEIPT", "--as", "NOPE"),
    ("suspend", "W 9", "--reason", "spite"),
    ("suspend", "W 9", "--reason", "fraud"),
    ("suspend", "", "--reason", "fraud"),
    ("supersede", "W 9", "--by", "W 8", "--reason", "amended"),
    ("bundle", "W 9", "-o", "x.sanad"),
    ("bundle", "W/9", "-o", "x.sanad"),
    ("verify", ""),
    ("verify", "W 9"),
    ("verify", "nosuch.json"),
    ("trace", "W 9"),
    ("custody", "show", "BOX / 9"),
    ("custody", "receive", "BOX 9", "--as", "PORT"),
    ("custody", "register", "B", "--kind", "BOAT", "--as", "CELL"),
    ("custody", "register", " ", "--kind", "LOT", "--as", "CELL"),
    ("custody", "register", "R" * 300, "--kind", "LOT", "--as", "CELL"),
    ("custody", "register", "B", "--kind", "LOT", "--as", "CELL", "--place", "zz"),
    ("custody", "register", "B", "--kind", "LOT", "--as", "CELL", "--place", "PKKHIX"),
    ("custody", "register", "B", "--kind", "LOT", "--as", "CELL", "--quantity", str(2**64)),
    ("custody", "register", "B", "--kind", "LOT", "--as", "CELL", "--note", "n" * 2001),
    ("custody", "register", "B", "--kind", "LOT", "--as", "CELL", "--document", "W 9"),
    ("custody", "register", "B", "--kind", "LOT", "--as", "CELL", "--condition", "x"),
    ("custody", "register", "B", "--kind", "LOT", "--as", "CELL"),
    ("formation", "add", "é", "--kind", "BANK"),
    ("formation", "add", "B1", "--kind", "K" * 32),
    ("formation", "add", "B1", "--kind", "BANK", "--parent", "X"),
    ("formation", "add", "CELL", "--kind", "BANK"),
    ("formation", "scope", "CELL", "--type", "FILE", "--acts", "fly"),
    ("formation", "suspend", "X", "--reason", "fraud"),
    ("formation", "reinstate", "CELL", "--reason", "10"),
    ("formation", "rotate-key", "CELL", "--key", STRANGER),
    ("formation", "compromised", STRANGER, "--since", "2026-01-01"),
    ("user", "add", "Rashida", "--role", "issuer", "--formation", "CELL", "--password-file", "short"),
    ("user", "add", "a", "--role", "king", "--formation", "CELL", "--password-file", "short"),
    ("user", "add", "a", "--role", "issuer", "--formation", "X", "--password-file", "long"),
    ("user", "add", "a", "--role", "issuer", "--password-file", "long"),
    ("user", "add", "a", "--role", "issuer", "--formation", "CELL", "--password-file", "short"),
    ("user", "add", "a", "--role", "issuer", "--formation", "CELL", "--password-file", "nosuch"),
    ("user", "add", "a", "--role", "issuer", "--client", "--formation", "CELL", "--language", "fr"),
    ("user", "disable", "nobody"),
    ("user", "password", "nobody", "--password-file", "long"),
    ("user", "token", "nobody", "--label", "x"),
    ("user", "token", "nobody", "--label", "x" * 65),
    ("user", "revoke-token", "nobody", "--label", "x"),
    ("member", "propose", "threshold", "9"),
    ("member", "propose", "threshold", "1", "--as-member", STRANGER),
    ("member", "vote", "9999"),
    ("backup", "W-1.json"),
]  # fmt: skip


@pytest.mark.slow
def test_what_is_wrong_is_told_by_the_same_code_field_and_sentence(twins: Twins) -> None:
    content = receipt("W 1")
    told = json.loads(content)
    twins.file("W-1.json", content)
    twins.file("bad.json", json.dumps({**told, "saleAmount": 15, "colour2": "red"}).encode())
    twins.file("torn.json", b"{")
    twins.file("unsalted.json", json.dumps({k: v for k, v in told.items() if k != "salt"}).encode())
    twins.file("float.json", json.dumps({**told, "number": 1.5}).encode())
    twins.file("empty.csv", b"a,b\n")
    twins.file("short", b"too short\n")
    twins.file("long", b"a password of many words\n")
    before = twins.served.remains()["log"]
    for command in WRONG:
        ran = twins.say_the_same(*command)
        assert ran.code, command
        assert ran.told.get("error", ran.told).get("code", ran.told.get("verdict")), command
    twins.say_the_same("issue", "bad.json", *CELL, words=True)
    assert twins.served.remains()["log"] == before


def test_a_service_elsewhere_is_asked_with_the_token_in_a_file(twins: Twins, tmp_path: Path) -> None:
    elsewhere = Office(tmp_path / "no-data", tmp_path)
    secret = (twins.served.data / "secrets/operator").read_text().strip()
    token = elsewhere.file("token", f"sndop_{secret}\n".encode())
    at = ("--url", twins.url)
    told = elsewhere.call("formation", "list", *at, "--token-file", str(token), code=0).told
    assert masked(told) == masked(twins.served.call("formation", "list", code=0).told)
    ran = elsewhere.run("formation", "list", code=0, SANAD_URL=twins.url, SANAD_TOKEN_FILE=str(token))
    assert masked(ran.told) == masked(told)
    assert elsewhere.call("formation", "list", *at, code=3).error[0] == "SIGN_IN_NEEDED"
    using = (*at, "--token-file", str(token))
    for name, role in (("hina", "admin"), ("bilal", "auditor")):
        elsewhere.call("user", "add", name, "--client", "--role", role, *using, code=0)
        made = ("user", "token", name, "--label", "first", "-o", f"{name}.token")
        assert "token" not in elsewhere.call(*made, *using, code=0).told
        assert (elsewhere.folder / f"{name}.token").stat().st_mode & 0o077 == 0
    hina, bilal = ((*at, "--token-file", str(elsewhere.folder / f"{one}.token")) for one in ("hina", "bilal"))
    names = {one["name"] for one in elsewhere.call("user", "list", *hina, code=0).told["users"]}
    assert {"hina", "bilal"} <= names
    assert elsewhere.call("user", "list", *bilal, code=3).error[0] == "FORBIDDEN"
    elsewhere.call("user", "revoke-token", "bilal", "--label", "first", *hina, code=0)
    assert elsewhere.call("formation", "list", *bilal, code=3).error[0] == "SIGN_IN_NEEDED"
    elsewhere.call("user", "disable", "hina", *hina, code=0)
    assert elsewhere.call("user", "list", *hina, code=3).error[0] == "SIGN_IN_NEEDED"
    typed = ("user", "add", "amir", "--role", "admin", "--password", "a password of many words")
    assert elsewhere.call(*typed, *using, code=3).error[0] == "USAGE"
    elsewhere.file("token", b"sndop_" + b"00" * 32 + b"\n")
    wrong = elsewhere.call("formation", "list", *at, "--token-file", str(token), code=3)
    assert wrong.error[0] == "SIGN_IN_NEEDED"
    assert "0000" not in wrong.out + wrong.err
    missing = elsewhere.call("formation", "list", *at, "--token-file", "nosuch", code=3)
    assert missing.error == ("FILE_UNREADABLE", "--token-file")
    token.write_bytes(b"two words")
    assert (
        elsewhere.call("formation", "list", *at, "--token-file", str(token), code=3).error[0]
        == "TOKEN_INVALID"
    )
    plain = elsewhere.call("formation", "list", "--url", "http://sanad.example", code=3)
    assert plain.error == ("SERVICE_ADDRESS_INVALID", "--url")


def test_what_only_a_data_directory_can_do_says_so(twins: Twins) -> None:
    at = ("--url", twins.url)
    office = twins.alone
    for command in (
        ("node", "init"),
        ("restore", "b.tar"),
        ("reindex",),
        ("engine", "install"),
        ("contracts", "check"),
    ):
        assert office.call(*command, *at, code=3).error == ("ONLY_LOCAL", "--url"), command
    assert twins.served.call("reindex", code=3).error == ("DATA_LOCKED", "--data")
    batch = twins.served.call("issue-batch", ".", *CELL, "--no-fields", code=3)
    assert batch.error == ("ONLY_LOCAL", "--no-fields")


def test_a_backup_of_a_running_service_is_whole(twins: Twins, tmp_path: Path) -> None:
    told = twins.served.call("backup", "live.tar", code=0).told
    archive = twins.served.folder / "live.tar"
    assert archive.stat().st_mode & 0o077 == 0
    assert not [path for path in twins.served.data.iterdir() if path.name.startswith(".backup")]
    restored = Office(tmp_path / "restored", tmp_path)
    shutil.move(archive, tmp_path)
    again = restored.call("restore", "live.tar", code=0).told
    assert (again["files"], again["bytes"]) == (told["files"], told["bytes"])
    assert again["entries"] == twins.served.log_size()
    assert restored.call("fsck", code=0).told["findings"] == []


def test_a_key_used_on_the_directory_is_the_same_act_through_the_service_and_after_it(office: Office) -> None:
    office.receipt("K-1")
    issue = ("issue", "K-1.json", *CELL, "--key", "one")
    first = office.call(*issue, code=0).told
    with served(office):
        through = office.call(*issue, code=0).told
        shipped = office.call("custody", "register", "BOX", *BOX, "--as", "CELL", "--key", "two", code=0).told
    assert through == {**first, "replayed": True}
    again = office.call("custody", "register", "BOX", *BOX, "--as", "CELL", "--key", "two", code=0).told
    assert again == {**shipped, "replayed": True}


def test_kept_documents_are_looked_after_in_the_same_words(twins: Twins) -> None:
    twins.file("vaulted.json", receipt("V-77"))
    twins.say_the_same("issue", "vaulted.json", "--type", "AUCTION_RECEIPT", "--as", "CELL")
    twins.say_the_same("vault", "status")
    twins.say_the_same("vault", "status", "V-77", words=True)
    twins.say_the_same("vault", "fetch", "V-77")
    twins.say_the_same("vault", "scrub", words=True)
    twins.say_the_same("vault", "pin")
    twins.say_the_same("vault", "erase", "V-77", "--reason", "a trial")
    twins.say_the_same("vault", "erase", "V-77", "--reason", "a trial", "--yes")
    twins.say_the_same("vault", "erase", "V-77", "--reason", "a trial", "--yes", words=True)
    twins.say_the_same("vault", "fetch", "V-77")
    twins.say_the_same("vault", "status", "V-77")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_when_the_service_has_ended_however_the_directory_is_asked_again(ending: int, office: Office) -> None:
    with served(office, ending=ending):
        office.call("custody", "register", "BOX", *BOX, "--as", "CELL", code=0)
    assert office.call("custody", "show", "BOX", code=0).told["holder"] == "CELL"
    assert office.call("fsck", code=0).told["findings"] == []


@pytest.mark.parametrize("told", [
    b'{"url": "http://127.0.0.1:9", "pid": PID}',
    b'{"url": "http://127.0.0.1:9", "pid": 999999999}',
    b'{"url": "http://127.0.0.1:9"}',
    b"[]",
    b"\xff",
    b"",
], ids=["another-live-process", "a-dead-process", "no-process", "no-object", "not-utf-8", "empty"])  # fmt: skip
def test_another_command_on_the_directory_is_not_taken_for_a_service(told: bytes, office: Office) -> None:
    (office.data / "service.json").write_bytes(told.replace(b"PID", str(os.getppid()).encode()))
    office.call("member", "list", code=0)  # nobody has it: the file is of a service that was killed
    with Lock(DataDirectory.at(office.data)):
        assert office.call("member", "list", code=3).error == ("DATA_LOCKED", "--data")


def test_a_service_that_does_not_answer_is_told_in_time(office: Office) -> None:
    told = {"url": "http://127.0.0.1:9", "pid": os.getpid()}
    (office.data / "service.json").write_text(json.dumps(told))
    directory = DataDirectory.at(office.data)
    directory.write_secret("operator", bytes(32))
    with Lock(directory):
        assert office.call("member", "list", code=3).error == ("SERVICE_UNREACHABLE", "--url")
