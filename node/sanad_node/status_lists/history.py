"""What every status list in a log should say, followed from the log's entries alone: how a mirror finds out a list that
was hidden, taken back, or says another thing than the log.
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from sanad_node.projection.apply import STATE_AFTER
from sanad_node.reading import FormationRecord
from sanad_node.regions import inside
from sanad_node.status_lists.present import Places, places_of
from sanad_node.successions import Succession
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.entries import Entry, Kind, StatusWord
from sanad_verifier.errors import EvidenceError
from sanad_verifier.register_words import Condition, ParentWord
from sanad_verifier.standings import STANDINGS
from sanad_verifier.status_lists.document import DOC_TYPE, EVERYONE, parse_list
from sanad_verifier.status_lists.lists import Published, StatusList, following, must_fit
from sanad_verifier.status_lists.state import ACTIVE, SUSPECT, ListState, member_key, state_of
from sanad_verifier.title_words import TitleWord

STATUS_LIST = "status-list"
LIST_AT_MOST = 16 << 20
Document = tuple[int, str, bytes]
CONSUMED = STANDINGS["consumed"]
SURRENDERED = STANDINGS["surrendered"]


class StatusListWrong(EvidenceError):
    """A published status list is not there, does not follow on the one before, or is not what the log makes it."""

    code = "STATUS_LIST_WRONG"


@dataclass(frozen=True, slots=True)
class Checked:
    """The last publication of a series that agrees with the log. `publisher` is the code of a formation."""

    publisher: str
    group: str
    sequence: int
    time: int


@dataclass(slots=True)
class History:
    """Follows the entries of a log. Times in seconds."""

    acts: list[tuple[int, Document, int]] = field(default_factory=list)
    compromised: list[tuple[int, bytes, int]] = field(default_factory=list)
    issued: dict[bytes, "array[int]"] = field(default_factory=dict)
    """By key: place, time and formation of every issue, one after the other."""
    published: list[tuple[int, Entry]] = field(default_factory=list)
    formations: list[tuple[int, FormationRecord]] = field(default_factory=list)
    successions: list[Succession] = field(default_factory=list)
    consumed: set[Document] = field(default_factory=set)
    surrendered: set[Document] = field(default_factory=set)

    def see(self, index: int, entry: Entry) -> None:
        """Take the next entry."""
        kind = entry.kind
        if kind in {Kind.ISSUE, Kind.ISSUE_BATCH}:
            self.issued.setdefault(entry.key, array("Q")).extend((index, entry.time, entry.formation))
            if entry.doc_type == DOC_TYPE:
                self.published.append((index, entry))
        elif kind in STATE_AFTER:
            issuer = StatusWord.unpack(entry.data).issuer
            document = (issuer, entry.doc_type, entry.subject)
            standing = STANDINGS[STATE_AFTER[kind]]
            if standing == ACTIVE and document in self.consumed:
                standing = CONSUMED  # reinstated, and still used up
            elif standing == ACTIVE and document in self.surrendered:
                standing = SURRENDERED  # reinstated, and still with its carrier
            self.acts.append((index, document, standing))
        elif kind is Kind.CONSUME:
            self._consume(index, (int.from_bytes(entry.data), entry.doc_type, entry.subject))
        elif kind is Kind.PARENT:
            word = ParentWord.unpack(entry.data)
            if word.condition & Condition.CONSUMES:
                self._consume(index, (word.issuer, entry.doc_type, entry.related))
        elif kind in {Kind.SURRENDER_FOR_DELIVERY, Kind.SURRENDER_FOR_AMENDMENT, Kind.SREJ}:
            self._surrender(index, entry)
        elif kind is Kind.KEY_COMPROMISED:
            self.compromised.append((index, entry.subject[12:], int.from_bytes(entry.data)))
        elif kind is Kind.FORMATION:
            self.formations.append((index, _formation(entry)))
            self._succeeds(int.from_bytes(entry.data[12:16]), int.from_bytes(entry.subject), index)
        elif kind is Kind.SUCCESSION:
            self._succeeds(int.from_bytes(entry.subject), int.from_bytes(entry.related), index)

    def _succeeds(self, predecessor: int, successor: int, index: int) -> None:
        if predecessor:  # from when on makes no difference to groups
            self.successions.append(Succession(predecessor, successor, 0, index))

    def _surrender(self, index: int, entry: Entry) -> None:
        document = (TitleWord.unpack(entry.related).issuer, entry.doc_type, entry.subject)
        back = entry.kind is Kind.SREJ
        (self.surrendered.discard if back else self.surrendered.add)(document)
        self.acts.append((index, document, ACTIVE if back else SURRENDERED))

    def _consume(self, index: int, document: Document) -> None:
        self.consumed.add(document)
        self.acts.append((index, document, CONSUMED))

    def check(
        self,
        ledger: Connection,
        fetch: Callable[[str], bytes],
        root: Callable[[int], Digest],
        origin: str,
    ) -> list[Checked]:
        """Hold every publication against the log; `fetch` gives the document of a mirror's path, `root` the log's root
        of a size. Raises `StatusListWrong`, or what `fetch` raises where a document is not there.
        """
        series: dict[tuple[int, str], _Series] = {}
        replayed, withdrawn = _Replayed(ledger, self), self._withdrawn()
        for index, entry in self.published:
            path = f"{STATUS_LIST}/{entry.subject.hex()}"
            try:
                one = _published(fetch(path), index, entry, origin)
                of_series = series.setdefault((entry.formation, one.document.group), _Series())
                of_series.take(one, withdrawn=(entry.formation, entry.subject) in withdrawn)
                if of_series.said is not None:
                    self._must_be(one, replayed, root)
            except EvidenceError as error:
                raise StatusListWrong(f"{error.message} ({error.code})", field=path) from error
        codes = {record.number: record.code for _, record in self.formations}
        return [
            Checked(codes[publisher], group, said.published.document.sequence, said.time)
            for (publisher, group), of_series in sorted(series.items(), key=lambda one: one[0])
            if (said := of_series.said) is not None
        ]

    def _withdrawn(self) -> set[tuple[int, bytes]]:
        """Publications that were revoked: their publisher says himself that they are wrong."""
        final = {document: value for _, document, value in self.acts}
        revoked = STANDINGS["revoked"]
        return {
            (issuer, digest)
            for (issuer, doc_type, digest), value in final.items()
            if (doc_type, value) == (DOC_TYPE, revoked)
        }

    def _must_be(self, one: Published, replayed: "_Replayed", root: Callable[[int], Digest]) -> None:
        document = one.document
        if root(document.size) != document.root:
            raise StatusListWrong("the list is of another log", field="/root")
        formations = [record for index, record in self.formations if index < document.size]
        region = next((record for record in formations if record.code == document.group), None)
        if region is None and document.group != EVERYONE:
            raise StatusListWrong("there was no formation of that code", field="/group")
        steps = [one for one in self.successions if one.entry < document.size]
        covered = sorted(record.number for record in inside(formations, region, steps))
        if list(document.formations) != covered:
            raise StatusListWrong("the list leaves formations out, or has others", field="/formations")
        if replayed.state(document.size, frozenset(covered)).digest() != document.state:
            raise StatusListWrong("the list says another thing of the standings than the log", field="/state")


@dataclass(slots=True)
class _Series:
    """The publications of one publisher for one group: the last, and what they say together (None after one that was
    withdrawn, until the next list).
    """

    last: Published | None = None
    said: StatusList | None = None

    def take(self, one: Published, *, withdrawn: bool) -> None:
        """The next publication; raises unless it follows on the last."""
        sequence, digest = (0, None) if self.last is None else (self.last.document.sequence, self.last.digest)
        if (one.document.sequence, one.document.previous) != (sequence + 1, digest):
            raise StatusListWrong("the list does not follow on the one before it", field="/sequence")
        if self.last is not None and one.document.size < self.last.document.size:
            raise StatusListWrong("the list is of an older log than the one before it", field="/size")
        self.said = None if withdrawn else following(self.said, one)
        self.last = one


class _Replayed:
    """The standings of any size, in whatever order sizes are asked for."""

    def __init__(self, ledger: Connection, history: History) -> None:
        self._ledger = ledger
        self._history = history
        self._latest: dict[Document, int] = {}
        self._places: dict[Document, Places] = {}
        self._done = 0
        self._size = 0

    def state(self, size: int, whose: frozenset[int]) -> ListState:
        """What a list of these formations says of the first `size` entries."""
        self._follow(size)
        singles: dict[int, int] = {}
        members: dict[bytes, int] = {}
        for document, value in self._latest.items():
            if value == ACTIVE or document[0] not in whose:
                continue
            places = self._places.get(document)
            if places is None:  # looked up once, however many lists there are
                places = self._places[document] = places_of(self._ledger, *document)
            singles.update((at, value) for at in places.alone if at < size)
            if places.in_members(size):
                members[member_key(*document)] = value
        singles.update(dict.fromkeys(self._suspect(size, whose), SUSPECT))
        return state_of(size, singles.items(), members)

    def _follow(self, size: int) -> None:
        if size < self._size:
            self._latest, self._done = {}, 0
        self._size, acts = size, self._history.acts
        while self._done < len(acts) and acts[self._done][0] < size:
            _, document, value = acts[self._done]
            self._latest[document] = value
            self._done += 1

    def _suspect(self, size: int, whose: frozenset[int]) -> Iterable[int]:
        since = {key: time for index, key, time in self._history.compromised if index < size}
        for key, moment in since.items():
            issues = self._history.issued.get(key, array("Q"))
            for index, time, formation in zip(issues[::3], issues[1::3], issues[2::3], strict=True):
                if index < size and time >= moment and formation in whose:
                    yield index


def _published(data: bytes, index: int, entry: Entry, origin: str) -> Published:
    if entry.kind is not Kind.ISSUE or sha256(data) != entry.subject:
        raise StatusListWrong("the document is not the one in the log", field="")
    document = parse_list(data)
    must_fit(document, index, origin)
    return Published(document, Digest(entry.subject), index, entry, 0)


def _formation(entry: Entry) -> FormationRecord:
    """A formation as it was registered; what has become of it since makes no difference to groups."""
    return FormationRecord(
        number=int.from_bytes(entry.subject),
        code=entry.related.rstrip(b"\0").decode("ascii"),
        kind=entry.doc_type,
        parent=int.from_bytes(entry.data[8:12]),
        valid_from=int.from_bytes(entry.data[16:24]),
        valid_to=int.from_bytes(entry.data[24:32]),
        suspended_at=0,
    )
