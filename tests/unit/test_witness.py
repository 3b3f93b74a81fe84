"""A witness cosigns a checkpoint only if it extends all it has cosigned of that log, and keeps the proof of a lie.

Requests are C2SP's tlog-witness; what is refused differs from a request that is taken in one thing.
"""

import json
import threading
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.alarms import lies_counted
from sanad_node.durable import DiskFault
from sanad_node.witness import (
    Witness,
    WitnessedLog,
    WitnessInconsistent,
    WitnessLogUnknown,
    WitnessRequestInvalid,
    WitnessRootDiffers,
    WitnessSettingInvalid,
    WitnessSizeDiffers,
    WitnessUnsigned,
    lies,
)
from sanad_testkit.failing_commits import When, disk_error, fail_once
from sanad_testkit.stores import Databases
from sanad_testkit.vectors import FOLDER
from sanad_testkit.witness_cases import GOOD, LOG, MALFORMED, ORIGIN, STRANGER, asked, checkpoint, leaves, log
from sanad_verifier.checkpoints import verify_checkpoint
from sanad_verifier.cosignatures import CosignatureSigner
from sanad_verifier.digests import hash_leaf
from sanad_verifier.errors import EvidenceError
from sanad_verifier.merkle import Levels
from sanad_verifier.notes import NoteUntrusted, VerifierKey
from sanad_verifier.witnessing import parse_add_checkpoint, parse_equivocation, verify_equivocation

SEED = b"w" * 32
NAME = "witness.example/1"
KEY = CosignatureSigner(NAME, SEED).key


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def opened(databases: Databases, clock: Callable[[], float] | None = None) -> Witness:
    office = databases.open("office")
    return Witness(office, SEED, [WitnessedLog(LOG.key, NAME)], clock or Clock())


@pytest.fixture
def witness(databases: Databases) -> Witness:
    return opened(databases)


def cosigned_at(tree: Levels, lines: str) -> int:
    """The time of the cosignature in an answer, checked as any verifier of checkpoints does."""
    whole = checkpoint(tree) + lines.encode()
    return verify_checkpoint(whole, ORIGIN, (LOG.key,), (KEY,), 1).time


def test_a_log_is_cosigned_from_its_first_checkpoint_as_it_grows(witness: Witness) -> None:
    old = 0
    for size in (1, 2, 3, 7, 8, 300):
        tree = log(*leaves(size))
        assert cosigned_at(tree, witness.add(asked(old, tree).encode())) == Clock.now
        old = size


def test_a_checkpoint_is_cosigned_again_and_never_with_an_earlier_time(databases: Databases) -> None:
    clock, tree = Clock(), log(b"a", b"b")
    witness = opened(databases, clock)
    witness.add(asked(0, tree).encode())
    clock.now += 60
    assert cosigned_at(tree, witness.add(asked(2, tree).encode())) == Clock.now + 60
    clock.now -= 7200
    assert cosigned_at(tree, witness.add(asked(2, tree).encode())) == Clock.now + 60


def test_an_empty_log_is_cosigned(witness: Witness) -> None:
    for tree in (log(), log(b"a")):
        assert cosigned_at(tree, witness.add(asked(0, tree).encode())) == Clock.now


def test_what_was_cosigned_is_known_after_the_witness_was_opened_again(databases: Databases) -> None:
    opened(databases).add(asked(0, log(*leaves(5))).encode())
    with pytest.raises(WitnessSizeDiffers) as refused:
        opened(databases).add(asked(0, log(*leaves(9))).encode())
    assert refused.value.size == 5
    opened(databases).add(asked(5, log(*leaves(9))).encode())


def test_an_older_checkpoint_is_not_cosigned_after_a_newer_one(witness: Witness) -> None:
    witness.add(asked(0, log(*leaves(5))).encode())
    for old in (0, 3):
        with pytest.raises(WitnessSizeDiffers):
            witness.add(asked(old, log(*leaves(4))).encode())


def test_a_log_that_rewrote_its_past_is_not_cosigned(witness: Witness) -> None:
    witness.add(asked(0, log(*leaves(5))).encode())
    with pytest.raises(WitnessInconsistent):
        witness.add(asked(5, log(*leaves(9, b"forged"))).encode())
    witness.add(asked(5, log(*leaves(9))).encode())


@pytest.mark.parametrize("old", [0, 5])
def test_two_roots_for_one_size_are_kept_as_a_proof_that_anybody_can_check(
    witness: Witness, old: int
) -> None:
    honest, forged = log(*leaves(5)), log(*leaves(5, b"forged"))
    witness.add(asked(0, honest).encode())
    for _ in range(2):
        with pytest.raises(WitnessRootDiffers):
            witness.add(asked(old, forged).encode())
    (lie,) = lies(witness._office)
    assert (lie.origin, lie.size, lies_counted(witness._office)) == (ORIGIN, 5, 1)
    heads = verify_equivocation(parse_equivocation(lie.proof), (LOG.key,))
    assert {head.root for head in heads} == {honest.root, forged.root}
    with pytest.raises(NoteUntrusted):
        verify_equivocation(parse_equivocation(lie.proof), (STRANGER.key,))
    witness.add(asked(5, log(*leaves(6))).encode())


WRONG: dict[str, tuple[bytes, type[Exception]]] = {
    **{name: (body, WitnessRequestInvalid) for name, body in MALFORMED.items()},
    "old beyond the size": (replace(GOOD, old=3).encode(), WitnessRequestInvalid),
    "another origin": (
        replace(GOOD, checkpoint=checkpoint(log(b"a"), origin="log.example/other")).encode(),
        WitnessLogUnknown,
    ),
    "another key": (
        replace(GOOD, checkpoint=checkpoint(log(b"a"), STRANGER)).encode(),
        WitnessUnsigned,
    ),
    "another size": (GOOD.encode().replace(b"\n2\n", b"\n3\n"), WitnessUnsigned),
    "a size it never cosigned": (asked(1, log(b"a", b"b")).encode(), WitnessSizeDiffers),
    "a proof where none may be": (replace(GOOD, path=(hash_leaf(b""),)).encode(), WitnessInconsistent),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_request_with_one_thing_wrong_is_refused_and_leaves_nothing(witness: Witness, wrong: str) -> None:
    body, refusal = WRONG[wrong]
    with pytest.raises(refusal):
        witness.add(body)
    assert lies(witness._office) == []
    witness.add(GOOD.encode())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_request_with_any_byte_changed_is_never_cosigned(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    witness = opened(Databases("sqlite", tmp_path_factory.mktemp("witness"), None))
    witness.add(asked(0, log(*leaves(5))).encode())
    whole = asked(5, log(*leaves(9))).encode()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    with pytest.raises(
        (WitnessRequestInvalid, WitnessLogUnknown, WitnessUnsigned, WitnessSizeDiffers, WitnessInconsistent)
    ):
        witness.add(changed)
    assert lies(witness._office) == []


def test_of_requests_that_race_from_one_size_exactly_one_is_recorded(databases: Databases) -> None:
    clock, barrier = Clock(), threading.Barrier(8)
    witness = opened(databases, clock)
    witness.add(asked(0, log(*leaves(5))).encode())
    bodies = [asked(5, log(*leaves(6 + n))).encode() for n in range(8)]

    def add(body: bytes) -> str:
        barrier.wait(30)
        try:
            return witness.add(body)
        except WitnessSizeDiffers:
            return ""

    with ThreadPoolExecutor(8) as asking:
        answers = list(asking.map(add, bodies))
    won = [6 + n for n, answer in enumerate(answers) if answer]
    assert len(won) == 1
    with pytest.raises(WitnessSizeDiffers) as refused:
        witness.add(asked(0, log(*leaves(20))).encode())
    assert refused.value.size == won[0]


@pytest.mark.parametrize("when", ["commit", "after_commit"])
def test_a_commit_that_fails_is_not_answered_and_can_be_asked_again(databases: Databases, when: When) -> None:
    office = databases.open("office")
    witness = Witness(office, SEED, [WitnessedLog(LOG.key, NAME)], Clock())
    fail_once(office, when, disk_error(office))
    tree = log(*leaves(3))
    with pytest.raises(DiskFault):
        witness.add(asked(0, tree).encode())
    if when == "commit":
        witness.add(asked(0, tree).encode())
    else:
        with pytest.raises(WitnessSizeDiffers) as told:
            witness.add(asked(0, tree).encode())
        witness.add(asked(told.value.size, tree).encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        LOG.key.encode(),
        f"{LOG.key.encode()} a+b",
        f"{LOG.key.encode()[:-4]} {NAME}",
        f"{KEY.encode()} {NAME}",
    ],
)
def test_a_setting_that_names_no_log_and_no_name_is_refused(text: str) -> None:
    assert WitnessedLog.parse(f"{LOG.key.encode()} {NAME}") == WitnessedLog(LOG.key, NAME)
    with pytest.raises(WitnessSettingInvalid):
        WitnessedLog.parse(text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_either_a_proof_of_a_lie_or_refused(junk: bytes) -> None:
    with pytest.raises(EvidenceError):
        verify_equivocation(parse_equivocation(junk), (LOG.key,))


VECTORS = json.loads((FOLDER / "witnessing.json").read_text("utf-8"))


@pytest.mark.parametrize("case", VECTORS["requests"], ids=lambda case: case["name"])
def test_the_vectors_of_requests(case: dict[str, Any]) -> None:
    body = b64decode(case["body"])
    if "code" in case:
        with pytest.raises(EvidenceError) as refused:
            parse_add_checkpoint(body)
        assert refused.value.code == case["code"]
        return
    found, head = parse_add_checkpoint(body)
    assert (found.old, [one.hex() for one in found.path]) == (case["old"], case["path"])
    assert (head.size, head.root.hex()) == (case["size"], case["root"])
    assert found.encode() == body


@pytest.mark.parametrize("case", VECTORS["equivocations"], ids=lambda case: case["name"])
def test_the_vectors_of_logs_with_two_faces(case: dict[str, Any]) -> None:
    proof, key = b64decode(case["proof"]), VerifierKey.parse(VECTORS["key"])
    if "code" in case:
        with pytest.raises(EvidenceError) as refused:
            verify_equivocation(parse_equivocation(proof), (key,))
        assert refused.value.code == case["code"]
        return
    parsed = parse_equivocation(proof)
    one, other = verify_equivocation(parsed, (key,))
    assert (one.size, [one.root.hex(), (parsed.root or other.root).hex()]) == (case["size"], case["roots"])
    assert (one.size == other.size) is (parsed.root is None)


def test_the_vectors_have_both_kinds_of_each() -> None:
    for kind in ("requests", "equivocations"):
        assert {"code" in case for case in VECTORS[kind]} == {True, False}
