"""Monthly returns over HTTP."""

from sanad_node.client.part import Part
from sanad_node.desk.returns import Form
from sanad_node.wire.returns import ReturnQuery, ReturnView


class ReturnsPart(Part):
    """See `Desk`."""

    def monthly_return(self, query: ReturnQuery) -> ReturnView:
        return self._get("/v1/reports/monthly", ReturnView, query.as_json())

    def monthly_file(self, query: ReturnQuery, form: Form = "json") -> bytes:
        return self._conversation.get("/v1/reports/monthly/file", {**query.as_json(), "format": form}).body

    def seizures(self, query: ReturnQuery) -> bytes:
        return self._conversation.get("/v1/reports/seizures", query.as_json()).body
