"""The chapter on status lists: what reaches a device of a revocation, and what happens to a list that is kept back."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sanad_node import checkpointing, finding, issuing, standing, types, verifying
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage, told
from sanad_node.mirror.copying import copy
from sanad_node.mirror.own import OwnLog
from sanad_node.mirror.replaying import replay
from sanad_node.mirror.sources import Folder
from sanad_node.node import Node
from sanad_node.status_lists import held
from sanad_node.status_lists.publishing import Wanted, ready_to_publish
from sanad_verifier.entries import Reason
from sanad_verifier.examine import examine_bundle
from sanad_verifier.status_lists.lists import read_lists

COLLECTORATE = "KAPW"


def publish(node: Node) -> Outcome:
    """The collectorate publishes what has changed."""
    act = issuing.issue(node, ready_to_publish(node, Wanted(COLLECTORATE, COLLECTORATE))).act
    return act.state, "list" if held.needed(node, group=COLLECTORATE)[-1].whole else "delta"


def replayed(node: Node, scratch: str) -> Outcome:
    """A mirror, copied to this folder, holds every list against the log."""
    trust, mirror = checkpointing.trust(node), Path(scratch) / "mirror"
    copy(OwnLog(node), mirror, trust)
    replay(Folder(mirror), trust)
    return "agrees", ""


def status_lists(stage: Stage) -> None:
    """A receipt is sold on with its bundle, and revoked; a device that was offline all the time learns of it."""
    node, now = stage.node, int(stage.node.clock())
    kind = types.get("AUCTION_RECEIPT")
    blank = json.loads(kind.read_sample())
    blank.pop("salt")
    receipt = types.prepare(kind, json.dumps({**blank, "receiptNumber": "AUC-SOLD-ON-1"}).encode())
    ready = issuing.ready_to_issue(node, receipt, doc_type=kind.name, formation="KAPW-AUC")
    issuing.issue(node, ready)
    record = finding.document(node, ready.digest.hex())
    bundle, trust = verifying.make_bundle(node, record), checkpointing.trust(node)

    def revoke() -> Outcome:
        return standing.change_standing(node, record, "revoke", reason=Reason.FRAUD).act.state, ""

    def with_lists(count: int) -> Callable[[], Outcome]:
        def examine() -> Outcome:
            published = held.needed(node, group=COLLECTORATE)[:count]
            bundles = [
                verifying.make_bundle(node, finding.document(node, one.digest.hex())) for one in published
            ]
            return told(examine_bundle(bundle, trust, now + 60, lists=read_lists(bundles, trust)))

        return examine

    run = stage.record.run
    run("status lists: the collectorate publishes one", "final list", lambda: publish(node))
    run("status lists: a receipt's bundle, with the list", "active authentic", with_lists(1))
    run("status lists: the receipt is revoked", "final", revoke)
    run("status lists: what has changed is published", "final delta", lambda: publish(node))
    run("status lists: the same bundle by itself", "active authentic", with_lists(0))
    run("status lists: the same bundle, with list and delta", "revoked refused", with_lists(2))
    with TemporaryDirectory() as scratch:
        mirror = Path(scratch) / "mirror"
        copy(OwnLog(node), mirror, trust)

        def read_mirror() -> Outcome:
            (last,) = replay(Folder(mirror), trust).lists
            return "agrees", f"number {last.sequence}"

        def without_the_delta() -> Outcome:
            (mirror / "status-list" / held.needed(node)[-1].digest.hex()).unlink()
            return read_mirror()

        run("status lists: a mirror holds them against the log", "agrees number 2", read_mirror)
        run("status lists: one is kept back from the mirror", "refused STATUS_LIST_WRONG", without_the_delta)
