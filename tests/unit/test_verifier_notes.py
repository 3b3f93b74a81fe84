"""Signed notes, checkpoints, cosignatures and status statements: who said this, and when?"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_testkit.evidence import NOW, ORIGIN, Scene, seed
from sanad_verifier.checkpoints import (
    CheckpointInvalid,
    QuorumMissing,
    TrustedCheckpoint,
    in_order,
    parse_checkpoint,
    verify_checkpoint,
)
from sanad_verifier.cosignatures import CosignatureSigner, cosignature_time
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.notes import (
    SIGNATURES_AT_MOST,
    SIZE_AT_MOST,
    KeyInvalid,
    Note,
    NoteInvalid,
    NoteSigner,
    NoteUntrusted,
    Signature,
    TextInvalid,
    VerifierKey,
    must_be_signed,
    parse_note,
    public_key,
)
from sanad_verifier.status_statement import StatusInvalid, StatusStatement, sign_status, verify_status
from sanad_verifier.trust import parse_trust

C2SP: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "c2sp-notes.json").read_text("utf-8")
)
GO = C2SP["note"]
SCENE = Scene()


# -- published vectors ------------------------------------------------------------------------------------------------


def test_the_published_note_is_signed_by_its_key() -> None:
    note, key = parse_note(GO["signed"].encode()), VerifierKey.parse(GO["vkey"])
    assert must_be_signed(note, [key]) == key
    assert (note.text, note.encode()) == (GO["text"], GO["signed"].encode())


@pytest.mark.parametrize("public", [bytes([1]) + bytes(31), bytes(32)])
def test_a_key_of_small_order_under_which_one_signature_fits_every_text_signs_nothing(public: bytes) -> None:
    """The signature (R the neutral element, s zero) satisfies RFC 8032's equation for any text, if nothing else is
    looked at.
    """
    key = VerifierKey("log.example/1", 1, public)
    with pytest.raises(NoteInvalid):
        key.check(b"any text\n", bytes([1]) + bytes(63))


def test_the_published_seed_signs_the_published_note() -> None:
    signer = NoteSigner("PeterNeumann", bytes.fromhex(GO["seed"]))
    assert signer.key.encode() == GO["vkey"]
    assert Note(GO["text"], (signer.sign(GO["text"]),)).encode() == GO["signed"].encode()


@pytest.mark.parametrize("vkey", C2SP["acceptedKeys"])
def test_published_keys_are_read_and_written_the_same(vkey: str) -> None:
    assert VerifierKey.parse(vkey).encode() == vkey


def test_the_checkpoint_of_the_specification_is_read() -> None:
    told = C2SP["checkpoint"]
    note = parse_note(told["signed"].encode())
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == (told["origin"], told["size"])
    assert checkpoint.root == b64decode(told["root"])
    assert checkpoint.text() == note.text
    log, witness = note.signatures
    assert (log.name, witness.name) == (told["origin"], told["cosigner"])
    assert len(log.body) == 64
    assert int.from_bytes(witness.body[:8]) == told["time"]


OURS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "notes.json").read_text("utf-8"))
READER = parse_trust(OURS["trust"].encode())


@pytest.mark.parametrize("case", OURS["checkpoints"], ids=lambda case: str(case["name"]))
def test_the_vectors_of_checkpoints(case: dict[str, Any]) -> None:
    data = b64decode(case["note"])
    check = partial(verify_checkpoint, data, READER.origin, READER.log_keys, READER.cosigners, READER.quorum)
    if "code" in case:
        with pytest.raises(EvidenceError) as refused:
            check()
        assert refused.value.code == case["code"]
        return
    found = check()
    told = (found.checkpoint.size, found.checkpoint.root.hex(), found.time)
    assert told == (case["size"], case["root"], case["time"])


@pytest.mark.parametrize("case", OURS["statements"], ids=lambda case: str(case["name"]))
def test_the_vectors_of_status_statements(case: dict[str, Any]) -> None:
    check = partial(verify_status, b64decode(case["note"]), READER.origin, READER.status_keys)
    if "code" in case:
        with pytest.raises(EvidenceError) as refused:
            check()
        assert refused.value.code == case["code"]
        return
    found = check()
    told = {"digest": found.digest.hex(), "root": found.root.hex()}
    told |= {name: getattr(found, name) for name in ("state", "reason", "replacement", "size", "time")}
    assert told == {name: value for name, value in case.items() if name not in ("name", "note")}


# -- keys -------------------------------------------------------------------------------------------------------------

VKEY: str = GO["vkey"]
REFUSED_KEYS = [
    *C2SP["refusedKeys"],
    "",
    "+",
    "++",
    VKEY[:-1],
    VKEY + "=",
    VKEY.replace("c74f20a3", "C74F20A3"),
    VKEY.replace("c74f20a3", "c74f20a4"),
    VKEY.replace("PeterNeumann", "Peter Neumann"),
    VKEY.replace("PeterNeumann", "Peter\u2003Neumann"),
    VKEY.replace("PeterNeumann", ""),
    VKEY.replace("PeterNeumann", "Peter\nNeumann"),
    VKEY + "\n",
    VKEY.replace("ARpc", "ARpé"),
]


@pytest.mark.parametrize("vkey", REFUSED_KEYS, ids=repr)
def test_a_malformed_key_is_refused(vkey: str) -> None:
    with pytest.raises(KeyInvalid) as refused:
        VerifierKey.parse(vkey)
    assert (refused.value.code, refused.value.field) == ("VKEY_INVALID", "vkey")


@pytest.mark.parametrize("make", [
    pytest.param(lambda: NoteSigner("name", bytes(31)), id="a-short-seed"),
    pytest.param(lambda: CosignatureSigner("name", bytes(33)), id="a-long-seed"),
    pytest.param(lambda: public_key(b""), id="no-seed"),
    pytest.param(lambda: NoteSigner("two words", bytes(32)), id="a-name-with-a-space"),
    pytest.param(lambda: NoteSigner("a+b", bytes(32)), id="a-name-with-a-plus"),
    pytest.param(lambda: VerifierKey("name", 2, bytes(32)), id="another-algorithm"),
    pytest.param(lambda: VerifierKey("name", 1, bytes(31)), id="a-short-key"),
])  # fmt: skip
def test_a_key_that_is_none_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(KeyInvalid):
        make()


@pytest.mark.parametrize("text", ["", "no line end", "a\ttab\n", "a\r\n", "\ud800\n"], ids=repr)
def test_a_text_no_note_can_have_is_not_signed(text: str) -> None:
    for sign in (partial(SCENE.log.sign, text), partial(SCENE.cosigners[0].sign, text, NOW)):
        with pytest.raises(TextInvalid) as refused:
            sign()
        assert refused.value.code == "NOTE_TEXT_INVALID"


# -- notes ------------------------------------------------------------------------------------------------------------

SIGNED: bytes = GO["signed"].encode()
LINE = SIGNED.split(b"\n")[-2]


@pytest.mark.parametrize("data", [
    pytest.param(b"", id="nothing"),
    pytest.param(b"\n", id="a-line-end"),
    pytest.param(b"\n\n", id="two-line-ends"),
    pytest.param(b"\n\n" + LINE + b"\n", id="no-text"),
    pytest.param(GO["text"].encode(), id="no-signature"),
    pytest.param(GO["text"].encode() + b"\n", id="no-signature-after-the-blank-line"),
    pytest.param(SIGNED[:-1], id="no-line-end"),
    pytest.param(SIGNED + b"\n", id="a-line-end-too-many"),
    pytest.param(SIGNED.replace(b"\n", b"\r\n"), id="other-line-ends"),
    pytest.param(SIGNED.replace("— ".encode(), b"- "), id="another-dash"),
    pytest.param(SIGNED.replace("— ".encode(), "—  ".encode()), id="two-spaces"),
    pytest.param(SIGNED.replace(b"=\n", b"\n"), id="no-padding"),
    pytest.param(SIGNED.replace(b"AM=\n", b"AN=\n"), id="spare-bits"),
    pytest.param(SIGNED.replace(b"x08go/", b"x08go_"), id="another-base64"),
    pytest.param(SIGNED + LINE + b"\n", id="a-key-that-signs-twice"),
    pytest.param(SIGNED.replace(b"your problem", b"your\tproblem"), id="a-tab"),
    pytest.param(SIGNED.replace(b"your", b"yo\xffur"), id="not-utf8"),
    pytest.param(b"\xef\xbb\xbf" + SIGNED.replace(b"x08", b"x09"), id="a-changed-key-id"),
    pytest.param("a\n\n— name AAAA\n".encode(), id="a-signature-of-no-bytes"),
    pytest.param("a\n\n—  AAAAAAA=\n".encode(), id="no-name"),
    pytest.param(b"a\n\n" + "".join(f"— n{i} AAAAAAA=\n" for i in range(65)).encode(), id="too-many"),
    pytest.param(b"a" * SIZE_AT_MOST + SIGNED, id="too-large"),
])  # fmt: skip
def test_bytes_that_are_no_note_by_this_key_are_refused(data: bytes) -> None:
    key = VerifierKey.parse(VKEY)
    must_be_signed(parse_note(SIGNED), [key])
    with pytest.raises(EvidenceError) as refused:
        must_be_signed(parse_note(data), [key])
    assert refused.value.code in {"NOTE_INVALID", "NOTE_UNTRUSTED"}


def test_at_least_sixteen_signatures_are_taken() -> None:
    lines = tuple(NoteSigner(f"n{i}", seed(str(i))).sign("a\n") for i in range(SIGNATURES_AT_MOST))
    assert parse_note(Note("a\n", lines).encode()).signatures == lines


def test_a_signature_by_a_stranger_is_ignored_and_kept() -> None:
    note = parse_note(SIGNED)
    key, stranger = VerifierKey.parse(VKEY), NoteSigner("stranger", seed("stranger"))
    both = Note(note.text, (*note.signatures, stranger.sign("something else\n")))
    assert must_be_signed(parse_note(both.encode()), [key]) == key
    with pytest.raises(NoteUntrusted):
        must_be_signed(note, [stranger.key])


def test_a_wrong_signature_by_a_known_key_spoils_the_note_even_beside_a_good_one() -> None:
    first, second = NoteSigner("first", seed("first")), NoteSigner("second", seed("second"))
    good = Note("a\n", (first.sign("a\n"), second.sign("a\n")))
    bad = Note("a\n", (first.sign("a\n"), second.sign("b\n")))
    must_be_signed(good, [first.key, second.key])
    with pytest.raises(NoteInvalid):
        must_be_signed(bad, [first.key, second.key])


@given(st.integers(0, len(SIGNED) * 8 - 1))
@settings(max_examples=300, deadline=None)
def test_a_note_with_any_bit_changed_is_not_signed_by_its_key(bit: int) -> None:
    data = bytearray(SIGNED)
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(EvidenceError):
        must_be_signed(parse_note(bytes(data)), [VerifierKey.parse(VKEY)])


@given(st.text(max_size=30), st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_note_or_refused(text: str, data: bytes) -> None:
    for candidate in (data, text.encode("utf-8", "replace"), f"a\n\n— {text}\n".encode("utf-8", "replace")):
        try:
            note = parse_note(candidate)
        except EvidenceError:
            continue
        assert note.encode() == candidate


# -- checkpoints and cosignatures -------------------------------------------------------------------------------------


def verified(data: bytes, scene: Scene = SCENE) -> TrustedCheckpoint:
    trust = scene.trust()
    return verify_checkpoint(data, trust.origin, trust.log_keys, trust.cosigners, trust.quorum)


def test_a_cosigned_checkpoint_is_taken() -> None:
    told = verified(SCENE.checkpoint())
    assert (told.checkpoint.size, told.checkpoint.root) == (SCENE.size, SCENE.tree.root)
    assert told.cosigners == tuple(cosigner.key.name for cosigner in SCENE.cosigners)


@pytest.mark.parametrize(("times", "quorum", "known"), [
    ((100, 200, 300), 1, 300), ((100, 200, 300), 2, 200), ((300, 100, 200), 3, 100), ((10**12, 5, 5), 2, 5),
])  # fmt: skip
def test_fewer_than_a_quorum_cannot_make_a_checkpoint_look_fresh(
    times: tuple[int, ...], quorum: int, known: int
) -> None:
    assert verified(SCENE.checkpoint(times), Scene(quorum=quorum)).time == known


def test_a_key_under_two_names_is_one_witness() -> None:
    signer, text = SCENE.cosigners[0], SCENE.checkpoint_text()
    again = CosignatureSigner("another/name", seed("member-1"))
    lines = (SCENE.log.sign(text), signer.sign(text, NOW), again.sign(text, NOW))
    note = Note(text, lines).encode()
    keys = (signer.key, again.key)
    verify_checkpoint(note, ORIGIN, [SCENE.log.key], keys, 1)
    with pytest.raises(QuorumMissing) as refused:
        verify_checkpoint(note, ORIGIN, [SCENE.log.key], keys, 2)
    assert refused.value.code == "QUORUM_MISSING"


def signed(text: str) -> bytes:
    lines = [SCENE.log.sign(text), *(cosigner.sign(text, NOW) for cosigner in SCENE.cosigners)]
    return Note(text, tuple(lines)).encode()


ROOT = b64encode(SCENE.tree.root).decode()


@pytest.mark.parametrize("text", [
    pytest.param(f"{ORIGIN}\n21\n", id="no-root"),
    pytest.param(f"{ORIGIN}\n21\n{ROOT}\nextension\n", id="an-extension-line"),
    pytest.param(f"{ORIGIN}\n021\n{ROOT}\n", id="a-leading-zero"),
    pytest.param(f"{ORIGIN}\n+21\n{ROOT}\n", id="a-plus"),
    pytest.param(f"{ORIGIN}\n-21\n{ROOT}\n", id="a-negative-size"),
    pytest.param(f"{ORIGIN}\n２１\n{ROOT}\n", id="other-digits"),
    pytest.param(f"{ORIGIN}\n{'9' * 20}\n{ROOT}\n", id="a-size-beyond-64-bits"),
    pytest.param(f"{ORIGIN}\n\n{ROOT}\n", id="no-size"),
    pytest.param(f"\n21\n{ROOT}\n", id="no-origin"),
    pytest.param(f"{ORIGIN}x\n21\n{ROOT}\n", id="another-origin"),
    pytest.param(f"{ORIGIN}\n21\n{ROOT[:-1]}\n", id="no-padding"),
    pytest.param(f"{ORIGIN}\n21\n{b64encode(bytes(31)).decode()}\n", id="a-short-root"),
    pytest.param(f"{ORIGIN}\n21\n{ROOT} \n", id="a-blank-at-the-end"),
])  # fmt: skip
def test_a_signed_text_that_is_no_checkpoint_of_this_log_is_refused(text: str) -> None:
    verified(signed(f"{ORIGIN}\n21\n{ROOT}\n"))
    with pytest.raises(CheckpointInvalid) as refused:
        verified(signed(text))
    assert refused.value.code == "CHECKPOINT_INVALID"


def test_cosignatures_without_the_log_are_refused() -> None:
    text = SCENE.checkpoint_text()
    note = Note(text, tuple(cosigner.sign(text, NOW) for cosigner in SCENE.cosigners))
    with pytest.raises(NoteUntrusted):
        verified(note.encode())


def test_too_few_cosignatures_are_refused() -> None:
    text = SCENE.checkpoint_text()
    lines = (SCENE.log.sign(text), SCENE.cosigners[0].sign(text, NOW))
    with pytest.raises(QuorumMissing):
        verified(Note(text, lines).encode())


def test_a_cosignature_moved_to_another_time_is_refused() -> None:
    text = SCENE.checkpoint_text()
    lines = [SCENE.log.sign(text), *(cosigner.sign(text, NOW) for cosigner in SCENE.cosigners)]
    body = lines[1].body
    for changed in (
        (NOW + 1).to_bytes(8) + body[8:],
        body[8:],
        body + b"\0",
        b"\xff" * 8 + body[8:],
        body[:71],
    ):
        moved = Note(text, (lines[0], lines[1]._replace(body=changed), *lines[2:]))
        with pytest.raises(NoteInvalid):
            verified(moved.encode())


def test_a_plain_signature_does_not_pass_for_a_cosignature() -> None:
    text = SCENE.checkpoint_text()
    signer, key = NoteSigner("m", seed("member-1")), CosignatureSigner("m", seed("member-1")).key
    plain = signer.sign(text)
    forged = Signature("m", key.id, NOW.to_bytes(8) + plain.body)
    assert signer.key.id != key.id
    with pytest.raises(NoteInvalid):
        cosignature_time(Note(text, (forged,)), key, forged)


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_cosignature_has_a_time_within_range(time: int) -> None:
    with pytest.raises(InputError):
        SCENE.cosigners[0].sign(SCENE.checkpoint_text(), time)


def test_signature_lines_have_one_order() -> None:
    lines = parse_note(SCENE.checkpoint()).signatures
    assert lines[0].name == ORIGIN
    assert in_order(ORIGIN, reversed(lines)) == lines


# -- status statements ------------------------------------------------------------------------------------------------

STATEMENT = SCENE.statement(SCENE.proof())
HEX = STATEMENT.digest.hex()


def test_a_status_statement_is_read_back_as_signed() -> None:
    for state, reason in (("active", 0), ("suspended", 9), ("superseded", 12), ("revoked", 3)):
        statement = SCENE.statement(SCENE.proof(), state, reason)
        assert verify_status(sign_status(statement, SCENE.status), ORIGIN, [SCENE.status.key]) == statement


@pytest.mark.parametrize("change", [
    {"origin": "another\nline"}, {"state": "fine"}, {"state": "superseded", "reason": 12},
    {"state": "superseded", "reason": 12, "replacement": HEX}, {"replacement": "cd" * 32},
    {"state": "revoked"}, {"state": "suspended"},
    {"state": "revoked", "reason": 3, "replacement": "cd" * 32}, {"issuer": 0}, {"issuer": 2**32},
    {"reason": -1}, {"reason": 2**16}, {"doc_type": "receipt"}, {"replacement": "ab"}, {"replacement": "-"},
    {"digest": b"short"}, {"size": -1}, {"size": 10**19}, {"root": b""}, {"time": -5},
], ids=repr)  # fmt: skip
def test_a_statement_nobody_would_understand_is_not_signed(change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        sign_status(replace(STATEMENT, **change), SCENE.status)
    assert refused.value.code == "STATUS_INVALID"


def as_signed(text: str, *signers: NoteSigner) -> bytes:
    return Note(text, tuple(s.sign(text) for s in signers or (SCENE.status,))).encode()


@pytest.mark.parametrize("text", [
    pytest.param(STATEMENT.text().replace("active", "ACTIVE"), id="a-state-in-capitals"),
    pytest.param(STATEMENT.text().replace("\nactive\n0\n", "\nactive\n00\n"), id="a-leading-zero"),
    pytest.param(STATEMENT.text().replace(HEX, HEX.upper()), id="hex-in-capitals"),
    pytest.param(STATEMENT.text() + "more\n", id="a-line-too-many"),
    pytest.param(STATEMENT.text().rsplit("\n", 2)[0] + "\n", id="a-line-missing"),
    pytest.param(STATEMENT.text().replace("v1", "v2"), id="another-version"),
    pytest.param(STATEMENT.text().replace(ORIGIN, ORIGIN + "8"), id="another-log"),
    pytest.param(STATEMENT.text().replace("\n-\n", "\n\n"), id="an-empty-replacement"),
    pytest.param(SCENE.checkpoint_text(), id="a-checkpoint"),
])  # fmt: skip
def test_a_signed_text_that_is_no_status_of_this_log_is_refused(text: str) -> None:
    verify_status(as_signed(STATEMENT.text()), ORIGIN, [SCENE.status.key])
    with pytest.raises(StatusInvalid) as refused:
        verify_status(as_signed(text), ORIGIN, [SCENE.status.key])
    assert refused.value.code == "STATUS_INVALID"


def test_the_key_of_the_log_signs_no_status_and_the_status_key_no_checkpoint() -> None:
    statement: StatusStatement = STATEMENT
    with pytest.raises(NoteUntrusted):
        verify_status(as_signed(statement.text(), SCENE.log), ORIGIN, [SCENE.status.key])
    text = SCENE.checkpoint_text()
    lines = (SCENE.status.sign(text), *(cosigner.sign(text, NOW) for cosigner in SCENE.cosigners))
    with pytest.raises(NoteUntrusted):
        verified(Note(text, lines).encode())


def test_even_one_seed_for_both_keys_lets_neither_text_pass_for_the_other() -> None:
    same = NoteSigner(SCENE.status.key.name, seed("log"))
    with pytest.raises(StatusInvalid):
        verify_status(as_signed(SCENE.checkpoint_text(), same), ORIGIN, [same.key])
    with pytest.raises(CheckpointInvalid):
        verify_checkpoint(as_signed(STATEMENT.text(), SCENE.log), ORIGIN, [SCENE.log.key], (), 0)


def test_a_status_with_a_second_signature_is_refused() -> None:
    data = as_signed(STATEMENT.text(), SCENE.status, NoteSigner("stranger", seed("stranger")))
    with pytest.raises(StatusInvalid):
        verify_status(data, ORIGIN, [SCENE.status.key])
