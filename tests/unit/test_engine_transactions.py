"""What counts as a transaction for the embedded chain."""

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.engines.base import TransactionRefused
from sanad_node.engines.transactions import SignedTransaction
from sanad_testkit.engines import CHAIN_ID, Sender

GOOD = Sender().sign(b"\x11" * 20, b"\x07" * 300, gas=123_456)


def test_hash_and_gas_of_a_signed_transaction_are_read() -> None:
    assert SignedTransaction.read(GOOD, CHAIN_ID) == SignedTransaction(GOOD, keccak(GOOD), 123_456, 0)
    short = Sender().sign(None, b"\x07", gas=60_000)
    assert SignedTransaction.read(short, CHAIN_ID).gas == 60_000


@pytest.mark.parametrize("raw", [
    pytest.param(GOOD + b"\x00", id="a-byte-more"),
    pytest.param(GOOD[:-1], id="a-byte-less"),
    pytest.param(b"\x01" + GOOD, id="an-envelope"),
    pytest.param(b"", id="empty"),
    pytest.param(b"\x80", id="no-list"),
    pytest.param(b"\xc0", id="an-empty-list"),
    pytest.param(b"\xc8" + 8 * b"\x01", id="eight-fields"),
    pytest.param(b"\xca" + 10 * b"\x01", id="ten-fields"),
    pytest.param(b"\xc9" + 8 * b"\x01" + b"\xc0", id="a-list-in-the-list"),
    pytest.param(b"\xf9\xff", id="a-length-cut-short"),
    pytest.param(b"\xff" + 8 * b"\xff", id="a-length-beyond-memory"),
    pytest.param(bytes(128 * 1024 + 1), id="too-long"),
])  # fmt: skip
def test_other_bytes_are_refused_naming_their_hash(raw: bytes) -> None:
    with pytest.raises(TransactionRefused) as refused:
        SignedTransaction.read(raw, CHAIN_ID)
    assert refused.value.hashes == (keccak(raw),)
    assert refused.value.code == "TRANSACTION_REFUSED"


@pytest.mark.parametrize("other", [{"price": 1}, {"chainId": CHAIN_ID + 1}, {"chainId": None}])
def test_a_price_or_another_chain_is_refused(other: dict[str, int]) -> None:
    with pytest.raises(TransactionRefused):
        SignedTransaction.read(Sender().sign(b"\x11" * 20, b"", **other), CHAIN_ID)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        SignedTransaction.read(raw, CHAIN_ID)
    except TransactionRefused:
        return


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_changed_byte_never_gives_another_error_than_refusal(at: int, value: int) -> None:
    changed = GOOD[:at] + bytes([value]) + GOOD[at + 1 :]
    try:
        assert SignedTransaction.read(changed, CHAIN_ID).hash == keccak(changed)
    except TransactionRefused:
        return
