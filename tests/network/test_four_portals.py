"""`make network`, as a newcomer starts it: four services of their own, and a story that ends as expected."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.network]


def test_the_story_of_four_administrations_ends_as_expected(tmp_path: Path) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "sanad_api.demo.network",
            "--once",
            "--data",
            str(tmp_path / "four"),
            "--port",
            "0",
        ],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "12 steps" in told.stdout
    for place in (tmp_path / "four").iterdir():
        ended = [
            json.loads(line) for line in (place / "service.log").read_text().splitlines() if line[:1] == "{"
        ]
        assert not [line for line in ended if line.get("level") == "error"]
        assert not (place / "service.json").exists()  # it has ended in order
