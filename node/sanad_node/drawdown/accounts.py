"""What an instrument stands at, or stood at: total, drawn, left, and each draw, as people read them.

Amounts are read with the network key; without it (a partner that follows a mirror) none of an instrument's is readable.
A draw that was not made by the rule, under a total that was, makes the instrument irregular: that is for people to look
into, and nothing here guesses.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sanad_node import finding
from sanad_node.drawdown import amounts, masking
from sanad_node.drawdown.reading import DrawRecord, InstrumentRecord, Moment, Stood
from sanad_node.findings import noting
from sanad_node.findings.noting import BlockNotFinal
from sanad_node.node import Node
from sanad_node.projection.apply import STATE_AFTER
from sanad_node.reading import DocumentRecord, LedgerReader
from sanad_node.reads import looking
from sanad_node.tracing import number_of
from sanad_verifier.entries import StatusWord
from sanad_verifier.errors import InputError

MOST_DRAWS = 200
"""Draws shown with one balance; the newest. The sums are of all."""
DrawState = Literal["drawn", "returned", "released"]


class UnknownInstrument(InputError):
    """No instrument on the ledger belongs to the document that was named."""

    code = "UNKNOWN_INSTRUMENT"


class AmbiguousInstrument(InputError):
    """Several instruments fit; the type or the issuer tells them apart."""

    code = "AMBIGUOUS_INSTRUMENT"


class InstrumentNotYetOpen(InputError):
    """The instrument was opened later than the moment that was asked for."""

    code = "INSTRUMENT_NOT_YET_OPEN"


@dataclass(frozen=True, slots=True)
class Draw:
    """What one version of a declaration drew. `amount` is None where it cannot be read; `odd` says what does not fit:
    `unreadable`, `not-issued` (the formation issued no such declaration), `other-number` (it has another number).
    """

    declaration: str
    type: str
    number: str
    by: str
    amount: str | None
    state: DrawState
    entry: int
    time: int
    returned: int | None
    released: int | None
    odd: str


@dataclass(frozen=True, slots=True)
class Balance:
    """An instrument as of a block. Amounts are decimal strings of `code`, None where they cannot be read. `state` is
    its document's; `expired` tells whether the expiry had passed then; `irregular`, whether a draw was not made by the
    rule or does not fit its declaration.
    """

    instrument: int
    document: str
    type: str
    number: str
    issuer: str
    state: str
    counts: Literal["currency", "unit"]
    code: str
    total: str | None
    drawn: str | None
    left: str | None
    expires: int
    expired: bool
    irregular: bool
    block: int
    size: int
    time: int
    draws: tuple[Draw, ...]
    draws_total: int


@dataclass(frozen=True, slots=True)
class Line:
    """An instrument in a list, as it stands now."""

    instrument: int
    document: str
    type: str
    number: str
    issuer: str
    code: str
    total: str | None
    left: str | None
    expires: int
    expired: bool
    time: int


Issued = Mapping[tuple[bytes, int, str], set[bytes]]
"""The keys under which documents were issued, by digest, issuer and type."""


def instrument_of(node: Node, document: DocumentRecord) -> InstrumentRecord | None:
    """The instrument that a document opened or amends, None if there is none. All versions of a document have one."""
    return next(
        (
            one
            for one in node.drawdown.by_key(document.key)
            if (one.issuer, one.doc_type) == (document.issuer, document.doc_type)
        ),
        None,
    )


def find(
    node: Node,
    identifier: str,
    *,
    doc_type: str | None = None,
    issuer: str | None = None,
    field: str = "INSTRUMENT",
) -> InstrumentRecord:
    """The one instrument whose document is meant; `UnknownInstrument` or `AmbiguousInstrument`, naming `field`."""
    found = finding.documents(node, identifier, doc_type=doc_type, issuer=issuer)
    opened = {one.number: one for document in found if (one := instrument_of(node, document)) is not None}
    if not opened:
        looking.missed(identifier)
        what = (
            "the document is on the ledger, and was not opened as an instrument"
            if found
            else "there is no such document"
        )
        raise UnknownInstrument(what, field=field)
    if len(opened) > 1:
        raise AmbiguousInstrument("several instruments fit; give --type or --issuer", field=field)
    return next(iter(opened.values()))


def moment(node: Node, *, block: int | None = None, time: int | None = None) -> Moment:
    """As of when: the newest state, a final block, or the last entry of a time (seconds) or before."""
    position = node.reader.position()
    if block is not None:
        size = noting.size_at(node, block)
        known = node.drawdown.at_block(block)
        return Moment(block, 0 if known is None else known.time, size)
    if time is not None:
        if time > node.known_at():
            raise BlockNotFinal("this time is not over, or not known here", field="--at")
        if node.mirrors:  # it knows no blocks
            return Moment(0, time, size_at(node.reader, time))
        known = node.drawdown.at_time(time)
        return Moment(0, time, 0) if known is None else Moment(known.block, time, known.size)
    return Moment(position.block, node.known_at(), position.size)


def size_at(reader: LedgerReader, time: int) -> int:
    """How many entries had been appended by a time: their times only grow, so it is looked up by halving."""
    low, high = 0, reader.position().size
    while low < high:
        middle = (low + high) // 2
        if reader.entry(middle).entry.time <= time:
            low = middle + 1
        else:
            high = middle
    return low


def balance(node: Node, instrument: InstrumentRecord, when: Moment) -> Balance:
    """What an instrument stood at; `InstrumentNotYetOpen` if that is before it was opened."""
    stood = node.drawdown.stood(instrument.number, when.size)
    if stood is None:
        raise InstrumentNotYetOpen("the instrument was opened later", field="--at")
    codes = node.reader.formation_codes()
    secret = node.directory.secret("network")
    drawn = node.drawdown.draws_from(instrument.number, before=when.size, most=MOST_DRAWS)
    total = _total(secret, instrument, stood)
    issued = _issued(node, drawn)
    draws = tuple(
        _draw(node, one, instrument, when, codes, issued, readable=total is not None) for one in drawn
    )
    measure = instrument.measure

    def written(masked: int) -> str | None:
        return (
            None
            if total is None
            else amounts.write(masking.read_sum(secret, instrument.key, masked), measure)
        )

    return Balance(
        instrument=instrument.number,
        document=stood.digest.hex(),
        type=instrument.doc_type,
        number=number_of(node, stood.digest),
        issuer=codes.get(instrument.issuer, "?"),
        state=_state(node, instrument, stood, when),
        counts="currency" if measure.counts == 1 else "unit",
        code=measure.code,
        total=None if total is None else amounts.write(total, measure),
        drawn=written(stood.drawn),
        left=written(stood.total - stood.drawn),
        expires=stood.expires,
        expired=when.time >= stood.expires,
        irregular=any(one.odd for one in draws),
        block=when.block,
        size=when.size,
        time=when.time,
        draws=draws,
        draws_total=node.drawdown.count_draws(instrument.number, when.size),
    )


def line(node: Node, instrument: InstrumentRecord, codes: dict[int, str]) -> Line:
    """An instrument for a list; `codes` are the formations' by their number."""
    measure, total = instrument.measure, total_of(node, instrument)
    secret = node.directory.secret("network")
    remains = masking.read_sum(secret, instrument.key, instrument.total - instrument.drawn)
    return Line(
        instrument=instrument.number,
        document=instrument.digest.hex(),
        type=instrument.doc_type,
        number=number_of(node, instrument.digest),
        issuer=codes.get(instrument.issuer, "?"),
        code=measure.code,
        total=None if total is None else amounts.write(total, measure),
        left=None if total is None else amounts.write(remains, measure),
        expires=instrument.expires,
        expired=node.known_at() >= instrument.expires,
        time=instrument.time,
    )


def left(node: Node, instrument: InstrumentRecord) -> str:
    """What is left of an instrument now, with its currency or unit; empty where it cannot be read."""
    if total_of(node, instrument) is None:
        return ""
    secret = node.directory.secret("network")
    amount = masking.read_sum(secret, instrument.key, instrument.total - instrument.drawn)
    return f"{amounts.write(amount, instrument.measure)} {instrument.measure.code}"


def total_of(node: Node, instrument: InstrumentRecord) -> int | None:
    """The total of an instrument in steps of its last decimal, None where it cannot be read."""
    return _total(node.directory.secret("network"), instrument, instrument)


def amount_of(node: Node, instrument: InstrumentRecord, draw: DrawRecord) -> int | None:
    """What was drawn, in steps of the last decimal, None where it cannot be read."""
    try:
        return masking.read_draw(node.directory.secret("network"), instrument.key, draw.digest, draw.amount)
    except masking.AmountUnreadable:
        return None


def _total(secret: bytes, instrument: InstrumentRecord, stood: InstrumentRecord | Stood) -> int | None:
    try:
        return masking.read_total(secret, instrument.key, stood.digest, stood.total)
    except masking.AmountUnreadable:
        return None


def _draw(
    node: Node,
    one: DrawRecord,
    instrument: InstrumentRecord,
    when: Moment,
    codes: dict[int, str],
    issued: Issued,
    *,
    readable: bool,
) -> Draw:
    """`readable`: the total could be read, so a draw that cannot be was not made by the rule."""
    amount = amount_of(node, instrument, one)
    returned = one.returned if one.returned is not None and one.returned < when.size else None
    released = one.released if one.released is not None and one.released < when.size else None
    return Draw(
        declaration=one.digest.hex(),
        type=one.doc_type,
        number=number_of(node, one.digest),
        by=codes.get(one.issuer, "?"),
        amount=None if amount is None else amounts.write(amount, instrument.measure),
        state="returned" if returned is not None else "released" if released is not None else "drawn",
        entry=one.entry,
        time=one.time,
        returned=returned,
        released=released,
        odd="unreadable" if amount is None and readable else _odd(issued, one),
    )


def _issued(node: Node, drawn: list[DrawRecord]) -> Issued:
    """What was issued with the digests that drew, looked up at once."""
    keys: defaultdict[tuple[bytes, int, str], set[bytes]] = defaultdict(set)
    found = node.reader.documents_by_digest([one.digest for one in drawn]) if drawn else []
    for document in found:
        keys[document.digest, document.issuer, document.doc_type].add(document.key)
    return keys


def _odd(issued: Issued, draw: DrawRecord) -> str:
    keys = issued.get((draw.digest, draw.issuer, draw.doc_type))
    if keys is None:
        return "not-issued"
    return "" if draw.key in keys else "other-number"


def _state(node: Node, instrument: InstrumentRecord, stood: Stood, when: Moment) -> str:
    """The standing of the instrument's document at that moment."""
    acts = [
        one.entry
        for one in node.reader.entries_about(stood.digest)
        if one.index < when.size
        and one.entry.kind in STATE_AFTER
        and one.entry.doc_type == instrument.doc_type
        and StatusWord.unpack(one.entry.data).issuer == instrument.issuer
    ]
    return STATE_AFTER[acts[-1].kind] if acts else "active"
