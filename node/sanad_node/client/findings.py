"""Findings over HTTP."""

from sanad_node.client.part import Part
from sanad_node.wire.findings import (
    AnswerRequest,
    CheckedView,
    CheckRequest,
    FindingAnswerView,
    FindingsPage,
    FindingsQuery,
)


class Findings(Part):
    """See `Desk`."""

    def check(self, request: CheckRequest) -> CheckedView:
        """What can be said of a document before it is issued."""
        return self._compute("/v1/checks", CheckedView, request.as_json())

    def findings(self, query: FindingsQuery) -> FindingsPage:
        return self._get("/v1/findings", FindingsPage, query.as_json())

    def findings_report(self, block: int | None = None) -> bytes:
        return self._conversation.get("/v1/findings/report", {"block": block}).body

    def answer_finding(self, request: AnswerRequest, *, key: str | None = None) -> FindingAnswerView:
        return self._acting.post("/v1/findings/answers", request, key).read(FindingAnswerView)
