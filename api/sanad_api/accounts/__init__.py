"""Who may come in: people with passwords and sessions, service clients with tokens.

Secrets are 256 random bits and are looked up by their SHA-256, so a stolen database opens nothing; passwords,
which people choose, are Argon2id. Disabling somebody ends everything of theirs at once.
"""

from sanad_api.accounts.facade import Accounts
from sanad_api.accounts.passwords import PasswordsBusy, PasswordTooLong, PasswordTooShort
from sanad_api.accounts.people import (
    NameInvalid,
    RoleInvalid,
    RolesMissing,
    UnknownUser,
    User,
    UserDisabled,
    UserExists,
)
from sanad_api.accounts.sessions import CsrfRefused, SignedIn, SignInRefused
from sanad_api.accounts.tokens import LifetimeInvalid, TokenExists, TokenUnknown, TokenView

__all__ = [
    "Accounts",
    "CsrfRefused",
    "LifetimeInvalid",
    "NameInvalid",
    "PasswordTooLong",
    "PasswordTooShort",
    "PasswordsBusy",
    "RoleInvalid",
    "RolesMissing",
    "SignInRefused",
    "SignedIn",
    "TokenExists",
    "TokenUnknown",
    "TokenView",
    "UnknownUser",
    "User",
    "UserDisabled",
    "UserExists",
]
