"""Proofs in a Merkle-Patricia trie: is this value at this key? (Yellow Paper, appendix D.)

A proof is the encoding of each node from the root to the value, in that order, and nothing else. Nodes below 32 bytes
stand within their parent.
"""

from collections.abc import Iterator, Sequence

from sanad_verifier.chain.errors import ChainProofInvalid
from sanad_verifier.chain.keccak import HASH_SIZE, keccak
from sanad_verifier.chain.rlp import Item, decode, encode, members, text

MOST_NODES = 65
_BRANCH, _EXTENSION_OR_LEAF = 17, 2


def value_at(root: bytes, key: bytes, proof: Sequence[bytes]) -> bytes:
    """The value that a trie with this root has at `key`; `ChainProofInvalid` unless the proof shows one."""
    if not 1 <= len(proof) <= MOST_NODES:
        raise ChainProofInvalid("the path through the trie is empty or too long", field="receipt")
    rest = nibbles(key)
    given = iter(proof)
    node = _opened(next(given), root)
    while True:
        if len(node) == _BRANCH:
            if not rest:
                value = text(node[16])
                break
            child, rest = node[rest[0]], rest[1:]
        else:
            path, ends = _path(members(node, _EXTENSION_OR_LEAF)[0])
            if rest[: len(path)] != path:
                raise _missing()
            rest = rest[len(path) :]
            if ends:
                if rest:
                    raise _missing()
                value = text(node[1])
                break
            if not path:
                raise ChainProofInvalid("an extension of the trie is empty", field="receipt")
            child = node[1]
        node = _child(child, given)
    if not value or next(given, None) is not None:
        raise _missing()
    return value


def nibbles(key: bytes) -> bytes:
    """A key's half bytes, one in each byte."""
    return bytes(half for byte in key for half in (byte >> 4, byte & 15))


def _opened(raw: bytes, expected: bytes) -> list[Item]:
    if keccak(raw) != expected:
        raise ChainProofInvalid("a node of the trie has another hash", field="receipt")
    return members(decode(raw))


def _child(child: Item, given: Iterator[bytes]) -> list[Item]:
    """The node that a parent names: within it, or the next of the proof."""
    if isinstance(child, list):
        if len(encode(child)) >= HASH_SIZE:
            raise ChainProofInvalid("a node stands within its parent though it is large", field="receipt")
        return child
    if len(child) != HASH_SIZE:
        raise _missing()
    raw = next(given, None)
    if raw is None or len(raw) < HASH_SIZE:
        raise _missing()
    return _opened(raw, child)


def _path(item: Item) -> tuple[bytes, bool]:
    """The half bytes of a node's path in hex-prefix form, and whether it is a leaf."""
    halves = nibbles(text(item))
    if not halves or halves[0] > 3 or (halves[0] % 2 == 0 and halves[1] != 0):
        raise ChainProofInvalid("a path in the trie is not in hex-prefix form", field="receipt")
    return halves[1 if halves[0] % 2 else 2 :], halves[0] >= 2


def _missing() -> ChainProofInvalid:
    return ChainProofInvalid("the proof shows no value at this place of the trie", field="receipt")
