"""Building packs: what squads take along for a shift (docs/spec/pack.md)."""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import Connection, select

from sanad_node import checkpointing, naming, types
from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_node.regions import inside
from sanad_node.store.dialects import one_state
from sanad_node.store.ledger_tables import batches, cursor, documents, entries, keys, statuses
from sanad_node.store.office_tables import papers, things
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.entries import BatchLeaf
from sanad_verifier.errors import EnvironmentFault, InputError
from sanad_verifier.packs.contents import (
    SALT_SIZE,
    Contents,
    SectionHead,
    encode_contents,
    parse_contents,
    sign_contents,
    verify_contents,
)
from sanad_verifier.packs.pack import PackFile
from sanad_verifier.packs.section import (
    Listed,
    Shape,
    bits_for,
    prefix_of,
    shape_of,
    write_section,
)
from sanad_verifier.packs.tags import NO_TAG, NUMBER, THING, code_tag, tag
from sanad_verifier.standings import STANDINGS

_ONE_AT_A_TIME = Lock()  # a million documents take a gigabyte while they are sorted
_ROWS = 5000
_KEY, _FORMATION, _TYPE = slice(32, 52), slice(60, 64), slice(64, 96)
Section = tuple[str, int, bytes]


class PackTooOld(InputError):
    """The pack to bring up to date is too old: take the newer one whole."""

    code = "PACK_TOO_OLD"


class PackBusy(EnvironmentFault):
    """Another pack is being made: ask again in a moment."""

    code = "PACK_BUSY"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents: of these types, issued by `region` (the code of a formation; empty for all) and everything
    beneath it. `codes`: with what the short form of a printed code is checked by, 8 bytes a document.
    """

    types: tuple[str, ...]
    region: str = ""
    codes: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """What two packs must share for one to become the other by an update: the salt, and the bits of each section."""

    salt: bytes
    bits: dict[Section, int]


def fresh_series() -> Series:
    """A new series, whose tags nobody can have tried before."""
    return Series(secrets.token_bytes(SALT_SIZE), {})


def series_of(node: Node, contents: bytes, note: bytes) -> Series:
    """The series of a pack of ours that is still in use; `PackTooOld`, or an `EvidenceError` for another's."""
    told = verify_contents(contents, note, checkpointing.trust(node))
    if node.clock() - told.time > checkpointing.USABLE_FOR:
        raise PackTooOld(
            "the pack is too old to be brought up to date: take the newer one whole", field="since"
        )
    return Series(
        told.salt, {(one.doc_type, one.formation, one.key): one.shape.bits for one in told.sections}
    )


def build(node: Node, wanted: Wanted, series: Series | None = None) -> PackFile:
    """The pack of what the ledger says now. Numbers come from this office's own papers: of documents that it does not
    know in clear, only digests are listed. `PackBusy` while another is being made.
    """
    for name in wanted.types:
        types.get(name)
    if not _ONE_AT_A_TIME.acquire(blocking=False):  # whoever waited would keep a thread from everybody else
        raise PackBusy("another pack is being made: ask again in a moment")
    try:
        naming.catch_up(node)
        region = node.reader.formation(wanted.region, field="region") if wanted.region else None
        covered = inside(node.reader.formations(), region, node.reader.successions().steps)
        with node.ledger.connect() as ledger:
            with node.still():  # the checkpoint and what is read below are of one size
                checkpoint = checkpointing.current_checkpoint(node)
                one_state(ledger)
                ledger.execute(select(cursor.c.size)).scalar()
            return _build(node, ledger, wanted, covered, checkpoint, series or fresh_series())
    finally:
        _ONE_AT_A_TIME.release()


def _build(
    node: Node,
    ledger: Connection,
    wanted: Wanted,
    covered: Sequence[FormationRecord],
    checkpoint: checkpointing.SignedCheckpoint,
    series: Series,
) -> PackFile:
    scope = _Scope(frozenset(wanted.types), {one.number: one.code for one in covered})
    listed, absent = _listed(node, ledger, scope, wanted, series.salt)
    since = _compromised(ledger)
    heads, sections = [], []
    for section in sorted(listed):
        told = sorted(listed[section])
        shape = shape_of(told, codes=wanted.codes, bits=series.bits.get(section, bits_for(len(told))))
        heads.append(_head(section, told, shape, since))
        sections.append(write_section(told, shape))
    whole = b"".join(sections)
    contents = encode_contents(
        Contents(
            node.network.origin,
            checkpoint.size,
            checkpoint.root,
            checkpoint.time,
            tuple(sorted(set(wanted.types))),
            wanted.region.upper(),
            tuple(sorted(scope.formations)),
            series.salt,
            absent,
            tuple(heads),
            sha256(whole),
        )
    )
    parse_contents(contents)  # what nobody could read is not signed
    note = sign_contents(contents, node.network.origin, checkpointing.signers(node).status)
    return PackFile(note, checkpoint.note, contents, whole)


def _head(section: Section, told: Sequence[Listed], shape: Shape, since: dict[bytes, int]) -> SectionHead:
    doc_type, formation, key = section
    numbered = sum(one.tags[0] != NO_TAG for one in told)
    return SectionHead(doc_type, formation, key, since.get(key, 0), numbered, shape)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Types, and formations by number with their codes."""

    types: frozenset[str]
    formations: dict[int, str]

    def has(self, doc_type: str, formation: int) -> bool:
        return doc_type in self.types and formation in self.formations


def _listed(
    node: Node, ledger: Connection, scope: _Scope, wanted: Wanted, salt: bytes
) -> tuple[dict[Section, list[Listed]], int]:
    """Every document in scope, by section; and how many are missing because their batch file is."""
    numbers, about = _numbers(node, scope, salt), _about(node, salt)
    states, since = _states(ledger, scope), _compromised(ledger)
    found: dict[Section, list[Listed]] = {}
    of_batch: Counter[int] = Counter()
    query = (
        select(documents, entries.c.raw)
        .join(entries, entries.c.idx == documents.c.entry)
        .where(documents.c.doc_type.in_(sorted(scope.types)))
        .execution_options(yield_per=_ROWS)
    )
    for row in ledger.execute(query):
        of_batch[row.entry] += 1
        if not scope.has(row.doc_type, row.issuer):
            continue
        key = bytes(row.raw[_KEY])
        compromised = since.get(key)
        standing = states.get((row.issuer, row.doc_type, row.digest), STANDINGS["active"])
        if compromised is not None and row.time >= compromised:
            standing = STANDINGS["suspect"]
        number = numbers.get((row.digest, row.doc_type, scope.formations[row.issuer]), NO_TAG)
        code = code_tag(salt, BatchLeaf(row.digest, row.fields, row.key), row.time) if wanted.codes else b""
        one = Listed(prefix_of(Digest(row.digest)), standing, (number, *about.get(row.digest, ())), code)
        found.setdefault((row.doc_type, row.issuer, key), []).append(one)
    return found, sum(leaves - of_batch[entry] for entry, leaves in _batches(ledger, scope))


def _batches(ledger: Connection, scope: _Scope) -> Iterator[tuple[int, int]]:
    """Entry and leaves of each batch in scope."""
    query = select(batches.c.entry, batches.c.leaves, entries.c.raw).join(
        entries, entries.c.idx == batches.c.entry
    )
    for row in ledger.execute(query):
        doc_type = row.raw[_TYPE].rstrip(b"\0").decode("ascii")
        if scope.has(doc_type, int.from_bytes(row.raw[_FORMATION])):
            yield row.entry, row.leaves


def _states(ledger: Connection, scope: _Scope) -> dict[tuple[int, str, bytes], int]:
    query = select(statuses).where(statuses.c.doc_type.in_(sorted(scope.types)))
    return {(row.issuer, row.doc_type, row.digest): STANDINGS[row.state] for row in ledger.execute(query)}


def _compromised(ledger: Connection) -> dict[bytes, int]:
    rows = ledger.execute(select(keys.c.address, keys.c.compromised_from).where(keys.c.compromised_from > 0))
    return {row.address: row.compromised_from for row in rows}


def _numbers(node: Node, scope: _Scope, salt: bytes) -> dict[tuple[bytes, str, str], bytes]:
    """The tag of each number this office knows in clear, by digest, type and issuer's code."""
    query = select(papers.c.digest, papers.c.doc_type, papers.c.formation, papers.c.number).where(
        papers.c.doc_type.in_(sorted(scope.types)), papers.c.number != ""
    )
    return {
        (row.digest, row.doc_type, row.formation): tag(salt, NUMBER, row.number) for row in _all(node, query)
    }


def _about(node: Node, salt: bytes) -> dict[bytes, tuple[bytes, ...]]:
    """The tags of the things that each document names, in order."""
    found: dict[bytes, set[bytes]] = {}
    for row in _all(node, select(things.c.digest, things.c.number)):
        found.setdefault(row.digest, set()).add(tag(salt, THING, row.number))
    return {digest: tuple(sorted(tags)) for digest, tags in found.items()}


def _all(node: Node, query: Any) -> Iterable[Any]:
    with node.office.connect() as connection:
        yield from connection.execute(query.execution_options(yield_per=_ROWS))
