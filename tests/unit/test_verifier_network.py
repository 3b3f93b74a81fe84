"""Whatever the verifier is given, its process asks for no socket, no name and no database, and starts no other."""

import json
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.vectors import FOLDER

WATCHED = """
import sys
FORBIDDEN = (
    "socket.", "sqlite3.", "urllib.", "http.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn",
)

def watch(event, _arguments):
    if event.startswith(FORBIDDEN):
        sys.stderr.write(f"ASKED {event}\\n")
        sys.stderr.flush()
        raise SystemExit(99)

sys.addaudithook(watch)
from sanad_verifier.cli import main
"""
ASK = WATCHED + "sys.exit(main(sys.argv[1:]))"


def vectors(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return told


def watched(*given: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", ASK, *given], capture_output=True, text=True, timeout=60, check=False
    )
    assert "ASKED" not in done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    path = tmp_path / "trust.json"
    path.write_text(vectors("bundles.json")["trust"], "utf-8")
    return path


def case_of(name: str, vector: str) -> dict[str, Any]:
    (one,) = [one for one in vectors(vector)["cases"] if one["name"] == name]
    return dict(one)


@pytest.mark.parametrize(
    ("name", "code"),
    [("a receipt", 0), ("its entry sealed by the validators", 0), ("a revoked receipt", 1), ("cut off", 1)],
)
def test_a_bundle_is_examined_without_any(name: str, code: int, trust: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.write_bytes(b64decode(case_of(name, "bundles.json")["bundle"]) or b"PK\x03\x04")
    at = ["--at", "2026-09-21T14:13:20Z"]
    assert watched(bundle, "--trust", trust, *at)[0] == code


def test_codes_and_packs_are_too(tmp_path: Path) -> None:
    told, packs = vectors("printed-codes.json"), vectors("packs.json")
    trust, pack, of_pack = tmp_path / "trust.json", tmp_path / "pack", tmp_path / "of-pack.json"
    trust.write_text(told["trust"], "utf-8")
    of_pack.write_text(packs["trust"], "utf-8")
    pack.write_bytes(b64decode(packs["packs"]["fresh"]))
    at = ["--at", "2026-09-21T14:13:20Z"]
    (genuine,) = [one for one in told["cases"] if one["name"] == "a receipt"]
    assert watched(genuine["text"], "--trust", trust, *at)[0] == 0
    assert watched("no such number", "--trust", of_pack, "--pack", pack, *at)[0] == 2
    assert watched("pack", pack, "--trust", of_pack)[0] == 0


def test_the_watch_sees_a_socket() -> None:
    """So that the tests above can fail."""
    tried = WATCHED + "import socket; socket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.split()[:1]) == (99, ["ASKED"])
