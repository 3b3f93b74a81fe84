"""A vault's files and a journal's rows, written here from their specifications and not by the program: with what a
reader finds in them, and how it refuses what is damaged (docs/spec/vault.md, docs/spec/journal.md).
"""

import hashlib
import struct
from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MASTER = hashlib.sha256(b"a master key of a vault").digest()
DOCUMENTS = (
    (b'{"lot":"KAPW-118","salt":"AAAAAAAAAAAAAAAAAAAAAA"}', "AUCTION_RECEIPT", bytes(range(32))),
    (b"%PDF-1.7\n" + bytes(range(256)), "رسید", None),
    (b"a document that was erased", "FILE", None),
)
ERASED = 2


def vault() -> dict[str, Any]:
    """The master key, the files of one segment and the check file; what is kept; files that are damaged, by code."""
    keys, blobs = _segment()
    nonce = _random("check", 12)
    check = nonce + AESGCM(MASTER).encrypt(nonce, b"", b"sanad/vault/check/1")
    return {
        "masterKey": MASTER.hex(),
        "check": b64encode(check).decode(),
        "key": b64encode(keys).decode(),
        "blob": b64encode(blobs).decode(),
        "documents": [
            {"digest": hashlib.sha256(data).hexdigest(), "erased": True}
            if place == ERASED
            else {
                "digest": hashlib.sha256(data).hexdigest(),
                "document": b64encode(data).decode(),
                "note": note,
                "secret": None if secret is None else secret.hex(),
            }
            for place, (data, note, secret) in enumerate(DOCUMENTS)
        ],
        "damaged": [
            {"name": name, "file": file, "at": at, "put": put.hex(), "slot": slot, "code": code}
            for name, file, at, put, slot, code in _damages(keys, blobs)
        ],
    }


def _segment() -> tuple[bytes, bytes]:
    records, blobs = [], b"SNDVBLB1".ljust(16, b"\0")
    for place, (data, note, secret) in enumerate(DOCUMENTS):
        digest = hashlib.sha256(data).digest()
        if place == ERASED:
            records.append(digest + bytes([2]) + bytes(115))
            continue
        key, nonce, wrapping = (
            _random(f"key {place}", 32),
            _random(f"blob {place}", 12),
            _random(f"wrap {place}", 12),
        )
        inner = struct.pack(">H", len(note.encode())) + note.encode() + data
        blob = nonce + AESGCM(key).encrypt(nonce, inner, b"sanad/vault/blob/1" + digest)
        bound = digest + struct.pack(">BB6xQQ", 1, secret is not None, len(blobs), len(blob))
        inside = key + (secret or bytes(32))
        records.append(
            bound + wrapping + AESGCM(MASTER).encrypt(wrapping, inside, b"sanad/vault/key/1" + bound)
        )
        blobs += blob
    return struct.pack(">8sI4x", b"SNDVKEY1", len(records)) + b"".join(records), blobs


def _damages(keys: bytes, blobs: bytes) -> list[tuple[str, str, int, bytes, int, str]]:
    wrong = [
        ("another magic number of the key file", "key", 0, b"X", 0),
        ("another number of records", "key", 11, b"\x02", 0),
        ("a byte that must be zero", "key", 16 + 35, b"\x01", 0),
        ("a state there is none of", "key", 16 + 32, b"\x03", 0),
        ("the flag of a secret taken away", "key", 16 + 33, b"\x00", 0),
        ("another place of the blob", "key", 16 + 47, b"\x11", 0),
        ("a bit of the wrapped key", "key", 16 + 147, bytes([keys[16 + 147] ^ 1]), 0),
        ("another magic number of the blob file", "blob", 0, b"X", 0),
        ("a bit of a blob", "blob", 40, bytes([blobs[40] ^ 1]), 0),
    ]
    left = ("a tombstone with a part of a key", "key", 16 + 148 * ERASED + 60, b"\x01", ERASED)
    return [*((*one, "VAULT_CORRUPT") for one in wrong), (*left, "VAULT_HALF_ERASED")]


BLOCKS = (
    (1_790_000_000, ("f86b80", "")),
    (1_790_000_000, ()),
    (1_790_000_007, ("aa" * 300,)),
)
META = {"chain_id": 1944, "genesis_time": 1_789_999_990, "flags": ["--no-mining", "--hardfork", "berlin"]}


def journal() -> dict[str, Any]:
    """What a journal says of itself, and its blocks with the running digest; rows that are damaged, by code."""
    settled = (
        f'{{"chainId": {META["chain_id"]}, "flags": ["--no-mining", "--hardfork", "berlin"], '
        f'"genesisTime": {META["genesis_time"]}}}'
    )
    prefix = first = hashlib.sha256(b"sanad journal v1\n" + settled.encode()).digest()
    blocks = []
    for number, (time, raws) in enumerate(BLOCKS, start=1):
        packed = b"".join(struct.pack(">I", len(raw) // 2) + bytes.fromhex(raw) for raw in raws)
        prefix = hashlib.sha256(prefix + struct.pack(">QQ", number, time) + packed).digest()
        blocks.append(
            {
                "number": number,
                "time": time,
                "transactions": list(raws),
                "packed": packed.hex(),
                "prefix": prefix.hex(),
            }
        )
    return {
        "meta": {"schema": 1, **META, "anvil": "1.7.1", "binary": "00" * 32},
        "prefix": first.hex(),
        "blocks": blocks,
        "refused": [{"name": name, "sql": sql, "code": code} for name, sql, code in _REFUSED],
    }


_REFUSED = (
    ("another time", "UPDATE blocks SET time = time + 1 WHERE number = 2", "JOURNAL_DAMAGED"),
    ("a block taken away", "DELETE FROM blocks WHERE number = 2", "JOURNAL_DAMAGED"),
    (
        "a transaction cut short",
        "UPDATE blocks SET transactions = substr(transactions, 1, 5) WHERE number = 1",
        "JOURNAL_DAMAGED",
    ),
    ("another chain", "UPDATE meta SET value = '1945' WHERE name = 'chain_id'", "JOURNAL_DAMAGED"),
    ("a newer schema", "UPDATE meta SET value = '2' WHERE name = 'schema'", "JOURNAL_NEWER"),
)


def _random(name: str, size: int) -> bytes:
    """What would be random in a vault of somebody's, and follows from a name here."""
    return hashlib.sha256(b"vector " + name.encode()).digest()[:size]
