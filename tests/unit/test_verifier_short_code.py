"""Twelve characters find a document, however they are typed, and a typing error is noticed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_testkit.vectors import FOLDER
from sanad_verifier.digests import Digest
from sanad_verifier.short_code import ALPHABET, ShortCodeInvalid, digest_range, is_short_code, short_code

DIGEST = Digest(bytes.fromhex("4f2a90c1" * 8))
digests = st.binary(min_size=32, max_size=32).map(Digest)


def test_the_code_is_three_groups_of_four() -> None:
    assert short_code(DIGEST) == "9WN9-1GAF-5A87"


def times(one: int, other: int) -> int:
    """The product in GF(32), polynomials modulo x^5 + x^2 + 1, by long multiplication."""
    product = 0
    for bit in range(5):
        product ^= (other >> bit & 1) * (one << bit)
    for bit in range(8, 4, -1):
        product ^= (product >> bit & 1) * (0b100101 << (bit - 5))
    return product


@given(digests)
def test_the_check_is_the_sum_of_each_value_times_its_power_of_x(digest: Digest) -> None:
    *values, check = [ALPHABET.index(char) for char in short_code(digest).replace("-", "")]
    total, power = 0, 1
    for value in reversed(values):
        power = times(power, 2)
        total ^= times(value, power)
    assert check == total


@given(digests)
def test_a_code_finds_its_digest_and_no_more_than_one_in_2_to_the_55(digest: Digest) -> None:
    low, high = digest_range(short_code(digest))
    assert low <= digest <= high
    assert int.from_bytes(high) - int.from_bytes(low) == 2 ** (256 - 55) - 1


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}", "{2}", "{3}", "{4}"])
def test_dashes_blanks_and_case_do_not_matter(typed: str) -> None:
    code = short_code(DIGEST)
    text = typed.format(
        code, code.lower(), code.replace("-", ""), code.replace("-", " "), code.replace("1", "l")
    )
    assert is_short_code(text)
    assert digest_range(text) == digest_range(code)


@given(digests, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(digest: Digest, at: int, char: str) -> None:
    code = short_code(digest).replace("-", "")
    wrong = code[:at] + char + code[at + 1 :]
    if wrong != code:
        with pytest.raises(ShortCodeInvalid):
            digest_range(wrong)


@given(digests, st.integers(0, 11), st.integers(0, 11))
def test_two_characters_that_changed_places_are_noticed(digest: Digest, one: int, other: int) -> None:
    chars = list(short_code(digest).replace("-", ""))
    wrong = list(chars)
    wrong[one], wrong[other] = wrong[other], wrong[one]
    if wrong != chars:
        with pytest.raises(ShortCodeInvalid):
            digest_range("".join(wrong))


@pytest.mark.parametrize(
    "text", ["", "9WN9-1GAF", "9WN9-1GAF-5A8Q-0000", "9WN9_1GAF_5A8Q", "UUUU-UUUU-UUUU", "نیلامی"]
)
def test_what_has_not_the_form_is_no_code(text: str) -> None:
    assert not is_short_code(text) or text.startswith("UUUU")
    with pytest.raises(ShortCodeInvalid):
        digest_range(text)


def test_the_vectors_hold() -> None:
    told = json.loads((FOLDER / "printed-codes.json").read_text("utf-8"))["shortCodes"]
    assert len(told) == 8
    for one in told:
        assert short_code(Digest(bytes.fromhex(one["digest"]))) == one["code"]
