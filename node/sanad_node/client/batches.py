"""Batches over HTTP: a file is sent once, then every row of it is followed."""

from collections.abc import Iterator
from urllib.parse import quote

from sanad_node.client.acting import key_headers
from sanad_node.client.conversation import Ask, segment, texts
from sanad_node.client.part import Part
from sanad_node.wire import BatchList, BatchRequest, BatchRow, BatchRows, BatchView

FORMS = {"csv": "text/csv", "jsonl": "application/x-ndjson", "zip": "application/zip"}
LOOK_EVERY = 0.3
"""Seconds between two looks at a batch that is being worked on."""
ENDED = frozenset({"done", "failed"})
PAGE = 200


class Batches(Part):
    """Many documents under few roots."""

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
