"""Receipts and their logs: what did a transaction make the contracts say? (Yellow Paper §4.3.1, EIP-2718, EIP-658.)"""

from dataclasses import dataclass

from sanad_verifier.chain.errors import ChainProofInvalid
from sanad_verifier.chain.headers import BLOOM_SIZE
from sanad_verifier.chain.keccak import ADDRESS_SIZE, HASH_SIZE
from sanad_verifier.chain.rlp import Item, decode, members, number, text

SUCCEEDED = b"\x01"
TYPES = frozenset({1, 2, 3, 4})
"""The kinds of transactions whose receipts have this form: EIP-2930, 1559, 4844, 7702."""
_FIRST_LIST = 0xC0
_MOST_TOPICS = 4


@dataclass(frozen=True, slots=True)
class Log:
    """An event: the contract it is of (20 bytes), topics (32 bytes each), data."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


def logs_of(receipt: bytes) -> tuple[Log, ...]:
    """The events of a receipt as the trie holds it; `ChainProofInvalid` unless its transaction succeeded."""
    if receipt[:1] and receipt[0] < _FIRST_LIST:
        if receipt[0] not in TYPES:
            raise ChainProofInvalid("the receipt is of an unknown kind", field="receipt")
        receipt = receipt[1:]
    status, gas, bloom, logs = members(decode(receipt), 4)
    if status != SUCCEEDED:
        raise ChainProofInvalid("the transaction did not succeed", field="receipt")
    number(gas)
    text(bloom, BLOOM_SIZE)
    return tuple(_log(log) for log in members(logs))


def _log(item: Item) -> Log:
    address, topics, data = members(item, 3)
    found = tuple(text(topic, HASH_SIZE) for topic in members(topics))
    if len(found) > _MOST_TOPICS:
        raise ChainProofInvalid("an event has too many topics", field="receipt")
    return Log(text(address, ADDRESS_SIZE), found, text(data))
