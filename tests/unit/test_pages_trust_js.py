"""A browser takes the trust files, presentations and registry facts that the verifier takes, and no others."""

import json
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.vectors import FOLDER

SCRIPT = (
    READ
    + """
import { fieldsShown } from "./evidence-bundle.js";
import { EvidenceError, examineBundle, parseTrust } from "./evidence.js";
const raw = (told) => new Uint8Array(Buffer.from(told, "base64"));
const read = (told) => {
  try {
    return parseTrust(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw(told))).origin;
  } catch (error) {
    return error instanceof EvidenceError ? "evidence" : "none";
  }
};
const shown = (told) => {
  try {
    return fieldsShown(raw(told), bytes(asked.presentations.related)).map(({ pointer, value }) => [pointer, value]);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return error.code;
  }
};
const issued = async (bundle, trust) => {
  const { verdict, issuer, answers } = await examineBundle(raw(bundle), trust, asked.registries.at);
  return { verdict, issuer, intact: answers.intact.reason, authority: answers.authority.reason };
};
const [known, unknown] = [asked.registries.trusts.named, asked.registries.trusts.nameless].map(parseTrust);
const registries = [];
for (const { bundle } of asked.registries.cases) {
  registries.push({ named: await issued(bundle, known), nameless: await issued(bundle, unknown) });
}
say({
  registries,
  accepted: asked.trust.accepted.map((one) => read(one.file)),
  refused: asked.trust.refused.map((one) => read(one.file)),
  shown: asked.presentations.cases.map((one) => shown(one.presentation)),
});
"""
)
TRUST, PRESENTATIONS, REGISTRIES = (
    json.loads((FOLDER / name).read_text("utf-8"))
    for name in ("trust-files.json", "presentations.json", "registries.json")
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    asked = {"trust": TRUST, "presentations": PRESENTATIONS, "registries": REGISTRIES}
    found: dict[str, Any] = run(Path(tmp_path_factory.mktemp("trust")), SCRIPT, asked)
    return found


def test_trust_files_are_read(told: dict[str, Any]) -> None:
    assert told["accepted"] == ["simulated/sanad/7"] * len(TRUST["accepted"])


@pytest.mark.parametrize("place", range(len(TRUST["refused"])), ids=[one["name"] for one in TRUST["refused"]])
def test_what_is_no_trust_file_is_not_read(place: int, told: dict[str, Any]) -> None:
    assert told["refused"][place] == "none"


@pytest.mark.parametrize(
    "place", range(len(PRESENTATIONS["cases"])), ids=[one["name"] for one in PRESENTATIONS["cases"]]
)
def test_a_presentation_shows_the_same_fields_or_is_refused_by_the_same_code(
    place: int, told: dict[str, Any]
) -> None:
    case = PRESENTATIONS["cases"][place]
    assert told["shown"][place] == case.get("fields", case.get("code"))


@pytest.mark.parametrize(
    "place", range(len(REGISTRIES["cases"])), ids=[one["name"] for one in REGISTRIES["cases"]]
)
def test_registry_facts_come_to_the_same_in_a_browser(place: int, told: dict[str, Any]) -> None:
    case = REGISTRIES["cases"][place]
    assert told["registries"][place] == {"named": case["named"], "nameless": case["nameless"]}
