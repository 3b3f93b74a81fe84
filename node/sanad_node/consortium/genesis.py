"""Block 0 of a Clique network, and its hash (EIP-225; Berlin rules, as docs/explanation/engines.md says why)."""

from typing import Any

from sanad_node.engines.block_facts import EMPTY_TRIE
from sanad_verifier.chain.headers import NO_UNCLES, Header
from sanad_verifier.chain.rlp import of_number

EPOCH = 30_000
GAS_LIMIT = 120_000_000
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
    listed = b"".join(sorted(validators))
    return {
        "config": {
            "chainId": chain_id,
            **{f"{fork}Block": 0 for fork in _FORKS},
            "clique": {"period": period, "epoch": EPOCH},
        },
        "nonce": "0x0",
        "timestamp": hex(time),
        "extraData": "0x" + (bytes(32) + listed + bytes(65)).hex(),
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": "0x" + bytes(32).hex(),
        "coinbase": "0x" + bytes(20).hex(),
        "alloc": {},
    }


def genesis_hash(genesis: dict[str, Any]) -> bytes:
    """The hash of block 0 of such a file, whose state is empty."""

    def number(name: str) -> bytes:
        return of_number(int(genesis[name], 16))

    return Header(
        (
            bytes(32), NO_UNCLES, bytes(20), EMPTY_TRIE, EMPTY_TRIE, EMPTY_TRIE, bytes(256),
            number("difficulty"), b"", number("gasLimit"), b"", number("timestamp"),
            bytes.fromhex(genesis["extraData"][2:]), bytes(32), bytes(8),
        )
    ).keccak()  # fmt: skip
