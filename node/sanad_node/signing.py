"""Signing for one address: what is signed, and what comes out. Which key does it, and where it lives, is
its signer's matter.
"""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Transaction:
    """A call to sign: a legacy transaction at gas price 0 (docs/adr/0005)."""

    nonce: int
    to: bytes | None
    data: bytes
    gas: int
    chain_id: int


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    hash: bytes
    raw: bytes


class Signer(Protocol):
    """Signs for one address. Key material never leaves it."""

    @property
    def address(self) -> bytes: ...

    def sign_transaction(self, transaction: Transaction) -> SignedTransaction: ...

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """The 65-byte r ‖ s ‖ v signature over an EIP-712 message."""
