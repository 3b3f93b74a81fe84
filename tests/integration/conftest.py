"""What several stories begin with, made once."""

from pathlib import Path

import pytest

from sanad_testkit.auction_chain import build


@pytest.fixture(scope="session")
def auction_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network in which vehicles may be auctioned: its offices, each with two keys, and the policies."""
    path = tmp_path_factory.mktemp("auction") / "data"
    build(path)
    return path
