"""The state of a chain as a genesis file has it, and its root (Ethereum Yellow Paper, §4.1 and appendix D)."""

from collections.abc import Mapping
from typing import Any

from trie.hexary import HexaryTrie

from sanad_node.engines.outcomes import to_bytes, to_hex
from sanad_verifier.chain.keccak import keccak
from sanad_verifier.chain.rlp import encode, of_number

Alloc = dict[str, Any]


def alloc_of(accounts: Mapping[str, Any]) -> Alloc:
    """The `alloc` of a genesis file from accounts as anvil dumps them; those that are empty are not there (EIP-161)."""
    made: Alloc = {}
    for address, told in sorted(accounts.items()):
        nonce, balance, code = int(told["nonce"]), int(told["balance"], 16), to_bytes(told["code"])
        storage = {
            to_hex(_word(slot)): to_hex(_word(value))
            for slot, value in sorted(told["storage"].items())
            if int(value, 16)
        }
        if not (nonce or balance or code):
            continue
        made[address.lower()] = {"balance": hex(balance), "nonce": hex(nonce)}
        if code:
            made[address.lower()] |= {"code": to_hex(code), "storage": storage}
    return made


def state_root(alloc: Alloc) -> bytes:
    """The root of the state that a genesis file with this `alloc` begins with."""
    accounts = HexaryTrie({})
    for address, told in alloc.items():
        code = to_bytes(told.get("code", "0x"))
        accounts[keccak(to_bytes(address))] = encode(
            [
                of_number(int(told["nonce"], 16)),
                of_number(int(told["balance"], 16)),
                _storage_root(told.get("storage", {})),
                keccak(code),
            ]
        )
    return bytes(accounts.root_hash)


def _storage_root(storage: Mapping[str, str]) -> bytes:
    slots = HexaryTrie({}, prune=True)
    for slot, value in storage.items():
        slots[keccak(to_bytes(slot))] = encode(of_number(int(value, 16)))
    return bytes(slots.root_hash)


def _word(text: str) -> bytes:
    return int(text, 16).to_bytes(32)
