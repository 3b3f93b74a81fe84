"""A chain program is ended, and nothing else that has its process id by the time."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from sanad_node.engines.geth import GethEngine
from sanad_node.engines.process import ChainProcess, Program, start_time

SERVES = """
import json, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[-1])
server.listen()
while True:
    taken, _ = server.accept()
    while data := taken.recv(65536):
        told = json.loads(data)
        taken.sendall(json.dumps({"jsonrpc": "2.0", "id": told["id"], "result": "x"}).encode() + b"\\n")
"""


def program() -> Program:
    return Program(Path(sys.executable), lambda name: [name], "program.log", alone=False)


@pytest.fixture(params=["handle", "start-time"])
def process(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ChainProcess]:
    """A program that answers, on a kernel that has handles of processes, and on one that has none."""
    if request.param == "start-time":

        def none(_pid: int) -> int:
            raise OSError(38, "not implemented")

        monkeypatch.setattr(os, "pidfd_open", none)
    script = tmp_path / "serves.py"
    script.write_text(SERVES)
    made = ChainProcess(program(), tmp_path, ["-I", str(script)], name="chain", number=3)
    yield made
    made.kill()


@pytest.fixture
def innocent() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        yield other
        other.kill()


def test_a_program_is_ended_and_its_notes_are_gone(process: ChainProcess, tmp_path: Path) -> None:
    pid = process.pid
    assert start_time(pid) is not None
    process.kill()
    assert not process.alive
    assert start_time(pid) is None
    assert not list(tmp_path.glob("*.pid"))
    process.kill()  # again, nothing is done


def test_another_process_that_has_its_id_by_now_is_left_alone(
    process: ChainProcess, innocent: subprocess.Popen[bytes]
) -> None:
    """The keeper has seen the end, and whoever ends it has not: the id is another's meanwhile."""
    process.kill()
    process.pid = innocent.pid
    process._ended = threading.Event()  # as seen by who looked before the end
    process._end(cast(Any, 9), 0.05)
    assert innocent.poll() is None
    process._ended.set()


def test_a_recycled_id_is_known_by_its_start(
    process: ChainProcess, innocent: subprocess.Popen[bytes]
) -> None:
    """As before, but nobody has waited for the end: what is known of the process is still there."""
    mine, process.pid = process.pid, innocent.pid
    if process._handle is None:
        process._end(cast(Any, 9), 0.05)
        assert process.alive
    else:
        process.kill()  # by its handle, whatever its id is now
        assert not process.alive
    assert innocent.poll() is None
    process.pid = mine


def test_an_engine_ends_the_program_that_was_silent_and_not_the_one_that_took_its_place(
    process: ChainProcess,
) -> None:
    engine = cast(Any, object.__new__(GethEngine))
    engine._process = process
    engine.end_silent(2)
    assert process.alive
    engine.end_silent(3)
    assert not process.alive
