"""CIDs: what a real node computes, what a slow and obvious computation does, and what is no CID."""

import pytest
from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st

from sanad_node.ipfs.cid import CHUNK, LARGEST, CidInvalid, cid_of, must_be_cid
from sanad_node.ipfs.grants import LARGEST_BLOB
from sanad_testkit import ipfs_cases


def test_every_vector_is_of_a_size_that_matters_and_none_is_missing() -> None:
    assert set(ipfs_cases.given()) == set(ipfs_cases.SIZES)
    assert {CHUNK - 1, CHUNK, CHUNK + 1, LARGEST_BLOB} <= set(ipfs_cases.SIZES)


@pytest.mark.parametrize("size", ipfs_cases.SIZES)
def test_the_cid_is_the_one_that_a_real_node_gave(size: int) -> None:
    assert cid_of(ipfs_cases.content(size)) == ipfs_cases.given()[size]


@settings(max_examples=25, deadline=None)
@whatever(st.integers(0, 5 * CHUNK), st.binary(min_size=1, max_size=64))
def test_the_cid_is_what_the_slow_way_computes(size: int, pattern: bytes) -> None:
    content = (pattern * (size // len(pattern) + 1))[:size]
    assert cid_of(content) == ipfs_cases.slowly(content)


def test_the_largest_blob_of_a_vault_has_a_root_of_one_level() -> None:
    assert LARGEST_BLOB < LARGEST


def test_content_that_would_need_a_second_level_has_no_cid_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sanad_node.ipfs.cid.LARGEST", 10)
    assert cid_of(bytes(10))
    with pytest.raises(CidInvalid):
        cid_of(bytes(11))


GOOD = cid_of(b"a blob")


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.upper(),
        GOOD[:-1],
        GOOD + "a",
        "z" + GOOD[1:],
        GOOD[:-1] + "1",
        GOOD[:-1] + "7",  # bits after the last byte that are not zero
        "QmfZY61ukoQuCX8e5Pt7v8pRfhkyxwZKZMTodAtmvyGZ5d",
        "/ipfs/" + GOOD,
        "bafzaa" + GOOD[6:],
    ],
)
def test_what_is_written_otherwise_is_no_cid(text: str) -> None:
    assert must_be_cid(GOOD) == GOOD
    with pytest.raises(CidInvalid):
        must_be_cid(text)
