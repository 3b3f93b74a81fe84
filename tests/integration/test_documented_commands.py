"""The pages a new user follows do what they say.

Every `sh` block is run, in order, from a fresh folder, and what a page says is printed is printed. The guides
begin where the tutorial ends; the folder they begin in is made by the same commands in one process, and the
tutorial's own ending is compared with it. A guide that speaks of `$SANAD_URL` finds there what `make run` starts,
and the tokens it names as files.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sanad_node.cli import main
from sanad_testkit import pages
from sanad_testkit.demonstration import Demonstration, demonstrating

pytestmark = [pytest.mark.engine, pytest.mark.slow]

TUTORIAL = pages.ROOT / "docs/tutorial/your-first-certificate.md"
GUIDES = [
    page for page in sorted((pages.ROOT / "docs/howto").glob("*.md")) if pages.steps(page.read_text("utf-8"))
]
ASKING = [guide for guide in GUIDES if "$SANAD_URL" in guide.read_text("utf-8")]
PLACE = "build/tutorial"
BIN = Path(sys.executable).parent

OFFICES = {
    "KAPW": ("CUSTOMS", None, None),
    "KAPW-AUC": (
        "AUCTION",
        "AUCTION_RECEIPT",
        "issue,issue-batch,suspend,reinstate,supersede,revoke",
    ),
    "SMPL-LINE": ("CARRIER", "CONTAINER", "register,ship,receive"),
    "KSCT": ("WAREHOUSE", "CONTAINER", "ship,receive"),
}


def checkout(folder: Path) -> Path:
    """A folder that looks like a checkout after `make demo`, as far as the pages use one."""
    folder.mkdir()
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "node").symlink_to(pages.ROOT / "node")
    return folder


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A reader's environment."""
    return pages.environment(BIN, tmp_path_factory.mktemp("bytecode"))


@pytest.fixture(scope="module")
def after_the_tutorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the tutorial's offices."""
    data = ["--data", str(tmp_path_factory.mktemp("tutorial") / "sanad-data")]
    acts = [["node", "init", "--name", "pk-demo"]]
    for code, (kind, doc_type, allowed) in OFFICES.items():
        above = ["--parent", "KAPW"] if code == "KAPW-AUC" else []
        acts.append(["formation", "add", code, "--kind", kind, *above])
        if doc_type and allowed:
            acts.append(["formation", "scope", code, "--type", doc_type, "--acts", allowed])
    for act in acts:
        assert main([*act, *data]) == 0, act
    return Path(data[1])


def test_the_readme_does_what_it_says(tmp_path: Path, reader: dict[str, str]) -> None:
    pages.run(pages.ROOT / "README.md", checkout(tmp_path / "sanad"), reader)


def test_the_tutorial_does_what_it_says_and_ends_where_the_guides_begin(
    tmp_path: Path, reader: dict[str, str]
) -> None:
    home = checkout(tmp_path / "sanad")
    pages.run(TUTORIAL, home, reader)
    assert offices(home / PLACE / "sanad-data") == [
        (code, kind, [[doc_type, (allowed or "").split(",")]] if doc_type else [])
        for code, (kind, doc_type, allowed) in OFFICES.items()
    ]


def offices(data: Path) -> list[Any]:
    """Code, kind and scopes of the formations in a data directory."""
    told = subprocess.run(
        [BIN / "sanad", "formation", "list", "--json", "--data", data], check=True, capture_output=True
    )
    return [
        (one["code"], one["kind"], [[scope["type"], scope["acts"]] for scope in one["scopes"]])
        for one in json.loads(told.stdout)["formations"]
    ]


@pytest.mark.parametrize(
    "guide", [guide for guide in GUIDES if guide not in ASKING], ids=lambda page: page.stem
)
def test_a_guide_does_what_it_says(
    guide: Path, after_the_tutorial: Path, tmp_path: Path, reader: dict[str, str]
) -> None:
    place = checkout(tmp_path / "sanad") / PLACE
    place.mkdir(parents=True)
    shutil.copytree(after_the_tutorial, place / "sanad-data")
    pages.run(guide, place, reader)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """One service for all guides, which therefore do not use each other's numbers."""
    with demonstrating(tmp_path_factory.mktemp("demonstration")) as served:
        yield served


@pytest.mark.parametrize("guide", ASKING, ids=lambda page: page.stem)
def test_a_guide_that_asks_a_service_does_what_it_says(
    guide: Path, demonstration: Demonstration, tmp_path: Path, reader: dict[str, str]
) -> None:
    place = checkout(tmp_path / "sanad") / PLACE
    place.mkdir(parents=True)
    demonstration.give_tokens(place)
    pages.run(guide, place, {**reader, "SANAD_URL": demonstration.url})


def test_a_page_that_promises_another_output_or_exit_code_fails(
    tmp_path: Path, reader: dict[str, str]
) -> None:
    page = tmp_path / "page.md"
    honest = "```sh\necho one\nfalse   # exit 1\n```\n\n```text\no…e\n```\n"
    page.write_text(honest)
    pages.run(page, tmp_path, reader)
    for wrong in (
        honest.replace("o…e", "two"),
        honest.replace("   # exit 1", ""),
        honest.replace("exit 1", "exit 2"),
    ):
        page.write_text(wrong)
        with pytest.raises(AssertionError, match="page"):
            pages.run(page, tmp_path, reader)
