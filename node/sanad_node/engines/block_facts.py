"""What a chain's node tells about a block, checked against the block's own hash.

JSON-RPC answers are words. A header's words become a header whose hash can be computed; the transactions and receipts
of a block are encoded again (Yellow Paper §4.3, EIP-2718, 2930, 1559) and must give the roots that the header holds.
So whoever trusts a header's hash needs to trust nobody for what happened in the block. Nothing is asked here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trie.hexary import HexaryTrie

from sanad_node.engines.base import BlockHeader, EngineLied, Log, Receipt
from sanad_node.engines.outcomes import to_bytes
from sanad_verifier.chain.headers import Header, header_of
from sanad_verifier.chain.keccak import keccak
from sanad_verifier.chain.rlp import Item, encode, of_number
from sanad_verifier.errors import EvidenceError

Json = Any
EMPTY_TRIE = keccak(b"\x80")
_FIELDS = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom",
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce",
    "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot",
    "requestsHash", "blockAccessListHash", "slotNumber",
)  # fmt: skip
_NUMBERS = frozenset((*_FIELDS[7:12], "baseFeePerGas", "blobGasUsed", "excessBlobGas", "slotNumber"))
_BASE = 15


@dataclass(frozen=True, slots=True)
class Happened:
    """A block's transactions (their hashes, and as they were signed) and what became of each, in order."""

    header: BlockHeader
    transactions: tuple[bytes, ...]
    raw: tuple[bytes, ...]
    receipts: tuple[Receipt, ...]
    logs: tuple[Log, ...]
    encoded: tuple[bytes, ...]

    def of(self, tx_hash: bytes) -> Receipt | None:
        """The receipt of a transaction of this block."""
        return next((one for one in self.receipts if one.tx_hash == tx_hash), None)


def header_told(block: Json) -> Header:
    """The header in an answer to eth_getBlockBy…; `EngineLied` if it is none. Its hash is the consensus' matter."""
    try:
        present = [name for name in _FIELDS[_BASE:] if block.get(name) is not None]
        if tuple(present) != _FIELDS[_BASE : _BASE + len(present)]:
            raise EngineLied("a header lacks a field that others follow", field="header")
        names = (*_FIELDS[:_BASE], *present)
        return header_of([_item(name, block[name]) for name in names])
    except (KeyError, TypeError, ValueError, AttributeError, EvidenceError) as error:
        raise EngineLied("the chain node's answer is no header", field="header") from error


def summary(header: Header, digest: bytes) -> BlockHeader:
    """The facts of a header that the pipeline keeps."""
    return BlockHeader(header.height, digest, header.parent, header.time)


def _item(name: str, value: str) -> bytes:
    return of_number(int(value, 16)) if name in _NUMBERS else to_bytes(value)


def happened(header: Header, digest: bytes, block: Json, receipts: Json) -> Happened:
    """Transactions and receipts of a block, as told with it; `EngineLied` unless they give the header's roots."""
    try:
        raw = tuple(_transaction(one) for one in block["transactions"])
        encoded = tuple(_encoded_receipt(one) for one in receipts)
        hashes = tuple(keccak(one) for one in raw)
        read = tuple(_receipts(receipts, hashes, header.height))
        logs = tuple(_logs(receipts, hashes))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise EngineLied(
            "the chain node's answer holds no transactions or receipts", field="block"
        ) from error
    if root_of(raw) != header.fields[4]:
        raise EngineLied("the transactions told are not those of the block", field="transactions")
    if root_of(encoded) != header.receipts:
        raise EngineLied("the receipts told are not those of the block", field="receipts")
    return Happened(summary(header, digest), hashes, raw, read, logs, encoded)


def nothing_happened(header: Header, digest: bytes) -> Happened:
    """Of a block whose header says that it is empty."""
    return Happened(summary(header, digest), (), (), (), (), ())


def is_empty(header: Header) -> bool:
    """Whether a block holds no transaction."""
    return header.fields[4] == EMPTY_TRIE and header.receipts == EMPTY_TRIE


def root_of(values: Sequence[bytes]) -> bytes:
    """The root of the trie that has each value at the RLP of its place."""
    return bytes(trie_of(values).root_hash)


def trie_of(values: Sequence[bytes]) -> HexaryTrie:
    """The trie itself."""
    made = HexaryTrie({})
    for place, value in enumerate(values):
        made[encode(of_number(place))] = value
    return made


def path_to(values: Sequence[bytes], place: int) -> tuple[bytes, ...]:
    """The encoded nodes from the root to the value at a place; nodes below 32 bytes stand within their parent."""
    nodes = trie_of(values).get_proof(encode(of_number(place)))  # type: ignore[no-untyped-call]
    packed = [encode(_plain(node)) for node in nodes]
    return tuple(node for at, node in enumerate(packed) if at == 0 or len(node) >= 32)


def _plain(node: Any) -> Item:
    return [_plain(one) for one in node] if isinstance(node, list | tuple) else bytes(node)


# -- transactions (EIP-155, 2930, 1559) -------------------------------------------------------------------------------


def _transaction(told: Json) -> bytes:
    kind = int(told.get("type", "0x0"), 16)

    def number(name: str) -> bytes:
        return of_number(int(told[name], 16))

    to = to_bytes(told["to"]) if told.get("to") else b""
    seal: list[Item] = [number("v"), number("r"), number("s")]
    after: list[Item] = [number("gas"), to, number("value"), to_bytes(told["input"])]
    if kind == 0:
        return encode([number("nonce"), number("gasPrice"), *after, *seal])
    before: list[Item] = [number("chainId"), number("nonce")]
    if kind == 1:
        return b"\x01" + encode([*before, number("gasPrice"), *after, _access(told), *seal])
    if kind == 2:
        fees: list[Item] = [number("maxPriorityFeePerGas"), number("maxFeePerGas")]
        return b"\x02" + encode([*before, *fees, *after, _access(told), *seal])
    raise ValueError("a transaction of a kind that Sanad's networks do not have")


def _access(told: Json) -> Item:
    return [
        [to_bytes(one["address"]), [to_bytes(key) for key in one["storageKeys"]]]
        for one in told.get("accessList", [])
    ]


# -- receipts (EIP-658) -----------------------------------------------------------------------------------------------


def _encoded_receipt(told: Json) -> bytes:
    kind = int(told.get("type", "0x0"), 16)
    body = encode(
        [
            of_number(int(told["status"], 16)),
            of_number(int(told["cumulativeGasUsed"], 16)),
            to_bytes(told["logsBloom"]),
            [[to_bytes(log["address"]), _topics(log), to_bytes(log["data"])] for log in told["logs"]],
        ]
    )
    return (bytes([kind]) if kind else b"") + body


def _topics(log: Json) -> list[Item]:
    return [to_bytes(topic) for topic in log["topics"]]


def _receipts(receipts: Json, hashes: Sequence[bytes], height: int) -> Iterator[Receipt]:
    """What the roots bind, and the address of a new contract, which they don't: it is compared with its code's hash."""
    before = 0
    for told, tx_hash in zip(receipts, hashes, strict=True):
        contract, total = told.get("contractAddress"), int(told["cumulativeGasUsed"], 16)
        made = to_bytes(contract) if contract else None
        yield Receipt(tx_hash, height, told["status"] == "0x1", total - before, made)
        before = total


def _logs(receipts: Json, hashes: Sequence[bytes]) -> list[Log]:
    found: list[Log] = []
    for told, tx_hash in zip(receipts, hashes, strict=True):
        for log in told["logs"]:
            topics = tuple(to_bytes(topic) for topic in log["topics"])
            found.append(
                Log(to_bytes(log["address"]), topics, to_bytes(log["data"]), tx_hash, len(found))
            )  # numbered through the block, as they stand in the receipts
    return found
