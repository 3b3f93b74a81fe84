"""What became of a block: its header and receipts, kept exactly as the chain node told them.

Packed, an outcome is the deflated JSON of the node's own answers, so that a receipt proof can be made from
it later. Every receipt is bound to the block hash through the header's receipts root.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from sanad_node.engines.base import BlockHeader, ChainUnavailable, Log, Receipt
from sanad_node.engines.journal import JournalDamaged

Json = Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """One block, read."""

    header: BlockHeader
    receipts: dict[bytes, Receipt]
    logs: tuple[Log, ...]


def pack_outcome(block: Json, receipts: Json) -> bytes:
    """The node's answers to eth_getBlockByNumber (hashes only) and eth_getBlockReceipts, packed."""
    return zlib.compress(orjson.dumps({"block": block, "receipts": receipts}), 6)


def unpack_json(packed: bytes) -> tuple[Json, Json]:
    """(block, receipts) as the node told them; raises `JournalDamaged`."""
    with _readable():
        found = orjson.loads(zlib.decompress(packed))
        return found["block"], found["receipts"]


def unpack_outcome(packed: bytes) -> Outcome:
    """The facts the pipeline asks for; raises `JournalDamaged`."""
    block, receipts = unpack_json(packed)
    with _readable():
        return Outcome(
            read_header(block),
            {receipt.tx_hash: receipt for receipt in map(_receipt, receipts)},
            tuple(_log(log) for receipt in receipts for log in receipt["logs"]),
        )


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (zlib.error, KeyError, TypeError, ValueError, IndexError, ChainUnavailable) as error:
        raise JournalDamaged("the outcome of a block cannot be read", field="journal.db") from error


def read_header(block: Json) -> BlockHeader:
    """The header in an answer to eth_getBlockByNumber."""
    if not isinstance(block, dict):
        raise ChainUnavailable("the chain node does not know its own head", field="chain")
    return BlockHeader(
        int(block["number"], 16),
        to_bytes(block["hash"]),
        to_bytes(block["parentHash"]),
        int(block["timestamp"], 16),
    )


def to_bytes(value: Json) -> bytes:
    """Bytes of a 0x-prefixed hex string the node gave."""
    return bytes.fromhex(value[2:])


def to_hex(value: bytes) -> str:
    return "0x" + value.hex()


def _receipt(raw: Json) -> Receipt:
    contract = raw.get("contractAddress")
    return Receipt(
        to_bytes(raw["transactionHash"]),
        int(raw["blockNumber"], 16),
        raw["status"] == "0x1",
        int(raw["gasUsed"], 16),
        to_bytes(contract) if contract else None,
    )


def _log(raw: Json) -> Log:
    return Log(
        to_bytes(raw["address"]),
        tuple(to_bytes(topic) for topic in raw["topics"]),
        to_bytes(raw["data"]),
        to_bytes(raw["transactionHash"]),
        int(raw["logIndex"], 16),
    )
