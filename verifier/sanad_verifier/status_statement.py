"""Status statements: what the log's origin says of one document's standing, as of a size and time.

An inclusion proof cannot show that nothing happened later; this signed note says so for the size it names,
and stands in until status lists exist. Its key has a name of its own (`<origin>/status`), and its text
begins with a line that no checkpoint has, so neither passes for the other (docs/spec/bundle.md).
"""

import re
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass

from sanad_verifier.digests import SIZE, Digest
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.notes import Note, NoteSigner, VerifierKey, decode_base64, must_be_signed, parse_note
from sanad_verifier.words import MAX_UINT16, MAX_UINT32

HEADER = "sanad.status/v1"
STATES = ("active", "suspended", "superseded", "revoked", "consumed", "surrendered")
WITHOUT_REASON = ("active", "consumed", "surrendered")
_LINES = 11
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_TYPE = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
_HEX = re.compile(r"[0-9a-f]{64}")


class StatusInvalid(EvidenceError):
    """The note is no status statement, or of another log."""

    code = "STATUS_INVALID"


@dataclass(frozen=True, slots=True)
class StatusStatement:
    """`state` of a document as issued by formation `issuer`, in the log of `size` entries with `root`, at
    `time` (seconds). `replacement` is the hex of what supersedes it, or empty.
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
        """The eleven lines that are signed."""
        root = b2a_base64(self.root, newline=False).decode()
        return (
            f"{HEADER}\n{self.origin}\n{self.digest.hex()}\n{self.issuer}\n{self.doc_type}\n{self.state}\n"
            f"{self.reason}\n{self.replacement or '-'}\n{self.size}\n{root}\n{self.time}\n"
        )


def status_key_name(origin: str) -> str:
    """The name of the key that signs status statements of a log."""
    return f"{origin}/status"


def sign_status(statement: StatusStatement, signer: NoteSigner) -> bytes:
    """The signed note of a statement; `InputError` if no reader would understand it."""
    text = statement.text()
    try:
        understood = parse_status(text) == statement
    except EvidenceError as error:
        raise InputError(error.message, field=error.field, code="STATUS_INVALID") from error
    if not understood:
        raise InputError("the status statement is malformed", field="status", code="STATUS_INVALID")
    return Note(text, (signer.sign(text),)).encode()


def verify_status(data: bytes, origin: str, keys: Sequence[VerifierKey]) -> StatusStatement:
    """The statement in a note signed by one of `keys`; raises an `EvidenceError`.

    One signature only: nobody cosigns a status statement, and a second line would be a second byte string
    for the same meaning.
    """
    note = parse_note(data)
    statement = parse_status(note.text)
    if statement.origin != origin:
        raise StatusInvalid("the status is of another log", field="origin")
    if len(note.signatures) != 1:
        raise StatusInvalid("a status statement has one signature", field="status")
    must_be_signed(note, keys)
    return statement


def must_be_possible(statement: StatusStatement) -> None:
    """Raise `StatusInvalid` for a statement that says what none can: exactly what was superseded has a replacement,
    another document than itself, and whatever is neither active, used up nor surrendered has a reason.
    """
    superseded = statement.state == "superseded"
    if (
        not 1 <= statement.issuer <= MAX_UINT32
        or statement.reason > MAX_UINT16
        or not _TYPE.fullmatch(statement.doc_type)
        or statement.state not in STATES
        or (statement.state not in WITHOUT_REASON and statement.reason == 0)
        or (superseded and not _HEX.fullmatch(statement.replacement))
        or (superseded and statement.replacement == statement.digest.hex())
        or (statement.replacement and not superseded)
    ):
        raise StatusInvalid("the status statement is malformed", field="status")


def parse_status(text: str) -> StatusStatement:
    """The statement in a note's text, whoever signed it; `StatusInvalid` if it is none."""
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines[0] != HEADER or lines[_LINES]:
        raise StatusInvalid("the note is no status statement", field="status")
    _, origin, digest, issuer, doc_type, state, reason, replacement, size, root, time, _ = lines
    raw_root = decode_base64(root, "status", StatusInvalid)
    if (
        not all(_NUMBER.fullmatch(number) for number in (issuer, reason, size, time))
        or not _HEX.fullmatch(digest)
        or not replacement
        or len(raw_root) != SIZE
    ):
        raise StatusInvalid("the status statement is malformed", field="status")
    statement = StatusStatement(
        origin,
        Digest(bytes.fromhex(digest)),
        int(issuer),
        doc_type,
        state,
        int(reason),
        "" if replacement == "-" else replacement,
        int(size),
        Digest(raw_root),
        int(time),
    )
    must_be_possible(statement)
    return statement
