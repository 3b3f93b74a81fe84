"""Bearer tokens of service clients: `snd_`, 256 random bits, and a checksum by which a typing error or a secret
scanner knows them.
"""

import re
import secrets
import zlib
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select, update

from sanad_api.accounts.sessions import hashed
from sanad_node.store.service_tables import tokens
from sanad_verifier.errors import InputError

PREFIX = "snd_"
FORM = re.compile(r"snd_([A-Za-z0-9_-]{43})([0-9a-f]{8})")
LONGEST_LIFE = 366 * 86400
LABEL_LENGTH = 64


class LifetimeInvalid(InputError):
    """A token lives for a minute at least and for 366 days at most."""

    code = "TOKEN_LIFETIME_INVALID"


class TokenExists(InputError):
    """The client has a token of this label in use."""

    code = "TOKEN_EXISTS"


class TokenUnknown(InputError):
    """The client has no token of this label in use."""

    code = "UNKNOWN_TOKEN"


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as it may be told: everything but itself."""

    label: str
    created_at: int
    expires_at: int
    revoked_at: int


class Tokens:
    """The table of tokens; each is for one audience, the log's origin."""

    def __init__(self, office: Engine, audience: str) -> None:
        self._office = office
        self._audience = audience

    def make(self, user: int, label: str, lifetime: int, now: int) -> str:
        """A new token, told once."""
        if not 60 <= lifetime <= LONGEST_LIFE:
            raise LifetimeInvalid("a token lives for 60 seconds to 366 days", field="lifetimeSeconds")
        if not 0 < len(label) <= LABEL_LENGTH or not label.isprintable():
            raise LifetimeInvalid(
                "a label is 1 to 64 printable characters", field="label", code="LABEL_INVALID"
            )
        if any(one.label == label and self._in_use(one, now) for one in self.of(user)):
            raise TokenExists("a token of this label is in use; revoke it first", field="label")
        body = secrets.token_urlsafe(32)
        token = f"{PREFIX}{body}{_checksum(body)}"
        row = {
            "secret": hashed(token),
            "user": user,
            "audience": self._audience,
            "label": label,
            "created_at": now,
            "expires_at": now + lifetime,
            "revoked_at": 0,
        }
        with self._office.begin() as connection:
            connection.execute(insert(tokens), row)
        return token

    def find(self, secret: bytes, now: int) -> tuple[int, int] | None:
        """The user of a token that is in use here, by its hash, and until when."""
        with self._office.connect() as connection:
            row = connection.execute(select(tokens).where(tokens.c.secret == secret)).first()
        if row is None or row.revoked_at or row.expires_at <= now or row.audience != self._audience:
            return None
        return row.user, row.expires_at

    def of(self, user: int) -> list[TokenView]:
        with self._office.connect() as connection:
            rows = connection.execute(
                select(tokens).where(tokens.c.user == user).order_by(tokens.c.created_at, tokens.c.label)
            )
            return [TokenView(r.label, r.created_at, r.expires_at, r.revoked_at) for r in rows]

    def revoke(self, user: int, label: str | None, now: int) -> int:
        """Revoke the tokens of a label, or all; returns how many were in use."""
        query = update(tokens).where(tokens.c.user == user, tokens.c.revoked_at == 0)
        if label is not None:
            query = query.where(tokens.c.label == label)
        with self._office.begin() as connection:
            return connection.execute(query.values(revoked_at=max(now, 1))).rowcount

    @staticmethod
    def _in_use(one: TokenView, now: int) -> bool:
        return not one.revoked_at and one.expires_at > now


def well_formed(token: str) -> bool:
    """Whether a text can be a token: saves the database a question."""
    match = FORM.fullmatch(token)
    return match is not None and _checksum(match[1]) == match[2]


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
