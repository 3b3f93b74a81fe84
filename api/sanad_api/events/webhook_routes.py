"""Webhooks: for administrators."""

from fastapi import Request
from starlette.responses import Response

from sanad_api.deps import TheCaller, TheService, as_json
from sanad_api.routes import router
from sanad_node.wire import WebhookList, WebhookRequest, WebhookView

hooks = router("webhooks")


@hooks.get("/v1/webhooks", response_model=WebhookList, summary="Where events are sent")
def list_webhooks(service: TheService) -> Response:
    """Every webhook, how far it has come, and why the last try failed."""
    return as_json(WebhookList(webhooks=[one.view() for one in service.webhooks.all()]))


@hooks.post("/v1/webhooks", status_code=201, response_model=WebhookView, summary="Send events somewhere")
def add_webhook(asked: WebhookRequest, request: Request, service: TheService, caller: TheCaller) -> Response:
    """Events from now on, to an address on a host that the settings allow. The secret of the signature is told once: a
    repeated request is answered without it.
    """
    if asked.formation:
        service.node.reader.formation(asked.formation, field="formation")
    made, secret = service.webhooks.add(asked, caller.user, service.events.size())
    service.courier.begin(made.id)
    request.state.to_remember = made.view().model_dump_json(by_alias=True).encode()
    answer = as_json(made.view(secret))
    answer.status_code = 201
    answer.headers["Cache-Control"] = "no-store"
    return answer


@hooks.delete(
    "/v1/webhooks/{hook}", status_code=204, response_class=Response, summary="Send nothing more there"
)
def remove_webhook(hook: str, service: TheService) -> Response:
    """What is under way may still arrive."""
    service.webhooks.remove(hook)
    service.courier.end(hook)
    return Response(status_code=204)
