"""The pages hang together: links lead somewhere, every page can be reached, and what is named exists."""

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer.main
from prometheus_client import generate_latest

from sanad_api.metrics import Metrics
from sanad_api.pages import words as spoken
from sanad_api.problems import status_of
from sanad_node.cli.app import tree
from sanad_node.pipeline.refusals import WORDS, code_of
from sanad_node.types import registry
from sanad_testkit import pages
from sanad_verifier.errors import SanadError

INDEX = pages.ROOT / "docs/index.md"
PAGES = pages.pages()
ROLES = [page for page in PAGES if page.name.startswith("for-")]
WAYS = {"Page", "API", "Command", "Command and API"}
"""Bold in a role's guide, beside what is to be pressed."""
VERIFIER = pages.ROOT / "verifier/sanad_verifier/cli.py"
OUTSIDE = ("https://", "http://", "mailto:")
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|tmp|Users|var)/")
COMMAND = re.compile(r"(?<![\w/.\x22-])(sanad(?:-verify)?)((?:[ ][^`|;&#()\n]*)?)")
COMMANDS = typer.main.get_command(tree())
ids = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(pages.ROOT)))


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} +(.+?) *#*$", pages.prose(text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def targets(page: Path) -> Iterator[tuple[str, Path, str]]:
    """The links of a page that stay in the tree: as written, the file, and the anchor."""
    for link in pages.links(text_of(page)):
        if not link.startswith(OUTSIDE):
            path, _, anchor = unquote(link).partition("#")
            yield link, (page.parent / path).resolve() if path else page, anchor


@ids
def test_every_link_leads_to_a_file_and_heading_that_exist(page: Path) -> None:
    for link, target, anchor in targets(page):
        assert target.exists(), link
        assert not anchor or target.suffix != ".md" or anchor in anchors(target), link


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [INDEX]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [
                target for _, target, _ in targets(page) if target.suffix == ".md" and target.exists()
            ]
    assert {page.relative_to(pages.ROOT) for page in PAGES} - {
        page.relative_to(pages.ROOT) for page in reached
    } == set()


@ids
def test_no_page_names_a_place_of_one_machine(page: Path) -> None:
    assert not MACHINE.findall(text_of(page))


def named_commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Every use of our commands in a page's blocks and code spans, as a program and its words."""
    text = text_of(page)
    spans = re.findall(r"`([^`\n]+)`", pages.prose(text))
    shown = [
        block.text.replace("\\\n", " ") for block in pages.blocks(text) if block.language in {"sh", "console"}
    ]
    for piece in [*spans, *"\n".join(shown).splitlines()]:
        for program, rest in COMMAND.findall(piece.removeprefix("$ ")):
            try:
                yield program, shlex.split(rest)
            except ValueError:  # a quotation that goes on after a substitution: its beginning says enough
                yield program, rest.split()


def unknown_part(words: list[str]) -> str:
    """The first word or option that `sanad` does not have, or nothing."""
    command = COMMANDS
    left = iter(words)
    for word in left:
        if word.startswith("--"):
            known = {
                option: parameter
                for parameter in command.params
                for option in (*parameter.opts, *parameter.secondary_opts)
            }
            name, _, value = word.partition("=")
            if name not in known.keys() | {"--help"}:
                return word
            if name in known and not value and not getattr(known[name], "is_flag", False):
                next(left, None)  # its value, which may look like a command
        elif getattr(command, "commands", None) and not word.startswith("-"):
            if not re.fullmatch(r"[a-z-]+", word):
                return ""  # a placeholder: `sanad engine …`
            if word not in command.commands:  # type: ignore[attr-defined]  # typer carries its own click
                return word
            command = command.commands[word]  # type: ignore[attr-defined]
    return ""


@ids
def test_every_command_and_option_a_page_names_exists(page: Path) -> None:
    for program, words in named_commands(page):
        if program == "sanad":
            assert unknown_part(words) == "", " ".join([program, *words])
        else:
            options = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert options - {"--help"} <= set(re.findall(r"--[a-z]+", text_of(VERIFIER))), words


def test_a_command_or_option_that_does_not_exist_is_noticed() -> None:
    read = [words[:2] for _, words in named_commands(pages.ROOT / "README.md")]
    assert ["custody", "ship"] in read
    assert unknown_part(["custody", "ship", "X", "--to", "KSCT"]) == ""
    assert unknown_part(["custody", "shop", "X"]) == "shop"
    assert unknown_part(["custody", "ship", "X", "--too", "KSCT"]) == "--too"
    assert unknown_part(["issue", "F", "--type", "EIF", "--sa", "HBL"]) == "--sa"


@ids
def test_every_make_target_a_page_names_exists(page: Path) -> None:
    known = set(re.findall(r"^([a-z-]+):", text_of(pages.ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|\$ )make ([a-z-]+)", text_of(page))) <= known


@ids
def test_every_document_type_a_command_names_exists(page: Path) -> None:
    kinds = {"CARGO", "CONTAINER", "VEHICLE", "LOT", "SAMPLE", "DEVICE"}
    named = set(re.findall(r"--type ([A-Z_]+)", text_of(page))) - {"T"}
    assert named <= set(registry()) | kinds


@ids
def test_every_code_a_page_names_occurs_in_the_sources(page: Path) -> None:
    named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", pages.prose(text_of(page))))
    assert named - codes_in_the_sources() == set()


def test_a_code_that_exists_nowhere_is_noticed() -> None:
    assert {"PORT_TAKEN", "TOO_MANY_REQUESTS", "BODY_TOO_LARGE", "NUMBER_IN_USE"} <= codes_in_the_sources()
    assert "PORT_" + "STOLEN" not in codes_in_the_sources()


@ids
def test_every_status_a_page_gives_a_code_is_the_one_the_service_answers(page: Path) -> None:
    for code, status in re.findall(r"^\| `([A-Z_]+)` \| (\d{3}) \|", text_of(page), re.MULTILINE):
        assert int(status) == statuses()[code], code


@pytest.mark.parametrize("page", ROLES, ids=lambda page: page.stem)
def test_what_a_guide_says_to_press_is_on_the_pages(page: Path) -> None:
    known = set(spoken.words("en").messages.values()) | WAYS
    assert set(re.findall(r"\*\*([^*]+)\*\*", pages.prose(text_of(page)))) <= known


def test_the_operators_guide_names_every_metric_and_no_other() -> None:
    told = text_of(pages.ROOT / "docs/howto/run-the-service.md")
    known = set(re.findall(r"^# HELP (\w+)", generate_latest(Metrics()._registry).decode(), re.MULTILINE))
    assert set(re.findall(r"`(sanad_\w+)`", told)) == known


@cache
def statuses() -> dict[str, int]:
    """The HTTP status of every error that has a class of its own, in whatever part of the service."""
    import_module("sanad_api.app")
    waiting, found = [SanadError], {}
    while waiting:
        known = waiting.pop()
        waiting += known.__subclasses__()
        found[known.code] = status_of(known.__new__(known))
    return found


@cache
def codes_in_the_sources() -> frozenset[str]:
    """Every word of that form in our Python and Solidity, and the codes made from the contracts' errors."""
    files = [path for part in ("api", "node", "verifier") for path in pages.ROOT.glob(f"{part}/**/*.py")]
    files += [*pages.ROOT.glob("contracts/**/*.sol"), *pages.ROOT.glob("scripts/*")]
    words = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
    written = {word for file in files if file.is_file() for word in words.findall(text_of(file))}
    return frozenset({*written, *map(code_of, WORDS), *registry()})


def test_the_gas_the_readme_names_is_what_was_measured() -> None:
    measured = json.loads(text_of(pages.ROOT / ".gas-snapshot/sanad.json"))
    named = re.search(
        r"([\d,]+) gas instead of ([\d,]+) at\s+([\d,]+) entries", text_of(pages.ROOT / "README.md")
    )
    assert named is not None
    worst, flat, size = (number.replace(",", "") for number in named.groups())
    assert measured[f"issue, worst at {size}"] == worst
    assert measured["issue at 0"] == flat


@ids
def test_the_blocks_of_a_page_can_be_read(page: Path) -> None:
    """A fence left open, or a command without an end, would quietly leave out the rest."""
    text = text_of(page)
    assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0
    assert all(command.text for step in pages.steps(text) for command in step.commands)
