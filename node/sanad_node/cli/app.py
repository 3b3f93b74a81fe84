"""The command's tree, and the one place where errors become words and exit codes."""

import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DatabaseError

from sanad_node.cli.answers import USAGE, complain
from sanad_node.desk.base import OnlyLocal
from sanad_node.durable import disk_error
from sanad_node.store.faults import DatabaseDamaged, store_error
from sanad_verifier.cli_parts import UsageWrong
from sanad_verifier.errors import EnvironmentFault, SanadError

PARTS = {
    "documents": (
        "prepare",
        "check",
        "issue",
        "suspend",
        "reinstate",
        "supersede",
        "revoke",
        "reasons",
    ),
    "bringing": ("issue-batch", "import"),
    "dropping": ("drop",),
    "simulating": ("simulate",),
    "register": ("approve", "approve-revocation", "consume", "policy"),
    "verification": ("verify", "bundle", "disclose", "export", "certificate"),
    "packs": ("pack",),
    "tracing": ("trace",),
    "findings": ("findings",),
    "exchange": ("agreement", "exchange"),
    "oversight": ("reads", "notices", "traders", "attest"),
    "custody": ("custody",),
    "drawdown": ("draw", "balance"),
    "bills": ("bill",),
    "stock": ("stock", "stocktake"),
    "returns": ("report",),
    "formations": ("formation",),
    "successions": ("formation",),
    "declarations": ("declaration",),
    "members": ("member",),
    "network": ("network",),
    "resetting": ("network",),
    "log": ("log", "trust"),
    "roots": ("root",),
    "status_lists": ("status-list",),
    "vault": ("vault",),
    "chain": ("engine", "contracts"),
    "stores": ("store",),
    "maintenance": ("node", "fsck", "reindex", "backup", "restore"),
    "following": ("node",),
}
"""The modules of this package that add commands, and the words these begin with: a command loads its own only."""
EPILOG = "Exit codes: 0 done or authentic, 1 refused, 2 cannot tell or stale, 3 usage, input or I/O."

# typer carries a click of its own and does not export this base of its usage errors
ClickException: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


class Stopped(EnvironmentFault):
    """The command was stopped from the keyboard. What it had promised is kept."""

    code = "STOPPED"


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"sanad {version('sanad')}")
        raise typer.Exit(0)


def root(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Certify customs documents and record the custody of cargo."""


def tree(word: str = "") -> typer.Typer:
    """The commands: those of the modules that make `word` what it is, or all where no module does."""
    app = typer.Typer(
        name="sanad",
        help="Certify customs documents and record the custody of cargo.",
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(root)
    points = sorted(entry_points(group="sanad.commands"), key=lambda one: one.name)
    modules = [name for name, words in PARTS.items() if word in words]
    wanted = [one for one in points if one.name == word]
    if not modules and not wanted:
        modules, wanted = list(PARTS), points
    for name in modules:
        import_module(f"sanad_node.cli.{name}").add_to(app)
    for add_to in _installed(wanted):
        add_to(app)
    return app


def _installed(points: Iterable[EntryPoint]) -> Iterator[Callable[[typer.Typer], None]]:
    """Commands of packages above this one, which it must not import: they name themselves as entry points."""
    given: set[str] = set()
    for point in points:
        if point.value in given:
            continue
        given.add(point.value)
        try:
            yield point.load()
        except ModuleNotFoundError as missing:
            if missing.name is not None and missing.name.startswith("sanad"):
                raise
            # installed without the extra that these commands need


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal may know few letters
    failure: SanadError
    try:
        _must_be_text(given)
        result = tree(given[0] if given else "")(given, standalone_mode=False, prog_name="sanad")
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
