"""Oversight over HTTP."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.wire import ActView
from sanad_node.wire.oversight import (
    AttestRequest,
    NoticePage,
    ReadLogView,
    ReadPage,
    ReadsQuery,
    TradersQuery,
    TradersView,
)


class Oversight(Part):
    """See `Desk`."""

    def attest(self, identifier: str, request: AttestRequest, *, key: str | None = None) -> ActView:
        path = f"/v1/documents/{segment(identifier)}/attestation"
        return self._acting.act(path, request, key, field="ID")

    def reads(self, query: ReadsQuery) -> ReadPage:
        return self._get("/v1/reads", ReadPage, query.as_json())

    def check_reads(self, head: str | None = None) -> ReadLogView:
        return self._get("/v1/reads/check", ReadLogView, {"head": head})

    def notices(self, before: str | None = None) -> NoticePage:
        return self._get("/v1/notices", NoticePage, {"before": before})

    def traders(self, query: TradersQuery) -> TradersView:
        return self._get("/v1/traders", TradersView, query.as_json())
