"""The vectors of join requests, network bundles and block 0 (docs/spec/network-bundle.md)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sanad_node.consortium.beginning import request_digest
from sanad_node.consortium.bundle import BundleInvalid, BundleUnsigned, read_bundle
from sanad_node.consortium.genesis import clique_genesis, genesis_hash, qbft_genesis
from sanad_node.consortium.requests import RequestInvalid, read_request
from sanad_node.engines.besu import address_of
from sanad_node.engines.consensus import Clique, Qbft
from sanad_node.engines.wanted import node_id
from sanad_testkit import vectors
from sanad_testkit.qbft_chain import genesis_header
from sanad_verifier.errors import SanadError
from sanad_verifier.json_profile import canonicalise

TOLD = json.loads((vectors.FOLDER / "networks.json").read_text())
REQUESTS = {one["name"]: one for one in TOLD["requests"]}
BUNDLES = {one["name"]: one for one in TOLD["bundles"]}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_of_the_vectors_is_read_and_has_its_code(name: str) -> None:
    told = REQUESTS[name]
    request = read_request(told["file"].encode())
    assert request_digest(request) == told["code"]
    sealing = bytes.fromhex(request.asked.validator)
    assert (address_of(node_id(request.asked.enode)) == sealing) == name.startswith("besu-validator")


def asked(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda told: told["asked"].__setitem__(name, value)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(asked("organisation", "Customs X"), id="another-name"),
        pytest.param(asked("member", "11" * 20), id="another-member"),
        pytest.param(asked("logKey", "22" * 32), id="another-log-key"),
        pytest.param(asked("role", "observer"), id="another-role"),
        pytest.param(asked("validator", ""), id="no-validator"),
        pytest.param(asked("more", "x"), id="one-member-more"),
        pytest.param(lambda told: told["proofs"].__setitem__("node", "00" * 65), id="no-proof-of-the-node"),
        pytest.param(lambda told: told.pop("proofs"), id="no-proofs"),
    ],
)
def test_a_request_with_one_thing_changed_is_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    told = json.loads(REQUESTS["besu-validator-1"]["file"])
    assert read_request(canonicalise(told) + b"\n")
    change(told)
    with pytest.raises(RequestInvalid):
        read_request(canonicalise(told) + b"\n")


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_of_the_vectors_is_read_and_has_its_digest_and_signers(name: str) -> None:
    told = BUNDLES[name]
    read = read_bundle(told["note"].encode())
    assert read.bundle.digest().hex() == told["digest"]
    assert (read.signers(), read.bundle.origin) == (told["signers"], told["origin"])
    assert genesis_hash(read.bundle.genesis).hex() == read.bundle.genesis_hash == told["genesisHash"]
    read.must_be_signed()
    fewer = read_bundle(told["note"].encode().rsplit(b"\n", 2)[0] + b"\n")
    assert len(fewer.signers()) == 1
    with pytest.raises(BundleUnsigned):
        fewer.must_be_signed()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("chainId", 8),
        ("consensus", "none"),
        ("consensus", "raft"),
        ("confirmations", 3),
        ("threshold", 9),
        ("membersEver", 1),
        ("nodes", []),
        ("more", 1),
    ],
)
def test_a_bundle_with_one_thing_changed_is_refused(member: str, value: Any) -> None:
    note = BUNDLES["signed-by-two"]["note"]
    line, _, signatures = note.partition("\n")
    told = json.loads(line)
    told[member] = value
    with pytest.raises(SanadError):
        read_bundle(canonicalise(told) + b"\n" + signatures.encode())
    with pytest.raises(BundleInvalid):
        read_bundle((json.dumps(json.loads(line)) + "\n" + signatures).encode())  # another encoding


@pytest.mark.parametrize("told", TOLD["genesis"], ids=["clique", "qbft"])
def test_block_0_is_made_as_the_vectors_say_and_a_chain_can_begin_with_it(told: dict[str, Any]) -> None:
    make = clique_genesis if told["consensus"] == "clique" else qbft_genesis
    addresses = [bytes.fromhex(one) for one in told["validators"]]
    made = make(told["chainId"], addresses[::-1], told["period"], told["time"])
    assert made == told["genesis"]
    assert genesis_hash(made).hex() == told["hash"]
    header = genesis_header(made)
    if told["consensus"] == "qbft":
        council = Qbft().first(header)
        assert council.validators.addresses == tuple(sorted(addresses))
        assert council.hash.hex() == told["hash"]
    else:
        assert Clique(30_000).first(header.with_extra(header.extra)).validators.addresses == tuple(
            sorted(addresses)
        )
