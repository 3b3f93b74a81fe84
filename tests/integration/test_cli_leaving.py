"""`sanad node leave`: what a member takes along can be checked without it, and its formations end when it says."""

import json
from pathlib import Path

import pytest

from sanad_node.cli import main

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0, words
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_a_member_that_leaves_takes_everything_along_and_ends_its_formations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, archive = ["--data", str(tmp_path / "data")], tmp_path / "archive"
    asked(capsys, "node", "init", "--name", "pk", *data)
    asked(capsys, "formation", "add", "KAPW", "--kind", "CUSTOMS", *data)
    told = asked(capsys, "node", "leave", "--at", "2035-01-01", "-o", str(archive), *data)
    assert told["formations"] == ["KAPW"]
    verified = asked(
        capsys, "log", "verify", str(archive / "mirror"), "--trust", str(archive / "trust.json"), *data
    )
    assert verified["size"] == told["entries"]
    formations = asked(capsys, "formation", "list", *data)["formations"]
    assert isinstance(formations, list)
    assert [one["validTo"] for one in formations] == [2051222400]
    restored = ["--data", str(tmp_path / "again")]
    asked(capsys, "restore", str(archive / "backup.tar"), *restored)
    assert main(["node", "leave", "-o", str(archive), *data]) == 3  # it is there: nothing is written over
