"""What a stranger checks without a server, and what it costs to make it: bundles, chain proofs, a whole mirror."""

import sys
from pathlib import Path

from coincurve import PrivateKey, PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from benchmarks.office import OFFICES, papers
from benchmarks.report import Report, rate
from sanad_node import certifying, checkpointing, finding, issuing, verifying
from sanad_node.mirror.copying import copy
from sanad_node.mirror.own import OwnLog
from sanad_node.mirror.replaying import replay
from sanad_node.mirror.sources import Folder
from sanad_node.node import Node
from sanad_verifier import checkpoints
from sanad_verifier.chain.proof import parse_chain_proof, verify_chain_proof
from sanad_verifier.chain.validators import ChainTrust, Consensus, Pinned
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.qr_image import read_image
from sanad_verifier.verdict import Overall

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from sanad_node.demo.photographs import photograph
from sanad_testkit.sealing import LEDGER, TOPIC, keys, qbft_proof, set_of

CHECKS = 300
PICTURES, PAPERS = 30, 5
EVENTS, OTHERS = 20, 200
"""Events of the act's own receipt, and other receipts in its block."""
MESSAGE = b"x" * 120


def bundles(report: Report, node: Node, identifier: str, document: bytes, label: str) -> None:
    """Making the bundle of a document, and checking it with nothing but the trust file: with a checkpoint that was
    not seen before, and with one that was.
    """
    record = finding.document(node, identifier)
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key(), private.sign(MESSAGE)
    made = rate(CHECKS, lambda _i: verifying.make_bundle(node, record))
    signing = rate(CHECKS, lambda _i: private.sign(MESSAGE))
    report.add(f"bundle_made{label}", made, "bundles/s", CHECKS, signing, "its one Ed25519 signature alone")
    bundle, trust, now = verifying.make_bundle(node, record), checkpointing.trust(node), int(node.clock())

    def check(_i: int) -> None:
        if examine_bundle(bundle, trust, now, document=document).overall is not Overall.AUTHENTIC:
            raise SystemExit("the benchmark's bundle is not authentic")

    def check_anew(i: int) -> None:
        checkpoints._verified.cache_clear()
        check(i)

    for name, how, times in (("bundle_check", check_anew, 3), ("bundle_check_known_checkpoint", check, 1)):
        alone = rate(CHECKS, lambda _i, times=times: _verify(public, signature, times))  # type: ignore[misc]
        against = f"its {times} Ed25519 checks alone"
        report.add(f"{name}{label}", rate(CHECKS, how), "bundles/s", CHECKS, alone, against)


def codes(report: Report, node: Node, tag: str, label: str) -> None:
    """Making the printed code of a document, drawing its certificate, reading the code off a photograph, and checking
    it with nothing but the trust file and a checkpoint that was seen before.
    """
    (paper,) = papers(tag, 1)
    ready = issuing.ready_to_issue(node, paper, doc_type="AUCTION_RECEIPT", formation=OFFICES[0])
    record = finding.document(node, issuing.issue(node, ready).digest.hex())
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key(), private.sign(MESSAGE)
    code, trust, now = certifying.printed_code(node, record), checkpointing.trust(node), int(node.clock())

    def check(_i: int) -> None:
        if examine_qr(code.text, trust, now).overall is not Overall.AUTHENTIC:
            raise SystemExit("the benchmark's code is not authentic")

    made = rate(CHECKS, lambda _i: certifying.printed_code(node, record))
    alone = rate(CHECKS, lambda _i: _verify(public, signature, 1))
    report.add(f"code_made{label}", made, "codes/s", CHECKS)
    report.add(
        f"code_check_known_checkpoint{label}",
        rate(CHECKS, check),
        "codes/s",
        CHECKS,
        alone,
        "its one Ed25519 check alone",
    )
    photo = photograph(code.text, 1)
    report.add(f"code_read{label}", rate(PICTURES, lambda _i: read_image(photo)), "photographs/s", PICTURES)
    drawn = rate(PAPERS, lambda _i: certifying.certificate(node, record))
    report.add(f"certificate_drawn{label}", drawn, "certificates/s", PAPERS)


def _verify(public: Ed25519PublicKey, signature: bytes, times: int) -> None:
    for _ in range(times):
        public.verify(signature, MESSAGE)


def chain_proofs(report: Report) -> None:
    """An event's place in a block of four QBFT validators, three of whom sealed it."""
    four = keys(4)
    listed = set_of(four)
    events = [(LEDGER, [TOPIC], f"event {n}".encode()) for n in range(EVENTS)]
    raw = qbft_proof(events, four[:3], listed, others=OTHERS).encode()
    trust = ChainTrust(Consensus.QBFT, (Pinned(0, listed),))
    recovered = rate(CHECKS, _recover_thrice(four[0]))
    checked = rate(CHECKS, lambda _i: verify_chain_proof(parse_chain_proof(raw), trust))
    report.add(
        "chain_proof_check", checked, "proofs/s", CHECKS, recovered, "its three recoveries of a signer alone"
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
