"""What routes ask for: one alias for each thing.

They are coroutines although they wait for nothing: what is not would be sent through a thread each time.
"""

from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from sanad_api.answers import location_of
from sanad_api.callers import Caller
from sanad_api.service import Service
from sanad_node.asking import Asking
from sanad_node.wire import Answer


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _asking(request: Request) -> Asking:
    who: Asking = request.state.asking
    return who


TheService = Annotated[Service, Depends(_service)]
TheCaller = Annotated[Caller, Depends(_caller)]
TheAsking = Annotated[Asking, Depends(_asking)]
TypeFilter = Annotated[str | None, Query(alias="type", max_length=31, description="Type of the document.")]
IssuerFilter = Annotated[
    str | None, Query(max_length=31, description="Code of the formation that issued it, or has its place.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="At most this many.")]


def accepted(who: Asking) -> Response:
    """The answer to an act: promised, and where to follow it."""
    headers = location_of(who.answer)
    if who.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(who.answer, 202, headers, media_type="application/json")


def as_json(answer: Answer) -> Response:
    """An answer as it is, without another validation."""
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")
