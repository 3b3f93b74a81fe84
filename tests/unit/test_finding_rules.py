"""Each rule's own cases: one thing changed in a dossier that agrees, and whether the rule then fires."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sanad_node.findings import custody_checks
from sanad_node.findings.checks import KINDS
from sanad_node.findings.rules import FOLDER, RuleWrong, UnknownRule, get, load, rules
from sanad_testkit.rule_cases import findings_of

CASES = [
    pytest.param(rule.id, case, id=f"{rule.id}: {case['name']}")
    for rule in rules().values()
    if rule.of != "custody"  # see test_custody_rules
    for case in rule.cases
]


def test_a_dossier_that_agrees_has_no_findings() -> None:
    assert findings_of({}) == []


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_rule_fires_as_its_case_says(rule: str, case: dict[str, Any]) -> None:
    fired = [one for one in findings_of(case) if one.rule == rule]
    assert len(fired) == case["fires"]
    for one in fired:
        assert one.places
        assert all(place.digest and place.issuer and place.number for place in one.places)
        assert any(place.value for place in one.places)


@pytest.mark.parametrize("name", rules())
def test_a_rule_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(name: str) -> None:
    fired = {bool(case["fires"]) for case in get(name).cases}
    assert fired == {True, False}
    assert get(name).check["kind"] in (custody_checks.KINDS if get(name).of == "custody" else KINDS)


def test_every_kind_of_check_is_used_by_a_rule() -> None:
    assert {rule.check["kind"] for rule in rules().values()} == KINDS.keys() | custody_checks.KINDS.keys()


def test_a_finding_keeps_its_identifier_while_its_papers_stay_and_gets_another_with_them() -> None:
    case = next(one for one in get("bill-seal").cases if one["fires"])
    (first,) = [one for one in findings_of(case) if one.rule == "bill-seal"]
    (again,) = [one for one in findings_of(case) if one.rule == "bill-seal"]
    changed = {"set": {**case["set"], "declaration/channel": "RED"}}
    (other,) = [one for one in findings_of(changed) if one.rule == "bill-seal"]
    assert first == again
    assert first.id != other.id


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(UnknownRule):
        get("no-such-rule")


def _broken(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "another name than its file's", {**told, "id": "other"}
    yield "a severity there is not", {**told, "severity": "grave"}
    yield "a role there is not", {**told, "of": "letter"}
    yield "a member too many", {**told, "priority": 1}
    yield "a member too few", {name: value for name, value in told.items() if name != "cases"}
    yield "no words in Urdu", {**told, "title": {"en": "x"}}


def test_a_rule_file_that_is_not_as_it_must_be_is_refused(tmp_path: Any) -> None:
    good = json.loads((FOLDER / "bill-seal.json").read_bytes())
    file = tmp_path / "bill-seal.json"
    file.write_text(json.dumps(good))
    assert load(file).id == "bill-seal"
    for name, told in _broken(good):
        file.write_text(json.dumps(told))
        with pytest.raises(RuleWrong):
            pytest.fail(f"{name}: {load(file)}")
    file.write_bytes(b"{")
    with pytest.raises(RuleWrong):
        load(file)
