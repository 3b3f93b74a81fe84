"""The papers that stand, and how they hang together: which names which, and which share a bill or an invoice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sanad_node.findings.comparing import same_form
from sanad_node.findings.facts import Paper


class Library:
    """Papers in the order of the log."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.papers: Sequence[Paper] = sorted(papers, key=lambda one: (one.entry, one.key))
        self._numbered: dict[tuple[str, str], list[Paper]] = defaultdict(list)
        self._namers: dict[tuple[str, str], list[Paper]] = defaultdict(list)
        self._sharing: dict[tuple[str, ...], list[Paper]] = defaultdict(list)
        for paper in self.papers:
            self._numbered[paper.doc_type, paper.number].append(paper)
            for kind, number in {(kind, one.number) for one in paper.references for kind in one.types}:
                self._namers[kind, number].append(paper)
            for mark in marks_of(paper):
                self._sharing[mark].append(paper)

    def named_by(self, paper: Paper, role: str) -> list[Paper]:
        """The papers of a role that it names, each once, in the order in which it names them."""
        found = (
            one
            for reference in paper.references
            for kind in reference.types
            for one in self._numbered[kind, reference.number]
            if one.role == role
        )
        return list(dict.fromkeys(found))

    def naming(self, paper: Paper, role: str) -> list[Paper]:
        """The papers of a role that name it, in the order of the log."""
        return [one for one in self._namers[paper.doc_type, paper.number] if one.role == role]

    def exports_of(self, paper: Paper) -> list[Paper]:
        """Export declarations about the goods of an import declaration: of the same bill, or of the same invoice."""
        if paper.role != "declaration" or paper.exports:
            return []
        found = {one.key: one for mark in marks_of(paper) for one in self._sharing[mark] if one.exports}
        return sorted(found.values(), key=lambda one: (one.entry, one.key))

    def sharing(self, mark: tuple[str, ...], *, exports: bool) -> list[Paper]:
        """The declarations of one direction with the same mark, in the order of the log."""
        return [one for one in self._sharing[mark] if one.exports is exports]

    def missing(self, paper: Paper) -> list[tuple[tuple[str, ...], str]]:
        """The papers that it names and that are not among these: their possible types, and number."""
        return [
            (one.types, one.number)
            for one in dict.fromkeys(paper.references)
            if not any(self._numbered[kind, one.number] for kind in one.types)
        ]


def marks_of(paper: Paper) -> list[tuple[str, ...]]:
    """What declarations about the same goods have in common: the carrier's bill, the seller's invoice."""
    if paper.role != "declaration":
        return []
    carrier, bill = paper.first("billCarrier"), paper.first("billNumber")
    seller, invoice = paper.first("sellerName"), paper.first("invoiceNumber")
    marks: list[tuple[str, ...]] = []
    if carrier is not None and bill is not None:
        marks.append(("bill", carrier.text, same_form("billNumber", bill.text)))
    if seller is not None and invoice is not None:
        marks.append(
            ("invoice", same_form("sellerName", seller.text), same_form("invoiceNumber", invoice.text))
        )
    return marks
