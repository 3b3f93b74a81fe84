"""Contents and the CIDs that a real IPFS node gave them, and a slow and obvious way to compute these.

The file holds sizes and CIDs, since the content follows from its size; tests/integration/test_vault_on_ipfs.py asks
the node again.
"""

import base64
import hashlib
import json
from pathlib import Path

FILE = Path(__file__).parents[2] / "vectors" / "ipfs-cids.json"
MIB = 1 << 20
SIZES = (0, 1, 1182, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 5, 64 * MIB + 1054)


def content(size: int) -> bytes:
    """Byte i is (7·i + 3) mod 251."""
    period = bytes((7 * i + 3) % 251 for i in range(251))
    return (period * (size // 251 + 1))[:size]


def given() -> dict[int, str]:
    """What the node gave, by size."""
    return {int(size): cid for size, cid in json.loads(FILE.read_text("utf-8"))["cids"].items()}


def slowly(data: bytes) -> str:
    """The CID by the letter of the specifications, one message at a time."""

    def number(value: int) -> bytes:
        digits = []
        while True:
            digits.append(value % 128)
            value //= 128
            if not value:
                break
        return bytes([d + 128 for d in digits[:-1]] + [digits[-1]])

    def multihash(block: bytes) -> bytes:
        return b"\x12\x20" + hashlib.sha256(block).digest()

    def written(codec: int, block: bytes) -> str:
        return "b" + base64.b32encode(bytes([1, codec]) + multihash(block)).decode().lower().strip("=")

    chunks = [data[i : i + MIB] for i in range(0, len(data), MIB)] or [b""]
    if len(chunks) == 1:
        return written(0x55, data)
    node = b""
    for chunk in chunks:  # PBLink: Hash = 1, Name = 2, Tsize = 3
        cid = b"\x01\x55" + multihash(chunk)
        link = b"\x0a" + number(len(cid)) + cid + b"\x12\x00" + b"\x18" + number(len(chunk))
        node += b"\x12" + number(len(link)) + link
    unixfs = b"\x08\x02" + b"\x18" + number(len(data))  # Type = 1: File, filesize = 3, blocksizes = 4
    for chunk in chunks:
        unixfs += b"\x20" + number(len(chunk))
    return written(0x70, node + b"\x0a" + number(len(unixfs)) + unixfs)
