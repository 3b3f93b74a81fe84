"""An arrival held against what the partner's customs were told at export: by the rules for findings, on the fields that
the partner let flow.

The mirrored declaration is read as one that is held here, as far as its fields go; what they do not say is not
compared. It is worked out when it is asked for, so it is always of the papers held now.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from sanad_node import types
from sanad_node.exchange.contents import Mirrored
from sanad_node.exchange.receiving import proved, record_of
from sanad_node.findings import facts, noting, report
from sanad_node.findings.facts import Paper
from sanad_node.findings.library import Library
from sanad_node.findings.prices import LedgerPrices
from sanad_node.findings.report import Finding
from sanad_node.node import Node
from sanad_node.store.finding_tables import noted_names, noted_papers
from sanad_node.types import pointers
from sanad_node.types.checking import CheckedDocument
from sanad_node.vault import VaultCorrupt, VaultErased, VaultMissing
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError, InputError


@dataclass(frozen=True, slots=True)
class Arrived:
    """Declarations held here that are about the same goods, and what was found between them and the mirrored one."""

    declarations: tuple[Paper, ...]
    findings: tuple[Finding, ...]


def matched(node: Node, mirrored: Mirrored) -> Arrived:
    """What has arrived of a mirrored export declaration, and what differs; nothing while nothing has."""
    if mirrored.type not in facts.views():
        return Arrived((), ())  # an agreement may let documents flow that are compared with nothing
    noting.catch_up(node)
    exported = as_paper(node, mirrored)
    held = _naming_the_same(node, exported)
    library = Library([exported, *held])
    found = tuple(one for one in held if exported in library.exports_of(one))
    size = node.reader.position().size
    told = report.evaluate(Library([exported, *found]), LedgerPrices(node.office, size, counted=False))
    digest = mirrored.digest
    return Arrived(found, tuple(one for one in told if any(place.digest == digest for place in one.places)))


def as_paper(node: Node, mirrored: Mirrored) -> Paper:
    """The mirrored fields as a paper; `MessageInvalid` if they are not proved any more."""
    value: dict[str, Any] = {}
    for field in proved(node, mirrored):
        _put(value, list(pointers.split(field.pointer)), field.value)
    value = _lists(value)
    record = record_of(node, mirrored)
    document = CheckedDocument(
        types.get(mirrored.type), b"", Digest(bytes.fromhex(mirrored.digest)), value, mirrored.digest, ""
    )
    code = node.reader.formation_codes().get(record.issuer, "?")
    return facts.read(document, issuer=code, entry=record.entry)


def _put(value: dict[str, Any], path: list[str], found: Any) -> None:
    for step in path[:-1]:
        value = value.setdefault(step, {})
    value[path[-1]] = found


def _lists(value: Any) -> Any:
    """Groups whose names are all numbers were arrays; what was not shown of one is left out."""
    if not isinstance(value, dict):
        return value
    if value and all(name.isascii() and name.isdecimal() for name in value):
        in_order = sorted(value, key=lambda name: (len(name), name))  # a name may be too long for a number
        return [_lists(value[name]) for name in in_order]
    return {name: _lists(one) for name, one in value.items()}


def _naming_the_same(node: Node, exported: Paper) -> list[Paper]:
    """Declarations held here that name a bill or an invoice which the exported one names."""
    numbers = {one.number for one in exported.references}
    names, papers = noted_names.c, noted_papers.c
    with node.office.connect() as connection:
        query = (
            select(papers.digest, papers.doc_type, papers.issuer, papers.entry)
            .join(noted_names, (names.digest == papers.digest) & (names.doc_type == papers.doc_type))
            .where(names.number.in_(numbers), papers.ended.is_(None), papers.held == noting.HELD)
            .distinct()
        )
        rows = connection.execute(query).all()
    codes, found = node.reader.formation_codes(), []
    for row in rows:
        if row.digest.hex() == exported.digest:
            continue
        try:
            code = codes.get(row.issuer, "?")
            found.append(noting.content_of(node, row.digest, row.doc_type, code, row.entry))
        except (VaultErased, VaultMissing, VaultCorrupt, InputError, EvidenceError):
            continue  # the page of findings tells what is not held
    return [one for one in found if one.role == exported.role and not one.exports]
