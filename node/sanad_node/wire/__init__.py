"""What the service and those who call it say to each other: requests and answers as frozen models.

The routes, the typed client and the command line use the same models, so an answer looks the same however it
was asked for. Members are camelCase in JSON; bytes are lower-case hex, times are seconds since 1970 (0 for
none), quantities are integers. Requests are strict: an unknown member or another type is refused. Answers
may gain members, so a reader ignores those it does not know.
"""

from sanad_node.wire.acts import AcceptedAct, ActView
from sanad_node.wire.base import Answer, Asked
from sanad_node.wire.custody import (
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
    DocumentView,
    IssueRequest,
    PaperView,
    StandingRequest,
    StepView,
    VerdictView,
    VerifyRequest,
)
from sanad_node.wire.formations import (
    CloseRequest,
    CompromisedRequest,
    FormationRequest,
    FormationView,
    KeyRequest,
    KeyView,
    RotateRequest,
    ScopeRequest,
    ScopeView,
    SuspendRequest,
)
from sanad_node.wire.members import MembersView, MemberView, ProposalRequest, ProposalView

__all__ = [
    "AcceptedAct",
    "ActView",
    "Answer",
    "Asked",
    "CloseRequest",
    "CompromisedRequest",
    "ConsignmentView",
    "DocumentView",
    "FormationRequest",
    "FormationView",
    "HandOverRequest",
    "HoldRequest",
    "HopView",
    "IssueRequest",
    "KeyRequest",
    "KeyView",
    "MemberView",
    "MembersView",
    "PaperView",
    "ParticularsModel",
    "ProposalRequest",
    "ProposalView",
    "RecallRequest",
    "ReceiveRequest",
    "RegisterRequest",
    "RotateRequest",
    "ScopeRequest",
    "ScopeView",
    "ShipRequest",
    "StandingRequest",
    "StepView",
    "SuspendRequest",
    "VerdictView",
    "VerifyRequest",
]
