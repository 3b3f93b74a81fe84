"""Cargo over HTTP: who holds it, and every act that moved it."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.desk.base import Moving
from sanad_node.wire import ActView, ConsignmentPage, ConsignmentView, HoldRequest, RegisterRequest


class Cargo(Part):
    """See `Desk`."""

    def register(self, request: RegisterRequest, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/consignments", request, key, field="ID")

    def move(self, request: Moving, *, key: str | None = None) -> ActView:
        path = "/v1/holds" if isinstance(request, HoldRequest) else "/v1/handovers"
        return self._acting.act(path, request, key, field="ID")

    def consignment(self, identifier: str) -> ConsignmentView:
        return self._get(f"/v1/consignments/{segment(identifier)}", ConsignmentView)

    def consignments(
        self, *, holder: str | None = None, before: str | None = None, limit: int = 50
    ) -> ConsignmentPage:
        """A page of consignments, last moved first."""
        params = {"holder": holder, "before": before, "limit": limit}
        return self._get("/v1/consignments", ConsignmentPage, params)
