"""A pack finds what it lists, says nothing of anything else, and is refused if one byte of it is another."""

import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.evidence import CONTAINERS, DAY, KEY, NOW, OFFICE, RECEIPT, SCAN, Scene
from sanad_testkit.pack_scene import (
    LADING_NUMBER,
    RECEIPT_NUMBER,
    SALT,
    SCENE,
    listed,
    make_pack,
    many,
    opened,
    scene_sections,
    signed,
)
from sanad_testkit.printed_scene import CommittedScene
from sanad_testkit.qr_cases import other_value
from sanad_testkit.vectors import FOLDER, asked_of_pack
from sanad_verifier.answers import SKEW
from sanad_verifier.digests import Digest
from sanad_verifier.documents import document_digest
from sanad_verifier.errors import EvidenceError
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.packs.contents import encode_contents, parse_contents
from sanad_verifier.packs.examining import examine_document, examine_identifier
from sanad_verifier.packs.pack import Pack, PackFile, open_pack, read_pack
from sanad_verifier.packs.section import Listed, SectionTable, shape_of, write_section
from sanad_verifier.packs.tags import NO_TAG, TAG_SIZE, folded, tag
from sanad_verifier.packs.update import UpdateUnfit, apply_update, make_update
from sanad_verifier.qr import encode_qr
from sanad_verifier.short_code import short_code
from sanad_verifier.trust import Limits, encode_trust, parse_trust
from sanad_verifier.verdict import Is, Overall, Report

TRUST = SCENE.trust()
FILE = make_pack()
PACK = opened(FILE)
DIGEST = document_digest(RECEIPT).digest
SHORT = encode_qr(SCENE.code().without_log())


def of_file(document: bytes, pack: Pack = PACK, now: int = NOW, **more: Any) -> Report:
    (report,) = examine_document(document, pack, TRUST, now, **more)
    return report


def of_text(text: str, pack: Pack = PACK, now: int = NOW, **more: Any) -> Report:
    (report,) = examine_identifier(text, pack, TRUST, now, **more)
    return report


def of_code(text: str = SHORT, pack: Pack = PACK, now: int = NOW, **more: Any) -> Report:
    return examine_qr(text, TRUST, now, pack=pack, **more)


VECTORS: dict[str, Any] = json.loads((FOLDER / "packs.json").read_text("utf-8"))
VECTOR_TRUST = parse_trust(VECTORS["trust"].encode())
VECTOR_PACKS = {name: b64decode(pack) for name, pack in VECTORS["packs"].items()}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in VECTORS["cases"]])
def test_a_vector_is_answered_as_it_says(case: dict[str, Any]) -> None:
    asked = {**case, "document": b64decode(case["document"])} if "document" in case else case
    pack = open_pack(VECTOR_PACKS[case["pack"]], VECTOR_TRUST)
    told = [
        {
            "verdict": report.overall.value,
            "reasons": {name: one.reason for name, one in report.answers.items()},
            "type": report.doc_type,
            "issuer": report.issuer,
            "asOf": report.as_of,
            "shortCode": report.short_code,
        }
        for report in asked_of_pack(pack, VECTOR_TRUST, asked)
    ]
    assert told == case["reports"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in VECTORS["refused"]])
def test_a_vector_that_is_no_pack_is_refused_by_its_code(case: dict[str, Any]) -> None:
    with pytest.raises(EvidenceError) as refused:
        open_pack(b64decode(case["pack"]), VECTOR_TRUST)
    assert refused.value.code == case["code"]


def test_the_vector_s_update_makes_the_pack_it_says() -> None:
    told = VECTORS["update"]
    made = apply_update(read_pack(VECTOR_PACKS[told["from"]]), b64decode(told["update"]), VECTOR_TRUST)
    assert made.encode() == VECTOR_PACKS[told["to"]]


# -- what a pack says -----------------------------------------------------------------------------------------------


def test_a_file_that_the_pack_lists_is_authentic() -> None:
    report = of_file(RECEIPT)
    assert report.overall is Overall.AUTHENTIC
    assert (report.authority.reason, report.intact.reason) == ("PACK_LISTS_IT", "DIGEST_EQUAL")
    assert (report.issuer, report.doc_type, report.in_force) == ("KAPW-AUC", "AUCTION_RECEIPT", "active")
    assert report.as_of == SCENE.time
    assert report.short_code == short_code(DIGEST)


def test_another_spelling_of_the_same_json_is_the_same_document_and_another_value_is_not() -> None:
    spelled = json.dumps(json.loads(RECEIPT), indent=2).encode()
    assert of_file(spelled).overall is Overall.AUTHENTIC
    report = of_file(RECEIPT.replace(b"4250000.00", b"250000.00"))
    assert (report.overall, report.authority.reason) == (Overall.UNKNOWN, "NOT_IN_PACK")
    assert report.lines()[0] == "UNKNOWN: the pack lists no such document"


@pytest.mark.parametrize(
    ("reading", "overall"),
    [
        ("TRJ150-0098765", Overall.AUTHENTIC),
        ("trj150 OO98765", Overall.AUTHENTIC),
        ("1TR-1234567", Overall.AUTHENTIC),
        ("TRJ150-0098766", Overall.REFUSED),
    ],
)
def test_a_file_is_compared_with_the_number_on_the_thing(reading: str, overall: Overall) -> None:
    assert of_file(RECEIPT, subject=reading).overall is overall


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("revoked", "REVOKED"),
        ("suspended", "SUSPENDED"),
        ("superseded", "SUPERSEDED"),
        ("suspect", "KEY_COMPROMISED"),
    ],
)
def test_a_file_that_is_not_in_force_is_refused_as_what_it_is(state: str, reason: str) -> None:
    report = of_file(RECEIPT, opened(make_pack(scene_sections(state))))
    assert (report.overall, report.state.reason, report.in_force) == (Overall.REFUSED, reason, state)


@pytest.mark.parametrize(
    "text",
    [
        RECEIPT_NUMBER,
        RECEIPT_NUMBER.lower().replace("-", " "),
        "TRJ150-0098765",
        "1tr 1234567",
        short_code(DIGEST),
    ],
)
def test_a_number_finds_the_record_and_leaves_open_whether_the_paper_is_it(text: str) -> None:
    report = of_text(text)
    assert (report.overall, report.intact.reason) == (Overall.CANNOT_TELL, "DOCUMENT_NOT_GIVEN")
    assert (report.state.answer, report.short_code) == (Is.YES, short_code(DIGEST))
    assert not report.digest


def test_a_revoked_record_that_a_number_finds_is_refused() -> None:
    pack = opened(make_pack(scene_sections("revoked")))
    assert of_text(RECEIPT_NUMBER, pack).overall is Overall.REFUSED


@pytest.mark.parametrize("text", ["TCLU4482017", "APZU 481209-0", LADING_NUMBER])
def test_each_container_of_a_bill_of_lading_finds_it(text: str) -> None:
    assert of_text(text).doc_type == "BILL_OF_LADING"


def test_a_whole_digest_is_as_good_as_the_file() -> None:
    assert of_text(DIGEST.hex()).overall is Overall.AUTHENTIC
    assert of_text(f"sha256:{DIGEST.hex()}").digest == DIGEST.hex()
    assert of_text("ab" * 32).overall is Overall.UNKNOWN


@pytest.mark.parametrize("text", ["KAPW-AUC-2026-119", "TRJ150-0098766", "TCLU4482018", "AAAA-AAAA-AAAA"])
def test_a_number_that_nothing_has_is_unknown(text: str) -> None:
    assert of_text(text).overall is Overall.UNKNOWN


def test_a_business_number_is_not_taken_for_a_number_on_a_thing() -> None:
    assert of_text("KAPW-AUC-2026-118", subject=RECEIPT_NUMBER).subject.answer is Is.NO


def test_a_record_found_by_number_is_compared_with_the_thing_by_its_tags() -> None:
    assert of_text(RECEIPT_NUMBER, subject="TRJ150-0098765").subject.answer is Is.YES
    assert of_text(RECEIPT_NUMBER, subject="TRJ150-0098766").overall is Overall.REFUSED


# -- printed codes --------------------------------------------------------------------------------------------------


def test_a_short_code_is_authentic_with_a_pack_and_tells_its_fields() -> None:
    report = of_code(subject="TRJ150-0098765")
    assert report.overall is Overall.AUTHENTIC
    assert (report.intact.reason, report.subject.answer) == ("FIELDS_PRINTED", Is.YES)
    assert [one.value for one in report.fields] == ["KAPW-2026-118", "TRJ150-0098765", "1TR-1234567"]
    assert report.issued_at == SCENE.entries[5].time
    assert of_code(subject="TRJ150-0098766").overall is Overall.REFUSED


def test_a_short_code_without_a_pack_leaves_everything_open() -> None:
    assert examine_qr(SHORT, TRUST, NOW).authority.reason == "QR_SHORT_FORM"


FORGED = {
    "another value": other_value(SCENE.code().without_log()),
    "another time": replace(SCENE.code().without_log(), time=SCENE.code().time + 1),
    "another key": replace(SCENE.code().without_log(), key=bytes(20)),
    "another business key": replace(SCENE.code().without_log(), business_key=b"\1" * 32),
    "no fields": replace(SCENE.code().without_log(), printed=None, related=bytes(32)),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_short_code_with_one_thing_changed_is_refused(name: str) -> None:
    report = of_code(encode_qr(FORGED[name]))
    assert (report.overall, report.intact.reason) == (Overall.REFUSED, "QR_DIFFERS")
    assert not report.fields


def test_a_short_code_whose_document_is_not_listed_is_unknown_unless_the_pack_could_not_know_it() -> None:
    code = replace(SCENE.code().without_log(), digest=Digest(b"\5" * 32))
    assert of_code(encode_qr(code)).overall is Overall.UNKNOWN
    later = of_code(encode_qr(replace(code, time=NOW)))
    assert (later.overall, later.authority.reason) == (Overall.CANNOT_TELL, "PACK_OLDER")
    for other in (replace(code, doc_type="EIF"), replace(code, formation=OFFICE + 1)):
        report = of_code(encode_qr(other))
        assert (report.overall, report.authority.reason) == (Overall.CANNOT_TELL, "PACK_ELSEWHERE")


def test_a_pack_without_codes_says_that_it_cannot_check_them() -> None:
    report = of_code(pack=opened(make_pack(codes=False)))
    assert (report.overall, report.intact.reason) == (Overall.CANNOT_TELL, "PACK_WITHOUT_CODES")
    assert not report.fields


def test_a_pack_is_a_newer_word_on_the_standing_of_a_whole_code_and_of_a_bundle() -> None:
    revoked = opened(make_pack(scene_sections("revoked")))
    earlier = CommittedScene(time=SCENE.time - 30 * DAY)
    whole, bundle = encode_qr(earlier.code()), earlier.bundle()
    assert examine_qr(whole, TRUST, NOW).overall is Overall.STALE
    assert examine_qr(whole, TRUST, NOW, pack=PACK).overall is Overall.AUTHENTIC
    assert examine_bundle(bundle, TRUST, NOW, pack=PACK).overall is Overall.AUTHENTIC
    assert examine_qr(whole, TRUST, NOW, pack=revoked).overall is Overall.REFUSED
    assert examine_bundle(bundle, TRUST, NOW, pack=revoked).overall is Overall.REFUSED


def test_an_older_pack_does_not_speak_against_newer_evidence() -> None:
    old = CommittedScene(time=SCENE.time - 3 * DAY)
    pack = opened(make_pack(scene_sections("suspended"), scene=old))
    report = examine_qr(encode_qr(SCENE.code()), TRUST, NOW, pack=pack)
    assert (report.overall, report.as_of) == (Overall.AUTHENTIC, SCENE.time)


# -- age, keys, gaps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "overall"),
    [
        (0, Overall.AUTHENTIC),
        (7 * DAY, Overall.AUTHENTIC),
        (7 * DAY + 1, Overall.STALE),
        (-SKEW, Overall.AUTHENTIC),
        (-SKEW - 1, Overall.CANNOT_TELL),
        (-9 * DAY, Overall.CANNOT_TELL),
    ],
)
def test_what_an_old_pack_says_is_stale_and_a_clock_before_it_cannot_tell(age: int, overall: Overall) -> None:
    assert of_file(RECEIPT, now=SCENE.time + age).overall is overall
    assert of_code(now=SCENE.time + age).overall is overall


def test_types_may_age_quicker_than_others() -> None:
    trust = replace(TRUST, limits={"AUCTION_RECEIPT": Limits(DAY // 24, DAY)})
    day = SCENE.time + DAY
    for now, overall in ((day, Overall.AUTHENTIC), (day + 1, Overall.STALE)):
        (of_receipt,) = examine_document(RECEIPT, PACK, trust, now)
        assert of_receipt.overall is overall
        assert examine_qr(SHORT, trust, now, pack=PACK).overall is overall
        assert examine_bundle(SCENE.bundle(), trust, now).overall is overall
    (of_scan,) = examine_document(SCAN, PACK, trust, day + 1)
    assert (of_scan.overall, of_scan.freshness.reason) == (Overall.AUTHENTIC, "AGEING")
    (of_nothing,) = examine_document(b"nothing", PACK, trust, day + 1)
    assert of_nothing.freshness.reason == "TOO_OLD"
    assert parse_trust(encode_trust(trust)) == trust


def test_a_clock_set_back_is_not_believed_against_a_newer_cosignature() -> None:
    old = CommittedScene(time=SCENE.time - 9 * DAY)
    pack = opened(make_pack(scene=old))
    code = replace(SCENE.code(), status=None)
    assert examine_qr(encode_qr(code), TRUST, old.time, pack=pack).overall is Overall.STALE


def test_a_pack_is_no_newer_than_the_cosignatures_under_it_and_than_it_says() -> None:
    assert opened(make_pack(time=SCENE.time + DAY)).time == SCENE.time
    assert opened(make_pack(time=SCENE.time - DAY)).time == SCENE.time - DAY


def test_a_key_compromised_after_the_pack_was_made_leaves_its_documents_open() -> None:
    trust = replace(TRUST, distrusted={KEY: SCENE.entries[5].time + 1})
    (report,) = examine_document(RECEIPT, PACK, trust, NOW)
    assert (report.overall, report.state.reason) == (Overall.CANNOT_TELL, "KEY_COMPROMISED_SINCE")
    assert examine_qr(SHORT, trust, NOW, pack=PACK).overall is Overall.AUTHENTIC
    knows = opened(make_pack(suspect_since=SCENE.entries[5].time + 1))
    (report,) = examine_document(RECEIPT, knows, trust, NOW)
    assert report.overall is Overall.AUTHENTIC
    sooner = replace(TRUST, distrusted={KEY: SCENE.entries[5].time})
    assert examine_qr(SHORT, sooner, NOW, pack=PACK).state.reason == "KEY_COMPROMISED"
    (report,) = examine_document(RECEIPT, knows, sooner, NOW)
    assert report.overall is Overall.CANNOT_TELL


def test_a_pack_with_gaps_calls_nothing_unknown() -> None:
    report = of_file(b"another", opened(make_pack(absent=3)))
    assert (report.overall, report.authority.reason) == (Overall.CANNOT_TELL, "PACK_INCOMPLETE")


# -- the file -------------------------------------------------------------------------------------------------------


def test_a_pack_has_one_encoding() -> None:
    assert read_pack(FILE.encode()) == FILE
    assert encode_contents(parse_contents(FILE.contents)) == FILE.contents


def test_a_pack_with_one_byte_changed_anywhere_is_refused() -> None:
    data = FILE.encode()
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(EvidenceError):
            open_pack(changed, TRUST)


@pytest.mark.parametrize("cut", [0, 1, 30, 200, -1])
def test_a_pack_that_ends_early_is_refused(cut: int) -> None:
    with pytest.raises(EvidenceError):
        open_pack(FILE.encode()[:cut], TRUST)


def told(**changes: Any) -> PackFile:
    contents = json.loads(FILE.contents)
    return signed(
        json.dumps(contents | changes, separators=(",", ":"), sort_keys=True).encode(), FILE.sections
    )


def test_contents_that_are_signed_but_say_something_else_are_refused() -> None:
    assert opened(told()).id == PACK.id
    section = json.loads(FILE.contents)["sections"][0]
    wrong: list[dict[str, Any]] = [
        {"schema": "urn:sanad:pack:2"},
        {"size": SCENE.size + 1},
        {"root": "00" * 32},
        {"origin": "another/log"},
        {"sha256": "00" * 32},
        {"types": ["FILE", "AUCTION_RECEIPT"]},
        {"types": []},
        {"formations": [OFFICE, OFFICE]},
        {"salt": ""},
        {"sections": [section]},
        {"sections": [section, section]},
        {"sections": [section | {"documents": 2}]},
        {"sections": [section | {"bits": 24}]},
        {"sections": [section | {"bits": 25}]},
        {"sections": [section | {"columns": 2**32 - 1}]},
        {"sections": [section | {"more": 2**32 - 1}]},
        {"sections": [section | {"codes": 1}]},
        {"more": 1},
        {"time": -1},
    ]
    for changes in wrong:
        with pytest.raises(EvidenceError):
            opened(told(**changes))


def test_signatures_by_others_or_of_another_log_are_refused() -> None:
    with pytest.raises(EvidenceError, match="cosignatures"):
        opened(FILE, Scene(cosigner_names=("member-4", "member-5")))
    other = CommittedScene(size=22)
    with pytest.raises(EvidenceError, match="another checkpoint"):
        opened(replace(FILE, checkpoint=other.checkpoint()))
    with pytest.raises(EvidenceError, match="not these contents"):
        opened(replace(FILE, note=make_pack(absent=1).note))


# -- sections, against a slow obvious version -----------------------------------------------------------------------

tags_of = st.lists(st.sampled_from([b"\0\0\1", b"\0\1\0", b"\1\0\0", b"\1\1\1"]), max_size=4).map(
    lambda found: tuple(sorted(set(found)))
)
documents_of = st.lists(
    st.builds(
        Listed,
        st.binary(min_size=12, max_size=12),
        st.sampled_from([0, 1, 2, 3, 12]),
        st.builds(
            lambda first, others: (first, *others), st.sampled_from([NO_TAG, b"\0\0\1", b"\2\2\2"]), tags_of
        ),
        st.binary(min_size=8, max_size=8),
    ),
    max_size=40,
    unique_by=lambda one: one.prefix,
)


@settings(max_examples=300)
@given(documents_of, st.integers(0, 6))
def test_a_section_finds_exactly_what_a_list_finds(given_: list[Listed], bits: int) -> None:
    documents = sorted(given_)
    shape = shape_of(documents, codes=True, bits=bits)
    table = SectionTable(write_section(documents, shape), shape)
    keep = ((1 << (bits + 72)) - 1) << (24 - bits)
    kept = [replace(d, prefix=(int.from_bytes(d.prefix) & keep).to_bytes(12)) for d in documents]
    assert table.documents() == kept
    for place, one in enumerate(kept):
        digest = one.prefix.ljust(32, b"\0")
        same = [n for n, other in enumerate(kept) if other.prefix == one.prefix]
        assert list(table.places_between(digest, digest)) == same
        assert (table.tags(place), table.code(place), table.prefix(place)) == (one.tags, one.code, one.prefix)
    for wanted in (b"\0\0\1", b"\0\1\0", b"\1\0\0", b"\1\1\1", b"\2\2\2"):
        numbered = [n for n, d in enumerate(documents) if d.tags[0] == wanted]
        about = [n for n, d in enumerate(documents) if wanted in d.tags[1:]]
        assert sorted(table.places_of_number(wanted)) == numbered
        assert sorted(set(table.places_of_thing(wanted))) == about


def test_a_section_can_have_many_more_buckets_than_documents() -> None:
    documents = sorted(many(50, Random(5))["AUCTION_RECEIPT", 1, KEY])
    shape = shape_of(documents, codes=True, bits=20)
    table = SectionTable(write_section(documents, shape), shape)
    assert [one.tags for one in table.documents()] == [one.tags for one in documents]


def test_a_tag_is_found_only_where_one_begins() -> None:
    documents = sorted([listed(b"a"), listed(b"b"), listed(b"c")])
    shape = shape_of(documents, codes=True)
    column = b"\1\2\3" + b"\4\1\2" + b"\3\5\6"
    told_ = [replace(d, tags=(column[3 * n : 3 * n + 3],), code=bytes(8)) for n, d in enumerate(documents)]
    table = SectionTable(write_section(told_, shape), shape)
    assert list(table.places_of_number(b"\1\2\3")) == [0]
    assert list(table.places_of_number(b"\3\4\1")) == []


@given(st.text(max_size=30))
def test_folding_a_number_twice_changes_nothing(text: str) -> None:
    once = folded(text)
    assert folded(once) == once


def test_tags_are_never_zero_and_depend_on_salt_purpose_and_number() -> None:
    made = {
        tag(bytes([salt]) * 16, purpose, f"{n}")
        for salt in (0, 1)
        for purpose in (b"a", b"b")
        for n in range(500)
    }
    assert NO_TAG not in made
    assert len(made) > 1990
    assert {len(one) for one in made} == {TAG_SIZE}


# -- updates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_an_update_makes_the_newer_pack_byte_for_byte(seed: int) -> None:
    random = Random(seed)
    before = many(400, random)
    after = {section: list(documents) for section, documents in before.items()}
    for documents in after.values():
        for place in random.sample(range(len(documents)), 9):
            documents[place] = replace(documents[place], standing=1)
        documents[random.randrange(len(documents))] = replace(
            documents[0], tags=(NO_TAG,), prefix=random.randbytes(12)
        )
        del documents[random.randrange(len(documents))]
    for section, documents in many(70, random).items():
        after[section] += documents
    after[("FILE", 9, KEY)] = [listed(SCAN, code=bytes(8))]
    old, new = make_pack(before, bits=4), make_pack(after, bits=4)
    update = make_update(old, new)
    assert apply_update(old, update, TRUST).encode() == new.encode()
    assert len(update) < len(new.encode()) / 2
    assert apply_update(new, make_update(new, new), TRUST) == new
    with pytest.raises(UpdateUnfit):
        apply_update(new, update, TRUST)


def test_a_section_of_another_shape_is_told_anew() -> None:
    before = many(300, Random(1))
    old, new = make_pack(before, bits=2), make_pack(before, bits=5)
    assert apply_update(old, make_update(old, new), TRUST) == new
    without = make_pack(before, codes=False)
    assert apply_update(old, make_update(old, without), TRUST) == without


def test_packs_of_two_salts_are_of_two_series() -> None:
    with pytest.raises(UpdateUnfit, match="series"):
        make_update(FILE, make_pack(salt=bytes(16)))


def test_an_update_with_one_byte_changed_makes_nothing_but_what_was_signed() -> None:
    new = make_pack(scene_sections("revoked"))
    data = make_update(FILE, new)
    for at in range(len(data)):
        try:
            made = apply_update(FILE, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], TRUST)
            open_pack(made.encode(), TRUST)
        except (EvidenceError, UpdateUnfit):
            continue
        pytest.fail(f"byte {at} may be changed")


def test_an_update_by_somebody_else_is_refused_before_its_sizes_are_believed() -> None:
    contents = json.loads(FILE.contents)
    contents["sections"][0]["columns"] = 2**32 - 1
    huge = json.dumps(contents, separators=(",", ":"), sort_keys=True).encode()
    forger = replace(FILE, contents=huge)
    update = make_update(FILE, FILE).replace(FILE.contents, huge)
    assert forger.contents in update
    with pytest.raises(EvidenceError):
        apply_update(FILE, update, TRUST)


def test_the_packs_of_a_shift_fit_through_files(tmp_path: Path) -> None:
    (tmp_path / "shift.pack").write_bytes(FILE.encode())
    assert open_pack((tmp_path / "shift.pack").read_bytes(), TRUST).id == PACK.id
    assert PACK.contents.salt == SALT
    assert of_file(CONTAINERS).overall is Overall.AUTHENTIC
