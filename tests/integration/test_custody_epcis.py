"""What is seen of cargo, devices, and custody as EPCIS, at the command line: one story, and what is refused."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sanad_node.epcis import documents
from sanad_node.epcis.event_hash import event_hash
from sanad_testkit import devices
from sanad_testkit.office import Office, office
from sanad_verifier.digests import Digest
from sanad_verifier.entries import decode_entry
from sanad_verifier.merkle import InclusionProof
from sanad_verifier.readings import parse_reading, verify_reading

__all__ = ["office"]
pytestmark = pytest.mark.engine
NUMBER = "MSKU1234565"


def custody(office: Office, *arguments: object, code: int = 0) -> Any:
    return office.call("custody", *map(str, arguments), code=code).told


def events_in(path: Path) -> list[dict[str, Any]]:
    return documents.events(documents.parse(path.read_bytes()))


@pytest.mark.slow
def test_a_container_with_a_device_arrives_short_and_its_story_travels_as_epcis(office: Office) -> None:
    office.call("formation", "scope", "CELL", "--type", "DEVICE", "--acts", "device", code=0)
    office.issued("K-1")
    registered = custody(
        office, "register", NUMBER, "--kind", "CONTAINER", "--as", "CELL", "--place", "PKKHI",
        "--quantity", 420, "--seal", "SL-1", "--document", "K-1",
    )  # fmt: skip
    box = registered["consignment"]
    adding = ("device", "add", "ELOCK-7", "--as", "CELL", "--key", "elock-7")
    device = custody(office, *adding)["device"]
    assert custody(office, *adding)["device"] == device  # an answer that was lost is asked for again
    ended = ("device", "add", "ELOCK-8", "--as", "CELL", "--from", "2027-01-02", "--to", "2027-01-01")
    assert custody(office, *ended, code=3)["error"]["code"] == "DEVICE_WINDOW_INVALID"
    assert len(custody(office, "device", "list")["devices"]) == 1
    custody(
        office,
        "ship",
        NUMBER,
        "--to",
        "PORT",
        "--as",
        "CELL",
        "--place",
        "PKKHI",
        "--quantity",
        420,
        "--seal",
        "SL-1",
    )

    # readings: signed by the gateway that has the device's key, one entry for the batch
    now = office_time(office)
    first = devices.batch(
        box, device, 1,
        [
            devices.reading(now + 1, "24.8600", "67.0100"),
            devices.reading(now + 2, "24.9000", "67.0500"),
            devices.reading(now + 3, "25.3900", "68.3700", seal="open", tamper=True),
        ],
    )  # fmt: skip
    file = devices.write(office.folder / "batch-1.json", first)
    recorded = custody(office, "observe", file, "--as", "CELL")
    again = custody(office, "observe", file, "--as", "CELL")
    assert again["entry"] == recorded["entry"]  # the same batch is the same act
    replayed = devices.write(office.folder / "replayed.json", {**first, "readings": first["readings"][:2]})
    assert (
        custody(office, "observe", replayed, "--as", "CELL", code=1)["error"]["code"] == "CUSTODY_WRONG_BATCH"
    )
    skipped = devices.batch(box, device, 3, [devices.reading(now + 9)])
    devices.write(office.folder / "skipped.json", skipped)
    assert (
        custody(office, "observe", office.folder / "skipped.json", "--as", "CELL", code=1)["error"]["code"]
        == "CUSTODY_WRONG_BATCH"
    )
    ahead = devices.write(
        office.folder / "ahead.json", devices.batch(box, device, 2, [devices.reading(now + 86_400)])
    )
    assert (
        custody(office, "observe", ahead, "--as", "CELL", code=1)["error"]["code"]
        == "CUSTODY_BAD_READING_TIME"
    )
    forged = devices.write(
        office.folder / "forged.json",
        {**devices.batch(box, device, 2, [devices.reading(now + 9)]), "signature": "11" * 65},
    )
    assert custody(office, "observe", forged, "--as", "CELL", code=1)["error"]["code"].startswith(
        ("CUSTODY_NOT_SIGNED", "ECDSA")
    )

    # one reading, proved
    proof = custody(office, "reading", NUMBER, recorded["entry"], 2, "-o", "reading.json")
    path = InclusionProof(
        proof["index"], proof["size"], tuple(Digest(bytes.fromhex(one)) for one in proof["path"])
    )
    verify_reading(parse_reading(proof["reading"]), path, decode_entry(bytes.fromhex(proof["raw"])))

    custody(
        office,
        "inspect",
        NUMBER,
        "--as",
        "YARD",
        "--place",
        "PKSKZ",
        "--condition",
        "seal-locked",
        "--seal",
        "SL-1",
    )
    received = custody(
        office, "receive", NUMBER, "--as", "PORT", "--place", "PKPEW", "--quantity", 418, "--seal", "SL-9"
    )
    assert custody(office, "error", NUMBER, received["entry"], "--as", "CELL", "--error", "incorrect-data",
    code=3)["error"] == { "code": "ERROR_NOT_OF_THIS", "field": "--as", "message": "the entry is another formation's",
    }  # fmt: skip
    declared = custody(
        office,
        "error",
        NUMBER,
        received["entry"],
        "--as",
        "PORT",
        "--error",
        "incorrect-data",
        "--note",
        "419",
    )

    told = office.call("trace", NUMBER, code=0).told
    assert [hop["act"] for hop in told["hops"]] == [
        "register",
        "ship",
        "readings",
        "observe",
        "receive",
        "error",
    ]
    _, _, readings, seen, arrived, wrong = told["hops"]
    assert (
        readings["readings"]["opened"],
        readings["readings"]["tampered"],
        readings["readings"]["held"],
    ) == (1, 1, True)
    assert seen["marks"] == ["seal seen locked"]
    assert (arrived["gap"], arrived["marks"], arrived["error"]) == (
        "2 short: 420 shipped, 418 found", ["seal changed"], "incorrect data",
    )  # fmt: skip
    assert (wrong["about"], wrong["index"]) == (received["entry"], declared["entry"])
    words = office.call("trace", NUMBER, words=True, code=0).out
    assert "! 2 short: 420 shipped, 418 found, seal changed, declared wrong: incorrect data" in words
    assert "3 readings of" in words
    assert "1 open, 1 tampered" in words

    # out, and what a partner recomputes
    out = office.folder / "out.jsonld"
    custody(office, "export", NUMBER, "-o", out)
    custody(office, "export", NUMBER, "-o", office.folder / "again.jsonld")
    assert out.read_bytes() == (office.folder / "again.jsonld").read_bytes()
    made = documents.parse(out.read_bytes())
    events = documents.events(made)
    for event in events:
        assert event["eventID"] == event_hash(event, documents.spaces_of(made, event))
    assert [event["bizStep"] for event in events] == [
        "accepting", "shipping", "sensor_reporting", "inspecting", "receiving", "receiving",
    ]  # fmt: skip
    accepting, shipping, sensing, inspecting, receiving, corrected = events
    assert accepting["epcList"] == [f"urn:sanad:consignment:{box}", f"urn:epc:id:bic:{NUMBER}"]
    assert len(accepting["bizTransactionList"]) == 1
    assert accepting["readPoint"] == {"id": "geo:24.86,67.01"}
    assert shipping["destinationList"] == [
        {"type": "possessing_party", "destination": "urn:sanad:formation:PORT"}
    ]
    assert receiving["sourceList"] == [{"type": "possessing_party", "source": "urn:sanad:formation:CELL"}]
    assert receiving["quantityList"][0]["quantity"] == 418
    assert inspecting["disposition"] == "container_closed"
    report = sensing["sensorElementList"][2]["sensorReport"]
    assert (report[0]["value"], report[2]["stringValue"], report[3]["exception"]) == (
        Decimal("25.39"),
        "open",
        "ALARM_CONDITION",
    )
    assert corrected["errorDeclaration"]["reason"] == "incorrect_data"
    assert corrected["eventID"] == receiving["eventID"]

    # brought back, it is nobody's new act: what others did is theirs, what one did is in the log
    hops = len(told["hops"])
    outcomes = {
        "CELL": ["already", "already", "EPCIS_EVENT_NOT_TAKEN", *["EPCIS_NOT_YOUR_EVENT"] * 3],
        "YARD": [*["EPCIS_NOT_YOUR_EVENT"] * 3, "already", *["EPCIS_NOT_YOUR_EVENT"] * 2],
        "PORT": [*["EPCIS_NOT_YOUR_EVENT"] * 4, "already", "already"],
    }
    for code, expected in outcomes.items():
        rows = custody(office, "capture", out, "--as", code, code=1)["rows"]
        assert [row["code"] or row["outcome"] for row in rows] == expected
    assert rows[4]["entry"] == received["entry"]
    assert rows[5]["entry"] == declared["entry"]
    assert len(office.call("trace", NUMBER, code=0).told["hops"]) == hops

    # taken back, a count is nothing that the next one is compared with
    custody(office, "error", NUMBER, received["entry"], "--as", "PORT", "--error", "did-not-occur")
    custody(office, "ship", NUMBER, "--to", "YARD", "--as", "PORT", "--quantity", 418, "--seal", "SL-9")
    hops = office.call("trace", NUMBER, code=0).told["hops"]
    assert hops[4]["error"] == "did not occur"
    assert hops[-1]["marks"] == ["2 short: 420 stated, 418 found", "seal changed"]


def office_time(office: Office) -> int:
    """The time of the newest block."""
    told = office.call("trace", NUMBER, code=0).told
    return max(int(hop["time"]) for hop in told["hops"])


def captured(path: Path, events: list[dict[str, Any]]) -> Path:
    made = documents.document(events, "2026-11-29T00:00:00.000Z")
    path.write_bytes(documents.encode(made))
    return path


def event(step: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventTime": f"2026-11-28T{at}:00+05:00",
        "eventTimeZoneOffset": "+05:00",
        "epcList": [f"urn:epc:id:bic:{NUMBER}"],
        "action": "OBSERVE",
        "bizStep": step,
        "readPoint": {"id": "geo:24.8601,67.0102"},
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 420}],
        **more,
    }


PARTIES = {
    "sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:4012345.00000"}],
    "destinationList": [{"type": "possessing_party", "destination": "urn:epc:id:pgln:4023333.00000"}],
}


@pytest.mark.slow
def test_a_carriers_own_events_are_captured_row_by_row_and_once(office: Office) -> None:
    names = office.folder / "names.json"
    names.write_text(
        json.dumps({"urn:epc:id:pgln:4012345.00000": "CELL", "https://id.gs1.org/417/4023333000000": "PORT"})
    )
    good = [
        event("accepting", "08:00"),
        event("shipping", "09:00", **PARTIES),
        event("void_shipping", "10:00", **PARTIES),
        event("shipping", "11:00", **PARTIES),
    ]
    wrong = [
        {**event("shipping", "12:00", **PARTIES), "eventID": "ni:///sha-256;" + "0" * 64 + "?ver=CBV2.0"},
        event("receiving", "13:00", **PARTIES),
        event("sensor_reporting", "14:00"),
        {**event("inspecting", "15:00"), "epcList": ["urn:epc:id:bic:TCLU4482017"]},
    ]
    file = captured(office.folder / "carrier.jsonld", good + wrong)
    arguments = ("capture", file, "--as", "CELL", "--names", names)
    dry = custody(office, *arguments, "--dry-run", code=1)
    assert [(row["act"], row["outcome"]) for row in dry["rows"][:4]] == [
        (act, "would-do") for act in ("register", "ship", "recall", "ship")
    ]
    assert [row["code"] for row in dry["rows"][4:]] == [
        "EPCIS_EVENT_ID_WRONG", "EPCIS_NOT_YOUR_EVENT", "EPCIS_EVENT_NOT_TAKEN", "EPCIS_OBJECT_UNCLEAR",
    ]  # fmt: skip
    office.call("custody", "show", NUMBER, code=3)  # a dry run did nothing

    done = custody(office, *arguments, code=1)
    assert [(row["act"], row["outcome"]) for row in done["rows"][:4]] == [
        ("register", "done"), ("ship", "done"), ("recall", "done"), ("ship", "done"),
    ]  # fmt: skip
    told = office.call("custody", "show", NUMBER, code=0).told
    assert [hop["act"] for hop in told["hops"]] == ["register", "ship", "recall", "ship"]
    assert (told["holder"], told["taker"], told["hops"][0]["place"]) == ("CELL", "PORT", "PKKHI")
    again = custody(office, *arguments, code=1)
    assert [(row["outcome"], row["entry"]) for row in again["rows"][:4]] == [
        ("already", row["entry"]) for row in done["rows"][:4]
    ]
    assert len(office.call("custody", "show", NUMBER, code=0).told["hops"]) == 4

    correction = {
        **event("shipping", "11:00", **PARTIES),
        "errorDeclaration": {"declarationTime": "2026-11-28T12:00:00+05:00", "reason": "incorrect_data"},
    }
    fixed = captured(office.folder / "correction.jsonld", [correction])
    row = custody(office, "capture", fixed, "--as", "CELL", "--names", names)["rows"][0]
    assert (row["act"], row["outcome"]) == ("error", "done")
    hops = office.call("custody", "show", NUMBER, code=0).told["hops"]
    assert (hops[3]["error"], hops[4]["about"]) == ("incorrect data", done["rows"][3]["entry"])

    itself = [{"type": "possessing_party", "destination": "urn:sanad:formation:CELL"}]
    to_itself = {**PARTIES, "destinationList": itself}
    later = [
        event("void_shipping", "16:00", **PARTIES),
        event("shipping", "17:00", **to_itself),
        event("shipping", "18:00", **PARTIES),
    ]
    rows = custody(office, "capture", captured(file, later), "--as", "CELL", "--names", names, code=1)["rows"]
    assert [row["code"] or row["outcome"] for row in rows] == ["done", "CUSTODY_SELF_HAND_OVER", "done"]

    for bad, code in (("{", "EPCIS_INVALID"), (json.dumps({"type": "EPCISDocument"}), "EPCIS_INVALID")):
        file.write_text(bad)
        assert custody(office, *arguments, code=3)["error"]["code"] == code
