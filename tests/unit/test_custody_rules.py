"""The rules of custody: each rule's own cases, and corridors that are not as they must be."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sanad_node.corridors import FOLDER, CorridorWrong, UnknownCorridor, corridors, get, load
from sanad_node.findings.journeys import HOUR, JourneyStep
from sanad_node.findings.report import evaluate_custody
from sanad_node.findings.rules import rules
from sanad_testkit.custody_cases import journey_of

CASES = [
    pytest.param(rule.id, case, id=f"{rule.id}: {case['name']}")
    for rule in rules().values()
    if rule.of == "custody"
    for case in rule.cases
]
QUIET = {
    "acts": [
        {"act": "register", "at": 0, "place": "PKKHI", "quantity": 420, "seal": "A"},
        {
            "act": "ship",
            "at": 1,
            "place": "PKKHI",
            "quantity": 420,
            "seal": "A",
            "corridor": "karachi-torkham",
        },
        {"act": "observe", "at": 20, "place": "PKSKZ", "seal": "A", "condition": "SEAL_LOCKED"},
        {"act": "receive", "at": 40, "place": "PKPEW", "quantity": 420, "seal": "A", "condition": "GOOD"},
        {"act": "ship", "at": 41, "place": "PKPEW", "quantity": 420, "seal": "A"},
        {"act": "receive", "at": 44, "place": "PKTOR", "quantity": 420, "seal": "A"},
    ],
    "until": 500,
}


def test_a_journey_in_order_has_no_findings() -> None:
    assert list(evaluate_custody(journey_of(QUIET))) == []


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_custody_rule_fires_as_its_case_says(rule: str, case: dict[str, Any]) -> None:
    fired = [one for one in evaluate_custody(journey_of(case)) if one.rule == rule]
    assert len(fired) == case["fires"]
    for one in fired:
        assert all(place.digest and place.issuer and place.number and place.value for place in one.places)


def test_findings_of_one_consignment_have_identifiers_of_their_own() -> None:
    acts = [*QUIET["acts"][:3], {"act": "receive", "at": 40, "place": "PKPEW", "quantity": 400, "seal": "B"}]  # type: ignore[index]
    found = list(evaluate_custody(journey_of({"acts": acts, "until": 45})))
    assert sorted(one.rule for one in found) == ["custody-seal-changed", "custody-short"]
    assert len({one.id for one in found}) == 2


def test_who_takes_a_short_receipt_back_hides_no_shortage() -> None:
    receipt = {"act": "receive", "at": 40, "place": "PKPEW", "quantity": 398, "seal": "A"}
    back = {"act": "error", "at": 41, "about": 3}
    onward = {"act": "ship", "at": 42, "place": "PKPEW", "quantity": 398, "seal": "A"}
    acts = [*QUIET["acts"][:3], receipt]  # type: ignore[index]
    rules_of = [one.rule for one in evaluate_custody(journey_of({"acts": acts, "until": 43}))]
    assert rules_of == ["custody-short"]
    (struck,) = evaluate_custody(journey_of({"acts": [*acts, back], "until": 43}))
    assert (struck.rule, struck.figures) == ("custody-struck", {"showed": "22 short: 420 stated, 398 found"})
    found = evaluate_custody(journey_of({"acts": [*acts, back, onward], "until": 43}))
    assert [one.rule for one in found] == ["custody-short", "custody-struck"]  # against what was handed over


def test_what_is_said_about_paper_breaks_no_silence() -> None:
    still = [*QUIET["acts"][:2]]  # type: ignore[index]
    rules_of = [one.rule for one in evaluate_custody(journey_of({"acts": still, "until": 30}))]
    assert rules_of == ["corridor-silence"]
    hold = journey_of({"acts": still, "until": 30})
    held = JourneyStep(2, hold.steps[1].time + 20 * HOUR, "hold", "COURT")
    paper = replace(hold, steps=(*hold.steps, held))
    assert [one.rule for one in evaluate_custody(paper)] == ["corridor-silence"]


def test_both_corridors_are_there_and_an_unknown_one_is_refused() -> None:
    assert list(corridors()) == ["karachi-chaman", "karachi-torkham"]
    with pytest.raises(UnknownCorridor):
        get("khyber")


def test_a_corridor_that_is_not_as_it_must_be_is_refused(tmp_path: Path) -> None:
    good = json.loads((FOLDER / "karachi-chaman.json").read_bytes())
    file = tmp_path / "karachi-chaman.json"
    file.write_text(json.dumps(good))
    assert load(file).id == "karachi-chaman"
    stations = good["stations"]
    for name, told in {
        "another name": {**good, "id": "x"},
        "no stations": {**good, "stations": []},
        "out of order": {**good, "stations": stations[::-1]},
        "an end that need not be reached": {**good, "stations": [{**stations[0], "required": False}]},
        "a place nobody knows": {**good, "from": ["XXXXX"]},
        "no speed": {**good, "fastest": 0},
        "a member too few": {name: value for name, value in good.items() if name != "silence"},
    }.items():
        file.write_text(json.dumps(told))
        with pytest.raises(CorridorWrong):
            pytest.fail(f"{name}: {load(file)}")
