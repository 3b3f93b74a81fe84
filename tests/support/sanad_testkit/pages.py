"""The pages of the documentation as tests read them: their links, and the commands they show.

What a page may rely on (CONTRIBUTING.md tells writers the same):

* a block marked `sh` is run, command by command, in one shell for the whole page. A command must exit 0, or with the
  code its line ends with: `# exit 1`;
* a block marked `text` directly after it is what it prints. `…` stands for anything within a line, a line that is only
  `…` for any lines;
* any other block, `console` for one, is only shown.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 300
_FENCE = re.compile(r"^(`{3,})(\w*)\s*$")
_EXIT = re.compile(r"#\s*exit (\d+)\s*$")
_HEREDOC = re.compile(r"<<-?'?(\w+)'?")
_TIDY = "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT"
"""What a page left running ends with it, also if it ended early."""
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a page, its line, and the exit code it must end with."""

    text: str
    line: int
    exit_code: int


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the line its content begins at, and the content."""

    language: str
    line: int
    text: str
    follows: bool
    """Whether nothing but blank lines stands between it and the block before."""


@dataclass(frozen=True, slots=True)
class Step:
    """A block of commands with what the page says it prints, if it says so."""

    commands: tuple[Command, ...]
    printed: str | None


def pages() -> list[Path]:
    """Every page a reader meets: those at the root, and all under docs/."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    fence, language, start, gathered, follows = "", "", 0, [""], False
    for number, line in enumerate(text.splitlines(), start=1):
        found = _FENCE.match(line)
        if fence:
            if line.rstrip() == fence:
                yield Block(language, start, "\n".join(gathered), follows)
                fence, follows = "", True
            else:
                gathered.append(line)
        elif found:
            fence, language, start, gathered = found[1], found[2], number + 1, []
        elif line.strip():
            follows = False


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    kept: list[str] = []
    fence = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if fence:
            fence = "" if line.rstrip() == fence else fence
        elif found:
            fence = found[1]
        else:
            kept.append(line)
    return "\n".join(kept)


def links(text: str) -> list[str]:
    """The targets of a page's links."""
    return _LINK.findall(prose(text))


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block: a line each, unless it goes on after a backslash or with a here-document."""
    gathered: list[str] = []
    until: str | None = None
    for number, line in enumerate(block.text.splitlines(), start=block.line):
        if not gathered and (not line.strip() or line.lstrip().startswith("#")):
            continue
        gathered.append(line)
        heredoc = _HEREDOC.search(line) if until is None else None
        until = heredoc[1] if heredoc else until
        if line == until:
            until = None
        if until is None and not line.endswith("\\"):
            told = _EXIT.search(gathered[0]) or _EXIT.search(line)
            yield Command("\n".join(gathered), number - len(gathered) + 1, int(told[1]) if told else 0)
            gathered = []
    if gathered:
        raise AssertionError(f"line {block.line}: the last command of the block does not end")


def steps(text: str) -> list[Step]:
    """The blocks to run, each with the output that follows it."""
    found: list[Step] = []
    before: Block | None = None
    for block in blocks(text):
        if block.language == "sh":
            found.append(Step(tuple(commands(block)), None))
        elif block.language == "text" and block.follows and before is not None and before.language == "sh":
            found[-1] = Step(found[-1].commands, block.text)
        before = block
    return found


def fits(printed: str, output: str) -> bool:
    """Whether an output is what a page says, `…` standing for what may differ."""
    pattern = ""
    for line in printed.strip().splitlines():
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ ]*\n"
    return re.fullmatch(pattern, output.strip() + "\n") is not None


def run(page: Path, folder: Path, environment: Mapping[str, str]) -> None:
    """Run a page's commands in a folder; raises an `AssertionError` naming the first line that is not as it
    says.
    """
    told = steps(page.read_text("utf-8"))
    every = [command for step in told for command in step.commands]
    script = f"set -o pipefail\n{_TIDY}\n" + "".join(_guarded(command) for command in every)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert "Traceback (most recent call last)" not in done.stdout, done.stdout  # no exit code excuses a crash
    parts = re.split(r"\x1e(\d+)\x1e\n", done.stdout)
    outputs, codes = parts[0::2], [int(code) for code in parts[1::2]]
    name = page.name
    for command, code, output in zip(every, codes, outputs, strict=False):
        assert code == command.exit_code, f"{name}:{command.line}: exit {code}\n{command.text}\n{output}"
    assert len(codes) == len(every), (
        f"{name}: {len(codes)} of {len(every)} commands ran\n{done.stdout[-2000:]}"
    )
    at = 0
    for step in told:
        output = "".join(outputs[at : at + len(step.commands)])
        at += len(step.commands)
        if step.printed is not None:
            line = step.commands[-1].line
            assert fits(step.printed, output), f"{name}:{line} prints something else:\n{output}"


def _guarded(command: Command) -> str:
    """A command followed by a mark with its exit code; the script ends at the first that is not as said."""
    return (
        f"{command.text}\n"
        f"code=$?; printf '\\036%d\\036\\n' $code; [ $code -eq {command.exit_code} ] || exit 1\n"
    )


def environment(bin_folder: Path, bytecode: Path) -> dict[str, str]:
    """The environment of a reader: this machine's, the product's commands first on PATH, no data directory
    chosen, and Python keeping its bytecode (in `bytecode`), as it does unless told otherwise.
    """
    dropped = {"SANAD_DATA", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    path = f"{bin_folder}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, "PYTHONPYCACHEPREFIX": str(bytecode)}
