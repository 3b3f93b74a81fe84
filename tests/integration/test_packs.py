"""A pack from the node that knows the ledger to the squad that has no signal, and what it costs to keep it new."""

import contextlib
import io
import json
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sanad_api.callers import Role
from sanad_node import checkpointing, governance, packing
from sanad_node.acting import word
from sanad_node.node import Node
from sanad_node.reading import UnknownFormation
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.office import Office, office, quiet
from sanad_testkit.service import Prepared, Running, prepared, shared_service
from sanad_verifier.cli import main
from sanad_verifier.packs.pack import Pack, PackFile, open_pack, read_pack, verify_pack
from sanad_verifier.packs.update import apply_update, make_update
from sanad_verifier.trust import parse_trust

__all__ = ["office", "prepared", "quiet", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
TYPES = ("AUCTION_RECEIPT", "FILE")


def issue_some(made: Office, count: int = 5) -> None:
    """A batch of receipts `B-0`…, each about a car of its own."""
    folder = made.folder / "many"
    folder.mkdir(exist_ok=True)
    for number in range(count):
        shutil.copy(made.receipt(f"B-{number}", f"NZE141-000010{number}"), folder / f"{number}.json")
    made.call("issue-batch", folder, "--type", "AUCTION_RECEIPT", "--as", "CELL", code=0)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Office:
    """An office with a batch, a trust file and a pack of its receipts."""
    folder = tmp_path_factory.mktemp("packs")
    shutil.copytree(prepared.data, folder / "data")
    made = Office(folder / "data", folder)
    issue_some(made)
    made.call("trust", "-o", "trust.json", code=0)
    made.call("pack", "build", "--types", ",".join(TYPES), "-o", "shift.pack", code=0)
    return made


def verified(made: Office, given: str, *more: str, pack: str = "shift.pack") -> dict[str, Any]:
    """The verdict of `sanad-verify`, with its exit code."""
    out = io.StringIO()
    with contextlib.chdir(made.folder), contextlib.redirect_stdout(out):
        code = main([given, "--trust", "trust.json", "--pack", pack, "--json", *more])
    return {"code": code, **json.loads(out.getvalue())}


def opened(made: Office, name: str) -> Pack:
    trust = parse_trust((made.folder / "trust.json").read_bytes())
    return open_pack((made.folder / name).read_bytes(), trust)


# -- what a squad asks ----------------------------------------------------------------------------------------------


def test_every_document_of_the_types_is_found_by_file_number_and_car(settled: Office) -> None:
    for number in range(5):
        told = verified(settled, f"B-{number}.json", "--subject", f"NZE141-000010{number}")
        assert (told["code"], told["verdict"]) == (0, "authentic")
        by_number = verified(settled, f"B-{number}")
        assert (by_number["code"], by_number["verdict"]) == (2, "cannot-tell")
        by_car = verified(settled, f"nze141 000010{number}")
        assert by_car["shortCode"] == by_number["shortCode"] == told["shortCode"]
    assert verified(settled, "B-0.json", "--subject", "NZE141-0000101")["verdict"] == "refused"
    assert verified(settled, "B-5")["verdict"] == "unknown"


def test_a_certificate_with_the_short_code_stands_alone_beside_a_pack(settled: Office) -> None:
    settled.call("certificate", "B-3", "--short", "-o", "b3.pdf", code=0)
    assert verified(settled, "b3.pdf", "--subject", "NZE141-0000103")["verdict"] == "authentic"
    assert verified(settled, "b3.pdf", "--subject", "NZE141-0000104")["verdict"] == "refused"
    settled.call("pack", "build", "--types", "AUCTION_RECEIPT", "--no-codes", "-o", "lean.pack", code=0)
    told = verified(settled, "b3.pdf", pack="lean.pack")
    assert (told["verdict"], told["answers"]["intact"]["reason"]) == ("cannot-tell", "PACK_WITHOUT_CODES")


def test_a_pack_says_how_large_and_how_old_it_is(settled: Office) -> None:
    told = settled.call("pack", "show", "shift.pack", "--trust", "trust.json", code=0).told
    assert told["bytes"] == (settled.folder / "shift.pack").stat().st_size
    assert (told["absent"], told["types"], told["region"]) == (0, sorted(TYPES), "")
    assert told["documents"] == sum(one["documents"] for one in told["sections"])
    assert told["ageSeconds"] >= 0
    words = settled.call("pack", "show", "shift.pack", "--trust", "trust.json", code=0, words=True).out
    assert "documents of AUCTION_RECEIPT, FILE, issued by every office" in words
    assert "to be used for another" in words


def test_an_old_pack_is_stale(settled: Office) -> None:
    told = verified(settled, "B-1.json", "--at", "2126-01-01T00:00:00Z")
    assert (told["code"], told["verdict"]) == (2, "stale")


# -- keeping it new -------------------------------------------------------------------------------------------------


def test_an_update_brings_what_was_issued_revoked_and_declared_compromised_since(office: Office) -> None:
    issue_some(office)
    office.call("trust", "-o", "trust.json", code=0)
    build = ("pack", "build", "--types", "AUCTION_RECEIPT")
    office.call(*build, "-o", "old.pack", code=0)
    office.call("revoke", "B-1", "--reason", "fraud", code=0)
    office.call("suspend", "B-2", "--reason", "under-inquiry", code=0)
    office.issued("K-9")
    told = office.call(*build, "--since", "old.pack", "-o", "changes.update", code=0).told
    assert told["written"] == (office.folder / "changes.update").stat().st_size
    update = ("pack", "update", "old.pack", "changes.update", "--trust", "trust.json", "-o", "new.pack")
    office.call(*update, code=0)
    verdicts = {
        name: verified(office, name, pack="new.pack")
        for name in ("B-0.json", "B-1.json", "B-2.json", "K-9.json")
    }
    assert [one["verdict"] for one in verdicts.values()] == ["authentic", "refused", "refused", "authentic"]
    assert [one["state"] for one in verdicts.values()] == ["active", "revoked", "suspended", "active"]
    assert verified(office, "K-9.json", pack="old.pack")["verdict"] == "unknown"
    again = office.call(
        "pack", "update", "new.pack", "changes.update", "--trust", "trust.json", "-o", "x", code=3
    )
    assert again.error == ("UPDATE_UNFIT", "update")
    assert not (office.folder / "x").exists()
    key = opened(office, "new.pack").contents.sections[0].key.hex()
    office.call("formation", "compromised", key, "--since", "2020-01-01T00:00:00Z", code=0)
    office.call(*build, "-o", "suspect.pack", code=0)
    told = verified(office, "B-0.json", pack="suspect.pack")
    assert (told["verdict"], told["state"]) == ("refused", "suspect")


def test_a_series_goes_on_for_as_long_as_its_packs_are_of_use(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.issued("K-1")
    with Node(office.data) as node:
        node.catch_up()
        old = packing.build(node, packing.Wanted(("AUCTION_RECEIPT",)))
        series = packing.series_of(node, old.contents, old.note)
        monkeypatch.setattr(node, "clock", lambda start=node.clock(): start + 8 * 24 * 3600)
        with pytest.raises(packing.PackTooOld):
            packing.series_of(node, old.contents, old.note)
        assert packing.fresh_series().salt != series.salt


# -- what is in it --------------------------------------------------------------------------------------------------


def test_a_region_is_a_formation_with_all_beneath_it_and_all_that_it_took_over(office: Office) -> None:
    with Node(office.data) as node:
        node.catch_up()
        calls = [
            ("Formations", "addFormation", (word(code), word("AGENCY"), parent, predecessor, 0, 0))
            for code, parent, predecessor in (
                ("NORTH", 0, 0),
                ("NORTH-1", 5, 0),
                ("NORTH-1-A", 6, 0),
                ("SOUTH", 0, 0),
                ("EAST", 5, 4),
            )
        ]
        governance.propose_all(node, calls)
        node.catch_up()
        regions = {
            "NORTH": {"NORTH", "NORTH-1", "NORTH-1-A", "EAST", "COURT"},
            "north-1": {"NORTH-1", "NORTH-1-A"},
            "SOUTH": {"SOUTH"},
        }
        codes = node.reader.formation_codes()
        for region, expected in regions.items():
            file = packing.build(node, packing.Wanted(("FILE",), region))
            pack = verify_pack(file, checkpointing.trust(node))
            assert {codes[number] for number in pack.contents.formations} == expected
            assert pack.contents.region == region.upper()


def test_documents_that_this_office_does_not_know_in_clear_are_found_by_their_files_alone(
    office: Office,
) -> None:
    office.receipt("F-1", "NZE141-0000777")
    office.call("issue", "F-1.json", "--type", "AUCTION_RECEIPT", "--as", "CELL", "--no-keep", code=0)
    office.call("trust", "-o", "trust.json", code=0)
    office.call("pack", "build", "--types", "AUCTION_RECEIPT", "-o", "p", code=0)
    assert verified(office, "F-1.json", pack="p")["verdict"] == "authentic"
    assert verified(office, "NZE141-0000777", pack="p")["verdict"] == "unknown"
    told = verified(office, "F-1", "--subject", "NZE141-0000777", pack="p")
    assert told["answers"]["subject"]["reason"] == "SUBJECT_NOT_NAMED"


def test_a_batch_whose_file_is_gone_is_a_gap_that_the_pack_tells(office: Office) -> None:
    issue_some(office)
    office.issued("K-1")
    office.call("trust", "-o", "trust.json", code=0)
    for file in (office.data / "batches").iterdir():
        file.unlink()
    office.call("reindex", code=0)
    told = office.call("pack", "build", "--types", "AUCTION_RECEIPT", "-o", "p", code=0).told
    assert (told["documents"], told["absent"]) == (1, 5)
    assert verified(office, "K-1.json", pack="p")["verdict"] == "authentic"
    assert verified(office, "B-1.json", pack="p")["answers"]["authority"]["reason"] == "PACK_INCOMPLETE"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--types", "NOTHING"), ("UNKNOWN_TYPE", "--type")),
        (("--types", ","), ("USAGE", "--types")),
        (("--types", "FILE", "--region", "NOWHERE"), ("UNKNOWN_FORMATION", "region")),
        (("--types", "FILE", "--since", "missing"), ("FILE_UNREADABLE", "missing")),
        (("--types", "FILE", "--since", "trust.json"), ("PACK_REFUSED", "trust.json")),
    ],
)
def test_a_pack_that_cannot_be_made_is_not_written(
    settled: Office, arguments: tuple[str, ...], error: tuple[str, str]
) -> None:
    ran = settled.call("pack", "build", *arguments, "-o", "none.pack", code=3)
    assert ran.error == error
    assert not (settled.folder / "none.pack").exists()


def test_a_second_pack_is_not_waited_for(office: Office) -> None:
    with Node(office.data) as node:
        node.catch_up()
        wanted = packing.Wanted(("FILE",))
        with packing._ONE_AT_A_TIME, pytest.raises(packing.PackBusy):
            packing.build(node, wanted)
        with pytest.raises(UnknownFormation):
            packing.build(node, packing.Wanted(("FILE",), "NOWHERE"))
        assert packing.build(node, wanted).sections == b""


# -- by the service -------------------------------------------------------------------------------------------------


def test_a_squad_fetches_a_pack_and_its_update_and_partners_may_not(
    shared_service: Running, settled: Office
) -> None:
    people = shared_service.people
    assert people is not None
    with shared_service.asks(people.client(Role.SQUAD)) as squad:
        answer = squad.post("/v1/packs", json={"types": ["AUCTION_RECEIPT"]})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
        trust = parse_trust(squad.get("/v1/trust").content)
        old = read_pack(answer.content)
        since = {"contents": old.contents.decode(), "note": old.note.decode()}
        newer = squad.post("/v1/packs", json={"types": ["AUCTION_RECEIPT"], "since": since})
        new = read_pack(newer.content)
        assert apply_update(old, make_update(old, new), trust) == new
        assert verify_pack(new, trust).contents.salt == verify_pack(old, trust).contents.salt
        for wrong in ({**since, "note": "x"}, {**since, "contents": "{}"}, _another_salt(old)):
            refused = squad.post("/v1/packs", json={"types": ["AUCTION_RECEIPT"], "since": wrong})
            assert refused.status_code == 422, refused.text
        listed = json.loads(answer.content[answer.content.index(b'{"absent"') :].split(b"PK\x03\x04")[0])
        assert "NZE141" not in json.dumps(listed)
    with shared_service.asks(people.client(Role.PARTNER)) as partner:
        assert partner.post("/v1/packs", json={"types": ["FILE"]}).status_code == 403


def _another_salt(old: PackFile) -> dict[str, str]:
    contents = json.loads(old.contents) | {"salt": "00" * 16}
    told = json.dumps(contents, separators=(",", ":"), sort_keys=True)
    return {"contents": told, "note": old.note.decode()}


def test_a_squad_that_signed_in_finds_a_document_by_the_car(shared_service: Running) -> None:
    people = shared_service.people
    assert people is not None
    with shared_service.asks(people.client(Role.SQUAD)) as squad, shared_service.asks() as anybody:
        asked = {"identifier": "nze141 0000001"}
        told = squad.post("/v1/verify", json=asked).json()
        assert (told["verdict"], told["type"], told["answers"]["intact"]["answer"]) == (
            "cannot-tell",
            "AUCTION_RECEIPT",
            "not-checked",
        )
        assert anybody.post("/v1/verify", json=asked).status_code == 401


def test_a_document_is_found_by_its_car_whenever_it_was_issued(office: Office) -> None:
    office.issued("K-1")
    assert office.call("verify", "NZE141-0000001").told["verdict"] == "cannot-tell"
    office.file("K-2.json", receipt("K-2", "ANOTHER-7"))
    office.call("issue", "K-2.json", "--type", "AUCTION_RECEIPT", "--as", "CELL", code=0)
    assert office.call("verify", "another 7").told["verdict"] == "cannot-tell"
    assert office.call("verify", "another 8").told["verdict"] == "unknown"
    rows = office.rows("office.db", "SELECT number FROM things ORDER BY number")
    assert ("AN0THER7",) in rows


def test_documents_that_an_earlier_version_kept_are_named_when_a_pack_is_built(office: Office) -> None:
    office.issued("K-1")
    with contextlib.closing(sqlite3.connect(office.data / "office.db")) as connection, connection:
        connection.execute("DELETE FROM things")
        connection.execute("UPDATE papers SET named = 0")
    assert office.call("verify", "NZE141-0000001").told["verdict"] == "unknown"
    office.call("pack", "build", "--types", "AUCTION_RECEIPT", "-o", "p", code=0)
    assert office.call("verify", "NZE141-0000001").told["verdict"] == "cannot-tell"
    assert office.rows("office.db", "SELECT DISTINCT named FROM papers") == [(1,)]


def test_an_empty_pack_is_a_pack(quiet: Office, tmp_path: Path) -> None:
    ran = quiet.call("pack", "build", "--types", "EIF", "-o", tmp_path / "empty.pack", code=0)
    assert (ran.told["documents"], ran.told["sections"]) == (0, [])


def test_a_pack_that_is_not_to_be_trusted_is_no_word_on_any_document(settled: Office) -> None:
    data = bytearray((settled.folder / "shift.pack").read_bytes())
    data[-300] ^= 1
    settled.file("bad.pack", bytes(data))
    offline = ("--trust", "trust.json", "--pack", "bad.pack")
    for command in (
        ("verify", "B-1.json", *offline),
        ("pack", "show", "bad.pack", "--trust", "trust.json"),
        ("pack", "update", "shift.pack", "bad.pack", "--trust", "trust.json", "-o", "none.pack"),
    ):
        assert settled.call(*command, code=3).error == ("PACK_REFUSED", "bad.pack")
    assert verified(settled, "B-1.json", pack="bad.pack")["error"]["code"] == "PACK_REFUSED"
    assert settled.call("verify", "B-1", "--pack", "shift.pack", code=3).error == (
        "OPTION_MISSING",
        "--trust",
    )


def test_the_node_s_command_says_with_a_pack_what_the_verifier_says(settled: Office) -> None:
    at = ("--at", datetime.now(UTC).isoformat(timespec="seconds"))  # how old it is is said to the second
    for given in ("B-1.json", "B-1", "B-9"):
        ran = settled.call("verify", given, "--trust", "trust.json", "--pack", "shift.pack", *at)
        told = verified(settled, given, *at)
        assert ran.code == told["code"]
        assert {name: ran.told[name] for name in ("verdict", "answers", "shortCode")} == {
            name: told[name] for name in ("verdict", "answers", "shortCode")
        }
