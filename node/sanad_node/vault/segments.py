"""Segments: a blob file and the key file that belongs to it, written together.

A document put alone is a segment of one, a batch is one segment of many: so a batch costs as many flushes
as a single document. Files come into being under `tmp/`, are flushed, and then renamed into place, the
blobs first: a document exists once its key file has its name. The only later change is `erase`, which
overwrites one key record where it is.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sanad_node.durable import flush_folder
from sanad_node.vault.errors import VaultCorrupt
from sanad_node.vault.records import (
    HEADER,
    RECORD,
    KeptDocument,
    KeyRecord,
    blob_header,
    count_of,
    decode_record,
    erased_record,
    keys_header,
    seal,
    unseal,
)
from sanad_verifier.digests import Digest

_BUFFER = 1 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Segment:
    """A pair of files `<stem>.key` and `<stem>.blob`. Methods raise OSError and `VaultCorrupt`."""

    stem: Path

    @property
    def key_file(self) -> Path:
        return self.stem.with_name(self.stem.name + ".key")

    @property
    def blob_file(self) -> Path:
        return self.stem.with_name(self.stem.name + ".blob")

    def record(self, slot: int) -> KeyRecord:
        """The key record at `slot`. Raises FileNotFoundError where there is no segment."""
        descriptor = os.open(self.key_file, _READ)
        try:
            count = count_of(os.pread(descriptor, HEADER, 0), os.fstat(descriptor).st_size)
            if not 0 <= slot < count:
                raise VaultCorrupt("a key file of the vault has no such record")
            return decode_record(os.pread(descriptor, RECORD, HEADER + slot * RECORD))
        finally:
            os.close(descriptor)

    def raw_records(self) -> Iterator[bytes]:
        """Every record as its bytes, so that one damaged record does not hide the others."""
        with os.fdopen(os.open(self.key_file, _READ), "rb", buffering=_BUFFER) as file:
            count = count_of(file.read(HEADER), os.fstat(file.fileno()).st_size)
            for _ in range(count):
                yield file.read(RECORD)

    def read(self, master: AESGCM, record: KeyRecord) -> KeptDocument:
        """The document of a live record."""
        return unseal(master, record, self.raw_blob(record))

    def raw_blob(self, record: KeyRecord) -> bytes:
        """The blob of a live record as it lies there: not yet opened, and so not yet known to be whole."""
        try:
            descriptor = os.open(self.blob_file, _READ)
        except FileNotFoundError:
            raise VaultCorrupt("the blob of a kept document is gone", field=record.digest.hex()) from None
        try:
            if record.offset + record.length > os.fstat(descriptor).st_size:  # before any memory is asked for
                raise VaultCorrupt("the blob of a kept document is cut short", field=record.digest.hex())
            if os.pread(descriptor, HEADER, 0) != blob_header():
                raise VaultCorrupt("a blob file of the vault is damaged", field=record.digest.hex())
            return os.pread(descriptor, record.length, record.offset)
        finally:
            os.close(descriptor)

    def restore(self, record: KeyRecord, blob: bytes) -> None:
        """Write a blob where its record says it was, durably. May be repeated.

        The file is made where it is gone; what else was in it reads as damaged until it is restored too. Only bytes
        that could not be read are overwritten, so a crash on the way leaves nothing worse than it was.
        """
        descriptor = os.open(self.blob_file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, blob_header(), 0)
            _write_all(descriptor, blob, record.offset)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        flush_folder(self.stem.parent)

    def erase(self, slot: int, digest: Digest) -> None:
        """Overwrite a record by its tombstone, durably. May be repeated."""
        descriptor = os.open(self.key_file, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _write_all(descriptor, erased_record(digest), HEADER + slot * RECORD)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def flush(self) -> None:
        """Make sure that what is seen of this segment survives a power cut."""
        for path in (self.blob_file, self.key_file):
            descriptor = os.open(path, _READ)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        flush_folder(self.stem.parent)


class SegmentWriter:
    """Gathers documents for one segment. Nothing of it is seen before `commit` has returned or, at worst,
    failed.
    """

    def __init__(self, tmp: Path, master: AESGCM) -> None:
        self._master = master
        self._stem = tmp / secrets.token_hex(16)
        self._records: list[KeyRecord] = []
        self._blobs: BinaryIO | None = None
        self.size = 0

    @property
    def count(self) -> int:
        return len(self._records)

    @property
    def digests(self) -> list[Digest]:
        return [record.digest for record in self._records]

    def add(self, digest: Digest, data: bytes, note: bytes, secret: bytes | None) -> None:
        """Encrypt a document and append it."""
        if self._blobs is None:
            self._blobs = os.fdopen(os.open(self._temporary("blob"), _CREATE, 0o600), "wb", buffering=_BUFFER)
            self.size = self._blobs.write(blob_header())
        record, blob = seal(self._master, digest, data, note=note, secret=secret, offset=self.size)
        self.size += self._blobs.write(blob)
        self._records.append(record)

    def commit(self, segment: Segment) -> None:
        """Give the segment its name, durably.

        Both files are flushed before either has its name. The renames reach the disk together: should a
        power cut keep the second only, the put was not acknowledged, reading says that the blob is gone,
        and putting again repairs it.
        """
        assert self._blobs is not None, "an empty segment is never committed"
        self._blobs.flush()
        os.fsync(self._blobs.fileno())
        self._blobs.close()
        descriptor = os.open(self._temporary("key"), _CREATE, 0o600)
        try:
            _write_all(descriptor, keys_header(len(self._records)), 0)
            _write_all(descriptor, b"".join(record.encode() for record in self._records), HEADER)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._temporary("blob").replace(segment.blob_file)
        self._temporary("key").replace(segment.key_file)
        flush_folder(segment.stem.parent)

    def discard(self) -> bool:
        """Remove what was not committed; False if the disk did not let us. May be repeated, also after
        `commit`.
        """
        try:
            if self._blobs is not None:
                self._blobs.close()
        except OSError:
            pass  # flushing the rest failed: it is to be removed anyway
        removed = True
        for kind in ("key", "blob"):
            try:
                self._temporary(kind).unlink(missing_ok=True)
            except OSError:
                removed = False
        return removed

    def _temporary(self, kind: str) -> Path:
        return self._stem.with_suffix(f".{kind}")


def _write_all(descriptor: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
