"""Which segment of many holds this document? A table that can be deleted and rebuilt.

It holds digests, which are public, and places; never a key. It is allowed to lag behind the key files,
which are the truth: `Vault` compares it with them whenever it may have missed one.
"""

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from sanad_verifier.digests import Digest

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS segments (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS places (
    digest BLOB NOT NULL, segment TEXT NOT NULL, slot INTEGER NOT NULL, PRIMARY KEY (digest, segment, slot)
) WITHOUT ROWID;
"""


class Index:
    """Places of documents in segments of many. Methods raise sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def places(self, digest: Digest) -> list[tuple[str, int]]:
        """(segment, slot) of every copy."""
        with self._lock:
            rows = self._open().execute("SELECT segment, slot FROM places WHERE digest = ?", (digest,))
            return [(str(segment), int(slot)) for segment, slot in rows]

    def segments(self) -> set[str]:
        """Names of the segments the table knows of."""
        with self._lock:
            return {str(name) for (name,) in self._open().execute("SELECT name FROM segments")}

    def add(self, segment: str, digests: Iterable[Digest]) -> None:
        """Enter a segment with its documents in the order of their slots, whole or not at all."""
        with self._lock:
            connection = self._open()
            with connection:
                connection.execute("INSERT OR REPLACE INTO segments VALUES (?)", (segment,))
                connection.executemany(
                    "INSERT OR REPLACE INTO places VALUES (?, ?, ?)",
                    ((bytes(digest), segment, slot) for slot, digest in enumerate(digests)),
                )

    def reset(self) -> None:
        """Begin again with an empty table."""
        with self._lock:
            self._close()
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            self._open()

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path, check_same_thread=False)
            try:
                connection.executescript(_SCHEMA)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection
