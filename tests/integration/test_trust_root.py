"""Three holders agree on a trust root of a real network, replace one of them, and a reader follows."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sanad_testkit.evidence import DAY
from sanad_testkit.office import Office, office
from sanad_verifier.roots import encode_root, parse_root

__all__ = ["office"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]


def origin_of(office: Office) -> str:
    note: str = office.call("log", "checkpoint", code=0).told["note"]
    return note.split("\n", maxsplit=1)[0]


def public(office: Office, holder: str) -> str:
    """Make a holder's key; the public half."""
    origin = origin_of(office)
    ran = office.call("root", "keygen", holder, "--origin", origin, "-o", f"{holder}.key", code=0)
    assert (office.folder / f"{holder}.key").stat().st_mode & 0o777 == 0o600
    assert (office.folder / f"{holder}.key").read_text().split()[1] not in ran.out
    return str(ran.told["key"])


def signed(office: Office, draft: str, *holders: str) -> Path:
    """A draft signed by these, one after the other."""
    at = draft
    for holder in holders:
        office.call("root", "sign", at, "--key-file", f"{holder}.key", "-o", f"{draft}.note", code=0)
        at = f"{draft}.note"
    return office.folder / at


def test_a_root_is_drafted_signed_used_and_replaced(office: Office) -> None:
    keys = {name: public(office, name) for name in ("fbr", "psw", "sbp", "court")}
    office.issued("K-1")
    office.call("bundle", "K-1", "-o", "b.sanad", code=0)
    of_three = [word for name in ("fbr", "psw", "sbp") for word in ("--key", keys[name])]
    office.call("root", "draft", *of_three, "--threshold", "2", "-o", "one", code=0)
    signed(office, "one", "fbr")
    ran = office.call("verify", "b.sanad", "--trust", "one.note", code=3)
    assert ran.error == ("TRUST_INVALID", "one.note")
    signed(office, "one.note", "psw").rename(office.folder / "root")
    assert office.call("verify", "b.sanad", "--trust", "root", code=0).told["verdict"] == "authentic"

    of_others = [word for name in ("fbr", "psw", "court") for word in ("--key", keys[name])]
    draft = ("root", "draft", *of_others, "--threshold", "2", "--after", "root", "-o", "two")
    office.call(*draft, code=0)
    told = office.call("root", "sign", "two", "--key-file", "fbr.key", "-o", "two.note", code=0).told
    assert (told["version"], told["threshold"]) == (2, 2)
    refused = office.call("root", "sign", "two", "--key-file", "sbp.key", "-o", "x", code=3)
    assert refused.error == ("ROOT_UNFIT", "key")
    left = ("root", "sign", "two.note", "--key-file", "sbp.key", "--after", "root", "-o", "two.left")
    office.call(*left, code=0)
    signed(office, "two.note", "psw")
    assert office.call("verify", "b.sanad", "--trust", "two.note.note", code=0).told["verdict"] == "authentic"


def test_a_quorum_that_no_members_make_is_not_drafted(office: Office) -> None:
    key = public(office, "fbr")
    ran = office.call("root", "draft", "--key", key, "--threshold", "1", "--quorum", "9", "-o", "x", code=1)
    assert ran.error[0] == "ROOT_INVALID"
    ran = office.call("root", "draft", "--key", key, "--threshold", "2", "-o", "x", code=1)
    assert ran.error[0] == "ROOT_INVALID"
    assert not (office.folder / "x").exists()


def test_a_key_is_never_written_over_and_no_other_file_is_taken_for_one(office: Office) -> None:
    key = public(office, "fbr")
    origin = origin_of(office)
    again = office.call("root", "keygen", "fbr", "--origin", origin, "-o", "fbr.key", code=3)
    assert again.error == ("FILE_EXISTS", "fbr.key")
    office.call("root", "draft", "--key", key, "--threshold", "1", "-o", "d", code=0)
    ran = office.call("root", "sign", "d", "--key-file", "d", "-o", "x", code=3)
    assert ran.error[0] in {"ROOT_KEY_INVALID", "FILE_TOO_LARGE"}


def test_by_a_root_whose_time_is_over_nothing_is_authentic_and_no_mirror_is_checked(office: Office) -> None:
    key = public(office, "fbr")
    office.issued("K-1")
    office.call("bundle", "K-1", "-o", "b.sanad", code=0)
    office.call("log", "mirror", "mirror", code=0)
    office.call("root", "draft", "--key", key, "--threshold", "1", "--days", "1", "-o", "d", code=0)
    drafted = parse_root((office.folder / "d").read_text())
    assert drafted.valid_until == drafted.issued + DAY
    signed(office, "d", "fbr").rename(office.folder / "root")
    assert office.call("verify", "b.sanad", "--trust", "root", code=0).told["verdict"] == "authentic"
    office.call("log", "verify", "mirror", "--trust", "root", code=0)

    over = replace(drafted, issued=1, valid_until=drafted.issued)
    (office.folder / "d").write_text(encode_root(over))
    signed(office, "d", "fbr").rename(office.folder / "root")
    told = office.call("verify", "b.sanad", "--trust", "root", code=2).told
    assert (told["verdict"], told["answers"]["freshness"]["reason"]) == ("stale", "ROOT_EXPIRED")
    for command in (("verify", "mirror"), ("mirror", "copy", "--from", "mirror")):
        ran = office.call("log", *command, "--trust", "root", code=2)
        assert ran.error == ("ROOT_EXPIRED", "root")
    assert not (office.folder / "copy").exists()


def test_what_is_remembered_of_the_time_goes_from_one_check_to_the_next(office: Office) -> None:
    office.issued("K-1")
    office.call("bundle", "K-1", "-o", "b.sanad", code=0)
    office.call("trust", "-o", "trust", code=0)
    given = ("verify", "b.sanad", "--trust", "trust", "--clock", "clock")
    office.call(*given, code=0)
    remembered = json.loads((office.folder / "clock").read_text())
    assert remembered["origin"] == origin_of(office)
    remembered["seen"] += 30 * DAY
    (office.folder / "clock").write_text(json.dumps(remembered, separators=(",", ":")))
    told = office.call(*given, code=2).told
    assert (told["verdict"], told["answers"]["freshness"]["reason"]) == ("stale", "TOO_OLD")
    assert office.call("verify", "b.sanad", "--clock", "clock", code=3).error[0] == "OPTION_MISSING"
    assert office.call(*given, "--at", "2026-11-23T14:30:00Z", code=3).error[0] == "USAGE"
