"""The block journal: what the embedded chain is made of.

With fixed flags anvil is a pure function of (timestamp, raw transactions) block by block, so these rows
*are* the chain and everything else about it can be computed again. A row is on the disk before anvil is
told to mine it; the hash is added afterwards, together with the block's outcome (header and receipts), so
that the past is answered from here and anvil only has to know the present. Format: docs/spec/journal.md.
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sanad_node.durable import DiskFault, DiskFull, flush_folder
from sanad_node.engines.base import ChainUnavailable, WrongChain
from sanad_verifier.errors import EnvironmentFault

SCHEMA = 1
PREFIX_TAG = b"sanad journal v1\n"
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, time INTEGER NOT NULL, transactions BLOB NOT NULL, prefix BLOB NOT NULL, hash BLOB
);
CREATE UNIQUE INDEX blocks_hash ON blocks (hash);
CREATE TABLE outcomes (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE places (tx BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""


class JournalNewer(EnvironmentFault):
    """The journal was written by a newer version of Sanad."""

    code = "JOURNAL_NEWER"


class JournalMismatch(EnvironmentFault):
    """The chain computed from the journal is not the chain the journal recorded. Nothing was changed."""

    code = "JOURNAL_MISMATCH"


class JournalDamaged(EnvironmentFault):
    """The journal cannot be read, or a row of it is missing or altered."""

    code = "JOURNAL_DAMAGED"


@dataclass(frozen=True, slots=True)
class Origin:
    """What the chain of a journal is a function of, besides its blocks; and, for the record, which binary
    began it.
    """

    chain_id: int
    genesis_time: int
    flags: tuple[str, ...]
    anvil: str
    binary: str

    def prefix(self) -> bytes:
        """The digest that stands for a journal without blocks. The binary is not part of it: another must
        agree.
        """
        settled = {"chainId": self.chain_id, "genesisTime": self.genesis_time, "flags": list(self.flags)}
        return hashlib.sha256(PREFIX_TAG + json.dumps(settled, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class JournalBlock:
    """One row. `prefix` digests everything up to and including this block; `hash` is None until it was
    mined.
    """

    number: int
    time: int
    transactions: tuple[bytes, ...]
    prefix: bytes
    hash: bytes | None


def pack_transactions(transactions: Sequence[bytes]) -> bytes:
    """Each transaction after its length in four big-endian bytes."""
    return b"".join(len(raw).to_bytes(4, "big") + raw for raw in transactions)


def unpack_transactions(packed: bytes) -> tuple[bytes, ...]:
    """The inverse of `pack_transactions`; raises `JournalDamaged` unless `packed` is exactly a sequence of
    them.
    """
    found, at = [], 0
    while at < len(packed):
        end = at + 4 + int.from_bytes(packed[at : at + 4], "big")
        if end > len(packed) or at + 4 > len(packed):
            raise JournalDamaged("a block of the journal is cut short", field="journal.db")
        found.append(packed[at + 4 : end])
        at = end
    return tuple(found)


def extend_prefix(prefix: bytes, number: int, time: int, packed: bytes) -> bytes:
    """The digest of a prefix one block longer."""
    return hashlib.sha256(prefix + number.to_bytes(8, "big") + time.to_bytes(8, "big") + packed).digest()


class Journal:
    """The journal of one chain in one SQLite file. One writer; reads may come from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write_lock, self._read_lock = threading.RLock(), threading.RLock()
        if not path.is_file():
            raise JournalDamaged("there is no block journal here", field=path.name)
        with self._guard():
            self._writer = _connect(path)
            self._reader = _connect(path)
            self.origin = self._load_origin()
            last = self._writer.execute(
                "SELECT number, time, prefix FROM blocks ORDER BY number DESC LIMIT 1"
            ).fetchone()
        self.height: int = last[0] if last else 0
        self.time: int = last[1] if last else self.origin.genesis_time
        self.prefix: bytes = last[2] if last else self.origin.prefix()

    @classmethod
    def create(cls, path: Path, origin: Origin) -> "Journal":
        """Begin the journal of a new chain. The file appears complete or not at all."""
        if path.exists():
            raise WrongChain("there is a block journal here already", field=path.name)
        part = path.with_name(f".{path.name}.part")
        try:
            for leftover in (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm")):
                leftover.unlink(missing_ok=True)
            connection = _connect(part)
            values = {"schema": SCHEMA, **asdict(origin)}
            with connection:
                connection.executescript(_TABLES)
                connection.executemany(
                    "INSERT INTO meta VALUES (?, ?)",
                    [(name, json.dumps(value)) for name, value in values.items()],
                )
            connection.close()  # the last connection folds the write-ahead log into the file
            part.rename(path)
            flush_folder(path.parent)
        except (sqlite3.Error, OSError) as error:
            raise _disk_error(error, path.name) from error
        return cls(path)

    def close(self) -> None:
        for connection in (self._writer, self._reader):
            connection.close()

    # -- writing --

    def append(self, time: int, transactions: Sequence[bytes]) -> JournalBlock:
        """Put the next block on the disk. When this returns the block is part of the chain, mined or not."""
        number, packed = self.height + 1, pack_transactions(transactions)
        prefix = extend_prefix(self.prefix, number, time, packed)
        with self._write_lock, self._guard():
            with self._writer:
                self._writer.execute(
                    "INSERT INTO blocks VALUES (?, ?, ?, ?, NULL)", (number, time, packed, prefix)
                )
            self.height, self.time, self.prefix = number, time, prefix
        return JournalBlock(number, time, tuple(transactions), prefix, None)

    def record(self, number: int, block_hash: bytes, outcome: bytes, hashes: Sequence[bytes]) -> None:
        """Note what became of a block. Not flushed: after a power cut the same is computed again from the
        row.
        """
        with self._write_lock, self._guard():
            self._writer.execute("PRAGMA synchronous=NORMAL")
            try:
                with self._writer:
                    if number > 0:
                        self._writer.execute(
                            "UPDATE blocks SET hash = ? WHERE number = ?", (block_hash, number)
                        )
                    self._writer.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?)", (number, outcome))
                    self._writer.executemany(
                        "INSERT OR REPLACE INTO places VALUES (?, ?)", [(h, number) for h in hashes]
                    )
            finally:
                self._writer.execute("PRAGMA synchronous=FULL")

    def flush(self) -> None:
        """Make everything recorded so far durable, so that a snapshot can build on it."""
        with self._write_lock, self._guard():
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    # -- reading --

    def check(self) -> int:
        """Read every block, hold it against the running digest and its outcome; returns how many there are."""
        recorded = self.recorded_height() or 0
        for block in self.blocks(1):
            outcome = self.outcome(block.number)
            if (outcome is None or block.hash is None) and block.number <= recorded:
                raise JournalDamaged("the journal lacks the outcome of a block", field=self._path.name)
        return self.height

    def blocks(self, first: int) -> Iterator[JournalBlock]:
        """Blocks from `first` on, checking that each follows from the one before it."""
        prefix = self.prefix_at(first - 1)
        for expected in range(first, self.height + 1):
            row = self._one(
                "SELECT number, time, transactions, prefix, hash FROM blocks WHERE number = ?", expected
            )
            if row is None or extend_prefix(prefix, expected, row[1], row[2]) != row[3]:
                raise JournalDamaged("a block of the journal is missing or altered", field=self._path.name)
            prefix = row[3]
            yield JournalBlock(expected, row[1], unpack_transactions(row[2]), prefix, row[4])

    def prefix_at(self, number: int) -> bytes:
        """The running digest after block `number`."""
        if number == 0:
            return self.origin.prefix()
        row = self._one("SELECT prefix FROM blocks WHERE number = ?", number)
        if row is None:
            raise JournalDamaged("the journal is not that long", field=self._path.name)
        return bytes(row[0])

    def hash_at(self, number: int) -> bytes | None:
        """The recorded hash of block `number` (1 or higher), or None while it is unmined or does not exist."""
        row = self._one("SELECT hash FROM blocks WHERE number = ?", number)
        return None if row is None or row[0] is None else bytes(row[0])

    def number_of(self, block_hash: bytes) -> int | None:
        """The block (1 or higher) of this hash."""
        row = self._one("SELECT number FROM blocks WHERE hash = ?", block_hash)
        return None if row is None else int(row[0])

    def outcome(self, number: int) -> bytes | None:
        row = self._one("SELECT body FROM outcomes WHERE number = ?", number)
        return None if row is None else bytes(row[0])

    def recorded_height(self) -> int | None:
        """The highest block with an outcome; None before even block 0 has one."""
        row = self._one("SELECT max(number) FROM outcomes")
        return None if row is None or row[0] is None else int(row[0])

    def place(self, tx: bytes) -> int | None:
        """The block that holds a transaction."""
        row = self._one("SELECT number FROM places WHERE tx = ?", tx)
        return None if row is None else int(row[0])

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with self._read_lock, self._guard():
            found: tuple[Any, ...] | None = self._reader.execute(query, values).fetchone()
            return found

    def _load_origin(self) -> Origin:
        try:
            meta = {
                name: json.loads(value)
                for name, value in self._writer.execute("SELECT name, value FROM meta")
            }
            if meta.pop("schema") > SCHEMA:
                raise JournalNewer(
                    "the block journal was written by a newer version of Sanad", field=self._path.name
                )
            return Origin(**{**meta, "flags": tuple(meta["flags"])})
        except (KeyError, TypeError, ValueError) as error:
            raise JournalDamaged(
                "the block journal does not say what it is", field=self._path.name
            ) from error

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _disk_error(error, self._path.name) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
    setup: Callable[[str], object] = connection.execute
    setup("PRAGMA journal_mode=WAL")
    setup("PRAGMA synchronous=FULL")
    return connection


def _disk_error(error: sqlite3.Error | OSError, name: str) -> EnvironmentFault:
    if isinstance(error, sqlite3.ProgrammingError):
        return ChainUnavailable("the block journal is closed", field=name)
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull("no space left to write the block journal", field=name)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return JournalDamaged("the block journal is damaged", field=name)
    return DiskFault("the block journal cannot be read or written", field=name)
