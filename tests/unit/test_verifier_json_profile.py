"""The JSON profile: one byte string for each value, and a named refusal for everything else."""

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_verifier import json_profile
from sanad_verifier.digests import sha256
from sanad_verifier.documents import candidate_digests, digest_bytes, digest_json, document_digest
from sanad_verifier.json_profile import JsonRefused, canonical_bytes, canonicalise, parse

VECTORS = Path(__file__).parents[1] / "vectors"
CASES: dict[str, list[dict[str, Any]]] = json.loads((VECTORS / "json-profile.json").read_text("utf-8"))


def text_of(case: dict[str, Any]) -> bytes:
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    if "piece" in case:
        before, after = map(str, case["piece"])
        return (before * int(case["times"]) + after * int(case["times"])).encode()
    return str(case["text"]).encode()


@pytest.fixture(params=["with orjson", "without orjson"], autouse=True)
def both_paths(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without orjson":
        monkeypatch.setattr(json_profile, "orjson", None)


@pytest.mark.parametrize("case", CASES["accepted"], ids=lambda case: str(case["name"]))
def test_a_text_in_the_profile_has_one_canonical_form(case: dict[str, Any]) -> None:
    text = text_of(case)
    canonical = case.get("canonical", text.decode()).encode()
    assert canonical_bytes(text) == canonical
    assert canonical_bytes(canonical) == canonical
    assert canonicalise(parse(text)) == canonical
    assert digest_json(text) == sha256(canonical)


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: str(case["name"]))
def test_a_text_outside_the_profile_is_refused_by_name(case: dict[str, Any]) -> None:
    with pytest.raises(JsonRefused) as refused:
        parse(text_of(case))
    assert refused.value.code == case["code"]
    if "field" in case:
        assert refused.value.field == case["field"]
    with pytest.raises(JsonRefused) as refused_again:
        canonical_bytes(text_of(case))
    assert refused_again.value.code == case["code"]


@pytest.fixture
def deep_stack() -> Iterator[None]:
    """A process whose recursion limit somebody raised beyond what its stack can hold."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10**7)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("text", [
    pytest.param(b"[" * 10**6, id="begun"),
    pytest.param(b"[" * 10**6 + b"]" * 10**6, id="ended"),
    pytest.param(b'{"a":' * 10**5 + b"1" + b"}" * 10**5, id="objects"),
    pytest.param(b'["' + b"[" * 10**5 + b'",' + b"[" * 300 + b"]" * 301, id="after-brackets-in-a-text"),
])  # fmt: skip
def test_depth_is_refused_whatever_the_recursion_limit(text: bytes, deep_stack: None) -> None:
    with pytest.raises(JsonRefused) as refused:
        parse(text)
    assert refused.value.code == "JSON_TOO_DEEP"


@pytest.mark.parametrize(
    "text", [b'"' + b'\\"' * 10**6, b'["' + b"\\" * (2 * 10**6)], ids=["quotes", "escapes"]
)
def test_brackets_are_counted_in_time_linear_in_the_text(text: bytes) -> None:
    with pytest.raises(JsonRefused) as refused:
        parse(b"[]," * 300 + text)
    assert refused.value.code == "JSON_INVALID"


def test_brackets_in_a_text_nest_nothing() -> None:
    text = b'{"a":"' + b'[{\\"' * 1000 + b'","b":[' + b"[]," * 500 + b"[]]}"
    assert canonical_bytes(text) == text


@pytest.mark.parametrize("name", ["arrays", "french"])
def test_the_published_vectors_of_rfc_8785_that_lie_in_the_profile(name: str) -> None:
    expected = bytes.fromhex((VECTORS / "jcs/outhex" / f"{name}.txt").read_text("ascii"))
    assert canonical_bytes((VECTORS / "jcs/input" / f"{name}.json").read_bytes()) == expected
    assert (VECTORS / "jcs/output" / f"{name}.json").read_bytes() == expected


def test_the_published_vector_with_a_float_is_refused_for_its_float() -> None:
    with pytest.raises(JsonRefused) as refused:
        parse((VECTORS / "jcs/input/structures.json").read_bytes())
    assert refused.value.code == "JSON_FLOAT"
    assert refused.value.field == "/1/?"


@pytest.mark.parametrize(
    ("value", "code", "field"),
    [
        pytest.param({"a": 1.0}, "JSON_FLOAT", "/a", id="a-float"),
        pytest.param([float("nan")], "JSON_FLOAT", "/0", id="not-a-number"),
        pytest.param({1: "a"}, "JSON_TYPE", "", id="a-key-that-is-no-text"),
        pytest.param({"a": {"b": (1, 2)}}, "JSON_TYPE", "/a/b", id="a-tuple"),
        pytest.param([b"bytes"], "JSON_TYPE", "/0", id="bytes"),
        pytest.param({"a": "\ud800"}, "JSON_SURROGATE", "/a", id="a-lone-surrogate"),
        pytest.param([2**53], "JSON_INTEGER_RANGE", "/0", id="a-large-integer"),
        pytest.param("e\u0301", "JSON_NOT_NFC", "", id="not-nfc"),
    ],
)
def test_a_value_outside_the_profile_has_no_canonical_form(value: object, code: str, field: str) -> None:
    with pytest.raises(JsonRefused) as refused:
        canonicalise(value)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_value_within_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(JsonRefused) as refused:
        canonicalise(value)
    assert refused.value.code == "JSON_TOO_DEEP"


def test_an_error_never_repeats_a_long_or_strange_key() -> None:
    with pytest.raises(JsonRefused) as refused:
        parse(b'{"' + b"k" * 5000 + b'":{"\\u001b[31m":1.5}}')
    assert refused.value.field == "/?/?"


PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs"])).map(
    lambda text: unicodedata.normalize("NFC", text)
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | PLAIN_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_both_paths_agree_with_rfc8785_on_any_value(value: Any) -> None:
    canonical = rfc8785.dumps(value)
    assert canonicalise(value) == canonical
    assert canonical_bytes(canonical) == canonical
    assert canonical_bytes(json.dumps(value, indent=1).encode()) == canonical
    assert parse(canonical) == value


@given(st.binary(max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        value = parse(data)
    except JsonRefused:
        return
    assert canonical_bytes(data) == rfc8785.dumps(value)


def test_the_fast_path_is_taken_exactly_if_orjson_is_there(request: pytest.FixtureRequest) -> None:
    """Guards the speed: without it the other tests would pass as well."""
    taken = json_profile._if_canonical(b'{"a":1}') is not json_profile._UNSURE
    assert taken == ("with orjson]" in request.node.name)


# -- which digest certifies a document ------------------------------------------------------------------------------


def test_the_spelling_of_a_json_document_does_not_change_its_digest() -> None:
    one, other = document_digest(b'{"a":1,"b":"x"}'), document_digest(b' {"b":"\\u0078",\n"a":1}')
    assert one.form == other.form == "json"
    assert one.digest == other.digest == sha256(b'{"a":1,"b":"x"}')


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"[1,2]", b'"text"', b"\x00\xff", b"  "], ids=repr)
def test_anything_but_a_json_object_is_certified_by_its_bytes(data: bytes) -> None:
    found = document_digest(data)
    assert (found.form, found.digest, found.why) == ("bytes", digest_bytes(data), None)
    assert candidate_digests(data) == (found,)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b'{"a":1.5}', "JSON_FLOAT"), (b'\xef\xbb\xbf{"a":1}', "JSON_BOM"), (b"\n{ not json", "JSON_INVALID")],
)
def test_what_only_looks_like_json_is_certified_by_its_bytes_and_says_why(data: bytes, code: str) -> None:
    found = document_digest(data)
    assert (found.form, found.digest) == ("bytes", sha256(data))
    assert found.why is not None
    assert found.why.code == code


def test_a_json_document_may_also_have_been_issued_as_a_file() -> None:
    data = b'{ "a": 1 }'
    assert {(d.digest, d.form) for d in candidate_digests(data)} == {
        (sha256(b'{"a":1}'), "json"),
        (sha256(data), "bytes"),
    }
    assert len(candidate_digests(b'{"a":1}')) == 1
