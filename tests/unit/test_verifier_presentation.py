"""Fields of a document shown without the others: each proved, none to be guessed, none added or exchanged."""

import json
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.evidence import NOW, RECEIPT, Scene
from sanad_testkit.printed_scene import CHASSIS, ENGINE, LOT, SEED, VALUE, CommittedScene, printed
from sanad_verifier.bundle import Bundle, pack
from sanad_verifier.digests import hash_leaf, hash_node
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.fields import Field, FieldUnknown, disclose_all, field_leaves, field_root
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.presentation import (
    FieldsUncommitted,
    Presentation,
    PresentationInvalid,
    parse_presentation,
    presentation,
    verify_presentation,
)
from sanad_verifier.printed import commitment, printed_fields
from sanad_verifier.verdict import Overall

PRINTED = printed()
RELATED = PRINTED.related


def shown(*pointers: str) -> Presentation:
    return presentation(disclose_all(VALUE, SEED, pointers), PRINTED.fields.hash())


def test_the_fields_shown_are_proved_and_read_back_as_written() -> None:
    given_ = shown(CHASSIS, LOT)
    assert parse_presentation(given_.encode()) == given_
    assert verify_presentation(given_, RELATED) == (
        Field(LOT, "KAPW-2026-118"),
        Field(CHASSIS, "TRJ150-0098765"),
    )


def test_what_is_shown_holds_nothing_of_the_other_fields() -> None:
    told = shown(LOT).encode()
    for hidden in ("TRJ150", "1TR-", "4250000", "PKR", "محمد"):
        assert hidden.encode() not in told
    assert SEED not in told
    assert SEED.hex().encode() not in told


def test_a_hidden_chassis_number_cannot_be_found_by_trying_all_of_them() -> None:
    """The salts of fields do not follow from one another: with one field shown, every value of another is tried."""
    told = json.loads(shown(LOT).encode())
    known_salt = told["fields"][0]["leaf"][0]
    hashes = {hash_leaf(leaf) for leaf in field_leaves(VALUE, SEED)}
    for digits in product("0123456789", repeat=4):
        guess = f"TRJ150-009{''.join(digits)}"
        for salt in (known_salt, "A" * 22, sha256(known_salt.encode()).hexdigest()[:22]):
            assert hash_leaf(canonicalise([salt, CHASSIS, guess])) not in hashes
    assert hash_leaf(field_leaves(VALUE, SEED)[0]) in hashes


PERSON: dict[str, Any] = {
    "buyer": {"cnic": "35202-1230042-1", "name": "محمد اسلم"},
    "lot": "KAPW-2026-118",
    "salt": "AAAAAAAAAAAAAAAAAAAAAA",
}


def tried(told: bytes, salts: Sequence[str]) -> list[str]:
    """The CNICs, of the ten thousand that are left when all but four digits are known, whose leaf or whose node with
    another hash is anywhere in what was shown, under one of these salts.
    """
    shown_ = json.loads(told)
    visible = {b64decode(one) for field in shown_["fields"] for one in field["path"]}
    visible |= {b64decode(shown_["printed"]), PERSON_RELATED}
    found = []
    for digits in product("0123456789", repeat=4):
        guess = f"35202-123{''.join(digits)}-1"
        for salt in salts:
            leaf = hash_leaf(canonicalise([salt, "/buyer/cnic", guess]))
            if leaf in visible or visible & {hash_node(leaf, one) for one in visible}:
                found.append(guess)
    return found


PERSON_RELATED = commitment(printed_fields(PERSON, SEED, ("/lot",), ()).hash(), field_root(PERSON, SEED))


def test_a_hidden_cnic_of_which_four_digits_are_unknown_cannot_be_found_by_trying_them() -> None:
    """Whoever has the presentation knows salts, paths and the commitment, and the document's own salt besides."""
    shown_ = disclose_all(PERSON, SEED, ["/lot", "/buyer/name"])
    told = presentation(shown_, printed_fields(PERSON, SEED, ("/lot",), ()).hash()).encode()
    given_ = parse_presentation(told)
    assert {one.pointer for one in verify_presentation(given_, PERSON_RELATED)} == {"/lot", "/buyer/name"}
    salts = [one["leaf"][0] for one in json.loads(told)["fields"]]
    assert tried(told, [*salts, PERSON["salt"], "A" * 22]) == []
    leaves = [json.loads(leaf) for leaf in field_leaves(PERSON, SEED)]
    (genuine,) = [salt for salt, pointer, _ in leaves if pointer == "/buyer/cnic"]
    assert tried(told, [genuine]) == [PERSON["buyer"]["cnic"]]  # the search finds it, if the salt is known


@given(st.integers(0, 300))
def test_a_changed_field_place_or_path_is_no_field_of_the_document(at: int) -> None:
    told = json.loads(shown(CHASSIS, LOT).encode())
    one = told["fields"][at % 2]
    changes: list[tuple[str, Any]] = [
        ("index", one["index"] + 1), ("leaf", [one["leaf"][0], one["leaf"][1], "x"]),
        ("leaf", [one["leaf"][0], "/price/amount", one["leaf"][2]]),
        ("path", one["path"][:-1]), ("path", one["path"] * 2),
    ]  # fmt: skip
    name, value = changes[at % len(changes)]
    one[name] = value
    with pytest.raises(EvidenceError):
        verify_presentation(parse_presentation(canonicalise(told)), RELATED)


@pytest.mark.parametrize("change", [
    lambda t: t.pop("size"), lambda t: t.pop("printed"), lambda t: t.update(printed="AA=="),
    lambda t: t.pop("fields"), lambda t: t.update(size="9"), lambda t: t.update(size=True),
    lambda t: t.update(fields=[]), lambda t: t.update(fields={}), lambda t: t.update(more=1),
    lambda t: t["fields"].reverse(),
    lambda t: t["fields"].append(t["fields"][0]), lambda t: t["fields"][0].update(index="1"),
    lambda t: t["fields"][0].update(path="x"), lambda t: t["fields"][0].update(path=["AA=="]),
    lambda t: t["fields"][0].update(path=[7]), lambda t: t["fields"][0].pop("leaf"),
    lambda t: t["fields"][0].update(x=1),
    lambda t: t.update(fields=[7]), lambda t: t.update(fields=t["fields"] * 600),
    lambda t: t["fields"][0].update(index=True),
])  # fmt: skip
def test_a_malformed_presentation_is_refused(change: Any) -> None:
    told = json.loads(shown(CHASSIS, LOT).encode())
    change(told)
    with pytest.raises(PresentationInvalid):
        parse_presentation(canonicalise(told))


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_bytes_are_no_presentation_or_its_one_encoding(data: bytes) -> None:
    with suppress(PresentationInvalid):
        assert parse_presentation(data).encode() == data


def test_bytes_around_or_another_spelling_are_refused() -> None:
    data = shown(LOT).encode()
    for wrong in (
        data + b" ",
        b" " + data,
        json.dumps(json.loads(data)).encode(),
        b"[]",
        b"null",
        b"7",
        b"x",
    ):
        with pytest.raises(PresentationInvalid):
            parse_presentation(wrong)


def test_a_field_that_is_not_there_is_not_shown_and_the_pointer_is_named() -> None:
    with pytest.raises(FieldUnknown) as refused:
        disclose_all(VALUE, SEED, [LOT, "/vehicle"])
    assert refused.value.field == "/fields/1"


def test_a_document_without_a_commitment_shows_no_fields() -> None:
    with pytest.raises(FieldsUncommitted):
        verify_presentation(shown(LOT), bytes(32))


# -- in a bundle ---------------------------------------------------------------------------------------------------

SCENE = CommittedScene()


def bundle(fields: bytes | None, **more: Any) -> bytes:
    return pack(replace(SCENE.parts(), document=None, form=None, fields=fields, **more))


def test_the_fields_in_a_bundle_are_authentic_and_say_what_they_are_about() -> None:
    data = bundle(shown(CHASSIS, LOT).encode())
    report = examine_bundle(data, SCENE.trust(), NOW)
    assert report.overall is Overall.AUTHENTIC
    assert (report.intact.reason, [one.pointer for one in report.fields]) == ("FIELDS_SHOWN", [LOT, CHASSIS])
    assert examine_bundle(data, SCENE.trust(), NOW, subject="trj150 0098765").overall is Overall.AUTHENTIC
    assert (
        examine_bundle(bundle(shown(LOT).encode()), SCENE.trust(), NOW, subject="x1").overall
        is Overall.CANNOT_TELL
    )


def test_another_number_is_refused_only_if_every_number_of_the_document_is_shown() -> None:
    """The reading may be the engine's number, of which a presentation of the chassis says nothing."""
    part, whole = bundle(shown(CHASSIS).encode()), bundle(shown(CHASSIS, ENGINE).encode())
    report = examine_bundle(part, SCENE.trust(), NOW, subject="1TR-1234567")
    assert (report.overall, report.subject.reason) == (Overall.CANNOT_TELL, "SUBJECT_NOT_SHOWN")
    assert examine_bundle(whole, SCENE.trust(), NOW, subject="1TR-1234567").overall is Overall.AUTHENTIC
    assert examine_bundle(whole, SCENE.trust(), NOW, subject="TRJ150-0098766").overall is Overall.REFUSED


def test_fields_of_another_document_or_of_one_without_commitment_are_refused() -> None:
    other = presentation(disclose_all({"lot": "KAPW-2026-118"}, SEED, [LOT]), PRINTED.fields.hash())
    report = examine_bundle(bundle(other.encode()), SCENE.trust(), NOW)
    assert (report.overall, report.fields) == (Overall.REFUSED, ())
    bare = pack(replace(Scene().parts(), document=None, form=None, fields=shown(LOT).encode()))
    assert examine_bundle(bare, Scene().trust(), NOW).intact.reason == "FIELDS_UNCOMMITTED"


def test_the_whole_document_may_be_presented_beside_its_fields() -> None:
    data = bundle(shown(LOT).encode())
    assert examine_bundle(data, SCENE.trust(), NOW, document=RECEIPT).intact.reason == "DIGEST_EQUAL"
    assert examine_bundle(data, SCENE.trust(), NOW, document=b"another").overall is Overall.REFUSED


def test_a_revoked_document_s_fields_are_refused() -> None:
    parts = replace(SCENE.parts(state="revoked"), document=None, form=None, fields=shown(LOT).encode())
    assert examine_bundle(pack(parts), SCENE.trust(), NOW).overall is Overall.REFUSED


def test_a_bundle_holds_a_document_or_fields_not_both() -> None:
    with pytest.raises(InputError):
        pack(replace(SCENE.parts(), fields=shown(LOT).encode()))
    assert isinstance(SCENE.parts(), Bundle)
