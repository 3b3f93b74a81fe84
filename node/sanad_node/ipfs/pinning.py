"""Brings the vault's blobs to the nodes that are to keep them, and takes them from those that are not.

A round is one pass over what is due at one node: it never waits for another node, never touches an act, and stops at a
node that does not answer. What fails stays in the queue with the code of what failed.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sanad_node.ipfs.cid import cid_of
from sanad_node.ipfs.errors import IpfsFault, IpfsNeverQueued, IpfsNotSetUp, IpfsUnreachable
from sanad_node.ipfs.queue import GONE, LEAVING, PINNED, WAITING, Blob, Pin, Queue, Tally
from sanad_node.ipfs.rpc import IpfsNode, Keeps
from sanad_node.ipfs.settings import Holder, IpfsSettings
from sanad_node.vault import Vault, VaultCorrupt, VaultErased, VaultMissing
from sanad_verifier.digests import Digest

AT_ONCE = 100
"""Pins of one round."""
PATIENCE = 3
"""Failures in a row after which a round lets a node be."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a node owes, and what went wrong when it was asked last; empty for nothing."""

    tally: Tally
    code: str = ""


class Pins:
    """Where the blobs of a vault are kept beside the disk. Any thread may call; a node is asked by one at a time."""

    def __init__(
        self,
        queue: Queue,
        vault: Vault,
        holders: tuple[Holder, ...],
        settings: IpfsSettings,
        *,
        connect: Callable[[Holder, IpfsSettings], Keeps] = IpfsNode,
    ) -> None:
        self.queue = queue
        self.holders = holders
        self._vault = vault
        self._settings = settings
        self._nodes = {one.name: connect(one, settings) for one in holders}
        self._locks = {one.name: threading.Lock() for one in holders}
        self._noting = threading.Lock()
        self._last: dict[str, str] = {}
        self._failures: dict[str, int] = {}

    @property
    def active(self) -> bool:
        """Whether the settings name a node."""
        return bool(self.holders)

    def must_be_active(self) -> None:
        if not self.active:
            raise IpfsNotSetUp("no IPFS node is set up; the vault is on the disk", field="ipfs.rpc")

    def close(self) -> None:
        """Cut off what is being asked, and ask nothing more."""
        for node in self._nodes.values():
            node.close()

    def last(self, holder: str) -> str:
        """What went wrong when a node was asked last; empty for nothing."""
        return self._last.get(holder, "")

    def failures(self) -> dict[str, int]:
        """How often a call failed in this process, by code."""
        return dict(self._failures)

    def standing(self) -> list[Standing]:
        """Every node of the settings, this office's own first."""
        return [Standing(self.queue.tally(one.name), self.last(one.name)) for one in self.holders]

    # -- what is to be kept ---------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Once in a process: nodes that the settings have come to name are to have all, and what could not be read is
        looked at again.
        """
        self.queue.look_again()
        for one in self.holders:
            self.queue.complete(one.name)

    def note(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Queue the blobs of documents that were not looked at yet; says how many."""
        noted = 0
        with self._noting:
            while self.active and not stopping() and self.queue.has_unseen():
                digests = self.queue.unseen()
                blobs = [blob for digest in digests if (blob := self._blob(digest)) is not None]
                self.queue.enter(blobs, self._names, digests)
                noted += len(blobs)
        return noted

    def note_one(self, digest: Digest) -> Blob:
        """Queue the blob of a document as it lies in the vault now. Raises what the vault does."""
        content = self._vault.blob(digest)
        blob = Blob(cid_of(content), digest, len(content))
        self.queue.enter([blob], self._names, [digest])
        return blob

    def _blob(self, digest: Digest) -> Blob | None:
        try:
            content = self._vault.blob(digest)
        except (VaultErased, VaultMissing):
            return None
        except VaultCorrupt:
            self.queue.unreadable(digest)
            return None
        return Blob(cid_of(content), digest, len(content))

    # -- one node -------------------------------------------------------------------------------------------------

    def round(self, holder: str, stopping: Callable[[], bool] = lambda: False) -> bool:
        """Ask a node for what is due; says whether more may be. Nothing is raised but the faults of our own disk."""
        node, code, row = self._nodes[holder], "", 0
        with self._locks[holder]:
            due = self.queue.due(holder, AT_ONCE)
            for pin in due:
                if stopping():
                    return False
                try:
                    self._ask(node, pin)
                except (IpfsFault, VaultCorrupt) as error:
                    if stopping():  # it was cut off, which says nothing of the node
                        return False
                    code, row = error.code, row + 1
                    self._failures[code] = self._failures.get(code, 0) + 1
                    self.queue.failed(pin, code, self._settings.retry_seconds)
                    if isinstance(error, IpfsUnreachable) or row == PATIENCE:
                        break
                else:
                    row = 0
            if due:
                self._last[holder] = code
        return len(due) == AT_ONCE and not code

    def _ask(self, node: Keeps, pin: Pin) -> None:
        recheck = self._settings.recheck_seconds
        if pin.state == LEAVING:
            node.unpin(pin.cid)
            self.queue.done(pin, GONE, 0)
        elif pin.state == PINNED and node.is_pinned(pin.cid):
            self.queue.done(pin, PINNED, recheck)
        elif pin.state == PINNED:  # it was let go behind our back
            self.queue.done(pin, WAITING, 0)
        elif pin.holder == self.holders[0].name:
            self._add(node, pin)
        else:
            node.pin(pin.cid)
            self.queue.done(pin, PINNED, recheck)

    def _add(self, node: Keeps, pin: Pin) -> None:
        try:
            content = self._vault.blob(pin.digest)
        except (
            VaultErased,
            VaultMissing,
        ):  # the erasure has its own way to the queue; there is nothing to send
            self.queue.done(pin, LEAVING, 0)
            return
        if cid_of(content) != pin.cid:  # sealed anew since: the blob of now takes its place
            self.note_one(pin.digest)
            return
        node.add(content)
        self.queue.done(pin, PINNED, self._settings.recheck_seconds)

    # -- getting back ---------------------------------------------------------------------------------------------

    def fetch(self, digest: Digest) -> Blob:
        """Bring back a document's blob that the disk has lost, through this office's own node: as long as it was, with
        its CID, opened by the document's key, having the document's digest. Raises an `IpfsFault` where it cannot be
        fetched, which says nothing of whether it is there; `VaultCorrupt` where no key opens it.
        """
        self.must_be_active()
        self._vault.expects(digest)  # VaultErased, VaultMissing: no key would open it
        blob = self.queue.blob_of(digest)
        if blob is None:
            raise IpfsNeverQueued("the document's CID is not known here", field=digest.hex())
        self._vault.restore(digest, self.read(blob.cid, blob.length))
        return blob

    def read(self, cid: str, length: int) -> bytes:
        """A blob from this office's own node, which fetches it from others if it must."""
        self.must_be_active()
        return self._nodes[self.holders[0].name].read(cid, length)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.holders)
