"""Block 0 of a network, and its hash (EIP-225, EEA QBFT v1; Berlin rules, as ADR 0005 says why)."""

from typing import Any

from sanad_node.engines.block_facts import EMPTY_TRIE
from sanad_node.engines.geth import GAS_LIMIT
from sanad_verifier.chain.headers import NO_UNCLES, Header
from sanad_verifier.chain.qbft import MIX
from sanad_verifier.chain.rlp import encode, of_number

EPOCH = 30_000
EMPTY_FACTOR = 5
"""A QBFT block in which nothing happens comes after so many periods; bursts are starved where it comes after one."""
_FORKS = (
    "homestead",
    "eip150",
    "eip155",
    "eip158",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "berlin",
)


def clique_genesis(chain_id: int, validators: list[bytes], period: int, time: int) -> dict[str, Any]:
    """The genesis file that geth reads: nobody owns anything, and these validators seal every `period` seconds."""
    extra = bytes(32) + b"".join(sorted(validators)) + bytes(65)
    return _genesis(chain_id, {"clique": {"period": period, "epoch": EPOCH}}, extra, bytes(32), time)


def qbft_genesis(chain_id: int, validators: list[bytes], period: int, time: int) -> dict[str, Any]:
    """The genesis file that Besu reads. Validators stand in the headers, so that a header proves itself; a round that
    does not come to a block in two periods is given up. Besu before 26.8 knows the time between empty blocks under its
    experimental name only, so both are there.
    """
    consensus = {
        "blockperiodseconds": period,
        "emptyblockperiodseconds": EMPTY_FACTOR * period,
        "xemptyblockperiodseconds": EMPTY_FACTOR * period,
        "requesttimeoutseconds": 2 * period,
        "epochlength": EPOCH,
    }
    extra = encode([bytes(32), sorted(validators), [], b"", []])
    return _genesis(chain_id, {"qbft": consensus}, extra, MIX, time)


def _genesis(chain_id: int, consensus: dict[str, Any], extra: bytes, mix: bytes, time: int) -> dict[str, Any]:
    return {
        "config": {"chainId": chain_id, **{f"{fork}Block": 0 for fork in _FORKS}, **consensus},
        "nonce": "0x0",
        "timestamp": hex(time),
        "extraData": "0x" + extra.hex(),
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": "0x" + mix.hex(),
        "coinbase": "0x" + bytes(20).hex(),
        "alloc": {},
    }


def genesis_hash(genesis: dict[str, Any], state: bytes = EMPTY_TRIE) -> bytes:
    """The hash of block 0 of such a file, whose state has this root."""

    def number(name: str) -> bytes:
        return of_number(int(genesis[name], 16))

    def text(name: str) -> bytes:
        return bytes.fromhex(genesis[name][2:])

    return Header(
        (
            bytes(32), NO_UNCLES, text("coinbase"), state, EMPTY_TRIE, EMPTY_TRIE, bytes(256),
            number("difficulty"), b"", number("gasLimit"), b"", number("timestamp"),
            text("extraData"), text("mixHash"), bytes(8),
        )
    ).keccak()  # fmt: skip
