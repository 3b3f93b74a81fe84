"""The command's tree, and the one place where errors become words and exit codes."""

import sqlite3
import sys
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DatabaseError

from sanad_node.cli import (
    chain,
    custody,
    documents,
    findings,
    following,
    formations,
    log,
    maintenance,
    members,
    network,
    packs,
    register,
    roots,
    status_lists,
    stores,
    tracing,
    vault,
    verification,
)
from sanad_node.cli.answers import USAGE, complain
from sanad_node.desk.base import OnlyLocal
from sanad_node.durable import disk_error
from sanad_node.store.faults import DatabaseDamaged, store_error
from sanad_verifier.cli_parts import UsageWrong
from sanad_verifier.errors import EnvironmentFault, SanadError

EPILOG = "Exit codes: 0 done or authentic, 1 refused, 2 cannot tell or stale, 3 usage, input or I/O."

# typer carries a click of its own and does not export this base of its usage errors
ClickException: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)

app = typer.Typer(
    name="sanad",
    help="Certify customs documents and record the custody of cargo.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Stopped(EnvironmentFault):
    """The command was stopped from the keyboard. What it had promised is kept."""

    code = "STOPPED"


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"sanad {version('sanad')}")
        raise typer.Exit(0)


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Certify customs documents and record the custody of cargo."""


for part in (
    documents,
    register,
    verification,
    packs,
    tracing,
    findings,
    custody,
    formations,
    members,
    network,
    log,
    roots,
    status_lists,
    vault,
    chain,
    stores,
    maintenance,
    following,
):
    part.add_to(app)


def _add_installed_commands() -> None:
    """Commands of packages above this one, which it must not import: they name themselves as entry points."""
    for point in sorted(entry_points(group="sanad.commands"), key=lambda one: one.name):
        try:
            add_to = point.load()
        except ModuleNotFoundError as missing:
            if missing.name is not None and missing.name.startswith("sanad"):
                raise
            continue  # installed without the extra that these commands need
        add_to(app)


_add_installed_commands()


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal may know few letters
    failure: SanadError
    try:
        _must_be_text(given)
        result = app(given, standalone_mode=False, prog_name="sanad")
        return result if isinstance(result, int) else 0
    except typer.Exit as stop:
        return stop.exit_code
    except SanadError as error:
        failure = error
    except ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError" and not as_json:
            print(error.message)  # type: ignore[attr-defined]  # the help of a group without a command
            return USAGE
        failure = _misused(error)
    except (typer.Abort, KeyboardInterrupt):
        failure = Stopped("stopped; the same command goes on where it was")
    except (OSError, DatabaseError, sqlite3.DatabaseError) as error:
        failure = _fault(error)
    return complain(failure, as_json)


def _fault(error: OSError | DatabaseError | sqlite3.DatabaseError) -> SanadError:
    """What no part below has put in words."""
    if isinstance(error, OSError):
        return disk_error(error, Path(str(error.filename or "a file")).name)
    if isinstance(error, DatabaseError):
        return store_error(error, "a database")
    return DatabaseDamaged("a database cannot be read", field="--data")


def _must_be_text(arguments: list[str]) -> None:
    try:
        "".join(arguments).encode()
    except UnicodeEncodeError as error:
        raise UsageWrong("an argument is not UTF-8", field="arguments") from error


def _misused(error: Any) -> SanadError:
    """A usage error of typer's, with the option or argument it is about."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return UsageWrong("a command is missing", field="COMMAND")
    parameter = getattr(error, "param", None)
    named = getattr(error, "option_name", None) if parameter is None else _name_of(parameter)
    if named == "--url":
        return OnlyLocal("this is done on a data directory, not through a service", field=named)
    missing = type(error).__name__ == "MissingParameter" and named is not None
    help_ = f"; see {error.ctx.command_path} --help" if getattr(error, "ctx", None) else ""
    words = "this is missing" if missing else (error.message or str(error)).rstrip(".")
    return UsageWrong(words + help_, field=named)


def _name_of(parameter: Any) -> str:
    """`--quantity` for an option, its metavar for an argument."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name).upper()
