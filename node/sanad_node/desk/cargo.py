"""The desk's consignments."""

from sanad_node import (
    court_orders,
    custody,
    finding,
    tracing,
)
from sanad_node.desk import acts
from sanad_node.desk.asked import stated_formation
from sanad_node.desk.base import Moving
from sanad_node.node import Node
from sanad_node.reading import ConsignmentRecord
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
                done = self._hold_or_lift(found, request, formation, key)
            case _:
                reason = reason_code(request.reason)
                done = custody.recall(node, found, formation=formation, reason=reason, key=key)
        return acts.view_of(node, done.act)

    def _hold_or_lift(
        self, found: ConsignmentRecord, request: HoldRequest, formation: str, key: str | None
    ) -> custody.CustodyAct:
        reason, order = reason_code(request.reason), b""
        if request.order is not None:
            order = court_orders.order_for(self.node, request.order, found, request.act).digest
        if request.act == "hold":
            return custody.hold(self.node, found, formation=formation, reason=reason, order=order, key=key)
        return custody.lift(
            self.node, found, formation=formation, reason=reason, holder=request.of, order=order, key=key
        )

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
