"""The desk of a node in this process."""

from pathlib import Path

from sanad_node.desk import acts, kept, upkeep
from sanad_node.desk.authority import AuthorityDesk
from sanad_node.desk.bills import BillsDesk
from sanad_node.desk.declarations import DeclarationsDesk
from sanad_node.desk.evidence import EvidenceDesk
from sanad_node.desk.exchanging import ExchangeDesk
from sanad_node.desk.instruments import InstrumentsDesk
from sanad_node.desk.observing import ObservingDesk
from sanad_node.desk.oversight import OversightDesk
from sanad_node.desk.papers import PapersDesk
from sanad_node.desk.returns import ReturnsDesk
from sanad_node.desk.stock import StockDesk
from sanad_node.desk.successions import SuccessionDesk
from sanad_node.keeping import digest_meant
from sanad_node.mirror.own import OwnLog
from sanad_node.node import Node
from sanad_node.wire import ActView
from sanad_node.wire.node import (
    BackupView,
    CheckpointView,
    ComparisonView,
    CosigningView,
    CosignRequest,
    CrossCheckView,
    EquivocationsView,
    ExaminationView,
    FactsView,
    FsckRequest,
    LogView,
    MirrorRequest,
    MirrorView,
    NodeView,
    SyncRequest,
    SyncView,
)
from sanad_node.wire.vault import (
    EraseRequest,
    ErasureView,
    FetchRequest,
    FetchView,
    GrantRequest,
    GrantView,
    KeptView,
    ScrubRequest,
    ScrubView,
    VaultView,
)


class LocalDesk(
    PapersDesk,
    EvidenceDesk,
    ObservingDesk,
    InstrumentsDesk,
    BillsDesk,
    AuthorityDesk,
    ExchangeDesk,
    OversightDesk,
    StockDesk,
    SuccessionDesk,
    DeclarationsDesk,
    ReturnsDesk,
):
    """See `Desk`."""

    def __init__(self, node: Node) -> None:
        self.node = node

    # -- the node -------------------------------------------------------------------------------------------------

    def node_status(self) -> NodeView:
        return upkeep.status(self.node)

    def checkpoint(self) -> CheckpointView:
        return upkeep.checkpoint(self.node)

    def trust(self) -> bytes:
        return upkeep.trust(self.node)

    def verify_log(self) -> LogView:
        return upkeep.verify_log(self.node)

    def cross_check(self) -> CrossCheckView:
        return upkeep.cross_check(self.node)

    def fsck(self, request: FsckRequest) -> ExaminationView:
        return upkeep.examine(self.node, request)

    def compare(self) -> ComparisonView:
        return upkeep.compare(self.node)

    def sync(self, request: SyncRequest) -> SyncView:
        return upkeep.sync(self.node, request)

    def facts(self) -> FactsView:
        return upkeep.facts(self.node)

    def log_file(self, path: str, most: int) -> bytes:
        return OwnLog(self.node).read(path, most)

    def cosign(self, request: CosignRequest) -> CosigningView:
        return upkeep.cosign(self.node, request)

    def equivocations(self) -> EquivocationsView:
        return upkeep.equivocations(self.node)

    def compare_mirror(self, request: MirrorRequest) -> MirrorView:
        return upkeep.compare_mirror(self.node, request)

    def back_up(self, destination: Path) -> BackupView:
        return upkeep.back_up(self.node, destination)

    # -- kept documents -------------------------------------------------------------------------------------------

    def vault(self) -> VaultView:
        return kept.vault(self.node)

    def kept(self, identifier: str) -> KeptView:
        return kept.kept(self.node, digest_meant(self.node, identifier))

    def pin(self) -> VaultView:
        return kept.pin(self.node)

    def scrub(self, request: ScrubRequest) -> ScrubView:
        return kept.scrub(self.node, request)

    def fetch(self, request: FetchRequest) -> FetchView:
        return kept.fetch(self.node, request)

    def grant(self, request: GrantRequest) -> GrantView:
        return kept.grant(self.node, request)

    def erase(self, request: EraseRequest) -> ErasureView:
        return kept.erase(self.node, request)

    # -- acts -----------------------------------------------------------------------------------------------------

    def act(self, identifier: str) -> ActView:
        return acts.act_of(self.node, identifier)
