"""Bills of lading over HTTP: who holds one, who is entitled, and every act on one."""

from sanad_node.client.conversation import Params, segment
from sanad_node.client.part import Part
from sanad_node.wire import ActView
from sanad_node.wire.bills import BillActRequest, BillChainView, BillPage, BillRequest, BillView


class Bills(Part):
    """See `Desk`."""

    def issue_bill(
        self, request: BillRequest, content: bytes | None = None, *, key: str | None = None
    ) -> ActView:
        return self._acting.act("/v1/bills", request, key, file=content, field="FILE")

    def act_on_bill(self, identifier: str, request: BillActRequest, *, key: str | None = None) -> ActView:
        return self._acting.act(f"/v1/bills/{segment(identifier)}/acts", request, key, field="ID")

    def bill(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        block: int | None = None,
        formation: str | None = None,  # noqa: ARG002 - the service knows who asks
    ) -> BillView:
        params: Params = {"type": doc_type, "issuer": issuer, "block": block}
        return self._get(f"/v1/bills/{segment(identifier)}", BillView, params)

    def bills(self, *, party: str | None = None, before: int | None = None, limit: int = 50) -> BillPage:
        params: Params = {"party": party, "before": before, "limit": limit}
        return self._get("/v1/bills", BillPage, params)

    def bill_chain(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        block: int | None = None,
    ) -> BillChainView:
        params: Params = {"type": doc_type, "issuer": issuer, "block": block}
        return self._get(f"/v1/bills/{segment(identifier)}/chain", BillChainView, params)
