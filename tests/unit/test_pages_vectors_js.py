"""The modules of the pages read the vectors of trees, entries, fields and notes as Python does."""

import json
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.vectors import FOLDER

SCRIPT = (
    READ
    + """
import { EvidenceError, hashLeaf, hashNode, hex, mustLead, unhex, utf8 } from "./evidence-bytes.js";
import { verifyCheckpoint, verifyStatement } from "./evidence-notes.js";
import { parseTrust } from "./evidence-trust.js";
import { sha256 } from "./sha256.js";
const { proofs, entries, fields, notes } = asked;
const tree = (hashes) => {
  if (hashes.length === 0) return unhex(sha256(new Uint8Array()));
  let level = hashes;
  while (level.length > 1) {
    const pairs = [];
    for (let at = 0; at + 1 < level.length; at += 2) pairs.push(hashNode(level[at], level[at + 1]));
    level = level.length % 2 === 1 ? [...pairs, level.at(-1)] : pairs;
  }
  return level[0];
};
const outcome = async (work) => {
  try {
    return (await work()) ?? "holds";
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return error.code;
  }
};
const sizes = Object.keys(proofs.roots).map(Number);
const leaves = Array.from({ length: Math.max(...sizes) }, (_, at) => hashLeaf(utf8(String(at))));
const roots = Object.fromEntries(sizes.map((size) => [size, hex(tree(leaves.slice(0, size)))]));
const inclusion = [];
for (const one of proofs.inclusion) {
  const given = [utf8(one.leaf), BigInt(one.index), BigInt(one.size), one.path.map(unhex), unhex(one.root)];
  inclusion.push(await outcome(() => mustLead(...given)));
}
const trust = parseTrust(notes.trust);
const bytes_ = (told) => new Uint8Array(Buffer.from(told, "base64"));
const checkpoints = [], statements = [];
for (const one of notes.checkpoints) {
  const told = (seen) => ({ size: Number(seen.size), root: hex(seen.root), time: Number(seen.time) });
  checkpoints.push(await outcome(async () => told(await verifyCheckpoint(bytes_(one.note), trust))));
}
for (const one of notes.statements) {
  statements.push(await outcome(async () => (await verifyStatement(bytes_(one.note), trust)).state));
}
const hashed = [...entries.accepted, ...entries.leaves].filter((one) => one.leafHash);
say({
  roots, inclusion, checkpoints, statements,
  entries: hashed.map((one) => hex(hashLeaf(unhex(one.hex)))),
  fields: hex(tree(fields.leaves.map((leaf) => hashLeaf(utf8(leaf))))),
});
"""
)
NAMES = ("proofs", "entries", "fields", "notes")
VECTORS: dict[str, Any] = {name: json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in NAMES}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = run(Path(tmp_path_factory.mktemp("vectors")), SCRIPT, VECTORS)
    return found


def test_the_roots_of_trees(told: dict[str, Any]) -> None:
    assert told["roots"] == VECTORS["proofs"]["roots"]


def test_paths_that_hold_and_that_do_not(told: dict[str, Any]) -> None:
    expected = {one["name"]: one["outcome"] for one in VECTORS["proofs"]["inclusion"]}
    assert dict(zip(expected, told["inclusion"], strict=True)) == expected


def test_the_hashes_of_entries_and_batch_leaves(told: dict[str, Any]) -> None:
    entries = VECTORS["entries"]
    hashes = [one["leafHash"] for one in (*entries["accepted"], *entries["leaves"]) if "leafHash" in one]
    assert len(hashes) > len(entries["accepted"])
    assert told["entries"] == hashes


def test_the_root_of_a_document_s_fields(told: dict[str, Any]) -> None:
    assert told["fields"] == VECTORS["fields"]["root"]


@pytest.mark.parametrize("group", ["checkpoints", "statements"])
def test_signed_notes_that_are_believed_and_that_are_not(group: str, told: dict[str, Any]) -> None:
    for one, found in zip(VECTORS["notes"][group], told[group], strict=True):
        if "code" in one:
            assert found == one["code"], one["name"]
        elif group == "statements":
            assert found == one["state"], one["name"]
        else:
            assert found == {name: one[name] for name in ("size", "root", "time")}, one["name"]
