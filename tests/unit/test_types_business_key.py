"""One number however it is written, and two numbers never one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.types import NumberInvalid, normalise_number
from sanad_verifier.subjects import normalise_subject


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("KAPW-HC-22012-18-08-2022", "KAPW-HC-22012-18-08-2022"),
        ("  kapw-hc-22012-18-08-2022\t", "KAPW-HC-22012-18-08-2022"),
        ("inv  12 \u00a0 a", "INV 12 A"),
        ("e\u0301-1", "É-1"),
        ("0425425", "0425425"),
    ],
)
def test_a_number_is_normalised(written: str, number: str) -> None:
    assert normalise_number(written) == number


def test_leading_zeros_and_dashes_make_another_number() -> None:
    assert len({normalise_number(n) for n in ("A-1", "A-01", "A1", "A 1")}) == 4


@pytest.mark.parametrize("written", ["", " ", "\n", "a\u0000", "a\u202eb", "a\u200bb", "x" * 257, "ß" * 129])
def test_a_number_nobody_can_read_back_is_refused(written: str) -> None:
    with pytest.raises(NumberInvalid) as refused:
        normalise_number(written)
    assert refused.value.code == "NUMBER_INVALID"


def test_every_part_of_a_number_must_be_there() -> None:
    assert normalise_number("smpl", "x1") == "SMPL/X1"
    for parts in (("", "x"), ("x", " "), ()):
        with pytest.raises(NumberInvalid):
            normalise_number(*parts)


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once_and_gives_nfc(text: str) -> None:
    try:
        number = normalise_number(text)
    except NumberInvalid:
        return
    assert normalise_number(number) == number
    assert unicodedata.is_normalized("NFC", number)
    assert normalise_number(f" {text}\t") == number
    assert normalise_number(unicodedata.normalize("NFD", text)) == number


def test_readings_of_a_chassis_number_compare_without_dashes_and_look_alikes() -> None:
    assert normalise_subject("chassis", "wp0zzz99zts392i24") == "WP0ZZZ99ZTS392124"
    assert normalise_subject("chassis", "URJ-2O02-4O9477Q") == "URJ20024094770"
    assert normalise_subject("engine", "1NZ-O12345") == "1NZO12345"
    assert normalise_subject("container", "tclu 448201-7") == "TCLU4482017"
