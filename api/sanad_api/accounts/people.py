"""People and service clients: names, roles, formations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from sanad_api.callers import Caller, Role
from sanad_node.store.service_tables import users
from sanad_verifier.errors import InputError

NAME = re.compile(r"[a-z0-9._@-]{1,64}")
FORMATION = re.compile(r"[A-Z0-9-]{1,31}")
WITH_FORMATION = frozenset({Role.ISSUER, Role.APPROVER, Role.SQUAD, Role.PARTNER})
UserKind = Literal["person", "client"]


class NameInvalid(InputError):
    """A name to sign in with is 1 to 64 characters a-z, 0-9, dot, underscore, @ and dash."""

    code = "USER_NAME_INVALID"


class UserExists(InputError):
    """Somebody has this name already."""

    code = "USER_EXISTS"


class UnknownUser(InputError):
    """Nobody has this name."""

    code = "UNKNOWN_USER"


class UserDisabled(InputError):
    """The person or client is disabled."""

    code = "USER_DISABLED"


class RoleInvalid(InputError):
    """There is no such role, or it needs a formation and none is given."""

    code = "ROLE_INVALID"


class RolesMissing(InputError):
    """Somebody without a role could do nothing."""

    code = "ROLES_MISSING"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may come in; `disabled_at` is 0 while they may."""

    id: int
    name: str
    kind: UserKind
    formation: str
    roles: frozenset[Role]
    language: str
    created_at: int
    disabled_at: int

    def as_caller(self, csrf: str = "") -> Caller:
        return Caller(self.id, self.name, self.formation, self.roles, csrf, self.language)


class People:
    """The table of users."""

    def __init__(self, office: Engine) -> None:
        self._office = office

    def add(
        self,
        name: str,
        kind: UserKind,
        formation: str,
        roles: Iterable[Role | str],
        password: str,
        language: str,
        at: int,
    ) -> User:
        """Add somebody; `password` is the encoded hash, empty for a client."""
        if not NAME.fullmatch(name):
            raise NameInvalid("a name is 1 to 64 characters a-z, 0-9, . _ @ and -", field="name")
        held = _roles(roles)
        if formation and not FORMATION.fullmatch(formation):
            raise RoleInvalid("a formation is named by its code", field="formation")
        if held & WITH_FORMATION and not formation:
            raise RoleInvalid("issuer, approver, squad and partner belong to a formation", field="formation")
        row = {
            "name": name,
            "kind": kind,
            "formation": formation,
            "roles": ",".join(sorted(held)),
            "password": password,
            "language": language,
            "created_at": at,
            "disabled_at": 0,
        }
        try:
            with self._office.begin() as connection:
                connection.execute(insert(users), row)
        except IntegrityError as error:
            raise UserExists("somebody has this name already", field="name") from error
        return self.named(name)

    def all(self) -> list[User]:
        with self._office.connect() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by(users.c.name))]

    def named(self, name: str) -> User:
        """The user of a name; `UnknownUser` if there is none."""
        found = self.find(name)
        if found is None:
            raise UnknownUser("nobody has this name", field="name")
        return found[0]

    def find(self, name: str) -> tuple[User, str] | None:
        """The user of a name with their password's hash, or None."""
        with self._office.connect() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).first()
        return None if row is None else (_user(row), row.password)

    def numbered(self, number: int) -> User | None:
        with self._office.connect() as connection:
            row = connection.execute(select(users).where(users.c.id == number)).first()
        return None if row is None else _user(row)

    def change(self, user: User, **values: Any) -> None:
        with self._office.begin() as connection:
            connection.execute(update(users).where(users.c.id == user.id).values(**values))


def _roles(given: Iterable[Role | str]) -> frozenset[Role]:
    try:
        held = frozenset(Role(role) for role in given)
    except ValueError as error:
        raise RoleInvalid("a role is one of " + ", ".join(Role), field="roles") from error
    if not held:
        raise RolesMissing("give at least one role", field="roles")
    return held


def _user(row: Any) -> User:
    return User(
        row.id,
        row.name,
        row.kind,
        row.formation,
        frozenset(Role(role) for role in row.roles.split(",")),
        row.language,
        row.created_at,
        row.disabled_at,
    )
