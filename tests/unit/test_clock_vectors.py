"""The verifier and the pages tell the age of knowledge, and remember times, as the vectors say."""

import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.clock_vectors import freshness
from sanad_testkit.evidence import Scene
from sanad_testkit.vectors import FOLDER
from sanad_verifier.clock import ClockInvalid, remembered, remembering

VECTORS = json.loads((FOLDER / "clocks.json").read_text("utf-8"))
TRUST = Scene().trust()
SCRIPT = (
    READ
    + """
import { Findings, sayAge } from "./evidence-answers.js";
const limits = { fresh: BigInt(asked.limits.fresh), usable: BigInt(asked.limits.usable) };
say(asked.ages.map(({ known, seen, now, met, validUntil }) => {
  const found = new Findings(false);
  const trust = { seen: BigInt(met), validUntil: BigInt(validUntil) };
  sayAge(found, BigInt(known), BigInt(seen), BigInt(now), trust, limits);
  return { answer: found.answers.freshness.answer, reason: found.answers.freshness.reason };
}));
"""
)


@pytest.mark.parametrize("case", VECTORS["files"], ids=lambda case: case["name"])
def test_a_file_remembers_a_time_or_is_refused(case: dict[str, Any]) -> None:
    data = b64decode(case["file"])
    if "code" in case:
        with pytest.raises(ClockInvalid) as refused:
            remembering(TRUST, data)
        assert refused.value.code == case["code"]
        return
    assert remembering(TRUST, data).seen == case["seen"]
    assert remembered(TRUST, case["seen"]) == data


@pytest.mark.parametrize("case", VECTORS["ages"], ids=lambda case: case["reason"])
def test_the_verifier_says_how_fresh_knowledge_is(case: dict[str, Any]) -> None:
    trust = replace(TRUST, seen=case["met"], valid_until=case["validUntil"])
    told = freshness(case["known"], case["seen"], case["now"], trust)
    assert told == {"answer": case["answer"], "reason": case["reason"]}


def test_the_pages_say_the_same(tmp_path: Path) -> None:
    told = run(tmp_path, SCRIPT, {"limits": VECTORS["limits"], "ages": VECTORS["ages"]})
    assert told == [{"answer": case["answer"], "reason": case["reason"]} for case in VECTORS["ages"]]
