"""`GET /v1/events`: a stream for who asks for one, a page of JSON otherwise."""

from typing import Annotated

from fastapi import Header, Query, Request
from starlette.responses import Response, StreamingResponse

from sanad_api.deps import Limit, TheService
from sanad_api.events.hub import EventIdUnknown, Wanted
from sanad_api.routes import router
from sanad_api.threads import ask
from sanad_node.wire import EventPage

events = router("events")
STREAM = "text/event-stream"
LAST_SEEN = "Last-Event-ID"


@events.get(
    "/v1/events",
    response_model=EventPage,
    responses={200: {"content": {STREAM: {"schema": {"type": "string"}}}}},
    summary="What happened, as it happens",
)
async def listen(
    request: Request,
    service: TheService,
    after: Annotated[
        int | None,
        Query(ge=-1, le=2**53, description="Identifier of the last event seen; -1 for all from the first."),
    ] = None,
    kind: Annotated[list[str] | None, Query(max_length=32, description="Only events of these kinds.")] = None,
    formation: Annotated[str, Query(max_length=31, description="Only events of this formation.")] = "",
    limit: Limit = 100,
    last_event_id: Annotated[
        str | None, Header(description="As a browser sends it when it comes again.")
    ] = None,
) -> Response:
    """Entries of the log. With `Accept: text/event-stream` they are streamed (server-sent events) and new ones
    follow; an identifier given as `Last-Event-ID` or `after` resumes behind it, without a gap or a repetition.
    Otherwise one page is answered. Without an identifier a stream begins with what happens next, a page with the
    first event.
    """
    wanted = Wanted(frozenset(kind or ()), formation.upper())
    wanted.check()
    hub = service.events
    behind = _identifier(last_event_id) if last_event_id is not None else after
    if behind is not None and behind >= 0:
        field = "?after" if last_event_id is None else LAST_SEEN
        await ask(hub.must_be_known, behind, field)
    if STREAM not in request.headers.get("Accept", ""):
        found, at = await hub.behind(-1 if behind is None else behind, wanted, limit)
        body = b'{"events":[%s],"next":%d}' % (b",".join(event.data for event in found), at)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
    hub.must_have_room()
    start = await ask(hub.size) - 1 if behind is None else behind
    return StreamingResponse(
        hub.stream(start, wanted),
        media_type=STREAM,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _identifier(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise EventIdUnknown("an event's identifier is a number", field=LAST_SEEN)
    return int(text)
