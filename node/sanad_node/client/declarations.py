"""Declarations' way over HTTP."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.wire import ActView
from sanad_node.wire.declarations import AdvanceRequest, DeclarationLife


class DeclarationsPart(Part):
    """See `Desk`."""

    def advance(self, identifier: str, request: AdvanceRequest, *, key: str | None = None) -> ActView:
        path = f"/v1/documents/{segment(identifier)}/stages"
        return self._acting.act(path, request, key, field="DECLARATION")

    def life_of_declaration(self, identifier: str) -> DeclarationLife:
        return self._get(f"/v1/documents/{segment(identifier)}/life", DeclarationLife)
