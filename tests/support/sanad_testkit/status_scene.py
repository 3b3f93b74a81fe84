"""A small log in which status lists were published: a list, then deltas to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sanad_testkit.evidence import DAY, NOW, OFFICE, ORIGIN, Scene, issue
from sanad_verifier.digests import Digest, hash_leaf, sha256
from sanad_verifier.entries import encode_entry
from sanad_verifier.merkle import Levels
from sanad_verifier.standings import STANDINGS
from sanad_verifier.status_lists.document import DOC_TYPE, Delta, ListDocument
from sanad_verifier.status_lists.state import ListState, member_key, state_of

GROUP = "KAPW"
PUBLISHED_AT = NOW - DAY
Step = tuple[Mapping[int, str], Mapping[int, str]]
"""What is not simply active: standings by entry, and by place in the batch."""


@dataclass
class StatusScene(Scene):
    """`steps` are the standings that each publication says or leads to; the first is a list, the others deltas, unless
    `whole` has their sequence.
    """

    steps: tuple[Step, ...] = (({}, {}), ({5: "revoked"}, {3: "suspended"}))
    whole: frozenset[int] = frozenset({1})
    published: list[ListDocument] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        state: ListState | None = None
        for step in self.steps:
            state = self.publish(self.state(*step), state)

    def state(self, entries: Mapping[int, str], places: Mapping[int, str]) -> ListState:
        """The standings of the log as it is."""
        invoices = {
            member_key(OFFICE, "INVOICE", self.batch_leaves[place].subject): STANDINGS[standing]
            for place, standing in places.items()
        }
        return state_of(len(self.entries), ((at, STANDINGS[one]) for at, one in entries.items()), invoices)

    def publish(self, state: ListState, before: ListState | None) -> ListState:
        """Append the next publication."""
        sequence = len(self.published) + 1
        told: ListState | Delta = state
        if before is not None and sequence not in self.whole:
            entries, members = before.changes_to(state)
            told = Delta(tuple(entries), tuple(members))
        self.append(
            ListDocument(
                origin=ORIGIN,
                group=GROUP,
                formations=(OFFICE,),
                sequence=sequence,
                size=len(self.entries),
                root=self.tree.root,
                time=PUBLISHED_AT + sequence * 60,
                previous=Digest(sha256(self.published[-1].encode())) if self.published else None,
                state=state.digest(),
                told=told,
            )
        )
        return state

    def append(self, document: ListDocument, **changes: object) -> int:
        """Append an entry that issues a publication, and return its place; `changes` are of the entry."""
        self.published.append(document)
        entry = issue(document.encode(), doc_type=DOC_TYPE, time=document.time + 5)
        self.entries.append(replace(entry, **changes))  # type: ignore[arg-type]
        self.documents[len(self.entries) - 1] = document.encode()
        self.size = len(self.entries)
        self.tree = Levels([hash_leaf(encode_entry(one)) for one in self.entries])
        return self.size - 1

    def lists(self) -> list[bytes]:
        """The bundles of all publications."""
        first = self.size - len(self.published)
        return [self.bundle(first + place) for place in range(len(self.published))]
