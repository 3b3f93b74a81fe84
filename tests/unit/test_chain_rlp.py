"""RLP: what is read is what another library writes, and each item has one encoding."""

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from sanad_verifier.chain.errors import ChainProofInvalid
from sanad_verifier.chain.rlp import Item, decode, encode, members, number, of_number, text

items = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=20)


@given(items.filter(lambda item: depth(item) <= 8))
def test_what_another_library_writes_is_read_and_written_the_same(item: bytes | list[object]) -> None:
    written = rlp.encode(item)
    assert decode(written) == item
    assert encode(decode(written)) == written


def depth(item: object) -> int:
    return 1 + max(map(depth, item), default=0) if isinstance(item, list) else 0


@given(st.binary(max_size=60))
def test_bytes_are_refused_or_are_the_one_encoding_of_what_they_say(data: bytes) -> None:
    try:
        item = decode(data)
    except ChainProofInvalid:
        return
    assert encode(item) == data == rlp.encode(item)


@pytest.mark.parametrize(
    "data",
    [
        "", "8100", "817f", "b800", "b837" + "00" * 55, "b90038" + "00" * 56, "f800", "f837" + "00" * 55, "83abcd",
        "c280", "c38100ff", "0000", "c0c0", "bfffffffffffffffff", "ffffffffffffffffff", "b8", "c1b8", "c1" * 9 + "c0",
    ],
)  # fmt: skip
def test_another_encoding_a_rest_or_too_deep_an_item_is_refused(data: str) -> None:
    with pytest.raises(ChainProofInvalid):
        decode(bytes.fromhex(data))


def test_a_number_is_in_its_shortest_form_and_in_range() -> None:
    assert number(b"") == 0
    assert number(of_number(2**64 - 1)) == 2**64 - 1
    wrong: Item
    for wrong in (b"\0", b"\0\1", of_number(2**64), []):
        with pytest.raises(ChainProofInvalid):
            number(wrong)
    with pytest.raises(ChainProofInvalid):
        number(b"\5", 4)


def test_an_item_has_the_size_and_shape_that_is_asked_for() -> None:
    assert text(b"ab", 2) == b"ab"
    assert members([b""], 1) == [b""]
    for refuse in (lambda: text(b"ab", 3), lambda: text([]), lambda: members(b""), lambda: members([b""], 2)):
        with pytest.raises(ChainProofInvalid):
            refuse()
