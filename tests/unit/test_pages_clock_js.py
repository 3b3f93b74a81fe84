"""A browser's clock is no more believed than the verifier's, and what it met is remembered on the device."""

from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.evidence import DAY, NOW
from sanad_testkit.pack_scene import make_pack, opened
from sanad_testkit.printed_scene import CommittedScene
from sanad_verifier.answers import SKEW
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.packs.examining import examine_identifier
from sanad_verifier.qr import encode_qr
from sanad_verifier.trust import encode_trust

SCENE = CommittedScene()
TRUST = SCENE.trust()
PACK = make_pack()
MET = [0, NOW + SKEW, NOW + SKEW + 1, SCENE.time + 7 * DAY, SCENE.time + 7 * DAY + 1]
SCRIPT = (
    READ
    + """
import { examineBundle, examineCode, examineText, openPack, parseTrust } from "./evidence.js";
import { afterMeeting, withClock } from "./verify-clock.js";
const raw = (told) => new Uint8Array(Buffer.from(told, "base64"));
const bare = parseTrust(asked.trust);
const pack = await openPack(raw(asked.pack), bare);
const answer = ({ answers, seen }) => [answers.freshness.reason, seen];
const told = { cases: [], kept: [] };
for (const met of asked.met) {
  const trust = { ...bare, seen: BigInt(met) };
  told.cases.push([
    answer(await examineBundle(raw(asked.bundle), trust, asked.now)),
    answer(await examineCode(asked.code, trust, asked.now)),
    ...(await examineText("no such number", pack, trust, asked.now)).map(answer),
  ]);
}

const stores = new Map();
globalThis.caches = {
  async open(name) {
    if (!stores.has(name)) stores.set(name, new Map());
    const store = stores.get(name);
    const match = async (place) => store.get(place)?.clone();
    return { match, put: async (place, answer) => store.set(place, answer) };
  },
};
let trust = await withClock(bare);
told.kept.push(Number(trust.seen));
trust = await afterMeeting(trust, [{ seen: 7 }, { seen: 9 }]);
trust = await afterMeeting(trust, [{ seen: 8 }]);
for (const one of [trust, await withClock(bare), await withClock({ ...bare, origin: "other" })]) {
  told.kept.push(Number(one.seen));
}
say(told);
"""
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    asked = {
        "trust": encode_trust(TRUST).decode(),
        "bundle": b64encode(SCENE.bundle()).decode(),
        "code": encode_qr(SCENE.code()),
        "pack": b64encode(PACK.encode()).decode(),
        "met": MET,
        "now": NOW,
    }
    found: dict[str, Any] = run(Path(tmp_path_factory.mktemp("clock")), SCRIPT, asked)
    return found


@pytest.mark.parametrize("place", range(len(MET)))
def test_a_browser_and_the_verifier_believe_the_same_of_a_clock(place: int, told: dict[str, Any]) -> None:
    trust = replace(TRUST, seen=MET[place])
    reports = [
        examine_bundle(SCENE.bundle(), trust, NOW),
        examine_qr(encode_qr(SCENE.code()), trust, NOW),
        *examine_identifier("no such number", opened(PACK), trust, NOW),
    ]
    assert told["cases"][place] == [[one.freshness.reason, one.seen] for one in reports]


def test_a_device_remembers_the_newest_of_one_log_and_nothing_older(told: dict[str, Any]) -> None:
    assert told["kept"] == [0, 9, 9, 0]
