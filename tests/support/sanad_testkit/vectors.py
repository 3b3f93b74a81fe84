"""Writes the vectors of this project that follow from code: `fields.json` and `bundles.json`.

Run as a module from the root of the checkout. A test compares what is committed with what this writes.
"""

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

from sanad_testkit.evidence import DAY, NOW, SCAN, Scene, without_document
from sanad_verifier.bundle import pack
from sanad_verifier.examine import examine_bundle
from sanad_verifier.fields import field_leaves, field_root
from sanad_verifier.json_profile import parse
from sanad_verifier.trust import encode_trust

FOLDER = Path(__file__).parents[2] / "vectors"
DOCUMENT = (
    '{"a/b":{"m~n":null},"goods":[{"mass":"12.5","parts":[]},{"notes":{}}],"lot":"KAPW-118","نام":"محمد"}'
)


def fields() -> dict[str, Any]:
    """A document, its seed, its leaves and their root."""
    value, seed = parse(DOCUMENT.encode()), bytes(range(32))
    return {
        "document": DOCUMENT,
        "seed": seed.hex(),
        "leaves": [leaf.decode() for leaf in field_leaves(value, seed)],
        "root": field_root(value, seed).hex(),
    }


def bundles() -> dict[str, Any]:
    """A trust file, and bundles with the verdict on each."""
    scene = Scene()
    one_of_three = Scene(cosigner_names=("member-1",), quorum=1)
    plain = scene.parts()
    unstated = replace(plain, status=None)
    misplaced = replace(plain, status=scene.parts(11).status)
    told: list[tuple[str, bytes, int, bytes | None, str | None]] = [
        ("a receipt", scene.bundle(), NOW, None, None),
        ("a receipt and its car", scene.bundle(), NOW, None, "trj150 0098765"),
        ("a receipt and another car", scene.bundle(), NOW, None, "TRJ150-0098766"),
        ("a scan", scene.bundle(11), NOW, None, None),
        ("one of two containers", scene.bundle(20), NOW, None, "APZU 481209-0"),
        ("a document of a batch", scene.bundle(13, 7), NOW, None, None),
        ("no document at hand", pack(without_document(plain)), NOW, None, None),
        ("the document presented apart", pack(without_document(scene.parts(11))), NOW, SCAN, None),
        ("another document presented", pack(without_document(scene.parts(11))), NOW, SCAN + b"!", None),
        ("a revoked receipt", scene.bundle(state="revoked"), NOW, None, None),
        ("a superseded receipt", scene.bundle(state="superseded"), NOW, None, None),
        ("no statement of its standing", pack(unstated), NOW, None, None),
        ("the standing of another document", pack(misplaced), NOW, None, None),
        ("two days later", scene.bundle(), NOW + 2 * DAY, None, None),
        ("nine days later", scene.bundle(), NOW + 9 * DAY, None, None),
        ("a clock that is behind", scene.bundle(), NOW - DAY, None, None),
        ("too few cosignatures", one_of_three.bundle(), NOW, None, None),
        ("cut off", scene.bundle()[:-1], NOW, None, None),
        ("nothing", b"", NOW, None, None),
    ]  # fmt: skip
    trust = scene.trust()
    cases = []
    for name, data, now, document, subject in told:
        report = examine_bundle(data, trust, now, document=document, subject=subject)
        cases.append(
            {
                "name": name,
                "bundle": b64encode(data).decode(),
                "document": None if document is None else b64encode(document).decode(),
                "subject": subject,
                "now": now,
                "verdict": report.overall.value,
                "answers": {n: [a.answer.value, a.reason] for n, a in report.answers.items()},
            }
        )
    return {"trust": encode_trust(trust).decode(), "cases": cases}


def written(vector: dict[str, Any]) -> str:
    """A vector file's text."""
    return json.dumps(vector, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name, vector in (("fields.json", fields()), ("bundles.json", bundles())):
        (FOLDER / name).write_text(written(vector), "utf-8")
