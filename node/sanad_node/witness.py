"""A witness of other logs: it cosigns a checkpoint only if that extends everything of its log it has cosigned before
(C2SP tlog-witness).

What it has cosigned is on the disk before anybody hears of it. A log that signs two roots for one size has lied to
somebody: both checkpoints are kept, and prove it to anyone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from sanad_node.store.dialects import unless_there
from sanad_node.store.witness_tables import equivocations, witnessed
from sanad_verifier.checkpoints import Checkpoint, in_order, parse_checkpoint
from sanad_verifier.cosignatures import CosignatureSigner
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import EvidenceError, InputError, SanadError
from sanad_verifier.merkle import EMPTY_ROOT, verify_consistency
from sanad_verifier.notes import ED25519, Note, VerifierKey, must_be_signed, parse_note
from sanad_verifier.witnessing import AddCheckpoint, Equivocation, equivocation, parse_add_checkpoint

log = structlog.get_logger("sanad.witness")


class WitnessSettingInvalid(InputError):
    """A log to be witnessed is written as its verifier key, a blank, and the name this node cosigns it under."""

    code = "WITNESS_SETTING_INVALID"


class WitnessRequestInvalid(InputError):
    """The body is not what a witness is asked with."""

    code = "WITNESS_REQUEST_INVALID"


class WitnessLogUnknown(InputError):
    """This node does not witness that log."""

    code = "WITNESS_LOG_UNKNOWN"


class WitnessUnsigned(InputError):
    """No key that this node knows of the log has signed the checkpoint."""

    code = "WITNESS_UNSIGNED"


class WitnessSizeDiffers(InputError):
    """The old size is not that of the checkpoint this node has cosigned last, which is `size`."""

    code = "WITNESS_SIZE_DIFFERS"

    def __init__(self, size: int) -> None:
        super().__init__("the old size is not that of the checkpoint cosigned last", field="old")
        self.size = size


class WitnessRootDiffers(EvidenceError):
    """The log has signed another root for the size that this node has cosigned: both are kept as a proof."""

    code = "WITNESS_ROOT_DIFFERS"


class WitnessInconsistent(EvidenceError):
    """The proof does not show that the checkpoint extends the one that was cosigned last."""

    code = "WITNESS_INCONSISTENT"


@dataclass(frozen=True, slots=True)
class WitnessedLog:
    """A log whose checkpoints are cosigned: its key, and the name this node cosigns it under."""

    key: VerifierKey
    name: str

    @classmethod
    def parse(cls, text: str) -> "WitnessedLog":
        """The log in a setting, `VKEY NAME`; `WitnessSettingInvalid` if it is none."""
        key, blank, name = text.strip().partition(" ")
        try:
            found = cls(VerifierKey.parse(key), name.strip())
            CosignatureSigner(found.name, bytes(32))  # refuses a name that no signature line can bear
        except SanadError as error:
            raise WitnessSettingInvalid(error.message, field="witness.logs") from error
        if not blank or found.key.algorithm != ED25519:
            raise WitnessSettingInvalid("write the log's key, a blank, and a name", field="witness.logs")
        return found


@dataclass(frozen=True, slots=True)
class _Cosigned:
    """The head of a log as it was cosigned last."""

    size: int
    root: Digest
    note: bytes
    time: int


_NOTHING = _Cosigned(0, EMPTY_ROOT, b"", 0)


@dataclass(frozen=True, slots=True)
class Lie:
    """A proof that a log has signed two roots for one size, and when it was found out."""

    origin: str
    size: int
    proof: bytes
    at: int


def keep_equivocation(office: Engine, proof: Equivocation, at: int) -> None:
    """Keep a proof, however often it is found; `at` in seconds. Raising the alarm is the caller's."""
    head = parse_checkpoint(parse_note(proof.notes[0]).text)
    encoded = proof.encode()
    row = {
        "digest": sha256(encoded),
        "origin": head.origin,
        "size": head.size,
        "proof": encoded,
        "at": at,
    }
    with office.begin() as connection:
        connection.execute(unless_there(connection, equivocations), row)


def lies(office: Engine) -> list[Lie]:
    """Every proof that a log which this node witnesses has shown two faces, the oldest first."""
    with office.connect() as connection:
        rows = connection.execute(select(equivocations).order_by(equivocations.c.at)).all()
    return [Lie(row.origin, row.size, row.proof, row.at) for row in rows]


class Witness:
    """Thread-safe. `seed` is that of this node's cosigning key."""

    def __init__(
        self, office: Engine, seed: bytes, logs: Iterable[WitnessedLog], clock: Callable[[], float]
    ) -> None:
        self._office = office
        self._seed = seed
        self._clock = clock
        self._logs: dict[str, list[WitnessedLog]] = {}
        for one in logs:
            self._logs.setdefault(one.key.name, []).append(one)

    def add(self, body: bytes) -> str:
        """Cosign a checkpoint; returns the signature lines, with which the record is on the disk."""
        try:
            asked, head = parse_add_checkpoint(body)
        except EvidenceError as error:
            raise WitnessRequestInvalid(error.message, field=error.field) from error
        logs = self._logs.get(head.origin)
        if logs is None:
            raise WitnessLogUnknown("this node does not witness that log", field="origin")
        try:
            must_be_signed(parse_note(asked.checkpoint), [one.key for one in logs])
        except EvidenceError as error:
            raise WitnessUnsigned(error.message, field="signature") from error
        if asked.old > head.size:
            raise WitnessRequestInvalid("the old size is larger than the checkpoint's", field="old")
        known = self._known(head.origin)
        self._must_not_contradict(known, asked, head)
        if asked.old != known.size:
            raise WitnessSizeDiffers(known.size)
        try:
            verify_consistency(known.size, known.root, head.size, head.root, asked.path)
        except EvidenceError as error:
            log.warning("inconsistent", origin=head.origin, size=head.size, known=known.size)
            raise WitnessInconsistent(error.message, field="proof") from error
        time = max(int(self._clock()), known.time)  # a clock that was put back does not take a word back
        self._keep(known, asked, head, time)
        return self._cosigned(head, {one.name for one in logs}, time)

    def _known(self, origin: str) -> _Cosigned:
        with self._office.connect() as connection:
            row = connection.execute(select(witnessed).where(witnessed.c.origin == origin)).first()
        return _NOTHING if row is None else _Cosigned(row.size, Digest(row.root), row.note, row.time)

    def _must_not_contradict(self, known: _Cosigned, asked: AddCheckpoint, head: Checkpoint) -> None:
        if head.size != known.size or head.root == known.root or not known.note:
            return
        keep_equivocation(self._office, equivocation(known.note, asked.checkpoint), int(self._clock()))
        log.error("equivocation", origin=head.origin, size=head.size)
        raise WitnessRootDiffers("the log has signed another root for this size", field="root")

    def _keep(self, known: _Cosigned, asked: AddCheckpoint, head: Checkpoint, time: int) -> None:
        """Record the head in the place of the one it was compared with, unless another took that place meanwhile."""
        row = {"size": head.size, "root": head.root, "note": asked.checkpoint, "time": time}
        try:
            with self._office.begin() as connection:
                if known.note:
                    same = (witnessed.c.origin == head.origin, witnessed.c.note == known.note)
                    kept = connection.execute(update(witnessed).where(*same), row).rowcount == 1
                else:
                    connection.execute(insert(witnessed), {"origin": head.origin, **row})
                    kept = True
        except IntegrityError:
            kept = False
        if not kept:
            raise WitnessSizeDiffers(self._known(head.origin).size)

    def _cosigned(self, head: Checkpoint, names: set[str], time: int) -> str:
        text = head.text()
        lines = [CosignatureSigner(name, self._seed).sign(text, time) for name in sorted(names)]
        whole = Note(text, in_order(head.origin, lines)).encode().decode()
        return whole.removeprefix(text + "\n")
