"""The table of policies: it can be decided in its order, carried out, and says nothing that a type does not have."""

import json
from pathlib import Path
from typing import Any

import pytest

from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_call, encode_call
from sanad_node.governance import ACTS, act_names, scope_word
from sanad_node.policing import PAST_REGISTER
from sanad_node.types import check, get, policies, prepare
from sanad_node.types.policies import FILE, outcome_of, policy
from sanad_node.types.registry import TypeDefinitionWrong
from sanad_verifier.register_words import Condition, PolicyParent, Unique

TABLE: dict[str, Any] = json.loads((Path(policies.__file__).parent / "catalogue" / FILE).read_text("utf-8"))


def test_every_policy_comes_after_those_it_rests_on() -> None:
    decided: set[str] = set()
    for name, one in policies.policies().items():
        assert {parent.doc_type for parent in one.parents} <= decided, name
        decided.add(name)
    assert decided == set(TABLE)


def test_a_policy_is_proposed_as_the_contract_takes_it() -> None:
    register = load("Register")
    for one in policies.policies().values():
        function, arguments = decode_call(register, encode_call(register, "setPolicy", *one.arguments()))
        assert function == "setPolicy"
        assert [PolicyParent.unpack(word) for word in arguments[4]] == list(one.parents)


def test_who_uses_a_paper_up_is_named_by_its_policy_and_may_issue_the_paper_that_does() -> None:
    for one in policies.policies().values():
        for parent in one.parents:
            if parent.condition & Condition.CONSUMES:
                assert set(one.issuers) <= set(policies.policies()[parent.doc_type].consumers), one.doc_type


def test_whatever_must_be_about_one_thing_names_one() -> None:
    for name, one in policies.policies().items():
        wanted = any(parent.condition & Condition.SAME_THING for parent in one.parents)
        if wanted or one.rules.unique is Unique.THING:
            assert get(name).subjects, name


def test_the_outcomes_are_those_that_the_schema_allows() -> None:
    for name, one in policies.policies().items():
        if one.outcome is not None:
            schema = json.loads((get(name).folder / "schema.json").read_bytes())
            assert set(one.outcome.codes) == set(schema["properties"][one.outcome.at[1:]]["enum"])
            for parent_of in policies.policies().values():
                for parent in parent_of.parents:
                    assert parent.doc_type != name or set(parent.outcomes) <= set(one.outcome.codes.values())


@pytest.mark.parametrize(("result", "code"), [("genuine", 1), ("tampered", 2), ("inconclusive", 3)])
def test_an_outcome_is_read_where_the_table_says(result: str, code: int) -> None:
    kind = get("FORENSIC_REPORT")
    told = {**json.loads(kind.read_sample()), "result": result}
    assert outcome_of(check(kind, prepare(kind, json.dumps(told).encode()))) == code
    assert outcome_of(check(get("BID_PAYMENT"), get("BID_PAYMENT").read_sample())) == 0


def test_a_type_without_a_policy_has_none() -> None:
    assert policy("GOODS_DECLARATION") is None


@pytest.mark.parametrize("wrong", [
    pytest.param({"PASSPORT": TABLE["SEIZURE_REPORT"]}, id="of-no-type"),
    pytest.param({"SEIZURE_REPORT": {**TABLE["SEIZURE_REPORT"], "issuers": []}}, id="that-nobody-enters"),
    pytest.param({"SEIZURE_REPORT": {**TABLE["SEIZURE_REPORT"], "unique": "colour"}}, id="unknown-uniqueness"),
    pytest.param({"SEIZURE_REPORT": {**TABLE["SEIZURE_REPORT"], "freedBy": ["rain"]}}, id="unknown-freeing"),
    pytest.param({"SEIZURE_REPORT": {**TABLE["SEIZURE_REPORT"], "more": 1}}, id="a-member-too-many"),
    pytest.param({"WAREHOUSE_DEPOSIT": TABLE["WAREHOUSE_DEPOSIT"]}, id="on-a-type-without-one"),
    pytest.param({"SEIZURE_REPORT": {**TABLE["SEIZURE_REPORT"],
                  "outcome": {"at": "/x", "codes": {"good": 4}}}}, id="an-outcome-beyond-its-range"),
])  # fmt: skip
def test_a_table_with_one_thing_wrong_is_refused(
    wrong: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text(json.dumps({"SEIZURE_REPORT": TABLE["SEIZURE_REPORT"]}), "utf-8")
    monkeypatch.setattr(policies, "CATALOGUE", tmp_path)
    policies.policies.cache_clear()
    assert list(policies.policies()) == ["SEIZURE_REPORT"]
    (tmp_path / FILE).write_text(json.dumps(wrong), "utf-8")
    policies.policies.cache_clear()
    with pytest.raises(TypeDefinitionWrong):
        policies.policies()
    policies.policies.cache_clear()


def test_a_scope_allows_what_the_register_does_and_not_what_is_part_of_it() -> None:
    assert {"enter", "consume", "withdraw"} <= ACTS.keys()
    assert "parent" not in ACTS
    assert set(act_names(PAST_REGISTER)) == {"issue", "issue-batch", "supersede", "revoke"}
    assert scope_word(["enter", "withdraw"]) == 1 << 7 | 1 << 10
