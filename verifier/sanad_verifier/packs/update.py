"""Updates: what makes an older pack a newer one, byte for byte (docs/spec/pack.md).

An update holds the newer pack's signed contents and the changes between the sections. Whoever applies it checks the
result as any pack: the changes themselves need no signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import merge

from sanad_verifier.digests import sha256
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.packs.contents import Contents, SectionHead, pack_id, parse_contents, verify_contents
from sanad_verifier.packs.pack import CHECKPOINT, CONTENTS, NOTE, PackFile, members_of, tables
from sanad_verifier.packs.section import PREFIX_SIZE, Listed, PackInvalid, SectionTable, Shape, write_section
from sanad_verifier.packs.tags import CODE_SIZE, TAG_SIZE
from sanad_verifier.stored_zip import write_zip
from sanad_verifier.trust import Trust
from sanad_verifier.trust_reading import JsonReader, TrustInvalid

SCHEMA = "urn:sanad:pack-update:1"
HEAD, CHANGES = "update.json", "changes.bin"
_HASH = r"[0-9a-f]{64}"
_COUNT = _PLACE = 4
_TAGS = 2


class UpdateUnfit(InputError):
    """The update is for another pack than the one at hand."""

    code = "UPDATE_UNFIT"


@dataclass(frozen=True, slots=True)
class Changes:
    """Between two sections: places of the older one that are gone, documents that are new, and places of the older one
    whose standing is another now.
    """

    gone: tuple[int, ...]
    new: tuple[Listed, ...]
    standings: tuple[tuple[int, int], ...]


def is_update(data: bytes) -> bool:
    """Whether a file begins as an update does; says nothing about the rest."""
    return data.startswith(b"PK\x03\x04") and data[30 : 30 + len(HEAD)] == HEAD.encode()


def make_update(old: PackFile, new: PackFile) -> bytes:
    """The update from one pack to another; `UpdateUnfit` if their tags are not of one salt."""
    before, after = parse_contents(old.contents), parse_contents(new.contents)
    if (before.origin, before.salt) != (after.origin, after.salt):
        raise UpdateUnfit("the packs are not of one series: take the newer one whole", field="since")
    known = _by_head(before, old.sections)
    changes = bytearray()
    for head, table in zip(after.sections, tables(after, new.sections), strict=True):
        base = _base(known, head)
        told = _changes([] if base is None else base.documents(), table.documents())
        changes += _write(told, codes=head.shape.codes)
    head_ = canonicalise({"schema": SCHEMA, "from": pack_id(old.contents)})
    members = [(HEAD, head_), (NOTE, new.note), (CHECKPOINT, new.checkpoint), (CONTENTS, new.contents)]
    return write_zip([*members, (CHANGES, bytes(changes))])


def apply_update(old: PackFile, data: bytes, trust: Trust) -> PackFile:
    """The newer pack, checked but for its checkpoint (`verify_pack` checks all). `UpdateUnfit` for an update of another
    pack, an `EvidenceError` for one that does not make what was signed.
    """
    members = members_of(data, "update")
    if tuple(members) != (HEAD, NOTE, CHECKPOINT, CONTENTS, CHANGES):
        raise PackInvalid("the file is no update of a pack", field="update")
    head_, note, checkpoint, contents, changes = members.values()
    if _from(head_) != pack_id(old.contents):
        raise UpdateUnfit("the update is for another pack: take the newer one whole", field="update")
    after = verify_contents(contents, note, trust)  # before any size in them is believed
    known = _by_head(parse_contents(old.contents), old.sections)
    told, sections = _Told(changes), []
    for head in after.sections:
        base = _base(known, head)
        one = _read(told, codes=head.shape.codes)
        documents = _applied([] if base is None else base.documents(), one)
        sections.append(_section(documents, head.shape))
    told.must_be_over()
    whole = b"".join(sections)
    if sha256(whole) != after.sections_digest:
        raise PackInvalid("the update does not make the pack it names", field="update")
    return PackFile(note, checkpoint, contents, whole)


def _from(head: bytes) -> str:
    try:
        told = JsonReader(parse(head), "")
        schema, of = told.text("schema", ".*"), told.text("from", _HASH)
    except (JsonRefused, TrustInvalid) as error:
        raise PackInvalid("the update is not in the form it should have", field="update.json") from error
    if schema != SCHEMA or canonicalise({"schema": SCHEMA, "from": of}) != head:
        raise PackInvalid("the update is not in its one encoding", field="update.json")
    return of


def _by_head(
    contents: Contents, sections: bytes
) -> dict[tuple[str, int, bytes], tuple[SectionHead, SectionTable]]:
    pairs = zip(contents.sections, tables(contents, sections), strict=True)
    return {(head.doc_type, head.formation, head.key): (head, table) for head, table in pairs}


def _base(
    known: dict[tuple[str, int, bytes], tuple[SectionHead, SectionTable]], head: SectionHead
) -> SectionTable | None:
    """The section to change, if there is one that keeps as much of each document."""
    found = known.get((head.doc_type, head.formation, head.key))
    if found is None:
        return None
    was, now = found[0].shape, head.shape
    return found[1] if (was.bits, was.codes) == (now.bits, now.codes) else None


def _changes(before: Sequence[Listed], after: Sequence[Listed]) -> Changes:
    """Two sorted lists side by side. Documents of one prefix that differ in more than standing go and come back."""
    was = {(one.prefix, one.tags, one.code): place for place, one in enumerate(before)}
    now = {(one.prefix, one.tags, one.code): one for one in after}
    if len(was) != len(before) or len(now) != len(
        after
    ):  # the same twice: by chance never, and then all is said
        return Changes(tuple(range(len(before))), tuple(after), ())
    standings = [
        (place, now[key].standing)
        for key, place in was.items()
        if key in now and now[key].standing != before[place].standing
    ]
    gone = tuple(place for key, place in was.items() if key not in now)
    return Changes(gone, tuple(one for key, one in now.items() if key not in was), tuple(standings))


def _applied(before: list[Listed], told: Changes) -> list[Listed]:
    try:
        for place, standing in told.standings:
            one = before[place]
            before[place] = Listed(one.prefix, standing, one.tags, one.code)
        for place in told.gone:
            before[place]
    except IndexError as error:
        raise PackInvalid("the update names a place that is not there", field="update") from error
    gone = frozenset(told.gone)
    kept = (one for place, one in enumerate(before) if place not in gone)
    return list(merge(sorted(kept), sorted(told.new)))


def _section(documents: list[Listed], shape: Shape) -> bytes:
    made = Shape(
        len(documents),
        shape.bits,
        shape.columns,
        sum(max(len(one.tags) - shape.columns, 0) for one in documents),
        shape.codes,
    )
    if made != shape:
        raise PackInvalid("the update does not make the pack it names", field="update")
    return write_section(documents, shape)


def _write(told: Changes, *, codes: bool) -> bytes:
    parts = [len(one).to_bytes(_COUNT) for one in (told.gone, told.new, told.standings)]
    parts += [place.to_bytes(_PLACE) for place in told.gone]
    for one in told.new:
        parts += [one.prefix, bytes([one.standing]), (len(one.tags) - 1).to_bytes(_TAGS), *one.tags]
        parts += [one.code] if codes else []
    parts += [place.to_bytes(_PLACE) + bytes([standing]) for place, standing in told.standings]
    return b"".join(parts)


def _read(told: "_Told", *, codes: bool) -> Changes:
    gone, new, standings = (told.number() for _ in range(3))
    return Changes(
        tuple(told.number() for _ in range(gone)),
        tuple(_read_document(told, codes=codes) for _ in range(new)),
        tuple((told.number(), told.standing()) for _ in range(standings)),
    )


def _read_document(told: "_Told", *, codes: bool) -> Listed:
    prefix, standing = told.take(PREFIX_SIZE), told.standing()
    tags = tuple(told.take(TAG_SIZE) for _ in range(int.from_bytes(told.take(_TAGS)) + 1))
    return Listed(prefix, standing, tags, told.take(CODE_SIZE) if codes else b"")


class _Told:
    """The bytes of all changes, read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) != size:
            raise PackInvalid("the update ends early", field="changes.bin")
        self._at += size
        return found

    def number(self) -> int:
        return int.from_bytes(self.take(_COUNT))

    def standing(self) -> int:
        value = self.take(1)[0]
        if value > 0xF:
            raise PackInvalid("a standing has four bits", field="changes.bin")
        return value

    def must_be_over(self) -> None:
        if self._at != len(self._data):
            raise PackInvalid("there is something after the last change", field="changes.bin")
