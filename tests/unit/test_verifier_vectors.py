"""Chain proofs, presentations, mirrors and trust files are what their vectors say of them."""

import json
from typing import Any

import pytest

from sanad_testkit.vectors import FOLDER, mirrored
from sanad_verifier.chain.proof import parse_chain_proof, verify_chain_proof
from sanad_verifier.chain.validators import ChainTrust, Consensus, Pinned, Validators
from sanad_verifier.digests import hash_leaf
from sanad_verifier.errors import EvidenceError
from sanad_verifier.merkle import tree_root
from sanad_verifier.notes import decode_base64
from sanad_verifier.presentation import parse_presentation, verify_presentation
from sanad_verifier.tiles import tiles_of
from sanad_verifier.trust import encode_trust, parse_trust
from sanad_verifier.trust_reading import TrustInvalid


def vectors(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def named(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case["name"])


def raw(text: str) -> bytes:
    return decode_base64(text, "vector") if text else b""


# -- chain proofs ---------------------------------------------------------------------------------------------------

SEALED = vectors("chain-proofs.json")


def trusted(name: str) -> ChainTrust:
    told = SEALED["trusts"][name]
    pinned = tuple(
        Pinned(one["since"], Validators(tuple(map(bytes.fromhex, one["addresses"]))))
        for one in told["validators"]
    )
    return ChainTrust(Consensus(told["consensus"].encode()), pinned)


@named(SEALED["shown"])
def test_a_chain_proof_shows_its_event(case: dict[str, Any]) -> None:
    block = verify_chain_proof(parse_chain_proof(raw(case["proof"])), trusted(case["trust"]))
    assert (block.height, block.hash.hex(), block.time) == (case["height"], case["hash"], case["time"])
    told = case["event"]
    assert block.event.address.hex() == told["address"] == SEALED["ledger"]
    assert ([topic.hex() for topic in block.event.topics], block.event.data.hex()) == (
        told["topics"],
        told["data"],
    )


@named(SEALED["refused"])
def test_what_is_no_chain_proof_shows_nothing(case: dict[str, Any]) -> None:
    with pytest.raises(EvidenceError) as refused:
        verify_chain_proof(parse_chain_proof(raw(case["proof"])), trusted(case["trust"]))
    assert refused.value.code == case["code"]


# -- presentations --------------------------------------------------------------------------------------------------

SHOWN = vectors("presentations.json")


@named(SHOWN["cases"])
def test_a_presentation_proves_its_fields_or_is_refused(case: dict[str, Any]) -> None:
    data, related = raw(case["presentation"]), bytes.fromhex(SHOWN["related"])
    if "code" in case:
        with pytest.raises(EvidenceError) as refused:
            verify_presentation(parse_presentation(data), related)
        assert refused.value.code == case["code"]
        return
    shown = verify_presentation(parse_presentation(data), related)
    assert [[one.pointer, one.value] for one in shown] == case["fields"]


# -- mirrors --------------------------------------------------------------------------------------------------------

MIRROR = vectors("mirrors.json")
FILES = {path: raw(data) for path, data in MIRROR["files"].items()}
READER = parse_trust(MIRROR["trust"].encode())


def test_a_whole_mirror_holds_the_entries_of_its_checkpoint() -> None:
    entries = mirrored(FILES, READER)
    assert len(entries) == MIRROR["size"]
    assert tree_root([hash_leaf(one) for one in entries]).hex() == MIRROR["root"]


@named(MIRROR["refused"])
def test_a_mirror_with_one_file_wrong_is_refused_and_the_file_named(case: dict[str, Any]) -> None:
    put = {path: None if data is None else raw(data) for path, data in case["files"].items()}
    with pytest.raises(EvidenceError) as refused:
        mirrored({**FILES, **put}, READER)
    assert (refused.value.code, refused.value.field) == (case["code"], case["field"])


@pytest.mark.parametrize("size", MIRROR["lastPaths"])
def test_the_last_tiles_of_a_log_are_where_they_should_be(size: str) -> None:
    last: dict[int | None, str] = {}
    for tile in tiles_of(int(size), max(int(size) - 1, 0)):
        last[tile.level] = tile.path
    assert list(last.values()) == MIRROR["lastPaths"][size]


# -- trust files ----------------------------------------------------------------------------------------------------

TRUST = vectors("trust-files.json")


@named(TRUST["accepted"])
def test_a_trust_file_is_read_and_written_again(case: dict[str, Any]) -> None:
    data = raw(case["file"])
    assert encode_trust(parse_trust(data)) == data


@named(TRUST["refused"])
def test_what_is_no_trust_file_is_refused_where_it_is_wrong(case: dict[str, Any]) -> None:
    with pytest.raises(TrustInvalid) as refused:
        parse_trust(raw(case["file"]))
    assert refused.value.code == case["code"]
    assert refused.value.field == case.get("field", refused.value.field)
