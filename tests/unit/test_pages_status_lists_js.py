"""A browser reads status lists as the verifier does: same vectors, same states, same verdicts, same refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.vectors import FOLDER

VECTORS: dict[str, Any] = json.loads((FOLDER / "status-lists.json").read_text("utf-8"))
SCRIPT = (
    READ
    + """
import { EvidenceError, examineBundle, openLists, parseTrust } from "./evidence.js";
import { parseList } from "./status-list.js";
const trust = parseTrust(asked.trust);
const raw = (told) => new Uint8Array(Buffer.from(told, "base64"));
const outcome = async (work) => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return { code: error.code };
  }
};
const cases = [];
for (const one of asked.cases) {
  cases.push(await outcome(async () => {
    const lists = await openLists(one.lists.map((name) => raw(asked.lists[name])), trust);
    const told = await examineBundle(raw(asked.bundles[one.bundle]), trust, asked.at, { lists });
    return { verdict: told.verdict, state: told.answers.state.reason, asOf: told.asOf };
  }));
}
const refused = [];
for (const one of asked.refused) {
  const told = await outcome(async () => {
    parseList(raw(one.document));
    return { code: "taken" };
  });
  refused.push(told.code);
}
say({ cases, refused });
"""
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = run(Path(tmp_path_factory.mktemp("lists")), SCRIPT, VECTORS)
    return found


def test_what_lists_at_hand_come_to(told: dict[str, Any]) -> None:
    expected = [{k: v for k, v in one.items() if k not in {"bundle", "lists"}} for one in VECTORS["cases"]]
    assert told["cases"] == expected


def test_what_is_no_publication_is_refused(told: dict[str, Any]) -> None:
    names = [one["name"] for one in VECTORS["refused"]]
    later = {"standings of fewer entries"}  # met when the standings are unpacked
    assert [name for name, code in zip(names, told["refused"], strict=True) if code == "taken"] == [
        name for name in names if name in later
    ]
