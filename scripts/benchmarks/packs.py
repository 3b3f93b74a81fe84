"""Packs: making one of a node's documents, and what a million documents in one cost to carry, to open and to ask."""

import hmac
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from benchmarks.report import Report, milliseconds, rate
from sanad_node import checkpointing, packing
from sanad_node.node import Node
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.examine import examine_qr
from sanad_verifier.packs.pack import Pack, open_pack, verify_pack
from sanad_verifier.packs.section import Listed
from sanad_verifier.qr import encode_qr
from sanad_verifier.verdict import Overall

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from sanad_testkit.evidence import KEY, NOW
from sanad_testkit.pack_scene import SALT, SCENE, Section, make_pack
from sanad_testkit.printed_scene import CommittedScene

OFFICES = 16
OPENED = 10
ASKED = 200
CODES, CODES_BAR = 5000, 8000
LOOKUP_BAR_MS = 5.0
BYTES_BAR = 16.0


def built(report: Report, node: Node, label: str) -> None:
    """Packing everything that the node's offices issued, the numbers of its papers included."""
    node.catch_up()
    wanted = packing.Wanted(("AUCTION_RECEIPT", "FILE"))
    pack = verify_pack(packing.build(node, wanted), checkpointing.trust(node))
    each = rate(1, lambda _i: packing.build(node, wanted))
    documents = pack.contents.documents
    report.add(f"pack_built{label}", documents * each, "documents/s", documents)


def carried(report: Report, documents: int) -> None:
    """A pack of made-up receipts: two tags each, without and with what printed codes are checked by."""
    label = f"_of_{documents // 1000}k"
    lean = make_pack(_receipts(documents, codes=False), codes=False).encode()
    bar = "16 bytes a document, the bar for a million"
    report.add(f"pack_size{label}", len(lean) / documents, "bytes/document", documents, BYTES_BAR, bar)
    full = make_pack(_receipts(documents, codes=True)).encode()
    report.add(f"pack_size_with_codes{label}", len(full) / documents, "bytes/document", documents)
    trust = SCENE.trust()
    reading = milliseconds(OPENED, lambda _i: sha256(lean))
    opening = milliseconds(OPENED, lambda _i: open_pack(lean, trust))
    report.add(f"pack_opened{label}", opening, "ms", OPENED, reading, "its one SHA-256 alone")
    asked(report, open_pack(lean, trust), label)


def codes_checked(report: Report) -> None:
    """A printed code of the short form, which the pack alone speaks for; the bar is that of the issue."""
    scene = CommittedScene()
    pack, trust, text = (
        verify_pack(make_pack(), SCENE.trust()),
        scene.trust(),
        encode_qr(scene.code().without_log()),
    )

    def check(_i: int) -> None:
        if examine_qr(text, trust, NOW, pack=pack).overall is not Overall.AUTHENTIC:
            raise SystemExit("the benchmark's code is not authentic")

    report.add("code_check_by_pack", rate(CODES, check), "codes/s", CODES, CODES_BAR, "the bar of 8,000")


def asked(report: Report, pack: Pack, label: str) -> None:
    """Looking for what is not there, which takes longest."""
    questions: dict[str, Callable[[int], object]] = {
        "digest": lambda i: pack.of_digest(Digest(sha256(b"%d" % i))),
        "number": lambda i: pack.of_number(f"N-{i}"),
        "thing": lambda i: pack.of_thing(f"C-{i}"),
    }
    for name, ask in questions.items():
        took = milliseconds(ASKED, ask)
        report.add(f"pack_lookup_by_{name}{label}", took, "ms", ASKED, LOOKUP_BAR_MS, "the bar of 5 ms")


def _receipts(count: int, *, codes: bool) -> dict[Section, list[Listed]]:
    random, found = Random(1), dict[Section, list[Listed]]()
    for place in range(count):
        mark = hmac.digest(SALT, b"%d" % place, "sha256")
        standing = 0 if random.random() < 0.9 else 1
        one = Listed(mark[:12], standing, (mark[12:15], mark[15:18]), mark[18:26] if codes else b"")
        found.setdefault(("AUCTION_RECEIPT", 1 + place % OFFICES, KEY), []).append(one)
    return found
