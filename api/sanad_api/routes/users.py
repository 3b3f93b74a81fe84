"""People and service clients: for administrators."""

from fastapi import Request
from starlette.responses import Response

from sanad_api.accounts import Accounts, User
from sanad_api.deps import TheService, as_json
from sanad_api.routes import router
from sanad_node.wire import (
    PasswordRequest,
    TokenRequest,
    TokenView,
    UserList,
    UserRequest,
    UserView,
)

users = router("users")


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


@users.get("/v1/users", response_model=UserList, summary="People and clients")
def list_users(service: TheService) -> Response:
    """Everybody who may sign in or hold a token."""
    return as_json(UserList(users=[view_of(user) for user in service.accounts.users()]))


@users.post("/v1/users", status_code=201, response_model=UserView, summary="Add a person or client")
def add_user(asked: UserRequest, service: TheService) -> Response:
    """Add somebody, with roles within a formation."""
    if asked.formation:
        service.node.reader.formation(asked.formation, field="formation")
    made = service.accounts.add(
        asked.name,
        kind=asked.kind,
        formation=asked.formation.upper(),
        roles=asked.roles,
        password=asked.password or None,
        language=asked.language,
    )
    answer = as_json(view_of(made))
    answer.status_code = 201
    return answer


@users.post("/v1/users/{name}/disabling", response_model=UserView, summary="Shut somebody out at once")
def disable(name: str, service: TheService) -> Response:
    """End every session and token of theirs; nothing they did is undone."""
    service.accounts.disable(name)
    return _told(service.accounts, name)


@users.post("/v1/users/{name}/enabling", response_model=UserView, summary="Let somebody in again")
def enable(name: str, service: TheService) -> Response:
    """They sign in anew; tokens of before stay revoked."""
    service.accounts.enable(name)
    return _told(service.accounts, name)


@users.post("/v1/users/{name}/password", response_model=UserView, summary="Set a password")
def set_password(name: str, asked: PasswordRequest, service: TheService) -> Response:
    """Set a new password; sessions of before end."""
    service.accounts.set_password(name, asked.password)
    return _told(service.accounts, name)


@users.post("/v1/users/{name}/tokens", status_code=201, response_model=TokenView, summary="Make a token")
def make_token(name: str, asked: TokenRequest, request: Request, service: TheService) -> Response:
    """A bearer token for a service client. It is told once: a repeated request is answered without it."""
    token = service.accounts.make_token(name, label=asked.label, lifetime_seconds=asked.lifetime_seconds)
    view = TokenView(name=name, label=asked.label, token=token)
    request.state.to_remember = view.model_copy(update={"token": ""}).model_dump_json(by_alias=True).encode()
    answer = as_json(view)
    answer.status_code = 201
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _told(accounts: Accounts, name: str) -> Response:
    return as_json(view_of(accounts.user(name)))
