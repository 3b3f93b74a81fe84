"""A section of a pack: the documents of one type, issued by one formation under one key, in 16 bytes each.

Columns, one after the other (docs/spec/pack.md):

    counts     2^b numbers of two bytes: how many digests begin with each pattern of b bits
    digests    9 bytes each, sorted: the 72 bits of a digest after those b
    standing   4 bits each, as in a Token Status List: the first of two is in the low half of a byte
    tags       3 bytes each, column by column: the document's number, then numbers of things it is about
    more       7 bytes each: a place (4 bytes) and a tag, for documents that name more things than there are columns
    codes      8 bytes each, or left out: the tag of everything its printed code says

All numbers are big-endian. Who made the file was checked before it is read here, so what is wrong is refused where it
is met, not searched for.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from struct import unpack

from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.packs.tags import CODE_SIZE, NO_TAG, TAG_SIZE
from sanad_verifier.standings import name_of, packed, value_at

DIGEST_SIZE = 9
PREFIX_SIZE = 12
"""Bytes of a digest that a section can have an opinion of: b bits and nine bytes."""
MOST_BUCKET_BITS = 8 * (PREFIX_SIZE - DIGEST_SIZE)
PER_BUCKET_BITS = 4
_COUNT, _PLACE = 2, 4
_MORE = _PLACE + TAG_SIZE


class PackInvalid(EvidenceError):
    """The bytes are no pack, or not the one that was signed."""

    code = "PACK_INVALID"


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """What a pack says of one document. `prefix` is the first 12 bytes of its digest, `tags` those of its number (or
    zero) and of the things it names, in ascending order, `code` the tag of its printed code, or empty.
    """

    prefix: bytes
    standing: int
    tags: tuple[bytes, ...] = (NO_TAG,)
    code: bytes = b""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a section's columns: documents, bits b, columns of tags, further tags, and whether it has codes."""

    documents: int
    bits: int
    columns: int
    more: int
    codes: bool

    def size(self) -> int:
        """Bytes of the section."""
        each = DIGEST_SIZE + self.columns * TAG_SIZE + self.codes * CODE_SIZE
        return (_COUNT << self.bits) + self.documents * each + (self.documents + 1) // 2 + self.more * _MORE


def bits_for(documents: int) -> int:
    """b for a section of so many documents: 16 to 31 of them in a bucket."""
    return max(0, min(documents.bit_length() - 1 - PER_BUCKET_BITS, MOST_BUCKET_BITS))


def shape_of(documents: Sequence[Listed], *, codes: bool, bits: int | None = None) -> Shape:
    """The shape that takes the fewest bytes; `bits` to keep those of an earlier section."""
    most = max((len(one.tags) for one in documents), default=1)
    counts = [0] * (most + 1)
    for one in documents:
        counts[len(one.tags)] += 1

    def more(columns: int) -> int:
        return sum(count * (tags - columns) for tags, count in enumerate(counts) if tags > columns)

    columns = min(range(1, most + 1), key=lambda n: n * TAG_SIZE * len(documents) + _MORE * more(n))
    chosen = bits_for(len(documents)) if bits is None else bits
    return Shape(len(documents), chosen, columns, more(columns), codes)


def write_section(documents: Sequence[Listed], shape: Shape) -> bytes:
    """The section's bytes; `documents` are sorted."""
    counts = [0] * (1 << shape.bits)
    digests = bytearray()
    columns = [bytearray() for _ in range(shape.columns)]
    more, codes = bytearray(), bytearray()
    low = 8 * PREFIX_SIZE - shape.bits
    for place, one in enumerate(documents):
        number = int.from_bytes(one.prefix)
        counts[number >> low] += 1
        digests += _kept(number, shape.bits).to_bytes(DIGEST_SIZE)
        for column, tag in zip(columns, (*one.tags, *(NO_TAG,) * shape.columns), strict=False):
            column.extend(tag)
        for tag in one.tags[shape.columns :]:
            more += place.to_bytes(_PLACE) + tag
        codes += one.code
    try:
        head = b"".join(count.to_bytes(_COUNT) for count in counts)
    except OverflowError as error:
        raise InputError("too many digests begin alike", field="documents") from error
    standing = packed(((place, one.standing) for place, one in enumerate(documents)), len(documents))
    return b"".join((head, digests, standing, *columns, more, codes))


def _kept(number: int, bits: int) -> int:
    """The 72 bits after the first `bits` of a prefix."""
    spare = 8 * (PREFIX_SIZE - DIGEST_SIZE) - bits
    return (number >> spare) & ((1 << (8 * DIGEST_SIZE)) - 1)


class SectionTable:
    """The columns of a section, to look things up in. Places count from 0."""

    def __init__(self, data: bytes, shape: Shape) -> None:
        if len(data) != shape.size():
            raise PackInvalid("a section has another size than its shape", field="sections")
        self.shape = shape
        starts = unpack(f">{1 << shape.bits}H", data[: _COUNT << shape.bits])
        self._starts = [0, *accumulate(starts)]
        if self._starts[-1] != shape.documents:
            raise PackInvalid("a section counts its documents wrongly", field="sections")
        at = _COUNT << shape.bits
        parts = []
        for size in (
            shape.documents * DIGEST_SIZE,
            (shape.documents + 1) // 2,
            *(shape.documents * TAG_SIZE,) * shape.columns,
            shape.more * _MORE,
            shape.documents * CODE_SIZE * shape.codes,
        ):
            parts.append(data[at : at + size])
            at += size
        self._digests, self._standing, *self._columns, self._more, self._codes = parts

    def places_between(self, low: bytes, high: bytes) -> Iterator[int]:
        """The places whose digests may lie between two of 32 bytes, which begin with the same b bits."""
        first, last = int.from_bytes(low[:PREFIX_SIZE]), int.from_bytes(high[:PREFIX_SIZE])
        bucket = first >> (8 * PREFIX_SIZE - self.shape.bits)
        least, most = (_kept(one, self.shape.bits).to_bytes(DIGEST_SIZE) for one in (first, last))
        for place in range(self._starts[bucket], self._starts[bucket + 1]):
            if least <= self._digests[place * DIGEST_SIZE : (place + 1) * DIGEST_SIZE] <= most:
                yield place

    def places_of_number(self, tag: bytes) -> Iterator[int]:
        """The places of documents whose number has this tag."""
        return _found(self._columns[0], tag)

    def places_of_thing(self, tag: bytes) -> Iterator[int]:
        """The places of documents that name a thing of this tag, each once for every time."""
        for column in self._columns[1:]:
            yield from _found(column, tag)
        for at in range(0, len(self._more), _MORE):
            if self._more[at + _PLACE : at + _MORE] == tag:
                yield int.from_bytes(self._more[at : at + _PLACE])

    def standing(self, place: int) -> str:
        """The standing of a document, or what no verifier knows."""
        return name_of(value_at(self._standing, place))

    def tags(self, place: int) -> tuple[bytes, ...]:
        """The tags of a document: that of its number first, or zero."""
        at = place * TAG_SIZE
        told = [column[at : at + TAG_SIZE] for column in self._columns]
        mark = place.to_bytes(_PLACE)
        told += [one[_PLACE:] for one in _cut(self._more, _MORE) if one.startswith(mark)]
        return (told[0], *(one for one in told[1:] if one != NO_TAG))

    def code(self, place: int) -> bytes:
        """The tag of a document's printed code; empty if the section has none."""
        return self._codes[place * CODE_SIZE : (place + 1) * CODE_SIZE]

    def prefix(self, place: int) -> bytes:
        """What is known of a document's digest: its first b + 72 bits, the rest of 12 bytes zero."""
        return self._prefixes(place, place + 1)[0]

    def documents(self) -> list[Listed]:
        """Everything, in order."""
        shape, mores = self.shape, self._mores()
        columns = [_cut(column, TAG_SIZE) for column in self._columns]
        return [
            Listed(
                prefix,
                value_at(self._standing, place),
                (
                    columns[0][place],
                    *(c[place] for c in columns[1:] if c[place] != NO_TAG),
                    *mores.get(place, ()),
                ),
                self.code(place),
            )
            for place, prefix in enumerate(self._prefixes(0, shape.documents))
        ]

    def _mores(self) -> dict[int, list[bytes]]:
        found: dict[int, list[bytes]] = {}
        for one in _cut(self._more, _MORE):
            found.setdefault(int.from_bytes(one[:_PLACE]), []).append(one[_PLACE:])
        return found

    def _prefixes(self, first: int, last: int) -> list[bytes]:
        bits, found = self.shape.bits, []
        spare = 8 * (PREFIX_SIZE - DIGEST_SIZE) - bits
        bucket = bisect_right(self._starts, first) - 1
        for place in range(first, last):
            while self._starts[bucket + 1] <= place:
                bucket += 1
            kept = int.from_bytes(self._digests[place * DIGEST_SIZE : (place + 1) * DIGEST_SIZE])
            found.append((((bucket << (8 * DIGEST_SIZE)) | kept) << spare).to_bytes(PREFIX_SIZE))
        return found


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _found(column: bytes, tag: bytes) -> Iterator[int]:
    at = column.find(tag)
    while at >= 0:
        if at % TAG_SIZE == 0:
            yield at // TAG_SIZE
        at = column.find(tag, at + 1)


def prefix_of(digest: Digest) -> bytes:
    """What a pack keeps of a digest, at most."""
    return digest[:PREFIX_SIZE]
