"""Issuing many documents: check each, put the good ones under one batch root, anchor the root.

A bad row never stops the others and never goes in. Running the same command again after a crash, or with
some rows mended, issues only what is not on the ledger yet: a document already issued by this formation is
reported as such.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from sanad_node import identifiers, types
from sanad_node.acting import acting_key, done, fingerprint, fresh_key, word
from sanad_node.batch_files import write_batch
from sanad_node.claims import scope_of
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.engines.base import CallReverted
from sanad_node.issuing import (
    NO_WORD,
    AlreadyIssued,
    NumberInUse,
    Paper,
    already_there,
    must_be_issuable,
    paper_facts,
    prepare_paper,
)
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, Fact, Request
from sanad_node.pipeline.refusals import ActRefused, refusal_of
from sanad_node.promised import Promised
from sanad_node.reading import FormationRecord
from sanad_node.registering import must_be_plain
from sanad_node.types import DocumentType
from sanad_node.vault import VaultCorrupt, VaultMissing
from sanad_node.ways.rows import Source
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError, InputError, SanadError

BATCH_AT_MOST = 50_000
"""Documents under one root: bounds memory; a larger run makes several batches."""
LOOKED_UP_TOGETHER = 500
ANY_ROOT = bytes(31) + b"\1"
"""Stands for the root of a batch where only the power to issue one is asked about."""
Progress = Callable[[str, int], None]
"""Called with a stage (`checked`, `anchored`) and how many rows are through it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: `issued`, `already`, `promised` (accepted, chain not reached) or `failed`; of a dry run
    `would-issue` for what would be issued.
    """

    source: str
    outcome: str
    digest: Digest | None = None
    number: str = ""
    entry: int | None = None
    leaf: int | None = None
    code: str = ""
    message: str = ""
    field: str = ""
    warnings: tuple[identifiers.IdentifierWarning, ...] = ()


def issue_batch(
    node: Node,
    sources: Iterator[Source],
    *,
    doc_type: str,
    formation: str,
    keep: bool = True,
    salted: bool = True,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> Iterator[Outcome]:
    """Issue what can be issued, yielding an outcome for each row as its batch is settled; or, as a dry run, say what
    would be done and store nothing.
    """
    must_be_issuable(doc_type)
    kind = types.get(doc_type)
    node.catch_up_if_possible()
    must_be_plain(node, kind.name, "issue them one by one, each with what it rests on")
    office = node.reader.formation(formation)
    acting_key(node, office)  # fail before the work, not after it
    run = BatchRun(node, kind, office, keep=keep, salted=salted)
    settle = run.anchor
    if dry_run:
        settle = partial(run.foresee, obstacle(node, office, kind.name))
        run.seen |= Promised(node, office, kind.name).more()
    checked = 0
    while part := list(islice(sources, LOOKED_UP_TOGETHER)):
        yield from run.add(part)
        checked += len(part)
        if progress:
            progress("checked", checked)
        if len(run.papers) >= BATCH_AT_MOST:
            yield from settle()
            if progress:
                progress("anchored", checked)
    if run.papers:
        yield from settle()
    if progress:
        progress("anchored", checked)


class BatchRun:
    """One run over a batch's rows: what is ready to be anchored, and what must not stand twice in it.

    `seen` are the digests and blinded keys that the ledger does not show yet: of this run, and whatever else
    its owner knows to be promised.
    """

    def __init__(
        self,
        node: Node,
        kind: DocumentType,
        office: FormationRecord,
        *,
        keep: bool = True,
        salted: bool = True,
    ) -> None:
        self._node = node
        self._kind = kind
        self._office = office
        self._keep = keep
        self._salted = salted
        self.seen: set[bytes] = set()
        self.papers: list[tuple[Source, Paper]] = []

    def add(self, part: list[Source]) -> Iterator[Outcome]:
        """Check some rows; the good ones wait for `anchor` or `take`, the others are reported."""
        ready: list[tuple[Source, Paper]] = []
        for source in part:
            try:
                ready.append((source, self._paper(source)))
            except (EvidenceError, InputError, VaultCorrupt) as error:  # other faults are not the row's
                yield _failed(source, error)
        issued, taken = already_there(
            self._node, [paper.leaf for _, paper in ready], self._office, self._kind.name
        )
        for source, paper in ready:
            digest, key = paper.leaf.subject, paper.leaf.data
            if digest in issued or digest in self.seen:
                yield _failed(
                    source, AlreadyIssued("this very document is issued already", field=source.name)
                )
            elif key in taken or key in self.seen:
                yield _failed(source, NumberInUse("a document of this number is in force", field=source.name))
            else:
                self.seen |= {digest, key} - {NO_WORD}
                self.papers.append((source, paper))

    def _paper(self, source: Source) -> Paper:
        if source.problem is not None:
            raise source.problem
        checked = types.check(self._kind, source.data or b"")
        if self._keep:
            _must_not_be_erased(self._node, checked.digest)
        return prepare_paper(self._node, checked, self._office, name=source.name, salted=self._salted)

    def take(self) -> list[tuple[Source, Paper]]:
        """What waits, which is then the caller's to anchor."""
        gathered, self.papers = self.papers, []
        return gathered

    def anchor(self) -> Iterator[Outcome]:
        """Put what waits under one root. What the contracts refuse is told row by row: other rows may be anchored."""
        gathered = self.take()
        papers = [paper for _, paper in gathered]
        try:
            act = done(anchor_papers(self._node, papers, self._office, keep=self._keep))
        except ActRefused as refusal:
            yield from _refused(gathered, refusal)
            return
        state = "promised" if act.entry is None else "issued"
        for place, (source, paper) in enumerate(gathered):
            yield _settled(state, source, paper, place, entry=act.entry)

    def foresee(self, obstacle: ActRefused | None) -> Iterator[Outcome]:
        """What `anchor` would do with what waits: issue it, or be refused for the same reason each."""
        gathered = self.take()
        if obstacle is not None:
            yield from _refused(gathered, obstacle)
            return
        for place, (source, paper) in enumerate(gathered):
            yield _settled("would-issue", source, paper, place)


def _settled(state: str, source: Source, paper: Paper, place: int, *, entry: int | None = None) -> Outcome:
    digest, number = paper.checked.digest, paper.checked.number
    return Outcome(source.name, state, digest, number, entry, place, warnings=warnings_of(source, paper))


def _refused(gathered: list[tuple[Source, Paper]], refusal: ActRefused) -> Iterator[Outcome]:
    for place, (source, paper) in enumerate(gathered):
        told = _settled("failed", source, paper, place)
        yield replace(told, code=refusal.code, message=refusal.message)


def warnings_of(source: Source, paper: Paper) -> tuple[identifiers.IdentifierWarning, ...]:
    """What to look at again in a row: how it came in, and the numbers and codes in it."""
    return (*source.notes, *identifiers.warnings_in(paper.checked))


def obstacle(node: Node, office: FormationRecord, doc_type: str) -> ActRefused | None:
    """Why the contracts would refuse a batch of this office now; None if they would take it. `ChainUnavailable` if they
    cannot be asked: then nobody can tell.
    """
    call = encode_call(load("Ledger"), "issueBatch", word(doc_type), ANY_ROOT, 1, NO_WORD)
    try:
        node.engine.call(node.network.address("Ledger"), call, acting_key(node, office))
    except CallReverted as reverted:
        return refusal_of(reverted.data).error()
    return None


def _must_not_be_erased(node: Node, digest: Digest) -> None:
    """Refuse the row alone: the vault would refuse all that are put with it."""
    with suppress(VaultMissing):
        node.vault.secret(digest)


def _failed(source: Source, error: SanadError) -> Outcome:
    already = isinstance(error, AlreadyIssued)
    return Outcome(
        source.name,
        "already" if already else "failed",
        code=error.code,
        message=error.message,
        field=error.field or "",
    )


def anchor_papers(
    node: Node,
    papers: list[Paper],
    office: FormationRecord,
    *,
    keep: bool,
    key: str | None = None,
    facts: tuple[Fact, ...] = (),
    about: Mapping[str, str] | None = None,
) -> Act:
    """Keep the documents, write the batch file, and anchor its root: in that order, each durable before the
    next. Returns the act as it stands, which may be refused.

    `facts` are stored with the act or not at all. Without a key of the caller's the batch names itself, so
    that repeating it repeats nothing.
    """
    if keep:
        node.vault.put_many((paper.checked.digest, paper.checked.content, paper.seed) for paper in papers)
    root = write_batch(node.directory.batches, [paper.leaf for paper in papers])
    doc_type = papers[0].checked.type.name
    mark = fingerprint(doc_type=doc_type, formation=office.code, root=root)
    call = encode_call(load("Ledger"), "issueBatch", word(doc_type), root, len(papers), NO_WORD)
    remembered = (*paper_facts(papers, office, kept=keep), *facts)
    told = {"type": doc_type, "formation": office.code, "documents": str(len(papers)), **(about or {})}
    signer = acting_key(node, office)
    named = fresh_key(node, "issue-batch", mark) if key is None else key
    request = Request(named, mark, signer, "Ledger", call, remembered, "issue-batch", told)
    words = {word for paper in papers for word in (paper.leaf.subject, paper.leaf.data)}
    with node.claims.hold(scope_of(office.number, doc_type), words, named, whoever=True):
        (act,) = node.perform([request])
    return act
