"""An office at the command line: its data directory, the command in a process of its own or in this one, and what
must stay as it was when a command is refused.

The directory is founded once a session and copied for each test: a network with four offices (`CELL`, `PORT`,
`YARD`, `COURT`), see `network_of_offices`.
"""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sanad_node.cli import main
from sanad_testkit.network_of_offices import build, receipt

SANAD = Path(sys.executable).parent / "sanad"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        """Its one JSON object; anything else on the standard output is a failure."""
        told = json.loads(self.out)
        assert isinstance(told, dict)
        return told

    @property
    def error(self) -> tuple[str, str]:
        """Code and field of the error it told."""
        error = self.told["error"]
        assert error["message"]
        return error["code"], error.get("field", "")


@dataclass(frozen=True, slots=True)
class Office:
    """One data directory, and a folder for files beside it."""

    data: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path, code: int | None = None, **environment: str) -> Ran:
        """Run `sanad` in a process of its own, with `--json`."""
        done = subprocess.run(
            [SANAD, *arguments, "--json"],
            env=self._environment(environment),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return self._checked(Ran(done.returncode, done.stdout, done.stderr), arguments, code)

    def call(self, *arguments: str | Path, code: int | None = None, words: bool = False) -> Ran:
        """Run a command in this process, which is quicker; in words instead of JSON if wanted."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        given = [str(word) for word in (*arguments, *([] if words else ["--json"]))]
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            patch.setenv("SANAD_DATA", str(self.data))
            patch.chdir(self.folder)
            ended = main(given)
        texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return self._checked(Ran(ended, *texts), arguments, code)

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start `sanad` and leave it running."""
        return subprocess.Popen(
            [SANAD, *arguments, "--json"],
            env=self._environment({}),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, "SANAD_DATA": str(self.data), **self.environment, **more}

    @staticmethod
    def _checked(ran: Ran, arguments: tuple[str | Path, ...], code: int | None) -> Ran:
        words = " ".join(str(word) for word in arguments)
        assert "Traceback" not in ran.err, f"{words}\n{ran.err}"
        assert code is None or ran.code == code, f"{words}: exit {ran.code}\n{ran.out}{ran.err}"
        return ran

    # -- files ----------------------------------------------------------------------------------------------------

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def receipt(self, number: str, chassis: str = "NZE141-0000001") -> Path:
        """An auction receipt, ready to issue."""
        return self.file(f"{number.replace('/', '-')}.json", receipt(number, chassis))

    def issued(self, number: str) -> Path:
        """A receipt that CELL has issued."""
        path = self.receipt(number)
        self.call("issue", path, "--type", "AUCTION_RECEIPT", "--as", "CELL", code=0)
        return path

    # -- what is there --------------------------------------------------------------------------------------------

    def seen(self) -> dict[str, Any]:
        """Everything that a refused command must leave as it was: the log, the blocks, what was promised, what is
        remembered, the vault and the batch files.
        """
        return {
            "log": self.rows("ledger.db", "SELECT idx, raw FROM entries ORDER BY idx"),
            "blocks": self.rows("chain/journal.db", "SELECT number, hash FROM blocks ORDER BY number"),
            "acts": self.rows(
                "office.db", "SELECT id, state FROM outbox WHERE state != 'refused' ORDER BY id"
            ),
            "papers": self.rows("office.db", "SELECT * FROM papers ORDER BY digest"),
            "cargo": self.rows("office.db", "SELECT * FROM cargo ORDER BY id"),
            "vault": self._files("vault", ("index.db", "check")),
            "batches": self._files("batches"),
        }

    def remains(self) -> dict[str, Any]:
        """As `seen`, without the copies that this office keeps of an act that the contracts refused."""
        return {name: what for name, what in self.seen().items() if name not in {"papers", "cargo", "vault"}}

    def log_size(self) -> int:
        return len(self.rows("ledger.db", "SELECT idx FROM entries"))

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(
            sqlite3.connect(f"file:{self.data / database}?mode=ro", uri=True)
        ) as connection:
            return list(connection.execute(query))

    def _files(self, folder: str, but: tuple[str, ...] = ()) -> list[str]:
        found = (path for path in (self.data / folder).rglob("*") if path.is_file())
        return sorted(str(path) for path in found if not path.name.startswith(but))


@cache
def _founded(base: Path) -> Path:
    path = base / "founded" / "data"
    build(path)
    return path


def open_office(place: Path, factory: pytest.TempPathFactory) -> Office:
    """A copy of the founded office at `place`."""
    (place / "desk").mkdir()
    shutil.copytree(_founded(factory.getbasetemp()), place / "data")
    return Office(place / "data", place / "desk")


@pytest.fixture
def office(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office of the test's own."""
    return open_office(tmp_path, tmp_path_factory)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One office for a module's tests that leave it as it was, and say so. Receipt `K-1` is issued, consignment
    `BOX 1` is under way from CELL to PORT.
    """
    made = open_office(tmp_path_factory.mktemp("quiet"), tmp_path_factory)
    made.issued("K-1")
    made.call(
        "custody", "register", "BOX 1", "--kind", "CONTAINER", "--as", "CELL", "--quantity", "10", code=0
    )
    made.call("custody", "ship", "BOX 1", "--to", "PORT", "--as", "CELL", "--quantity", "10", code=0)
    return made
