"""The printed code: what a certificate's QR says of one document (docs/spec/qr.md).

A text `SND1:` and base45. Whatever follows from the rest is left out: the root of the log from the entry and its
path, the word `related` from the printed fields, the names of keys from the trust file. So there is nothing in a
code that could contradict something else in it.
"""

import re
from dataclasses import dataclass, replace
from struct import Struct
from typing import NamedTuple, cast

from sanad_verifier import base45
from sanad_verifier.digests import SIZE, Digest
from sanad_verifier.entries import BatchLeaf, Entry, Kind
from sanad_verifier.json_profile import JsonRefused
from sanad_verifier.merkle import LONGEST_PATH, InclusionProof, path_length, root_from_inclusion
from sanad_verifier.notes import KEY_ID_SIZE
from sanad_verifier.printed import PrintedProof
from sanad_verifier.qr_bytes import QrInvalid, Reader, counted, number
from sanad_verifier.qr_fields import read_fields, write_fields
from sanad_verifier.status_statement import STATES
from sanad_verifier.words import MAX_UINT16, MAX_UINT32

PREFIX = "SND1:"
LONGEST_TEXT = 4296
"""Characters of the largest QR code."""
_LOG, _BATCH, _STATUS, _PRINTED, _RELATED, _KEY, _MANIFEST = (1 << bit for bit in range(7))
_TYPE = re.compile(rb"[A-Z][A-Z0-9_]{0,30}")
_ADDRESS = 20
_ZERO = bytes(SIZE)
_SIGNATURE, _COSIGNATURE = 64, 72
_PATHS = [Struct(f"{SIZE}s" * length) for length in range(LONGEST_PATH + 1)]


class QrSignature(NamedTuple):
    """A signature without the name of its key: the first 4 bytes of the key's id, and the signature."""

    key_id: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class QrBatch:
    """Where a document is in its batch, and the batch's manifest digest (or zero)."""

    index: int
    size: int
    path: tuple[Digest, ...]
    manifest: bytes = _ZERO


@dataclass(frozen=True, slots=True)
class QrLog:
    """Where the entry is in the log of `size` entries, and who signed and cosigned that log's checkpoint."""

    index: int
    size: int
    path: tuple[Digest, ...]
    signatures: tuple[QrSignature, ...]
    cosignatures: tuple[QrSignature, ...]


@dataclass(frozen=True, slots=True)
class QrStatus:
    """What the log's origin signed of the document's standing, as of the same checkpoint."""

    state: str
    reason: int
    replacement: str
    time: int
    signature: QrSignature


@dataclass(frozen=True, slots=True)
class QrCode:
    """One document: who issued it and when, its digest, and what proves it. Without `log` it is a short form that
    only a reader who knows the log's entries can check. `printed` or the bare word `related`, not both.
    """

    formation: int
    key: bytes
    doc_type: str
    time: int
    digest: Digest
    business_key: bytes
    printed: PrintedProof | None
    related: bytes
    batch: QrBatch | None = None
    log: QrLog | None = None
    status: QrStatus | None = None

    def leaf(self) -> BatchLeaf:
        """The words about the document."""
        return BatchLeaf(self.digest, self.related, self.business_key)

    def entry(self) -> Entry:
        """The entry of the log that certifies the document; `QrInvalid` if there is none such."""
        if self.digest == _ZERO:
            raise QrInvalid("the code names no document", field="qr")
        leaf, batch = self.leaf(), self.batch
        kind, subject, related, data = Kind.ISSUE, leaf.subject, leaf.related, leaf.data
        if batch is not None:
            if batch.size > MAX_UINT32:
                raise QrInvalid("a batch has at most 2^32-1 documents", field="qr")
            proof = InclusionProof(batch.index, batch.size, batch.path)
            kind, subject = Kind.ISSUE_BATCH, root_from_inclusion(leaf.encode(), proof)
            related, data = batch.manifest, batch.size.to_bytes(SIZE)
        return Entry(kind, self.key, self.formation, self.doc_type, subject, related, data, self.time)

    def without_log(self) -> "QrCode":
        """The short form of the same."""
        return replace(self, log=None, status=None)


def is_qr_text(data: bytes) -> bool:
    """Whether some bytes begin as a printed code does; says nothing about the rest."""
    return data.startswith(PREFIX.encode())


def encode_qr(code: QrCode) -> str:
    """The text of a code."""
    return PREFIX + base45.encode(_write(code))


def parse_qr(text: str) -> QrCode:
    """The code in a text; `QrInvalid` (or another `EvidenceError`) for any text that `encode_qr` does not write.

    There is no second spelling to compare with: each part is read in the one way in which it is written.
    """
    if not text.startswith(PREFIX) or len(text) > LONGEST_TEXT:
        raise QrInvalid("the text is no printed code of this version", field="qr")
    return _read(Reader(base45.decode(text[len(PREFIX) :])))


def _write(code: QrCode) -> bytes:
    flags = (
        _LOG * (code.log is not None)
        | _BATCH * (code.batch is not None)
        | _STATUS * (code.status is not None)
        | _PRINTED * (code.printed is not None)
        | _RELATED * (code.printed is None and code.related != _ZERO)
        | _KEY * (code.business_key != _ZERO)
        | _MANIFEST * (code.batch is not None and code.batch.manifest != _ZERO)
    )
    parts = [bytes([flags]), number(code.formation), code.key, counted(code.doc_type.encode("ascii"))]
    parts += [number(code.time), code.digest]
    if flags & _KEY:
        parts.append(code.business_key)
    if code.printed is not None:
        parts += [code.printed.root, write_fields(code.printed.fields)]
    elif flags & _RELATED:
        parts.append(code.related)
    if code.batch is not None:
        parts += [number(code.batch.index), number(code.batch.size), *code.batch.path]
        if flags & _MANIFEST:
            parts.append(code.batch.manifest)
    if code.log is not None:
        parts += [number(code.log.index), number(code.log.size), *code.log.path]
        for group in (code.log.signatures, code.log.cosignatures):
            parts += [bytes([len(group)]), *(one.key_id + one.body for one in group)]
    if code.status is not None:
        parts.append(_write_status(code.status))
    return b"".join(parts)


def _write_status(status: QrStatus) -> bytes:
    replacement = bytes.fromhex(status.replacement)
    head = bytes([STATES.index(status.state)]) + number(status.reason) + number(status.time)
    return head + replacement + status.signature.key_id + status.signature.body


def _read(told: Reader) -> QrCode:
    flags = told.byte()
    if (
        flags >> 7
        or (flags & _PRINTED and flags & _RELATED)
        or (flags & _STATUS and not flags & _LOG)
        or (flags & _MANIFEST and not flags & _BATCH)
    ):
        raise QrInvalid("the code has parts that do not go together", field="qr")
    formation, key, doc_type = told.number(), told.take(_ADDRESS), told.counted()
    if not 1 <= formation <= MAX_UINT32 or not _TYPE.fullmatch(doc_type):
        raise QrInvalid("the code names no office or no type", field="qr")
    time, digest = told.number(), Digest(told.take(SIZE))
    business_key = _read_word(told) if flags & _KEY else _ZERO
    printed, related = None, _ZERO
    if flags & _PRINTED:
        root = Digest(told.take(SIZE))
        printed = PrintedProof(read_fields(told), root)
        try:
            related = printed.related
        except JsonRefused as error:
            raise QrInvalid("a value is outside Sanad's profile", field="qr") from error
    elif flags & _RELATED:
        related = _read_word(told)
    code = QrCode(
        formation,
        key,
        doc_type.decode("ascii"),
        time,
        digest,
        business_key,
        printed,
        related,
        _read_batch(told, bool(flags & _MANIFEST)) if flags & _BATCH else None,
        _read_log(told) if flags & _LOG else None,
        _read_status(told) if flags & _STATUS else None,
    )
    told.must_be_over()
    return code


def _read_batch(told: Reader, has_manifest: bool) -> QrBatch:
    index, size = told.number(), told.number()
    path = _read_path(told, index, size)
    return QrBatch(index, size, path, _read_word(told) if has_manifest else _ZERO)


def _read_word(told: Reader) -> bytes:
    """A word for which a flag stands: one that is zero is left out, with its flag."""
    word = told.take(SIZE)
    if word == _ZERO:
        raise QrInvalid("a word is told and zero", field="qr")
    return word


def _read_log(told: Reader) -> QrLog:
    index, size = told.number(), told.number()
    path = _read_path(told, index, size)
    return QrLog(index, size, path, _read_signatures(told, _SIGNATURE), _read_signatures(told, _COSIGNATURE))


def _read_path(told: Reader, index: int, size: int) -> tuple[Digest, ...]:
    if not index < size:
        raise QrInvalid("a place is outside its tree", field="qr")
    length = path_length(index, size)
    if length > LONGEST_PATH:
        raise QrInvalid("a path is too long", field="qr")
    return cast(tuple[Digest, ...], _PATHS[length].unpack(told.take(length * SIZE)))


def _read_signatures(told: Reader, size: int) -> tuple[QrSignature, ...]:
    found = [_read_signature(told, size) for _ in range(told.byte())]
    ids = [one.key_id for one in found]
    if len(ids) > 1 and ids != sorted(set(ids)):
        raise QrInvalid("signatures stand in the order of their keys, each once", field="qr")
    return tuple(found)


def _read_signature(told: Reader, size: int) -> QrSignature:
    raw = told.take(KEY_ID_SIZE + size)
    return QrSignature(raw[:KEY_ID_SIZE], raw[KEY_ID_SIZE:])


def _read_status(told: Reader) -> QrStatus:
    state, reason, time = told.byte(), told.number(), told.number()
    if state >= len(STATES) or reason > MAX_UINT16:
        raise QrInvalid("the standing is none", field="qr")
    replacement = told.take(SIZE).hex() if STATES[state] == "superseded" else ""
    return QrStatus(STATES[state], reason, replacement, time, _read_signature(told, _SIGNATURE))
