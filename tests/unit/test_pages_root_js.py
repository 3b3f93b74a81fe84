"""A browser takes the trust roots that the verifier takes, and no others."""

import json
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.vectors import FOLDER
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.notes import decode_base64
from sanad_verifier.roots import is_root, verify_next, verify_root

VECTORS: dict[str, Any] = json.loads((FOLDER / "roots.json").read_text("utf-8"))
SCRIPT = (
    READ
    + """
import { EvidenceError, examineBundle, isRoot, openRoot } from "./evidence.js";
const raw = (told) => new Uint8Array(Buffer.from(told, "base64"));
const outcome = async (work) => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return error.code;
  }
};
const told = { first: [], verdicts: [], ages: [], next: [], refused: [], unfit: [], marks: [] };
for (const one of asked.first) {
  const root = await openRoot(raw(one.root));
  told.first.push(root.version);
  const given = { subject: null, pack: null };
  const { verdict, answers } = await examineBundle(raw(asked.bundle), root.trust, asked.at, given);
  told.verdicts.push(verdict);
  told.ages.push(answers.freshness.reason);
  told.marks.push(isRoot(raw(one.root)));
}
const before = await openRoot(raw(asked.first[0].root));
for (const one of asked.next) {
  told.next.push(await outcome(async () => (await openRoot(raw(one.root), before)).version));
}
for (const one of asked.refused) told.refused.push(await outcome(() => openRoot(raw(one.root))));
for (const one of asked.unfit) told.unfit.push(await outcome(() => openRoot(raw(one.root), before)));
told.marks.push(isRoot(raw(asked.bundle)));
say(told);
"""
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = run(Path(tmp_path_factory.mktemp("roots")), SCRIPT, VECTORS)
    return found


def by_name(group: str, outcomes: list[Any]) -> dict[str, Any]:
    return dict(zip((one["name"] for one in VECTORS[group]), outcomes, strict=True))


def expected(group: str, member: str) -> dict[str, Any]:
    return {one["name"]: one[member] for one in VECTORS[group]}


def test_what_a_root_says_is_believed_and_windows_are_kept_to(told: dict[str, Any]) -> None:
    assert by_name("first", told["first"]) == expected("first", "version")
    assert by_name("first", told["verdicts"]) == expected("first", "verdict")
    assert by_name("first", told["ages"]) == expected("first", "freshness")
    assert set(expected("first", "verdict").values()) == {"authentic", "refused", "stale"}
    assert expected("first", "freshness")["whose time is over"] == "ROOT_EXPIRED"


def test_the_next_root_is_taken_when_old_and_new_holders_have_signed(told: dict[str, Any]) -> None:
    assert by_name("next", told["next"]) == expected("next", "version")


def test_what_is_no_root_and_what_does_not_follow_is_refused_by_the_same_code(told: dict[str, Any]) -> None:
    assert by_name("refused", told["refused"]) == expected("refused", "code")
    assert by_name("unfit", told["unfit"]) == expected("unfit", "code")


def test_a_file_is_known_as_a_root_by_how_it_begins(told: dict[str, Any]) -> None:
    assert told["marks"] == [True] * len(VECTORS["first"]) + [False]


# -- the verifier itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["refused", "unfit"])
def test_the_verifier_refuses_the_same(group: str) -> None:
    first = verify_root(decode_base64(VECTORS["first"][0]["root"], "root"))
    for one in VECTORS[group]:
        data = decode_base64(one["root"], "root")
        with pytest.raises((EvidenceError, InputError)) as refused:
            verify_root(data) if group == "refused" else verify_next(first, data)
        assert refused.value.code == one["code"], one["name"]
    assert is_root(decode_base64(VECTORS["first"][0]["root"], "root"))
