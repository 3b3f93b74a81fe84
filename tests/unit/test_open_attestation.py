"""A trade document of OpenAttestation 2.0 is taken in as it was wrapped, whole or with values hidden, or not at all."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from sanad_node import types
from sanad_node.types.checking import DocumentInvalid
from sanad_node.types.open_attestation import OpenAttestationInvalid, check_open_attestation
from sanad_testkit.vectors import FOLDER

RAW = (FOLDER / "openattestation-v2.json").read_bytes()
WHOLE: dict[str, Any] = json.loads(RAW)
FILE = types.get("FILE")
NAME = WHOLE["data"]["name"]


def written(told: dict[str, Any], **more: Any) -> bytes:
    return json.dumps(told, **more).encode()


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    told = deepcopy(WHOLE)
    change(told)
    return written(told)


def hashed(value: object) -> str:
    return keccak(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).hex()


def hide_name(told: dict[str, Any]) -> None:
    del told["data"]["name"]
    told["privacy"] = {"obfuscatedData": [hashed({"name": NAME})]}


def in_a_batch(told: dict[str, Any]) -> None:
    other = "ab" * 32
    pair = sorted([bytes.fromhex(told["signature"]["targetHash"]), bytes.fromhex(other)])
    told["signature"] |= {"proof": [other], "merkleRoot": keccak(b"".join(pair)).hex()}


def test_a_published_document_is_as_it_was_wrapped() -> None:
    assert check_open_attestation(RAW)
    assert types.check(FILE, RAW).content == RAW


@pytest.mark.parametrize(
    "change", [hide_name, in_a_batch, lambda told: told.update(privacy={"obfuscatedData": []})]
)
def test_values_may_be_hidden_and_documents_wrapped_together(
    change: Callable[[dict[str, Any]], object],
) -> None:
    assert check_open_attestation(changed(change))


def test_its_spelling_does_not_matter() -> None:
    assert check_open_attestation(written(WHOLE, indent=3))
    assert check_open_attestation(written(WHOLE, ensure_ascii=False, sort_keys=True))


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another value": (lambda t: t["data"].update(name=NAME + "."), "/signature/targetHash"),
    "a value more": (lambda t: t["data"].update(more="x"), "/signature/targetHash"),
    "a value less": (lambda t: t["data"].pop("name"), "/signature/targetHash"),
    "a value at another place": (
        lambda t: t["data"].update(title=t["data"].pop("name")),
        "/signature/targetHash",
    ),
    "an empty list more": (lambda t: t["data"].update(more=[]), "/signature/targetHash"),
    "another digest": (lambda t: t["signature"].update(targetHash="00" * 32), "/signature/targetHash"),
    "another root": (lambda t: t["signature"].update(merkleRoot="00" * 32), "/signature/merkleRoot"),
    "a proof of nothing": (lambda t: t["signature"].update(proof=["00" * 32]), "/signature/merkleRoot"),
    "a proof that is none": (lambda t: t["signature"].update(proof="00"), "/signature/proof"),
    "a proof without end": (lambda t: t["signature"].update(proof=["00" * 32] * 65), "/signature/proof"),
    "a digest that is none": (lambda t: t["signature"].update(targetHash="x"), "/signature"),
    "something hidden that never was": (
        lambda t: t.update(privacy={"obfuscatedData": ["00" * 32]}),
        "/signature/targetHash",
    ),
    "hidden things that are none": (
        lambda t: t.update(privacy={"obfuscatedData": [1]}),
        "/privacy/obfuscatedData",
    ),
    "no data": (lambda t: t.update(data=[]), "/data"),
    "a fraction": (lambda t: t["data"].update(more=1.5), "/data"),
    "a name with a dot": (lambda t: t["data"].update({"a.b": "x"}), "/data"),
    "half a letter": (lambda t: t["data"].update(name="\ud800"), "/data"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_document_that_contradicts_its_digest_is_refused_with_its_place(name: str) -> None:
    change, pointer = WRONG[name]
    with pytest.raises(DocumentInvalid) as refused:
        types.check(FILE, changed(change))
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == (pointer, "OPEN_ATTESTATION")
    assert "x" not in problem.message.split()


def test_a_member_twice_is_refused_since_readers_take_either() -> None:
    twice = RAW.replace(b'"data":', b'"data": {"name": "x"}, "data":', 1)
    inside = RAW.replace(b'"name":', b'"name": "x", "name":', 1)
    for data in (twice, inside):
        assert data != RAW
        with pytest.raises(OpenAttestationInvalid):
            check_open_attestation(data)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7",
        b"{}",
        b'{"version":"https://schema.openattestation.com/2.0/schema.json"}',
        b'["https://schema.openattestation.com/2.0/schema.json","SHA3MerkleProof"]',
        b"https://schema.openattestation.com/2.0/schema.json SHA3MerkleProof {",
        b'{"version":"3","rate":1.5,"data":"https://schema.openattestation.com/2.0/schema.json","signature":{"type":"SHA3MerkleProof"}}',
    ],
)
def test_any_other_file_is_none_of_ours_to_judge(data: bytes) -> None:
    assert not check_open_attestation(data)


def test_nesting_without_end_is_a_file_like_any_other() -> None:
    deep = (
        b'{"version":"https://schema.openattestation.com/2.0/schema.json","s":"SHA3MerkleProof","data":'
        + b"[" * 200_000
    )
    assert not check_open_attestation(deep)


@given(st.integers(0, len(RAW) - 1), st.integers(0, 255))
def test_a_byte_changed_is_refused_or_changes_nothing_that_was_wrapped(at: int, byte: int) -> None:
    mutant = RAW[:at] + bytes([byte]) + RAW[at + 1 :]
    try:
        same = check_open_attestation(mutant)
    except OpenAttestationInvalid:
        return
    if same:
        told = json.loads(mutant)
        assert (told["data"], told["signature"]) == (WHOLE["data"], WHOLE["signature"])
