"""Grants: only the member they are for can open them, and nothing in them can be changed."""

import secrets

import pytest

from sanad_node.ipfs import grants
from sanad_node.ipfs.cid import cid_of
from sanad_node.ipfs.grants import Grant, GrantAddressInvalid, GrantInvalid
from sanad_verifier.digests import sha256

OURS, THEIRS = bytes(range(32)), bytes(range(1, 33))
GRANT = Grant(sha256(b"document"), bytes(range(32, 64)), 1234, cid_of(b"blob"))


def test_the_member_it_is_for_opens_a_grant_and_nobody_else() -> None:
    file = grants.seal(GRANT, grants.address(THEIRS))
    assert grants.open_grant(file, THEIRS) == GRANT
    with pytest.raises(GrantInvalid):
        grants.open_grant(file, OURS)


def test_a_grant_with_any_one_byte_changed_is_refused() -> None:
    file = grants.seal(GRANT, grants.address(THEIRS))
    for place in range(len(file)):
        changed = bytearray(file)
        changed[place] ^= 1
        with pytest.raises(GrantInvalid):
            grants.open_grant(bytes(changed), THEIRS)


@pytest.mark.parametrize("file", [b"", b"SNDVGRT1", secrets.token_bytes(grants.SIZE), bytes(grants.SIZE + 1)])
def test_what_is_no_grant_is_refused(file: bytes) -> None:
    with pytest.raises(GrantInvalid):
        grants.open_grant(file, THEIRS)


@pytest.mark.parametrize(
    "wrong",
    [
        Grant(GRANT.digest, GRANT.key, 29, GRANT.cid),
        Grant(GRANT.digest, GRANT.key, grants.LARGEST_BLOB + 1, GRANT.cid),
        Grant(GRANT.digest, GRANT.key, 1234, "x" * 59),
    ],
)
def test_a_grant_of_what_no_vault_has_is_refused(wrong: Grant) -> None:
    with pytest.raises(GrantInvalid):
        grants.open_grant(grants.seal(wrong, grants.address(THEIRS)), THEIRS)


@pytest.mark.parametrize("to", [bytes(32), bytes(31)])
def test_an_address_that_is_none_is_refused(to: bytes) -> None:
    with pytest.raises(GrantAddressInvalid):
        grants.seal(GRANT, to)


def test_neither_key_nor_master_is_in_what_is_shown() -> None:
    assert GRANT.key.hex() not in repr(GRANT)
    assert grants.address(OURS) != grants.address(THEIRS)
    assert len(grants.address(OURS)) == 32
