"""Signed notes: who signed this text? (C2SP signed-note, with Ed25519.)

Parsing is strict: a note that parses is written back to the same bytes. Signatures by keys the reader does
not know are kept and ignored, as the specification asks; a known key that signed wrongly makes the whole
note wrong (docs/spec/checkpoint.md).

Signatures are libsodium's business (PyNaCl): it checks one in half the time OpenSSL takes, and refuses keys of small
order, under which one signature fits every text.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey

from sanad_verifier.digests import SIZE, Digest, sha256
from sanad_verifier.errors import EvidenceError, InputError, SanadError

ED25519 = 1
COSIGNATURE_V1 = 4
SIZE_AT_MOST = 1 << 20
SIGNATURES_AT_MOST = 64
"""The specification asks for at least 16."""
NAME = re.compile(r"[^\s+\u0000-\u001f\u007f]{1,255}")
KEY_SIZE = 32
KEY_ID_SIZE = 4
SIGNATURE_SIZE = 64
_DASH = "— "
_CONTROL = re.compile(r"[\u0000-\u0009\u000b-\u001f]")


class NoteInvalid(EvidenceError):
    """Bytes that are no signed note, or a signature that does not fit."""

    code = "NOTE_INVALID"


class NoteUntrusted(EvidenceError):
    """No key that the reader trusts has signed."""

    code = "NOTE_UNTRUSTED"


class KeyInvalid(InputError):
    """A name, seed or verifier key that is none of ours."""

    code = "VKEY_INVALID"


class TextInvalid(InputError):
    """A text that no note can have: nothing is signed that could not be read back."""

    code = "NOTE_TEXT_INVALID"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name; `algorithm` is 1 (Ed25519) or 4 (timestamped cosignature)."""

    name: str
    algorithm: int
    public: bytes
    id: bytes = field(init=False, repr=False, compare=False)
    """The 4 bytes that stand for the key in signature lines."""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or not self.name.isprintable():
            raise KeyInvalid("a key's name has no spaces and no plus", field="vkey")
        if self.algorithm not in (ED25519, COSIGNATURE_V1) or len(self.public) != KEY_SIZE:
            raise KeyInvalid("the verifier key is of an unknown kind", field="vkey")
        told = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        object.__setattr__(self, "id", sha256(told)[:KEY_ID_SIZE])

    def encode(self) -> str:
        """The vkey text: name+id+key."""
        body = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{body}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key in a vkey text; `KeyInvalid` if it is none of ours."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise KeyInvalid("a verifier key is name+id+key", field="vkey")
        raw = decode_base64(parts[2], "vkey", KeyInvalid)
        if len(raw) != 1 + KEY_SIZE:
            raise KeyInvalid("the verifier key is of an unknown kind", field="vkey")
        key = cls(parts[0], raw[0], raw[1:])
        if key.id.hex() != parts[1]:
            raise KeyInvalid("the verifier key's id does not fit its key", field="vkey")
        return key

    def check(self, message: bytes, signature: bytes) -> None:
        """Raise `NoteInvalid` unless `signature` is this key's over `message`."""
        if len(signature) != SIGNATURE_SIZE:
            raise NoteInvalid("a signature does not fit its key", field="signature")
        try:
            crypto_sign_open(signature + message, self.public)
        except BadSignatureError as error:
            raise NoteInvalid("a signature does not fit its key", field="signature") from error


class Signature(NamedTuple):
    """One signature line: who, which key, and the bytes after the key id."""

    name: str
    key_id: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text (ending in a newline) and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The one byte string of this note."""
        lines = [f"{_DASH}{s.name} {base64.b64encode(s.key_id + s.body).decode()}\n" for s in self.signatures]
        return (self.text + "\n" + "".join(lines)).encode()

    def by(self, key: VerifierKey) -> Signature | None:
        """The key's signature line, or None."""
        for signature in self.signatures:
            if signature.name == key.name and signature.key_id == key.id:
                return signature
        return None


@lru_cache(maxsize=16)  # a log's newest checkpoint comes with every proof; what is refused is not remembered
def parse_note(data: bytes) -> Note:
    """The note in `data`; `NoteInvalid` unless writing it again gives the same bytes."""
    if len(data) > SIZE_AT_MOST:
        raise NoteInvalid("the note is too large", field="note")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteInvalid("the note is not UTF-8", field="note") from error
    text, blank, block = whole.rpartition("\n\n")
    if not blank or not text or _CONTROL.search(whole):
        raise NoteInvalid("the note has no signature block", field="note")
    lines = block.split("\n")
    if lines[-1] or not lines[:-1] or len(lines) - 1 > SIGNATURES_AT_MOST:
        raise NoteInvalid("the note's signature lines are malformed", field="note")
    note = Note(text + "\n", tuple(_signature(line) for line in lines[:-1]))
    if len({(s.name, s.key_id) for s in note.signatures}) != len(note.signatures):
        raise NoteInvalid("a key has signed the note twice", field="note")
    if note.encode() != data:
        raise NoteInvalid("the note is not in its one encoding", field="note")
    return note


def _signature(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise NoteInvalid("a signature line is malformed", field="note")
    name, space, body = line[len(_DASH) :].partition(" ")
    if not space or not NAME.fullmatch(name):
        raise NoteInvalid("a signature line is malformed", field="note")
    raw = decode_base64(body, "note")
    if len(raw) < KEY_ID_SIZE + 1:
        raise NoteInvalid("a signature is too short", field="note")
    return Signature(name, raw[:KEY_ID_SIZE], raw[KEY_ID_SIZE:])


def must_be_signed(note: Note, keys: Sequence[VerifierKey]) -> VerifierKey:
    """The first of `keys` (Ed25519) that signed the note; a wrong signature by any of them is refused."""
    signers: list[VerifierKey] = []
    for key in keys:
        signature = note.by(key)
        if signature is not None:
            key.check(note.text.encode(), signature.body)
            signers.append(key)
    if not signers:
        raise NoteUntrusted("no trusted key has signed", field="signature")
    return signers[0]


def signable(text: str) -> bytes:
    """The bytes of a note's text; `TextInvalid` unless it ends a line and has no control characters."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise TextInvalid("a note's text ends a line and has no control characters", field="note")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise TextInvalid("a note's text holds a lone surrogate", field="note") from error


class NoteSigner:
    """Signs notes with an Ed25519 seed of 32 bytes."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = private_key(seed)
        self.key = VerifierKey(name, ED25519, bytes(self._private.verify_key))

    def sign(self, text: str) -> Signature:
        """The signature line over a note's text."""
        return Signature(self.key.name, self.key.id, self._private.sign(signable(text)).signature)


def public_key(seed: bytes) -> bytes:
    """The 32-byte Ed25519 public key of a seed."""
    return bytes(private_key(seed).verify_key)


def private_key(seed: bytes) -> SigningKey:
    """The Ed25519 key of a seed; `KeyInvalid` unless it has 32 bytes."""
    if len(seed) != KEY_SIZE:
        raise KeyInvalid("an Ed25519 seed has 32 bytes", field="seed")
    return SigningKey(seed)


def decode_base64(text: str, field: str, refusal: type[SanadError] = NoteInvalid) -> bytes:
    """Standard base64 in its one spelling (padding, no spare bits)."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise refusal("malformed base64", field=field) from error
    if base64.b64encode(raw).decode() != text:
        raise refusal("malformed base64", field=field)
    return raw


def decode_digest(text: str, field: str, refusal: type[SanadError] = NoteInvalid) -> Digest:
    """A hash of 32 bytes in base64, in its one spelling."""
    raw = decode_base64(text, field, refusal)
    if len(raw) != SIZE:
        raise refusal("a hash has not 32 bytes", field=field)
    return Digest(raw)
