"""What the service and those who call it say to each other: requests and answers as frozen models.

The routes, the typed client and the command line use the same models, so an answer looks the same however it
was asked for. Members are camelCase in JSON; bytes are lower-case hex, times are seconds since 1970 (0 for
none), quantities are integers. Requests are strict: an unknown member or another type is refused. Answers
may gain members, so a reader ignores those it does not know.
"""

from sanad_node.wire.acts import AcceptedAct, ActPage, ActView
from sanad_node.wire.base import Answer, Asked
from sanad_node.wire.batches import BatchList, BatchRequest, BatchRow, BatchRows, BatchView
from sanad_node.wire.catalogue import MeView, ReasonList, TypeList, TypeView
from sanad_node.wire.custody import (
    ConsignmentLine,
    ConsignmentPage,
    ConsignmentView,
    HandOverRequest,
    HoldRequest,
    HopView,
    ParticularsModel,
    RecallRequest,
    ReceiveRequest,
    RegisterRequest,
    ShipRequest,
)
from sanad_node.wire.documents import (
    DocumentLine,
    DocumentPage,
    DocumentView,
    IssueRequest,
    PaperView,
    StandingRequest,
    StandingView,
    StepView,
    VerdictView,
    VerifyRequest,
)
from sanad_node.wire.formations import (
    CloseRequest,
    CompromisedRequest,
    FormationList,
    FormationRequest,
    FormationView,
    KeyRequest,
    KeyView,
    RotateRequest,
    ScopeRequest,
    ScopeView,
    SuspendRequest,
)
from sanad_node.wire.members import MembersView, MemberView, ProposalRequest, ProposalView, VoteRequest
from sanad_node.wire.users import PasswordRequest, TokenRequest, TokenView, UserList, UserRequest, UserView

__all__ = [
    "AcceptedAct",
    "ActPage",
    "ActView",
    "Answer",
    "Asked",
    "BatchList",
    "BatchRequest",
    "BatchRow",
    "BatchRows",
    "BatchView",
    "CloseRequest",
    "CompromisedRequest",
    "ConsignmentLine",
    "ConsignmentPage",
    "ConsignmentView",
    "DocumentLine",
    "DocumentPage",
    "DocumentView",
    "FormationList",
    "FormationRequest",
    "FormationView",
    "HandOverRequest",
    "HoldRequest",
    "HopView",
    "IssueRequest",
    "KeyRequest",
    "KeyView",
    "MeView",
    "MemberView",
    "MembersView",
    "PaperView",
    "ParticularsModel",
    "PasswordRequest",
    "ProposalRequest",
    "ProposalView",
    "ReasonList",
    "RecallRequest",
    "ReceiveRequest",
    "RegisterRequest",
    "RotateRequest",
    "ScopeRequest",
    "ScopeView",
    "ShipRequest",
    "StandingRequest",
    "StandingView",
    "StepView",
    "SuspendRequest",
    "TokenRequest",
    "TokenView",
    "TypeList",
    "TypeView",
    "UserList",
    "UserRequest",
    "UserView",
    "VerdictView",
    "VerifyRequest",
    "VoteRequest",
]
