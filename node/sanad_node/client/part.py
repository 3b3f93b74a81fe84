"""What the parts of the client have in common: one conversation, and acts in it."""

from typing import TypeVar

from sanad_node.client.acting import Acting
from sanad_node.client.conversation import Ask, Conversation, Params
from sanad_node.wire import Answer

T = TypeVar("T", bound=Answer)


class Part:
    """A group of use cases asked over HTTP."""

    _conversation: Conversation
    _acting: Acting

    def _get(self, path: str, model: type[T], params: Params | None = None) -> T:
        return self._conversation.get(path, params).read(model)

    def _compute(self, path: str, model: type[T], members: object, *, read: float | None = None) -> T:
        """A POST that changes nothing, and may be sent again as it is."""
        return self._conversation.ask(Ask.json(path, members, read=read)).read(model)
