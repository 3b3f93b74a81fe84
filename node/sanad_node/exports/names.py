"""Names that others can read: of a document by its digest, of a key by itself."""

import base64
import json


def digest_uri(digest: bytes) -> str:
    """The name of what has this SHA-256 (RFC 6920 §3)."""
    return f"ni:///sha-256;{base64url(digest)}"


def did_of(public: bytes) -> str:
    """The `did:jwk` of an Ed25519 public key: its document follows from the name, and nobody is asked for it."""
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": base64url(public)}
    return f"did:jwk:{base64url(json.dumps(jwk, separators=(',', ':'), sort_keys=True).encode())}"


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
