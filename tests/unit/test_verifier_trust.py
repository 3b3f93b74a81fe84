"""The trust file: strict, canonical, and exact about what is wrong with it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.trust_cases import ACCEPTED, BYTES, CHANGES, FILE, TRUST, changed
from sanad_verifier.trust import Trust, encode_trust, parse_trust
from sanad_verifier.trust_reading import TrustInvalid


def test_a_trust_file_is_read_back_as_written() -> None:
    assert parse_trust(FILE) == TRUST
    assert encode_trust(parse_trust(FILE)) == FILE


@pytest.mark.parametrize("name", CHANGES)
def test_a_trust_file_with_one_thing_wrong_is_refused_where_it_is_wrong(name: str) -> None:
    change, field = CHANGES[name]
    assert parse_trust(changed(len)) == TRUST
    with pytest.raises(TrustInvalid) as refused:
        parse_trust(changed(change))
    assert (refused.value.code, refused.value.field) == ("TRUST_INVALID", field)


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_trust_file_are_refused(name: str) -> None:
    with pytest.raises(TrustInvalid):
        parse_trust(BYTES[name])


@pytest.mark.parametrize("name", ACCEPTED)
def test_every_form_of_a_trust_file_is_read_and_written_again(name: str) -> None:
    assert encode_trust(parse_trust(ACCEPTED[name])) == ACCEPTED[name]


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
