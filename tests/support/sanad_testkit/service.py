"""The real service, as a process: started, waited for, killed, started again, ended cleanly.

Its data directory is a copy of one that is founded once a session: four offices (`network_of_offices`), receipt
`K-1` of CELL and file `P-1` of PORT on the ledger, container `BOX 1` on its way from CELL to PORT, and for every
role one person with a password and one client with a token, both of CELL (auditors and administrators of none),
and the same once more of PORT.
"""

import contextlib
import json
import os
import resource
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

import httpx
import pytest

from sanad_api.accounts import Accounts
from sanad_api.callers import Role
from sanad_node.node import Node
from sanad_testkit.network_of_offices import build
from sanad_testkit.office import Office

SANAD = Path(sys.executable).parent / "sanad"
STARTS_WITHIN = 60.0
ENDS_WITHIN = 30.0
OPEN_LIMITS = {f"SANAD_LIMITS__{kind}": "1000000/minute" for kind in ("SIGN_IN", "VERIFY", "ACT", "READ")}
"""Budgets are for strangers; a test asks more in a second than a person in an hour."""
WITHOUT_FORMATION = frozenset({Role.AUDITOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person (`password`) or client (`token`) of the prepared directory."""

    name: str
    role: Role
    formation: str
    password: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data directory to copy, and who may come in."""

    data: Path
    people: tuple[Somebody, ...]

    def client(self, role: Role, formation: str = "CELL") -> Somebody:
        return next(one for one in self._of(role, formation) if one.token)

    def person(self, role: Role, formation: str = "CELL") -> Somebody:
        return next(one for one in self._of(role, formation) if one.password)

    def _of(self, role: Role, formation: str) -> list[Somebody]:
        where = "" if role in WITHOUT_FORMATION else formation
        return [one for one in self.people if (one.role, one.formation) == (role, where)]


@dataclass
class Running:
    """A service on `data`; `url` changes when it is started again, unless `port` is given."""

    data: Path
    people: Prepared | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    url: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def log(self) -> Path:
        """What it wrote about itself, over all its lives."""
        return self.data.with_name(f"{self.data.name}.log")

    def start(self) -> None:
        """Start, and wait until it is ready to act."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [SANAD, "up", "--data", self.data, "--port", str(self.port), "--json"],
                env={**os.environ, **OPEN_LIMITS, **self.environment},
                cwd=self.data.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.url = self._told(self.process.stdout)
        wait_until_ready(self.url)

    def _told(self, out: IO[str] | None) -> str:
        assert out is not None
        assert self.process is not None
        line = out.readline()
        assert line, f"the service ended with {self.process.wait(10)}: {self.log.read_text()[-2000:]}"
        return str(json.loads(line)["url"])

    def kill(self) -> None:
        """End it without a word (kill -9)."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(ENDS_WITHIN)
        self._close()

    def stop(self) -> None:
        """End it as Ctrl-C does; it must end cleanly."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            ended = self.process.wait(ENDS_WITHIN)
        finally:
            self.process.kill()
            self._close()
        assert ended == 0, self.log.read_text()[-2000:]
        assert not (self.data / "service.json").exists()

    def _close(self) -> None:
        assert self.process is not None
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def asks(self, who: Somebody | None = None) -> httpx.Client:
        """A client that speaks as somebody (with a token), or as nobody."""
        headers = {"Authorization": f"Bearer {who.token}"} if who is not None else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)


def wait_until_ready(url: str, within: float = STARTS_WITHIN) -> None:
    """Wait until `/readyz` says 200."""
    deadline = time.monotonic() + within
    with httpx.Client(timeout=5, trust_env=False) as client:
        while True:
            answer = client.get(f"{url}/readyz")
            if answer.status_code == 200:
                return
            assert time.monotonic() < deadline, f"not ready in {within} s: {answer.text}"
            time.sleep(0.02)


@contextlib.contextmanager
def running(
    data: Path, people: Prepared | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """A service on `data` until the end of the block, which must find it able to end cleanly (unless killed)."""
    service = Running(data, people, environment or {})
    service.start()
    try:
        yield service
    except BaseException:
        if service.process is not None:
            service.kill()
        raise
    if service.process is not None:
        service.stop()


def with_room(service: Running, most: int) -> None:
    """Let no file of the service grow beyond this size."""
    assert service.process is not None
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


# -- the prepared directory ---------------------------------------------------------------------------------------


def prepare(data: Path) -> Prepared:
    """Found the network, put something on it, let people in."""
    build(data)
    folder = data.with_name("desk")
    folder.mkdir()
    office = Office(data, folder)
    office.issued("K-1")
    file = office.file("p-1.txt", b"a file of PORT")
    office.call("issue", file, "--type", "FILE", "--number", "P-1", "--as", "PORT", code=0)
    box = ["BOX 1", "--as", "CELL", "--quantity", "10"]
    office.call("custody", "register", *box, "--kind", "CONTAINER", code=0)
    office.call("custody", "ship", *box, "--to", "PORT", code=0)
    return Prepared(data, _people(data))


def _people(data: Path) -> tuple[Somebody, ...]:
    made = []
    with Node(data) as node:
        accounts = Accounts(node.office, audience=node.network.origin, clock=node.clock)
        for role in Role:
            for formation in ("",) if role in WITHOUT_FORMATION else ("CELL", "PORT"):
                name = f"{role}.{formation.lower()}".rstrip(".")
                password = secrets.token_urlsafe(12)
                accounts.add(name, formation=formation, roles=[role], password=password)
                made.append(Somebody(name, role, formation, password=password))
                client = f"{name}.client"
                accounts.add(client, kind="client", formation=formation, roles=[role])
                token = accounts.make_token(client, label="test", lifetime_seconds=86400)
                made.append(Somebody(client, role, formation, token=token))
    return tuple(made)


@cache
def _prepared(base: Path) -> Prepared:
    folder = base / "prepared"
    folder.mkdir()
    return prepare(folder / "data")


def copy_of(prepared: Prepared, place: Path) -> Path:
    """A data directory of a test's own."""
    return Path(shutil.copytree(prepared.data, place / "data"))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The directory to copy."""
    return _prepared(tmp_path_factory.getbasetemp())


@pytest.fixture
def service(tmp_path: Path, prepared: Prepared) -> Iterator[Running]:
    """A service of the test's own."""
    with running(copy_of(prepared, tmp_path), prepared) as started:
        yield started


@pytest.fixture(scope="module")
def shared_service(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[Running]:
    """One service for a module's tests, which must not mind what the others did."""
    with running(copy_of(prepared, tmp_path_factory.mktemp("shared")), prepared) as started:
        yield started
