"""What an office chooses to keep of its documents: encrypted, found by digest, erasable one by one.

Byte layouts and the reasons for them are in docs/spec/vault.md.
"""

from sanad_node.vault.errors import (
    VaultCorrupt,
    VaultDigestWrong,
    VaultErased,
    VaultFault,
    VaultFull,
    VaultKeyWrong,
    VaultMissing,
    VaultSecretDiffers,
    VaultTooLarge,
)
from sanad_node.vault.scrubbing import VaultProblem
from sanad_node.vault.vault import LARGEST, Item, Vault

__all__ = [
    "LARGEST",
    "Item",
    "Vault",
    "VaultCorrupt",
    "VaultDigestWrong",
    "VaultErased",
    "VaultFault",
    "VaultFull",
    "VaultKeyWrong",
    "VaultMissing",
    "VaultProblem",
    "VaultSecretDiffers",
    "VaultTooLarge",
]
