"""Who asks: a person, a service client, the operator at the command line, or nobody in particular.

A caller is made from a session cookie, a bearer token or the local operator's secret, once per request;
everything that decides what may be done looks at this record and nothing else.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person or client is trusted with, within the formation they belong to."""

    ISSUER = "issuer"
    APPROVER = "approver"
    SQUAD = "squad"
    AUDITOR = "auditor"
    ADMIN = "admin"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Caller:
    """`user` is 0 for the operator and for anyone. `formation` is a code; empty for the node's own people,
    who belong to none. `csrf` is set when the caller came by a cookie: acts then need the same value in the request.
    `places` are the codes of the formations whose place their own has: what was theirs is its own.
    """

    user: int
    name: str
    formation: str
    roles: frozenset[Role]
    csrf: str = ""
    language: str = ""
    places: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether this is somebody who signed in."""
        return bool(self.roles)

    def belongs_to(self, formation: str) -> bool:
        """Whether a formation (a code) is the caller's own, or one whose place it has."""
        return bool(formation) and (formation == self.formation or formation in self.places)

    @property
    def id(self) -> str:
        """Scopes idempotency keys and limits."""
        return f"u{self.user}"


ANYONE = Caller(0, "", "", frozenset())
OPERATOR = Caller(0, "operator", "", frozenset(Role))
"""Whoever can read the data directory's secrets: every role, no formation of its own."""
