"""A service whose embedded chain can be broken off and mended."""

import json
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sanad_node.engines import install
from sanad_testkit.service import Prepared, Running, copy_of, running
from sanad_testkit.waiting import until


@dataclass(frozen=True, slots=True)
class Chain:
    """The embedded chain under a service, whose program can be made to fail."""

    service: Running
    broken: Path

    def pid(self) -> int:
        (note,) = (self.service.data / "chain").glob("*.pid")
        return int(json.loads(note.read_bytes())["pid"])

    def break_off(self) -> None:
        """Kill it, and let no other start."""
        self.broken.touch()
        os.kill(self.pid(), signal.SIGKILL)

    def until_noticed(self) -> None:
        """Wait until the service says so: it notices when it has something to carry."""
        with httpx.Client(base_url=self.service.url, trust_env=False) as client:
            until(lambda: client.get("/readyz").json()["code"] == "CHAIN_UNAVAILABLE")

    def mend(self) -> None:
        self.broken.unlink()


@contextmanager
def breakable(prepared: Prepared, place: Path) -> Iterator[Chain]:
    """A service of one's own, until the end of the block."""
    broken, program = place / "broken", place / "anvil"
    program.write_text(f'#!/bin/sh\n[ -e "{broken}" ] && exit 1\nexec "{install.find().path}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with running(copy_of(prepared, place), prepared, {"ANVIL_BIN": str(program)}) as service:
        yield Chain(service, broken)
