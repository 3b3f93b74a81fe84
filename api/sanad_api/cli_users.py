"""Commands on people and service clients: `sanad user add|list|disable|enable|password|token|revoke-token`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from sanad_api.accounts import Accounts
from sanad_api.accounts.desk import LocalPeople, PeopleDesk
from sanad_api.accounts.people import NameInvalid, RoleInvalid
from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.at import Where, asks
from sanad_node.cli.files import read_file
from sanad_node.cli.options import Json
from sanad_node.client import Client
from sanad_node.desk import LocalDesk
from sanad_node.durable import write_file
from sanad_node.reading import UnknownFormation
from sanad_node.wire import PasswordRequest, TokenRequest, UserRequest, UserView
from sanad_node.wire.base import Asked
from sanad_node.wire.users import RevokeTokenRequest
from sanad_verifier.cli_parts import UsageWrong
from sanad_verifier.errors import InputError

users = typer.Typer(help="Who may use the service.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", help="Read the password from the first line of this file.")
]
DAY = 86400
T = TypeVar("T", bound=Asked)
_RULES: dict[str, tuple[type[InputError], str, str]] = {
    "name": (NameInvalid, "a name has 1 to 64 of the characters a-z 0-9 . _ @ -", "NAME"),
    "roles": (RoleInvalid, "a role is issuer, approver, squad, auditor, admin or partner", "--role"),
    "formation": (UnknownFormation, "the ledger has no such formation", "--formation"),
    "language": (UsageWrong, "a language is en or ur", "--language"),
    "password": (UsageWrong, "a password has 1 to 1024 characters", "--password-file"),
    "label": (UsageWrong, "a label has 1 to 64 characters", "--label"),
}


class PasswordsDiffer(InputError):
    """The two passwords typed are not the same."""

    code = "PASSWORDS_DIFFER"


def _request(model: type[T], **values: Any) -> T:
    """The request; raises what is wrong with it by the option that said so."""
    try:
        return model(**values)
    except ValidationError as error:
        wrong = str(error.errors(include_input=False)[0]["loc"][0])
    refusal, words, option = _RULES[wrong]
    raise refusal(words, field=option)


@contextmanager
def people(where: Where) -> Iterator[PeopleDesk]:
    """Whom to ask about people: the service that has the directory, or the directory itself."""
    with where.desk() as desk:
        if isinstance(desk, Client):
            yield desk
        elif isinstance(desk, LocalDesk):
            node = desk.node
            yield LocalPeople(Accounts(node.office, audience=node.network.origin, clock=node.clock), node)


def _password(file: Path | None) -> str:
    """From a file, or typed twice; never from the command line, where every process could read it."""
    if file is not None:
        return read_file(file).decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
    first: str = typer.prompt("password", hide_input=True)
    if typer.prompt("again", hide_input=True) != first:
        raise PasswordsDiffer("the two are not the same", field="password")
    return first


def _line(user: UserView) -> str:
    state = f"  disabled {moment(user.disabled_at)}" if user.disabled_at else ""
    return f"{user.name:<20} {user.kind:<7} {user.formation or '-':<14} {', '.join(user.roles)}{state}"


def _say(user: UserView, *, as_json: bool) -> None:
    say(as_json, user.as_json(), _line(user))
    raise Answer(DONE)


@users.command("add")
@asks
def add(
    name: Name,
    roles: Annotated[
        list[str],
        typer.Option("--role", help="issuer, approver, squad, auditor, admin or partner; may be repeated."),
    ],
    formation: Annotated[str, typer.Option("--formation", help="Code of the formation they belong to.")] = "",
    client: Annotated[bool, typer.Option("--client", help="A service client: tokens, no password.")] = False,
    language: Annotated[str, typer.Option("--language", help="en or ur; the browser's by default.")] = "",
    password_file: PasswordFile = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Add a person, with a password, or a service client.

    Example: sanad user add rashida --role issuer --formation KAPW
    """
    request = _request(
        UserRequest,
        name=name,
        kind="client" if client else "person",
        formation=formation,
        roles=roles,
        password="" if client else _password(password_file),
        language=language,
    )
    with people(where) as desk:
        made = desk.add_user(request)
    _say(made, as_json=as_json)


@users.command("list")
@asks
def list_users(where: Where, as_json: Json = False) -> None:
    """List people and clients.

    Example: sanad user list
    """
    with people(where) as desk:
        found = desk.users()
    say(as_json, {"users": [user.as_json() for user in found]}, *(_line(user) for user in found))
    raise Answer(DONE)


@users.command("disable")
@asks
def disable(name: Name, where: Where, as_json: Json = False) -> None:
    """Shut somebody out at once: sessions and tokens end. What they did stays as it is.

    Example: sanad user disable rashida
    """
    with people(where) as desk:
        user = desk.disable_user(name)
    _say(user, as_json=as_json)


@users.command("enable")
@asks
def enable(name: Name, where: Where, as_json: Json = False) -> None:
    """Let somebody in again.

    Example: sanad user enable rashida
    """
    with people(where) as desk:
        user = desk.enable_user(name)
    _say(user, as_json=as_json)


@users.command("password")
@asks
def password(name: Name, password_file: PasswordFile = None, *, where: Where, as_json: Json = False) -> None:
    """Set a new password; sessions of before end.

    Example: sanad user password rashida
    """
    request = _request(PasswordRequest, password=_password(password_file))
    with people(where) as desk:
        user = desk.set_password(name, request)
    _say(user, as_json=as_json)


@users.command("token")
@asks
def token(
    name: Name,
    label: Annotated[str, typer.Option("--label", help="What it is for.")],
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How long it lives.")] = 90,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write it here, readable by you only, instead of showing it."),
    ] = None,
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """Make a bearer token. It is shown once.

    Example: sanad user token psw-bridge --label production -o psw-bridge.token
    """
    request = _request(TokenRequest, label=label, lifetime_seconds=days * DAY)
    with people(where) as desk:
        made = desk.make_token(name, request).token
    if out is not None:
        write_file(out, made.encode() + b"\n", mode=0o600)
        say(as_json, {"name": name, "label": label, "file": str(out)}, f"wrote {out}")
    else:
        say(as_json, {"name": name, "label": label, "token": made}, made)
    raise Answer(DONE)


@users.command("revoke-token")
@asks
def revoke_token(
    name: Name,
    label: Annotated[str, typer.Option("--label", help="Which one.")],
    *,
    where: Where,
    as_json: Json = False,
) -> None:
    """End a token at once.

    Example: sanad user revoke-token psw-bridge --label production
    """
    request = _request(RevokeTokenRequest, label=label)
    with people(where) as desk:
        told = desk.revoke_token(name, request)
    say(as_json, told.as_json(), f"revoked {label} of {name}")
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.add_typer(users, name="user")
