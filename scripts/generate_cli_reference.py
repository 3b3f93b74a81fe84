"""Writes docs/reference/cli.md from the commands' own help: `python scripts/generate_cli_reference.py`."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from sanad_node.cli.app import tree
from sanad_verifier.cli import main as verify

PAGE = Path(__file__).parents[1] / "docs/reference/cli.md"
HEAD = """# Commands

Written from the commands' own help by `python scripts/generate_cli_reference.py`; a test fails when it is out of date.
Every command takes `--json`. The data directory is given by `--data` or `SANAD_DATA`.
Exit codes: 0 done or authentic, 1 refused, 2 cannot tell or stale, 3 usage, input or I/O.
Errors: [errors.md](errors.md).
"""
WIDTH = 100


def page() -> str:
    """The whole page."""
    os.environ["COLUMNS"] = str(WIDTH)
    parts = [HEAD]
    told = [*_commands(typer.main.get_command(tree()), ["sanad"]), ("sanad-verify", _verifier())]
    for words, text in told:
        parts.append(f"## `{words}`\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


def _commands(command: Any, words: list[str]) -> Iterator[tuple[str, str]]:
    """Each command's name and help, groups before what is in them."""
    context = command.context_class(
        command, info_name=" ".join(words), max_content_width=WIDTH, terminal_width=WIDTH
    )
    yield " ".join(words), command.get_help(context)
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(below, [*words, name])


def _verifier() -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        verify(["--help"])
    return out.getvalue()


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
