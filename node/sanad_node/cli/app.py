"""The command's tree, and the one place where errors become words and exit codes."""

import sys

import typer

from sanad_node.cli import chain, custody, documents, governance, maintenance, verification
from sanad_node.cli.common import USAGE, complain
from sanad_verifier.errors import InputError, SanadError

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
for part in (documents, verification, custody, governance, chain, maintenance):
    part.add_to(app)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    try:
        result = app(given, standalone_mode=False, prog_name="sanad")
        return result if isinstance(result, int) else 0
    except SanadError as error:
        return complain(error, as_json)
    except typer.Exit as stop:
        return stop.exit_code
    except ClickException as error:
        return complain(InputError(str(error), code="USAGE"), as_json)
    except typer.Abort:
        print("stopped", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        return USAGE
