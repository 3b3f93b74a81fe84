"""What may be asked of an office."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from sanad_node.desk.batches import Bringing, Progress
from sanad_node.desk.declarations import Declares
from sanad_node.desk.instruments import DrawsDown
from sanad_node.desk.oversight import Oversees
from sanad_node.desk.returns import MakesReturns
from sanad_node.desk.stock import CountsStock
from sanad_node.desk.successions import Succeeds
from sanad_node.wire import (
    ActView,
    ApprovalView,
    ApproveRequest,
    ApproveRevocationRequest,
    CloseRequest,
    CompromisedRequest,
    ConsignmentView,
    ConsumeRequest,
    DocumentView,
    FormationRequest,
    FormationView,
    HandOverRequest,
    HoldRequest,
    IssueRequest,
    KeyRequest,
    MembersView,
    PoliciesRequest,
    PolicyList,
    ProposalRequest,
    RecallRequest,
    ReceiveRequest,
    RegisterRequest,
    RotateRequest,
    ScopeRequest,
    ShipRequest,
    StandingRequest,
    SuspendRequest,
    VerdictView,
    VerifyRequest,
)
from sanad_node.wire.batches import BatchOutcome
from sanad_node.wire.bills import BillActRequest, BillChainView, BillPage, BillRequest, BillView
from sanad_node.wire.exchange import (
    AgreementChange,
    AgreementList,
    AgreementRequest,
    AgreementView,
    MessageList,
    MessageRequest,
    MessagesQuery,
    MessageView,
)
from sanad_node.wire.findings import AnswerRequest, FindingAnswerView, FindingsPage, FindingsQuery
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
from sanad_node.wire.observing import (
    CaptureRequest,
    CaptureView,
    DeviceCloseRequest,
    DeviceList,
    DeviceRequest,
    ErrorRequest,
    InspectRequest,
    ReadingProof,
    ReadingsRequest,
)
from sanad_node.wire.packs import PackRequest
from sanad_node.wire.status_lists import PublicationsView, PublishRequest
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
from sanad_verifier.errors import InputError

CertificateForm = Literal["pdf", "svg"]
ExportForm = Literal["receipt", "credential"]
"""A certificate to be printed, or its code alone."""
Moving = ShipRequest | ReceiveRequest | HandOverRequest | RecallRequest | HoldRequest
"""Acts on a consignment that is under custody."""
Seen = InspectRequest | ReadingsRequest | ErrorRequest
"""Acts about a consignment that do not move it."""


class OnlyLocal(InputError):
    """This is done on a data directory, never through a service."""

    code = "ONLY_LOCAL"


class Desk(DrawsDown, Oversees, CountsStock, MakesReturns, Succeeds, Declares, Protocol):
    """Acts return as they stand after the desk has done what it can: final, or accepted if the chain cannot be
    reached. `key` is the caller's idempotency key: without one a repeated request is the same act. Every
    method raises the errors of its use case.
    """

    # -- documents
    def issue(
        self, request: IssueRequest, content: bytes | None = None, *, key: str | None = None
    ) -> ActView: ...
    def change_standing(
        self, identifier: str, request: StandingRequest, *, key: str | None = None
    ) -> ActView: ...
    def approve(self, request: ApproveRequest, content: bytes | None = None) -> ApprovalView: ...
    def approve_revocation(self, identifier: str, request: ApproveRevocationRequest) -> ApprovalView: ...
    def consume(self, identifier: str, request: ConsumeRequest, *, key: str | None = None) -> ActView: ...
    def document(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        follow: bool = True,
    ) -> DocumentView: ...
    def bundle(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        with_document: bool = True,
        with_chain: bool = False,
    ) -> tuple[str, bytes]: ...
    def disclose(
        self,
        identifier: str,
        pointers: Sequence[str],
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
    ) -> tuple[str, bytes]: ...
    def certificate(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        form: CertificateForm = "pdf",
        short: bool = False,
    ) -> tuple[str, bytes]: ...
    def export(
        self,
        identifier: str,
        form: ExportForm,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
    ) -> tuple[str, bytes]: ...
    def issue_batch(
        self,
        path: Path,
        *,
        doc_type: str,
        formation: str,
        bringing: Bringing | None = None,
        progress: Progress | None = None,
    ) -> list[BatchOutcome]: ...
    def verify(self, request: VerifyRequest, content: bytes | None = None) -> VerdictView: ...
    def pack(self, request: PackRequest) -> bytes: ...
    def publish_status_list(self, request: PublishRequest, *, key: str | None = None) -> ActView: ...
    def status_lists(self, group: str | None = None) -> PublicationsView: ...

    # -- findings
    def findings(self, query: FindingsQuery) -> FindingsPage: ...
    def findings_report(self, block: int | None = None) -> bytes: ...
    def answer_finding(self, request: AnswerRequest, *, key: str | None = None) -> FindingAnswerView: ...

    # -- cargo
    def register(self, request: RegisterRequest, *, key: str | None = None) -> ActView: ...
    def move(self, request: Moving, *, key: str | None = None) -> ActView: ...
    def consignment(self, identifier: str) -> ConsignmentView: ...
    def observe(self, request: Seen, *, key: str | None = None) -> ActView: ...
    def epcis(self, identifier: str) -> bytes: ...
    def capture(self, request: CaptureRequest) -> CaptureView: ...
    def reading(self, identifier: str, entry: int, place: int) -> ReadingProof: ...
    def devices(self, formation: str | None = None) -> DeviceList: ...
    def add_device(self, request: DeviceRequest, *, key: str | None = None) -> ActView: ...
    def close_device(
        self, address: str, request: DeviceCloseRequest, *, key: str | None = None
    ) -> ActView: ...

    # -- bills of lading
    def issue_bill(
        self, request: BillRequest, content: bytes | None = None, *, key: str | None = None
    ) -> ActView: ...
    def act_on_bill(self, identifier: str, request: BillActRequest, *, key: str | None = None) -> ActView: ...
    def bill(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        block: int | None = None,
        formation: str | None = None,
    ) -> BillView: ...
    def bills(self, *, party: str | None = None, before: int | None = None, limit: int = 50) -> BillPage: ...
    def bill_chain(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        block: int | None = None,
    ) -> BillChainView: ...

    # -- authority
    def formations(self) -> list[FormationView]: ...
    def add_formation(self, request: FormationRequest, *, key: str | None = None) -> ActView: ...
    def add_key(self, code: str, request: KeyRequest, *, key: str | None = None) -> ActView: ...
    def rotate_key(self, code: str, request: RotateRequest, *, key: str | None = None) -> ActView: ...
    def set_scope(self, code: str, request: ScopeRequest, *, key: str | None = None) -> ActView: ...
    def suspend(self, code: str, request: SuspendRequest, *, key: str | None = None) -> ActView: ...
    def reinstate(self, code: str, request: SuspendRequest, *, key: str | None = None) -> ActView: ...
    def close(self, code: str, request: CloseRequest, *, key: str | None = None) -> ActView: ...
    def compromised(
        self, address: str, request: CompromisedRequest, *, key: str | None = None
    ) -> ActView: ...
    def members(self) -> MembersView: ...
    def propose(self, request: ProposalRequest, *, key: str | None = None) -> ActView: ...
    def policies(self) -> PolicyList: ...
    def propose_policies(self, request: PoliciesRequest, *, key: str | None = None) -> ActView: ...
    def vote(self, number: int, *, member: str | None = None, key: str | None = None) -> ActView: ...

    # -- partners
    def agreements(self) -> AgreementList: ...
    def agreement(self, identifier: str) -> AgreementView: ...
    def propose_agreement(self, request: AgreementRequest, *, key: str | None = None) -> AgreementView: ...
    def change_agreement(
        self, identifier: str, request: AgreementChange, *, key: str | None = None
    ) -> AgreementView: ...
    def messages(self, query: MessagesQuery) -> MessageList: ...
    def message(self, identifier: str) -> MessageView: ...
    def send_message(self, request: MessageRequest, *, key: str | None = None) -> MessageView: ...

    # -- the node
    def node_status(self) -> NodeView: ...
    def checkpoint(self) -> CheckpointView: ...
    def trust(self) -> bytes: ...
    def verify_log(self) -> LogView: ...
    def cross_check(self) -> CrossCheckView: ...
    def fsck(self, request: FsckRequest) -> ExaminationView: ...
    def compare(self) -> ComparisonView: ...
    def sync(self, request: SyncRequest) -> SyncView: ...
    def facts(self) -> FactsView: ...
    def log_file(self, path: str, most: int) -> bytes: ...
    def cosign(self, request: CosignRequest) -> CosigningView: ...
    def equivocations(self) -> EquivocationsView: ...
    def compare_mirror(self, request: MirrorRequest) -> MirrorView: ...
    def back_up(self, destination: Path) -> BackupView: ...

    # -- kept documents
    def vault(self) -> VaultView: ...
    def kept(self, identifier: str) -> KeptView: ...
    def pin(self) -> VaultView: ...
    def scrub(self, request: ScrubRequest) -> ScrubView: ...
    def fetch(self, request: FetchRequest) -> FetchView: ...
    def grant(self, request: GrantRequest) -> GrantView: ...
    def erase(self, request: EraseRequest) -> ErasureView: ...

    # -- acts
    def act(self, identifier: str) -> ActView: ...
