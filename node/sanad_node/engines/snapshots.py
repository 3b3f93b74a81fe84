"""Snapshots: anvil's state after a prefix of the journal, so that a start need not replay everything.

A snapshot is never believed. Its note says which prefix it stands for (running digest), which block that
ends with (hash and state root) and what its bytes are (SHA-256); whatever does not fit this journal is
passed over, and the chain that was loaded must show the same hash and the same state root. The worst a bad
snapshot can do is cost time.

Of past blocks a snapshot keeps the last 256 headers (BLOCKHASH can see no further) and no transactions: the
past is in the journal. So its size, like the memory of an anvil started from it, does not depend on how
long the chain is.
"""

import contextlib
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from sanad_node.durable import disk_error, write_file
from sanad_node.engines.base import ChainUnavailable
from sanad_node.engines.journal import Journal

KEPT = 2
KEPT_HEADERS = 256
_STATE, _NOTE = ".state.json", ".note.json"


class SnapshotUnfit(Exception):
    """What anvil shows after loading a snapshot is not what the snapshot stands for."""


@dataclass(frozen=True, slots=True)
class SnapshotNote:
    """What a state file claims to be. Digests are hex."""

    number: int
    prefix: str
    block_hash: str
    state_root: str
    sha256: str
    anvil: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state file whose bytes are those its note names."""

    note: SnapshotNote
    state: Path


def trim_dump(dumped: str) -> bytes:
    """anvil_dumpState's answer as a file for `--load-state`, without what the journal keeps better."""
    try:
        state = orjson.loads(gzip.decompress(bytes.fromhex(dumped[2:])))
        state["blocks"] = sorted(state["blocks"], key=_block_number)[-KEPT_HEADERS:]
        for block in state["blocks"]:
            block["transactions"] = []
        state["transactions"] = []
        state["historical_states"] = None
        return orjson.dumps(state)
    except (ValueError, KeyError, TypeError, EOFError, OSError, zlib.error) as error:
        raise ChainUnavailable("the chain node's state dump has an unknown form", field="engine") from error


def _block_number(block: dict[str, Any]) -> int:
    number = block["header"]["number"]
    return int(number, 16) if isinstance(number, str) else int(number)


class SnapshotStore:
    """The snapshots of one chain, in one folder. `passed_over` says which were not used, and why."""

    def __init__(self, folder: Path, journal: Journal, anvil: str) -> None:
        self._folder = folder
        self._journal = journal
        self._anvil = anvil
        self.passed_over: list[str] = []
        self.trusted = True  # an audit turns to no snapshot at all

    def keep(self, number: int, block_hash: bytes, state_root: str, state: bytes) -> Snapshot:
        """Write a snapshot durably (the note last: without it the state file is nothing) and drop older
        ones.
        """
        name = f"{number:012d}"
        note = SnapshotNote(
            number,
            self._journal.prefix_at(number).hex(),
            block_hash.hex(),
            state_root,
            hashlib.sha256(state).hexdigest(),
            self._anvil,
        )
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise disk_error(error, self._folder.name) from error
        write_file(self._folder / (name + _STATE), state, mode=0o600)
        write_file(self._folder / (name + _NOTE), json.dumps(asdict(note)).encode(), mode=0o600)
        self._prune()
        return Snapshot(note, self._folder / (name + _STATE))

    def usable(self) -> Iterator[Snapshot]:
        """Snapshots of this very journal, newest first."""
        self.passed_over = []
        recorded = self._journal.recorded_height() or 0
        for path in sorted(self._folder.glob("*" + _NOTE), reverse=True) if self.trusted else ():
            reason = None
            with contextlib.suppress(OSError):
                reason = "its note or its bytes cannot be read"
                snapshot = self._read(path)
                if snapshot is not None:
                    reason = self._objection(snapshot, recorded)
            if reason is None and snapshot is not None:
                yield snapshot
            else:
                self.pass_over(path, str(reason))

    def pass_over(self, path: Path, reason: str) -> None:
        self.passed_over.append(f"{path.name.split('.')[0]}: {reason}")

    def _read(self, path: Path) -> Snapshot | None:
        try:
            raw = json.loads(path.read_bytes())
            note = SnapshotNote(**raw)
            if not isinstance(note.number, int) or note.number < 1:
                return None
        except (ValueError, TypeError):
            return None
        return Snapshot(note, path.with_name(path.name.removesuffix(_NOTE) + _STATE))

    def _objection(self, snapshot: Snapshot, recorded: int) -> str | None:
        note = snapshot.note
        if note.anvil != self._anvil:
            return "another version of anvil made it"
        if note.number > recorded:
            return "the journal has no outcome of its block"
        if self._journal.prefix_at(note.number).hex() != note.prefix:
            return "it stands for another journal"
        found = self._journal.hash_at(note.number)
        if found is None or found.hex() != note.block_hash:
            return "its block has another hash in the journal"
        with snapshot.state.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != note.sha256:
                return "its bytes are damaged"
        return None

    def _prune(self) -> None:
        names = sorted(path.name.removesuffix(_NOTE) for path in self._folder.glob("*" + _NOTE))[-KEPT:]
        for path in self._folder.iterdir():
            if path.name.split(".")[0] not in names:
                path.unlink(missing_ok=True)
