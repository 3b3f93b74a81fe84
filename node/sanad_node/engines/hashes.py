"""The hash of every block that stands, by its height: what a header read again has to have.

A file of 32 bytes for each block from 1 on. It is made from headers that were checked, and is made again when it does
not fit what is final.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from sanad_node.durable import disk_error
from sanad_verifier.chain.keccak import HASH_SIZE


class Hashes:
    """Not thread-safe: its user holds a lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def at(self, height: int) -> bytes | None:
        """The hash at a height from 1 on; None where there is none yet."""
        try:
            with self._path.open("rb") as file:
                file.seek((height - 1) * HASH_SIZE)
                found = file.read(HASH_SIZE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, self._path.name) from error
        return found if len(found) == HASH_SIZE else None

    def put(self, first: int, hashes: Sequence[bytes]) -> None:
        """Those of `first` and the blocks after it, in the place of any that are there; not flushed to the disk yet."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
            with os.fdopen(descriptor, "wb") as file:
                file.truncate((first - 1) * HASH_SIZE)
                file.seek((first - 1) * HASH_SIZE)
                file.write(b"".join(hashes))
        except OSError as error:
            raise disk_error(error, self._path.name) from error

    def flush(self) -> None:
        """Have the disk keep what was put."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o644)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise disk_error(error, self._path.name) from error
