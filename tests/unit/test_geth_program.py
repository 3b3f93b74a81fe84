"""geth is built from the pinned module or not at all; a `go` of a few lines stands in for the compiler."""

import stat
from pathlib import Path

import pytest

from sanad_node.engines import geth_program
from sanad_node.engines.install import EngineChecksum, EngineInstallFailed, EngineNotInstalled

GETH = '#!/bin/sh\necho "Geth"\necho "Version: {version}-stable"\n'


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for `go`, which is all that PATH has besides the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("GETH_BIN", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def compiler(
    folder: Path, *, sum_: str = geth_program.MODULE_SUM, version: str = geth_program.VERSION
) -> None:
    made = GETH.format(version=version).replace("\n", "\\n").replace('"', '\\"')
    program(
        folder / "go",
        "#!/bin/sh\n"
        f'if [ "$1" = mod ]; then echo \'{{"Sum": "{sum_}"}}\'; exit 0; fi\n'
        f'printf "{made}" > "$GOBIN/geth"; chmod +x "$GOBIN/geth"\n',
    )


def test_the_pinned_geth_is_built_once_and_found(go: Path) -> None:
    compiler(go)
    path = geth_program.install()
    assert geth_program.find().path == path
    assert geth_program.status()["chosenBy"] == "install"
    (go / "go").unlink()
    assert geth_program.install() == path  # no compiler is needed any more


@pytest.mark.parametrize("wrong", [
    pytest.param({"sum_": "h1:other="}, id="another-module"),
    pytest.param({"version": "1.14.0"}, id="another-version"),
])  # fmt: skip
def test_what_is_not_the_pinned_one_is_not_installed(go: Path, wrong: dict[str, str]) -> None:
    compiler(go, **wrong)
    with pytest.raises(EngineChecksum):
        geth_program.install()
    with pytest.raises(EngineNotInstalled):
        geth_program.find()


@pytest.mark.parametrize(
    "text", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho no json\n", "#!/bin/sh\necho '{}'\n"]
)
def test_a_build_that_fails_leaves_nothing(go: Path, tmp_path: Path, text: str) -> None:
    program(go / "go", text)
    with pytest.raises(EngineInstallFailed):
        geth_program.install()
    assert [one.name for one in (tmp_path / "cache" / "sanad" / "engines").iterdir()] == ["install-geth.lock"]


def test_another_program_may_be_named_if_it_is_a_geth(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = program(go / "own", GETH.format(version="1.13.14"))
    monkeypatch.setenv("GETH_BIN", str(own))
    found = geth_program.find()
    assert (found.version, found.own_choice) == ("1.13.14", True)
    program(own, "#!/bin/sh\necho hello\n")
    with pytest.raises(EngineNotInstalled, match="no geth"):
        geth_program.find()
    monkeypatch.setenv("GETH_BIN", str(go / "missing"))
    with pytest.raises(EngineNotInstalled):
        geth_program.find()
