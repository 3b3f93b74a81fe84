"""Following the log from mirrors that need not be trusted.

All mirrors are asked for their checkpoint first, so that two that tell different stories are noticed whichever is
followed. Then the longest is taken, or the next where that one's files are not what its checkpoint says. What this node
has is never given up for anything else; what proves that a log has two faces is kept, for everybody to check.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from sanad_node.mirror.copying import MirrorOlder
from sanad_node.mirror.extending import LogForked, SourceTree, head_of, must_extend
from sanad_node.mirror.fetching import Fetched
from sanad_node.mirror.knowledge import FETCHED, Came, Last, MirrorUnvouched
from sanad_node.mirror.sources import Source, opened
from sanad_node.mirror.taking import bundles, take
from sanad_node.node import Node
from sanad_node.projection.log_tree import LogTree
from sanad_node.status_lists.history import LIST_AT_MOST, STATUS_LIST
from sanad_node.store.faults import store_error
from sanad_node.store.ledger_tables import batches, documents
from sanad_node.witness import keep_equivocation
from sanad_verifier.checkpoints import TrustedCheckpoint
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import EnvironmentFault, EvidenceError, InputError, SanadError
from sanad_verifier.mirror import CHECKPOINT_AT_MOST, trusted
from sanad_verifier.status_lists.document import DOC_TYPE
from sanad_verifier.tiles import CHECKPOINT

Opener = Callable[[str], AbstractContextManager[Source]]


class MirrorStale(EvidenceError):
    """The members cosigned the mirror's checkpoint longer ago than the trust file lets anybody rely on."""

    code = "MIRROR_STALE"


class NoMirror(InputError):
    """No mirror is named."""

    code = "NO_MIRROR"


class SyncFailed(EnvironmentFault):
    """None of several mirrors could be followed; the message says what kept each."""

    code = "SYNC_FAILED"


@dataclass(frozen=True, slots=True)
class Synced:
    """Where the node is now: entries, root, when the members cosigned that (seconds), how many entries were taken, and
    what each mirror came to.
    """

    size: int
    root: Digest
    time: int
    taken: int
    came: tuple[Came, ...]

    @property
    def forked(self) -> bool:
        """Whether a mirror has shown another log under the same name."""
        return any(one.code == LogForked.code for one in self.came)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A source that has told a checkpoint which can be believed."""

    place: str
    files: Source
    note: bytes
    head: TrustedCheckpoint

    @property
    def size(self) -> int:
        return self.head.checkpoint.size

    @property
    def root(self) -> Digest:
        return self.head.checkpoint.root


def sync(
    node: Node,
    places: Sequence[str] = (),
    *,
    stale: bool = False,
    go_on: Callable[[], bool] = lambda: True,
    open_: Opener = opened,
) -> Synced:
    """Bring a node that mirrors up to the longest checkpoint that one of the mirrors has; of `places`, or of those it
    was given. `stale` takes a checkpoint however old it is. It ends, with nothing half-done, when it is not to `go_on`.

    Raises what was wrong with the mirror, or `SyncFailed` if there are several, when none could be followed. A node
    that has what a mirror offers already has followed it.
    """
    if not places:
        places = node.knowledge.sources()
    if not places:
        raise NoMirror("no mirror is named", field="--mirror")
    run = _Run(node, stale, go_on)
    with ExitStack() as stack:
        stack.enter_context(node.knowledge.one_at_a_time)
        run.ask(places, lambda place: stack.enter_context(open_(place)))
        run.compare_with_each_other()
        run.follow()
    return run.end()


class _Run:
    """One sync. `came` holds what each place has come to, `failures` why."""

    def __init__(self, node: Node, stale: bool, go_on: Callable[[], bool]) -> None:
        self._node = node
        self._go_on = go_on
        self._stale = stale
        self._offers: list[_Offer] = []
        self._came: dict[str, Came] = {}
        self._failures: list[SanadError] = []
        self._followed = ""
        self._taken = 0

    # -- asking ---------------------------------------------------------------------------------------------------

    def ask(self, places: Sequence[str], files_of: Callable[[str], Source]) -> None:
        for place in dict.fromkeys(places):
            self._came[place] = Came(place)
            try:
                files = files_of(place)
                note = files.read(CHECKPOINT, CHECKPOINT_AT_MOST)
                offer = _Offer(place, files, note, trusted(note, self._node.knowledge.trust))
                self._came[place] = Came(place, offer.size, offer.head.time)
                self._must_be_recent(offer)
                self._offers.append(offer)
            except SanadError as error:
                self._failed(place, error)

    def _must_be_recent(self, offer: _Offer) -> None:
        if not self._stale and self._node.clock() - offer.head.time > self._node.knowledge.trust.usable_for:
            raise MirrorStale("the members cosigned this checkpoint too long ago", field=CHECKPOINT)

    def compare_with_each_other(self) -> None:
        """Of offers of one size and several roots all but one are lies of the log's. That one is followed if what is
        known tells it from the others, otherwise none.
        """
        for size in {offer.size for offer in self._offers}:
            rivals = [offer for offer in self._offers if offer.size == size]
            if len({one.root for one in rivals}) == 1:
                continue
            fitting = {one.root for one in rivals if self._extends_what_is_known(one)}
            for one in rivals:
                if fitting != {one.root}:
                    self._offers.remove(one)
                    self._refuse(one, next(other.note for other in rivals if other.root != one.root))

    def _extends_what_is_known(self, offer: _Offer) -> bool:
        known = self._node.knowledge.newest()
        if known is None:
            return False
        try:
            self._must_agree(offer, known, self._node.reader.position().size)
        except MirrorOlder:
            return True
        except SanadError:
            return False
        return True

    def _refuse(self, offer: _Offer, other: bytes) -> None:
        try:
            must_extend((offer.note, SourceTree(offer.files, offer.size)), other)
        except SanadError as error:
            self._failed(offer.place, error)

    # -- following ------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        for offer in sorted(self._offers, key=lambda one: -one.size):
            try:
                self._follow(offer)
            except DatabaseError as error:
                raise store_error(error, "ledger.db") from error
            except SanadError as error:
                self._failed(offer.place, error)
            else:
                self._followed = self._followed or offer.place

    def _follow(self, offer: _Offer) -> None:
        """Take what the offer has more, or see that it has nothing that this node has not."""
        known, size = self._node.knowledge.newest(), self._node.reader.position().size
        if known is not None:
            self._must_agree(offer, known, size)
        elif offer.size < size:
            raise MirrorOlder("the mirror has fewer entries than this node", field=CHECKPOINT)
        if offer.size > size or known is None:
            self._take(offer, size)
        elif offer.size == size and offer.head.time > self._known_since(size):
            self._node.knowledge.keep_head(offer.note, size)  # the same log, cosigned again
        self._node.knowledge.drop_heads(but=self._node.reader.position().size)
        self._fetch_lists(offer)

    def _known_since(self, size: int) -> int:
        """When what is known was cosigned by those who are believed now; -1 if they have not."""
        try:
            return self._node.knowledge.kept(size).time
        except MirrorUnvouched:
            return -1

    def _must_agree(self, offer: _Offer, known: bytes, size: int) -> None:
        before = head_of(known)
        if offer.size >= before.size:
            must_extend((offer.note, SourceTree(offer.files, offer.size)), known)
            return
        if size == before.size:
            must_extend((known, LogTree(self._node.ledger, size)), offer.note)
        if not self._followed:
            raise MirrorOlder("the mirror has fewer entries than this node", field=CHECKPOINT)

    def _take(self, offer: _Offer, size: int) -> None:
        files = Fetched(offer.files, offer.place, self._node.knowledge.folder / FETCHED, self._go_on)
        try:
            self._fetch_and_take(offer, files, size)
        except EvidenceError:
            again = files.reused > 0  # it may be our copy that is damaged
            files.drop()
            if not again:
                raise
            self._fetch_and_take(offer, files, size)
        files.drop()

    def _fetch_and_take(self, offer: _Offer, files: Fetched, size: int) -> None:
        files.fetch(bundles(size, offer.size))
        self._taken += take(self._node, files, offer.head, offer.note)

    def _fetch_lists(self, offer: _Offer) -> None:
        """The documents of status lists, which devices ask this node for. One that is missing or another document is
        somebody's fault, and no reason not to know the log.
        """
        alone = ~documents.c.entry.in_(select(batches.c.entry))
        published = select(documents.c.digest).where(documents.c.doc_type == DOC_TYPE, alone)
        with self._node.ledger.connect() as connection:
            wanted = [Digest(bytes(one)) for one in connection.execute(published).scalars()]
        for digest in wanted:
            if self._node.vault.has(digest):
                continue
            path = f"{STATUS_LIST}/{digest.hex()}"
            try:
                data = offer.files.read(path, LIST_AT_MOST)
            except SanadError:
                continue
            if sha256(data) == digest:
                self._node.vault.put(digest, data)

    # -- ending ---------------------------------------------------------------------------------------------------

    def _failed(self, place: str, error: SanadError) -> None:
        if isinstance(error, LogForked) and error.proof is not None:
            keep_equivocation(self._node.office, error.proof, int(self._node.clock()))
        self._came[place] = replace(
            self._came[place], code=error.code, message=error.message, field=error.field or ""
        )
        self._failures.append(error)

    def end(self) -> Synced:
        """What it came to, noted; raises if nothing was followed."""
        knowledge, now = self._node.knowledge, int(self._node.clock())
        came, before = tuple(self._came.values()), knowledge.last()
        done, source = (now, self._followed) if self._followed else (before.done, before.source)
        knowledge.note_last(Last(now, done, source, came))
        if not self._followed:
            if len(came) == 1 and self._failures:
                raise self._failures[0]
            raise self._nothing(came)
        kept = knowledge.kept(self._node.reader.position().size)
        return Synced(kept.size, kept.root, kept.time, self._taken, came)

    def _nothing(self, came: tuple[Came, ...]) -> SanadError:
        """The error for several mirrors: that of the first that was wrong, else that none could be asked."""
        wrong = next((one for one in self._failures if isinstance(one, EvidenceError)), None)
        if wrong is not None:
            return wrong
        told = ", ".join(f"{one.source}: {one.code}" for one in came if one.code)
        return SyncFailed(f"no mirror could be followed ({told})", field="--mirror")
