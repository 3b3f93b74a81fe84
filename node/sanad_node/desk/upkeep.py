"""Looking at a node and after it. While something is examined, no act is carried to the chain: what is compared
stands still.
"""

from pathlib import Path

from sqlalchemy import func, select

from sanad_node import backup, checkpointing, fsck, proving, reindexing, witness
from sanad_node.alarms import alarms
from sanad_node.engines.base import ChainUnavailable, ConsensusViolation, EngineLied
from sanad_node.mirror.extending import LogForked
from sanad_node.mirror.replaying import Replayed, must_agree
from sanad_node.node import Node
from sanad_node.shown import members
from sanad_node.store.office_tables import outbox
from sanad_node.wire.node import (
    BackupView,
    CameView,
    CheckpointView,
    ComparisonView,
    ContractView,
    CosignedView,
    CosigningView,
    CosignRequest,
    CrossCheckView,
    EquivocationsView,
    EquivocationView,
    ExaminationView,
    FactsView,
    FollowingView,
    FsckRequest,
    LogView,
    MirrorRequest,
    MirrorView,
    NodeView,
    SyncRequest,
    SyncView,
    TableView,
)
from sanad_verifier.digests import digest_of
from sanad_verifier.errors import EnvironmentFault, InputError


class NotAMirror(InputError):
    """This node has a chain, and follows no mirror."""

    code = "NOT_A_MIRROR"


def status(node: Node) -> NodeView:
    """The node as it is; the chain is asked, and need not answer."""
    if node.mirrors:
        return _mirroring(node)
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


def _mirroring(node: Node) -> NodeView:
    """A node that follows a mirror: what it knows, how old that is, and what its mirrors came to."""
    position, last = node.reader.position(), node.knowledge.last()
    wrong = [one.code for one in last.came if one.code]
    code = LogForked.code if LogForked.code in wrong else ""
    if last.done < last.tried and wrong:  # one that fails is no hindrance while another is followed
        code = wrong[0]
    try:
        as_of = node.known_at()
    except EnvironmentFault as error:
        as_of, code = 0, error.code
    following = FollowingView(
        as_of=as_of,
        age=max(0, int(node.clock()) - as_of) if as_of else 0,
        behind=max([0, *(one.size - position.size for one in last.came)]),
        source=last.source,
        tried=last.tried,
        done=last.done,
        sources=list(node.knowledge.sources()),
        mirrors=[CameView.read(members(one)) for one in last.came],
    )
    return NodeView(
        name=node.network.name,
        origin=node.network.origin,
        chain_id=node.network.chain_id,
        block=position.block,
        entries=position.size,
        waiting=0,
        code=code,
        alarms=alarms(node.office),
        chain={},
        mirror=following,
    )


def sync(node: Node, request: SyncRequest) -> SyncView:
    """Follow the log from mirrors. `NotAMirror` for a node that has a chain."""
    from sanad_node.mirror import starting, syncing  # noqa: PLC0415 - other commands need not load it

    if not node.mirrors:
        raise NotAMirror("this node has a chain of its own, and follows no mirror", field="--data")
    places = starting.as_sources(request.mirrors)
    done = syncing.sync(node, places, stale=request.stale)
    if request.keep and places:
        node.knowledge.keep_sources(places)
    return SyncView(
        size=done.size,
        root=done.root.hex(),
        time=done.time,
        taken=done.taken,
        forked=done.forked,
        mirrors=[CameView.read(members(one)) for one in done.came],
    )


def facts(node: Node) -> FactsView:
    """What another node of the network can be compared with."""
    node.catch_up_if_possible()
    with node.still():
        signed, position = checkpointing.current_checkpoint(node), node.reader.position()
        digest = node.remembered("digest", lambda: reindexing.log_digest(node.ledger))
    network = node.network
    return FactsView(
        origin=network.origin,
        chain_id=network.chain_id,
        genesis=network.genesis,
        engine=network.engine,
        size=signed.size,
        root=signed.root.hex(),
        time=signed.time,
        block=position.block,
        contracts={
            role: ContractView(address=one.address, code_hash=one.code_hash)
            for role, one in network.contracts.items()
        },
        digest=digest,
    )


def checkpoint(node: Node) -> CheckpointView:
    """Sign the log's present size and root; of a node that mirrors, the checkpoint that it has."""
    node.catch_up()
    with node.still():
        sign = checkpointing.current_checkpoint if node.mirrors else checkpointing.sign_checkpoint
        signed = sign(node)
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
