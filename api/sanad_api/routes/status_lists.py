"""Status lists: published through the log, and what a device needs of them."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.deps import TheAsking, TheCaller, TheService, accepted, as_json
from sanad_api.routes import router
from sanad_node import issuing
from sanad_node.wire import AcceptedAct
from sanad_node.wire.status_lists import PublicationsView, PublishRequest

status_lists = router("status lists")


@status_lists.get(
    "/v1/status-lists", response_model=PublicationsView, summary="The status lists a device needs"
)
def needed(
    service: TheService,
    group: Annotated[
        str | None, Query(max_length=31, description="Only those of this group: a formation's code, or `*`.")
    ] = None,
) -> Response:
    """For each publisher and group the last list and the deltas since. A device takes their bundles along
    (`GET /v1/documents/{identifier}/bundle`), and knows the standing of every document of the group as of then.
    """
    return as_json(service.desk.status_lists(group))


@status_lists.post(
    "/v1/status-lists", status_code=202, response_model=AcceptedAct, summary="Publish a status list"
)
def publish(asked: PublishRequest, service: TheService, caller: TheCaller, who: TheAsking) -> Response:
    """Promise to anchor what the ledger says now of the standings of a group's documents: a delta to the formation's
    list before, or a list. Any mirror can tell whether it says what the log says.
    """
    asked = asked.model_copy(update={"formation": seeing.acting(caller, asked.formation)})
    issuing.issue(service.node, service.desk.ready_to_publish(asked, key=who.act_key))
    return accepted(who)
