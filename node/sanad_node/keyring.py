"""The chain keys a node holds: keystore v3 files, opened only when something must be signed.

The passphrase is 256 random bits made by the machine, so the work factor of the key derivation protects nothing:
the files use the standard's light scrypt parameters and open in milliseconds (docs/adr/0006).
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from sanad_node.datadir import DataDirectory
from sanad_node.durable import write_file
from sanad_verifier.errors import EnvironmentFault, InputError

LIGHT_SCRYPT = 4096


class KeyNotHeld(InputError):
    """This node does not hold the private key that would have to sign."""

    code = "KEY_NOT_HELD"


class KeyDamaged(EnvironmentFault):
    """A keystore file cannot be opened with this node's passphrase."""

    code = "KEY_DAMAGED"


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


class LocalSigner:
    """A signer whose key is in this process."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account
        self.address = bytes.fromhex(account.address[2:])

    def sign_transaction(self, transaction: Transaction) -> SignedTransaction:
        fields: dict[str, Any] = {
            "nonce": transaction.nonce,
            "gasPrice": 0,
            "gas": transaction.gas,
            "value": 0,
            "data": transaction.data,
            "chainId": transaction.chain_id,
        }
        if transaction.to is not None:
            fields["to"] = transaction.to
        signed = self._account.sign_transaction(fields)
        return SignedTransaction(bytes(signed.hash), bytes(signed.raw_transaction))

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        return bytes(self._account.sign_message(encode_typed_data(full_message=typed)).signature)


class Keyring:
    """Keystore files of one data directory, by address."""

    def __init__(self, directory: DataDirectory) -> None:
        self._folder: Path = directory.keys
        self._passphrase = directory.secret("passphrase").hex()
        self._open: dict[bytes, LocalSigner] = {}

    def addresses(self) -> list[bytes]:
        """Addresses of all keys held, in order of file name."""
        names = (path.name for path in sorted(self._folder.iterdir()))
        return [bytes.fromhex(m[1]) for name in names if (m := re.fullmatch(r"([0-9a-f]{40})\.json", name))]

    def create(self) -> bytes:
        """Make a key, store it durably, and return its address."""
        account = Account.create()
        stored = Account.encrypt(account.key, self._passphrase, kdf="scrypt", iterations=LIGHT_SCRYPT)
        address = bytes.fromhex(account.address[2:])
        write_file(self._folder / f"{address.hex()}.json", json.dumps(stored).encode(), mode=0o600)
        self._open[address] = LocalSigner(account)
        return address

    def signer(self, address: bytes) -> Signer:
        """The signer for an address; `KeyNotHeld` if its key is elsewhere."""
        if address not in self._open:
            path = self._folder / f"{address.hex()}.json"
            try:
                key = Account.decrypt(json.loads(path.read_bytes()), self._passphrase)
            except FileNotFoundError as error:
                raise KeyNotHeld("this node does not hold that key", field="key") from error
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise KeyDamaged("a keystore file cannot be opened", field=path.name) from error
            self._open[address] = LocalSigner(Account.from_key(key))
        return self._open[address]
