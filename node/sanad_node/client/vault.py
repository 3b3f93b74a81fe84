"""Kept documents, over HTTP."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.wire.vault import (
    EraseRequest,
    ErasureView,
    FetchRequest,
    FetchView,
    GrantRequest,
    GrantView,
    KeptView,
    ScrubRequest,
    ScrubView,
    VaultView,
)


class VaultPart(Part):
    """See `Desk`."""

    def vault(self) -> VaultView:
        return self._get("/v1/vault", VaultView)

    def kept(self, identifier: str) -> KeptView:
        return self._get(f"/v1/documents/{segment(identifier)}/kept", KeptView)

    def pin(self) -> VaultView:
        read = self._conversation.timeouts.upkeep
        return self._compute("/v1/vault/pins", VaultView, {}, read=read)

    def scrub(self, request: ScrubRequest) -> ScrubView:
        read = self._conversation.timeouts.upkeep
        return self._compute("/v1/vault/scrub", ScrubView, request.as_json(), read=read)

    def fetch(self, request: FetchRequest) -> FetchView:
        read = self._conversation.timeouts.upkeep
        return self._compute("/v1/vault/fetch", FetchView, request.as_json(), read=read)

    def grant(self, request: GrantRequest) -> GrantView:
        return self._compute("/v1/vault/grants", GrantView, request.as_json())

    def erase(self, request: EraseRequest) -> ErasureView:
        return self._acting.post("/v1/vault/erasures", request, None).read(ErasureView)
