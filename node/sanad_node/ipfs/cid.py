"""Which CID has this content? Pure: computed here before anything is sent, and again over whatever comes back.

A blob of the vault is added as a UnixFS file of chunks of 1 MiB in raw leaves: at most that, it is one raw block;
above, a root of one level links the leaves (CIDv1, SHA-256, balanced; the profile `unixfs-v1-2025` of IPIP-499 gives
the same). With at most 174 leaves, the narrowest that any node makes a root, the width never matters.
Sources: https://specs.ipfs.tech/unixfs/, the DAG-PB specification (ipld.io), and docs/spec/ipfs.md with vectors.
"""

import base64
from collections.abc import Iterator

from sanad_verifier.digests import sha256
from sanad_verifier.errors import InputError

CHUNK = 1 << 20
WIDTH = 174
LARGEST = WIDTH * CHUNK
"""Bytes of the largest content that has a CID here."""

_RAW, _DAG_PB = 0x55, 0x70
_SHA_256 = bytes([0x12, 32])
_FILE = 2
_LENGTH = 59
_ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyz234567")


class CidInvalid(InputError):
    """This is not a CID of the kind that the vault's blobs have, or the content is too large to have one."""

    code = "IPFS_CID_INVALID"


def cid_of(content: bytes) -> str:
    """The CID (version 1, base32) under which an IPFS node keeps these bytes. Raises `CidInvalid` above `LARGEST`."""
    if len(content) > LARGEST:
        raise CidInvalid(f"content of more than {LARGEST} bytes has no CID here")
    if len(content) <= CHUNK:
        return _text(_RAW, content)
    return _text(_DAG_PB, b"".join(_root(content)))


def must_be_cid(text: str, field: str = "CID") -> str:
    """The text, if it is a CID as `cid_of` writes them."""
    if len(text) == _LENGTH and text[0] == "b" and set(text[1:]) <= _ALPHABET:
        raw = base64.b32decode(text[1:].upper() + "======")
        if raw[0] == 1 and raw[1] in (_RAW, _DAG_PB) and raw[2:4] == _SHA_256 and _base32(raw) == text:
            return text
    raise CidInvalid("a CID is version 1, base32, SHA-256, of a raw block or of DAG-PB", field=field)


def _root(content: bytes) -> Iterator[bytes]:
    """A DAG-PB node in its one canonical form: links before data."""
    view = memoryview(content)
    sizes = []
    for start in range(0, len(content), CHUNK):
        leaf = view[start : start + CHUNK]
        sizes.append(len(leaf))
        link = (
            _bytes(1, bytes([1, _RAW]) + _SHA_256 + sha256(bytes(leaf)))
            + _bytes(2, b"")
            + _number(3, len(leaf))
        )
        yield _bytes(2, link)
    file = _number(1, _FILE) + _number(3, len(content)) + b"".join(_number(4, size) for size in sizes)
    yield _bytes(1, file)


def _text(codec: int, block: bytes) -> str:
    return _base32(bytes([1, codec]) + _SHA_256 + sha256(block))


def _base32(raw: bytes) -> str:
    return "b" + base64.b32encode(raw).decode().rstrip("=").lower()


def _bytes(field: int, content: bytes) -> bytes:
    """A length-delimited field of protocol buffers."""
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
