"""Looking after kept documents: where they are, getting them back, letting others read them, finding damage.

Use cases over a `Node`; the vault knows nothing of IPFS, and IPFS nothing of documents.
"""

from dataclasses import dataclass

from sanad_node import erasing, finding
from sanad_node.ipfs import grants
from sanad_node.ipfs.grants import Grant
from sanad_node.ipfs.queue import Pin
from sanad_node.node import Node
from sanad_node.reading import UnknownDocument
from sanad_node.vault import VaultCorrupt, VaultErased, VaultMissing, VaultProblem
from sanad_node.vault.records import open_blob
from sanad_verifier.digests import Digest
from sanad_verifier.errors import SanadError

HELD, DAMAGED, ERASED, MISSING = "held", "damaged", "erased", "missing"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where one document is. `here` is held, damaged (its blob is gone or changed), erased, or missing."""

    digest: Digest
    here: str
    cid: str
    length: int
    pins: tuple[Pin, ...]
    erasure: erasing.Erasure | None


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A problem of the vault, and what healing came to: `healed`, the code of why not, or empty if it was not tried."""

    problem: VaultProblem
    outcome: str


def digest_meant(node: Node, identifier: str, *, field: str = "ID") -> Digest:
    """The digest of the document that a person means: a whole digest, also of a document that is on no ledger, or what
    `finding.document` takes.
    """
    node.be_current()
    try:
        return finding.document(node, identifier, field=field).digest
    except UnknownDocument:
        match = finding.HEX.fullmatch(identifier)
        if match is None or len(match[1]) != 64:
            raise
        return Digest(bytes.fromhex(match[1]))


def kept(node: Node, digest: Digest) -> Kept:
    """Where a document is. Reads it."""
    cid, length = "", 0
    try:
        node.vault.get(digest)
        here = HELD
    except VaultErased:
        here = ERASED
    except VaultMissing:
        here = MISSING
    except VaultCorrupt:
        here = DAMAGED
    blob = node.pins.queue.blob_of(digest)
    if blob is not None:
        cid, length = blob.cid, blob.length
    pins = tuple(node.pins.queue.pins_of(digest))
    return Kept(digest, here, cid, length, pins, erasing.recorded(node, digest))


def fetch(node: Node, digest: Digest) -> str:
    """Have the document here: `held` if it is, `restored` if its blob came back over IPFS. Raises as `Pins.fetch`."""
    try:
        node.vault.get(digest)
    except VaultCorrupt:
        node.pins.fetch(digest)
        node.vault.get(digest)
        return "restored"
    return HELD


def grant(node: Node, digest: Digest, to: bytes) -> bytes:
    """A file that lets the member with this address read the document. The blob is queued for IPFS, if it was not."""
    node.pins.must_be_active()
    key = node.vault.document_key(digest)
    blob = node.pins.note_one(digest)
    return grants.seal(Grant(digest, key, blob.length, blob.cid), to)


def take(node: Node, file: bytes) -> tuple[Digest, bytes]:
    """Fetch the document that another member granted, check it, and keep it here under a key of our own; returns its
    digest and bytes. Raises `GrantInvalid`, an `IpfsFault` if it cannot be fetched, `VaultErased` if it was erased.
    """
    told = grants.open_grant(file, node.directory.secret("vault"))
    try:
        return told.digest, node.vault.get(told.digest)
    except (VaultMissing, VaultCorrupt):
        blob = node.pins.read(told.cid, told.length)
    try:
        note, data = open_blob(told.key, told.digest, blob)
    except VaultCorrupt as error:
        raise grants.GrantInvalid("the granted key does not open the document", field="--grant") from error
    node.vault.put(told.digest, data, note=note)
    return told.digest, data


def scrub(node: Node, *, heal: bool) -> list[Scrubbed]:
    """Read and hash everything in the vault. With `heal`, what is damaged is brought back over IPFS, and erasures that
    were interrupted are finished.
    """
    if heal:
        node.pins.must_be_active()
        erasing.finish(node)
    return [Scrubbed(problem, _healed(node, problem) if heal else "") for problem in list(node.vault.scrub())]


def _healed(node: Node, problem: VaultProblem) -> str:
    if problem.digest is None or problem.code != VaultCorrupt.code:
        return problem.code
    try:
        fetch(node, problem.digest)
    except SanadError as error:
        return error.code
    return "healed"
