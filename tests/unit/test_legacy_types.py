"""A document that passes on another system's record is never called in force: not by the verifier, not by a browser."""

from pathlib import Path

from sanad_node import types
from sanad_testkit.browser_modules import READ, run
from sanad_verifier.answers import STATES, StateFacts, say_state
from sanad_verifier.findings import Findings
from sanad_verifier.standings import LEGACY_TYPES

SAY = (
    READ
    + """
import { Findings, sayState } from "./evidence-answers.js";
say(asked.map(([type, state]) => {
  const found = new Findings(false);
  found.facts = { type };
  sayState(found, state);
  return [found.facts.state, found.answers.state.answer, found.answers.state.reason];
}));
"""
)
CASES = [(name, state) for name in ("EIF", *sorted(LEGACY_TYPES)) for state in STATES]


def said(name: str, state: str) -> list[str]:
    found = Findings()
    found.facts["doc_type"] = name
    say_state(StateFacts(state, 0, 0), found)
    answer = found.answers["state"]
    return [found.facts["in_force"], answer.answer.value, answer.reason]


def test_what_is_active_is_legacy_for_these_types_only_and_every_other_state_stays() -> None:
    assert said("EIF", "active") == ["active", "yes", "ACTIVE"]
    for name, state in CASES:
        if state != "active":
            assert said(name, state) == said("EIF", state)
        elif name in LEGACY_TYPES:
            assert said(name, state) == ["legacy", "not-checked", "LEGACY"]


def test_a_browser_says_the_same(tmp_path: Path) -> None:
    told = run(tmp_path, SAY, [list(case) for case in CASES])
    assert told == [said(*case) for case in CASES]


def test_the_types_exist() -> None:
    assert types.registry().keys() >= LEGACY_TYPES
