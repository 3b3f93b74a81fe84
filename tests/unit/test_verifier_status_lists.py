"""Status lists: what they hold, what is refused, and what a reader makes of them."""

import base64
import json
import random
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_testkit.evidence import DAY, NOW, OFFICE, Scene
from sanad_testkit.status_scene import GROUP, PUBLISHED_AT, StatusScene, Step
from sanad_verifier.bundle import pack
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.entries import Kind
from sanad_verifier.errors import EvidenceError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.standings import STANDINGS, packed, value_at
from sanad_verifier.status_lists.document import Delta, ListDocument, parse_list
from sanad_verifier.status_lists.lists import StatusListGap, read_lists
from sanad_verifier.status_lists.state import (
    ListState,
    StatusListInvalid,
    differing,
    member_key,
    members_of,
    state_of,
)
from sanad_verifier.trust import parse_trust
from sanad_verifier.verdict import Is, Overall

PUBLISHED_LIST = (
    "eNrt0EENgDAQADAIHwImkIIEJEwCUpCEBBQRHOy35Li1EjoOQGabAgAAAAAAAAAAAAAAAAAAACC1SQEAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABADrsCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADoxaEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIIoCgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAACArpwKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGhqVkAzlwIAAAAAiGVRAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAABx3AoAgLpVAQAAAAAAAAAAAAAAwM89rwMAAAAAAAAAAAjsA9xMBMA"
)
"""draft-ietf-oauth-status-list, test vectors for encoding, four bits."""
PUBLISHED_VALUES = {
    0: 1,
    1993: 2,
    35460: 3,
    459495: 4,
    595669: 5,
    754353: 6,
    845645: 7,
    923232: 8,
    924445: 9,
    934534: 10,
    1004534: 11,
    1000345: 12,
    1030203: 13,
    1030204: 14,
    1030205: 15,
}


def test_values_stand_where_the_token_status_list_of_four_bits_has_them() -> None:
    compressed = base64.urlsafe_b64decode(PUBLISHED_LIST + "=" * (-len(PUBLISHED_LIST) % 4))
    values = zlib.decompress(compressed)
    assert values == packed(PUBLISHED_VALUES.items(), 1 << 20)
    assert {place: value_at(values, place) for place in PUBLISHED_VALUES} == PUBLISHED_VALUES
    assert differing(bytes(len(values)), values) == sorted(PUBLISHED_VALUES)


@given(
    st.dictionaries(st.integers(0, 60), st.integers(0, 15)),
    st.dictionaries(st.integers(0, 79), st.integers(0, 15)),
)
def test_changes_lead_from_any_standings_to_any_later_ones(old: dict[int, int], new: dict[int, int]) -> None:
    keys = [bytes([number]) * 16 for number in range(80)]
    before = state_of(61, old.items(), {keys[at]: value for at, value in old.items() if value})
    after = state_of(80, new.items(), {keys[at]: value for at, value in new.items() if value})
    entries, members = before.changes_to(after)
    slow = {at: new.get(at, 0) for at in range(80) if new.get(at, 0) != old.get(at, 0)}
    assert dict(entries) == slow
    assert dict(members) == {keys[at]: value for at, value in slow.items()}
    assert before.changed(80, entries, members) == after
    assert before.changed(80, entries, members).digest() == after.digest()


# -- the document ---------------------------------------------------------------------------------------------------


def listed(**changes: Any) -> ListDocument:
    """A list of 61 entries, two of them and one document of a batch not active."""
    state = state_of(61, [(12, 1), (60, 12)], {member_key(3, "EIF", bytes(32)): 2, bytes(16): 3})
    told = ListDocument(
        "somewhere/sanad/7", GROUP, (3, 4), 1, 61, Digest(bytes(32)), NOW, None, state.digest(), state
    )
    return replace(told, **changes)


def delta() -> ListDocument:
    """A delta that follows on it."""
    changes = Delta(((12, 0), (61, 1)), ((bytes(16), 0), (b"\1" * 16, 1)))
    return listed(sequence=2, size=62, previous=sha256(b"before"), told=changes)


@pytest.mark.parametrize(
    "document", [listed(), delta(), listed(group="*", size=60, told=state_of(60, [], {}))]
)
def test_a_publication_is_read_as_it_was_written(document: ListDocument) -> None:
    assert parse_list(document.encode()) == document


def test_any_compressor_may_have_packed_the_standings() -> None:
    told = json.loads(listed().encode())
    state = listed().told
    assert isinstance(state, ListState)
    other = base64.urlsafe_b64encode(zlib.compress(state.values, 0)).rstrip(b"=").decode()
    assert other != told["status_list"]["lst"]
    told["status_list"]["lst"] = other
    assert parse_list(canonicalise(told)) == listed()


def packed_as(values: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(values)).rstrip(b"=").decode()


ROW = base64.urlsafe_b64encode(bytes(16) + b"\3").rstrip(b"=").decode()
WRONG_LISTS: list[dict[str, Any]] = [
    {"schema": "urn:sanad:STATUS_LIST:2"},
    {"number": "KAPW/2"},
    {"number": None},
    {"origin": "two words"},
    {"group": "kapw"},
    {"group": "../KAPW"},
    {"formations": [4, 3]},
    {"formations": [3, 3]},
    {"formations": [0]},
    {"sequence": 0, "number": "KAPW/0"},
    {"sequence": 2, "number": "KAPW/2"},
    {"previous": "ab" * 32},
    {"size": 59},
    {"size": 63},
    {"size": 1 << 40},
    {"root": "AB" * 32},
    {"time": -1},
    {"time": 1.5},
    {"state": "ab"},
    {"more": 1},
    {"status_list": None},
    {"status_list": {"bits": 2, "lst": packed_as(bytes(31))}},
    {"status_list": {"bits": 4, "lst": packed_as(bytes(30))}},
    {"status_list": {"bits": 4, "lst": packed_as(bytes(30) + b"\x10")}},
    {"status_list": {"bits": 4, "lst": packed_as(bytes(64 << 20))}},
    {"status_list": {"bits": 4, "lst": packed_as(bytes(31)) + "AAAA"}},
    {"status_list": {"bits": 4, "lst": packed_as(bytes(31)) + "="}},
    {"status_list": {"bits": 4, "lst": "not base64!"}},
    {"status_list": {"bits": 4, "lst": packed_as(bytes(31)), "more": 1}},
    {"members": None},
    {"members": ROW[:-1]},
    {"members": base64.urlsafe_b64encode(bytes(17)).rstrip(b"=").decode()},
    {"members": base64.urlsafe_b64encode(bytes(16) + b"\x10").rstrip(b"=").decode()},
    {"members": base64.urlsafe_b64encode((bytes(16) + b"\3") * 2).rstrip(b"=").decode()},
    {"delta": {"entries": [], "members": []}},
]
WRONG_DELTAS: list[dict[str, Any]] = [
    {"previous": None},
    {"sequence": 1, "number": "KAPW/1"},
    {"delta": {"entries": []}},
    {"delta": {"entries": [[61, 1], [12, 0]], "members": []}},
    {"delta": {"entries": [[12, 0], [12, 1]], "members": []}},
    {"delta": {"entries": [[62, 1]], "members": []}},
    {"delta": {"entries": [[-1, 1]], "members": []}},
    {"delta": {"entries": [[12, 16]], "members": []}},
    {"delta": {"entries": [[12, True]], "members": []}},
    {"delta": {"entries": [[12]], "members": []}},
    {"delta": {"entries": {}, "members": []}},
    {"delta": {"entries": [], "members": [["00" * 15, 1]]}},
    {"delta": {"entries": [], "members": [["AB" * 16, 1]]}},
    {"delta": {"entries": [], "members": [["11" * 16, 1], ["00" * 16, 1]]}},
    {"delta": {"entries": [], "members": [["00" * 16, 99]]}},
    {"delta": {"entries": [[at, 1] for at in range(62)] * 1100, "members": []}},
    {"members": ROW},
]


@pytest.mark.parametrize(
    ("document", "changes"),
    [(listed(), one) for one in WRONG_LISTS] + [(delta(), one) for one in WRONG_DELTAS],
)
def test_a_publication_with_one_thing_changed_is_refused(
    document: ListDocument, changes: dict[str, Any]
) -> None:
    told = {**json.loads(document.encode()), **changes}
    kept = {name: value for name, value in told.items() if value is not None}
    with pytest.raises(StatusListInvalid):
        parse_list(json.dumps(kept, separators=(",", ":"), sort_keys=True).encode())


def test_bytes_that_are_no_canonical_json_are_refused() -> None:
    whole = listed().encode()
    for wrong in (b"", b"[]", whole + b"\n", whole.replace(b":", b": ", 1), b"[" * 100_000, b"\xff" + whole):
        with pytest.raises(StatusListInvalid):
            parse_list(wrong)


def test_no_mutant_of_a_publication_is_another_spelling_of_it_but_in_how_it_is_compressed() -> None:
    chance = random.Random(5)
    for whole in (listed().encode(), delta().encode()):
        said, start = parse_list(whole), whole.find(b'"lst":')
        compressed = range(start, whole.index(b"}", start)) if start >= 0 else range(0)
        for _ in range(400):
            mutant, at = bytearray(whole), chance.randrange(len(whole))
            mutant[at] ^= 1 << chance.randrange(8)
            try:
                read = parse_list(bytes(mutant))
            except StatusListInvalid:
                continue
            assert read != said or at in compressed  # such as another time: the log has its digest


def test_members_are_sorted_rows_of_seventeen_bytes() -> None:
    state = listed().told
    assert isinstance(state, ListState)
    assert members_of(state.rows()) == state.members
    assert len(state.rows()) == 17 * len(state.members)


# -- the vectors ----------------------------------------------------------------------------------------------------

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "status-lists.json").read_text())
TRUSTED = parse_trust(VECTORS["trust"].encode())


def told_of(case: dict[str, Any]) -> dict[str, Any]:
    """What this verifier says of a case of the vectors."""
    given = [base64.b64decode(VECTORS["lists"][name]) for name in case["lists"]]
    try:
        lists = read_lists(given, TRUSTED)
    except EvidenceError as error:
        return {"code": error.code}
    bundle = base64.b64decode(VECTORS["bundles"][case["bundle"]])
    report = examine_bundle(bundle, TRUSTED, VECTORS["at"], lists=lists)
    return {"verdict": report.overall.value, "state": report.state.reason, "asOf": report.as_of}


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: f"{case['bundle']}-{len(case['lists'])}")
def test_a_case_of_the_vectors_comes_to_what_it_says(case: dict[str, Any]) -> None:
    assert told_of(case) == {name: value for name, value in case.items() if name not in {"bundle", "lists"}}


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_a_document_of_the_vectors_that_is_no_publication_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(StatusListInvalid) as refused:
        parse_list(base64.b64decode(case["document"]))
    assert refused.value.code == case["code"]


# -- as evidence ----------------------------------------------------------------------------------------------------


def verdict(
    scene: Scene, lists: list[bytes], index: int = 5, place: int | None = None, *, now: int = NOW
) -> Any:
    trust = scene.trust()
    return examine_bundle(scene.bundle(index, place), trust, now, lists=read_lists(lists, trust))


def test_a_revocation_after_the_bundle_was_made_is_known_from_the_newest_delta() -> None:
    scene = StatusScene()
    old = replace_time(Scene(), PUBLISHED_AT - DAY)
    trust = scene.trust()
    assert examine_bundle(old.bundle(), trust, NOW).state.answer is Is.YES
    for files, answer, code in ((1, Is.YES, "ACTIVE"), (2, Is.NO, "REVOKED")):
        lists = read_lists(scene.lists()[:files], trust)
        report = examine_bundle(old.bundle(), trust, NOW, lists=lists)
        assert (report.state.answer, report.state.reason) == (answer, code)
        assert report.as_of == PUBLISHED_AT + 60 * files


def replace_time(scene: Scene, time: int) -> Scene:
    scene.time = time
    return scene


def test_a_document_of_a_batch_is_found_by_its_member_key_and_its_neighbour_is_not() -> None:
    scene = StatusScene()
    old = replace_time(Scene(), PUBLISHED_AT - DAY)
    lists = read_lists(scene.lists(), scene.trust())
    states = [
        examine_bundle(old.bundle(13, place), scene.trust(), NOW, lists=lists).state.reason
        for place in range(11)
    ]
    assert states == ["SUSPENDED" if place == 3 else "ACTIVE" for place in range(11)]


def test_a_batch_issued_with_a_compromised_key_is_suspect_in_all_its_documents() -> None:
    scene = StatusScene(steps=(({13: "suspect"}, {3: "suspended"}),))
    old = replace_time(Scene(), PUBLISHED_AT - DAY)
    lists = read_lists(scene.lists(), scene.trust())
    report = examine_bundle(old.bundle(13, 3), scene.trust(), NOW, lists=lists)
    assert (report.state.answer, report.state.reason) == (Is.NO, "SUSPECT")


def test_newer_evidence_of_its_own_is_believed_before_an_older_list() -> None:
    scene = StatusScene()
    assert scene.time > PUBLISHED_AT + 120
    report = verdict(scene, scene.lists(), 5)
    assert (report.state.reason, report.as_of) == (
        "ACTIVE",
        scene.time,
    )  # its own statement is of an hour ago


def test_a_list_says_nothing_of_another_formation_or_of_what_was_issued_after_it() -> None:
    elsewhere = StatusScene()
    elsewhere.published.clear()
    lists = read_lists(StatusScene().lists(), elsewhere.trust())
    assert not lists[0].knows(lists[0].published.document.size, lists[0].published.entry)
    assert lists[0].knows(5, elsewhere.entries[5])
    assert not lists[0].knows(5, replace(elsewhere.entries[5], formation=OFFICE + 1))


def test_age_counts_from_what_the_list_says_and_the_clock_is_not_before_its_checkpoint() -> None:
    scene = StatusScene()
    old = replace_time(Scene(), PUBLISHED_AT - DAY)
    trust = scene.trust()
    lists = read_lists(scene.lists(), trust)
    late = examine_bundle(old.bundle(13, 1), trust, NOW + 8 * DAY, lists=lists)
    assert (late.overall, late.freshness.reason) == (Overall.STALE, "TOO_OLD")
    scene.time = NOW + 30 * DAY
    ahead = read_lists(scene.lists(), trust)
    assert examine_bundle(old.bundle(13, 1), trust, NOW, lists=ahead).freshness.reason == "TOO_OLD"


def test_a_list_that_claims_a_later_time_than_its_entry_is_as_old_as_its_entry() -> None:
    scene = StatusScene(steps=())
    document = listed(origin=scene.trust().origin, size=21, formations=(OFFICE,), root=scene.tree.root)
    state = scene.state({}, {})
    scene.append(replace(document, told=state, state=state.digest(), time=NOW + 99 * DAY), time=PUBLISHED_AT)
    (only,) = read_lists(scene.lists(), scene.trust())
    assert only.time == PUBLISHED_AT


def test_publications_come_in_any_order_twice_or_with_older_ones_that_nobody_needs() -> None:
    steps: tuple[Step, ...] = (({}, {}), ({5: "revoked"}, {}), ({5: "revoked"}, {1: "revoked"}), ({}, {}))
    scene = StatusScene(steps=steps, whole=frozenset({1, 3}))
    one, two, three, four = scene.lists()
    trust = scene.trust()
    newest = read_lists([three, four], trust)
    assert read_lists([four, two, one, three, four], trust) == newest
    assert read_lists([two, three, four], trust) == newest  # two needs one, but nobody needs two
    assert newest[0].published.document.sequence == 4
    assert newest[0].state.standing(5, scene.entries[5], b"") == "active"
    for lacking in ([two], [one, two, four], [four]):
        with pytest.raises(StatusListGap):
            read_lists(lacking, trust)


def test_a_publication_that_is_not_what_the_log_has_is_refused() -> None:
    scene = StatusScene()
    trust = scene.trust()
    at = scene.size - 1
    parts = scene.parts(at)
    other = replace(scene.published[-1], time=NOW).encode()
    wrong = {
        "another document": pack(replace(parts, document=other)),
        "no document": pack(replace(parts, document=None, form=None)),
        "another type": scene.bundle(5),
        "a document of a batch": scene.bundle(13, 2),
        "no bundle": b"PK\3\4",
    }
    for data in wrong.values():
        with pytest.raises(EvidenceError):
            read_lists([data], trust)
    with pytest.raises(EvidenceError):
        read_lists(scene.lists(), replace(trust, quorum=4))
    with pytest.raises(EvidenceError):
        read_lists(scene.lists(), replace(trust, distrusted={scene.entries[at].key: NOW - 40 * DAY}))


@pytest.mark.parametrize(
    "change",
    [{"state": sha256(b"another")}, {"size": 40}, {"origin": "another/log/1"}, {"previous": sha256(b"x")}],
)
def test_a_list_in_the_log_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    scene = StatusScene()
    last = scene.published.pop()
    scene.entries.pop()
    scene.append(replace(last, **change))
    with pytest.raises(EvidenceError):
        read_lists(scene.lists(), scene.trust())


def test_two_publications_with_one_number_are_refused() -> None:
    scene = StatusScene()
    scene.append(replace(scene.published[-1], time=PUBLISHED_AT + 900))
    with pytest.raises(StatusListInvalid):
        read_lists(scene.lists(), scene.trust())


def test_a_batch_entry_of_the_type_is_no_publication() -> None:
    scene = StatusScene()
    last = scene.published.pop()
    scene.entries.pop()
    scene.append(last, kind=Kind.ISSUE_BATCH, data=(1).to_bytes(32))
    with pytest.raises(EvidenceError):
        read_lists(scene.lists(), scene.trust())


def test_the_standings_of_the_list_are_those_that_packs_use() -> None:
    assert STANDINGS == {
        "active": 0,
        "revoked": 1,
        "suspended": 2,
        "superseded": 3,
        "suspect": 12,
        "consumed": 13,
        "surrendered": 14,
    }
