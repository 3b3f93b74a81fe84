"""The spool: uploads on the disk, from the first chunk until their batch job has ended.

An upload counts once `commit` has returned: its bytes and its name are then flushed. What was cut off before
is removed when the spool is next opened. Names are random numbers of ours, never anything a caller says.
"""

import os
import re
import secrets
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sanad_node.durable import disk_error, flush_folder
from sanad_verifier.errors import InputError

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest upload."""
ID_BYTES = 16
_ID = re.compile(r"[0-9a-f]{32}")
_PART = ".part"


class UploadTooLarge(InputError):
    """An upload has more bytes than this node takes at once; split it."""

    code = "UPLOAD_TOO_LARGE"


class UploadEmpty(InputError):
    """An upload has no bytes."""

    code = "UPLOAD_EMPTY"


class UploadMissing(InputError):
    """There is no upload of this identifier: it was never finished, or its job has ended."""

    code = "UPLOAD_MISSING"


class Upload:
    """One upload being written. Use as a context manager: left without `commit`, it is gone.

    Its methods block for the disk's time; an event loop calls them in a thread, one at a time.
    """

    def __init__(self, folder: Path, largest: int) -> None:
        self.id = secrets.token_hex(ID_BYTES)
        self.size = 0
        self._largest = largest
        self._path = folder / self.id
        self._part = folder / f".{self.id}{_PART}"
        with _disk():
            self._descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def write(self, chunk: bytes) -> None:
        """Add some bytes; `UploadTooLarge` before anything beyond the limit is on the disk."""
        self.size += len(chunk)
        if self.size > self._largest:
            raise UploadTooLarge(f"a file may have at most {self._largest} bytes", field="file")
        view = memoryview(chunk)
        with _disk():
            while view:
                view = view[os.write(self._descriptor, view) :]

    def commit(self) -> str:
        """Make the upload durable; returns its identifier."""
        if not self.size:
            raise UploadEmpty("the file is empty", field="file")
        with _disk():
            os.fsync(self._descriptor)
            self._part.rename(self._path)
            flush_folder(self._path.parent)
        return self.id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
        self._part.unlink(missing_ok=True)


class Spool:
    """The uploads in `folder`, which is made if it is missing. One process has it open at a time."""

    def __init__(self, folder: Path, *, largest: int = LARGEST) -> None:
        self._folder = folder
        self.largest = largest
        with _disk():
            if not folder.exists():
                folder.mkdir(mode=0o700)
                flush_folder(folder.parent)
            for path in folder.glob(f".*{_PART}"):
                path.unlink(missing_ok=True)

    def open(self) -> Upload:
        """Begin an upload."""
        return Upload(self._folder, self.largest)

    def path(self, upload: str) -> Path:
        """Where a finished upload lies; `UploadMissing` if there is none of this identifier."""
        path = self._folder / upload
        if not _ID.fullmatch(upload) or not path.is_file():
            raise UploadMissing("there is no such upload", field="file")
        return path

    def remove(self, upload: str) -> None:
        """Forget an upload; one that is gone already is no fault."""
        if _ID.fullmatch(upload):
            with _disk():
                (self._folder / upload).unlink(missing_ok=True)

    def remove_all_but(self, kept: Container[str]) -> None:
        """Forget what belongs to no job that still needs it."""
        with _disk():
            for path in self._folder.iterdir():
                if _ID.fullmatch(path.name) and path.name not in kept:
                    path.unlink(missing_ok=True)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, "uploads") from error
