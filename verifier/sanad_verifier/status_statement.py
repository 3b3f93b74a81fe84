"""Status statements: what the log's origin says of one document's standing, as of a size and time.

An inclusion proof cannot show that nothing happened later; this signed note says so for the size it names,
and stands in until status lists exist. Its key has a name of its own (`<origin>/status`), and its text
begins with a line that no checkpoint has, so neither passes for the other.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError
from sanad_verifier.notes import Note, NoteSigner, VerifierKey, decode_base64, must_be_signed, parse_note

HEADER = "sanad.status/v1"
STATES = ("active", "suspended", "superseded", "revoked")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_TYPE = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
_HEX = re.compile(r"[0-9a-f]{64}")


class StatusInvalid(EvidenceError):
    """The note is no status statement, or of another log."""

    code = "STATUS_INVALID"


@dataclass(frozen=True, slots=True)
class StatusStatement:
    """`state` of a document as issued by formation `issuer`, in the log of `size` entries with `root`, at
    `time` (seconds).
    """

    origin: str
    digest: Digest
    issuer: int
    doc_type: str
    state: str
    reason: int
    replacement: str
    size: int
    root: Digest
    time: int

    def text(self) -> str:
        return "".join(
            f"{line}\n"
            for line in (
                HEADER,
                self.origin,
                self.digest.hex(),
                self.issuer,
                self.doc_type,
                self.state,
                self.reason,
                self.replacement or "-",
                self.size,
                base64.b64encode(self.root).decode(),
                self.time,
            )
        )


def status_key_name(origin: str) -> str:
    """The name of the key that signs status statements of a log."""
    return f"{origin}/status"


def sign_status(statement: StatusStatement, signer: NoteSigner) -> bytes:
    """The signed note of a statement."""
    text = statement.text()
    return Note(text, (signer.sign(text),)).encode()


def verify_status(data: bytes, origin: str, keys: Sequence[VerifierKey]) -> StatusStatement:
    """The statement in a note signed by one of `keys`; raises an `EvidenceError`."""
    note = parse_note(data)
    statement = _parse(note.text)
    if statement.origin != origin:
        raise StatusInvalid("the status is of another log", field="origin")
    must_be_signed(note, keys)
    return statement


def _parse(text: str) -> StatusStatement:
    lines = text.split("\n")
    if len(lines) != 12 or lines[0] != HEADER or lines[11]:
        raise StatusInvalid("the note is no status statement", field="status")
    numbers = [lines[3], lines[6], lines[8], lines[10]]
    root = decode_base64(lines[9], "status")
    replacement = "" if lines[7] == "-" else lines[7]
    if (
        not all(_NUMBER.fullmatch(n) for n in numbers)
        or not _HEX.fullmatch(lines[2])
        or not _TYPE.fullmatch(lines[4])
        or lines[5] not in STATES
        or (replacement and not _HEX.fullmatch(replacement))
        or len(root) != 32
    ):
        raise StatusInvalid("the status statement is malformed", field="status")
    issuer, reason, size, time = map(int, numbers)
    return StatusStatement(
        lines[1],
        Digest(bytes.fromhex(lines[2])),
        issuer,
        lines[4],
        lines[5],
        reason,
        replacement,
        size,
        Digest(root),
        time,
    )
