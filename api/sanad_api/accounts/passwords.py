"""Passwords: Argon2id, and as much work for an unknown name as for a known one."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sanad_verifier.errors import EnvironmentFault, InputError

SHORTEST, LONGEST = 12, 1024
AT_ONCE = 2
"""Hashings at the same time: each takes 19 MiB and a core."""
PATIENCE = 5.0
"""Seconds to wait for a turn."""
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's second choice for Argon2id: the memory is small enough for a flood to be refused rather than to fill the
machine."""
_turns = threading.BoundedSemaphore(AT_ONCE)


class PasswordTooShort(InputError):
    """A password has at least 12 characters."""

    code = "PASSWORD_TOO_SHORT"


class PasswordTooLong(InputError):
    """A password has at most 1024 characters."""

    code = "PASSWORD_TOO_LONG"


class PasswordsBusy(EnvironmentFault):
    """Too many passwords are being checked; nothing was decided."""

    code = "PASSWORDS_BUSY"


def hash_password(password: str) -> str:
    """The encoded hash of a new password; raises if it is too short or too long."""
    text = _normal(password)
    if len(text) < SHORTEST:
        raise PasswordTooShort("a password has at least 12 characters", field="password")
    if len(text) > LONGEST:
        raise PasswordTooLong("a password has at most 1024 characters", field="password")
    with _turn():
        return HASHER.hash(text)


def matches(encoded: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed. Without a hash the same work is done for nothing."""
    text = _normal(password)
    with _turn():
        try:
            right = HASHER.verify(encoded or _nobody(HASHER), text[:LONGEST])
            return right and bool(encoded) and len(text) <= LONGEST
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(encoded: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return HASHER.check_needs_rehash(encoded)


@cache
def _nobody(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")


def _normal(password: str) -> str:
    """The same password however the keyboard composes its letters; what is no text is no password."""
    return unicodedata.normalize("NFC", password.encode("utf-8", "replace").decode())


class _Turn:
    def __enter__(self) -> None:
        if not _turns.acquire(timeout=PATIENCE):
            raise PasswordsBusy("too many people are signing in; try again in a moment")

    def __exit__(self, *_: object) -> None:
        _turns.release()


def _turn() -> _Turn:
    return _Turn()
