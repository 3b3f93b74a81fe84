"""One running chain program (anvil, geth): started, found ready, and ended for certain.

It must not outlive the node: it is killed by the kernel when the thread that started it ends, so that
thread lives exactly as long as the program does. Should one be left over all the same (an old kernel, a
container's odd pid rules), the next start finds it by process id *and* start time, so a reused id is never
mistaken for it. Nor is it by who ends it: signals go by a handle of the process (pidfd, Linux 5.3), or where there is
none to an id whose process has the right start time.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sanad_node.engines.base import ChainUnavailable
from sanad_node.engines.rpc import RpcClient

LAUNCHER = Path(__file__).with_name("launcher.py")
START_SECONDS = 60.0  # loading a large state on a busy machine
END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Program:
    """How a chain program is started: its file, the arguments that make it listen on a socket of a given name in its
    working folder, and where its words go. One that is `alone` has a network namespace of its own if the kernel
    allows that.
    """

    binary: Path
    socket_flags: Callable[[str], list[str]]
    log: str
    alone: bool
    keeps_log: bool = False


class ChainProcess:
    """A program whose socket `<name>.ipc` and log are in `folder`. `number` tells it from those that its engine started
    before and after it.
    """

    def __init__(
        self, program: Program, folder: Path, arguments: list[str], *, name: str, number: int = 1
    ) -> None:
        self.name = name
        self.number = number
        self.socket_name = f"{name}.ipc"
        self._program = program
        self._folder = folder
        self._note = folder / f"{name}.pid"
        (folder / self.socket_name).unlink(missing_ok=True)
        command = [str(program.binary), *arguments, *program.socket_flags(self.socket_name)]
        started = threading.Event()
        self._fault: OSError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._handle: int | None = None
        self._started: int | None = None
        self._ended = threading.Event()
        self._signalling = threading.Lock()
        threading.Thread(target=self._keep, args=(command, started), name="chain-keeper", daemon=True).start()
        started.wait()
        if self._process is None:
            raise ChainUnavailable("the chain node cannot be started", field="engine") from self._fault
        self.pid: int = self._process.pid
        self._write_note()
        try:
            self._await_socket()
        except ChainUnavailable:
            self.kill()
            raise

    @staticmethod
    def run(program: Program, folder: Path, arguments: list[str]) -> None:
        """Run a program to its end, as it would be started; `ChainUnavailable` if it fails."""
        try:
            with (folder / program.log).open("ab") as log:
                subprocess.run(
                    [str(program.binary), *arguments],
                    cwd=folder,
                    env={"HOME": str(folder), "PATH": "/nonexistent"},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    timeout=START_SECONDS,
                    check=True,
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise ChainUnavailable(
                f"the chain node could not begin its chain; its reason is in {program.log}", field="engine"
            ) from error

    @property
    def alive(self) -> bool:
        return not self._ended.is_set()

    def ended(self, *, within: float) -> bool:
        """Whether it has ended, or does so in the next few moments."""
        return self._ended.wait(within)

    @property
    def isolated(self) -> bool:
        """Whether its ports are in a network namespace that nobody else is in."""
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        return False

    def client(self, *, timeout: float = 30.0) -> RpcClient:
        return RpcClient(self._folder, self.socket_name, timeout=timeout)

    def kill(self) -> None:
        """End it now. It holds nothing that is not on the disk."""
        self._end(signal.SIGKILL, END_SECONDS)

    def terminate(self, *, within: float) -> None:
        """Ask it to end; one that does not in `within` seconds is killed."""
        self._end(signal.SIGTERM, within)
        self.kill()

    def _end(self, how: signal.Signals, within: float) -> None:
        if self.alive:
            self._signal(how)
            self._ended.wait(within)
        if self.alive:
            return
        for leftover in (self._note, self._folder / self.socket_name):
            leftover.unlink(missing_ok=True)

    def _signal(self, how: signal.Signals) -> None:
        """Send a signal to the process that was started, and to no other that may have its id by now."""
        with self._signalling, contextlib.suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, how)
            elif self._started is not None and start_time(self.pid) == self._started:
                os.kill(self.pid, how)

    def _keep(self, command: list[str], started: threading.Event) -> None:
        place = "alone" if self._program.alone else "among-others"
        try:
            with (self._folder / self._program.log).open("ab" if self._program.keeps_log else "wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), place, *command],
                    cwd=self._folder,
                    env={"HOME": str(self._folder), "PATH": "/nonexistent"},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            self._process = process
            self._started = start_time(process.pid)  # its id cannot be another's before it is waited for
            with contextlib.suppress(OSError, AttributeError):  # an old kernel, or one that pretends
                self._handle = os.pidfd_open(process.pid)
        except OSError as error:
            self._fault = error
            self._ended.set()
            return
        finally:
            started.set()
        process.wait()
        self._ended.set()
        with self._signalling:
            handle, self._handle, self._started = self._handle, None, None
        if handle is not None:
            os.close(handle)

    def _await_socket(self) -> None:
        until = time.monotonic() + START_SECONDS
        with contextlib.closing(self.client(timeout=START_SECONDS)) as client:
            while True:
                try:
                    client.call("web3_clientVersion")
                    return
                except ChainUnavailable as error:
                    if time.monotonic() > until:
                        raise ChainUnavailable(
                            "the chain node did not start in time", field="engine"
                        ) from error
                    if self._ended.wait(0.003):
                        raise ChainUnavailable(
                            f"the chain node ended at once; its reason is in {self._program.log}",
                            field="engine",
                        ) from error

    def _write_note(self) -> None:
        note = {"pid": self.pid, "started": self._started}
        try:
            self._note.write_text(json.dumps(note), "ascii")
        except OSError:  # a full disk: the kernel still ends anvil with us
            self._note.unlink(missing_ok=True)


def end_leftovers(folder: Path) -> int:
    """Kill every chain program that a dead node left behind in `folder`; returns how many there were."""
    found = 0
    for note in folder.glob("*.pid"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(note.read_bytes())
            pid = int(known["pid"])
            if known["started"] is not None and start_time(pid) == known["started"]:
                found += 1
                os.kill(pid, signal.SIGKILL)
                until = time.monotonic() + END_SECONDS
                while start_time(pid) == known["started"] and time.monotonic() < until:
                    time.sleep(0.005)
        note.unlink(missing_ok=True)
    return found


def start_time(pid: int) -> int | None:
    """When a process started, in ticks since boot; None when it runs no more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {b"Z", b"X"} else int(fields[19])
