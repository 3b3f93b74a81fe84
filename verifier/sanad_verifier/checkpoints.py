"""Checkpoints: size and root of the log as a signed note (C2SP tlog-checkpoint), with timestamped
cosignatures (C2SP tlog-cosignature v1).

The origin's signature says what the log is; a cosignature says that a member saw it at a time, and that it
extends all that member saw before.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError
from sanad_verifier.notes import (
    COSIGNATURE_V1,
    Note,
    NoteInvalid,
    Signature,
    VerifierKey,
    decode_base64,
    must_be_signed,
    parse_note,
)

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
TIMESTAMP = 8


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
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class TrustedCheckpoint:
    """A checkpoint whose signatures were checked. `time` is the oldest of the cosignatures that make the
    quorum (seconds).
    """

    checkpoint: Checkpoint
    time: int
    cosigners: tuple[str, ...]


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text: exactly three lines; extension lines are not ours."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise CheckpointInvalid("the note is no checkpoint", field="checkpoint")
    root = decode_base64(lines[2], "checkpoint")
    if len(root) != 32:
        raise CheckpointInvalid("the checkpoint's root has not 32 bytes", field="checkpoint")
    return Checkpoint(lines[0], int(lines[1]), Digest(root))


def verify_checkpoint(
    data: bytes,
    origin: str,
    log_keys: Sequence[VerifierKey],
    cosigners: Sequence[VerifierKey],
    quorum: int,
) -> TrustedCheckpoint:
    """Check a checkpoint: its origin, the log's signature, and `quorum` of the cosigners; raises an
    `EvidenceError`.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise CheckpointInvalid("the checkpoint is of another log", field="origin")
    must_be_signed(note, log_keys)
    times: list[tuple[int, str]] = []
    for key in cosigners:
        signature = note.by(key)
        if signature is not None:
            times.append((cosignature_time(note, key, signature), key.name))
    if len(times) < quorum:
        raise QuorumMissing(f"{len(times)} of {quorum} cosignatures are there", field="cosignature")
    newest = sorted(times, reverse=True)[:quorum]
    return TrustedCheckpoint(checkpoint, newest[-1][0] if newest else 0, tuple(name for _, name in times))


def cosignature_time(note: Note, key: VerifierKey, signature: Signature) -> int:
    """The time of a cosignature, after checking it."""
    if len(signature.body) != TIMESTAMP + 64:
        raise NoteInvalid("a cosignature has not 72 bytes", field="cosignature")
    time = int.from_bytes(signature.body[:TIMESTAMP])
    key.check(_cosigned(note.text, time), signature.body[TIMESTAMP:])
    return time


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


class CosignatureSigner:
    """Cosigns checkpoints with an Ed25519 seed of 32 bytes."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, COSIGNATURE_V1, self._private.public_key().public_bytes_raw())

    def sign(self, text: str, time: int) -> Signature:
        """The cosignature line over a checkpoint's text at a time (seconds)."""
        body = time.to_bytes(TIMESTAMP) + self._private.sign(_cosigned(text, time))
        return Signature(self.key.name, self.key.id, body)
