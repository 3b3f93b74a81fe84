"""Keep these bytes, give them back unchanged, and forget them for good when told to.

    one/ab/<digest>.key, .blob   a document put alone; `ab` are the first two digits of its digest
    many/<random>.key, .blob     documents put together
    index.db                     which document is where under many/ (can be rebuilt)
    tmp/                         what is being written; emptied when the vault is opened
    check                        proves that the master key is the right one

File names are made of digests and of our own random numbers, never of anything a caller says. One vault is
open in one process at a time: the lock of the data directory sees to that. Within it, any thread may call.
"""

import os
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sanad_node.durable import flush_folder
from sanad_node.vault.errors import (
    VaultCorrupt,
    VaultDigestWrong,
    VaultErased,
    VaultFault,
    VaultKeyWrong,
    VaultMissing,
    VaultSecretDiffers,
    VaultTooLarge,
    disk_faults,
)
from sanad_node.vault.records import LONGEST_NOTE, SECRET, KeptDocument, decode_record, unseal
from sanad_node.vault.scrubbing import VaultProblem, scrubbed
from sanad_node.vault.segments import Segment, SegmentWriter
from sanad_node.vault.shelves import Copy, Shelves
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import SanadError

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest document."""
SEGMENT_SIZE = 256 * 1024 * 1024
SEGMENT_COUNT = 100_000
_STRIPES = 64
_CHECK_CONTEXT = b"sanad/vault/check/1"
Item = tuple[Digest, bytes, bytes | None]
"""A document and its secret, to be kept."""


class Vault:
    """The vault in `folder`, under a 32-byte master key. Making one checks the key and removes unfinished
    writes.
    """

    def __init__(self, folder: Path, master: bytes, *, largest: int = LARGEST) -> None:
        if len(master) != 32:
            raise VaultKeyWrong("the master key of a vault has 32 bytes", field="master")
        self._largest = largest
        self._shelves = Shelves(folder)
        self._master = AESGCM(master)
        self._stripes = [threading.RLock() for _ in range(_STRIPES)]
        self._leavings: list[SegmentWriter] = []
        with disk_faults("vault"):
            self._shelves.make()
            self._must_be_ours()
            self._shelves.remove_unfinished()

    def close(self) -> None:
        self._shelves.close()

    # -- keeping

    def put(self, digest: Digest, data: bytes, *, note: str = "", secret: bytes | None = None) -> None:
        """Keep a document durably, with a note (both encrypted) and a 32-byte secret of its own.

        To put again what is kept changes nothing, repairs a damaged copy, and is refused where the secret
        differs (`VaultSecretDiffers`) or the document was erased (`VaultErased`): a repeated request must
        not bring it back.
        """
        words = self._must_be_takeable(digest, data, note, secret)
        segment = self._shelves.alone(digest)
        with self._stripe(digest), disk_faults(digest.hex()):
            kept = self._kept_already(digest, secret)
            if kept is not None:
                kept.flush()
                return
            if not segment.stem.parent.exists():
                segment.stem.parent.mkdir(mode=0o700, exist_ok=True)
                flush_folder(self._shelves.one)
            with self._writer() as writer:
                writer.add(digest, data, words, secret)
                writer.commit(segment)

    def put_each(self, items: Sequence[Item]) -> list[Exception | None]:
        """Keep what came together, at the price of a few flushes; tells why one of them could not be kept."""
        if len(items) > 1:
            with suppress(SanadError):
                self.put_many(items)
                return [None] * len(items)
        return [self._put_one(*item) for item in items]

    def _put_one(self, digest: Digest, data: bytes, secret: bytes | None) -> Exception | None:
        try:
            self.put(digest, data, secret=secret)
        except SanadError as error:
            return error
        return None

    def put_many(self, items: Iterable[Item]) -> int:
        """Keep documents, each with its secret, at the price of a few flushes; returns how many were new.

        All are durable when this returns. If it fails, repeat it: those kept already are recognised.
        """
        new = 0
        with ExitStack() as held, disk_faults("vault"):
            for stripe in self._stripes:
                held.enter_context(stripe)
            flushed: set[Segment] = set()
            for batch in self._segments_of(items, flushed):
                new += batch
            for segment in flushed:
                segment.flush()
        return new

    def _segments_of(self, items: Iterable[Item], kept_in: set[Segment]) -> Iterator[int]:
        """Write segments until the items are used up; yields the number of documents of each."""
        remaining = iter(items)
        more = True
        while more:
            more = False
            fresh: dict[Digest, bytes | None] = {}
            with self._writer() as writer:
                for digest, data, secret in remaining:
                    self._must_be_takeable(digest, data, "", secret)
                    if digest in fresh:
                        _must_agree(digest, fresh[digest], secret)
                        continue
                    kept = self._kept_already(digest, secret)
                    if kept is not None:
                        kept_in.add(kept)
                        continue
                    writer.add(digest, data, b"", secret)
                    fresh[digest] = secret
                    if writer.size >= SEGMENT_SIZE or writer.count >= SEGMENT_COUNT:
                        more = True
                        break
                if fresh:
                    self._commit_many(writer)
                    yield len(fresh)

    def _commit_many(self, writer: SegmentWriter) -> None:
        segment = Segment(self._shelves.many / secrets.token_hex(16))
        try:
            writer.commit(segment)
            self._shelves.enter(segment, writer.digests)
        except BaseException:
            self._shelves.index_may_lag()  # the key file may have its name all the same
            raise

    def _kept_already(self, digest: Digest, secret: bytes | None) -> Segment | None:
        """The segment that keeps this document whole, None if it must be written; raises if it may not be."""
        copies = self._shelves.copies(digest)
        _must_not_be_erased(digest, copies)
        for copy in copies:
            try:
                kept = copy.segment.read(self._master, copy.record)
            except VaultCorrupt:
                continue  # another copy may be whole; else this put writes one
            _must_agree(digest, kept.secret, secret)
            return copy.segment
        return None

    # -- giving back

    def get(self, digest: Digest) -> bytes:
        """The document. `VaultMissing`, `VaultErased` or `VaultCorrupt` if it cannot be given."""
        return self._read(digest).data

    def note(self, digest: Digest) -> str:
        """The note put with the document."""
        return self._read(digest).note

    def secret(self, digest: Digest) -> bytes | None:
        """The secret put with the document, None if there was none. Reads no blob."""
        self._must_be_digest(digest)
        with disk_faults(digest.hex()):
            copies = self._shelves.copies(digest)
            _must_not_be_erased(digest, copies)
            _must_be_kept(digest, copies)
            return copies[0].record.unwrap(self._master)[1]

    def has(self, digest: Digest) -> bool:
        """Whether the document is kept and not erased. Does not read its content."""
        self._must_be_digest(digest)
        with disk_faults(digest.hex()):
            copies = self._shelves.copies(digest)
            return bool(copies) and not any(copy.record.erased for copy in copies)

    def digests(self) -> Iterator[Digest]:
        """Every document kept and not erased, in no order; one with two copies comes twice."""
        with disk_faults("vault"):
            for segment in self._shelves.segments():
                for raw in segment.raw_records():
                    record = decode_record(raw)
                    if not record.erased:
                        yield record.digest

    def _read(self, digest: Digest) -> KeptDocument:
        self._must_be_digest(digest)
        with disk_faults(digest.hex()):
            copies = self._shelves.copies(digest)
            _must_not_be_erased(digest, copies)
            _must_be_kept(digest, copies)
            for place, copy in enumerate(copies, start=1):
                try:
                    return copy.segment.read(self._master, copy.record)
                except VaultCorrupt:
                    _must_not_be_erased(
                        digest, self._shelves.copies(digest)
                    )  # it may have been erased while we read
                    if place == len(copies):
                        raise
        raise AssertionError("the last copy either was returned or raised")

    # -- erasing

    def erase(self, digest: Digest) -> None:
        """Overwrite every wrapped key of the document, durably: from then on nobody can read it, with any
        key we have.

        A tombstone remains, so that `get` says erased rather than missing. To erase again is allowed, and
        finishes an erasure that was interrupted.
        """
        self._must_be_digest(digest)
        with self._stripe(digest), disk_faults(digest.hex()):
            self._shelves.compare_index()  # no copy may be overlooked
            self._remove_leavings()
            copies = self._shelves.copies(digest)
            _must_be_kept(digest, copies)
            for copy in copies:
                copy.segment.erase(copy.slot, digest)
            alone = self._shelves.alone(digest)
            if alone.blob_file.exists():  # it is noise now; other documents' blobs share a file and stay
                alone.blob_file.unlink()
                flush_folder(alone.stem.parent)

    def _remove_leavings(self) -> None:
        """Unfinished writes that could not be removed when they failed: they hold keys too."""
        self._leavings = [writer for writer in self._leavings if not writer.discard()]
        if self._leavings:
            raise VaultFault("an unfinished write of the vault cannot be removed", field="tmp")

    # -- looking after

    def scrub(self) -> Iterator[VaultProblem]:
        """Read and hash everything; yields what is wrong, damage first to last as the files lie."""
        with disk_faults("vault"):
            yield from scrubbed(self._shelves, self._master)

    # -- blobs elsewhere

    def blob(self, digest: Digest) -> bytes:
        """The document as it lies on the disk, encrypted, and checked to be whole: what may be copied to other
        places. Without its key record it is noise.
        """
        self._must_be_digest(digest)
        with disk_faults(digest.hex()):
            copies = self._shelves.copies(digest)
            _must_not_be_erased(digest, copies)
            _must_be_kept(digest, copies)
            for copy in copies:
                with suppress(VaultCorrupt):
                    blob = copy.segment.raw_blob(copy.record)
                    unseal(self._master, copy.record, blob)
                    return blob
        raise VaultCorrupt("no copy of the document is whole", field=digest.hex())

    def expects(self, digest: Digest) -> int:
        """The length of the largest blob of the document, by its key records. Reads no blob."""
        self._must_be_digest(digest)
        with disk_faults(digest.hex()):
            copies = self._shelves.copies(digest)
            _must_not_be_erased(digest, copies)
            _must_be_kept(digest, copies)
            return max(copy.record.length for copy in copies)

    def restore(self, digest: Digest, blob: bytes) -> None:
        """Put a blob that came from elsewhere back where it was, durably, once a key record of the document has opened
        it and the document has its digest. `VaultCorrupt` if none does; a copy that is whole is not touched.
        """
        self._must_be_digest(digest)
        with self._stripe(digest), disk_faults(digest.hex()):
            copies = self._shelves.copies(digest)
            _must_not_be_erased(digest, copies)
            _must_be_kept(digest, copies)
            for copy in copies:
                with suppress(VaultCorrupt):
                    copy.segment.read(self._master, copy.record)
                    return
            for copy in copies:
                with suppress(VaultCorrupt):
                    unseal(self._master, copy.record, blob)
                    copy.segment.restore(copy.record, blob)
                    return
        raise VaultCorrupt("no key of the document opens this blob", field=digest.hex())

    def document_key(self, digest: Digest) -> bytes:
        """The key of the document's blob, to be given to somebody who may read it. Whoever has it keeps it: an erasure
        here does not reach them.
        """
        self._must_be_digest(digest)
        with disk_faults(digest.hex()):
            copies = self._shelves.copies(digest)
            _must_not_be_erased(digest, copies)
            _must_be_kept(digest, copies)
            for copy in copies:
                with suppress(VaultCorrupt):
                    copy.segment.read(self._master, copy.record)
                    return copy.record.unwrap(self._master)[0]
        raise VaultCorrupt("no copy of the document is whole", field=digest.hex())

    def _must_be_takeable(self, digest: Digest, data: bytes, note: str, secret: bytes | None) -> bytes:
        """The note as bytes, if all of these can be kept."""
        self._must_be_digest(digest)
        if len(data) > self._largest:
            raise VaultTooLarge(f"the vault takes documents of up to {self._largest} bytes", field="data")
        words = note.encode(errors="replace")
        if len(words) > LONGEST_NOTE:
            raise VaultTooLarge(f"a note has at most {LONGEST_NOTE} bytes", field="note")
        if secret is not None and len(secret) != SECRET:
            raise VaultTooLarge(f"a secret has {SECRET} bytes", field="secret")
        if sha256(data) != digest:
            raise VaultDigestWrong("the document does not have this digest", field="digest")
        return words

    @staticmethod
    def _must_be_digest(digest: Digest) -> None:
        if not isinstance(digest, bytes) or len(digest) != 32:
            raise VaultDigestWrong("a digest is 32 bytes", field="digest")

    # -- plumbing

    def _stripe(self, digest: Digest) -> AbstractContextManager[object]:
        return self._stripes[digest[0] % _STRIPES]

    @contextmanager
    def _writer(self) -> Iterator[SegmentWriter]:
        writer = SegmentWriter(self._shelves.tmp, self._master)
        try:
            yield writer
        finally:
            if not writer.discard():
                self._leavings.append(writer)

    def _must_be_ours(self) -> None:
        """Make or check the mark that tells whether the master key is this vault's."""
        mark = self._shelves.folder / "check"
        try:
            sealed = mark.read_bytes()
        except FileNotFoundError:
            if not self._shelves.is_empty():
                raise VaultCorrupt(
                    "the check file of a vault with documents is gone", field="check"
                ) from None
            nonce = secrets.token_bytes(12)
            sealed = nonce + self._master.encrypt(nonce, b"", _CHECK_CONTEXT)
            _write_mark(self._shelves.tmp / secrets.token_hex(16), mark, sealed)
        try:
            self._master.decrypt(sealed[:12], sealed[12:], _CHECK_CONTEXT)
        except (InvalidTag, ValueError):
            raise VaultKeyWrong("this is not the vault's master key", field="master") from None


def _must_be_kept(digest: Digest, copies: list[Copy]) -> None:
    if not copies:
        raise VaultMissing("the vault does not keep this document", field=digest.hex())


def _must_not_be_erased(digest: Digest, copies: list[Copy]) -> None:
    """One tombstone is enough: an interrupted erasure does not bring a document back."""
    if any(copy.record.erased for copy in copies):
        raise VaultErased("the document was erased", field=digest.hex())


def _must_agree(digest: Digest, kept: bytes | None, given: bytes | None) -> None:
    if given is not None and kept != given:
        raise VaultSecretDiffers("the document is kept with another secret", field=digest.hex())


def _write_mark(temporary: Path, mark: Path, content: bytes) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(mark)
    flush_folder(mark.parent)
