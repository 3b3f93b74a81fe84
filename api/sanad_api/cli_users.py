"""Commands on people and service clients: `sanad user add|list|disable|enable|password|token|revoke-token`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sanad_api.accounts import Accounts, User
from sanad_node.cli.answers import DONE, Answer, moment, say
from sanad_node.cli.files import read_file
from sanad_node.cli.options import DEFAULT_DATA, Data, Json
from sanad_node.durable import write_file
from sanad_node.node import Node
from sanad_verifier.errors import InputError

users = typer.Typer(help="Who may use the service.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", help="Read the password from the first line of this file.")
]
DAY = 86400


class PasswordsDiffer(InputError):
    """The two passwords typed are not the same."""

    code = "PASSWORDS_DIFFER"


def _accounts(node: Node) -> Accounts:
    return Accounts(node.office, audience=node.network.origin, clock=node.clock)


def _password(file: Path | None) -> str:
    """From a file, or typed twice; never from the command line, where every process could read it."""
    if file is not None:
        return read_file(file).decode("utf-8", "replace").splitlines()[0] if file else ""
    first: str = typer.prompt("password", hide_input=True)
    if typer.prompt("again", hide_input=True) != first:
        raise PasswordsDiffer("the two are not the same", field="password")
    return first


def _told(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "kind": user.kind,
        "formation": user.formation,
        "roles": sorted(user.roles),
        "language": user.language,
        "createdAt": user.created_at,
        "disabledAt": user.disabled_at,
    }


def _line(user: User) -> str:
    state = f"  disabled {moment(user.disabled_at)}" if user.disabled_at else ""
    return (
        f"{user.name:<20} {user.kind:<7} {user.formation or '-':<14} {', '.join(sorted(user.roles))}{state}"
    )


@users.command("add")
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
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Add a person, with a password, or a service client.

    Example: sanad user add rashida --role issuer --formation KAPW
    """
    password = None if client else _password(password_file)
    with Node(data) as node:
        if formation:
            node.catch_up_if_possible()
            node.reader.formation(formation, field="--formation")
        made = _accounts(node).add(
            name,
            kind="client" if client else "person",
            formation=formation.upper(),
            roles=roles,
            password=password,
            language=language,
        )
    say(as_json, _told(made), _line(made))
    raise Answer(DONE)


@users.command("list")
def list_users(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List people and clients.

    Example: sanad user list
    """
    with Node(data) as node:
        found = _accounts(node).users()
    say(as_json, {"users": [_told(user) for user in found]}, *(_line(user) for user in found))
    raise Answer(DONE)


def _changed(data: Path, name: str, change: str, as_json: bool) -> None:
    with Node(data) as node:
        accounts = _accounts(node)
        getattr(accounts, change)(name)
        user = accounts.user(name)
    say(as_json, _told(user), _line(user))
    raise Answer(DONE)


@users.command("disable")
def disable(name: Name, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Shut somebody out at once: sessions and tokens end. What they did stays as it is.

    Example: sanad user disable rashida
    """
    _changed(data, name, "disable", as_json)


@users.command("enable")
def enable(name: Name, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Let somebody in again.

    Example: sanad user enable rashida
    """
    _changed(data, name, "enable", as_json)


@users.command("password")
def password(
    name: Name, password_file: PasswordFile = None, data: Data = DEFAULT_DATA, as_json: Json = False
) -> None:
    """Set a new password; sessions of before end.

    Example: sanad user password rashida
    """
    given = _password(password_file)
    with Node(data) as node:
        accounts = _accounts(node)
        accounts.set_password(name, given)
        user = accounts.user(name)
    say(as_json, _told(user), _line(user))
    raise Answer(DONE)


@users.command("token")
def token(
    name: Name,
    label: Annotated[str, typer.Option("--label", help="What it is for.")],
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How long it lives.")] = 90,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write it here, readable by you only, instead of showing it."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Make a bearer token. It is shown once.

    Example: sanad user token psw-bridge --label production -o psw-bridge.token
    """
    with Node(data) as node:
        made = _accounts(node).make_token(name, label=label, lifetime_seconds=days * DAY)
    if out is not None:
        write_file(out, made.encode() + b"\n", mode=0o600)
        say(as_json, {"name": name, "label": label, "file": str(out)}, f"wrote {out}")
    else:
        say(as_json, {"name": name, "label": label, "token": made}, made)
    raise Answer(DONE)


@users.command("revoke-token")
def revoke_token(
    name: Name,
    label: Annotated[str, typer.Option("--label", help="Which one.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """End a token at once.

    Example: sanad user revoke-token psw-bridge --label production
    """
    with Node(data) as node:
        _accounts(node).revoke_token(name, label)
    say(as_json, {"name": name, "label": label, "revoked": True}, f"revoked {label} of {name}")
    raise Answer(DONE)


def add_to(app: typer.Typer) -> None:
    app.add_typer(users, name="user")
