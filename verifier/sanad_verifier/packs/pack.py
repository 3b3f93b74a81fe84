"""The pack: one signed file for a shift (docs/spec/pack.md).

It lists documents of chosen types and offices with their standing as of a checkpoint. An inclusion proof shows that
something was issued; a pack also says what was not, and what has become of it since.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sanad_verifier.checkpoints import TrustedCheckpoint, verify_checkpoint
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.entries import BatchLeaf
from sanad_verifier.packs.contents import Contents, SectionHead, pack_id, verify_contents
from sanad_verifier.packs.section import PackInvalid, SectionTable
from sanad_verifier.packs.tags import NUMBER, THING, code_tag, tag
from sanad_verifier.short_code import digest_range
from sanad_verifier.stored_zip import ZipInvalid, read_zip, write_zip
from sanad_verifier.trust import Trust

NOTE, CHECKPOINT, CONTENTS, SECTIONS = "pack.note", "checkpoint", "contents.json", "sections.bin"
SIZE_AT_MOST = 256 << 20


@dataclass(frozen=True, slots=True)
class PackFile:
    """The members of a pack's file: a signed note over the contents, a cosigned checkpoint, both as texts; the
    contents in canonical JSON; the sections, one after the other.
    """

    note: bytes
    checkpoint: bytes
    contents: bytes
    sections: bytes

    def encode(self) -> bytes:
        """The file's bytes."""
        return write_zip(
            [
                (NOTE, self.note),
                (CHECKPOINT, self.checkpoint),
                (CONTENTS, self.contents),
                (SECTIONS, self.sections),
            ]
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A document in a pack: its section, and its place there."""

    head: SectionHead
    table: SectionTable
    index: int


def is_pack(data: bytes) -> bool:
    """Whether a file begins as a pack does; says nothing about the rest."""
    return data.startswith(b"PK\x03\x04") and data[30 : 30 + len(NOTE)] == NOTE.encode()


def read_pack(data: bytes) -> PackFile:
    """The members of a pack's file; an `EvidenceError` unless writing them gives the same bytes."""
    if len(data) > SIZE_AT_MOST:
        raise PackInvalid("the file is larger than a pack may be", field="pack")
    members = members_of(data, "pack")
    if tuple(members) != (NOTE, CHECKPOINT, CONTENTS, SECTIONS):
        raise PackInvalid("the file is no pack", field="pack")
    return PackFile(*members.values())


def members_of(data: bytes, field: str) -> dict[str, bytes]:
    """The members of an archive by name; `PackInvalid` if the bytes are none."""
    try:
        return dict(read_zip(data))
    except ZipInvalid as error:
        raise PackInvalid("the file is no archive in its one encoding", field=field) from error


def open_pack(data: bytes, trust: Trust) -> "Pack":
    """The pack in a file, once its signatures, its checkpoint and its sections were checked; an `EvidenceError`."""
    return verify_pack(read_pack(data), trust)


def verify_pack(file: PackFile, trust: Trust) -> "Pack":
    """The same of members that were read already."""
    contents = verify_contents(file.contents, file.note, trust)
    checkpoint = verify_checkpoint(
        file.checkpoint, trust.origin, trust.log_keys, trust.cosigners, trust.quorum, trust.windows
    )
    if (checkpoint.checkpoint.size, checkpoint.checkpoint.root) != (contents.size, contents.root):
        raise PackInvalid("the pack is of another checkpoint", field="checkpoint")
    if sha256(file.sections) != contents.sections_digest:
        raise PackInvalid("the sections are not those that were signed", field="sections.bin")
    return Pack(contents, checkpoint, tables(contents, file.sections), pack_id(file.contents))


def tables(contents: Contents, sections: bytes) -> tuple[SectionTable, ...]:
    """The tables in the bytes of all sections; `PackInvalid` if those are not as long as their shapes say."""
    found, at = [], 0
    for head in contents.sections:
        found.append(SectionTable(sections[at : at + head.shape.size()], head.shape))
        at += head.shape.size()
    if at != len(sections):
        raise PackInvalid("there is something after the last section", field="sections.bin")
    return tuple(found)


class Pack:
    """A pack that was checked. `time` is as of when it speaks (seconds), `id` the SHA-256 of its contents in hex."""

    def __init__(
        self, contents: Contents, checkpoint: TrustedCheckpoint, sections: tuple[SectionTable, ...], id_: str
    ) -> None:
        self.contents = contents
        self.checkpoint = checkpoint
        self.time = min(contents.time, checkpoint.time)
        self.id = id_
        self._sections = tuple(zip(contents.sections, sections, strict=True))

    def listed(self, digest: Digest, doc_type: str, formation: int) -> Place | None:
        """The document of this digest, type and issuer."""
        meant = (one for one in self.of_digest(digest) if one.head.doc_type == doc_type)
        return next((one for one in meant if one.head.formation == formation), None)

    def of_digest(self, digest: Digest) -> list[Place]:
        """Every document of this digest; several if several offices issued the same."""
        return self._between(digest, digest)

    def of_short_code(self, text: str) -> list[Place]:
        """Every document of a short code; `ShortCodeInvalid` if it was mistyped."""
        return self._between(*digest_range(text))

    def _between(self, low: bytes, high: bytes) -> list[Place]:
        return [
            Place(head, table, place)
            for head, table in self._sections
            for place in table.places_between(low, high)
        ]

    def of_number(self, number: str) -> list[Place]:
        """Every document that may have this business number."""
        wanted = tag(self.contents.salt, NUMBER, number)
        return [
            Place(h, table, place) for h, table in self._sections for place in table.places_of_number(wanted)
        ]

    def of_thing(self, reading: str) -> list[Place]:
        """Every document that may be about the thing with this chassis, engine or container number."""
        wanted = tag(self.contents.salt, THING, reading)
        return [
            Place(head, table, place)
            for head, table in self._sections
            for place in sorted(set(table.places_of_thing(wanted)))
        ]

    def standing(self, one: Place) -> str:
        """Its standing as of `time`."""
        return one.table.standing(one.index)

    def is_about(self, one: Place, reading: str) -> bool:
        """Whether it names the thing with this number."""
        return tag(self.contents.salt, THING, reading) in one.table.tags(one.index)[1:]

    def names_things(self, one: Place) -> bool:
        """Whether anything is known of what it is about."""
        return len(one.table.tags(one.index)) > 1

    def fits_code(self, one: Place, leaf: BatchLeaf, time: int) -> bool | None:
        """Whether a printed code says of it what was issued; None if the pack does not know."""
        told = one.table.code(one.index)
        return told == code_tag(self.contents.salt, leaf, time) if told else None

    def __iter__(self) -> Iterator[tuple[SectionHead, SectionTable]]:
        return iter(self._sections)
