"""Acts: what was promised, and how far it has come."""

from typing import Annotated

from fastapi import Query
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.bell import wait as rung
from sanad_api.deps import Limit, TheCaller, TheService, as_json
from sanad_api.routes import router
from sanad_node.desk import acts as told
from sanad_node.wire import ActPage, ActView

acts = router("acts")
WAIT_AT_MOST = 30
SETTLED = {"final", "refused"}


@acts.get("/v1/acts", response_model=ActPage, summary="List acts, newest first")
def list_acts(
    service: TheService,
    caller: TheCaller,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="The cursor of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """Acts of one's own formation; auditors and administrators see all."""
    page, more = told.acts_of(service.node, formation=seeing.own_only(caller), before=before, limit=limit)
    return as_json(ActPage(acts=page, next=more))


@acts.get("/v1/acts/{act}", response_model=ActView, summary="Follow an act")
async def follow(
    act: str,
    service: TheService,
    caller: TheCaller,
    wait: Annotated[
        int, Query(ge=0, le=WAIT_AT_MOST, description="Seconds to wait for the act to be final or refused.")
    ] = 0,
) -> Response:
    """`accepted` (on our disk), `signed`, `anchored` (in a block), `final`; or `refused`, with the reason."""
    loop = service.bell
    deadline = service.monotonic() + wait
    while True:
        bell = loop.next()
        view = await run_in_threadpool(service.desk.act, act)
        seeing.must_see_act(caller, view)
        left = deadline - service.monotonic()
        if view.state in SETTLED or left <= 0 or service.stopping.is_set():
            answer = as_json(view)
            answer.headers["Cache-Control"] = "no-store"
            return answer
        await rung(bell, left)
