"""What a status list says: the standing of every document of a group, as of a size of the log.

By the number of its entry for a document that was issued by itself; by its member key for one of a batch. Whoever has
the log and the batches' leaves can work all of it out again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sanad_verifier.digests import Digest, sha256
from sanad_verifier.entries import Entry, Kind
from sanad_verifier.errors import EvidenceError
from sanad_verifier.standings import BITS, STANDINGS, name_of, packed, value_at

MEMBER_SIZE = 16
ACTIVE, SUSPECT = STANDINGS["active"], STANDINGS["suspect"]
VALUES_MOST = (1 << BITS) - 1
ENTRIES_AT_MOST = 1 << 26
"""Entries of a log that a list can speak of: 32 MiB of standings."""
Change = tuple[int, int]
MemberChange = tuple[bytes, int]


class StatusListInvalid(EvidenceError):
    """The document is no status list, or not in its one encoding, or says another thing than it should."""

    code = "STATUS_LIST_INVALID"


def member_key(formation: int, doc_type: str, digest: bytes) -> bytes:
    """What a document of a batch is listed by: 16 bytes of SHA-256 over formation (4), type, a zero byte,
    and digest.
    """
    return sha256(formation.to_bytes(4) + doc_type.encode("ascii") + b"\0" + digest)[:MEMBER_SIZE]


@dataclass(frozen=True, slots=True)
class ListState:
    """`values` has four bits for each entry of the first `size`, `members` the standings of documents of batches that
    are not simply active.
    """

    size: int
    values: bytes
    members: Mapping[bytes, int]

    def standing(self, index: int, entry: Entry, digest: bytes) -> str:
        """The standing of a document that the entry at `index`, which the list knows, issued."""
        value = value_at(self.values, index)
        if value == ACTIVE and entry.kind is Kind.ISSUE_BATCH:
            value = self.members.get(member_key(entry.formation, entry.doc_type, digest), ACTIVE)
        return name_of(value)

    def rows(self) -> bytes:
        """The members in order, 17 bytes each: key, standing."""
        return b"".join(key + bytes((value,)) for key, value in sorted(self.members.items()))

    def digest(self) -> Digest:
        """The SHA-256 over size (8), values and members."""
        return sha256(self.size.to_bytes(8) + self.values + self.rows())

    def changed(self, size: int, entries: Iterable[Change], members: Iterable[MemberChange]) -> "ListState":
        """The state at a later size."""
        values = bytearray(self.values.ljust((size + 1) // 2, b"\0"))
        for place, value in entries:
            at, high = divmod(place, 2)
            values[at] = (values[at] & 0x0F) | value << BITS if high else (values[at] & 0xF0) | value
        named = {**self.members, **dict(members)}
        return ListState(size, bytes(values), {key: value for key, value in named.items() if value != ACTIVE})

    def changes_to(self, newer: "ListState") -> tuple[list[Change], list[MemberChange]]:
        """What `changed` needs to make the newer state of this one."""
        entries = [
            (place, value_at(newer.values, place))
            for place in differing(self.values.ljust(len(newer.values), b"\0"), newer.values)
            if place < newer.size
        ]
        keys = self.members.keys() | newer.members.keys()
        members = [
            (key, newer.members.get(key, ACTIVE))
            for key in sorted(keys)
            if self.members.get(key) != newer.members.get(key)
        ]
        return entries, members


def state_of(size: int, entries: Iterable[Change], members: Mapping[bytes, int]) -> ListState:
    """The state in which all documents are active but these."""
    return ListState(size, packed(entries, size), dict(members))


def members_of(rows: bytes) -> dict[bytes, int]:
    """The members in a row of 17 bytes each; `StatusListInvalid` unless in their one encoding."""
    width = MEMBER_SIZE + 1
    cut = [rows[at : at + width] for at in range(0, len(rows), width)]
    found = {one[:MEMBER_SIZE]: one[-1] for one in cut}
    wrong = len(rows) % width or len(found) != len(cut) or cut != sorted(cut)
    if wrong or not all(ACTIVE < value <= VALUES_MOST for value in found.values()):
        raise StatusListInvalid("the members are not in their one encoding", field="/members")
    return found


def differing(one: bytes, other: bytes) -> list[int]:
    """The places at which two rows of standings of the same length differ."""
    found: list[int] = []
    step = 4096
    for start in range(0, len(one), step):
        if one[start : start + step] == other[start : start + step]:
            continue
        for at in range(start, min(start + step, len(one))):
            if one[at] != other[at]:
                found += [
                    2 * at + high for high in (0, 1) if (one[at] ^ other[at]) >> BITS * high & VALUES_MOST
                ]
    return found
