"""Authority over HTTP: formations, keys, scopes, the consortium, and the users of one node."""

from sanad_node.client.conversation import segment
from sanad_node.client.part import Part
from sanad_node.wire import (
    ActView,
    CloseRequest,
    CompromisedRequest,
    FormationList,
    FormationRequest,
    FormationView,
    KeyRequest,
    MembersView,
    PasswordRequest,
    PoliciesRequest,
    PolicyList,
    ProposalRequest,
    RotateRequest,
    ScopeRequest,
    SuspendRequest,
    TokenRequest,
    TokenView,
    UserList,
    UserRequest,
    UserView,
    VoteRequest,
)
from sanad_node.wire.base import Asked
from sanad_node.wire.users import RevokedView, RevokeTokenRequest


class _Nothing(Asked):
    """A request without members."""


class Authority(Part):
    """See `Desk`."""

    def formations(self) -> list[FormationView]:
        return self._get("/v1/formations", FormationList).formations

    def add_formation(self, request: FormationRequest, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/formations", request, key)

    def add_key(self, code: str, request: KeyRequest, *, key: str | None = None) -> ActView:
        return self._of(code, "keys", request, key)

    def policies(self) -> PolicyList:
        return self._get("/v1/policies", PolicyList)

    def propose_policies(self, request: PoliciesRequest, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/policies", request, key)

    def rotate_key(self, code: str, request: RotateRequest, *, key: str | None = None) -> ActView:
        return self._of(code, "rotation", request, key)

    def set_scope(self, code: str, request: ScopeRequest, *, key: str | None = None) -> ActView:
        return self._of(code, "scopes", request, key)

    def suspend(self, code: str, request: SuspendRequest, *, key: str | None = None) -> ActView:
        return self._of(code, "suspension", request, key)

    def reinstate(self, code: str, request: SuspendRequest, *, key: str | None = None) -> ActView:
        return self._of(code, "reinstatement", request, key)

    def close(self, code: str, request: CloseRequest, *, key: str | None = None) -> ActView:
        return self._of(code, "closure", request, key)

    def compromised(self, address: str, request: CompromisedRequest, *, key: str | None = None) -> ActView:
        return self._acting.act(f"/v1/keys/{segment(address)}/compromise", request, key)

    def _of(self, code: str, what: str, request: Asked, key: str | None) -> ActView:
        return self._acting.act(f"/v1/formations/{segment(code)}/{what}", request, key)

    # -- the consortium -------------------------------------------------------------------------------------------

    def members(self) -> MembersView:
        return self._get("/v1/members", MembersView)

    def propose(self, request: ProposalRequest, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/proposals", request, key)

    def vote(self, number: int, *, member: str | None = None, key: str | None = None) -> ActView:
        return self._acting.act(f"/v1/proposals/{segment(number)}/votes", VoteRequest(member=member), key)

    # -- users ----------------------------------------------------------------------------------------------------

    def users(self) -> list[UserView]:
        """Everybody who may sign in or hold a token."""
        return self._get("/v1/users", UserList).users

    def add_user(self, request: UserRequest, *, key: str | None = None) -> UserView:
        return self._acting.post("/v1/users", request, key).read(UserView)

    def disable_user(self, name: str, *, key: str | None = None) -> UserView:
        return self._user(name, "disabling", _Nothing(), key)

    def enable_user(self, name: str, *, key: str | None = None) -> UserView:
        return self._user(name, "enabling", _Nothing(), key)

    def set_password(self, name: str, request: PasswordRequest, *, key: str | None = None) -> UserView:
        return self._user(name, "password", request, key)

    def make_token(self, name: str, request: TokenRequest, *, key: str | None = None) -> TokenView:
        """A bearer token. It is told once: `token` is empty if the first answer was lost."""
        return self._acting.post(f"/v1/users/{segment(name)}/tokens", request, key).read(TokenView)

    def revoke_token(self, name: str, request: RevokeTokenRequest, *, key: str | None = None) -> RevokedView:
        """End a token at once."""
        path = f"/v1/users/{segment(name)}/revocation"
        return self._acting.post(path, request, key).read(RevokedView)

    def _user(self, name: str, what: str, request: Asked, key: str | None) -> UserView:
        return self._acting.post(f"/v1/users/{segment(name)}/{what}", request, key).read(UserView)
