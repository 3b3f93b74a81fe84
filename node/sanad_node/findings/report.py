"""All findings as of a block: the same block, papers and rules give the same bytes (docs/spec/findings.md).

What is compared are the papers that stand after that block and that this node holds. A paper that is on the ledger
and not held, and a paper that another names and that is not here, are told: nothing can be said about them.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import or_, select

from sanad_node.findings import checks, custody_checks, noting
from sanad_node.findings.checks import Around, Hit, Prices
from sanad_node.findings.custody_checks import Seen
from sanad_node.findings.facts import Paper
from sanad_node.findings.journeys import Journey, hour_of, journeys
from sanad_node.findings.library import Library
from sanad_node.findings.prices import LedgerPrices
from sanad_node.findings.rules import Rule, rules
from sanad_node.findings.rules import digest as rules_digest
from sanad_node.node import Node
from sanad_node.store.finding_tables import noted_papers
from sanad_node.vault import VaultCorrupt, VaultErased, VaultMissing
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import canonicalise

FORMAT = "urn:sanad:findings:1"
SEVERITIES = ("high", "medium", "low")
REMEMBERED = 2
"""Whole reports kept, for who turns their pages."""
LOOKED_UP_TOGETHER = 500
WHY = {noting.NOT_HELD: "not-held", noting.UNREADABLE: "unreadable"}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a paper, and what is written there; `value` empty where something is missing."""

    role: str
    type: str
    issuer: str
    number: str
    digest: str
    entry: int
    pointer: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found. `id` is the same in every report in which the same places are found by the same rule."""

    id: str
    rule: str
    severity: str
    places: tuple[Place, ...]
    figures: dict[str, str]


@dataclass(frozen=True, slots=True)
class Unheld:
    """A paper on the ledger that could not be compared."""

    digest: str
    type: str
    issuer: str
    entry: int
    why: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A paper that another names and that is not among those held here."""

    named_by: str
    issuer: str
    """Of the paper that names it."""
    types: tuple[str, ...]
    number: str
    why: str
    """`not-held`: there is none here; `not-in-force`: it was superseded or revoked."""


@dataclass(frozen=True, slots=True)
class Report:
    """See the module. `held` is a digest over the papers that were compared."""

    origin: str
    block: int
    size: int
    rules: str
    held: str
    papers: int
    findings: tuple[Finding, ...]
    unheld: tuple[Unheld, ...]
    missing: tuple[Missing, ...]


_kept: WeakKeyDictionary[Node, OrderedDict[tuple[int, int, str], Report]] = WeakKeyDictionary()
_making = Lock()


def report(node: Node, block: int | None = None) -> Report:
    """Every finding as of a block, of the newest final one if none is named. `BlockNotFinal`, or the vault's fault."""
    asked = noting.final_block(node) if block is None else block
    size = noting.size_at(node, asked)
    with _making:  # one at a time: it reads every paper
        kept = _kept.setdefault(node, OrderedDict())
        named = size, hour_of(node, asked), rules_digest()
        found = kept.get(named)
        if found is None:
            noting.catch_up(node)
            found = kept[named] = _report(node, asked, size, None)
            while len(kept) > REMEMBERED:
                kept.popitem(last=False)
    return found if found.block == asked else _at(found, asked)


def about(node: Node, digest: bytes, block: int | None = None) -> Report:
    """The findings that one document is part of; only the papers around it are read."""
    asked = noting.final_block(node) if block is None else block
    size = noting.size_at(node, asked)
    with _making:
        noting.catch_up(node)
    whole = _report(node, asked, size, noting.neighbourhood(node, [digest]))
    text = digest.hex()
    return Report(
        whole.origin, whole.block, whole.size, whole.rules, whole.held, whole.papers,
        tuple(one for one in whole.findings if any(place.digest == text for place in one.places)),
        tuple(one for one in whole.unheld if one.digest == text),
        tuple(one for one in whole.missing if one.named_by == text),
    )  # fmt: skip


def renew(node: Node) -> int:
    """Look at every held paper again; returns how many are held."""
    with _making:
        _kept.pop(node, None)
        return noting.renew(node)


def encode(told: Report) -> bytes:
    """The report's bytes: canonical JSON."""
    return canonicalise(as_json(told))


def as_json(told: Report) -> dict[str, Any]:
    """The report as docs/spec/findings.md has it."""
    return {
        "format": FORMAT,
        "origin": told.origin,
        "block": told.block,
        "size": told.size,
        "rules": told.rules,
        "held": told.held,
        "papers": told.papers,
        "findings": [_finding_json(one) for one in told.findings],
        "notCompared": [
            {"digest": o.digest, "type": o.type, "issuer": o.issuer, "entry": o.entry, "why": o.why}
            for o in told.unheld
        ],
        "notFound": [
            {
                "namedBy": one.named_by,
                "issuer": one.issuer,
                "types": list(one.types),
                "number": one.number,
                "why": one.why,
            }
            for one in told.missing
        ],
    }


def _finding_json(one: Finding) -> dict[str, Any]:
    names = Place.__dataclass_fields__
    return {
        "id": one.id,
        "rule": one.rule,
        "severity": one.severity,
        "places": [{name: getattr(place, name) for name in names} for place in one.places],
        "figures": dict(one.figures),
    }


def _at(found: Report, block: int) -> Report:
    """The report of another block of the same hour, after which the log is as long."""
    return Report(
        found.origin, block, found.size, found.rules, found.held, found.papers,
        found.findings, found.unheld, found.missing,
    )  # fmt: skip


def _report(node: Node, block: int, size: int, only: set[bytes] | None) -> Report:
    papers, unheld = _standing(node, size, only)
    library = Library(papers)
    found = list(evaluate(library, LedgerPrices(node.office, size, counted=only is None)))
    held = ["|".join(one.key) for one in library.papers]
    for journey in journeys(node, size, block) if only is None else ():
        held += [f"{digest}|{journey.kind}|{journey.consignment}" for digest in journey.held]
        found += evaluate_custody(journey)
    found.sort(key=_order)
    missing = list(_missing(node, library, size))
    mark = hashlib.sha256("\n".join(held).encode()).hexdigest()
    return Report(
        node.network.origin, block, size, rules_digest(), mark, len(papers),
        tuple(found), tuple(unheld), tuple(missing),
    )  # fmt: skip


def _missing(node: Node, library: Library, size: int) -> Iterator[Missing]:
    """The papers that are named and do not stand here, and whether they did."""
    named = [(paper, types, number) for paper in library.papers for types, number in library.missing(paper)]
    t, past = noted_papers.c, set[tuple[str, str]]()
    numbers = sorted({number for _, _, number in named})
    with node.office.connect() as connection:
        for start in range(0, len(numbers), LOOKED_UP_TOGETHER):
            part = numbers[start : start + LOOKED_UP_TOGETHER]
            query = select(t.doc_type, t.number).where(t.number.in_(part), t.ended < size)
            past |= {(row.doc_type, row.number) for row in connection.execute(query)}
    for paper, types, number in named:
        why = "not-in-force" if any((kind, number) in past for kind in types) else "not-held"
        yield Missing(paper.digest, paper.issuer, types, number, why)


def _standing(node: Node, size: int, only: set[bytes] | None) -> tuple[list[Paper], list[Unheld]]:
    """The papers that stand when the log has `size` entries: those held, read, and those not."""
    t = noted_papers.c
    query = select(noted_papers).where(t.entry < size, or_(t.ended.is_(None), t.ended >= size))
    if only is not None and len(only) <= LOOKED_UP_TOGETHER:
        query = query.where(t.digest.in_(only))
    with node.office.connect() as connection:
        rows = list(connection.execute(query.order_by(t.entry, t.leaf, t.digest)))
    codes = node.reader.formation_codes()
    papers: list[Paper] = []
    unheld: list[Unheld] = []
    for row in rows:
        if only is not None and row.digest not in only:
            continue
        issuer, why = codes.get(row.issuer, "?"), WHY.get(row.held, "")
        if not why:
            try:
                papers.append(noting.content_of(node, row.digest, row.doc_type, issuer, row.entry))
            except VaultErased:
                noting.forget(node, row)
                why = WHY[noting.NOT_HELD]
            except VaultMissing:
                why = WHY[noting.NOT_HELD]
            except (VaultCorrupt, InputError, EvidenceError):
                why = WHY[noting.UNREADABLE]
        if why:
            unheld.append(Unheld(row.digest.hex(), row.doc_type, issuer, row.entry, why))
    return papers, unheld


def evaluate(library: Library, prices: Prices) -> Iterator[Finding]:
    """Every rule on every paper of its role."""
    by_role: dict[str, dict[str, list[Rule]]] = {}
    for rule in rules().values():
        by_role.setdefault(rule.of, {}).setdefault(rule.against, []).append(rule)
    for paper in library.papers:
        for against, those in by_role.get(paper.role, {}).items():
            surroundings: Around = checks.around(library, prices, paper, against)
            if against and not surroundings.others:
                continue
            for rule in those:
                yield from (_finding(rule, hit) for hit in checks.run(rule, paper, surroundings))


def _finding(rule: Rule, hit: Hit) -> Finding:
    places = tuple(
        Place(p.role, p.doc_type, p.issuer, p.number, p.digest, p.entry, one.pointer, one.text)
        for one in hit.evidence
        for p in [one.paper]
    )
    return Finding(finding_id(rule.id, places), rule.id, rule.severity, places, dict(hit.figures))


def evaluate_custody(journey: Journey) -> Iterator[Finding]:
    """Every rule of custody on one journey."""
    for rule in rules().values():
        if rule.of == "custody":
            for hit in custody_checks.run(rule, journey):
                places = tuple(_seen(journey, one) for one in hit.seen)
                yield Finding(finding_id(rule.id, places), rule.id, rule.severity, places, dict(hit.figures))


def _seen(journey: Journey, one: Seen) -> Place:
    """An act as a place: of the consignment, by who did it; the pointer names its entry, and what of it."""
    name = journey.reference or journey.consignment[:16]
    pointer = f"/{one.step.entry}/{one.what}"
    return Place(
        "custody",
        journey.kind,
        one.step.formation,
        name,
        journey.consignment,
        one.step.entry,
        pointer,
        one.value,
    )


def finding_id(rule: str, places: Sequence[Place]) -> str:
    """32 hex digits by the rule and the places; what is written there follows from the digests."""
    named = [[one.digest, one.type, one.issuer, one.pointer] for one in places]
    return hashlib.sha256(canonicalise([rule, *named])).hexdigest()[:32]


def _order(one: Finding) -> tuple[Any, ...]:
    return SEVERITIES.index(one.severity), one.rule, one.places[0].entry, one.places[0].digest, one.id
