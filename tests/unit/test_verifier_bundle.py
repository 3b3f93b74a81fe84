"""The bundle and its proof file: one byte string for each content, whatever somebody does to it."""

import io
import json
import random
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.evidence import NOW, RECEIPT, Scene, issue, without_document
from sanad_testkit.reencoding_cases import RESPELLED, REWRITTEN
from sanad_verifier.bundle import (
    DOCUMENT_AT_MOST,
    Bundle,
    BundleInvalid,
    BundleTooLarge,
    is_bundle,
    pack,
    unpack,
)
from sanad_verifier.digests import Digest, hash_leaf, sha256
from sanad_verifier.entries import BatchLeaf, Kind, encode_entry
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.json_profile import JsonRefused
from sanad_verifier.merkle import InclusionError, Levels
from sanad_verifier.stored_zip import read_zip, write_zip
from sanad_verifier.tlog_proof import ProofInvalid, TlogProof, parse_tlog_proof, verify_tlog_proof
from sanad_verifier.trust import parse_trust
from sanad_verifier.verdict import Overall, Report

SCENE = Scene()
TRUST = SCENE.trust()
BUNDLE = SCENE.bundle()
PARTS = SCENE.parts()
MUTANTS, SEED = 10_000, 2026
FOLDER = Path(__file__).parents[1] / "vectors"


def verdict(data: bytes) -> Report:
    return examine_bundle(data, TRUST, NOW)


# -- packing and unpacking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [
    pytest.param(PARTS, id="a-json-document"),
    pytest.param(SCENE.parts(11), id="a-file"),
    pytest.param(SCENE.parts(13, 3), id="a-document-of-a-batch"),
    pytest.param(without_document(PARTS), id="no-document"),
    pytest.param(replace(PARTS, status=None), id="no-status"),
    pytest.param(Bundle(PARTS.proof), id="the-proof-alone"),
    pytest.param(replace(SCENE.parts(11), document=b""), id="an-empty-file"),
])  # fmt: skip
def test_a_bundle_is_read_back_as_packed(parts: Bundle) -> None:
    data = pack(parts)
    assert is_bundle(data)
    assert unpack(data) == parts
    assert pack(unpack(data)) == data


def test_any_zip_tool_opens_a_bundle() -> None:
    with zipfile.ZipFile(io.BytesIO(BUNDLE)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["proof.tlog-proof", "status.note", "document.json"]
        assert archive.read("document.json") == RECEIPT


def test_a_json_document_is_packed_in_its_canonical_form() -> None:
    spread = RECEIPT.replace(b",", b" ,\n")
    assert pack(replace(PARTS, document=spread)) == BUNDLE
    assert pack(replace(PARTS, form="bytes")) == BUNDLE  # the bytes are the same, and so is the member's name
    with pytest.raises(JsonRefused):
        pack(replace(PARTS, document=b'{"a":1.5}'))
    with pytest.raises(InputError) as refused:
        pack(replace(PARTS, document=b"[1,2]"))
    assert refused.value.field == "form"


@pytest.mark.parametrize("change", [{"form": None}, {"document": None}])
def test_a_document_and_its_form_go_together(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        pack(replace(PARTS, **change))


@pytest.mark.parametrize("parts", [
    pytest.param(Bundle(bytes((1 << 20) + 1)), id="a-large-proof"),
    pytest.param(replace(PARTS, status=bytes((1 << 20) + 1)), id="a-large-status"),
    pytest.param(replace(PARTS, document=bytes(DOCUMENT_AT_MOST + 1), form="bytes"), id="a-large-document"),
])  # fmt: skip
def test_a_part_that_is_too_large_is_not_packed(parts: Bundle) -> None:
    with pytest.raises(BundleTooLarge) as refused:
        pack(parts)
    assert refused.value.code == "BUNDLE_TOO_LARGE"


# -- what is refused --------------------------------------------------------------------------------------------------

MEMBERS = read_zip(BUNDLE)


@pytest.mark.parametrize("data", REWRITTEN.values(), ids=REWRITTEN.keys())
def test_every_other_way_to_write_a_bundle_is_refused(data: bytes) -> None:
    assert verdict(BUNDLE).overall is Overall.AUTHENTIC
    assert data != BUNDLE
    with pytest.raises(EvidenceError) as refused:
        unpack(data)
    assert refused.value.code == "BUNDLE_INVALID"
    assert verdict(data).overall is Overall.REFUSED


SPREAD = RECEIPT.replace(b",", b", ")


def test_json_in_another_spelling_kept_as_a_file_is_another_document() -> None:
    """Its content is the same, but it would be a second bundle for one document."""
    report = verdict(pack(replace(PARTS, document=SPREAD, form="bytes")))
    assert report.overall is Overall.REFUSED
    assert report.intact.reason == "DIGEST_DIFFERS"
    presented = examine_bundle(BUNDLE, TRUST, NOW, document=SPREAD)
    assert presented.overall is Overall.AUTHENTIC


def test_json_issued_as_a_file_is_certified_by_its_bytes() -> None:
    scene = Scene(documents={11: SPREAD})
    scene.entries[11] = replace(scene.entries[11], subject=sha256(SPREAD))
    scene.tree = Levels([hash_leaf(encode_entry(entry)) for entry in scene.entries])
    as_file = replace(scene.parts(11), document=SPREAD, form="bytes")
    assert examine_bundle(pack(as_file), scene.trust(), NOW).overall is Overall.AUTHENTIC
    as_json = pack(replace(as_file, form="json"))
    assert examine_bundle(as_json, scene.trust(), NOW).overall is Overall.REFUSED
    presented = pack(without_document(as_file))
    for document, overall in ((SPREAD, Overall.AUTHENTIC), (RECEIPT, Overall.REFUSED)):
        assert examine_bundle(presented, scene.trust(), NOW, document=document).overall is overall


def test_a_file_larger_than_a_bundle_is_refused_unread() -> None:
    with pytest.raises(BundleInvalid):
        unpack(bytes(DOCUMENT_AT_MOST + (4 << 20)))


@pytest.mark.parametrize("data", RESPELLED.values(), ids=RESPELLED.keys())
def test_every_other_way_to_spell_the_evidence_is_refused(data: bytes) -> None:
    assert data != BUNDLE
    assert verdict(data).overall is Overall.REFUSED


def test_the_vectors_of_other_encodings_are_refused_by_this_code_too() -> None:
    told = json.loads((FOLDER / "reencodings.json").read_text("utf-8"))
    bundle, trust = b64decode(told["bundle"]), parse_trust(told["trust"].encode())
    assert examine_bundle(bundle, trust, told["now"]).overall is Overall.AUTHENTIC
    assert len(told["cases"]) == len(REWRITTEN) + len(RESPELLED)
    for case in told["cases"]:
        data = bundle[: case["at"]] + b64decode(case["put"]) + bundle[case["at"] + case["cut"] :]
        assert data != bundle, case["name"]
        assert examine_bundle(data, trust, told["now"]).overall.value == told["verdict"], case["name"]


def test_every_single_bit_of_a_bundle_counts() -> None:
    """With a quorum of all cosigners no bit of the evidence is spare."""
    scene = Scene(quorum=3)
    trust, data = scene.trust(), bytearray(scene.bundle())
    assert examine_bundle(bytes(data), trust, NOW).overall is Overall.AUTHENTIC
    for bit in range(len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        assert examine_bundle(bytes(data), trust, NOW).overall is Overall.REFUSED, f"bit {bit}"
        data[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize("place", range(3), ids=[name for name, _ in MEMBERS])
def test_every_single_bit_of_a_member_counts_even_in_a_zip_that_is_in_order(place: int) -> None:
    scene = Scene(quorum=3)
    trust, members = scene.trust(), read_zip(scene.bundle())
    name, content = members[place]
    changed = bytearray(content)
    for bit in range(len(changed) * 8):
        changed[bit // 8] ^= 1 << bit % 8
        data = write_zip([*members[:place], (name, bytes(changed)), *members[place + 1 :]])
        assert examine_bundle(data, trust, NOW).overall is Overall.REFUSED, f"bit {bit}"
        changed[bit // 8] ^= 1 << bit % 8


def mutant(data: bytes, chance: random.Random) -> bytes:
    """One to three random changes: bytes set, cut out, put in, doubled or swapped."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        made = made or bytearray(1)  # all of it was cut out
        at, length = chance.randrange(len(made)), chance.randint(1, 40)
        change = chance.randrange(6)
        if change == 0:
            made[at] = chance.randrange(256)
        elif change == 1:
            del made[at : at + length]
        elif change == 2:
            made[at:at] = chance.randbytes(length)
        elif change == 3:
            made[at:at] = made[at : at + length]
        elif change == 4:
            other = chance.randrange(len(made))
            made[at], made[other] = made[other], made[at]
        else:
            made[at : at + length] = chance.randbytes(min(length, len(made) - at))
    return bytes(made)


def mutants(original: bytes, chance: random.Random) -> Iterator[bytes]:
    """Half of them changed as files; half in one member, in a zip that is in order around it."""
    members = read_zip(original)
    for number in range(MUTANTS // 2):
        if number % 2:
            yield mutant(original, chance)
        else:
            place = chance.randrange(len(members))
            changed = [(n, mutant(c, chance) if p == place else c) for p, (n, c) in enumerate(members)]
            yield write_zip(changed)


@pytest.mark.parametrize("original", [SCENE.bundle(), SCENE.bundle(13, 3)], ids=["single", "of-a-batch"])
def test_of_ten_thousand_mutants_none_is_authentic_with_other_content(original: bytes) -> None:
    """Where only a cosignature beyond the quorum was hit, the content is the same and the verdict may stand."""
    print(f"seed {SEED}")
    honest = unpack(original)
    proof = parse_tlog_proof(honest.proof)
    for number, data in enumerate(mutants(original, random.Random(SEED))):
        report = verdict(data)
        if report.overall is Overall.AUTHENTIC:
            found = unpack(data)
            other = parse_tlog_proof(found.proof)
            same = replace(other, note=proof.note)
            assert (found.document, found.status, same) == (honest.document, honest.status, proof), number
            assert other.note.text == proof.note.text
        else:
            assert report.overall is Overall.REFUSED, f"mutant {number}"


# -- the proof file ---------------------------------------------------------------------------------------------------


def test_a_proof_is_the_text_of_the_specification() -> None:
    lines = SCENE.proof().encode().decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert b64decode(lines[1].removeprefix("extra ")) == encode_entry(SCENE.entries[5])
    assert lines[2] == "index 5"
    assert [b64decode(line) for line in lines[3:8]] == list(SCENE.tree.proof(5).path)
    assert lines[8] == ""
    assert "\n".join(lines[9:]).encode() == SCENE.checkpoint()


@pytest.mark.parametrize("proof", [SCENE.proof(), SCENE.proof(13, 0), SCENE.proof(13, 10), SCENE.proof(20)])
def test_a_proof_is_read_back_as_written(proof: TlogProof) -> None:
    assert parse_tlog_proof(proof.encode()) == proof
    assert verify_tlog_proof(proof, SCENE.size, SCENE.tree.root) == proof.entry


def test_a_log_of_one_entry_has_an_empty_path() -> None:
    proof = Scene(size=1).proof(0)
    assert proof.path == ()
    assert parse_tlog_proof(proof.encode()) == proof


@pytest.mark.parametrize("data", [
    b"", b"\n\n", b"c2sp.org/tlog-proof@v1\n\n", b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + SCENE.checkpoint(),
    b"c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\n" + SCENE.checkpoint(), b"\xff" * 50, bytes((1 << 20) + 1),
    SCENE.proof().encode().replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1).replace(b"index 5", b"index x"),
    SCENE.proof().encode().replace(b"\n\n", b"\nAAAA\n\n", 1),
    SCENE.proof().encode().replace(b"\n\n", b"\n" + (b"A" * 43 + b"=\n") * 70 + b"\n", 1),
], ids=range(10))  # fmt: skip
def test_bytes_that_are_no_proof_are_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_tlog_proof(data)


def without_batch(proof: TlogProof) -> TlogProof:
    return replace(proof, batch=None)


def with_batch_leaf(proof: TlogProof, leaf: BatchLeaf) -> TlogProof:
    assert proof.batch is not None
    return replace(proof, batch=replace(proof.batch, leaf=leaf))


def with_batch_size(proof: TlogProof, size: int) -> TlogProof:
    assert proof.batch is not None
    return replace(proof, batch=replace(proof.batch, proof=replace(proof.batch.proof, size=size)))


@pytest.mark.parametrize(("wrong", "code"), [
    pytest.param(replace(SCENE.proof(), index=6), "INCLUSION_INVALID", id="another-position"),
    pytest.param(replace(SCENE.proof(), path=SCENE.proof().path[1:]), "INCLUSION_INVALID", id="a-sibling-missing"),
    pytest.param(replace(SCENE.proof(), entry=issue(b"x")), "INCLUSION_INVALID", id="another-entry"),
    pytest.param(without_batch(SCENE.proof(13, 3)), "PROOF_INVALID", id="a-batch-as-a-document"),
    pytest.param(replace(SCENE.proof(), batch=SCENE.proof(13, 3).batch), "PROOF_INVALID", id="a-document-as-a-batch"),
    pytest.param(with_batch_size(SCENE.proof(13, 3), 12), "PROOF_INVALID", id="another-number-of-documents"),
    pytest.param(with_batch_leaf(SCENE.proof(13, 4), SCENE.batch_leaves[3]),
                 "INCLUSION_INVALID", id="another-place-in-the-batch"),
])  # fmt: skip
def test_a_proof_that_proves_something_else_is_refused(wrong: TlogProof, code: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        verify_tlog_proof(wrong, SCENE.size, SCENE.tree.root)
    assert refused.value.code == code


def test_an_act_that_issues_nothing_proves_no_document() -> None:
    revoked = replace(SCENE.entries[5], kind=Kind.REVOKE, data=bytes(24) + (4).to_bytes(4) + (3).to_bytes(4))
    with pytest.raises(ProofInvalid):
        verify_tlog_proof(replace(SCENE.proof(), entry=revoked), SCENE.size, SCENE.tree.root)


def test_a_root_of_another_log_is_refused() -> None:
    with pytest.raises(InclusionError):
        verify_tlog_proof(SCENE.proof(), SCENE.size, Digest(bytes(32)))
