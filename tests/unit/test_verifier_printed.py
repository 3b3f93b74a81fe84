"""The printed fields are committed to together: few, in order, and whole or said not to be."""

import hmac
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_testkit.evidence import seed
from sanad_testkit.printed_scene import CHASSIS, ENGINE, LOT, NAMED, PROVED, VALUE, printed
from sanad_verifier.digests import hash_leaf, hash_node
from sanad_verifier.errors import InputError
from sanad_verifier.fields import Field, field_root
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.printed import ROOM, PrintedDiffer, commit, printed_fields, verify_printed

SEED = seed("fields")


def test_the_commitment_is_a_node_over_the_printed_leaf_and_the_field_root() -> None:
    found = printed_fields(VALUE, SEED, PROVED, NAMED)
    values = [[LOT, "KAPW-2026-118"], [CHASSIS, "TRJ150-0098765"], [ENGINE, "1TR-1234567"]]
    salt = urlsafe_b64encode(hmac.digest(SEED, b"printed", "sha256")[:16]).decode().rstrip("=")
    assert found.leaf() == canonicalise([salt, values, True])
    assert commit(VALUE, SEED, PROVED, NAMED) == hash_node(hash_leaf(found.leaf()), field_root(VALUE, SEED))


def test_the_fields_of_the_commitment_are_proved_and_no_others() -> None:
    proof = printed()
    assert verify_printed(proof, proof.related) == proof.fields.fields
    for other in (printed(proved=(LOT,)), printed({**VALUE, "lot": "KAPW-2026-119"})):
        with pytest.raises(PrintedDiffer):
            verify_printed(other, proof.related)


def test_fields_are_taken_in_order_as_far_as_there_is_room() -> None:
    value: Any = {"c": [{"number": f"TCLU{number:07}"} for number in range(40)], "n": "1"}
    found = printed_fields(value, SEED, ("/n", "/c/*/number"), ("/c/*/number",))
    assert found.fields[:2] == (Field("/n", "1"), Field("/c/0/number", "TCLU0000000"))
    assert sum(len(canonicalise(one.value)) + 4 for one in found.fields) <= ROOM
    assert len(found.fields) == 1 + (ROOM - 7) // 17
    assert not found.whole


def test_it_is_whole_only_if_every_thing_the_document_names_is_among_them() -> None:
    assert printed_fields(VALUE, SEED, PROVED, NAMED).whole
    assert printed_fields(VALUE, SEED, (LOT,), ()).whole
    assert not printed_fields(VALUE, SEED, (LOT, CHASSIS), NAMED).whole
    long: Any = {"lot": "1", "vehicle": {"chassis": "X" * 63}}
    assert not printed_fields(long, SEED, PROVED, NAMED).whole
    assert printed_fields({"lot": "1"}, SEED, PROVED, NAMED).whole


def test_what_is_no_single_value_or_not_there_is_not_printed() -> None:
    value: Any = {"a": {"b": 1}, "list": [[1], 2], "t~/x": True, "none": None}
    patterns = ("/a", "/list/*", "/t~0~1x", "/none", "/gone", "/a/b/c", "/a/*", "/list/*/*", "/a/b", "/a/b")
    found = printed_fields(value, SEED, patterns, ())
    assert [(one.pointer, one.value) for one in found.fields] == [
        ("/list/1", 2),
        ("/t~0~1x", True),
        ("/none", None),
        ("/list/0/0", 1),
        ("/a/b", 1),
    ]


@given(st.binary(min_size=32, max_size=32))
def test_the_salt_follows_from_the_seed_and_is_none_of_a_field(other: bytes) -> None:
    found = printed_fields(VALUE, other, PROVED, NAMED)
    assert len(found.salt) == 16
    assert found.salt == printed_fields({}, other, (), ()).salt
    assert (found.salt == printed_fields({}, SEED, (), ()).salt) == (other == SEED)


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(InputError):
        printed_fields(VALUE, b"short", PROVED, NAMED)
