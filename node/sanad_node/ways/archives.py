"""Zip archives from strangers: which documents are in it, and can any of it hurt us?

Everything is judged by the archive's directory before a byte is unpacked: how many members there are, how
large they say they are (the reader never gives more than that), and what they are called. Names are labels
only; nothing is ever written under them. An archive with anything we would have to guess about is refused
as a whole, a member that turns out to be damaged by itself.
"""

import stat
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from sanad_node.ways.rows import BatchSourceInvalid, Source

MEMBERS_AT_MOST = 10_000
MEMBER_AT_MOST = 64 * 1024 * 1024
TOTAL_AT_MOST = 512 * 1024 * 1024
RATIO_AT_MOST = 200
"""How many times its packed size a member may grow; real documents stay far below, bombs need far more."""
RATIO_FROM = 1024 * 1024
"""Bytes below which a member's ratio does not matter."""
NAME_AT_MOST = 255
DIRECTORY_RECORD_AT_MOST = 46 + 4 * NAME_AT_MOST + 512
"""Bytes of one member's record with its name and what archivers add."""

_END = struct.Struct("<4s4H2IH")
_ENCRYPTED, _PATCHED, _STRONG, _MASKED = 0x1, 0x20, 0x40, 0x2000
_UNIX = 3
DAMAGE = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What the reader of archives raises on bytes that are none."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be in an archive: how many members, bytes of one and of all unpacked; whether they may lie in
    folders, as those of a workbook do.
    """

    members: int
    member: int
    total: int
    folders: bool = False


def _documents() -> Bounds:
    """The bounds of an archive of documents."""
    return Bounds(MEMBERS_AT_MOST, MEMBER_AT_MOST, TOTAL_AT_MOST)


def check_archive(path: Path) -> int:
    """How many documents the archive has; `BatchSourceInvalid` if it must not be read."""
    with opened(path, _documents()) as (_, members):
        return len(members)


def read_archive(path: Path, largest: int, *, first: int = 0) -> Iterator[Source]:
    """Each document of an archive in the directory's order, from number `first` on, one in memory at a time.

    No more than one byte beyond `largest` is unpacked of a member: the type's own limit then refuses it.
    """
    with opened(path, _documents()) as (archive, members):
        for member in members[first:]:
            yield _read(archive, member, largest)


def _read(archive: ZipFile, member: ZipInfo, largest: int) -> Source:
    name = member.filename
    try:
        with archive.open(member) as content:
            data = content.read(largest + 1)
        if len(data) == min(member.file_size, largest + 1):
            return Source(name, data)
    except DAMAGE:
        pass
    return Source(name, None, BatchSourceInvalid("the document's bytes are damaged", field=name))


@contextmanager
def opened(path: Path, bounds: Bounds) -> Iterator[tuple[ZipFile, list[ZipInfo]]]:
    """The archive and its members; `BatchSourceInvalid` if it must not be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise _invalid("the archive cannot be read") from error
    with file:
        try:
            count = _count(file, bounds)
            archive = ZipFile(file)
        except DAMAGE as error:
            raise _invalid("the file is no zip archive, or is cut off") from error
        with archive:
            members = archive.infolist()
            if len(members) != count:
                raise _invalid("the archive's directory contradicts itself")
            _must_be_harmless(members, bounds)
            yield archive, members


def _count(file: BinaryIO, bounds: Bounds) -> int:
    """Members by the end record, after checking that the directory is small enough to be read at all.

    The library would look for the record in any trailing bytes and believe sizes beyond all bounds; here it
    must be the very end, and the directory must lie directly before it.
    """
    size = file.seek(0, 2)
    if size < _END.size:
        raise _invalid("the file is no zip archive, or is cut off")
    file.seek(size - _END.size)
    mark, disk, directory_disk, here, count, length, offset, comment = _END.unpack(file.read(_END.size))
    if mark != b"PK\x05\x06" or comment:
        raise _invalid("the file is no plain zip archive: it is cut off, has a comment, or something follows")
    if disk or directory_disk or here != count:
        raise _invalid("the archive is one of several parts")
    if count > bounds.members:
        raise _invalid(f"an archive may have at most {bounds.members} documents")
    if length > count * DIRECTORY_RECORD_AT_MOST or offset + length + _END.size != size:
        raise _invalid("the archive's directory is not where or what it should be")
    if not count:
        raise _invalid("the archive is empty")
    return int(count)


def _must_be_harmless(members: list[ZipInfo], bounds: Bounds) -> None:
    for number, member in enumerate(members, start=1):
        for problem in _problems(member, bounds):
            raise _invalid(f"document {number} of the archive {problem}")
    if any(times > 1 for times in Counter(m.filename for m in members).values()):
        raise _invalid("two documents of the archive have the same name")
    if sum(m.file_size for m in members) > bounds.total:
        raise _invalid(f"the archive's documents have more than {bounds.total} bytes together")
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise _invalid("two documents of the archive share bytes")
        end = member.header_offset + member.compress_size


def _problems(member: ZipInfo, bounds: Bounds) -> Iterator[str]:
    """What is wrong with a member, as the rest of a sentence; its name is not repeated."""
    name = member.orig_filename
    steps = name.split("/")
    if (len(steps) > 1 and not bounds.folders) or "\\" in name or {".", ".."} & {*steps} or "" in steps[1:]:
        yield "is in a folder; put the files themselves into the archive"
    if not name or not name.isprintable() or len(name.encode("utf-8", "replace")) > NAME_AT_MOST:
        yield "has a name that cannot be shown"
    if member.flag_bits & (_ENCRYPTED | _PATCHED | _STRONG | _MASKED):
        yield "is encrypted or a patch"
    if member.create_system == _UNIX and stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        yield "is no regular file"
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        yield "is packed in a way this node does not read"
    if member.file_size > bounds.member:
        yield f"has more than {bounds.member} bytes"
    if member.file_size > max(RATIO_FROM, member.compress_size * RATIO_AT_MOST):
        yield "is packed tighter than any document"


def _invalid(message: str) -> BatchSourceInvalid:
    return BatchSourceInvalid(message, field="file")
