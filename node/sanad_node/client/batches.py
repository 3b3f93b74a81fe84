"""Batches over HTTP: a file is sent once, then every row of it is followed."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from sanad_node import types
from sanad_node.batching import BatchSourceInvalid, Source, read_folder
from sanad_node.client.acting import key_headers
from sanad_node.client.conversation import Ask, segment, texts
from sanad_node.client.faults import raised
from sanad_node.client.part import Part
from sanad_node.desk.base import OnlyLocal
from sanad_node.desk.batches import Progress, nothing
from sanad_node.wire import BatchList, BatchRequest, BatchRow, BatchRows, BatchView
from sanad_node.wire.batches import BatchOutcome

FORMS = {"csv": "text/csv", "jsonl": "application/x-ndjson", "zip": "application/zip"}
Form = Literal["csv", "jsonl", "zip"]
LOOK_EVERY = 0.3
"""Seconds between two looks at a batch that is being worked on."""
ENDED = frozenset({"done", "failed"})
PAGE = 200
FILES_TOGETHER = 5000
BYTES_TOGETHER = 64 << 20
"""Of a folder, as much as goes into one archive; the service takes no larger ones."""
OUTCOMES = {"final": "issued", "anchored": "issued", "accepted": "promised", "refused": "failed"}
FIELDS = {"BATCH_SOURCE_INVALID": "", "UNKNOWN_TYPE": "--type"}


class Batches(Part):
    """Many documents under few roots."""

    def issue_batch(
        self,
        path: Path,
        *,
        doc_type: str,
        formation: str,
        keep: bool = True,
        fields: bool = True,
        progress: Progress | None = None,
    ) -> list[BatchOutcome]:
        """Issue a folder of documents or a table, and wait for every row's outcome."""
        if not fields:
            raise OnlyLocal("this is done on a data directory, not through a service", field="--no-fields")
        kind = types.get(doc_type)
        outcomes: list[BatchOutcome] = []
        for form, content, unreadable in _uploads(path, kind):
            outcomes += unreadable
            if content is None:
                continue
            request = BatchRequest(
                type=kind.name, formation=formation, form=form, name=path.name[:256], keep=keep
            )
            try:
                batch = self.submit_batch(request, content)
            except BatchSourceInvalid as error:
                raise BatchSourceInvalid(error.message, field=path.name) from None
            outcomes += self._outcomes(batch.batch, path, partial(_tell, progress, len(outcomes)))
        if not outcomes:
            raise nothing(path)
        if progress:
            progress("anchored", len(outcomes))
        return sorted(outcomes, key=lambda one: one.source) if path.is_dir() else outcomes

    def _outcomes(self, batch: str, path: Path, checked: Callable[[int], None]) -> list[BatchOutcome]:
        """Every row's outcome once the batch has ended and its acts are anchored, or cannot be for now."""
        for view in self.follow_batch(batch):
            checked(view.checked)
        if view.state == "failed":
            field = FIELDS.get(view.code, "--as") or path.name
            raise raised(view.code or "BATCH_SOURCE_INVALID", view.message, status=400, field=field)
        conversation = self._conversation
        deadline = conversation.clock() + conversation.timeouts.follow
        while view.counts.get("accepted") and conversation.clock() < deadline:
            conversation.sleep(LOOK_EVERY)
            view = self.batch(batch)
        return [_outcome(row) for row in self.batch_rows(batch)]

    def submit_batch(self, request: BatchRequest, content: bytes, *, key: str | None = None) -> BatchView:
        """Send a batch; it is on the service's disk when this returns."""
        params = texts({"type": request.type, "as": request.formation, "keep": request.keep})
        headers = {
            "Content-Type": FORMS[request.form],
            "Slug": quote(request.name, safe=""),
            "Idempotency-Key": key_headers(key)["Idempotency-Key"],
        }
        asked = Ask("POST", "/v1/batches", params, headers, content)
        return self._conversation.ask(asked).read(BatchView)

    def batches(self, *, before: str | None = None, limit: int = 50) -> BatchList:
        """A page of batches, newest first."""
        return self._get("/v1/batches", BatchList, {"before": before, "limit": limit})

    def batch(self, batch: str) -> BatchView:
        """How far a batch is."""
        return self._get(f"/v1/batches/{segment(batch)}", BatchView)

    def follow_batch(self, batch: str) -> Iterator[BatchView]:
        """The batch as it stands, again and again until it has ended; a batch that waits is still there after this
        client is gone.
        """
        while True:
            view = self.batch(batch)
            yield view
            if view.state in ENDED:
                return
            self._conversation.sleep(LOOK_EVERY)

    def batch_rows(self, batch: str, *, outcome: str | None = None) -> Iterator[BatchRow]:
        """Every row in its order, page by page."""
        after: int | None = None
        while True:
            params = {"outcome": outcome, "after": after, "limit": PAGE}
            page = self._get(f"/v1/batches/{segment(batch)}/rows", BatchRows, params)
            yield from page.rows
            if page.next is None:
                return
            after = page.next


def _uploads(path: Path, kind: types.DocumentType) -> Iterator[tuple[Form, bytes | None, list[BatchOutcome]]]:
    """The form and content of each upload that a path makes, with outcomes of what cannot even be sent."""
    if path.is_dir():
        yield from _archives(read_folder(path, kind))
    elif not path.is_file():
        raise BatchSourceInvalid("there is no such folder or file", field=path.name)
    else:
        try:
            yield "csv", path.read_bytes(), []
        except OSError as error:
            raise BatchSourceInvalid("the CSV file cannot be read", field=path.name) from error


def _archives(found: Iterator[Source]) -> Iterator[tuple[Form, bytes | None, list[BatchOutcome]]]:
    unreadable: list[BatchOutcome] = []
    ready: list[Source] = []
    size = 0
    for source in found:
        if source.data is None:
            unreadable.append(_failed(source))
            continue
        if ready and (len(ready) == FILES_TOGETHER or size + len(source.data) > BYTES_TOGETHER):
            yield "zip", _archive(ready), []
            ready, size = [], 0
        ready.append(source)
        size += len(source.data)
    yield "zip", _archive(ready) if ready else None, unreadable


def _archive(documents: list[Source]) -> bytes:
    """A zip archive that is the same bytes for the same documents."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for source in documents:
            archive.writestr(ZipInfo(source.name), source.data or b"")
    return packed.getvalue()


def _failed(source: Source) -> BatchOutcome:
    problem = source.problem or BatchSourceInvalid("the file cannot be read", field=source.name)
    return BatchOutcome(
        source=source.name,
        outcome="failed",
        code=problem.code,
        message=problem.message,
        field=problem.field or "",
    )


def _outcome(row: BatchRow) -> BatchOutcome:
    return BatchOutcome.read(
        {
            "source": row.source,
            "outcome": OUTCOMES.get(row.outcome, row.outcome),
            "digest": row.digest or None,
            "number": row.number,
            "entry": row.entry,
            "leaf": row.leaf,
            "code": row.code,
            "message": row.message,
            "field": row.field,
            "warnings": [one.as_json() for one in row.warnings],
        }
    )


def _tell(progress: Progress | None, before: int, rows: int) -> None:
    if progress:
        progress("checked", before + rows)
