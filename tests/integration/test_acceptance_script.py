"""The acceptance of an operator's Besu: it cannot be run here, but what cannot be accepted can."""

import importlib
from pathlib import Path

import pytest

script = importlib.import_module("acceptance_besu")


def test_without_a_besu_or_with_a_folder_that_is_there_nothing_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main([str(tmp_path / "new"), "--besu", "/nowhere/besu"]) == 3
    assert script.main([str(tmp_path), "--besu", "/bin/true"]) == 3
    assert not (tmp_path / "new").exists()
    assert "ok" not in capsys.readouterr().out
