"""A signer whose key is in this process (eth-account does the work, with coincurve under it)."""

import json
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from sanad_node.signing import SignedTransaction, Transaction

LIGHT_SCRYPT = 4096


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


def create(passphrase: str) -> tuple[LocalSigner, bytes]:
    """A new key: its signer, and its keystore v3 file."""
    account = Account.create()
    stored = Account.encrypt(account.key, passphrase, kdf="scrypt", iterations=LIGHT_SCRYPT)
    return LocalSigner(account), json.dumps(stored).encode()


def of_key(secret: bytes) -> LocalSigner:
    """The signer of a key, 32 bytes, that is kept elsewhere."""
    return LocalSigner(Account.from_key(secret))


def unlock(stored: bytes, passphrase: str) -> LocalSigner:
    """The signer in a keystore v3 file; raises ValueError, KeyError or TypeError if it cannot be opened."""
    return LocalSigner(Account.from_key(Account.decrypt(json.loads(stored), passphrase)))
