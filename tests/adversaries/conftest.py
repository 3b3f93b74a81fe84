"""One founded network for all adversaries, copied for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sanad_testkit.adversary_stage import Stage, build, opened


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("adversaries") / "data"
    build(path)
    return path


@pytest.fixture
def stage(founded: Path, tmp_path: Path) -> Iterator[Stage]:
    """A network of the test's own."""
    with opened(founded, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One network for a module's tests, which have papers of their own and leave the clock alone."""
    with opened(founded, tmp_path_factory.mktemp("shared")) as made:
        yield made
