"""A zip archive with one byte string for each content: members stored, in order, nothing else.

Any zip tool opens it. Reading walks the members from the front, writes them again and compares, so
compression, comments, hidden members, other orders, dates, attributes, gaps and false check sums are all
refused by one rule and nothing is ever unpacked or written to disk (docs/spec/bundle.md).
"""

import struct
from collections.abc import Sequence
from zlib import crc32

from sanad_verifier.errors import EvidenceError

MEMBERS_AT_MOST = 8
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 20
_STORED = 0
_MIDNIGHT, _FIRST_OF_1980 = 0, (1 << 5) | 1  # the earliest date a zip can name


class ZipInvalid(EvidenceError):
    """The bytes are no archive in its one encoding."""

    code = "BUNDLE_INVALID"


def write_zip(members: Sequence[tuple[str, bytes]]) -> bytes:
    """The archive of these members. Names are ASCII, contents together below 4 GiB."""
    body, directory, offset = [], [], 0
    for name, content in members:
        raw = name.encode("ascii")
        sizes = (_MIDNIGHT, _FIRST_OF_1980, crc32(content), len(content), len(content), len(raw), 0)
        body += [_LOCAL.pack(_LOCAL_MARK, _VERSION, 0, _STORED, *sizes), raw, content]
        head = _CENTRAL.pack(_CENTRAL_MARK, _VERSION, _VERSION, 0, _STORED, *sizes, 0, 0, 0, 0, offset)
        directory += [head, raw]
        offset += _LOCAL.size + len(raw) + len(content)
    length = sum(map(len, directory))
    end = _END.pack(_END_MARK, 0, 0, len(members), len(members), length, offset, 0)
    return b"".join([*body, *directory, end])


def read_zip(data: bytes) -> list[tuple[str, bytes]]:
    """The members of an archive; `ZipInvalid` unless writing them gives the same bytes."""
    members: list[tuple[str, bytes]] = []
    at = 0
    while data[at : at + 4] == _LOCAL_MARK and len(members) < MEMBERS_AT_MOST:
        if len(data) < at + _LOCAL.size:
            raise ZipInvalid("the file ends early", field="bundle")
        head = _LOCAL.unpack_from(data, at)
        start = at + _LOCAL.size + head[9]
        name, content = data[at + _LOCAL.size : start], data[start : start + head[7]]
        if not name.isascii():
            raise ZipInvalid("a member's name is not ASCII", field="bundle")
        members.append((name.decode("ascii"), content))
        at = start + head[7]
    if write_zip(members) != data:
        raise ZipInvalid("the file is not a bundle in its one encoding", field="bundle")
    return members
