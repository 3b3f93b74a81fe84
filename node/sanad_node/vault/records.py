"""How a kept document and its key are written as bytes (docs/spec/vault.md). Pure: no file is touched here.

Each document has a key of its own, used once. The key, with a small secret of the document, is wrapped
under the master key in a record of fixed size: to erase the document is to overwrite its record.
"""

import secrets
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sanad_node.vault.errors import VaultCorrupt
from sanad_verifier.digests import Digest, sha256

KEYS_MAGIC = b"SNDVKEY1"
BLOB_MAGIC = b"SNDVBLB1"
HEADER = 16
RECORD = 148
SECRET = 32
LONGEST_NOTE = 1024
LIVE, ERASED = 1, 2

_NONCE, _TAG = 12, 16
_BOUND = struct.Struct(
    ">32sBB6xQQ"
)  # digest, state, whether there is a secret, offset and length of the blob
_SEALED = _NONCE + 32 + SECRET + _TAG
_NO_SECRET = bytes(SECRET)
_KEY_CONTEXT = b"sanad/vault/key/1"
_BLOB_CONTEXT = b"sanad/vault/blob/1"

assert _BOUND.size + _SEALED == RECORD


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One document's place in its blob file and, unless erased, its wrapped key and secret."""

    digest: Digest
    state: int
    has_secret: bool
    offset: int
    length: int
    sealed: bytes

    @property
    def erased(self) -> bool:
        return self.state == ERASED

    @property
    def half_erased(self) -> bool:
        """Whether it is a tombstone under which something of the key may be left: its writing was cut off."""
        return self.erased and self.encode() != erased_record(self.digest)

    def encode(self) -> bytes:
        return self._bound() + self.sealed

    def _bound(self) -> bytes:
        return _BOUND.pack(self.digest, self.state, self.has_secret, self.offset, self.length)

    def unwrap(self, master: AESGCM) -> tuple[bytes, bytes | None]:
        """The document's key and secret; `VaultCorrupt` if the record was changed or belongs to another
        vault.
        """
        opened = _open(master, self.sealed, _KEY_CONTEXT + self._bound(), self.digest)
        return opened[:32], opened[32:] if self.has_secret else None


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document as it was put: its bytes, a note about it, and its secret."""

    data: bytes
    note: str
    secret: bytes | None


def keys_header(count: int) -> bytes:
    """The first bytes of a file of `count` key records."""
    return struct.pack(">8sI4x", KEYS_MAGIC, count)


def blob_header() -> bytes:
    """The first bytes of a blob file."""
    return BLOB_MAGIC.ljust(HEADER, b"\0")


def count_of(header: bytes, size: int) -> int:
    """How many records a key file of `size` bytes with this header has."""
    if len(header) == HEADER and header[:8] == KEYS_MAGIC and header[12:] == bytes(4):
        count: int = struct.unpack(">I", header[8:12])[0]
        if size == HEADER + count * RECORD:
            return count
    raise VaultCorrupt("a key file of the vault is damaged")


def decode_record(raw: bytes) -> KeyRecord:
    """A record as read from its file."""
    if len(raw) != RECORD:
        raise VaultCorrupt("a key record of the vault is cut short")
    digest, state, has_secret, offset, length = _BOUND.unpack(raw[: _BOUND.size])
    record = KeyRecord(Digest(digest), state, has_secret == 1, offset, length, raw[_BOUND.size :])
    if state not in (LIVE, ERASED) or has_secret > 1 or record.encode() != raw:
        raise VaultCorrupt("a key record of the vault is damaged", field=digest.hex())
    return record


def erased_record(digest: Digest) -> bytes:
    """What is written over a record: that there was a document, and nothing of its key."""
    return KeyRecord(digest, ERASED, False, 0, 0, bytes(_SEALED)).encode()


def seal(
    master: AESGCM, digest: Digest, data: bytes, *, note: bytes, secret: bytes | None, offset: int
) -> tuple[KeyRecord, bytes]:
    """A document under a fresh key, to be written at `offset` of a blob file: its key record and its blob."""
    key = AESGCM.generate_key(256)
    nonce = secrets.token_bytes(_NONCE)
    inner = struct.pack(">H", len(note)) + note + data
    blob = nonce + AESGCM(key).encrypt(nonce, inner, _BLOB_CONTEXT + digest)
    bound = _BOUND.pack(digest, LIVE, secret is not None, offset, len(blob))
    wrapping = secrets.token_bytes(_NONCE)
    inside = key + (_NO_SECRET if secret is None else secret)
    sealed = wrapping + master.encrypt(wrapping, inside, _KEY_CONTEXT + bound)
    return KeyRecord(digest, LIVE, secret is not None, offset, len(blob), sealed), blob


def unseal(master: AESGCM, record: KeyRecord, blob: bytes) -> KeptDocument:
    """The document, checked to have the digest it is kept under."""
    key, secret = record.unwrap(master)
    note, data = open_blob(key, record.digest, blob)
    return KeptDocument(data, note, secret)


def open_blob(key: bytes, digest: Digest, blob: bytes) -> tuple[str, bytes]:
    """Note and bytes of the document in a blob, checked to have this digest."""
    inner = _open(AESGCM(key), blob, _BLOB_CONTEXT + digest, digest)
    (length,) = struct.unpack_from(">H", inner) if len(inner) >= 2 else (LONGEST_NOTE + 1,)
    note, data = inner[2 : 2 + length], inner[2 + length :]
    if length > LONGEST_NOTE or sha256(data) != digest:
        raise VaultCorrupt("a kept document does not have its digest", field=digest.hex())
    return note.decode(errors="replace"), data


def _open(cipher: AESGCM, sealed: bytes, context: bytes, digest: Digest) -> bytes:
    if len(sealed) < _NONCE + _TAG:
        raise VaultCorrupt("a kept document or its key is cut short", field=digest.hex())
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
    except InvalidTag:
        raise VaultCorrupt("a kept document or its key was changed", field=digest.hex()) from None
