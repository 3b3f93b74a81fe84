"""Following a consignment or a document: who held it, what was said of it, which papers belong to it.

A trace is read from the projections in a few indexed queries, whatever the ledger's size. What only this
office knows (references in clear, custody records, document contents in the vault) is added where it is
held, and left out where it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from sanad_node import observing, types
from sanad_node.custody_marks import CARRIES_TERMS, marks_of
from sanad_node.node import Node
from sanad_node.reading import ConsignmentRecord, DocumentRecord, LoggedEntry, StatusRecord
from sanad_node.store.office_tables import cargo, evidence, papers
from sanad_node.store.questions import Question
from sanad_verifier.custody_words import LiftWords, Mistake, MistakeWord, ReadingsWord
from sanad_verifier.drawdown_words import ReturnWord
from sanad_verifier.entries import Condition, Entry, Kind, Reason, Terms
from sanad_verifier.errors import SanadError
from sanad_verifier.stages import StageWord

LOOKED_UP_TOGETHER = 500
_NUMBER = Question(select(papers.c.number).where(papers.c.digest == bindparam("digest")))
GIVES_REASON = frozenset({Kind.HOLD, Kind.LIFT, Kind.RECALL})
ACT_NAMES = {Kind.OBSERVE_BATCH: "readings", Kind.ERROR_DECLARED: "error"}
"""What people call the acts whose names on the ledger are others."""
MISTAKES = {Mistake.DID_NOT_OCCUR: "did not occur", Mistake.INCORRECT_DATA: "incorrect data"}


@dataclass(frozen=True, slots=True)
class Readings:
    """A device's batch. What its readings say is known only where this office has them (`held`): the times of the
    first and the last, how many found the seal open, how many an interference.
    """

    device: str
    sequence: int
    count: int
    held: bool
    first: int
    last: int
    opened: int
    tampered: int


GIVEN_BACK = {
    Kind.SURRENDER_FOR_DELIVERY: "surrender for delivery",
    Kind.SURRENDER_FOR_AMENDMENT: "surrender for amendment",
    Kind.SACC: "accept surrender",
    Kind.SREJ: "reject surrender",
}
"""Acts on a bill that change its standing, as people call them."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One custody act. `said` is the whole record where this office has it; `gap` names what does not agree
    with the half before; `marks` what is wrong with, or was seen of, the goods. `error`: how its formation declared it
    wrong, empty if it did not; `about`: the entry that this one declares wrong.
    """

    index: int
    time: int
    act: str
    by: str
    taker: str
    place: str
    quantity: int | None
    condition: str
    sealed: bool
    reason: str
    said: dict[str, Any] | None
    gap: str
    marks: tuple[str, ...] = ()
    error: str = ""
    about: int | None = None
    readings: Readings | None = None
    order: str = ""
    """Digest of the court order that a hold, or its end, rests on; empty for none."""


@dataclass(frozen=True, slots=True)
class LinkedPaper:
    """A document that belongs to the story. `digest` empty and `state` `not-on-ledger`: named, but never
    issued here.
    """

    digest: str
    doc_type: str
    number: str
    issuer: str
    state: str
    entry: int | None
    time: int | None
    named_by: str


@dataclass(frozen=True, slots=True)
class ConsignmentTrace:
    consignment: ConsignmentRecord
    reference: str
    holder: str
    taker: str
    holds: tuple[str, ...]
    orders: dict[str, str]
    hops: tuple[Hop, ...]
    papers: tuple[LinkedPaper, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One entry about a document."""

    index: int
    time: int
    act: str
    by: str
    reason: str
    replacement: str


@dataclass(frozen=True, slots=True)
class DocumentTrace:
    document: DocumentRecord
    number: str
    issuer: str
    state: str
    steps: tuple[Step, ...]
    papers: tuple[LinkedPaper, ...]


def trace_consignment(node: Node, consignment: ConsignmentRecord) -> ConsignmentTrace:
    """The custody line of a consignment and the documents its records name, and those that they name in
    turn.
    """
    codes = node.reader.formation_codes()
    logged = node.reader.entries_about(consignment.id)
    records = records_of(node, [e.entry.data for e in logged])
    wrong = observing.errors_declared(node, logged)
    seen = marks_of(logged, observing.struck(wrong))
    hops: list[Hop] = []
    for entry in logged:
        hop = _hop(entry, codes, records.get(entry.entry.data), hops)
        hops.append(
            replace(
                hop,
                marks=tuple(one.words for one in seen.get(entry.index, ()) if not (one.count and hop.gap)),
                error=_mistake(wrong[entry.index]) if entry.index in wrong else "",
                readings=_readings(node, entry) if entry.entry.kind is Kind.OBSERVE_BATCH else None,
            )
        )
    named = [digest for hop in hops if hop.said for digest in hop.said.get("documents", [])]
    named += [hop.order for hop in hops if hop.order]
    holds = tuple(codes.get(f, "?") for f in consignment.holds)
    return ConsignmentTrace(
        consignment,
        reference_of(node, consignment.id),
        codes.get(consignment.holder, "?"),
        codes.get(consignment.taker, ""),
        holds,
        orders_of(hops, holds),
        tuple(hops),
        tuple(_follow(node, [bytes.fromhex(d) for d in dict.fromkeys(named)], codes)),
    )


def trace_document(node: Node, document: DocumentRecord, *, follow: bool = True) -> DocumentTrace:
    """Everything the log says about a document as issued by its issuer, and (if these are to be followed) the
    documents it names.
    """
    codes = node.reader.formation_codes()
    steps = [
        _step(entry, codes)
        for entry in [node.reader.entry(document.entry), *node.reader.entries_about(document.digest)]
        if _bears_on(entry, document)
    ]
    more = [*_used_up(node, document, codes), *_given_back(node, document, codes)]
    steps = sorted([*steps, *more], key=lambda step: step.index)
    linked = _follow(node, [document.digest], codes) if follow else []
    linked = [paper for paper in linked if paper.digest != document.digest.hex()]
    return DocumentTrace(
        document,
        number_of(node, document.digest),
        codes.get(document.issuer, "?"),
        state_word(node.reader.status(document)),
        tuple({step.index: step for step in steps}.values()),
        tuple(linked),
    )


def state_word(status: StatusRecord | None) -> str:
    """The state a status act left, `active` where there was none."""
    return "active" if status is None else status.state


# -- custody ------------------------------------------------------------------------------------------------------


def _hop(logged: LoggedEntry, codes: dict[int, str], said: dict[str, Any] | None, before: list[Hop]) -> Hop:
    entry = logged.entry
    terms = Terms.unpack(entry.related) if entry.kind in CARRIES_TERMS else None
    reason, order = _reason_and_order(entry)
    about = None
    if entry.kind is Kind.ERROR_DECLARED:
        about = MistakeWord.unpack(entry.related).entry
        reason = _mistake(logged)
    quantity = terms.quantity if terms else None
    gap = ""
    if entry.kind in {Kind.RECEIVE, Kind.REFUSE} and before:
        shipped = next((hop for hop in reversed(before) if hop.act == "ship"), None)
        if shipped and shipped.quantity is not None and quantity is not None and quantity != shipped.quantity:
            word = "short" if quantity < shipped.quantity else "over"
            gap = f"{abs(quantity - shipped.quantity)} {word}: {shipped.quantity} shipped, {quantity} found"
    return Hop(
        logged.index,
        entry.time,
        ACT_NAMES.get(entry.kind, entry.kind.name.lower()),
        codes.get(entry.formation, "?"),
        codes.get(terms.taker, "") if terms else "",
        terms.place if terms else "",
        quantity,
        _condition(terms),
        bool(terms and any(terms.seal)),
        reason,
        said,
        gap,
        about=about,
        order=order,
    )


def _reason_and_order(entry: Entry) -> tuple[str, str]:
    """Why it was done, and the digest of the court order it rests on; empty where there is none."""
    if entry.kind is Kind.LIFT:
        lifted = LiftWords.unpack(entry.related, entry.data)
        return _reason(lifted.reason), lifted.order.hex()
    order = entry.related.hex() if entry.kind is Kind.HOLD and any(entry.related) else ""
    return _reason(int.from_bytes(entry.data)) if entry.kind in GIVES_REASON else "", order


def orders_of(hops: Sequence[Hop], holds: Sequence[str]) -> dict[str, str]:
    """The digest of the court order on which each formation's present hold rests, where it rests on one."""
    last = {hop.by: hop.order for hop in hops if hop.act == "hold"}
    return {code: last[code] for code in holds if last.get(code)}


def _mistake(logged: LoggedEntry) -> str:
    return MISTAKES[MistakeWord.unpack(logged.entry.related).mistake]


def _readings(node: Node, logged: LoggedEntry) -> Readings:
    word = ReadingsWord.unpack(logged.entry.data)
    batch = observing.batch_of(node, logged.entry.related)
    if batch is None:
        return Readings(word.device.hex(), word.sequence, word.count, False, 0, 0, 0, 0)
    return Readings(
        word.device.hex(),
        word.sequence,
        word.count,
        True,
        batch.first,
        batch.last,
        sum(one.seal == "open" for one in batch.readings),
        sum(one.tamper for one in batch.readings),
    )


def _condition(terms: Terms | None) -> str:
    return "" if terms is None else Condition(terms.condition).name.lower().replace("_", " ")


def _reason(code: int) -> str:
    try:
        return Reason(code).name.lower().replace("_", " ")
    except ValueError:
        return f"reason {code}"


def records_of(node: Node, digests: list[bytes]) -> dict[bytes, dict[str, Any]]:
    """The custody records of these evidence digests that this office holds."""
    found: dict[bytes, dict[str, Any]] = {}
    with node.office.connect() as connection:
        for start in range(0, len(digests), LOOKED_UP_TOGETHER):
            part = digests[start : start + LOOKED_UP_TOGETHER]
            for row in connection.execute(select(evidence).where(evidence.c.digest.in_(part))):
                found[row.digest] = orjson.loads(row.record)  # canonical JSON that this node wrote itself
    return found


def reference_of(node: Node, consignment: bytes) -> str:
    """What this office calls a consignment, empty if it does not know."""
    with node.office.connect() as connection:
        row = connection.execute(select(cargo.c.reference).where(cargo.c.id == consignment)).first()
    return "" if row is None else str(row.reference)


# -- documents ----------------------------------------------------------------------------------------------------


def _step(logged: LoggedEntry, codes: dict[int, str]) -> Step:
    entry = logged.entry
    return Step(
        logged.index,
        entry.time,
        _name_of(entry),
        codes.get(entry.formation, "?"),
        _reason_of(entry),
        entry.related.hex() if entry.kind is Kind.SUPERSEDE else "",
    )


def _name_of(entry: Entry) -> str:
    if entry.kind is Kind.STAGE:
        return StageWord.unpack(entry.data).stage.words
    return entry.kind.name.lower().replace("_", " ")


def _reason_of(entry: Entry) -> str:
    """Why it was done; empty for acts that give no reason."""
    if Kind.SUSPEND <= entry.kind <= Kind.REVOKE:
        return _reason(int.from_bytes(entry.data[30:]))
    return _reason(ReturnWord.unpack(entry.data).reason) if entry.kind is Kind.RETURN else ""


def _used_up(node: Node, document: DocumentRecord, codes: dict[int, str]) -> list[Step]:
    """What used the document up, if anything did: an act, or the document that rests on it."""
    filing = node.register.filing(document.doc_type, document.digest)
    if filing is None or filing.entry != document.entry or filing.consumed_by is None:
        return []
    logged = node.reader.entry(filing.consumed_by)
    by = codes.get(logged.entry.formation, "?")
    return [Step(logged.index, logged.entry.time, "consume", by, "", "")]


def _given_back(node: Node, document: DocumentRecord, codes: dict[int, str]) -> list[Step]:
    """What became of a bill that was given back to its carrier: the acts on it that change its standing."""
    title = node.titles.title(document.issuer, document.doc_type, document.digest)
    if title is None or title.entry != document.entry:
        return []
    return [
        Step(
            one.index,
            one.entry.time,
            GIVEN_BACK[one.entry.kind],
            codes.get(one.entry.formation, "?"),
            _reason(int.from_bytes(one.entry.data)) if one.entry.kind is Kind.SREJ else "",
            "",
        )
        for one in node.titles.entries(title)
        if one.entry.kind in GIVEN_BACK
    ]


def _bears_on(logged: LoggedEntry, document: DocumentRecord) -> bool:
    """Whether an entry is the document's issue, a status act on it as issued by its issuer, or of a draw-down."""
    entry = logged.entry
    if logged.index == document.entry:
        return True
    if Kind.OPEN <= entry.kind <= Kind.AMEND or entry.kind is Kind.STAGE:
        return entry.doc_type == document.doc_type
    return (
        Kind.SUSPEND <= entry.kind <= Kind.REVOKE
        and entry.doc_type == document.doc_type
        and int.from_bytes(entry.data[24:28]) == document.issuer
    )


def number_of(node: Node, digest: bytes) -> str:
    """The business number of a document as this office knows it in clear; empty if it does not."""
    row = _NUMBER.first(node.office, digest=digest)
    return "" if row is None else str(row.number)


def _follow(node: Node, digests: list[bytes], codes: dict[int, str]) -> list[LinkedPaper]:
    """Documents from these on, along the references in their contents, each once; only contents in our
    vault can be read.
    """
    found: list[LinkedPaper] = []
    waiting: list[tuple[bytes, str]] = [(digest, "") for digest in digests]
    seen: set[bytes] = set()
    while waiting:
        digest, named_by = waiting.pop(0)
        if digest in seen:
            continue
        seen.add(digest)
        issued = node.reader.documents_by_digest([digest])
        if not issued:
            found.append(LinkedPaper(digest.hex(), "", "", "", "not-on-ledger", None, None, named_by))
            continue
        for document in issued:
            number = number_of(node, digest)
            found.append(
                LinkedPaper(
                    digest.hex(),
                    document.doc_type,
                    number,
                    codes.get(document.issuer, "?"),
                    state_word(node.reader.status(document)),
                    document.entry,
                    document.time,
                    named_by,
                )
            )
        for reference in _references(node, issued[0]):
            targets = _by_number(node, reference)
            named = f"{issued[0].doc_type} {number_of(node, digest)}".strip()
            waiting += [(target, named) for target in targets]
            if not targets:
                found.append(
                    LinkedPaper(
                        "",
                        "/".join(reference.types),
                        reference.number,
                        "",
                        "not-on-ledger",
                        None,
                        None,
                        named,
                    )
                )
    return found


def _references(node: Node, document: DocumentRecord) -> tuple[types.Reference, ...]:
    try:
        content = node.vault.get(document.digest)
        return types.references_of(types.check(types.get(document.doc_type), content))
    except SanadError:
        return ()  # not kept, erased or damaged (which fsck reports): a trace shows what can be read


def _by_number(node: Node, reference: types.Reference) -> list[bytes]:
    """Digests of documents of the named number that this office knows, newest first issued last."""
    with node.office.connect() as connection:
        rows = connection.execute(
            select(papers.c.digest)
            .where(papers.c.number == reference.number, papers.c.doc_type.in_(reference.types))
            .limit(20)
        )
        return [row.digest for row in rows]
