"""Every command explains itself: an example, `--json`, and options that are all described."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from sanad_node.cli import main
from sanad_node.cli.app import PARTS, tree

ROOT = typer.main.get_command(tree())


def commands(command: Any = ROOT, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that call it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
    for name, one in (below or {}).items():
        yield from commands(one, (*words, name))


COMMANDS = dict(commands())
each = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)


@each
def test_a_command_takes_json_and_describes_all_it_takes(words: tuple[str, ...]) -> None:
    parameters = COMMANDS[words].params
    assert any("--json" in parameter.opts for parameter in parameters)
    for parameter in parameters:
        assert getattr(parameter, "help", None), parameter.name


@each
def test_a_command_has_an_example_that_could_be_run(words: tuple[str, ...]) -> None:
    text = " ".join(COMMANDS[words].help.split())
    found = re.search(r"Examples?: (sanad .*?)(?:;|$)", text)
    assert found, text
    given = shlex.split(found[1])[1:]
    assert tuple(given[: len(words)]) == words
    command = COMMANDS[words]
    context = command.context_class(command, info_name="sanad")
    command.parse_args(context, given[len(words) :])  # a wrong option raises


@pytest.mark.parametrize("words", [(), ("custody",), ("formation",), ("member",), ("log",), ("engine",)])
def test_a_group_without_a_command_shows_what_there_is(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(words)) == 3
    told = capsys.readouterr()
    assert told.out.startswith(" ".join(("Usage: sanad", *words)))
    assert "Commands:" in told.out
    assert told.err == ""


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"sanad \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize("word", sorted({words[0] for words in COMMANDS}))
def test_a_command_that_is_loaded_alone_is_the_one_of_the_whole_tree(word: str) -> None:
    alone = {words: one.help for words, one in commands(typer.main.get_command(tree(word)))}
    assert {words: text for words, text in alone.items() if words[0] == word} == {
        words: one.help for words, one in COMMANDS.items() if words[0] == word
    }


def test_every_word_of_the_table_of_modules_is_a_command() -> None:
    assert {word for words in PARTS.values() for word in words} <= {words[0] for words in COMMANDS}


def test_what_a_command_imports_leaves_python_s_limit_of_recursion_as_it_is() -> None:
    """With a higher one a deeply nested JSON text overflows the C stack instead of being refused."""
    signing = "import sanad_node.local_signer"
    code = (
        f"import sys; from sanad_node.cli.app import tree; tree(); {signing}; print(sys.getrecursionlimit())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "1000"
