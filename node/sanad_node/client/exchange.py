"""Agreements and messages over HTTP."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.wire.exchange import (
    AgreementChange,
    AgreementList,
    AgreementRequest,
    AgreementView,
    MessageList,
    MessageRequest,
    MessagesQuery,
    MessageView,
)


class Exchange(Part):
    """See `Desk`."""

    def agreements(self) -> AgreementList:
        return self._get("/v1/agreements", AgreementList)

    def agreement(self, identifier: str) -> AgreementView:
        return self._get(f"/v1/agreements/{segment(identifier)}", AgreementView)

    def propose_agreement(self, request: AgreementRequest, *, key: str | None = None) -> AgreementView:
        return self._acting.post("/v1/agreements", request, key).read(AgreementView)

    def change_agreement(
        self, identifier: str, request: AgreementChange, *, key: str | None = None
    ) -> AgreementView:
        path = f"/v1/agreements/{segment(identifier)}"
        return self._acting.post(path, request, key).read(AgreementView)

    def send_message(self, request: MessageRequest, *, key: str | None = None) -> MessageView:
        return self._acting.post("/v1/exchange", request, key).read(MessageView)

    def messages(self, query: MessagesQuery) -> MessageList:
        return self._get("/v1/exchange", MessageList, query.as_json())

    def message(self, identifier: str) -> MessageView:
        return self._get(f"/v1/exchange/{segment(identifier)}", MessageView)
