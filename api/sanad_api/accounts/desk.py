"""What may be asked about people, by a route, by a command on a data directory, or (`Client`) by one through a
service: the same requests, the same answers.
"""

from typing import Protocol

from sanad_api.accounts.facade import Accounts
from sanad_api.accounts.people import User
from sanad_node.node import Node
from sanad_node.wire import PasswordRequest, TokenRequest, TokenView, UserRequest, UserView
from sanad_node.wire.users import RevokedView, RevokeTokenRequest


class PeopleDesk(Protocol):
    """See `LocalPeople`."""

    def users(self) -> list[UserView]: ...
    def add_user(self, request: UserRequest, *, key: str | None = None) -> UserView: ...
    def disable_user(self, name: str, *, key: str | None = None) -> UserView: ...
    def enable_user(self, name: str, *, key: str | None = None) -> UserView: ...
    def set_password(self, name: str, request: PasswordRequest, *, key: str | None = None) -> UserView: ...
    def make_token(self, name: str, request: TokenRequest, *, key: str | None = None) -> TokenView: ...
    def revoke_token(
        self, name: str, request: RevokeTokenRequest, *, key: str | None = None
    ) -> RevokedView: ...


class LocalPeople:
    """The people of a node that is open in this process. Keys belong to requests over HTTP and are not looked at."""

    def __init__(self, accounts: Accounts, node: Node) -> None:
        self._accounts = accounts
        self._node = node

    def users(self) -> list[UserView]:
        """Everybody who may sign in or hold a token."""
        return [view_of(user) for user in self._accounts.users()]

    def add_user(self, request: UserRequest, *, key: str | None = None) -> UserView:  # noqa: ARG002
        """Add somebody, with roles within a formation; `UnknownFormation` if there is none of that code."""
        if request.formation:
            self._node.catch_up_if_possible()
            self._node.reader.formation(request.formation, field="formation")
        made = self._accounts.add(
            request.name,
            kind=request.kind,
            formation=request.formation.upper(),
            roles=request.roles,
            password=request.password or None,
            language=request.language,
        )
        return view_of(made)

    def disable_user(self, name: str, *, key: str | None = None) -> UserView:  # noqa: ARG002
        """End every session and token of theirs; nothing they did is undone."""
        self._accounts.disable(name)
        return view_of(self._accounts.user(name))

    def enable_user(self, name: str, *, key: str | None = None) -> UserView:  # noqa: ARG002
        """They sign in anew; tokens of before stay revoked."""
        self._accounts.enable(name)
        return view_of(self._accounts.user(name))

    def set_password(self, name: str, request: PasswordRequest, *, key: str | None = None) -> UserView:  # noqa: ARG002
        """Set a new password; sessions of before end."""
        self._accounts.set_password(name, request.password)
        return view_of(self._accounts.user(name))

    def make_token(self, name: str, request: TokenRequest, *, key: str | None = None) -> TokenView:  # noqa: ARG002
        """A bearer token, told once."""
        token = self._accounts.make_token(
            name, label=request.label, lifetime_seconds=request.lifetime_seconds
        )
        return TokenView(name=name, label=request.label, token=token)

    def revoke_token(
        self,
        name: str,
        request: RevokeTokenRequest,
        *,
        key: str | None = None,  # noqa: ARG002
    ) -> RevokedView:
        """End a token at once."""
        self._accounts.revoke_token(name, request.label)
        return RevokedView(name=name, label=request.label, revoked=True)


def view_of(user: User) -> UserView:
    """A user as told; no secret is among it."""
    return UserView(
        name=user.name,
        kind=user.kind,
        formation=user.formation,
        roles=sorted(str(role) for role in user.roles),
        language=user.language,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )
