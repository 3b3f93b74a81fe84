"""Status lists as evidence: bundles of publications, each proved to be in the log, and what they say together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sanad_verifier.bundle import unpack
from sanad_verifier.checkpoints import verify_checkpoint_note
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.entries import Entry, Kind
from sanad_verifier.errors import EvidenceError
from sanad_verifier.status_lists.document import DOC_TYPE, Delta, ListDocument, parse_list
from sanad_verifier.status_lists.state import ListState, StatusListInvalid
from sanad_verifier.tlog_proof import parse_tlog_proof, verify_tlog_proof
from sanad_verifier.trust import Trust


class StatusListGap(EvidenceError):
    """A delta is there without the publication before it."""

    code = "STATUS_LIST_GAP"


@dataclass(frozen=True, slots=True)
class Published:
    """A publication that is in the log: its digest, its entry's place, who published it, and the time (seconds) of
    the newest checkpoint at hand that says so.
    """

    document: ListDocument
    digest: Digest
    index: int
    entry: Entry
    seen: int


@dataclass(frozen=True, slots=True)
class StatusList:
    """The standings that a publication says or leads to."""

    published: Published
    state: ListState

    @property
    def time(self) -> int:
        """As of when, in seconds: what it says itself, but not later than its own entry."""
        return min(self.published.document.time, self.published.entry.time)

    def knows(self, index: int, entry: Entry) -> bool:
        """Whether it speaks of what the entry at `index` issued."""
        document = self.published.document
        return index < document.size and entry.formation in document.formations


def read_published(data: bytes, trust: Trust) -> Published:
    """The publication in a bundle, proved to be in the log; raises an `EvidenceError`."""
    bundle = unpack(data)
    proof = parse_tlog_proof(bundle.proof)
    checkpoint = verify_checkpoint_note(
        proof.note, trust.origin, trust.log_keys, trust.cosigners, trust.quorum, trust.windows
    )
    entry = verify_tlog_proof(proof, checkpoint.checkpoint.size, checkpoint.checkpoint.root)
    if entry.kind is not Kind.ISSUE or entry.doc_type != DOC_TYPE or bundle.document is None:
        raise StatusListInvalid("the bundle is not that of a status list", field="document")
    digest = sha256(bundle.document)
    if digest != entry.subject:
        raise StatusListInvalid("the status list is not the one that was issued", field="document")
    since = trust.distrusted.get(entry.key)
    if since is not None and entry.time >= since:
        raise StatusListInvalid("the key that published it was declared compromised", field="document")
    document = parse_list(bundle.document)
    must_fit(document, proof.index, trust.origin)
    return Published(document, digest, proof.index, entry, checkpoint.time)


def must_fit(document: ListDocument, index: int, origin: str) -> None:
    """Raise unless a publication is of this log, and of a size before its own entry."""
    if document.origin != origin:
        raise StatusListInvalid("the status list is of another log", field="/origin")
    if document.size > index:
        raise StatusListInvalid("the status list speaks of more entries than there were", field="/size")


def together(published: Iterable[Published]) -> tuple[StatusList, ...]:
    """What publications say together: the newest that can be reached from a list, for each publisher and group.

    `StatusListGap` if a delta is there to which nothing leads; a list or delta that others overtake is of no use.
    """
    series: dict[tuple[int, str], dict[int, Published]] = {}
    for one in published:
        of_series = series.setdefault((one.entry.formation, one.document.group), {})
        known = of_series.setdefault(one.document.sequence, one)
        if known.digest != one.digest:
            raise StatusListInvalid("two publications have the same number", field="/sequence")
    return tuple(
        _followed([of_series[number] for number in sorted(of_series)]) for of_series in series.values()
    )


def _followed(published: Sequence[Published]) -> StatusList:
    """Where a series leads: from its last list on, since nothing before that is needed."""
    lists = [place for place, one in enumerate(published) if isinstance(one.document.told, ListState)]
    found: StatusList | None = None
    for one in published[lists[-1] if lists else 0 :]:
        found = following(found, one)
    assert found is not None  # a series has one publication at least
    return found


def following(before: StatusList | None, one: Published) -> StatusList:
    """The list that a publication makes of the one before it; `StatusListGap` if a delta does not follow on it."""
    told = one.document.told
    if isinstance(told, Delta):
        if before is None or one.document.previous != before.published.digest:
            raise StatusListGap(
                f"number {one.document.sequence} changes the one before it, which is not at hand",
                field="/previous",
            )
        if one.document.size < before.state.size:
            raise StatusListInvalid("the delta is of an older log than what it changes", field="/size")
        told = before.state.changed(one.document.size, told.entries, told.members)
    if told.digest() != one.document.state:
        raise StatusListInvalid("the standings are not those that the list says it has", field="/state")
    return StatusList(one, told)


def read_lists(bundles: Iterable[bytes], trust: Trust) -> tuple[StatusList, ...]:
    """What the publications in these bundles say together; raises an `EvidenceError`."""
    return together([read_published(data, trust) for data in bundles])
