"""What the embedded engine must know of a signed transaction before it lets it near the chain.

Only EIP-155 legacy transactions at price zero are taken: every engine we support understands them, and the
chain id in the signature keeps a transaction of one network from being replayed on another. The signature
itself is anvil's business.
"""

from dataclasses import dataclass

from eth_hash.auto import keccak

from sanad_node.engines.base import TransactionRefused
from sanad_verifier.chain.keccak import signer
from sanad_verifier.chain.rlp import encode, of_number

FIELDS = 9  # nonce, gas price, gas limit, to, value, data, v, r, s
MOST_BYTES = 128 * 1024  # what public clients accept as well


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """Raw bytes with their hash and the most gas they may use."""

    raw: bytes
    hash: bytes
    gas: int
    nonce: int

    def sender(self) -> bytes:
        """Whose key signed it (EIP-155): 20 bytes."""
        *unsigned, v, r, s = _items(self.raw)
        chain = (int.from_bytes(v) - 35) // 2
        digest = keccak(encode([*unsigned, of_number(chain), b"", b""]))
        recovery = (int.from_bytes(v) - 35) % 2
        return signer(digest, r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes([recovery]))

    def data(self) -> bytes:
        """What it says to the contract."""
        return _items(self.raw)[5]

    @classmethod
    def read(cls, raw: bytes, chain_id: int) -> "SignedTransaction":
        """Check form and chain id of `raw`; raises `TransactionRefused`."""
        digest = keccak(raw)
        if len(raw) > MOST_BYTES:
            raise TransactionRefused("a transaction is longer than 128 KiB", (digest,))
        try:
            fields = _items(raw)
        except (IndexError, ValueError) as error:
            raise TransactionRefused("these bytes are no legacy transaction", (digest,)) from error
        if len(fields) != FIELDS:
            raise TransactionRefused("a legacy transaction has nine fields", (digest,))
        price, gas, v = (int.from_bytes(fields[at], "big") for at in (1, 2, 6))
        if v not in (2 * chain_id + 35, 2 * chain_id + 36):
            raise TransactionRefused("the transaction is not signed for this chain id (EIP-155)", (digest,))
        if price != 0:
            raise TransactionRefused("gas costs nothing here: the price must be zero", (digest,))
        return cls(bytes(raw), digest, gas, int.from_bytes(fields[0]))


def _items(raw: bytes) -> list[bytes]:
    """The byte strings of one flat RLP list that fills `raw` exactly."""
    start, length, is_list = _header(raw, 0)
    if not is_list or start + length != len(raw):
        raise ValueError("not one list")
    items, at = [], start
    while at < len(raw):
        start, length, is_list = _header(raw, at)
        at = start + length
        if is_list or at > len(raw):
            raise ValueError("not a flat list")
        items.append(raw[start:at])
    return items


def _header(raw: bytes, at: int) -> tuple[int, int, bool]:
    """Where the item at `at` has its payload, how long that is, and whether it is a list."""
    first = raw[at]
    if first < 0x80:
        return at, 1, False
    is_list = first >= 0xC0
    short = first - (0xC0 if is_list else 0x80)
    if short <= 55:
        return at + 1, short, is_list
    width = short - 55
    return at + 1 + width, int.from_bytes(raw[at + 1 : at + 1 + width], "big"), is_list
