"""Sessions: what a browser holds after somebody signed in."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, or_, select, update

from sanad_api.callers import Caller
from sanad_node.store.service_tables import sessions
from sanad_verifier.errors import InputError

IDLE = 30 * 60
ABSOLUTE = 12 * 3600
SEEN_EVERY = 60
"""Seconds between writes of when a session was last used."""


class SignInRefused(InputError):
    """Name and password do not belong together, or the account is disabled: which of these is not told."""

    code = "SIGN_IN_REFUSED"


class CsrfRefused(InputError):
    """A browser sent this from a page of another site, or without the token of the page it should come from."""

    code = "CSRF_REFUSED"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `secret` goes into the cookie and is kept nowhere else."""

    secret: str
    csrf: str
    caller: Caller
    expires_at: int


@dataclass(frozen=True, slots=True)
class Held:
    """A session that is in use: whose, its token against forged requests, and until when if it is not used again."""

    user: int
    csrf: str
    until: int


def hashed(secret: str) -> bytes:
    """What is kept of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


class Sessions:
    """The table of sessions."""

    def __init__(self, office: Engine) -> None:
        self._office = office

    def begin(self, user: int, now: int) -> tuple[str, str, int]:
        """A new session's secret, its token against forged requests, and when it ends; old ones are swept."""
        secret, csrf = secrets.token_urlsafe(32), secrets.token_bytes(32)
        row = {
            "secret": hashed(secret),
            "user": user,
            "csrf": csrf,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + ABSOLUTE,
        }
        with self._office.begin() as connection:
            lapsed = or_(sessions.c.expires_at <= now, sessions.c.seen_at <= now - IDLE)
            connection.execute(delete(sessions).where(lapsed))
            connection.execute(insert(sessions), row)
        return secret, csrf.hex(), now + ABSOLUTE

    def find(self, secret: bytes, now: int) -> Held | None:
        """A session that has not lapsed."""
        with self._office.connect() as connection:
            row = connection.execute(select(sessions).where(sessions.c.secret == secret)).first()
        if row is None or row.expires_at <= now or row.seen_at <= now - IDLE:
            return None
        seen = row.seen_at
        if seen <= now - SEEN_EVERY:
            seen = now
            with self._office.begin() as connection:
                connection.execute(update(sessions).where(sessions.c.secret == secret).values(seen_at=now))
        return Held(row.user, row.csrf.hex(), min(row.expires_at, seen + IDLE))

    def end(self, secret: bytes) -> None:
        with self._office.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.secret == secret))

    def end_all(self, user: int) -> None:
        with self._office.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.user == user))
