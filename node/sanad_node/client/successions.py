"""Successions of offices over HTTP."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.wire import ActView
from sanad_node.wire.successions import OfficeLine, SuccessionRequest


class SuccessionPart(Part):
    """See `Desk`."""

    def succeed(self, request: SuccessionRequest, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/successions", request, key)

    def line_of_office(self, code: str) -> OfficeLine:
        return self._get(f"/v1/formations/{segment(code)}/line", OfficeLine)
