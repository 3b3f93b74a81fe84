"""Chapters about evidence: what a stranger can check with one file, and what an auditor can check of the
ledger.
"""

from typing import Any

from sanad_node import checkpointing, fsck, reindexing, tracing, verifying
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage, consignment, told
from sanad_verifier.examine import examine_bundle
from sanad_verifier.trust import Trust, encode_trust, parse_trust

NINE_DAYS = 9 * 24 * 3600


def offline(stage: Stage) -> None:
    """One file and the trust file, no node: what a stranger can check."""
    node = stage.node
    name = "dossier/08-auction-receipt.json"
    record = node.reader.documents_by_digest([stage.digests[name]])[0]
    checkpointing.sign_checkpoint(node)
    bundle = verifying.make_bundle(node, record)
    trust = parse_trust(encode_trust(checkpointing.trust(node)))
    now = int(node.clock())
    changed = stage.sample(name).replace(b"KAPW", b"FSDP")
    stranger = Trust(**{**_members(trust), "log_keys": trust.status_keys, "status_keys": trust.log_keys})
    run = stage.record.run
    run(
        "offline: bundle and trust file",
        "active authentic",
        lambda: told(examine_bundle(bundle, trust, now)),
    )
    run(
        "offline: one byte of the bundle changed",
        "refused",
        lambda: told(examine_bundle(_flip(bundle), trust, now)),
    )
    run(
        "offline: another document presented with it",
        "refused",
        lambda: told(examine_bundle(bundle, trust, now, document=changed)),
    )
    run(
        "offline: keys of another network trusted",
        "refused",
        lambda: told(examine_bundle(bundle, stranger, now)),
    )
    run(
        "offline: the same bundle nine days later",
        "active stale",
        lambda: told(examine_bundle(bundle, trust, now + NINE_DAYS)),
    )


def _members(trust: Trust) -> dict[str, Any]:
    return {name: getattr(trust, name) for name in Trust.__dataclass_fields__}


def _flip(bundle: bytes) -> bytes:
    middle = len(bundle) // 2
    return bundle[:middle] + bytes([bundle[middle] ^ 1]) + bundle[middle + 1 :]


def auditor(stage: Stage) -> None:
    """The whole story of a container, and the ledger checked against itself."""
    node = stage.node
    cargo = stage.listed("consignments.json")[0]

    def trace() -> Outcome:
        told = tracing.trace_consignment(node, consignment(stage, cargo))
        short = sum(bool(hop.gap) for hop in told.hops)
        return told.holder, f"{len(told.hops)} acts, {len(told.papers)} papers, {short} short"

    def rebuild() -> Outcome:
        compared = reindexing.compare(node)
        return "same" if all(c.same for c in compared) else "different", f"{len(compared)} tables"

    def check() -> Outcome:
        found = fsck.examine(node)
        return ("in order" if not found.findings else "damaged"), ""

    def log() -> Outcome:
        return "agrees", f"{checkpointing.verify_log(node).checkpoints > 0}".lower()

    run = stage.record.run
    run(f"trace {cargo['reference']}", "FSD-BWH 9 acts, 6 papers, 1 short", trace)
    run("recompute the log and compare with the contract", "agrees true", log)
    run("rebuild every projection from the chain and compare", "same 26 tables", rebuild)
    run("check log, chain, outbox, vault, batches, checkpoints", "in order", check)
