"""Checkpoints: how many entries had the log, and which root? (C2SP tlog-checkpoint.)

The origin's signature says what the log is; cosignatures say that members saw it, and when. Extension lines
are not ours: a checkpoint with any is refused (docs/spec/checkpoint.md).
"""

import re
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sanad_verifier.cosignatures import CosignatureSigner, Window, cosignature_time
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError
from sanad_verifier.notes import (
    Note,
    Signature,
    VerifierKey,
    decode_digest,
    must_be_signed,
    parse_note,
)

__all__ = [
    "Checkpoint",
    "CheckpointInvalid",
    "CosignatureSigner",
    "QuorumMissing",
    "TrustedCheckpoint",
    "in_order",
    "parse_checkpoint",
    "verify_checkpoint",
    "verify_checkpoint_note",
]

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


class CheckpointInvalid(EvidenceError):
    """The note is no checkpoint of the log it should be of."""

    code = "CHECKPOINT_INVALID"


class QuorumMissing(EvidenceError):
    """Too few of the members that are trusted have cosigned."""

    code = "QUORUM_MISSING"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries and this root."""

    origin: str
    size: int
    root: Digest

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b2a_base64(self.root, newline=False).decode()}\n"


@dataclass(frozen=True, slots=True)
class TrustedCheckpoint:
    """A checkpoint whose signatures were checked. `time` is the oldest of the newest cosignatures that make
    the quorum (seconds): fewer than a quorum of members cannot move it forward.
    """

    checkpoint: Checkpoint
    time: int
    cosigners: tuple[str, ...]


@lru_cache(maxsize=16)
def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text: exactly three lines; extension lines are not ours."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or not _NUMBER.fullmatch(lines[1]):
        raise CheckpointInvalid("the note is no checkpoint", field="checkpoint")
    return Checkpoint(lines[0], int(lines[1]), decode_digest(lines[2], "checkpoint", CheckpointInvalid))


def verify_checkpoint(
    data: bytes,
    origin: str,
    log_keys: Sequence[VerifierKey],
    cosigners: Sequence[VerifierKey],
    quorum: int,
    windows: Sequence[Window] = (),
) -> TrustedCheckpoint:
    """Check a checkpoint: its origin, the log's signature, and `quorum` of the cosigners, each within its window if it
    has one; raises an `EvidenceError`.
    """
    return verify_checkpoint_note(parse_note(data), origin, log_keys, cosigners, quorum, windows)


def verify_checkpoint_note(
    note: Note,
    origin: str,
    log_keys: Sequence[VerifierKey],
    cosigners: Sequence[VerifierKey],
    quorum: int,
    windows: Sequence[Window] = (),
) -> TrustedCheckpoint:
    """The same of a note that was parsed already."""
    return _verified(note, origin, tuple(log_keys), tuple(cosigners), quorum, tuple(windows))


@lru_cache(maxsize=16)  # a log's newest checkpoint comes with every proof; what is refused is not remembered
def _verified(
    note: Note,
    origin: str,
    log_keys: tuple[VerifierKey, ...],
    cosigners: tuple[VerifierKey, ...],
    quorum: int,
    windows: tuple[Window, ...],
) -> TrustedCheckpoint:
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise CheckpointInvalid("the checkpoint is of another log", field="origin")
    must_be_signed(note, log_keys)
    seen: dict[bytes, tuple[int, str]] = {}  # by public key: one key is one witness, whatever it is called
    for key in cosigners:
        signature = note.by(key)
        if signature is None:
            continue
        time = cosignature_time(note, key, signature)
        if all(one.holds(time) for one in windows if one.key == key):
            seen[key.public] = (time, key.name)
    if len(seen) < quorum:
        raise QuorumMissing(f"{len(seen)} of {quorum} cosignatures are there", field="cosignature")
    newest = sorted(seen.values(), reverse=True)[:quorum]
    return TrustedCheckpoint(
        checkpoint, newest[-1][0] if newest else 0, tuple(name for _, name in seen.values())
    )


def in_order(origin: str, signatures: Iterable[Signature]) -> tuple[Signature, ...]:
    """The order of signature lines in our files: the log's own first, then by name and key id.

    Signed notes leave the order open; two orders would be two byte strings for one meaning.
    """
    return tuple(sorted(signatures, key=lambda s: (s.name != origin, s.name.encode(), s.key_id)))
