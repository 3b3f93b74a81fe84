"""Accounts as the service and the commands use them."""

import hmac
import threading
import time
from collections.abc import Callable, Iterable

from sqlalchemy import Engine

from sanad_api.accounts import passwords
from sanad_api.accounts.people import NAME, People, User, UserDisabled, UserKind
from sanad_api.accounts.sessions import CsrfRefused, Sessions, SignedIn, SignInRefused, hashed
from sanad_api.accounts.tokens import Tokens, TokenUnknown, TokenView, well_formed
from sanad_api.callers import Caller, Role

REMEMBERED_FOR = 5.0
"""Seconds for which a caller is not looked up again. Disabling somebody in this process forgets all at once."""
REMEMBERED_AT_MOST = 4096
Found = tuple[Caller, int]
"""Who holds a secret, and until when by the clock."""


class Accounts:
    """Thread-safe. `audience` is what tokens are for: the log's origin."""

    def __init__(self, office: Engine, *, audience: str, clock: Callable[[], float]) -> None:
        self._people = People(office)
        self._sessions = Sessions(office)
        self._tokens = Tokens(office, audience)
        self._clock = clock
        self._changing = threading.Lock()
        """Held while somebody's rights change or a session or token begins: none can begin that was just ended."""
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[float, Found]] = {}
        self._forgotten = 0

    def _now(self) -> int:
        return int(self._clock())

    # -- people ---------------------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        *,
        kind: UserKind = "person",
        formation: str = "",
        roles: Iterable[Role | str],
        password: str | None = None,
        language: str = "",
    ) -> User:
        """Add somebody. A person needs a password, a client has none."""
        encoded = passwords.hash_password(password or "") if kind == "person" else ""
        return self._people.add(name, kind, formation, roles, encoded, language, self._now())

    def users(self) -> list[User]:
        return self._people.all()

    def user(self, name: str) -> User:
        return self._people.named(name)

    def disable(self, name: str) -> None:
        """Shut somebody out, and end every session and token of theirs."""
        with self._changing:
            user = self._people.named(name)
            self._people.change(user, disabled_at=user.disabled_at or max(self._now(), 1))
            self._sessions.end_all(user.id)
            self._tokens.revoke(user.id, None, self._now())
        self._forget()

    def enable(self, name: str) -> None:
        """Let somebody in again. What was ended stays ended."""
        with self._changing:
            self._people.change(self._people.named(name), disabled_at=0)

    def set_password(self, name: str, password: str) -> None:
        """A new password for a person; sessions of before end."""
        user = self._people.named(name)
        if user.kind != "person":
            raise UserDisabled(
                "a service client has tokens and no password", field="name", code="NO_PASSWORD"
            )
        encoded = passwords.hash_password(password)
        with self._changing:
            self._people.change(user, password=encoded)
            self._sessions.end_all(user.id)
        self._forget()

    def set_language(self, caller: Caller, language: str) -> None:
        """The language of the pages for somebody from now on."""
        user = self._people.numbered(caller.user)
        if user is not None:
            self._people.change(user, language=language)
            self._forget()

    # -- sessions -------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str) -> SignedIn:
        """A session; `SignInRefused` whatever was wrong, after the same work."""
        found = self._people.find(name) if NAME.fullmatch(name) else None
        user, encoded = found if found is not None else (None, "")
        right = passwords.matches(encoded, password)
        if not right or user is None or user.disabled_at or user.kind != "person":
            raise SignInRefused("name and password do not belong together", field="password")
        stale = passwords.needs_rehash(encoded)
        today = passwords.hash_password(password) if stale else encoded
        with self._changing:
            unchanged = self._people.find(name) == found
            if unchanged:
                if stale:
                    self._people.change(user, password=today)
                secret, csrf, until = self._sessions.begin(user.id, self._now())
        if not unchanged:  # while the password was checked: what was right may not be so any more
            return self.sign_in(name, password)
        return SignedIn(secret, csrf, user.as_caller(csrf), until)

    def caller_of_session(self, secret: str) -> Caller | None:
        """Who holds this session, if it has not lapsed."""

        def look(mark: bytes) -> Found | None:
            found = self._sessions.find(mark, self._now())
            user = self._people.numbered(found.user) if found is not None else None
            if found is None or user is None or user.disabled_at:
                return None
            return user.as_caller(found.csrf), found.until

        return self._recall(hashed(secret), look)

    def sign_out(self, secret: str) -> None:
        """End a session."""
        self._sessions.end(hashed(secret))
        self._forget()

    def check_csrf(self, caller: Caller, given: str) -> None:
        """`CsrfRefused` unless the request carries the session's token."""
        if not caller.csrf or not hmac.compare_digest(caller.csrf.encode(), given.encode("utf-8", "replace")):
            raise CsrfRefused("this did not come from a page of ours; load the page again")

    # -- tokens ---------------------------------------------------------------------------------------------------

    def make_token(self, name: str, *, label: str, lifetime_seconds: int) -> str:
        """A bearer token, told once."""
        with self._changing:
            user = self._people.named(name)
            if user.disabled_at:
                raise UserDisabled("the user is disabled", field="name")
            return self._tokens.make(user.id, label, lifetime_seconds, self._now())

    def caller_of_token(self, token: str) -> Caller | None:
        """Whose token this is, if it is in use here."""
        if not well_formed(token):
            return None

        def look(mark: bytes) -> Found | None:
            found = self._tokens.find(mark, self._now())
            user = self._people.numbered(found[0]) if found is not None else None
            if found is None or user is None or user.disabled_at:
                return None
            return user.as_caller(), found[1]

        return self._recall(hashed(token), look)

    def tokens(self, name: str) -> list[TokenView]:
        return self._tokens.of(self._people.named(name).id)

    def revoke_token(self, name: str, label: str) -> None:
        """End a token; `TokenUnknown` if there is none of this label in use."""
        if not self._tokens.revoke(self._people.named(name).id, label, self._now()):
            raise TokenUnknown("no token of this label is in use", field="label")
        self._forget()

    # -- remembering ----------------------------------------------------------------------------------------------

    def _recall(self, mark: bytes, look: Callable[[bytes], Found | None]) -> Caller | None:
        known = self._remembered.get(mark)
        if known is not None and known[0] > time.monotonic() and known[1][1] > self._now():
            return known[1][0]
        forgotten = self._forgotten
        found = look(mark)
        with self._lock:
            if len(self._remembered) >= REMEMBERED_AT_MOST:
                self._remembered.clear()
            if found is None:
                self._remembered.pop(mark, None)
            elif forgotten == self._forgotten:  # nobody was shut out since it was looked up
                self._remembered[mark] = (time.monotonic() + REMEMBERED_FOR, found)
        return None if found is None else found[0]

    def _forget(self) -> None:
        with self._lock:
            self._forgotten += 1
            self._remembered.clear()
