"""A dossier that agrees, and the cases of a rule's file: one thing changed in it.

The papers are those of the sample dossier and the export declaration of the same goods. A case `copy`s papers and
`set`s members of them (`paper/member/…`; null takes one away).
"""

import copy
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sanad_node import samples, types
from sanad_node.findings.facts import Paper, read
from sanad_node.findings.library import Library
from sanad_node.findings.report import Finding, evaluate
from sanad_node.types import CheckedDocument, pointers
from sanad_verifier.digests import Digest
from sanad_verifier.json_profile import canonicalise

FILES = {
    "instrument": ("PSW_FI", "01-psw-fi.json", "BANK"),
    "eif": ("EIF", "02-eif.json", "BANK"),
    "invoice": ("COMMERCIAL_INVOICE", "03-commercial-invoice.json", "TRADER"),
    "bill": ("BILL_OF_LADING", "04-bill-of-lading.json", "LINE"),
    "declaration": ("GOODS_DECLARATION", "05-goods-declaration.json", "KAPW"),
}
GOOD_IBAN = "PK36SCBL0000001123456702"


def values() -> dict[str, tuple[str, str, Any]]:
    """Type, issuer and content of each paper of a dossier that agrees."""
    told = {
        name: (kind, issuer, json.loads((samples.FOLDER / "dossier" / file).read_bytes()))
        for name, (kind, file, issuer) in FILES.items()
    }
    for name in ("instrument", "eif"):
        told[name][2]["trader"]["iban"] = (
            GOOD_IBAN  # the samples' accounts are nobody's, and their numbers wrong
        )
    exported = copy.deepcopy(told["declaration"][2])
    exported.update(
        gdType="EXPORT", gdNumber="CNNB-EX-4411-28-08-2026", collectorate="CNNB", declarationDate="2026-08-28"
    )
    del exported["financialInstruments"]
    return {**told, "export": ("GOODS_DECLARATION", "CNNB", exported)}


class Prices:
    """Medians by subheading alone."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = {hs6: (Decimal(one["median"]), int(one["lines"])) for hs6, one in told.items()}

    def median(self, hs6: str, origin: str, unit: str, currency: str, least: int = 1) -> tuple[Decimal, int]:
        return self._told.get(hs6, (Decimal(0), 0))


def findings_of(case: Mapping[str, Any]) -> list[Finding]:
    """Every finding of every rule in a case."""
    papers = values()
    for name, new in case.get("copy", {}).items():
        papers[new] = copy.deepcopy(papers[name])
    for path, value in case.get("set", {}).items():
        name, _, place = path.partition("/")
        put(papers[name][2], pointers.split(f"/{place}"), value)
    library = Library(paper(n, *told) for n, told in enumerate(papers.values()))
    return list(evaluate(library, Prices(case.get("prices", {}))))


def paper(entry: int, kind: str, issuer: str, value: Any) -> Paper:
    """A paper of a type, without its schema's check: a case may hold what no office could issue."""
    document_type = types.get(kind)
    parts = [str(pointers.first(value, one)) for one in document_type.key]
    content = canonicalise(value)
    digest = Digest(hashlib.sha256(content).digest())
    checked = CheckedDocument(
        document_type, content, digest, value, types.normalise_number(*parts), "/".join(parts)
    )
    return read(checked, issuer=issuer, entry=entry)


def put(value: Any, segments: tuple[str, ...], new: Any) -> None:
    """Set or take away one member; every one above it must be there."""
    for segment in segments[:-1]:
        value = value[int(segment)] if isinstance(value, list) else value[segment]
    last: Any = int(segments[-1]) if isinstance(value, list) else segments[-1]
    if new is None:
        del value[last]
    else:
        value[last] = new
