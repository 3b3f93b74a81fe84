"""The command `sanad-verify`: exit codes, words for people, JSON for machines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sanad_testkit.evidence import NOW, RECEIPT, SCAN, Scene
from sanad_verifier import cli, cli_parts
from sanad_verifier.cli import main
from sanad_verifier.documents import document_digest
from sanad_verifier.trust import encode_trust

SCENE = Scene()
AT = "2026-09-21T14:13:20Z"  # NOW


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, data in {
        "receipt.sanad": SCENE.bundle(),
        "revoked.sanad": SCENE.bundle(state="revoked"),
        "trust.json": encode_trust(SCENE.trust()),
        "receipt.json": RECEIPT.replace(b",", b", "),
        "scan.pdf": SCAN,
        "float.json": b'{"price":1.5}',
        "damaged.sanad": b"Q" + SCENE.bundle()[1:],
    }.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def run(files: Path, *words: str) -> int:
    return main([str(files / word) if "." in word and not word.startswith("2") else word for word in words])


def test_the_time_of_the_tests_is_the_time_of_the_scene() -> None:
    assert cli_parts.time_of(AT) == NOW


@pytest.mark.parametrize(("words", "code", "verdict"), [
    (["receipt.sanad"], 0, "AUTHENTIC"),
    (["receipt.sanad", "--document", "receipt.json"], 0, "AUTHENTIC"),
    (["receipt.sanad", "--subject", "trj150 0098765"], 0, "AUTHENTIC"),
    (["receipt.sanad", "--subject", "TRJ150-0098766"], 1, "REFUSED"),
    (["receipt.sanad", "--document", "scan.pdf"], 1, "REFUSED"),
    (["revoked.sanad"], 1, "REFUSED"),
    (["damaged.sanad"], 1, "REFUSED"),
    (["receipt.sanad", "--at", "2027-01-01T00:00:00Z"], 2, "STALE"),
    (["receipt.sanad", "--at", "2026-01-01"], 2, "CANNOT TELL"),
])  # fmt: skip
def test_the_exit_code_tells_the_verdict(
    words: list[str], code: int, verdict: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = [] if "--at" in words else ["--at", AT]
    assert run(files, *words, "--trust", "trust.json", *at) == code
    assert capsys.readouterr().out.startswith(verdict)
    assert run(files, *words, "--trust", "trust.json", *at, "--json") == code
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == verdict.lower().replace(" ", "-")
    assert set(told["answers"]) == {"intact", "authority", "state", "parents", "subject", "freshness"}


def test_the_words_say_which_document_and_as_of_when(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(files, "receipt.sanad", "--trust", "trust.json", "--at", AT)
    assert capsys.readouterr().out.split("\n")[:4] == [
        "AUTHENTIC: genuine and in force",
        f"  AUCTION_RECEIPT {document_digest(RECEIPT).digest.hex()}",
        "  issued by KAPW-AUC on 2026-08-22 14:13 UTC",
        "  known as of 2026-09-21 13:13 UTC",
    ]
    for other in (["damaged.sanad"], ["receipt.sanad", "--document", "scan.pdf"]):
        run(files, *other, "--trust", "trust.json", "--at", AT)
        assert "issued by" not in capsys.readouterr().out


def test_what_replaces_a_document_is_told(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "old.sanad").write_bytes(SCENE.bundle(state="superseded"))
    assert run(files, "old.sanad", "--trust", "trust.json", "--at", AT) == 1
    assert "replaced by " + "cd" * 32 in capsys.readouterr().out


def test_a_time_no_calendar_can_name_is_shown_as_its_number() -> None:
    assert cli_parts.moment(2**63) == f"second {2**63}"


@pytest.mark.parametrize(("words", "code"), [
    pytest.param([], "USAGE", id="nothing"),
    pytest.param(["receipt.sanad"], "USAGE", id="no-trust"),
    pytest.param(["receipt.sanad", "--trust", "trust.json", "--colour"], "USAGE", id="an-unknown-option"),
    pytest.param(["receipt.sanad", "--tru", "trust.json"], "USAGE", id="an-option-cut-short"),
    pytest.param(["receipt.sanad", "--trust", "trust.json", "--at", "noon"], "USAGE", id="a-time-that-is-none"),
    pytest.param(["receipt.sanad", "--trust", "trust.json", "--at", "0001-01-01"], None, id="long-ago"),
    pytest.param(["receipt.sanad", "--trust", "trust.json", "--subject", " "], "SUBJECT_INVALID", id="no-subject"),
    pytest.param(["missing.sanad", "--trust", "trust.json"], "FILE_UNREADABLE", id="no-file"),
    pytest.param(["", "--trust", "trust.json"], "FILE_UNREADABLE", id="a-folder"),
    pytest.param(["receipt.sanad", "--trust", "scan.pdf"], "TRUST_INVALID", id="no-trust-file"),
    pytest.param(["receipt.json", "--trust", "trust.json"], "NOT_A_BUNDLE", id="a-document-instead"),
    pytest.param(["digest"], "USAGE", id="no-document"),
    pytest.param(["digest", "missing.pdf"], "FILE_UNREADABLE", id="no-document-there"),
])  # fmt: skip
def test_misuse_has_an_exit_code_and_an_error_code(
    words: list[str], code: str | None, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if code is None:
        assert run(files, *words) == 2
        return
    assert run(files, *words) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"error {code}")
    assert run(files, *words, "--json") == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


@pytest.mark.parametrize(("name", "document", "form"), [
    ("receipt.json", RECEIPT, "json"), ("scan.pdf", SCAN, "bytes"), ("float.json", b'{"price":1.5}', "bytes"),
])  # fmt: skip
def test_a_digest_is_that_by_which_a_document_is_certified(
    name: str, document: bytes, form: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(files, "digest", name) == 0
    told = capsys.readouterr()
    assert told.out.strip() == document_digest(document).digest.hex()
    assert ("JSON_FLOAT" in told.err) == (name == "float.json")
    assert run(files, "digest", name, "--json") == 0
    assert json.loads(capsys.readouterr().out)["form"] == form


def test_a_file_that_is_too_large_has_no_digest(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "DOCUMENT_AT_MOST", len(SCAN) - 1)
    assert run(files, "digest", "scan.pdf") == 3
    assert capsys.readouterr().err.startswith("error FILE_TOO_LARGE")


@pytest.mark.parametrize("words", [["--help"], ["digest", "--help"]])
def test_help_shows_examples(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "examples:" in capsys.readouterr().out


def test_the_command_works_alone_with_the_clock_of_the_machine(files: Path) -> None:
    """In a process of its own, with no import of orjson and no network module loaded by us."""
    code = (
        "import sys; sys.modules['orjson'] = None\n"
        "from sanad_verifier.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "assert not {'sqlalchemy', 'pydantic', 'web3', 'httpx', 'sanad_node'} & set(sys.modules)\n"
        "raise SystemExit(code)"
    )
    words = [str(files / "receipt.sanad"), "--trust", str(files / "trust.json"), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    assert done.stderr == b""
    assert done.returncode == 2  # by now the evidence of the scene is old, or not yet made
    assert json.loads(done.stdout)["verdict"] in {"stale", "cannot-tell"}
