"""Cosignatures: when did a member see this checkpoint? (C2SP tlog-cosignature v1, timestamped Ed25519.)

A cosignature says that, at its time, this was the largest log its signer had seen, and that it extends
everything that signer saw before.
"""

from dataclasses import dataclass

from sanad_verifier.errors import InputError
from sanad_verifier.notes import (
    COSIGNATURE_V1,
    Note,
    NoteInvalid,
    Signature,
    VerifierKey,
    private_key,
    signable,
)

TIMESTAMP_SIZE = 8
SIGNATURE_SIZE = 64
TIME_AT_MOST = 2**63 - 1


class CosignatureSigner:
    """Cosigns checkpoints with an Ed25519 seed of 32 bytes."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = private_key(seed)
        self.key = VerifierKey(name, COSIGNATURE_V1, bytes(self._private.verify_key))

    def sign(self, text: str, time: int) -> Signature:
        """The cosignature line over a checkpoint's text at a time (seconds)."""
        if not 0 <= time <= TIME_AT_MOST:
            raise InputError("the time is out of range", field="time")
        body = time.to_bytes(TIMESTAMP_SIZE) + self._private.sign(_message(signable(text), time)).signature
        return Signature(self.key.name, self.key.id, body)


@dataclass(frozen=True, slots=True)
class Window:
    """When a cosigner's word counts: from `since` (seconds) and before `until`, 0 for no end."""

    key: VerifierKey
    since: int
    until: int

    def holds(self, time: int) -> bool:
        """Whether a cosignature of that time counts."""
        return self.since <= time and (self.until == 0 or time < self.until)


def cosignature_time(note: Note, key: VerifierKey, signature: Signature) -> int:
    """The time (seconds) of a cosignature, after checking it; `NoteInvalid` if it does not fit."""
    if len(signature.body) != TIMESTAMP_SIZE + SIGNATURE_SIZE:
        raise NoteInvalid("a cosignature has not 72 bytes", field="cosignature")
    time = int.from_bytes(signature.body[:TIMESTAMP_SIZE])
    if time > TIME_AT_MOST:
        raise NoteInvalid("the time of a cosignature is out of range", field="cosignature")
    key.check(_message(note.text.encode(), time), signature.body[TIMESTAMP_SIZE:])
    return time


def _message(text: bytes, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (time, text)
