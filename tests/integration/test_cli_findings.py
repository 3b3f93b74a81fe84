"""Findings and identifiers at the command line, on a data directory and through a service."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sanad_node import samples
from sanad_node.cli import main
from sanad_testkit.matching_office import founded
from sanad_testkit.office import Office

pytestmark = pytest.mark.engine
DOSSIER = Path(str(samples.FOLDER)) / "dossier"


@pytest.fixture
def office(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office whose PORT has issued a declaration with one seal twice."""
    shutil.copytree(founded(tmp_path_factory.getbasetemp()), tmp_path / "data")
    (tmp_path / "desk").mkdir()
    made = Office(tmp_path / "data", tmp_path / "desk")
    declaration(made)
    return made


def declaration(office: Office, **changes: Any) -> Path:
    told = json.loads((DOSSIER / "05-goods-declaration.json").read_bytes())
    told["containers"][1]["sealNumber"] = told["containers"][0]["sealNumber"]
    return office.file("gd.json", json.dumps({**told, **changes}).encode())


def test_an_issue_warns_of_what_looks_wrong_and_issues(office: Office) -> None:
    path = declaration(office, currency="XXQ")
    told = office.call("check", path, "--type", "GOODS_DECLARATION", code=0).told
    (warning,) = told["warnings"]
    assert (warning["code"], warning["pointer"]) == ("CURRENCY_UNKNOWN", "/currency")
    assert (told["doubtful"], told["fits"] > 10) == (1, True)
    issued = office.call("issue", path, "--type", "GOODS_DECLARATION", "--as", "PORT", code=0).told
    assert issued["warnings"] == told["warnings"]
    assert issued["digest"] == told["digest"]
    words = office.call("check", path, "--type", "GOODS_DECLARATION", words=True, code=0).out
    assert "warning CURRENCY_UNKNOWN [/currency] no currency that is in use has this code (ISO 4217)" in words


def test_a_check_of_what_its_type_forbids_is_refused(office: Office) -> None:
    path = declaration(office, currency="rupees")
    ran = office.call("check", path, "--type", "GOODS_DECLARATION", code=3)
    assert ran.error == ("DOCUMENT_INVALID", "/currency")


def test_a_batch_tells_warnings_beside_the_rows_and_ends_with_0(office: Office) -> None:
    folder = office.folder / "many"
    folder.mkdir()
    shutil.move(declaration(office, currency="XXQ"), folder / "a.json")
    told = office.call("issue-batch", folder, "--type", "GOODS_DECLARATION", "--as", "PORT", code=0).told
    (row,) = told["rows"]
    assert (row["outcome"], [one["code"] for one in row["warnings"]]) == ("issued", ["CURRENCY_UNKNOWN"])


def test_findings_are_listed_answered_and_written(office: Office) -> None:
    office.call("issue", "gd.json", "--type", "GOODS_DECLARATION", "--as", "PORT", code=0)
    told = office.call("findings", "--document", "KAPW-IB-22012-18-09-2026", code=0).told
    (one,) = told["findings"]
    assert (one["rule"], told["notFoundTotal"]) == ("seal-twice-declared", 4)
    given = office.call(
        "findings", "answer", one["id"], "--reason", "clerical", "--note", "misread", "--as", "PORT", code=0
    ).told
    assert (given["formation"], given["name"]) == ("PORT", "operator")
    words = office.call("findings", words=True, code=0).out
    assert "MEDIUM Two containers with one seal number" in words
    assert "/containers/0/sealNumber  NSL13386" in words
    assert "clerical. misread" in words
    assert "not held here: BILL_OF_LADING SMPL/SMPLNGB2608290042" in words
    assert "clean" not in words
    assert office.call("findings", "--unanswered", code=0).told["total"] == 0
    assert office.call("findings", "--rule", "bill-seal", code=0).told["total"] == 0
    office.call("findings", "report", "-o", "one.json", code=0)
    office.call("findings", "report", "--block", str(told["block"]), "-o", "two.json", code=0)
    assert (office.folder / "one.json").read_bytes() == (office.folder / "two.json").read_bytes()
    assert office.call("findings", "renew", code=0).told == {"held": 1}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(("--rule", "no-such"), ("UNKNOWN_RULE", "--rule"), id="a rule there is not"),
        pytest.param(("--block", "99999"), ("BLOCK_NOT_FINAL", "--block"), id="a block to come"),
        pytest.param(("--document", "no-such"), ("UNKNOWN_DOCUMENT", "ID"), id="a document there is not"),
        pytest.param(("--block", "1", "rules"), ("USAGE", "rules"), id="options of the list"),
        pytest.param(
            ("answer", "0" * 32, "--reason", "clerical", "--note", "x"),
            ("UNKNOWN_FINDING", "FINDING"),
            id="a finding there is not",
        ),
    ],
)
def test_a_question_that_is_wrong_is_refused_by_what_is_wrong_in_it(
    office: Office, arguments: tuple[str, ...], error: tuple[str, str]
) -> None:
    assert office.call("findings", *arguments, code=3).error == error


def test_the_rules_are_listed_without_a_data_directory(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings", "rules", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"rule", "severity", "of", "against", "title", "why"} == told["rules"][0].keys()
    assert len(told["digest"]) == 64
