"""Blinded identifiers: what goes on the chain instead of a number that could be guessed
(docs/spec/entry.md).

HMAC-SHA-256 under the network key, which members hold. Without it nobody can tell which business number a
key stands for.
"""

import hmac
import unicodedata

SEAL_BYTES = 12


def _blind(network_key: bytes, *parts: str) -> bytes:
    message = b"\0".join(part.encode("utf-8") for part in parts)
    return hmac.digest(network_key, message, "sha256")


def business_key(network_key: bytes, doc_type: str, issuer: str, number: str) -> bytes:
    """The blinded key of a document's business number as issued by a formation (its code)."""
    return _blind(network_key, doc_type, issuer, number)


def seal_mark(network_key: bytes, seal: str) -> bytes:
    """The 12-byte mark of a seal number; zero bytes for no seal."""
    normal = normalise(seal)
    return _blind(network_key, "seal", normal)[:SEAL_BYTES] if normal else bytes(SEAL_BYTES)


def consignment_id(network_key: bytes, kind: str, reference: str) -> bytes:
    """The identifier of a consignment from what people call it (container and voyage, chassis, lot)."""
    return _blind(network_key, "consignment", kind, normalise(reference))


def thing_mark(network_key: bytes, kind: str, compared: str) -> bytes:
    """The blinded number of a vehicle, engine or container, as readings of it are compared."""
    return _blind(network_key, "thing", kind, compared)


def device_mark(network_key: bytes, serial: str) -> bytes:
    """The blinded serial number of a device; zero bytes for none."""
    normal = normalise(serial)
    return _blind(network_key, "device", normal) if normal else bytes(32)


def officer_mark(network_key: bytes, officer: str) -> bytes:
    """The blinded identity of the officer behind a key."""
    return _blind(network_key, "officer", normalise(officer))


def read_mark(network_key: bytes, identifier: str) -> bytes:
    """The blinded number, or whatever was typed, that somebody looked up (docs/spec/read-log.md)."""
    return _blind(network_key, "read", normalise(identifier))


def normalise(text: str) -> str:
    """Upper case, NFC, without blanks and dashes: people write the same number in many ways."""
    folded = unicodedata.normalize("NFC", text).upper()
    return "".join(c for c in folded if not c.isspace() and c != "-")
