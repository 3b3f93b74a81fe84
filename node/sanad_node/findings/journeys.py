"""A consignment's custody as rules look at it: its acts as of a size of the log, with what this office knows
besides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import select

from sanad_node import observing
from sanad_node.custody_marks import CARRIES_TERMS, Mark, marks_of
from sanad_node.node import Node
from sanad_node.reading import LoggedEntry
from sanad_node.store import ledger_tables as t
from sanad_node.store.office_tables import cargo
from sanad_node.tracing import records_of
from sanad_verifier.entries import Condition, Kind, Terms, decode_entry
from sanad_verifier.readings import Reading

HOUR = 3600


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """One act. `place` is a UN/LOCODE or empty, `seal` a mark, `corridor` the one that its record names; `readings`
    those of a device's batch that this office has.
    """

    entry: int
    time: int
    act: str
    formation: str
    place: str = ""
    quantity: int = 0
    condition: Condition = Condition.NOT_STATED
    corridor: str = ""
    marks: tuple[Mark, ...] = ()
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Journey:
    """The acts on a consignment up to the second `until`, but those declared not to have occurred: these are in
    `struck`, each with its declaration. `held`: the records and readings of it that this office has.
    """

    consignment: str
    kind: str
    reference: str
    until: int
    steps: tuple[JourneyStep, ...]
    held: tuple[str, ...]
    struck: tuple[tuple[JourneyStep, JourneyStep], ...] = ()


def journeys(node: Node, size: int, block: int) -> Iterator[Journey]:
    """Every consignment of a log of `size` entries after `block`, in the order of their identifiers."""
    until = hour_of(node, block)
    codes = node.reader.formation_codes()
    query = (
        select(t.entries.c.idx, t.entries.c.block, t.entries.c.tx, t.entries.c.raw, t.entries.c.subject)
        .select_from(t.entries.join(t.consignments, t.consignments.c.id == t.entries.c.subject))
        .where(t.entries.c.idx < size)
        .order_by(t.entries.c.subject, t.entries.c.idx)
    )
    names = _references(node)
    with node.ledger.connect() as connection:
        rows = connection.execute(query)
        for subject, those in groupby(rows, key=lambda row: bytes(row.subject)):
            logged = [LoggedEntry(r.idx, r.block, r.tx, r.raw, decode_entry(r.raw)) for r in those]
            yield _journey(node, subject.hex(), names.get(subject, ""), until, logged, codes)


def _journey(
    node: Node,
    consignment: str,
    reference: str,
    until: int,
    logged: Sequence[LoggedEntry],
    codes: Mapping[int, str],
) -> Journey:
    records = records_of(node, [one.entry.data for one in logged])
    wrong = observing.struck(observing.errors_declared(node, logged))
    marks = marks_of(logged, wrong)
    steps: list[JourneyStep] = []
    struck: list[tuple[JourneyStep, JourneyStep]] = []
    held: list[str] = []
    for one in logged:
        declared = wrong.get(one.index)
        record = records.get(one.entry.data)
        step = _step(node, one, codes, record, marks.get(one.index, ()))
        if record is not None:
            held.append(one.entry.data.hex())
        elif step.readings:
            held.append(one.entry.related.hex())
        if declared is None:
            steps.append(step)
        else:
            struck.append((step, _step(node, declared, codes, None, ())))
    return Journey(
        consignment, logged[0].entry.doc_type, reference, until, tuple(steps), tuple(held), tuple(struck)
    )


def _step(
    node: Node,
    one: LoggedEntry,
    codes: Mapping[int, str],
    record: Mapping[str, Any] | None,
    marks: tuple[Mark, ...],
) -> JourneyStep:
    entry = one.entry
    told = JourneyStep(
        one.index, entry.time, entry.kind.name.lower(), codes.get(entry.formation, "?"), marks=marks
    )
    if entry.kind is Kind.OBSERVE_BATCH:
        batch = observing.batch_of(node, entry.related)
        return told if batch is None else _with(told, readings=batch.readings)
    if entry.kind not in CARRIES_TERMS:
        return told
    terms = Terms.unpack(entry.related)
    corridor = record.get("corridor", "") if record is not None else ""
    return _with(
        told,
        place=terms.place,
        quantity=terms.quantity,
        condition=terms.condition,
        corridor=corridor if isinstance(corridor, str) else "",
    )


def _with(step: JourneyStep, **changed: Any) -> JourneyStep:
    members = {name: getattr(step, name) for name in JourneyStep.__dataclass_fields__}
    return JourneyStep(**{**members, **changed})


def _references(node: Node) -> dict[bytes, str]:
    with node.office.connect() as connection:
        return {
            bytes(r.id): str(r.reference) for r in connection.execute(select(cargo.c.id, cargo.c.reference))
        }


def hour_of(node: Node, block: int) -> int:
    """The last full hour before a block, in seconds. What is late or silent is looked at by the hour, so that a
    chain that makes blocks all the time has the same report for all of them.
    """
    query = select(t.blocks.c.time).where(t.blocks.c.number <= block).order_by(t.blocks.c.number.desc())
    with node.ledger.connect() as connection:
        time = int(connection.execute(query.limit(1)).scalar() or 0)
    return time // HOUR * HOUR
