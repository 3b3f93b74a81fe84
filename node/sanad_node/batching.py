"""Issuing many documents: check each, put the good ones under one batch root, anchor the root.

A bad row never stops the others and never goes in. Running the same command again after a crash, or with
some rows mended, issues only what is not on the ledger yet: a document already issued by this formation is
reported as such.
"""

import base64
import csv
import hmac
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sanad_node import identifiers, types
from sanad_node.acting import acting_key, done, fingerprint, fresh_key, word
from sanad_node.batch_files import write_batch
from sanad_node.claims import scope_of
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
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
from sanad_node.reading import FormationRecord
from sanad_node.registering import must_be_plain
from sanad_node.types import DocumentType
from sanad_node.vault import VaultCorrupt, VaultMissing
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError, InputError, SanadError

BATCH_AT_MOST = 50_000
"""Documents under one root: bounds memory; a larger run makes several batches."""
LOOKED_UP_TOGETHER = 500
COLUMNS_AT_MOST = 1000
SALT_BYTES = 16
Progress = Callable[[str, int], None]
"""Called with a stage (`checked`, `anchored`) and how many rows are through it."""


class BatchSourceInvalid(InputError):
    """The folder or CSV file of a batch cannot be read as one."""

    code = "BATCH_SOURCE_INVALID"


@dataclass(frozen=True, slots=True)
class Source:
    """One row: where it came from, and its bytes or what is wrong with it."""

    name: str
    data: bytes | None
    problem: SanadError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: `issued`, `already`, `promised` (accepted, chain not reached) or `failed`."""

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


def read_folder(folder: Path, doc_type: DocumentType) -> Iterator[Source]:
    """Each regular file directly in a folder, in order of name; hidden files are left out."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise BatchSourceInvalid("the folder cannot be read", field=folder.name) from error
    for path in paths:
        if path.name.startswith(".") or not path.is_file():
            continue
        name = os.fsencode(path.name).decode("utf-8", "replace")
        try:
            with path.open("rb") as file:
                content = file.read(
                    doc_type.max_bytes + 1
                )  # one too many, so that the type's own limit refuses it
        except OSError:
            yield Source(name, None, BatchSourceInvalid("the file cannot be read", field=name))
        else:
            yield Source(name, content)


def read_csv(path: Path, doc_type: DocumentType, secret: bytes, *, first: int = 0) -> Iterator[Source]:
    """Each row of a CSV file (UTF-8, header of JSON pointers or dotted names) as a document of the type, from
    row `first` on.

    The salt of a row's document follows from the row and a secret of this office: the same row is the same
    document.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="strict") as file:
            reader = csv.DictReader(file, strict=True)
            if not reader.fieldnames:
                raise BatchSourceInvalid("the CSV file has no header", field=path.name)
            if len(reader.fieldnames) > COLUMNS_AT_MOST:
                raise BatchSourceInvalid(f"a row has at most {COLUMNS_AT_MOST} columns", field=path.name)
            if len(set(reader.fieldnames)) < len(reader.fieldnames):
                raise BatchSourceInvalid("two columns of the CSV file have the same name", field=path.name)
            for line, row in islice(enumerate(reader, start=2), first, None):
                yield _from_row(f"line {line}", row, doc_type, secret)
    except (csv.Error, UnicodeDecodeError) as error:
        raise BatchSourceInvalid("the CSV file is malformed or not UTF-8", field=path.name) from error
    except OSError as error:
        raise BatchSourceInvalid("the CSV file cannot be read", field=path.name) from error


def _from_row(name: str, row: dict[str | None, str | None], doc_type: DocumentType, secret: bytes) -> Source:
    if None in row or None in row.values():
        problem = BatchSourceInvalid("the row has more or fewer columns than the header", field=name)
        return Source(name, None, problem)
    cells = {str(column): str(value) for column, value in row.items()}
    if doc_type.salted and "salt" not in cells and "/salt" not in cells:
        mark = hmac.digest(secret, b"row\0" + repr(sorted(cells.items())).encode(), "sha256")
        cells["salt"] = base64.urlsafe_b64encode(mark[:SALT_BYTES]).rstrip(b"=").decode()
    try:
        return Source(name, types.from_row(doc_type, cells))
    except SanadError as error:
        return Source(name, None, error)


def issue_batch(
    node: Node,
    sources: Iterator[Source],
    *,
    doc_type: str,
    formation: str,
    keep: bool = True,
    salted: bool = True,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Issue what can be issued, yielding an outcome for each row as its batch is settled."""
    must_be_issuable(doc_type)
    kind = types.get(doc_type)
    node.catch_up_if_possible()
    must_be_plain(node, kind.name, "issue them one by one, each with what it rests on")
    office = node.reader.formation(formation)
    acting_key(node, office)  # fail before the work, not after it
    run = BatchRun(node, kind, office, keep=keep, salted=salted)
    checked = 0
    while part := list(islice(sources, LOOKED_UP_TOGETHER)):
        yield from run.add(part)
        checked += len(part)
        if progress:
            progress("checked", checked)
        if len(run.papers) >= BATCH_AT_MOST:
            yield from run.anchor()
            if progress:
                progress("anchored", checked)
    if run.papers:
        yield from run.anchor()
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
        """Put what waits under one root."""
        gathered = self.take()
        papers = [paper for _, paper in gathered]
        act = done(anchor_papers(self._node, papers, self._office, keep=self._keep), field="--as")
        state = "promised" if act.entry is None else "issued"
        for place, (source, paper) in enumerate(gathered):
            yield Outcome(
                source.name,
                state,
                paper.checked.digest,
                paper.checked.number,
                act.entry,
                place,
                warnings=identifiers.warnings_in(paper.checked),
            )


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
