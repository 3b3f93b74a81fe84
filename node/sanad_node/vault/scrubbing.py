"""What is wrong with a vault? Reads and hashes everything; repairs nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sanad_node.vault.errors import VaultCorrupt
from sanad_node.vault.records import decode_record
from sanad_node.vault.segments import Segment
from sanad_node.vault.shelves import Shelves
from sanad_verifier.digests import Digest


@dataclass(frozen=True, slots=True)
class VaultProblem:
    """Something `scrub` found: which document (if one), which file, a stable code, a sentence."""

    code: str
    digest: Digest | None
    file: str
    message: str


def scrubbed(shelves: Shelves, master: AESGCM) -> Iterator[VaultProblem]:
    """Everything that is wrong, damage first to last as the files lie. Raises OSError and the index faults."""
    shelves.compare_index()
    for segment in shelves.segments():
        yield from _segment(shelves, master, segment)
    for blob in shelves.blobs_without_keys():
        yield _problem(shelves, "VAULT_LEFTOVER", None, blob, "a blob without a key: nobody can read it")


def _segment(shelves: Shelves, master: AESGCM, segment: Segment) -> Iterator[VaultProblem]:
    try:
        for slot, raw in enumerate(segment.raw_records()):
            yield from _record(shelves, master, segment, slot, raw)
    except VaultCorrupt as error:
        yield _problem(shelves, error.code, None, segment.key_file, error.message)


def _record(
    shelves: Shelves, master: AESGCM, segment: Segment, slot: int, raw: bytes
) -> Iterator[VaultProblem]:
    digest = Digest(raw[:32])
    try:
        record = decode_record(raw)
        if segment.stem.parent.parent == shelves.one and segment.stem.name != digest.hex():
            raise VaultCorrupt("a key file is not named after its document")
        if not record.erased:
            segment.read(master, record)
        copies = shelves.copies(digest)
    except VaultCorrupt as error:
        yield _problem(shelves, error.code, digest, segment.key_file, error.message)
        return
    if not any(copy.segment == segment and copy.slot == slot for copy in copies):
        yield _problem(shelves, "VAULT_INDEX_WRONG", digest, segment.key_file, "the index does not find it")
    if record.half_erased or (not record.erased and any(copy.record.erased for copy in copies)):
        yield _problem(
            shelves,
            "VAULT_HALF_ERASED",
            digest,
            segment.key_file,
            "an erasure was interrupted: erase again",
        )


def _problem(shelves: Shelves, code: str, digest: Digest | None, path: Path, message: str) -> VaultProblem:
    return VaultProblem(code, digest, str(path.relative_to(shelves.folder)), message)
