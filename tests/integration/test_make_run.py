"""What `make run` starts: the sample network with its logins, served until Ctrl-C, found again by every later start,
however the one before it ended. (What `make run` installs first is the bootstrap's; it is tested with it.)
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from sanad_api.callers import Role
from sanad_testkit.service import OPEN_LIMITS, wait_until_ready

pytestmark = [pytest.mark.engine, pytest.mark.slow]
SERVES = re.compile(r"^Sanad serves (http://127\.0\.0\.1:\d+) ", re.MULTILINE)
LOGIN = re.compile(r"^  (\w+) +(\S{12}) +(\S+) +\S", re.MULTILINE)
FIRST_START, LATER_START, ENDS_WITHIN = 120, 30, 30


@dataclass
class Demonstration:
    """The program of `make run` on a directory of the test's own."""

    data: Path
    process: subprocess.Popen[str] | None = None
    url: str = ""
    logins: dict[str, str] = field(default_factory=dict)

    def start(self, within: float) -> float:
        """Start it and read what it prints, until its pages can be asked for; how many seconds that took."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sanad_api.demo", "--data", self.data, "--port", "0"],
            env={**os.environ, **OPEN_LIMITS},
            cwd=self.data.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.data.with_name("log").open("ab"),
            text=True,
        )
        assert self.process.stdout is not None
        told = ""
        while "begin anew" not in told:
            line = self.process.stdout.readline()
            assert line, f"it ended with {self.process.wait(ENDS_WITHIN)}: {told}"
            told += line
        found = SERVES.search(told)
        assert found is not None, told
        self.url = found[1]
        self.logins = {name: password for name, password, _ in LOGIN.findall(told)}
        wait_until_ready(self.url, within)
        took = time.monotonic() - began
        assert took < within
        return took

    def end(self, sent: int) -> int:
        assert self.process is not None
        self.process.send_signal(sent)
        code = self.process.wait(ENDS_WITHIN)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code

    def documents(self) -> set[tuple[str, str]]:
        """Digest and state of every document, as the auditor who signs in with the printed password sees them."""
        with self.signed_in("auditor") as browser:
            page = browser.get("/v1/documents", params={"limit": 200}).raise_for_status().json()
            return {(one["digest"], one["state"]) for one in page["documents"]}

    def checkpoint(self) -> str:
        return httpx.get(f"{self.url}/checkpoint", trust_env=False).raise_for_status().text

    def signed_in(self, name: str) -> httpx.Client:
        """A browser in which somebody has signed in."""
        form = {"name": name, "password": self.logins[name]}
        answer = httpx.post(
            f"{self.url}/sign-in", data=form, headers={"Origin": self.url}, timeout=30, trust_env=False
        )
        assert answer.status_code == 303, answer.text[:500]
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return httpx.Client(base_url=self.url, headers={"Cookie": cookie}, timeout=30, trust_env=False)


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Demonstration]:
    made = Demonstration(tmp_path / "run-data")
    yield made
    if made.process is not None:
        made.end(signal.SIGKILL)


def test_the_demonstration_serves_and_every_later_start_finds_what_was_there(
    demonstration: Demonstration,
) -> None:
    first = demonstration.start(FIRST_START)
    logins, documents = demonstration.logins, demonstration.documents()
    assert len(documents) > 10
    for name in logins:
        with demonstration.signed_in(name) as browser:
            assert browser.get("/v1/me").json()["name"] == name
            assert browser.get("/").status_code in {200, 303}
    with demonstration.signed_in("admin") as browser:
        users = browser.get("/v1/users").json()["users"]
    assert {role for one in users for role in one["roles"]} == {str(role) for role in Role}
    checkpoint = demonstration.checkpoint()
    assert demonstration.end(signal.SIGINT) == 0

    second = demonstration.start(LATER_START)
    assert (demonstration.logins, demonstration.documents()) == (logins, documents)
    assert demonstration.checkpoint() == checkpoint
    assert demonstration.end(signal.SIGKILL) == -signal.SIGKILL

    third = demonstration.start(LATER_START)
    assert (demonstration.logins, demonstration.documents()) == (logins, documents)
    assert demonstration.checkpoint() == checkpoint
    assert demonstration.end(signal.SIGTERM) == 0
    print(f"first start {first:.1f} s, second {second:.1f} s, after kill -9 {third:.1f} s")
    assert "Traceback" not in demonstration.data.with_name("log").read_text()
    assert [path.name for path in demonstration.data.parent.iterdir() if "making" in path.name] == []
