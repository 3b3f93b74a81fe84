"""Batches over HTTP: a file is sent once, then every row of it is followed."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from sanad_node import types
from sanad_node.client.acting import key_headers
from sanad_node.client.conversation import Ask, segment, texts
from sanad_node.client.faults import raised
from sanad_node.client.part import Part
from sanad_node.desk.base import OnlyLocal
from sanad_node.desk.batches import Bringing, Progress, kind_of, nothing, sources
from sanad_node.shown import members
from sanad_node.ways.forms import CSV, JSON_LINES, XLSX, ZIP, form_of
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source, read_folder
from sanad_node.wire import BatchList, BatchRequest, BatchRow, BatchRows, BatchView
from sanad_node.wire.batches import BatchOutcome, DryRunView, IdentifierWarningView
from sanad_verifier.errors import InputError

MEDIA = {"csv": CSV, "xlsx": XLSX, "jsonl": JSON_LINES, "zip": ZIP}
"""What our own forms are sent as. Those of other systems are read here: the service gets documents without salt."""
LOOK_EVERY = 0.3
"""Seconds between two looks at a batch that is being worked on."""
ENDED = frozenset({"done", "failed"})
PAGE = 200
FILES_TOGETHER = 5000
BYTES_TOGETHER = 64 << 20
"""Of a folder, as much as goes into one archive; the service takes no larger ones."""
OUTCOMES = {"final": "issued", "anchored": "issued", "accepted": "promised", "refused": "failed"}
FIELDS = {"BATCH_SOURCE_INVALID": "", "UNKNOWN_TYPE": "--type"}


class DryRunTooLarge(InputError):
    """A dry run through a service looks at a bounded number of rows."""

    code = "DRY_RUN_TOO_LARGE"


class Batches(Part):
    """Many documents under few roots."""

    def issue_batch(
        self,
        path: Path,
        *,
        doc_type: str,
        formation: str,
        bringing: Bringing | None = None,
        progress: Progress | None = None,
    ) -> list[BatchOutcome]:
        """Issue a folder of documents, a table or another system's file, and wait for every row's outcome."""
        how = bringing or Bringing()
        if not how.fields:
            raise OnlyLocal("this is done on a data directory, not through a service", field="--no-fields")
        kind = kind_of(how.form, doc_type)
        outcomes: list[BatchOutcome] = []
        for upload in _uploads(path, kind, how):
            if upload.content is None:
                outcomes += upload.unreadable
                continue
            request = BatchRequest(
                type=kind.name, formation=formation, form=upload.form, name=path.name[:256], keep=how.keep
            )
            try:
                told = self._brought(
                    request, upload.content, path, how, partial(_tell, progress, len(outcomes))
                )
            except BatchSourceInvalid as error:
                raise BatchSourceInvalid(error.message, field=path.name) from None
            outcomes += upload.named(told)
        if not outcomes:
            raise nothing(path)
        if progress:
            progress("anchored", len(outcomes))
        if path.is_dir() and not how.form:
            return sorted(outcomes, key=lambda one: one.source)
        return outcomes

    def _brought(
        self, request: BatchRequest, content: bytes, path: Path, how: Bringing, checked: Callable[[int], None]
    ) -> list[BatchOutcome]:
        if not how.dry_run:
            return self._outcomes(self.submit_batch(request, content).batch, path, checked)
        view = self.dry_run(request, content)
        if not view.complete:
            raise DryRunTooLarge(
                f"a service looks at {len(view.rows)} rows in a dry run; split the file", field=path.name
            )
        return view.rows

    def dry_run(self, request: BatchRequest, content: bytes) -> DryRunView:
        """What a file would come to; nothing is issued or kept."""
        params = texts({"type": request.type, "as": request.formation, "keep": request.keep})
        headers = {"Content-Type": MEDIA[request.form]}
        asked = Ask("POST", "/v1/batches/dry-run", params, headers, content)
        return self._conversation.ask(asked).read(DryRunView)

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
            "Content-Type": MEDIA[request.form],
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


@dataclass(frozen=True, slots=True)
class _Upload:
    """What is sent at once. `unreadable`: outcomes of what cannot even be sent; `rows`: all that was read here, sent or
    not, in its order.
    """

    form: str
    content: bytes | None
    unreadable: list[BatchOutcome]
    rows: tuple[Source, ...] = ()

    def named(self, outcomes: list[BatchOutcome]) -> list[BatchOutcome]:
        """The outcomes of what was sent and what was not; of what was read here by its own names, with its notes."""
        if not self.rows:
            return [*self.unreadable, *outcomes]
        sent, unsent = iter(outcomes), iter(self.unreadable)
        return [next(unsent) if row.data is None else _renamed(row, next(sent)) for row in self.rows]


def _renamed(row: Source, outcome: BatchOutcome) -> BatchOutcome:
    checked = outcome.digest is not None
    notes = [IdentifierWarningView.read(members(one)) for one in row.notes if checked]
    return outcome.model_copy(
        update={
            "source": row.name,
            "field": row.name if outcome.field == outcome.source else outcome.field,
            "warnings": [*notes, *outcome.warnings],
        }
    )


def _uploads(path: Path, kind: types.DocumentType, how: Bringing) -> Iterator[_Upload]:
    """Each upload that a path makes."""
    if how.form and how.form not in MEDIA:
        yield from _documents(sources(path, how.form, Reading(kind, None, fill=how.fill)))
    elif path.is_dir():
        yield from _archives(read_folder(path, kind))
    elif not path.is_file():
        raise BatchSourceInvalid("there is no such folder or file", field=path.name)
    else:
        try:
            yield _Upload(how.form or form_of(path), path.read_bytes(), [])
        except OSError as error:
            raise BatchSourceInvalid("the file cannot be read", field=path.name) from error


def _documents(found: Iterator[Source]) -> Iterator[_Upload]:
    """Rows that were read here, as JSON lines."""
    for part in _parts(found):
        content = b"".join(one.data + b"\n" for one in part if one.data is not None)
        unreadable = [_failed(one) for one in part if one.data is None]
        yield _Upload("jsonl", content or None, unreadable, tuple(part))


def _archives(found: Iterator[Source]) -> Iterator[_Upload]:
    for part in _parts(found):
        good = [one for one in part if one.data is not None]
        content = _archive(good) if good else None
        yield _Upload("zip", content, [_failed(one) for one in part if one.data is None])


def _parts(found: Iterator[Source]) -> Iterator[list[Source]]:
    """As much together as a service takes at once."""
    part: list[Source] = []
    size = 0
    for source in found:
        length = len(source.data or b"") + 1
        if part and (len(part) == FILES_TOGETHER or size + length > BYTES_TOGETHER):
            yield part
            part, size = [], 0
        part.append(source)
        size += length
    if part:
        yield part


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
