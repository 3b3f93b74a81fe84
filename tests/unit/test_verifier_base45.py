"""Base45 is that of RFC 9285, in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_verifier.base45 import ALPHABET, Base45Invalid, decode, encode

PUBLISHED = [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")]


@pytest.mark.parametrize(("data", "text"), [*PUBLISHED, (b"", ""), (b"\xff", "U5"), (b"\xff\xff", "FGW")])
def test_the_examples_of_rfc_9285_hold(data: bytes, text: str) -> None:
    assert encode(data) == text
    assert decode(text) == data


def slow(data: bytes) -> str:
    told = ""
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        number = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            told += ALPHABET[number % 45]
            number //= 45
    return told


@given(st.binary(max_size=200))
def test_it_is_the_division_that_the_rfc_describes_and_reads_back(data: bytes) -> None:
    assert encode(data) == slow(data)
    assert decode(encode(data)) == data


@given(st.text(alphabet=ALPHABET, max_size=30))
def test_a_text_is_refused_or_the_only_one_of_its_bytes(text: str) -> None:
    try:
        data = decode(text)
    except Base45Invalid:
        return
    assert encode(data) == text


@pytest.mark.parametrize("text", ["GGW", ":::", "A", "BB8A", "ab", "BB8 é", "BB8ſ", "V5", "B\n8", "BB8\0"])
def test_what_is_no_base45_is_refused(text: str) -> None:
    with pytest.raises(Base45Invalid):
        decode(text)
