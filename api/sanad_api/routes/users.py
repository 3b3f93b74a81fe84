"""People and service clients: for administrators."""

from fastapi import Request
from starlette.responses import Response

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
from sanad_node.wire.users import RevokedView, RevokeTokenRequest

users = router("users")


@users.get("/v1/users", response_model=UserList, summary="People and clients")
def list_users(service: TheService) -> Response:
    """Everybody who may sign in or hold a token."""
    return as_json(UserList(users=service.people.users()))


@users.post("/v1/users", status_code=201, response_model=UserView, summary="Add a person or client")
def add_user(asked: UserRequest, service: TheService) -> Response:
    """Add somebody, with roles within a formation."""
    answer = as_json(service.people.add_user(asked))
    answer.status_code = 201
    return answer


@users.post("/v1/users/{name}/disabling", response_model=UserView, summary="Shut somebody out at once")
def disable(name: str, service: TheService) -> Response:
    """End every session and token of theirs; nothing they did is undone."""
    return as_json(service.people.disable_user(name))


@users.post("/v1/users/{name}/enabling", response_model=UserView, summary="Let somebody in again")
def enable(name: str, service: TheService) -> Response:
    """They sign in anew; tokens of before stay revoked."""
    return as_json(service.people.enable_user(name))


@users.post("/v1/users/{name}/password", response_model=UserView, summary="Set a password")
def set_password(name: str, asked: PasswordRequest, service: TheService) -> Response:
    """Set a new password; sessions of before end."""
    return as_json(service.people.set_password(name, asked))


@users.post("/v1/users/{name}/tokens", status_code=201, response_model=TokenView, summary="Make a token")
def make_token(name: str, asked: TokenRequest, request: Request, service: TheService) -> Response:
    """A bearer token for a service client. It is told once: a repeated request is answered without it."""
    view = service.people.make_token(name, asked)
    request.state.to_remember = view.model_copy(update={"token": ""}).model_dump_json(by_alias=True).encode()
    answer = as_json(view)
    answer.status_code = 201
    answer.headers["Cache-Control"] = "no-store"
    return answer


@users.post("/v1/users/{name}/revocation", response_model=RevokedView, summary="End a token at once")
def revoke_token(name: str, asked: RevokeTokenRequest, service: TheService) -> Response:
    """The token of this label is refused from now on."""
    return as_json(service.people.revoke_token(name, asked))
