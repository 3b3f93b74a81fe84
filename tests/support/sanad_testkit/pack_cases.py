"""Packs and what is asked of them; packs and updates that are none."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sanad_testkit.evidence import CONTAINERS, DAY, NOW, RECEIPT, SCAN
from sanad_testkit.pack_scene import LADING_NUMBER, RECEIPT_NUMBER, SCENE, make_pack, scene_sections, signed
from sanad_testkit.printed_scene import CommittedScene
from sanad_testkit.qr_cases import other_value
from sanad_verifier.documents import document_digest
from sanad_verifier.packs.pack import PackFile
from sanad_verifier.qr import encode_qr
from sanad_verifier.short_code import short_code

Question = dict[str, Any]
FILE = make_pack()
REVOKED = make_pack(scene_sections("revoked"))
PACKS: dict[str, PackFile] = {
    "fresh": FILE,
    "revoked": REVOKED,
    "used up": make_pack(scene_sections("consumed")),
    "surrendered": make_pack(scene_sections("surrendered")),
    "without codes": make_pack(codes=False),
    "with gaps": make_pack(absent=3),
}
SHORT = encode_qr(SCENE.code().without_log())
DIGEST = document_digest(RECEIPT).digest

QUESTIONS: dict[str, tuple[str, Question]] = {
    "a listed file": ("fresh", {"document": RECEIPT}),
    "a listed scan": ("fresh", {"document": SCAN}),
    "a listed file and its car": ("fresh", {"document": RECEIPT, "subject": "trj150 OO98765"}),
    "a listed file and another car": ("fresh", {"document": RECEIPT, "subject": "TRJ150-0098766"}),
    "one of its containers": ("fresh", {"document": CONTAINERS, "subject": "APZU 481209-0"}),
    "a file that is not listed": ("fresh", {"document": b"forged"}),
    "a file that is not listed, in a pack with gaps": ("with gaps", {"document": b"forged"}),
    "a revoked file": ("revoked", {"document": RECEIPT}),
    "a listed file, eight days later": ("fresh", {"document": RECEIPT, "at": NOW + 8 * DAY}),
    "a whole digest": ("fresh", {"text": DIGEST.hex()}),
    "a number": ("fresh", {"text": RECEIPT_NUMBER}),
    "a number written in another way": ("fresh", {"text": " kapw auc 2026 118 "}),
    "a number with a slash": ("fresh", {"text": LADING_NUMBER}),
    "a number that nothing has": ("fresh", {"text": "KAPW-AUC-2026-119"}),
    "a used-up number": ("used up", {"text": RECEIPT_NUMBER}),
    "a revoked number": ("revoked", {"text": RECEIPT_NUMBER}),
    "a car": ("fresh", {"text": "TRJ150-0098765"}),
    "an engine": ("fresh", {"text": "1tr 1234567"}),
    "a container": ("fresh", {"text": "TCLU 448201-7"}),
    "a number and its car": ("fresh", {"text": RECEIPT_NUMBER, "subject": "TRJ150-0098765"}),
    "a number and another car": ("fresh", {"text": RECEIPT_NUMBER, "subject": "TRJ150-0098766"}),
    "a short code to type": ("fresh", {"text": short_code(DIGEST)}),
    "a printed code": ("fresh", {"code": SHORT}),
    "a printed code and another car": ("fresh", {"code": SHORT, "subject": "TRJ150-0098766"}),
    "a printed code with another value": (
        "fresh",
        {"code": encode_qr(other_value(SCENE.code()).without_log())},
    ),
    "a printed code of something revoked": ("revoked", {"code": SHORT}),
    "a printed code, in a pack without codes": ("without codes", {"code": SHORT}),
    "a whole code of a month ago": (
        "fresh",
        {"code": encode_qr(CommittedScene(time=SCENE.time - 30 * DAY).code())},
    ),
    "a whole code of something revoked since": (
        "revoked",
        {"code": encode_qr(CommittedScene(time=SCENE.time - 30 * DAY).code())},
    ),
}


def _told(change: Callable[[dict[str, Any]], object]) -> PackFile:
    contents = json.loads(FILE.contents)
    change(contents)
    told = json.dumps(contents, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return signed(told.encode(), FILE.sections)


MALFORMED: dict[str, bytes] = {
    "another schema": _told(lambda c: c.update(schema="urn:sanad:pack:2")).encode(),
    "an unknown member": _told(lambda c: c.update(more=1)).encode(),
    "types out of order": _told(lambda c: c["types"].reverse()).encode(),
    "sections out of order": _told(lambda c: c["sections"].reverse()).encode(),
    "a section that is missing": _told(lambda c: c["sections"].pop()).encode(),
    "a section of another size": _told(lambda c: c["sections"][0].update(documents=2)).encode(),
    "another log": _told(lambda c: c.update(origin="another/log")).encode(),
    "another size of the log": _told(lambda c: c.update(size=20)).encode(),
    "sections of another digest": _told(lambda c: c.update(sha256="00" * 32)).encode(),
    "the note of another pack": replace(FILE, note=REVOKED.note).encode(),
    "the sections of another pack": replace(FILE, sections=REVOKED.sections).encode(),
    "the checkpoint of another size": replace(FILE, checkpoint=CommittedScene(size=20).checkpoint()).encode(),
    "too few cosignatures": replace(FILE, checkpoint=SCENE.checkpoint((NOW,))).encode(),
    "cut off": FILE.encode()[:-1],
    "a byte more": FILE.encode() + b"\0",
    "nothing": b"",
}
