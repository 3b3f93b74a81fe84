"""Offices that take the place of others."""

from fastapi import Request
from starlette.responses import Response

from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import TheAsking, TheService, accepted, as_json
from sanad_api.routes import router
from sanad_node.wire import AcceptedAct
from sanad_node.wire.successions import OfficeLine, SuccessionRequest

successions = router("authority")


@successions.post(
    "/v1/successions", status_code=202, response_model=AcceptedAct, summary="Let offices give way to others"
)
def succeed(asked: SuccessionRequest, service: TheService, who: TheAsking) -> Response:
    """Propose a new name, a merger or a division; with a threshold of one it is done when the act is final. Each office
    gives way once, and it cannot be undone. What it issued stays its own and valid.
    """
    service.desk.succeed(asked, key=who.act_key)
    return accepted(who)


@successions.get(
    "/v1/formations/{code}/line",
    response_model=OfficeLine,
    summary="What an office came from and became",
    responses=TAGGED,
)
def line(code: str, request: Request, service: TheService) -> Response:
    """Every succession that led to an office or away from it, and who has its place now."""
    return tagged(request, as_json(service.desk.line_of_office(code)))
