"""What a chain takes over from the one it goes on from: the log's entries so far, the record they came from, and the
state its block 0 has.

In the engine's folder, under `carried/<hash of block 0>`. All of it can be made again from the record, which is why
files of another block 0 are never looked at.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sanad_node.continuing import record
from sanad_node.continuing.record import Sent
from sanad_node.datadir import DataDirectoryDamaged
from sanad_node.durable import disk_error

FOLDER, RECORD, ENTRIES, ALLOC, FACTS = "carried", "record", "entries", "alloc.json", "facts.json"
ENTRY, HASH = 224, 32


@dataclass(frozen=True, slots=True)
class Carried:
    """Where it lies, and how many entries the log had when the chain was begun again."""

    folder: Path
    size: int

    @classmethod
    def of(cls, chain: Path, genesis: str) -> Self | None:
        """What the chain with this block 0 (hash in hex) took over; None of one that is the network's first."""
        folder = chain / FOLDER / genesis
        try:
            told = json.loads((folder / FACTS).read_bytes())
            return cls(folder, int(told["size"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(FACTS) from error

    def entries(self) -> Iterator[tuple[bytes, bytes]]:
        """The transaction (hash) and bytes of each entry, in order of the log."""
        try:
            with (self.folder / ENTRIES).open("rb") as file:
                for _ in range(self.size):
                    row = file.read(HASH + ENTRY)
                    if len(row) != HASH + ENTRY:
                        raise _damaged(ENTRIES)
                    yield row[:HASH], row[HASH:]
        except OSError as error:
            raise disk_error(error, ENTRIES) from error

    def sent(self) -> Iterator[Sent]:
        """The record it came from."""
        return record.read(self.folder / RECORD)

    def alloc(self) -> dict[str, Any]:
        """The state of block 0, as a genesis file has it."""
        try:
            told: dict[str, Any] = json.loads((self.folder / ALLOC).read_bytes())
        except (OSError, ValueError) as error:
            raise _damaged(ALLOC) from error
        return told


def _damaged(name: str) -> DataDirectoryDamaged:
    return DataDirectoryDamaged("what the chain took over from the one before cannot be read", field=name)
