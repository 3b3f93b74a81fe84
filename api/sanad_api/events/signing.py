"""Signatures of webhooks, so that a receiver knows who sent what, and when (Standard Webhooks 1.0.0)."""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sanad_verifier.errors import EnvironmentFault

PREFIX = "whsec_"
KEY_SIZE, NONCE_SIZE = 32, 12


class WebhookSecretLost(EnvironmentFault):
    """A webhook's secret cannot be read with this data directory's keys: remove the webhook and add it anew."""

    code = "WEBHOOK_SECRET_LOST"


def headers(secret: str, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a delivery: its identifier, its time (seconds), the signature over both and the body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


class SecretBox:
    """Makes secrets, and keeps them encrypted (AES-256-GCM) under a key that follows from the data directory's."""

    def __init__(self, master: bytes) -> None:
        derived = HKDF(SHA256(), KEY_SIZE, None, b"sanad webhook secrets v1").derive(master)
        self._cipher = AESGCM(derived)

    def fresh(self) -> str:
        """A new secret, in the form in which receivers are given it."""
        return PREFIX + base64.b64encode(secrets.token_bytes(KEY_SIZE)).decode()

    def seal(self, hook: str, secret: str) -> bytes:
        """The secret of a webhook, as it is kept."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), hook.encode())

    def open(self, hook: str, sealed: bytes) -> str:
        """The secret; `WebhookSecretLost` if it was kept under another key, or for another webhook."""
        try:
            opened = self._cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], hook.encode())
        except (InvalidTag, ValueError) as error:
            raise WebhookSecretLost("the secret of a webhook cannot be read", field=hook) from error
        return opened.decode()
