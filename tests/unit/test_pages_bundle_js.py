"""A browser's verdict on a bundle is the verifier's: same vectors, same answers, same refusals of mutants."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_testkit.evidence import DAY, NOW
from sanad_testkit.pack_cases import PACKS
from sanad_testkit.pack_scene import SCENE, opened
from sanad_testkit.printed_scene import CHASSIS, LOT, SEED, VALUE, CommittedScene
from sanad_testkit.vectors import FOLDER
from sanad_verifier.bundle import pack, unpack
from sanad_verifier.examine import examine_bundle
from sanad_verifier.fields import disclose_all
from sanad_verifier.presentation import presentation
from sanad_verifier.trust import encode_trust, parse_trust
from sanad_verifier.verdict import Report

VECTORS: dict[str, Any] = json.loads((FOLDER / "bundles.json").read_text("utf-8"))
REENCODINGS: dict[str, Any] = json.loads((FOLDER / "reencodings.json").read_text("utf-8"))
EXAMINE = (
    READ
    + """
import { examineBundle, openPack, parseTrust } from "./evidence.js";
const trust = parseTrust(asked.trust);
const raw = (told) => (told === null ? null : new Uint8Array(Buffer.from(told, "base64")));
const pack = asked.pack === null ? null : await openPack(raw(asked.pack), trust);
const reports = [];
for (const { bundle, document, subject, now } of asked.cases) {
  reports.push(await examineBundle(raw(bundle), trust, now, { document: raw(document), subject, pack }));
}
say(reports);
"""
)


def case(
    bundle: bytes, now: int = NOW, document: bytes | None = None, subject: str | None = None
) -> dict[str, Any]:
    told = None if document is None else b64encode(document).decode()
    return {"bundle": b64encode(bundle).decode(), "document": told, "subject": subject, "now": now}


def in_javascript(
    folder: Path, trust: str, cases: list[dict[str, Any]], pack_: bytes | None = None
) -> list[dict[str, Any] | None]:
    told: list[dict[str, Any] | None] = run(
        folder,
        EXAMINE,
        {"trust": trust, "cases": cases, "pack": None if pack_ is None else b64encode(pack_).decode()},
    )
    return told


def answers(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {name: (one["answer"], one["reason"]) for name, one in report["answers"].items()}


def told_by(report: Report) -> dict[str, tuple[str, str]]:
    return {name: (one.answer.value, one.reason) for name, one in report.answers.items()}


def test_every_vector_gets_the_same_verdict_and_answers_but_for_chain_proofs(tmp_path: Path) -> None:
    found = in_javascript(tmp_path, VECTORS["trust"], VECTORS["cases"])
    checked = 0
    for vector, report in zip(VECTORS["cases"], found, strict=True):
        if report is None:
            assert unpack(b64decode(vector["bundle"])).chain is not None, vector["name"]
            continue
        checked += 1
        assert report["verdict"] == vector["verdict"], vector["name"]
        assert {k: list(v) for k, v in answers(report).items()} == vector["answers"], vector["name"]
    assert checked > len(VECTORS["cases"]) - 8


def test_every_other_way_to_write_a_bundle_is_refused(tmp_path: Path) -> None:
    data = b64decode(REENCODINGS["bundle"])
    cases = []
    for one in REENCODINGS["cases"]:
        put, at, cut = b64decode(one["put"]), one["at"], one["cut"]
        cases.append(case(data[:at] + put + data[at + cut :]))
    found = in_javascript(tmp_path, REENCODINGS.get("trust", VECTORS["trust"]), cases)
    for one, report in zip(REENCODINGS["cases"], found, strict=True):
        assert report is not None, one
        assert report["verdict"] == "refused", one


STRICT = CommittedScene(quorum=3)
"""A line of a signer that nobody needs may be changed at will: here all are needed."""


def shown_fields() -> bytes:
    parts = STRICT.parts()
    fields = presentation(disclose_all(VALUE, SEED, [LOT, CHASSIS]), STRICT.printed().fields.hash())
    return pack(type(parts)(parts.proof, parts.status, fields=fields.encode()))


def mutants(data: bytes, count: int, seed: int) -> list[bytes]:
    random, made = Random(seed), []
    for number in range(count):
        at, size = random.randrange(len(data)), random.randrange(1, 5)
        made.append(
            [
                data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :],
                data[:at] + data[at + size :],
                data[:at] + random.randbytes(size) + data[at:],
            ][number % 3]
        )
    return [one for one in made if one != data]


@pytest.mark.parametrize("name", ["receipt", "batch", "fields"])
def test_a_bundle_and_what_becomes_of_it_when_its_parts_are_changed(name: str, tmp_path: Path) -> None:
    data = {"receipt": STRICT.bundle(), "batch": STRICT.bundle(13, 7), "fields": shown_fields()}[name]
    parts, random, cases = (
        unpack(data),
        Random(3),
        [case(data), case(data, subject="TRJ150-0098765"), case(data, subject="X-1")],
    )
    for part in ("proof", "status", "fields"):
        content = getattr(parts, part)
        for changed in [] if content is None else mutants(content, 250, random.randrange(99)):
            cases.append(case(pack(replace(parts, **{part: changed}))))  # type: ignore[arg-type]
    found = in_javascript(tmp_path, encode_trust(STRICT.trust()).decode(), cases)
    verdicts = []
    for one, report in zip(cases, found, strict=True):
        expected = examine_bundle(b64decode(one["bundle"]), STRICT.trust(), NOW, subject=one["subject"])
        assert report is not None
        assert report["verdict"] == expected.overall.value, one
        assert answers(report) == told_by(expected), one
        assert [[f["pointer"], f["value"]] for f in report["fields"]] == [
            [f.pointer, f.value] for f in expected.fields
        ]
        verdicts.append(report["verdict"])
    assert verdicts[0] == "authentic"
    assert "authentic" not in verdicts[3:]


def test_a_pack_is_a_newer_word_on_a_bundle_too(tmp_path: Path) -> None:
    earlier = CommittedScene(time=SCENE.time - 30 * DAY).bundle()
    trust = encode_trust(SCENE.trust()).decode()
    for name, verdict in (("fresh", "authentic"), ("revoked", "refused")):
        file = PACKS[name]
        (report,) = in_javascript(tmp_path, trust, [case(earlier)], file.encode())
        expected = examine_bundle(earlier, parse_trust(trust.encode()), NOW, pack=opened(file))
        assert report is not None
        assert (report["verdict"], answers(report)) == (verdict, told_by(expected))
