"""Two offices that are copies of each other, one of them served: what a command says must not depend on it."""

import contextlib
import json
import re
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.office import Office, Ran, open_office

OURS = {
    "act", "tx", "idempotencyKey", "key", "address", "fields", "root", "note", "pid", "path", "batchRoot",
    "live", "rebuilt", "token", "starts", "snapshot", "blocksAfterSnapshot", "checkpoints", "reads",
}  # fmt: skip
"""Members that hold what is random, or counts of the process that was asked: a service signs checkpoints
as it goes, and records who read what.
"""
WHEN = {
    "time", "at", "since", "issuedAt", "asOf", "validFrom", "validTo", "suspendedAt", "compromisedFrom",
    "proposedAt", "executedAt", "createdAt", "disabledAt", "askedAt", "erasedAt",
}  # fmt: skip
WORDS = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"\b\d+ (second|minute)s? ago"), "<ago>"),
    (re.compile(r"\b(0x)?[0-9a-f]{16,}\b"), "<hex>"),
    (re.compile(r"\b1[78]\d{8}\b"), "<seconds>"),
    (re.compile(r"^(pid|starts|snapshot|blocksAfterSnapshot): .*$", re.MULTILINE), r"\1"),
    (
        re.compile(
            r"\b\d+(?= signed checkpoints)|(?<=^checkpoints )[ ]*\d+|(?<=^reads )[ ]*\d+", re.MULTILINE
        ),
        "<count>",
    ),
    (re.compile(r"(?<=— ).*$|^\S{43}=$|\b\d+ bytes", re.MULTILINE), "<signed>"),
)


@dataclass(frozen=True, slots=True)
class Twins:
    """`alone` is asked on its data directory, `served` through the service that has its twin."""

    alone: Office
    served: Office
    url: str

    def file(self, name: str, content: bytes) -> None:
        for office in (self.alone, self.served):
            path = office.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)

    def say_the_same(self, *arguments: str, words: bool = False) -> Ran:
        """Run a command on both; the outputs and exit codes must be equal but for what is random or a time."""
        one, other = (office.call(*arguments, words=words) for office in (self.alone, self.served))
        seen = [masked_words(ran.out + ran.err) if words else masked(ran.told) for ran in (one, other)]
        assert seen[0] == seen[1], f"{' '.join(arguments)}\n{seen[0]}\n{seen[1]}"
        assert one.code == other.code, " ".join(arguments)
        return other


def masked(told: Any, name: str = "") -> Any:
    """What was told without what differs between two runs; that it is there, and of what form, remains."""
    if isinstance(told, dict):
        return {member: masked(value, member) for member, value in told.items()}
    if isinstance(told, list):
        return [masked(one, name) for one in told]
    if name in WHEN and isinstance(told, int):
        return told > 0
    if name in OURS and told is not None:
        return type(told).__name__
    return masked_words(told) if isinstance(told, str) else told


def masked_words(text: str) -> str:
    for pattern, mark in WORDS:
        text = pattern.sub(mark, text)
    return text


@contextlib.contextmanager
def served(office: Office, *arguments: str, ending: int = signal.SIGINT) -> Iterator[str]:
    """The address of a service that runs on an office's data directory; it must end cleanly."""
    with office.start("up", "--port", "0", *arguments) as running:
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert line, f"the service ended with {running.wait(10)}"
            yield str(json.loads(line)["url"])
        finally:
            running.send_signal(ending)
            running.communicate(timeout=30)
    assert running.returncode == (-ending if ending == signal.SIGKILL else 0)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Two copies of the founded office, one of them served for as long as the module's tests run."""
    alone = open_office(tmp_path_factory.mktemp("alone"), tmp_path_factory)
    place: Path = tmp_path_factory.mktemp("served")
    shutil.copytree(alone.data, place / "data")
    (place / "desk").mkdir()
    other = Office(place / "data", place / "desk")
    with served(other) as url:
        yield Twins(alone, other, url)
