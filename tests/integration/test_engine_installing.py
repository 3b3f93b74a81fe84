"""Installing the pinned chain node for real, from the package registry this machine uses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sanad_node.engines import install

pytestmark = pytest.mark.engine
PROGRAM = """
import sys
from pathlib import Path
from sanad_node.engines import install
print(install.install(Path(sys.argv[1])))
"""


def test_two_installations_at_once_give_one_verified_program(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = {process.communicate(timeout=300)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(told) == 1
    path = Path(told.pop())
    assert install.file_sha256(path) == install.SHA256
    assert os.access(path, os.X_OK)
    assert sorted(p.name for p in (tmp_path / "sanad" / "engines").iterdir()) == [
        "anvil-1.7.1",
        "install.lock",
    ]


def test_a_damaged_installation_is_replaced(tmp_path: Path) -> None:
    path = install.install(tmp_path)
    inode = path.stat().st_ino
    assert install.install(tmp_path).stat().st_ino == inode  # a whole one is left alone
    path.write_bytes(b"#!/bin/sh\n")
    assert install.file_sha256(install.install(tmp_path)) == install.SHA256
