"""What a log asks of a witness (C2SP tlog-witness), and the proof that a log has shown two faces
(docs/spec/witness.md).
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sanad_verifier.checkpoints import Checkpoint, parse_checkpoint
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.merkle import verify_consistency
from sanad_verifier.notes import VerifierKey, decode_digest, must_be_signed, parse_note

LONGEST_PROOF = 63
SIZE_TYPE = "text/x.tlog.size"
"""Media type of the answer that tells which size was cosigned last."""
SCHEMA = "sanad-equivocation/1"
REWRITTEN = "sanad-equivocation/2"
"""Schema of a proof made of two sizes."""
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class AddCheckpointInvalid(EvidenceError):
    """Bytes that are no request to cosign."""

    code = "ADD_CHECKPOINT_INVALID"


class EquivocationInvalid(EvidenceError):
    """Bytes that do not prove that a log has shown two faces."""

    code = "EQUIVOCATION_INVALID"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign: a checkpoint as signed, and the proof that it extends the log of `old` leaves."""

    old: int
    path: tuple[Digest, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old}", *(base64.b64encode(one).decode() for one in self.path)]
        return "\n".join([*lines, "", ""]).encode() + self.checkpoint


def parse_add_checkpoint(data: bytes) -> tuple[AddCheckpoint, Checkpoint]:
    """The request in a body, and what its checkpoint says; `AddCheckpointInvalid` or `CheckpointInvalid` where it is
    none. No signature is checked.
    """
    head, blank, note = data.partition(b"\n\n")
    try:
        old, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise AddCheckpointInvalid("the request is not ASCII before its checkpoint", field="old") from error
    told = _OLD.fullmatch(old)
    if not blank or told is None:
        raise AddCheckpointInvalid("the request begins with no old size", field="old")
    if len(proof) > LONGEST_PROOF:
        raise AddCheckpointInvalid("the consistency proof is too long", field="proof")
    path = tuple(decode_digest(line, "proof", AddCheckpointInvalid) for line in proof)
    return AddCheckpoint(int(told[1]), path, note), parse_checkpoint(parse_note(note).text)


@dataclass(frozen=True, slots=True)
class Equivocation:
    """Two checkpoints of one log that contradict each other, each as it was signed.

    Of one size and two roots, the smaller root first; `root` is None and `path` empty. Or of two sizes, the smaller
    size first: `root` is what the longer log has at the smaller size, which `path` proves (RFC 9162 §2.1.4), and is not
    what was signed for it.
    """

    notes: tuple[bytes, bytes]
    root: Digest | None = None
    path: tuple[Digest, ...] = ()

    def encode(self) -> bytes:
        """The one encoding: canonical JSON."""
        told: dict[str, Any] = {"notes": [note.decode() for note in self.notes], "schema": SCHEMA}
        if self.root is not None:
            path = [base64.b64encode(one).decode() for one in self.path]
            told |= {"path": path, "root": base64.b64encode(self.root).decode(), "schema": REWRITTEN}
        return canonicalise(told)


def equivocation(one: bytes, other: bytes) -> Equivocation:
    """The proof made of two notes of one size, in its order."""
    first, second = sorted((one, other), key=lambda note: parse_checkpoint(parse_note(note).text).root)
    return Equivocation((first, second))


def parse_equivocation(data: bytes) -> Equivocation:
    """The proof in a file; `EquivocationInvalid` unless encoding it again gives the same bytes."""
    try:
        told: Any = parse(data)
        one, other = told["notes"]
        root, path = None, told.get("path", [])
        if "root" in told:
            root = decode_digest(told["root"], "root", EquivocationInvalid)
        if len(path) > LONGEST_PROOF:
            raise EquivocationInvalid("the consistency proof is too long", field="path")
        hashes = tuple(decode_digest(line, "path", EquivocationInvalid) for line in path)
        found = Equivocation((one.encode(), other.encode()), root, hashes)
        same = found.encode() == data
    except (JsonRefused, KeyError, TypeError, ValueError, AttributeError) as error:
        raise EquivocationInvalid("the proof is malformed", field="notes") from error
    if not same:
        raise EquivocationInvalid("the proof is not in its one encoding", field="notes")
    return found


def verify_equivocation(
    given: Equivocation, log_keys: Sequence[VerifierKey]
) -> tuple[Checkpoint, Checkpoint]:
    """The two checkpoints, after checking that a key of the log signed both, that they are of one log, and that they
    contradict each other; raises an `EvidenceError`.
    """
    notes = [parse_note(note) for note in given.notes]
    one, other = (parse_checkpoint(note.text) for note in notes)
    if one.origin != other.origin or not _contradict(given, one, other):
        raise EquivocationInvalid("the two checkpoints do not contradict each other", field="notes")
    for note in notes:
        must_be_signed(note, [key for key in log_keys if key.name == one.origin])
    return one, other


def _contradict(given: Equivocation, one: Checkpoint, other: Checkpoint) -> bool:
    if given.root is None:
        return one.size == other.size and one.root < other.root
    if not 0 < one.size < other.size or given.root == one.root:
        return False
    verify_consistency(one.size, given.root, other.size, other.root, given.path)
    return True
