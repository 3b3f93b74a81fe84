"""Writing files so that what was acknowledged survives a power cut.

A file is written beside its place, flushed to the disk, renamed, and its folder flushed: a reader sees the
old bytes or the new ones, never a part. Secrets are created readable by their owner only.
"""

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from sanad_verifier.errors import EnvironmentFault


class DiskFull(EnvironmentFault):
    """No room is left where the data directory is. Nothing was acknowledged."""

    code = "DISK_FULL"


class DiskFault(EnvironmentFault):
    """The disk refused to write or flush. Nothing was acknowledged."""

    code = "DISK_FAULT"


def disk_error(error: OSError, what: str) -> EnvironmentFault:
    """The error a person can act on for a failed write of `what`."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DiskFull(f"no space left to write {what}", field=what)
    return DiskFault(f"{what} could not be written: {os.strerror(error.errno or 0)}", field=what)


def flush_folder(folder: Path) -> None:
    """Make a rename or creation in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` by `content` durably, or leave it as it was and raise `DiskFull` or `DiskFault`."""
    write_through(path, (content,), mode=mode)


def write_through(path: Path, parts: Iterable[bytes], *, mode: int = 0o644) -> None:
    """As `write_file`, for content that comes in parts and need not fit into memory. Whatever the parts raise leaves
    `path` as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            for part in parts:
                view = memoryview(part)
                while view:
                    view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise disk_error(error, path.name) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
