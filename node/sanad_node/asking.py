"""On whose behalf an act is done, and the answer that is remembered for it.

Whoever serves several callers says with `asking` who is calling; the acts promised meanwhile are stored
together with that, and with the answer the caller gets, in one transaction. So a request repeated under its
idempotency key finds either nothing at all or the very answer it was given.
"""

import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import orjson

from sanad_node.pipeline.outbox import Act, Fact, Request
from sanad_node.store.service_tables import answers, asked

ACT_ID_BYTES = 16
ACCEPTED = 202


@dataclass(slots=True)
class Asking:
    """One caller's request. `key` and `fingerprint` are the caller's idempotency key and what it was used
    for; without a key nothing is remembered. `names_act` is false where the key names this transmission only,
    and the act names itself, as one that is asked for without a key. `answer` is filled when the acts are
    promised, `replayed` when they had been promised before.
    """

    user: int
    caller: str
    formation: str = ""
    key: str = ""
    fingerprint: bytes = b""
    answer: bytes = b""
    names_act: bool = True
    replayed: bool = False

    @property
    def act_key(self) -> str | None:
        """The outbox's key for this request: keys of two callers never meet. The operator's are as they were
        given: a command is the same act whether it goes through a service or not.
        """
        if not self.key or not self.names_act:
            return None
        return f"{self.caller}/{self.key}" if self.user else self.key


OPERATOR = Asking(0, "u0")
_current: ContextVar[Asking] = ContextVar("asking", default=OPERATOR)


@contextmanager
def asking(who: Asking) -> Iterator[Asking]:
    """Acts promised inside are done on behalf of `who`."""
    token = _current.set(who)
    try:
        yield who
    finally:
        _current.reset(token)


def act_id(secret: bytes, key: str) -> str:
    """The identifier of an act to outsiders: 32 hex digits that tell nothing of its key or number."""
    return hmac.digest(secret, b"act\0" + key.encode(), "sha256")[:ACT_ID_BYTES].hex()


def with_asking(requests: Sequence[Request], secret: bytes, now: int) -> list[Request]:
    """The requests with what is to be remembered of their caller. The answer goes with the last of them:
    where it is, all are.
    """
    who = _current.get()
    told = [{"act": act_id(secret, r.key), "what": r.what, "state": "accepted", **r.about} for r in requests]
    prepared = [
        replace(request, facts=(*request.facts, _asked(request, one["act"], who, now)))
        for request, one in zip(requests, told, strict=True)
    ]
    if who.key and prepared:
        who.answer = orjson.dumps(told[0] if len(told) == 1 else {"acts": told})
        row = {
            "caller": who.caller,
            "key": who.key,
            "fingerprint": who.fingerprint,
            "status": ACCEPTED,
            "body": who.answer,
            "at": now,
        }
        prepared[-1] = replace(prepared[-1], facts=(*prepared[-1].facts, Fact(answers, (row,))))
    return prepared


def note_promised(acts: Sequence[Act]) -> None:
    """Tell the caller whether all of it had been promised before."""
    who = _current.get()
    if who is not OPERATOR:  # the default of every thread, which belongs to nobody
        who.replayed = bool(acts) and all(act.replayed for act in acts)


def _asked(request: Request, identifier: str, who: Asking, now: int) -> Fact:
    row: dict[str, Any] = {
        "id": identifier,
        "key": request.key,
        "formation": request.about.get("formation", who.formation),
        "user": who.user,
        "what": request.what,
        "about": orjson.dumps(dict(request.about)).decode(),
        "at": now,
    }
    return Fact(asked, (row,))
