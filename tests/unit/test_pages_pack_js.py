"""A browser's word on a pack is the verifier's: same vectors, same answers, same refusals."""

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.evidence import DAY, KEY, NOW
from sanad_testkit.pack_cases import FILE
from sanad_testkit.pack_scene import SALT, SCENE, make_pack, many, opened
from sanad_testkit.vectors import FOLDER
from sanad_verifier.packs.examining import examine_identifier
from sanad_verifier.packs.section import Listed
from sanad_verifier.packs.tags import THING, tag
from sanad_verifier.trust import Limits, encode_trust

VECTORS: dict[str, Any] = json.loads((FOLDER / "packs.json").read_text("utf-8"))
EXAMINE = (
    READ
    + """
import { candidateDigests } from "./digest.js";
import { canonicalBytes } from "./json-profile.js";
import { EvidenceError, examineCode, examineFile, examineText, openPack, parseTrust } from "./evidence.js";
import { shortCode } from "./short-code.js";
const trust = parseTrust(asked.trust);
const raw = (told) => new Uint8Array(Buffer.from(told, "base64"));
const refused = (error) => {
  if (!(error instanceof EvidenceError)) throw error;
  return error.code;
};
const packs = {};
for (const [name, told] of Object.entries(asked.packs)) packs[name] = await openPack(raw(told), trust).catch(refused);
const valueOf = (data) => {
  try {
    return JSON.parse(new TextDecoder().decode(canonicalBytes(data)));
  } catch {
    return null;
  }
};
const reports = [];
for (const { pack, document, text, code, at, subject = null } of asked.cases) {
  const given = [packs[pack], trust, at, subject];
  if (document !== undefined) {
    const data = raw(document);
    reports.push(await examineFile(candidateDigests(data).map((one) => one.digest), valueOf(data), ...given));
  } else if (text !== undefined) reports.push(await examineText(text, ...given));
  else reports.push([await examineCode(code, trust, at, subject, packs[pack])]);
}
const codes = Object.fromEntries(Object.entries(packs).filter(([, one]) => typeof one === "string"));
say({ reports, codes, documents: Object.values(packs).map((one) => one.documents ?? 0) });
"""
)


def asked_of(folder: Path, packs: dict[str, str], cases: list[dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = run(folder, EXAMINE, {"trust": VECTORS["trust"], "packs": packs, "cases": cases})
    return told


def shown(report: dict[str, Any]) -> dict[str, Any]:
    reasons = {name: one["reason"] for name, one in report["answers"].items()}
    facts = ("verdict", "type", "issuer", "asOf", "shortCode")
    return {"reasons": reasons, **{name: report[name] for name in facts}}


def test_every_vector_gets_the_same_verdict_answers_and_facts(tmp_path: Path) -> None:
    told = asked_of(tmp_path, VECTORS["packs"], VECTORS["cases"])
    for case, found in zip(VECTORS["cases"], told["reports"], strict=True):
        assert [shown(one) for one in found] == case["reports"], case["name"]


def test_every_vector_that_is_no_pack_is_refused_by_its_code(tmp_path: Path) -> None:
    packs = {one["name"]: one["pack"] for one in VECTORS["refused"]}
    told = asked_of(tmp_path, packs, [])
    assert told["codes"] == {one["name"]: one["code"] for one in VECTORS["refused"]}


def test_a_large_pack_finds_what_the_verifier_finds(tmp_path: Path) -> None:
    made = many(3000, Random(4), things=5)
    crowd = tuple(sorted({tag(SALT, THING, f"BOX-{one}") for one in range(40)}))
    made["FILE", 2, KEY] = [Listed(bytes(range(12)), 0, (b"\1\2\3", *crowd), bytes(8))]
    file = make_pack(made)
    texts = [f"N-{one}" for one in range(0, 3000, 37)] + [f"chassis {one} 0" for one in range(0, 3000, 41)]
    texts += ["BOX-7", "BOX-39", "BOX-40", "N-3001", ""]
    texts = [text for text in texts if text]
    cases = [{"pack": "large", "text": text, "at": NOW} for text in texts]
    told = asked_of(tmp_path, {"large": b64encode(file.encode()).decode()}, cases)
    pack, trust = opened(file), SCENE.trust()
    for text, found in zip(texts, told["reports"], strict=True):
        expected = [report.as_dict() for report in examine_identifier(text, pack, trust, NOW)]
        assert [shown(one) for one in found] == [shown(one) for one in expected], text
    assert told["documents"] == [3001]


@pytest.mark.parametrize("part", range(3))
def test_a_pack_with_anything_changed_is_refused_as_the_verifier_refuses_it(
    part: int, tmp_path: Path
) -> None:
    random, data = Random(part), FILE.encode()
    packs = {}
    for number in range(300):
        at = random.randrange(len(data))
        changed = [
            data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :],
            data[:at] + data[at + 1 :],
            data[:at] + random.randbytes(2) + data[at:],
        ][part]
        packs[str(number)] = b64encode(changed).decode()
    assert set(asked_of(tmp_path, packs, [])["codes"]) == set(packs)


@pytest.mark.parametrize("age", [DAY, DAY + 1, 8 * DAY])
def test_types_may_age_quicker_than_others(age: int, tmp_path: Path) -> None:
    trust = replace(SCENE.trust(), limits={"AUCTION_RECEIPT": Limits(DAY // 24, DAY)})
    now, pack = SCENE.time + age, opened(FILE)
    cases = [{**one, "at": now} for one in VECTORS["cases"] if one["pack"] == "fresh" and "text" in one]
    asked = {
        "trust": encode_trust(trust).decode(),
        "packs": {"fresh": b64encode(FILE.encode()).decode()},
        "cases": cases,
    }
    told: dict[str, Any] = run(tmp_path, EXAMINE, asked)
    for case, found in zip(cases, told["reports"], strict=True):
        expected = examine_identifier(case["text"], pack, trust, now, subject=case.get("subject"))
        assert [shown(one) for one in found] == [shown(one.as_dict()) for one in expected], case["name"]


def test_the_trust_file_of_the_vectors_is_the_scene_s() -> None:
    assert VECTORS["trust"] == encode_trust(SCENE.trust()).decode()
