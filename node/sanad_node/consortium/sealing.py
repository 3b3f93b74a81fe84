"""Handing the network's secret to a node: sealed to its key (HPKE, RFC 9180), so that the bundle can be public.

The secret blinds business keys and consignments (docs/spec/entry.md): whoever has it can try out numbers, so members'
nodes have it and nobody else.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from sanad_verifier.errors import EvidenceError

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class SecretUnreadable(EvidenceError):
    """The network's secret is not sealed to this node's key."""

    code = "NETWORK_SECRET_UNREADABLE"


def sealing_public(seed: bytes) -> bytes:
    """The public half, 32 bytes, of a sealing key."""
    return X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def seal(secret: bytes, public: bytes, origin: str) -> bytes:
    """The secret, sealed to a node of the network of this origin."""
    return bytes(_SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(public), info=origin.encode()))


def unseal(sealed: bytes, seed: bytes, origin: str) -> bytes:
    """The secret; `SecretUnreadable`."""
    try:
        return bytes(_SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(seed), info=origin.encode()))
    except (InvalidTag, ValueError) as error:
        raise SecretUnreadable("the network's secret is not sealed to this node", field="secret") from error
