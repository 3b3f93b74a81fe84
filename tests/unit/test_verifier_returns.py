"""A monthly return is as a node of the network signed it, or is refused; months are those of a zone's clocks."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.return_cases import NIL, REFUSED, RETURNS, SCENE, SIGNED, TRUST, WHOLE
from sanad_testkit.vectors import FOLDER
from sanad_verifier.cli import main
from sanad_verifier.errors import EvidenceError
from sanad_verifier.returns import (
    MOST_MONTHS,
    PAKISTAN,
    MonthInvalid,
    begins,
    members_of,
    month_of,
    months_between,
    next_month,
    sign_return,
    verify_return,
    zone,
)
from sanad_verifier.trust import encode_trust, parse_trust

VECTORS: dict[str, Any] = json.loads((FOLDER / "returns.json").read_text("utf-8"))
VECTOR_TRUST = parse_trust(VECTORS["trust"].encode())


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in VECTORS["returns"]])
def test_a_vector_is_read_as_it_says(case: dict[str, Any]) -> None:
    data = b64decode(case["file"])
    if "says" in case:
        assert members_of(verify_return(data, VECTOR_TRUST)) == case["says"]
        return
    with pytest.raises(EvidenceError) as refused:
        verify_return(data, VECTOR_TRUST)
    assert refused.value.code == case["code"]


@pytest.mark.parametrize("name", RETURNS)
def test_a_return_is_read_back_as_signed_and_signing_again_gives_the_same_bytes(name: str) -> None:
    signed = sign_return(RETURNS[name], SCENE.status)
    assert verify_return(signed, TRUST) == RETURNS[name]
    assert sign_return(RETURNS[name], SCENE.status) == signed


@pytest.mark.parametrize("name", REFUSED)
def test_a_return_with_one_thing_wrong_is_refused(name: str) -> None:
    assert verify_return(SIGNED, TRUST) == WHOLE
    with pytest.raises(EvidenceError) as refused:
        verify_return(REFUSED[name], TRUST)
    assert refused.value.code in {"RETURN_INVALID", "NOTE_INVALID", "NOTE_UNTRUSTED"}


@given(st.integers(0, len(SIGNED) - 1), st.binary(max_size=3))
@settings(max_examples=300, deadline=None)
def test_no_other_bytes_are_the_return(at: int, put: bytes) -> None:
    changed = SIGNED[:at] + put + SIGNED[at + 1 :]
    if changed != SIGNED:
        with pytest.raises(EvidenceError):
            verify_return(changed, TRUST)


@given(st.integers(0, 4102444800), st.sampled_from(["+05:00", "+00:00", "-09:30", "+14:00", "+05:45"]))
def test_a_second_lies_in_the_month_that_its_zone_has_then(second: int, offset: str) -> None:
    hours = int(offset[:3]) + (-1 if offset[0] == "-" else 1) * int(offset[4:]) / 60
    slow = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second, hours=hours)
    month = month_of(second, offset)
    assert month == f"{slow.year:04d}-{slow.month:02d}"
    assert begins(month, offset) <= second < begins(next_month(month), offset)


def test_a_month_of_pakistan_begins_five_hours_before_that_of_utc() -> None:
    assert begins("2026-11", PAKISTAN) == begins("2026-11", "+00:00") - 5 * 3600
    assert month_of(begins("2026-11", PAKISTAN) - 1, PAKISTAN) == "2026-10"


def test_months_are_every_one_from_the_first_to_the_last() -> None:
    assert months_between("2026-11", "2027-02") == ("2026-11", "2026-12", "2027-01", "2027-02")
    assert len(months_between("2024-01", "2026-12")) == MOST_MONTHS


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-13", "2026-12", "month"),
        ("2026-1", "2026-12", "month"),
        ("٢٠٢٦-10", "2026-12", "month"),
        ("1969-12", "1970-01", "month"),
        ("2026-10\n", "2026-12", "month"),
        ("2026-10", "9999-12", "until"),
        ("2026-10", "2026-09", "until"),
        ("2024-01", "2027-01", "until"),
    ],
)
def test_what_are_no_months_is_refused_by_its_name(first: str, last: str, field: str) -> None:
    with pytest.raises(MonthInvalid) as refused:
        months_between(first, last)
    assert (refused.value.code, refused.value.field) == ("MONTH_INVALID", field)


@pytest.mark.parametrize("offset", ["5", "+5:00", "+15:00", "05:00", "+05:60", "Z", "Asia/Karachi"])
def test_what_is_no_offset_is_refused(offset: str) -> None:
    assert zone("+05:00").utcoffset(None) == timedelta(hours=5)
    with pytest.raises(MonthInvalid):
        zone(offset)


def test_a_return_is_checked_by_the_stand_alone_verifier(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, trust = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "trust.json"
    good.write_bytes(SIGNED)
    bad.write_bytes(REFUSED["one thing more"])
    trust.write_bytes(encode_trust(TRUST))
    assert main(["report", str(good), "--trust", str(trust)]) == 0
    told = capsys.readouterr().out
    assert "KAPW         seized    3, 3760000.00 PKR, 1 whose papers are not held there" in told
    assert "1 reassigned to a formation above, 2 more withdrawn since" in told
    assert "not counted, issued without the register: 2 GATE_PASS" in told
    assert main(["report", str(good), "--trust", str(trust), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"signed": True, **members_of(WHOLE)}
    assert main(["report", str(bad), "--trust", str(trust)]) == 1
    assert capsys.readouterr().out == "not to be trusted: what was signed is not this return\n"
    assert main(["report", str(tmp_path / "none.json"), "--trust", str(trust)]) == 3


def test_nil_lines_are_told_of_a_formation_that_was_asked_for() -> None:
    assert [one.things for one in NIL] == [0, 0, 0, 0]
    assert (
        verify_return(sign_return(RETURNS["of one formation that did nothing"], SCENE.status), TRUST).lines
        == NIL
    )
