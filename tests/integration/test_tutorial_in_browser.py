"""The tutorial for people with a browser does what it says, to the letter, on a demonstration like `make run`'s."""

from pathlib import Path

import pytest

from sanad_api.demo import logins
from sanad_api.demo.__main__ import prepare
from sanad_testkit import pages
from sanad_testkit.browser import chromium, visiting
from sanad_testkit.service import running
from sanad_testkit.walkthrough import Reader, steps

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.browser]

TUTORIAL = pages.ROOT / "docs/tutorial/with-a-browser.md"


def test_a_reader_who_follows_the_tutorial_sees_what_it_says(tmp_path: Path) -> None:
    data = tmp_path / "run-data"
    prepare(data)
    known = {one.name: one.password for one in logins.known(data)}
    with running(data) as service, chromium() as browser, visiting(browser, service.url) as visitor:
        done = Reader(visitor, visitor.page(), tmp_path, known).follow(TUTORIAL)
    assert {step.kind for step in done} == {"see", "sign in", "press", "save", "bring", "edit", "fill"}


def test_every_bold_word_and_quotation_of_the_tutorial_is_a_step() -> None:
    """What looks like something to press or to see is pressed and looked for: nothing is bold for emphasis."""
    text = TUTORIAL.read_text("utf-8")
    text = text[text.index("\n## ") :]
    found = [step.kind for step in steps(TUTORIAL.read_text("utf-8"))]
    assert text.count("**") // 2 == sum(found.count(kind) for kind in ("sign in", "press", "save"))
    assert text.count("“") == text.count("”") == found.count("see")
