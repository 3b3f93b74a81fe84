"""An act through the service: asked under one idempotency key however often it is sent, then followed.

Without a key of the caller's a repeated request is the same act, as at a desk of this process: the key made
here names the transmission only, and `Idempotency-Scope: request` says so.
"""

import uuid
from typing import Any

from sanad_node.client.conversation import Ask, Conversation, Told, segment
from sanad_node.client.faults import AnswerUnreadable
from sanad_node.client.multipart import form
from sanad_node.pipeline.outbox import IdempotencyKeyInvalid
from sanad_node.pipeline.refusals import refused
from sanad_node.wire import ActView
from sanad_node.wire.base import Asked

KEY_LENGTH = 128
WAIT_AT_MOST = 10
SETTLED = frozenset({"final", "refused"})


class Acting:
    """Sends acts of a conversation and follows them."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def act(
        self,
        path: str,
        request: Asked,
        key: str | None,
        *,
        file: bytes | None = None,
        field: str | None = None,
    ) -> ActView:
        """The act as far as it came while it was followed; raises `ActRefused` if the contracts refuse it, naming
        `field` where the rule itself does not say what to correct.
        """
        told = self.post(path, request, key, file=file)
        first_answer = told.heard == 1 and told.headers.get("Idempotency-Replayed") == "true"
        view = self._followed(told.json(), field)
        more: dict[str, Any] = {"replayed": first_answer}
        if key is not None:
            more["idempotency_key"] = key
        return view.model_copy(update=more)

    def post(self, path: str, request: Asked, key: str | None, *, file: bytes | None = None) -> Told:
        """The service's answer to something that changes something."""
        headers = key_headers(key)
        if file is None:
            return self._conversation.ask(Ask.json(path, request.as_json(), headers=headers))
        kind, body = form(headers["Idempotency-Key"], as_texts(request), file)
        return self._conversation.ask(Ask("POST", path, headers={"Content-Type": kind, **headers}, body=body))

    def _followed(self, told: Any, field: str | None) -> ActView:
        """Every act that was promised, brought to its end in order; the last one is the answer."""
        promised = told.get("acts", [told]) if isinstance(told, dict) else []
        names = [str(one["act"]) for one in promised if isinstance(one, dict) and "act" in one]
        if not names:
            raise AnswerUnreadable("the answer names no act")
        deadline = self._conversation.clock() + self._conversation.timeouts.follow
        return [self.follow(name, deadline, field) for name in names][-1]

    def follow(self, act: str, deadline: float, field: str | None = None) -> ActView:
        """The act when it is settled, or as it stands at the deadline."""
        conversation = self._conversation
        while True:
            left = deadline - conversation.clock()
            wait = max(0, min(WAIT_AT_MOST, int(left)))
            view = conversation.get(f"/v1/acts/{segment(act)}", {"wait": wait}).read(ActView)
            if view.state == "refused":
                raise refused(view.code, view.message, field=field)
            if view.state in SETTLED or deadline - conversation.clock() <= 0:
                return view
            if wait == 0:
                conversation.sleep(
                    min(0.2, left)
                )  # less than a second is left: the service counts whole ones


def key_headers(key: str | None) -> dict[str, str]:
    """The headers that name a request, once for all its tries."""
    if key is None:
        return {"Idempotency-Key": str(uuid.uuid4()), "Idempotency-Scope": "request"}
    must_be_key(key)
    return {"Idempotency-Key": key}


def must_be_key(key: str) -> None:
    """`IdempotencyKeyInvalid` unless every service takes this key as it is."""
    if not 0 < len(key) <= KEY_LENGTH or not key.isascii() or not key.isprintable() or key != key.strip(' "'):
        raise IdempotencyKeyInvalid(
            "an idempotency key is 1 to 128 printable ASCII characters", field="idempotencyKey"
        )


def as_texts(request: Asked) -> list[tuple[str, str]]:
    """The members of a request for a form, which has only text; a list is one member after the other."""
    return [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in request.as_json().items()
        for one in (value if isinstance(value, list) else [value])
    ]
