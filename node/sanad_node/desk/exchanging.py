"""The part of the desk that deals with partners: put in, it is on the disk, and sent by the service, or at once where
none runs.

Only who asks for it loads it: the keys of a network come with libraries that other commands need not wait for.
"""

from typing import TYPE_CHECKING

from sanad_node.node import Node
from sanad_node.wire.documents import VerdictView, VerifyRequest
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


class ExchangeDesk:
    """See `Desk`. Keys of agreements are those of requests over HTTP: they name nothing here."""

    node: Node

    if TYPE_CHECKING:  # the verdict that a request is answered with is another part of the desk

        def verify(self, request: VerifyRequest, content: bytes | None = None) -> VerdictView: ...

    def agreements(self) -> AgreementList:
        from sanad_node.exchange import asking  # noqa: PLC0415

        return asking.agreements(self)

    def agreement(self, identifier: str) -> AgreementView:
        from sanad_node.exchange import asking  # noqa: PLC0415

        return asking.agreement(self, identifier)

    def propose_agreement(self, request: AgreementRequest, *, key: str | None = None) -> AgreementView:  # noqa: ARG002
        from sanad_node.exchange import asking  # noqa: PLC0415

        return asking.propose(self, request)

    def change_agreement(
        self,
        identifier: str,
        request: AgreementChange,
        *,
        key: str | None = None,  # noqa: ARG002
    ) -> AgreementView:
        from sanad_node.exchange import asking  # noqa: PLC0415

        return asking.change(self, identifier, request)

    def send_message(self, request: MessageRequest, *, key: str | None = None) -> MessageView:
        from sanad_node.exchange import asking  # noqa: PLC0415

        return asking.send(self, request, key)

    def messages(self, query: MessagesQuery) -> MessageList:
        from sanad_node.exchange import asking  # noqa: PLC0415

        return asking.messages(self.node, query)

    def message(self, identifier: str) -> MessageView:
        from sanad_node.exchange import asking  # noqa: PLC0415

        return asking.message(self.node, identifier)

    def _send(self) -> None:
        """Where nobody carries, send now; what cannot be sent waits."""
        if self.node.carrier is None:
            from sanad_node.exchange import carrying  # noqa: PLC0415

            carrying.carry(self.node)
