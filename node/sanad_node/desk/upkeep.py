"""Looking at a node and after it. While something is examined, no act is carried to the chain: what is compared
stands still.
"""

from pathlib import Path

from sqlalchemy import func, select

from sanad_node import backup, checkpointing, fsck, proving, reindexing, witness
from sanad_node.alarms import alarms
from sanad_node.engines.base import ChainUnavailable, ConsensusViolation, EngineLied
from sanad_node.mirror.replaying import Replayed, must_agree
from sanad_node.node import Node
from sanad_node.shown import members
from sanad_node.store.office_tables import outbox
from sanad_node.wire.node import (
    BackupView,
    CheckpointView,
    ComparisonView,
    CosignedView,
    CosigningView,
    CosignRequest,
    CrossCheckView,
    EquivocationsView,
    EquivocationView,
    ExaminationView,
    FsckRequest,
    LogView,
    MirrorRequest,
    MirrorView,
    NodeView,
    TableView,
)
from sanad_verifier.digests import digest_of


def status(node: Node) -> NodeView:
    """The node as it is; the chain is asked, and need not answer."""
    chain, code = {}, ""
    try:
        chain = members(node.chain.status()) if hasattr(node.chain, "status") else {}
        node.engine.final_height()
    except (ChainUnavailable, EngineLied, ConsensusViolation) as error:
        code = error.code
    position = node.reader.position()
    with node.office.connect() as connection:
        unsettled = select(func.count()).where(outbox.c.state.in_(("accepted", "signed")))
        waiting = connection.execute(unsettled).scalar_one()
    return NodeView(
        name=node.network.name,
        origin=node.network.origin,
        chain_id=node.network.chain_id,
        block=position.block,
        entries=position.size,
        waiting=waiting,
        code=code,
        chain=chain,
        alarms=alarms(node.office),
    )


def checkpoint(node: Node) -> CheckpointView:
    """Sign the log's present size and root."""
    node.catch_up()
    with node.still():
        signed = checkpointing.sign_checkpoint(node)
    return CheckpointView(
        size=signed.size, root=signed.root.hex(), time=signed.time, note=signed.note.decode()
    )


def trust(node: Node) -> bytes:
    """The trust file."""
    node.catch_up_if_possible()
    return checkpointing.trust_file(node)


def cosign(node: Node, request: CosignRequest) -> CosigningView:
    """Ask witnesses to cosign the log as it is now."""
    from sanad_node.cosigning import collect  # noqa: PLC0415 - other commands need not load it

    node.catch_up_if_possible()
    signed, told = collect(node, request.witnesses)
    said = [CosignedView.read(members(one)) for one in told]
    return CosigningView(size=signed.size, root=signed.root.hex(), note=signed.note.decode(), witnesses=said)


def compare_mirror(node: Node, request: MirrorRequest) -> MirrorView:
    """Compare this node with what a mirror was found to say; raises an `EvidenceError` where they differ."""
    node.catch_up_if_possible()
    with node.still():
        found = Replayed(request.size, digest_of(bytes.fromhex(request.root)), 0, request.digest)
        return MirrorView(compared=must_agree(found, node), size=node.reader.position().size)


def verify_log(node: Node) -> LogView:
    """Recompute the log and compare it with the contract and every checkpoint signed so far."""
    node.catch_up()
    with node.still():
        return LogView.read(members(checkpointing.verify_log(node)))


def cross_check(node: Node) -> CrossCheckView:
    """Compare what the validators sealed with what the log commits to."""
    return CrossCheckView.read(members(proving.cross_check(node)))


def examine(node: Node, request: FsckRequest) -> ExaminationView:
    """Check everything against everything."""
    with node.still():
        return ExaminationView.read(members(fsck.examine(node, deep=request.deep)))


def compare(node: Node) -> ComparisonView:
    """Rebuild the projections beside the live ones and compare."""
    with node.still():
        compared = reindexing.compare(node)
    tables = [TableView.read(members(one)) for one in compared]
    return ComparisonView(same=all(one.same for one in compared), tables=tables)


def back_up(node: Node, destination: Path) -> BackupView:
    """Write a backup."""
    with node.still():
        return BackupView.read(members(backup.back_up(node, destination)))


def equivocations(node: Node) -> EquivocationsView:
    """What this node, as a witness of other logs, has kept against them."""
    return EquivocationsView(
        equivocations=[
            EquivocationView(origin=one.origin, size=one.size, proof=one.proof.decode(), at=one.at)
            for one in witness.lies(node.office)
        ]
    )
