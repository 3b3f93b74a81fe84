"""The desk's consignments."""

from sanad_node import (
    custody,
    finding,
    tracing,
)
from sanad_node.desk import acts
from sanad_node.desk.asked import stated_formation
from sanad_node.desk.base import Moving
from sanad_node.node import Node
from sanad_node.shown import members
from sanad_node.standing import reason_code
from sanad_node.wire import (
    ActView,
    ConsignmentView,
    HandOverRequest,
    HoldRequest,
    ParticularsModel,
    ReceiveRequest,
    RegisterRequest,
    ShipRequest,
)


class CargoDesk:
    """What `Desk` says of cargo."""

    node: Node

    def register(self, request: RegisterRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up_if_possible()
        done = custody.register(
            self.node,
            kind=request.kind,
            reference=request.reference,
            formation=stated_formation(request.formation),
            particulars=self.particulars(request),
            key=key,
        )
        return acts.view_of(self.node, done.act)

    def move(self, request: Moving, *, key: str | None = None) -> ActView:
        node, formation = self.node, stated_formation(request.formation)
        node.catch_up_if_possible()
        found = finding.consignment(node, request.consignment)
        match request:
            case ShipRequest() | HandOverRequest():
                give = custody.ship if isinstance(request, ShipRequest) else custody.hand_over
                stated = self.particulars(request)
                done = give(node, found, formation=formation, taker=request.to, particulars=stated, key=key)
            case ReceiveRequest():
                done = custody.receive(
                    node,
                    found,
                    formation=formation,
                    particulars=self.particulars(request),
                    relay=request.sent_by,
                    refuse=request.act == "refuse",
                    key=key,
                )
            case HoldRequest():
                reason = reason_code(request.reason)
                if request.act == "hold":
                    done = custody.hold(node, found, formation=formation, reason=reason, key=key)
                else:
                    done = custody.lift(
                        node, found, formation=formation, reason=reason, holder=request.of, key=key
                    )
            case _:
                reason = reason_code(request.reason)
                done = custody.recall(node, found, formation=formation, reason=reason, key=key)
        return acts.view_of(node, done.act)

    def consignment(self, identifier: str) -> ConsignmentView:
        self.node.catch_up_if_possible()
        found = finding.consignment(self.node, identifier)
        return ConsignmentView.read(members(tracing.trace_consignment(self.node, found)))

    def particulars(self, stated: ParticularsModel) -> custody.Particulars:
        """What one side states; its documents by their digests."""
        digests = tuple(
            finding.document(self.node, one, field="--document").digest.hex() for one in stated.documents
        )
        return custody.Particulars(
            stated.place.upper(),
            stated.quantity,
            stated.unit,
            custody.condition_named(stated.condition),
            stated.seal,
            stated.note,
            digests,
            stated.corridor,
        )
