"""Whether the service lives, whether it can do its work, and what it has done."""

from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from sanad_api.deps import TheService, as_json
from sanad_api.routes import router
from sanad_node.wire import Answer

health = router("health")


class AliveView(Answer):
    status: Literal["alive"] = "alive"


class ReadyView(Answer):
    """How far the node has come; `code` says what is the matter with its own work, empty for nothing. `alarms` tells
    who was found to have lied: `EQUIVOCATION` (a witnessed log has signed two roots for one size),
    `WITNESS_DISAGREES` and `MEMBER_DISAGREES` (a witness, a member has seen another log under our name),
    `TRUST_PATHS_DIFFER` (what the validators sealed is not what the log says); or what has come to a stand:
    `ENGINE_GONE`, `ENGINE_SILENT` (the chain's program has ended, does not answer), `CHAIN_HALTED` (no blocks),
    `INDEXER_STUCK`, `SUBMITTER_STUCK`, `DISK_LOW`, `CLOCK_DIFFERS`. All but the first two are its own matter too.
    """

    status: Literal["ready", "degraded"]
    code: str
    block: int
    entries: int
    alarms: list[str]


@health.get("/healthz", response_model=AliveView, summary="Is the process alive?")
async def alive() -> Response:
    """200 as long as the process can answer."""
    return as_json(AliveView())


@health.get(
    "/readyz",
    response_model=ReadyView,
    responses={
        503: {
            "description": "The chain cannot be reached: acts are accepted, not anchored.",
            "model": ReadyView,
        }
    },
    summary="Can it do its work?",
)
def ready(service: TheService) -> Response:
    """200 when the projections are current, acts reach the chain, no other member has seen another log and nothing has
    come to a stand, or when a node that follows a mirror could the last time; 503 with the reason otherwise.
    Verification and the acceptance of acts go on meanwhile.
    """
    health = service.carrier.health
    position = service.node.reader.position()
    watch = service.watchdog.code
    code = health.code or service.consortium.agreement.alarm or service.follower.code or watch
    fine = not code and health.rounds > 0
    answer = as_json(
        ReadyView(
            status="ready" if fine else "degraded",
            code=code or ("" if fine else "STARTING"),
            block=position.block,
            entries=position.size,
            alarms=service.alarms(),
        )
    )
    answer.status_code = 200 if fine else 503
    return answer


@health.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
    summary="Metrics for Prometheus",
)
def metrics(service: TheService) -> Response:
    """Requests, latencies, outbox depth and age, log size, chain state."""
    return Response(service.metrics.render(service), media_type=CONTENT_TYPE_LATEST)
