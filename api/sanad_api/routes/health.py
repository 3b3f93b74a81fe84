"""Whether the service lives, whether it can do its work, and what it has done."""

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from sanad_api.deps import TheService
from sanad_api.routes import router

health = router("health")


@health.get("/healthz", response_class=Response, summary="Is the process alive?")
async def alive() -> Response:
    """200 as long as the process can answer."""
    return Response(b'{"status":"alive"}', media_type="application/json")


@health.get(
    "/readyz",
    response_class=Response,
    responses={503: {"description": "The chain cannot be reached: acts are accepted, not anchored."}},
    summary="Can it do its work?",
)
def ready(service: TheService) -> Response:
    """200 when the projections are current and acts reach the chain; 503 with the reason otherwise. Verification
    and the acceptance of acts go on meanwhile.
    """
    health = service.carrier.health
    position = service.node.reader.position()
    fine = not health.failing and health.rounds > 0
    told = {
        "status": "ready" if fine else "degraded",
        "code": health.code or ("" if fine else "STARTING"),
        "block": position.block,
        "entries": position.size,
    }
    return Response(orjson.dumps(told), 200 if fine else 503, media_type="application/json")


@health.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
    summary="Metrics for Prometheus",
)
def metrics(service: TheService) -> Response:
    """Requests, latencies, outbox depth and age, log size, chain state."""
    return Response(service.metrics.render(service), media_type=CONTENT_TYPE_LATEST)
