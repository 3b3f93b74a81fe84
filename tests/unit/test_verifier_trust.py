"""The trust file: strict, canonical, and exact about what is wrong with it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.evidence import ORIGIN, Scene, seed
from sanad_verifier.cosignatures import CosignatureSigner
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import NoteSigner
from sanad_verifier.trust import Trust, encode_trust, parse_trust
from sanad_verifier.trust_reading import TrustInvalid

TRUST = replace(Scene().trust(), distrusted={bytes.fromhex("bb" * 20): 1_780_000_000})
FILE = encode_trust(TRUST)
Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> bytes:
    told = json.loads(FILE)
    change(told)
    return canonicalise(told)


def test_a_trust_file_is_read_back_as_written() -> None:
    assert parse_trust(FILE) == TRUST
    assert encode_trust(parse_trust(FILE)) == FILE


STATUS_KEY = NoteSigner(f"{ORIGIN}/status", seed("status")).key.encode()
LOG_KEY_ELSEWHERE = NoteSigner("elsewhere", seed("log")).key.encode()
LOG_KEY_COSIGNING = CosignatureSigner(f"{ORIGIN}/m", seed("log")).key.encode()


@pytest.mark.parametrize(("change", "field"), [
    pytest.param(lambda t: t.pop("schema"), "/schema", id="no-schema"),
    pytest.param(lambda t: t.update(schema="urn:sanad:trust:2"), "/schema", id="another-version"),
    pytest.param(lambda t: t.pop("network"), "/network", id="no-network"),
    pytest.param(lambda t: t.update(network=[]), "/network", id="a-network-of-another-type"),
    pytest.param(lambda t: t["network"].pop("origin"), "/network/origin", id="no-origin"),
    pytest.param(lambda t: t["network"].update(origin="a b"), "/network/origin", id="an-origin-with-a-space"),
    pytest.param(lambda t: t["network"].update(origin="elsewhere"), "/logKeys", id="another-origin-than-the-keys"),
    pytest.param(lambda t: t["network"].update(chainId="7"), "/network/chainId", id="a-chain-id-as-text"),
    pytest.param(lambda t: t["network"].update(chainId=True), "/network/chainId", id="a-chain-id-that-is-true"),
    pytest.param(lambda t: t["network"].update(chainId=0), "/network/chainId", id="chain-id-zero"),
    pytest.param(lambda t: t["network"].update(genesis="AB" * 32), "/network/genesis", id="genesis-in-capitals"),
    pytest.param(lambda t: t["network"].update(ledger="0x" + "11" * 20), "/network/ledger", id="ledger-with-0x"),
    pytest.param(lambda t: t.update(logKeys=[]), "/logKeys", id="no-log-key"),
    pytest.param(lambda t: t.update(logKeys=[LOG_KEY_ELSEWHERE]), "/logKeys", id="a-log-key-of-another-name"),
    pytest.param(lambda t: t.update(logKeys=["x"]), "/logKeys/0", id="a-malformed-key"),
    pytest.param(lambda t: t.update(logKeys=[7]), "/logKeys/0", id="a-key-of-another-type"),
    pytest.param(lambda t: t.update(logKeys=t["cosigners"]), "/logKeys/0", id="a-cosigner-as-log"),
    pytest.param(lambda t: t.update(logKeys=[STATUS_KEY]), "/logKeys", id="the-status-key-as-log"),
    pytest.param(lambda t: t.update(statusKeys=t["logKeys"]), "/statusKeys", id="the-log-key-for-status"),
    pytest.param(lambda t: t["cosigners"].append(t["cosigners"][0]), "/cosigners", id="a-cosigner-twice"),
    pytest.param(lambda t: t["cosigners"].append(LOG_KEY_COSIGNING), "/cosigners", id="the-log-as-its-own-witness"),
    pytest.param(lambda t: t.update(quorum=0), "/quorum", id="no-quorum"),
    pytest.param(lambda t: t.update(quorum=4), "/quorum", id="a-quorum-nobody-can-reach"),
    pytest.param(lambda t: t.update(quorum=-1), "/quorum", id="a-negative-quorum"),
    pytest.param(lambda t: t["limits"].update(freshSeconds=0), "/limits", id="fresh-for-no-time"),
    pytest.param(lambda t: t["limits"].update(usableSeconds=5), "/limits", id="usable-for-less-than-fresh"),
    pytest.param(lambda t: t["formations"][0].update(number=0), "/formations/0/number", id="formation-zero"),
    pytest.param(lambda t: t["formations"][0].update(code="kapw"), "/formations/0/code", id="a-code-in-lower-case"),
    pytest.param(lambda t: t["formations"].append(t["formations"][0]), "", id="a-formation-twice"),
    pytest.param(lambda t: t["formations"].append(7), "/formations/1", id="a-formation-of-another-type"),
    pytest.param(lambda t: t["subjects"]["AUCTION_RECEIPT"][0].update(kind="colour"),
                 "/subjects/AUCTION_RECEIPT/0/kind", id="a-subject-of-no-kind"),
    pytest.param(lambda t: t["subjects"]["AUCTION_RECEIPT"][0].update(pointer="x"),
                 "/subjects/AUCTION_RECEIPT/0/pointer", id="a-pointer-that-is-none"),
    pytest.param(lambda t: t["subjects"].update({"\x1b[31m": []}), "/subjects", id="a-type-with-a-strange-name"),
    pytest.param(lambda t: t["distrusted"].append(t["distrusted"][0]), "", id="a-distrusted-key-twice"),
    pytest.param(lambda t: t["distrusted"][0].update(key="bb"), "/distrusted/0/key", id="a-short-address"),
    pytest.param(lambda t: t["distrusted"][0].update(since=-1), "/distrusted/0/since", id="a-negative-time"),
    pytest.param(lambda t: t.update(more=1), "", id="something-unknown"),
    pytest.param(lambda t: t["limits"].update(more=1), "", id="something-unknown-inside"),
])  # fmt: skip
def test_a_trust_file_with_one_thing_wrong_is_refused_where_it_is_wrong(change: Change, field: str) -> None:
    assert parse_trust(changed(len)) == TRUST
    with pytest.raises(TrustInvalid) as refused:
        parse_trust(changed(change))
    assert (refused.value.code, refused.value.field) == ("TRUST_INVALID", field)


@pytest.mark.parametrize("data", [
    pytest.param(b"", id="nothing"),
    pytest.param(b"[]", id="a-list"),
    pytest.param(b"null", id="null"),
    pytest.param(b"\xef\xbb\xbf" + FILE, id="a-byte-order-mark"),
    pytest.param(FILE + b"\n", id="a-line-end"),
    pytest.param(json.dumps(json.loads(FILE), indent=2).encode(), id="spread-out"),
    pytest.param(FILE.replace(b'"quorum":2', b'"quorum":2,"quorum":1'), id="a-key-twice"),
    pytest.param(FILE.replace(b'"quorum":2', b'"quorum":2.0'), id="a-float"),
    pytest.param(b"\xff" + FILE, id="not-utf8"),
    pytest.param(b"[" * 5000, id="deep"),
])  # fmt: skip
def test_bytes_that_are_no_trust_file_are_refused(data: bytes) -> None:
    with pytest.raises(TrustInvalid):
        parse_trust(data)


@given(st.binary(max_size=60), st.integers(0, len(FILE) - 1), st.binary(max_size=3))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_trust_file_or_refused(data: bytes, at: int, put: bytes) -> None:
    for candidate in (data, FILE[:at] + put + FILE[at + 1 :]):
        try:
            trust = parse_trust(candidate)
        except TrustInvalid:
            continue
        assert encode_trust(trust) == candidate


def test_trust_may_name_no_status_key() -> None:
    trust: Trust = replace(TRUST, status_keys=())
    assert parse_trust(encode_trust(trust)) == trust
