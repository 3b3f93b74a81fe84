"""A browser's verdict on a printed code is the verifier's: same vectors, same answers, same refusals of mutants."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.evidence import NOW
from sanad_testkit.qr_cases import SCENE, TEXT
from sanad_testkit.vectors import FOLDER
from sanad_verifier import base45
from sanad_verifier.examine import examine_qr
from sanad_verifier.qr import PREFIX
from sanad_verifier.trust import encode_trust

VECTORS: dict[str, Any] = json.loads((FOLDER / "printed-codes.json").read_text("utf-8"))
EXAMINE = (
    READ
    + """
import { examineCode, parseTrust } from "./evidence.js";
import { PLACES } from "./evidence-qr.js";
const trust = parseTrust(asked.trust);
const verdicts = [];
for (const { text, now, subject } of asked.cases) verdicts.push(await examineCode(text, trust, now, subject));
say({ verdicts, places: PLACES });
"""
)
TRUSTS = (
    READ
    + """
import { parseTrust } from "./evidence.js";
say(asked.map((told) => {
  try {
    return parseTrust(told).origin;
  } catch (error) {
    return error.constructor.name;
  }
}));
"""
)


def in_javascript(folder: Path, cases: list[dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = run(folder, EXAMINE, {"trust": VECTORS["trust"], "cases": cases})
    return told


def test_every_vector_gets_the_same_verdict_answers_and_fields(tmp_path: Path) -> None:
    told = in_javascript(tmp_path, VECTORS["cases"])
    assert told["places"] == VECTORS["places"]
    for case, found in zip(VECTORS["cases"], told["verdicts"], strict=True):
        assert found["verdict"] == case["verdict"], case["name"]
        answers = {name: [one["answer"], one["reason"]] for name, one in found["answers"].items()}
        assert answers == case["answers"], case["name"]
        assert [[one["pointer"], one["value"]] for one in found["fields"]] == case["fields"], case["name"]


def test_the_facts_are_those_the_verifier_tells(tmp_path: Path) -> None:
    cases = [case for case in VECTORS["cases"] if case["verdict"] != "cannot-tell"]
    for case, found in zip(cases, in_javascript(tmp_path, cases)["verdicts"], strict=True):
        report = examine_qr(case["text"], SCENE.trust(), case["now"], subject=case["subject"]).as_dict()
        facts = ("digest", "type", "issuer", "issuedAt", "entry", "state", "asOf", "replacedBy")
        assert {name: found[name] for name in facts} == {name: report[name] for name in facts}, case["name"]


def mutants(count: int) -> list[str]:
    """Changes of a good code, in its bytes and in its characters."""
    random = Random(5)
    data, made = base45.decode(TEXT.removeprefix(PREFIX)), []
    for number in range(count):
        if number % 4 == 3:
            at = random.randrange(len(TEXT))
            made.append(TEXT[:at] + random.choice(base45.ALPHABET + "a") + TEXT[at + 1 :])
            continue
        mutant, at = bytearray(data), random.randrange(len(data))
        if number % 4 == 0:
            mutant[at] ^= 1 << random.randrange(8)
        elif number % 4 == 1:
            del mutant[at : at + random.randrange(1, 5)]
        else:
            mutant[at:at] = random.randbytes(random.randrange(1, 5))
        made.append(PREFIX + base45.encode(bytes(mutant)))
    return [text for text in made if text != TEXT]


def test_mutants_get_the_answers_the_verifier_gives(tmp_path: Path) -> None:
    cases = [{"text": text, "now": NOW, "subject": None} for text in mutants(2000)]
    for case, found in zip(cases, in_javascript(tmp_path, cases)["verdicts"], strict=True):
        report = examine_qr(str(case["text"]), SCENE.trust(), NOW)
        assert found["verdict"] == report.overall.value != "authentic", case["text"]
        answers = {name: (one["answer"], one["reason"]) for name, one in found["answers"].items()}
        assert answers == {name: (one.answer.value, one.reason) for name, one in report.answers.items()}, (
            case["text"]
        )


@pytest.mark.parametrize("now", [NOW - 7200, NOW, NOW + 90_000, NOW + 10**9])
def test_a_code_ages_as_it_does_for_the_verifier(now: int, tmp_path: Path) -> None:
    (found,) = in_javascript(tmp_path, [{"text": TEXT, "now": now, "subject": None}])["verdicts"]
    report = examine_qr(TEXT, SCENE.trust(), now)
    assert (found["verdict"], found["answers"]["freshness"]["reason"]) == (
        report.overall.value,
        report.freshness.reason,
    )


def test_a_trust_file_that_is_none_is_not_taken(tmp_path: Path) -> None:
    good = json.loads(encode_trust(SCENE.trust()))
    key = good["logKeys"][0]
    wrong = [
        {**good, "schema": "urn:sanad:trust:2"}, {**good, "logKeys": []}, {**good, "quorum": 0}, {**good, "quorum": 4},
        {**good, "cosigners": []}, {**good, "statusKeys": [key]}, {**good, "logKeys": [key[:-4] + "AAA="]},
        {**good, "logKeys": [key.replace("+", "+0", 1)]}, {**good, "limits": {"freshSeconds": 9, "usableSeconds": 8}},
    ]  # fmt: skip
    texts = [
        json.dumps(one, separators=(",", ":"), sort_keys=True, ensure_ascii=False) for one in [good, *wrong]
    ]
    told = run(tmp_path, TRUSTS, [*texts, texts[0] + "\n", "", "{}"])
    assert told[0] == good["network"]["origin"]
    assert all(one in {"TypeError", "JsonRefused"} for one in told[1:]), told
