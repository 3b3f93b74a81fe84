"""The service under measurement: a fresh data directory, `sanad up` on it as a process of its own, and what that
process uses of the machine.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import office
from sanad_api.accounts import Accounts
from sanad_api.callers import Role
from sanad_node.node import Node

SANAD = Path(sys.executable).parent / "sanad"
NO_BUDGETS = {f"SANAD_LIMITS__{kind}": "1000000000/minute" for kind in ("SIGN_IN", "VERIFY", "ACT", "READ")}
"""Counted as ever, but never used up: one client asks here for all."""
STARTS_WITHIN = 60.0
ENDS_WITHIN = 30.0
LOOK_EVERY = 0.05
MB = 1e6
NO_PAGES = ("/v1/", "/readyz", "/healthz", "/metrics")


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who may come in: a client that issues, a client that reads, a person's session with every role of the pages."""

    issuer: str
    reader: str
    session: str


def prepare(data: Path) -> Admitted:
    """Found a network with an office that issues, and let its people in."""
    office.prepare(data)
    with Node(data) as node:
        office.hand_over(node, hops=1)
        accounts = Accounts(node.office, audience=node.network.origin, clock=node.clock)
        tokens = {}
        for role in (Role.ISSUER, Role.SQUAD):
            accounts.add(role, kind="client", formation=office.OFFICES[0], roles=[role])
            tokens[role] = accounts.make_token(role, label="bench", lifetime_seconds=86400)
        password = secrets.token_urlsafe(16)
        accounts.add(
            "everybody", formation=office.OFFICES[0], roles=[Role.APPROVER, Role.ADMIN], password=password
        )
        return Admitted(
            tokens[Role.ISSUER], tokens[Role.SQUAD], accounts.sign_in("everybody", password).secret
        )


@dataclass(frozen=True, slots=True)
class Served:
    """A service that runs. `cpu` and `weight` are of the server's process alone, without its chain."""

    url: str
    process: psutil.Process
    log: Path

    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def weight(self) -> float:
        """Resident memory in MB."""
        return float(self.process.memory_info().rss) / MB

    def entries(self) -> int:
        """How many entries its log has."""
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310 - our own server
            return int(json.load(answer)["entries"])

    def pages_noted(self, how_many: int) -> list[dict[str, object]]:
        """The lines of its log about pages, from the first, once there are so many: each follows its answer."""
        deadline = time.monotonic() + STARTS_WITHIN
        while (
            len(noted := [one for one in self._noted() if not str(one["route"]).startswith(NO_PAGES)])
            < how_many
        ):
            if time.monotonic() > deadline:
                raise SystemExit(f"the log has {len(noted)} lines about pages, not {how_many}")
            time.sleep(LOOK_EVERY)
        return noted

    def _noted(self) -> Iterator[dict[str, object]]:
        """The whole lines of its log about requests, from the first."""
        with self.log.open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("{") and line.endswith("\n"):
                    told = json.loads(line)
                    if told.get("event") == "request":
                        yield told


class Peak:
    """The most memory a process has while the block runs, looked at twenty times a second."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_EVERY):
            self.megabytes = max(self.megabytes, self._served.weight())

    def __enter__(self) -> "Peak":
        self.megabytes = self._served.weight()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@contextlib.contextmanager
def served(data: Path) -> Iterator[Served]:
    """`sanad up` on a data directory until the end of the block."""
    log = data.with_name(f"{data.name}.log")
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [SANAD, "up", "--data", data, "--port", "0", "--json"],
            env={**os.environ, **NO_BUDGETS},
            cwd=data.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with ended(process):
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the service did not start:\n{log.read_text()[-2000:]}")
        url = json.loads(line)["url"]
        wait_until(f"{url}/readyz")
        yield Served(url, psutil.Process(process.pid), log)


@contextlib.contextmanager
def ended(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Tells a process to end when the block does, and makes sure of it."""
    try:
        yield
        process.send_signal(signal.SIGINT)
        process.wait(ENDS_WITHIN)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def wait_until(address: str) -> None:
    """Wait until an address answers 200."""
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server on loopback
                return
        except OSError:  # nobody listens yet, or an answer that is no success
            pass
        if time.monotonic() > deadline:
            raise SystemExit(f"not ready in {STARTS_WITHIN} s: {address.rpartition('/')[2]}")
        time.sleep(LOOK_EVERY)
