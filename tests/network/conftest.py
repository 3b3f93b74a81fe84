"""One network of four administrations for all drills, and the reset after them: a single worker does one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sanad_testkit.consortium import Consortium, running


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consortium]:
    folder: Path = tmp_path_factory.mktemp("network")
    with running(folder, 4, wired=True) as made:
        yield made
