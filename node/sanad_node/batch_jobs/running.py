"""Running one job: check its rows part by part, and promise each part together with its rows' outcomes.

The act that issues a part and the outcomes of all its rows, good and bad, are one transaction. So whatever
happens to the process, a row either has an outcome for ever or none at all and nothing of it was promised;
the next run begins at the first row without one.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from sanad_node import types
from sanad_node.acting import acting_key
from sanad_node.asking import Asking, asking
from sanad_node.batch_jobs.records import Job, Records
from sanad_node.batching import BatchRun, Outcome, anchor_papers, warnings_of
from sanad_node.identifiers import IdentifierWarning
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Fact
from sanad_node.promised import Promised
from sanad_node.shown import shown
from sanad_node.store.service_tables import batch_rows
from sanad_node.ways.forms import read_source
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source

CHUNK_ROWS = 250
CHUNK_BYTES = 8 * 1024 * 1024
"""Rows and bytes checked together: bounds how long a job takes to notice that it must stop."""
PART_ROWS = 2000
PART_BYTES = 32 * 1024 * 1024
"""Rows and bytes under one root: bounds memory, what a crash makes us check again, and how long other
callers wait while a part is stored.
"""
SEEN_AT_MOST = 20_000
"""Digests and keys remembered before those that have reached the ledger are forgotten: bounds memory."""
TEXT_AT_MOST = 256
_BARE: dict[str, Any] = {
    "digest": None,
    "number": "",
    "leaf": None,
    "act_key": "",
    "code": "",
    "message": "",
    "field": "",
    "warnings": "",
}


def run_job(
    node: Node,
    records: Records,
    path: Path,
    job: Job,
    *,
    interrupted: Callable[[], bool] = lambda: False,
    told: Callable[[], None] = lambda: None,
) -> bool:
    """Take a job from where it is to its end; False if it was interrupted before.

    Raises what ends the job as a whole after what was read until then is settled.
    """
    node.catch_up_if_possible()
    run = _JobRun(node, records, job)
    sources = read_source(path, job.form, Reading(run.kind, node.directory.secret("vault"), run.next))
    try:
        for chunk in _chunks(sources):
            if interrupted():
                return False
            run.check(chunk)
            if run.full:
                run.settle()
            told()
    except BatchSourceInvalid:
        run.settle()
        raise
    run.settle()
    return True


class _JobRun:
    """The part of a job that is being gathered: rows from place `first` to `next`, which is not in it."""

    def __init__(self, node: Node, records: Records, job: Job) -> None:
        self._node = node
        self._records = records
        self._job = job
        self._office = node.reader.formation(job.formation)
        acting_key(node, self._office)  # fail before the work, not after it
        self.kind = types.get(job.doc_type)
        self._run = BatchRun(node, self.kind, self._office, keep=job.keep)
        self._promised = Promised(node, self._office, job.doc_type)
        self.next = self._first = records.next_place(job.id)
        self._bytes = 0
        self._places: dict[str, int] = {}
        self._rows: list[dict[str, Any]] = []

    @property
    def full(self) -> bool:
        return self.next - self._first >= PART_ROWS or self._bytes >= PART_BYTES

    def check(self, chunk: list[Source]) -> None:
        """Check some more rows and say how far the job is."""
        for source in chunk:
            self._places[source.name] = self.next
            self.next += 1
            self._bytes += len(source.data or b"")
        self._run.seen |= self._promised.more()
        self._rows += [self._refused(outcome) for outcome in self._run.add(chunk)]
        self._records.progress(self._job.id, self.next)

    def _refused(self, outcome: Outcome) -> dict[str, Any]:
        return {
            **self._row(outcome.source, outcome.outcome),
            "code": outcome.code,
            "message": outcome.message,
            "field": outcome.field[:TEXT_AT_MOST],
        }

    def _row(self, source: str, outcome: str) -> dict[str, Any]:
        known = {"job": self._job.id, "place": self._places[source], "source": source[:TEXT_AT_MOST]}
        return {**_BARE, **known, "outcome": outcome}

    def settle(self) -> None:
        """Promise what is good and record every row's outcome, in one transaction."""
        if self.next == self._first:
            return
        gathered = self._run.take()
        key = f"job/{self._job.id}/{self._first}"  # no act can have it: its rows would have outcomes
        rows = self._rows + [
            {
                **self._row(source.name, "issued"),
                "digest": paper.checked.digest,
                "number": paper.checked.number,
                "leaf": leaf,
                "act_key": key,
                "warnings": _told(warnings_of(source, paper)),
            }
            for leaf, (source, paper) in enumerate(gathered)
        ]
        outcomes = Fact(batch_rows, tuple(rows))
        if gathered:
            with asking(Asking(self._job.user, f"u{self._job.user}", self._job.formation)):
                anchor_papers(
                    self._node,
                    [paper for _, paper in gathered],
                    self._office,
                    keep=self._job.keep,
                    key=key,
                    facts=(outcomes,),
                    about={"job": self._job.id},
                )
        else:
            self._records.record(outcomes)
        if len(self._run.seen) > SEEN_AT_MOST:
            self._run.seen.clear()
            self._promised.from_the_start()
        self._first, self._bytes = self.next, 0
        self._places, self._rows = {}, []


def _told(found: Sequence[IdentifierWarning]) -> str:
    """What to look at again in a row's document, as it is kept with the row; empty for nothing."""
    return orjson.dumps(shown(found)).decode() if found else ""


def _chunks(sources: Iterator[Source]) -> Iterator[list[Source]]:
    """The sources some at a time; where they break off, first those that came before."""
    chunk: list[Source] = []
    size = 0
    broken: BatchSourceInvalid | None = None
    try:
        for source in sources:
            chunk.append(source)
            size += len(source.data or b"")
            if len(chunk) >= CHUNK_ROWS or size >= CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
    except BatchSourceInvalid as error:
        broken = error
    if chunk:
        yield chunk
    if broken is not None:
        raise broken
