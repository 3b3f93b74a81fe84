"""The salted field tree: one field shown and proved, the others hidden."""

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_verifier import fields, json_profile
from sanad_verifier.digests import hash_leaf
from sanad_verifier.errors import InputError
from sanad_verifier.fields import (
    Field,
    FieldDisclosure,
    FieldInvalid,
    FieldUnknown,
    disclose,
    field_leaves,
    field_root,
    verify_field,
)
from sanad_verifier.json_profile import JsonRefused, parse
from sanad_verifier.merkle import InclusionError, Levels, tree_root

SEED = bytes(range(32))
DOCUMENT: dict[str, Any] = {
    "lot": "KAPW-118",
    "goods": [{"mass": "12.5", "parts": []}, {"mass": "7", "notes": {}}],
    "a/b": {"m~n": None},
    "paid": True,
    "count": 3,
    "خریدار": "محمد",
}
FIELDS: dict[str, Any] = {
    "/a~1b/m~0n": None,
    "/count": 3,
    "/goods/0/mass": "12.5",
    "/goods/0/parts": [],
    "/goods/1/mass": "7",
    "/goods/1/notes": {},
    "/lot": "KAPW-118",
    "/paid": True,
    "/خریدار": "محمد",
}


@pytest.fixture(params=["with orjson", "without orjson"], autouse=True)
def both_paths(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without orjson":
        monkeypatch.setattr(json_profile, "orjson", None)
        monkeypatch.setattr(fields, "orjson", None)


def slow_leaf(pointer: str, value: object) -> bytes:
    """The leaf as docs/spec/fields.md says it, by other libraries."""
    salt = hmac.digest(SEED, pointer.encode(), "sha256")[:16]
    return rfc8785.dumps([urlsafe_b64encode(salt).rstrip(b"=").decode(), pointer, value])  # type: ignore[list-item]


def test_the_leaves_are_the_fields_in_order_of_their_pointers() -> None:
    assert field_leaves(DOCUMENT, SEED) == [slow_leaf(pointer, value) for pointer, value in FIELDS.items()]
    assert field_root(DOCUMENT, SEED) == tree_root([hash_leaf(leaf) for leaf in field_leaves(DOCUMENT, SEED)])


@pytest.mark.parametrize(("pointer", "value"), FIELDS.items())
def test_each_field_can_be_shown_by_itself(pointer: str, value: object) -> None:
    shown = disclose(DOCUMENT, SEED, pointer)
    assert verify_field(shown, field_root(DOCUMENT, SEED)) == Field(pointer, value)


def test_the_published_vector() -> None:
    vector = json.loads((Path(__file__).parents[1] / "vectors" / "fields.json").read_text("utf-8"))
    value, seed = parse(vector["document"].encode()), bytes.fromhex(vector["seed"])
    assert [leaf.decode() for leaf in field_leaves(value, seed)] == vector["leaves"]
    assert field_root(value, seed).hex() == vector["root"]


KEYS = st.text("ab/~é", max_size=3).map(lambda key: key)
SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.text('a"\\é\n', max_size=4)


@given(
    st.recursive(
        SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=3), max_leaves=8
    )
)
@settings(max_examples=60, deadline=None)
def test_every_field_of_any_document_can_be_proved(value: Any) -> None:
    root, leaves = field_root(value, SEED), field_leaves(value, SEED)
    pointers = [json.loads(leaf)[1] for leaf in leaves]
    assert len(set(pointers)) == len(pointers)
    assert pointers == sorted(pointers, key=str.encode)
    for pointer in pointers:
        assert verify_field(disclose(value, SEED, pointer), root).pointer == pointer


def test_two_documents_that_differ_in_one_field_share_no_other_secret() -> None:
    other = field_leaves({**DOCUMENT, "lot": "KAPW-119"}, SEED)
    assert sum(a != b for a, b in zip(field_leaves(DOCUMENT, SEED), other, strict=True)) == 1
    assert set(field_leaves(DOCUMENT, bytes(32))).isdisjoint(field_leaves(DOCUMENT, SEED))


@pytest.mark.parametrize(
    "pointer", ["", "/", "lot", "/lot/", "/goods", "/goods/0", "/goods/2/mass", "/a/b", "\ud800"]
)
def test_a_field_that_is_not_there_cannot_be_shown(pointer: str) -> None:
    with pytest.raises(FieldUnknown) as refused:
        disclose(DOCUMENT, SEED, pointer)
    assert refused.value.code == "FIELD_UNKNOWN"


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_has_32_bytes(seed: bytes) -> None:
    with pytest.raises(InputError) as refused:
        field_root(DOCUMENT, seed)
    assert refused.value.field == "seed"


def test_a_document_outside_the_profile_has_no_field_tree() -> None:
    with pytest.raises(JsonRefused) as refused:
        field_root({"mass": 1.5}, SEED)
    assert (refused.value.code, refused.value.field) == ("JSON_FLOAT", "/mass")


def test_a_field_with_one_thing_wrong_is_refused() -> None:
    root, shown = field_root(DOCUMENT, SEED), disclose(DOCUMENT, SEED, "/lot")
    verify_field(shown, root)
    for wrong in (
        replace(shown, leaf=shown.leaf.replace(b"118", b"119")),
        replace(shown, leaf=shown.leaf.replace(b"/lot", b"/bid")),
        replace(shown, leaf=shown.leaf + b" "),
        replace(shown, proof=replace(shown.proof, index=shown.proof.index - 1)),
        replace(shown, proof=replace(shown.proof, path=shown.proof.path[1:])),
    ):
        with pytest.raises(InclusionError):
            verify_field(wrong, root)


SALT = "AAECAwQFBgcICQoLDA0ODw"


@pytest.mark.parametrize("leaf", [
    pytest.param(b"", id="nothing"),
    pytest.param(b"\xff", id="not-utf8"),
    pytest.param(b'["' + SALT.encode() + b'","/a"]', id="no-value"),
    pytest.param(b'["' + SALT.encode() + b'","/a",1,2]', id="two-values"),
    pytest.param(b'{"salt":1}', id="an-object"),
    pytest.param(b'["short","/a",1]', id="a-short-salt"),
    pytest.param(b'["' + SALT[:-1].encode() + b'x","/a",1]', id="a-salt-with-spare-bits"),
    pytest.param(b'[1,"/a",1]', id="a-salt-that-is-no-text"),
    pytest.param(b'["' + SALT.encode() + b'","a",1]', id="a-pointer-without-slash"),
    pytest.param(b'["' + SALT.encode() + b'","/a~2",1]', id="a-pointer-with-a-bad-escape"),
    pytest.param(b'["' + SALT.encode() + b'","/a",[1]]', id="a-list-as-value"),
    pytest.param(b'["' + SALT.encode() + b'","/a",1.5]', id="a-float"),
    pytest.param(b'["' + SALT.encode() + b'", "/a",1]', id="another-spelling"),
])  # fmt: skip
def test_a_leaf_that_is_no_field_is_refused_even_if_somebody_committed_to_it(leaf: bytes) -> None:
    tree = Levels([hash_leaf(leaf)])
    with pytest.raises(FieldInvalid) as refused:
        verify_field(FieldDisclosure(leaf, tree.proof(0)), tree.root)
    assert refused.value.code == "FIELD_INVALID"
