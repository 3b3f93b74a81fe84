"""Where in the vault's folder is everything? Finds every copy of a document, live or erased.

The key files are the truth. The index of segments of many is asked first, compared with them whenever it
may have missed one, and begun again when it is damaged.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sanad_node.vault.errors import VaultCorrupt, VaultFault, VaultFull
from sanad_node.vault.index import Index
from sanad_node.vault.records import KeyRecord
from sanad_node.vault.segments import Segment
from sanad_verifier.digests import Digest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Copy:
    """One place where a document is, or was before it was erased."""

    segment: Segment
    slot: int
    record: KeyRecord


class Shelves:
    """The folders of one vault. Methods raise OSError, `VaultCorrupt`, and the index faults."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.one, self.many, self.tmp = folder / "one", folder / "many", folder / "tmp"
        self._index = Index(folder / "index.db")
        self._comparing = threading.Lock()
        self._index_lags = True

    def make(self) -> None:
        """Make the folders that are not there."""
        for path in (self.folder, self.one, self.many, self.tmp):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def close(self) -> None:
        self._index.close()

    def is_empty(self) -> bool:
        return not any(self.one.iterdir()) and not any(self.many.glob("*.key"))

    def alone(self, digest: Digest) -> Segment:
        """Where a document put alone is."""
        name = digest.hex()
        return Segment(self.one / name[:2] / name)

    def segments(self) -> Iterator[Segment]:
        """Every segment, in an order that stays the same."""
        for path in sorted(self.folder.glob("one/*/*.key")) + sorted(self.many.glob("*.key")):
            yield Segment(path.with_suffix(""))

    def blobs_without_keys(self) -> Iterator[Path]:
        """Blob files nobody can read any more."""
        for blob in sorted(self.folder.glob("one/*/*.blob")) + sorted(self.many.glob("*.blob")):
            if not blob.with_suffix(".key").exists():
                yield blob

    def copies(self, digest: Digest) -> list[Copy]:
        """Every copy of a document, live or erased."""
        found = []
        alone = self.alone(digest)
        with suppress(FileNotFoundError):
            found.append(Copy(alone, 0, alone.record(0)))
        if self._index_lags:
            self.compare_index()
        for name, slot in self._with_index(lambda: self._index.places(digest)):
            segment = Segment(self.many / name)
            try:
                found.append(Copy(segment, slot, segment.record(slot)))
            except FileNotFoundError:
                raise VaultCorrupt("a key file of the vault is gone", field=digest.hex()) from None
        for copy in found:
            if copy.record.digest != digest:
                raise VaultCorrupt("a key record is not the one of its document", field=digest.hex())
        return found

    def compare_index(self) -> None:
        """Enter every segment of many that the index does not know."""
        with self._comparing:
            self._with_index(self._fill_index)
            self._index_lags = False

    def enter(self, segment: Segment, digests: list[Digest]) -> None:
        """Tell the index of a new segment of many. What it was not told it finds by itself later."""
        self._with_index(lambda: self._index.add(segment.stem.name, digests))

    def index_may_lag(self) -> None:
        """Have the index compared with the key files before it is believed again."""
        self._index_lags = True

    def remove_unfinished(self) -> None:
        """What a process that died was writing: without a key file in its place it was never acknowledged."""
        for path in self.tmp.iterdir():
            path.unlink()
        for blob in self.many.glob("*.blob"):
            if not blob.with_suffix(".key").exists():
                blob.unlink()

    def _with_index(self, ask: Callable[[], T]) -> T:
        """Ask the index; a damaged one is begun again and filled from the key files, which are the truth."""
        try:
            return ask()
        except sqlite3.OperationalError as error:
            raise _index_fault(error) from error
        except sqlite3.DatabaseError:
            try:
                self._index.reset()
                self._fill_index()
                return ask()
            except sqlite3.Error as error:
                raise _index_fault(error) from error

    def _fill_index(self) -> None:
        known = self._index.segments()
        for path in sorted(self.many.glob("*.key")):
            if path.stem not in known:
                with suppress(
                    VaultCorrupt
                ):  # `scrub` reports it; the other segments are to be found all the same
                    digests = [Digest(raw[:32]) for raw in Segment(self.many / path.stem).raw_records()]
                    self._index.add(path.stem, digests)


def _index_fault(error: sqlite3.Error) -> VaultFull | VaultFault:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return VaultFull("no space is left for the vault", field="index.db")
    return VaultFault("the vault's index cannot be used", field="index.db")
