"""Is this OpenAttestation document the one that was wrapped? (github.com/TradeTrust/tradetrust, `src/2.0`.)

Trade documents of TradeTrust and OpenAttestation, version 2, come as JSON files that carry a digest of themselves. A
file that contradicts its own digest is not taken in. The digest says nothing of who issued it or whether it was
revoked: that is on another chain, which is not asked.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from eth_hash.auto import keccak

from sanad_verifier.json_profile import NESTING_READ, nesting

SCHEMA = "https://schema.openattestation.com/2.0/schema.json"
KIND = "SHA3MerkleProof"
LONGEST_PROOF = 64
_HASH = re.compile(r"[0-9a-f]{64}")
_LONE = re.compile("[\ud800-\udfff]")
_FRACTION = object()


class OpenAttestationInvalid(Exception):
    """What is wrong: a JSON pointer and a sentence."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer, self.message = pointer, message


def check_open_attestation(data: bytes) -> bool:
    """Whether a file is such a document; raises `OpenAttestationInvalid` for one that is not as it was wrapped."""
    if SCHEMA.encode() not in data or KIND.encode() not in data:
        return False
    if nesting(data) > NESTING_READ:  # the standard library's reader recurses
        return False
    try:
        told = json.loads(data, object_pairs_hook=_members, parse_float=_fraction, parse_constant=_fraction)
    except ValueError:  # no JSON, or none that this reader knows: a file like any other
        return False
    if not isinstance(told, dict) or told.get("version") != SCHEMA:
        return False
    signature = told.get("signature")
    if not isinstance(signature, dict) or signature.get("type") != KIND:
        return False
    _must_hold(told, signature)
    return True


class _Twice(dict[str, Any]):
    """An object with a member twice, of which readers take either."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Twice(members)


def _fraction(_text: str) -> object:
    """Stands for a number with a fraction, which has no one spelling: values are salted texts."""
    return _FRACTION


def _must_hold(told: dict[str, Any], signature: dict[str, Any]) -> None:
    target, root, proof = (signature.get(name) for name in ("targetHash", "merkleRoot", "proof"))
    if not _is_hash(target) or not _is_hash(root):
        raise OpenAttestationInvalid("/signature", "the digest or the root is not 64 hexadecimal digits")
    if not isinstance(proof, list) or len(proof) > LONGEST_PROOF or not all(map(_is_hash, proof)):
        raise OpenAttestationInvalid("/signature/proof", "the proof is not a list of digests")
    if _digest(told) != target:
        raise OpenAttestationInvalid("/signature/targetHash", "the document is not the one that was wrapped")
    node = bytes.fromhex(str(target))
    for sibling in proof:
        node = keccak(b"".join(sorted((node, bytes.fromhex(sibling)))))
    if node.hex() != root:
        raise OpenAttestationInvalid("/signature/merkleRoot", "the proof does not lead to the root")


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _digest(told: dict[str, Any]) -> str:
    """The digest of a document: of the sorted digests of its values, shown and hidden."""
    data, privacy = told.get("data"), told.get("privacy", {})
    hidden = privacy.get("obfuscatedData", []) if isinstance(privacy, dict) else None
    if not isinstance(data, dict) or isinstance(told, _Twice):
        raise OpenAttestationInvalid("/data", "the document has no data")
    if not isinstance(hidden, list) or not all(map(_is_hash, hidden)):
        raise OpenAttestationInvalid("/privacy/obfuscatedData", "what is hidden is not a list of digests")
    shown = [_hash({place: value}) for place, value in _values(data)]
    return _hash(sorted([*hidden, *shown]))


def _values(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value with its place, the names on the way joined by dots; an empty list or object is a value."""
    left: list[tuple[str, Any]] = [("", data)]
    while left:
        prefix, value = left.pop()
        if value is _FRACTION:
            raise OpenAttestationInvalid("/data", "a number with a fraction has no one spelling")
        if isinstance(value, _Twice):
            raise OpenAttestationInvalid("/data", "an object has a member twice")
        if isinstance(value, (dict, list)) and value:
            pairs = (
                value.items() if isinstance(value, dict) else ((str(n), one) for n, one in enumerate(value))
            )
            for name, one in pairs:
                if isinstance(value, dict) and "." in name:
                    raise OpenAttestationInvalid(
                        "/data", "a member's name has a dot, so two places would be one"
                    )
                left.append((f"{prefix}.{name}" if prefix else name, one))
        else:
            yield prefix, value


def _hash(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if _LONE.search(text):
        raise OpenAttestationInvalid("/data", "a text holds a lone surrogate")
    return keccak(text.encode()).hex()
