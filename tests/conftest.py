"""What every test module may use without asking: the marks that are not in pyproject.toml, the two stores, and the
promise that the verifier's tests have no network where `scripts/test.sh` took it from them.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanad_testkit.postgres import PostgresServer
from sanad_testkit.stores import KINDS, Databases

OFFLINE = ("test_verifier_", "test_chain_", "test_mutants", "test_qr_")
"""Beginnings of the names of files whose tests are the verifier's: they get the mark `offline`."""
PROMISED = "SANAD_TESTS_HAVE_NO_NETWORK"
NOWHERE = ("127.0.0.1", 9)


def pytest_addoption(parser: pytest.Parser) -> None:
    told = (
        "look only into the files of the verifier's tests, or into all others (which saves reading the rest)"
    )
    parser.addoption("--verifier", choices=("only", "without"), help=told)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    wanted = config.getoption("--verifier")
    if wanted is None or collection_path.suffix != ".py" or collection_path.name == "conftest.py":
        return None
    return collection_path.name.startswith(OFFLINE) is (wanted == "without") or None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives a real Chromium")
    config.addinivalue_line("markers", "offline: a test of the verifier, to be run where there is no network")
    if PROMISED in os.environ and _reaches_anything():
        raise pytest.UsageError(f"{PROMISED} is set, and this process can reach a network")


def pytest_report_header() -> str:
    return "network: none" if PROMISED in os.environ else "network: that of this machine"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name.startswith(OFFLINE):
            item.add_marker(pytest.mark.offline)


def _reaches_anything() -> bool:
    """Whether even the loopback address answers or refuses: in an empty network namespace it is unreachable."""
    try:
        socket.create_connection(NOWHERE, timeout=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that nobody kills."""
    server = PostgresServer()
    server.start()
    yield server
    server.close()


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Empty databases, once as SQLite files and once on a PostgreSQL server."""
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    made = Databases(request.param, tmp_path, server)
    yield made
    made.close()
