"""People and service clients of an office's node."""

from typing import Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked

UserName = Field(min_length=1, max_length=64, pattern=r"^[a-z0-9._@-]+$")
RoleName = Literal["issuer", "approver", "squad", "auditor", "admin", "partner"]


class UserRequest(Asked):
    """Somebody to add. A client has tokens and no password."""

    name: str = UserName
    kind: Literal["person", "client"] = "person"
    formation: str = Field("", max_length=31, description="Code; empty for the node's own people.")
    roles: list[RoleName] = Field(min_length=1, max_length=6)
    password: str = Field("", max_length=1024, json_schema_extra={"format": "password"})
    language: Literal["", "en", "ur"] = ""


class PasswordRequest(Asked):
    password: str = Field(min_length=1, max_length=1024, json_schema_extra={"format": "password"})


class TokenRequest(Asked):
    label: str = Field(min_length=1, max_length=64, description="What it is for.")
    lifetime_seconds: int = Field(90 * 86400, ge=60, le=366 * 86400)


class RevokeTokenRequest(Asked):
    label: str = Field(min_length=1, max_length=64, description="Which one.")


class RevokedView(Answer):
    name: str
    label: str
    revoked: bool


class UserView(Answer):
    name: str
    kind: str
    formation: str
    roles: list[str]
    language: str
    created_at: int
    disabled_at: int


class UserList(Answer):
    users: list[UserView]


class TokenView(Answer):
    """`token` is empty in the answer to a repeated request: it is told once."""

    name: str
    label: str
    token: str
