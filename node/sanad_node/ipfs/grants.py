"""Letting another member read one document: its key, sealed to that member, and where its blob is.

HPKE (RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM). The blob itself goes over IPFS; the
grant is a small file that goes any way one likes, since only the member it names can open it (docs/spec/ipfs.md).
"""

import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sanad_node.ipfs.cid import CidInvalid, must_be_cid
from sanad_node.vault.records import LONGEST_NOTE
from sanad_node.vault.vault import LARGEST
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError, InputError

MAGIC = b"SNDVGRT1"
LARGEST_BLOB = LARGEST + 2 + LONGEST_NOTE + 28
"""Bytes of the largest blob: the document, its note and the length of that, nonce and tag."""
_INFO = b"sanad/vault/grant/1"
_KEY_INFO = b"sanad/vault/exchange/1"
_BODY = struct.Struct(">32s32sQ59s")
_SEALED = 32 + _BODY.size + 16
SIZE = len(MAGIC) + _SEALED


class GrantInvalid(EvidenceError):
    """The file is not a grant, was changed, or is for another member."""

    code = "VAULT_GRANT_INVALID"


class GrantAddressInvalid(InputError):
    """The address to grant to is not one that `sanad vault status` shows."""

    code = "VAULT_ADDRESS_INVALID"


@dataclass(frozen=True, slots=True)
class Grant:
    """A document's key and where its blob is. Whoever holds it can read the document."""

    digest: Digest
    key: bytes
    length: int
    cid: str

    def __repr__(self) -> str:
        return f"Grant({self.digest.hex()})"


def address(master: bytes) -> bytes:
    """The 32 bytes to which others grant; they follow from the vault's key, and nobody can compute that from them."""
    return _own(master).public_key().public_bytes_raw()


def seal(grant: Grant, to: bytes) -> bytes:
    """The grant as a file for the member with this address."""
    body = _BODY.pack(grant.digest, grant.key, grant.length, grant.cid.encode())
    try:
        return MAGIC + _suite().encrypt(body, X25519PublicKey.from_public_bytes(to), _INFO)
    except ValueError as error:
        raise GrantAddressInvalid("this is not the address of a vault", field="--to") from error


def open_grant(file: bytes, master: bytes) -> Grant:
    """What a file grants to the holder of this vault; raises `GrantInvalid`."""
    if len(file) != SIZE or file[: len(MAGIC)] != MAGIC:
        raise GrantInvalid("this file is not a grant", field="--grant")
    try:
        body = _suite().decrypt(file[len(MAGIC) :], _own(master), _INFO)
        digest, key, length, cid = _BODY.unpack(body)
        where = must_be_cid(cid.decode("ascii"))
    except (InvalidTag, ValueError, struct.error, CidInvalid) as error:
        raise GrantInvalid("the grant was changed, or is for another member", field="--grant") from error
    if not 30 <= length <= LARGEST_BLOB:
        raise GrantInvalid("the grant is of a blob that no vault has", field="--grant")
    return Grant(Digest(digest), key, length, where)


def _own(master: bytes) -> X25519PrivateKey:
    derived = HKDF(SHA256(), 32, salt=None, info=_KEY_INFO).derive(master)
    return X25519PrivateKey.from_private_bytes(derived)


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
