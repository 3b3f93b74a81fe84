"""What a stranger checks without a server, and what it costs to make it: bundles, chain proofs, a whole mirror."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from coincurve import PrivateKey, PublicKey
from nacl.signing import SigningKey, VerifyKey

from benchmarks.office import OFFICES, papers
from benchmarks.report import Report, rate, rate_per_core
from sanad_node import certifying, checkpointing, finding, issuing, verifying
from sanad_node.mirror.copying import copy
from sanad_node.mirror.own import OwnLog
from sanad_node.mirror.replaying import replay
from sanad_node.mirror.sources import Folder
from sanad_node.node import Node
from sanad_verifier import checkpoints
from sanad_verifier.chain.proof import parse_chain_proof, verify_chain_proof
from sanad_verifier.chain.validators import ChainTrust, Consensus, Pinned
from sanad_verifier.checkpoints import Checkpoint, in_order
from sanad_verifier.digests import hash_leaf, sha256
from sanad_verifier.entries import encode_entry
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.merkle import tree_root
from sanad_verifier.notes import Note
from sanad_verifier.qr_image import read_image
from sanad_verifier.tiles import CHECKPOINT, WIDTH, encode_bundle, tiles_of
from sanad_verifier.verdict import Overall

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from sanad_node.demo.photographs import photograph
from sanad_testkit.evidence import NOW, ORIGIN, Scene, issue
from sanad_testkit.sealing import LEDGER, TOPIC, keys, qbft_proof, set_of

DISTINCT = 100
"""More than any cache of the verifier holds."""
EVENTS, OTHERS = 20, 200
"""Events of the act's own receipt, and other receipts in its block."""
MESSAGE = b"x" * 120
SUBJECT, TIME = slice(96, 128), slice(216, 224)
"""Of an entry: docs/spec/entry.md."""
MIRROR_BAR_S = 60.0
"""For a million entries, on one core."""


@dataclass(frozen=True, slots=True)
class Size:
    """How often each thing is done: checks of evidence, photographs read, certificates drawn."""

    checks: int
    pictures: int
    papers: int


FULL = Size(checks=3_000, pictures=30, papers=5)
QUICK = Size(checks=500, pictures=5, papers=2)


def bundles(report: Report, node: Node, identifier: str, document: bytes, label: str, size: Size) -> None:
    """Making the bundle of a document, and checking it with nothing but the trust file: with a checkpoint that was
    not seen before, and with one that was.
    """
    record = finding.document(node, identifier)
    private = SigningKey.generate()
    public, signature = private.verify_key, private.sign(MESSAGE).signature
    made = rate_per_core(size.checks, lambda _i: verifying.make_bundle(node, record))
    signing = rate_per_core(size.checks, lambda _i: private.sign(MESSAGE))
    report.add(
        f"bundle_made{label}", made, "bundles/s", size.checks, signing, "its one Ed25519 signature alone"
    )
    bundle, trust, now = verifying.make_bundle(node, record), checkpointing.trust(node), int(node.clock())

    def check(_i: int) -> None:
        if examine_bundle(bundle, trust, now, document=document).overall is not Overall.AUTHENTIC:
            raise SystemExit("the benchmark's bundle is not authentic")

    def check_anew(i: int) -> None:
        checkpoints._verified.cache_clear()
        check(i)

    for name, how, times in (("bundle_check", check_anew, 3), ("bundle_check_known_checkpoint", check, 1)):
        alone = rate_per_core(size.checks, lambda _i, times=times: _verify(public, signature, times))  # type: ignore[misc]
        against = f"its {times} Ed25519 checks alone"
        report.add(
            f"{name}{label}", rate_per_core(size.checks, how), "bundles/s", size.checks, alone, against
        )


def codes(report: Report, node: Node, tag: str, label: str, size: Size) -> None:
    """Making the printed code of a document, drawing its certificate, reading the code off a photograph, and checking
    it with nothing but the trust file: codes that were printed one after the other, each under a checkpoint of its
    own, and as many under one checkpoint, which was seen before.
    """
    texts, records = [], []
    for paper in papers(tag, DISTINCT):
        ready = issuing.ready_to_issue(node, paper, doc_type="AUCTION_RECEIPT", formation=OFFICES[0])
        record = finding.document(node, issuing.issue(node, ready).digest.hex())
        texts.append(certifying.printed_code(node, record).text)
        records.append(record)
    together = [certifying.printed_code(node, one).text for one in records]
    trust, now = checkpointing.trust(node), int(node.clock())
    private = SigningKey.generate()
    public, signature = private.verify_key, private.sign(MESSAGE).signature

    def check(text: str) -> None:
        if examine_qr(text, trust, now).overall is not Overall.AUTHENTIC:
            raise SystemExit("the benchmark's code is not authentic")

    made = rate(size.checks, lambda _i: certifying.printed_code(node, record))
    report.add(f"code_made{label}", made, "codes/s", size.checks)
    for name, one_of, times in (
        ("code_check", texts, 3),
        ("code_check_known_checkpoint", together, 1),
    ):
        checked = rate_per_core(size.checks, lambda i, one_of=one_of: check(one_of[i % DISTINCT]))  # type: ignore[misc]
        alone = rate_per_core(size.checks, lambda _i, times=times: _verify(public, signature, times))  # type: ignore[misc]
        against = f"its {times} Ed25519 checks alone"
        report.add(f"{name}{label}", checked, "codes/s", size.checks, alone, against)
    photo = photograph(texts[-1], 1)
    report.add(
        f"code_read{label}", rate(size.pictures, lambda _i: read_image(photo)), "photographs/s", size.pictures
    )
    drawn = rate(size.papers, lambda _i: certifying.certificate(node, record))
    report.add(f"certificate_drawn{label}", drawn, "certificates/s", size.papers)


def _verify(public: VerifyKey, signature: bytes, times: int) -> None:
    for _ in range(times):
        public.verify(MESSAGE, signature)


def chain_proofs(report: Report, size: Size) -> None:
    """An event's place in a block of four QBFT validators, three of whom sealed it."""
    four = keys(4)
    listed = set_of(four)
    events = [(LEDGER, [TOPIC], f"event {n}".encode()) for n in range(EVENTS)]
    raw = qbft_proof(events, four[:3], listed, others=OTHERS).encode()
    trust = ChainTrust(Consensus.QBFT, (Pinned(0, listed),))
    recovered = rate_per_core(size.checks, _recover_thrice(four[0]))
    checked = rate_per_core(size.checks, lambda _i: verify_chain_proof(parse_chain_proof(raw), trust))
    report.add(
        "chain_proof_check",
        checked,
        "proofs/s",
        size.checks,
        recovered,
        "its three recoveries of a signer alone",
    )


def _recover_thrice(key: PrivateKey):  # type: ignore[no-untyped-def]
    digest = bytes(range(32))
    signature = key.sign_recoverable(digest, hasher=None)

    def recover(_i: int) -> None:
        for _ in range(3):
            PublicKey.from_signature_and_message(signature, digest, hasher=None)

    return recover


def mirror(report: Report, node: Node, scratch: Path, label: str) -> None:
    """Copying the node's log to files, and a stranger's reading of all of it."""
    folder, trust, entries = scratch / f"mirror{label}", checkpointing.trust(node), node.indexer.size()
    checkpointing.current_checkpoint(node)
    report.add(
        f"mirror_copied{label}",
        entries * rate(1, lambda _i: copy(OwnLog(node), folder, trust)),
        "entries/s",
        entries,
    )
    read = rate(1, lambda _i: replay(Folder(folder), trust))
    report.add(f"mirror_verified{label}", entries * read, "entries/s", entries)


def long_mirror(report: Report, entries: int) -> None:
    """A stranger's reading of a log of so many issued documents: each entry hashed, each tile compared, the whole
    replayed into tables of the stranger's own.
    """
    scene = Scene()
    with tempfile.TemporaryDirectory(prefix="sanad-bench-") as scratch:
        folder = Path(scratch)
        _write_mirror(folder, scene, entries)
        took = 1 / rate_per_core(1, lambda _i: replay(Folder(folder), scene.trust()))
    bar = MIRROR_BAR_S * entries / 1_000_000
    report.add(
        f"mirror_verified_of_{entries // 1000}k", took, "s", entries, bar, "the bar of 60 s for a million"
    )


def _write_mirror(folder: Path, scene: Scene, size: int) -> None:
    """The files of a log whose entries differ in their subject and time."""
    sample = encode_entry(issue(b"a file", doc_type="FILE", time=NOW))
    before, between = sample[: SUBJECT.start], sample[SUBJECT.stop : TIME.start]
    raw = [before + sha256(b"%d" % n) + between + (NOW + n).to_bytes(8) for n in range(size)]
    levels = [[hash_leaf(one) for one in raw]]
    for tile in tiles_of(size):
        first, file = tile.index * WIDTH, folder / tile.path
        file.parent.mkdir(parents=True, exist_ok=True)
        if tile.level is None:
            file.write_bytes(encode_bundle(raw[first : first + tile.width]))
            continue
        if tile.level == len(levels):
            below = levels[-1]
            full = range(0, len(below) - WIDTH + 1, WIDTH)
            levels.append([tree_root(below[at : at + WIDTH]) for at in full])
        file.write_bytes(b"".join(levels[tile.level][first : first + tile.width]))
    text = Checkpoint(ORIGIN, size, tree_root(levels[0])).text()
    lines = [scene.log.sign(text), *(one.sign(text, NOW) for one in scene.cosigners)]
    (folder / CHECKPOINT).write_bytes(Note(text, in_order(ORIGIN, lines)).encode())
